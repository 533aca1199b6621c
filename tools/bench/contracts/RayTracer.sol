// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// Three mirrors over a chessboard, in fixed-point numbers: much arithmetic, many internal calls, memory. For benchmarks.
contract RayTracer {
    int256 private constant ONE = 1e9;
    int256 private constant FAR = 1e18;
    uint256 private constant BOUNCES = 4;

    struct Vector {
        int256 x;
        int256 y;
        int256 z;
    }

    struct Sphere {
        Vector centre;
        int256 radius;
        int256 mirror;
        Vector colour;
    }

    /// Rays through a picture of `width` times `height` points; the keccak256 of its pixels.
    function render(uint256 width, uint256 height) external pure returns (bytes32 picture) {
        Sphere[] memory spheres = scene();
        Vector memory eye = Vector(0, ONE, -4 * ONE);
        for (uint256 row = 0; row < height; row++) {
            for (uint256 column = 0; column < width; column++) {
                int256 right = ((2 * int256(column) + 1 - int256(width)) * ONE) / int256(width);
                int256 up = ((int256(height) - 2 * int256(row) - 1) * ONE) / int256(width);
                Vector memory colour = trace(spheres, eye, normal(Vector(right, up, 2 * ONE)));
                picture = keccak256(abi.encode(picture, byteOf(colour.x), byteOf(colour.y), byteOf(colour.z)));
            }
        }
    }

    function scene() private pure returns (Sphere[] memory spheres) {
        spheres = new Sphere[](3);
        spheres[0] = Sphere(Vector(-ONE, ONE, 0), (ONE * 9) / 10, (ONE * 6) / 10, Vector(ONE, ONE / 3, ONE / 3));
        spheres[1] = Sphere(Vector(ONE, ONE, ONE / 2), (ONE * 9) / 10, (ONE * 5) / 10, Vector(ONE / 3, ONE, ONE / 3));
        spheres[2] = Sphere(
            Vector(0, (ONE * 5) / 2, ONE),
            (ONE * 7) / 10,
            (ONE * 8) / 10,
            Vector(ONE / 3, ONE / 2, ONE)
        );
    }

    function trace(
        Sphere[] memory spheres,
        Vector memory from,
        Vector memory direction
    ) private pure returns (Vector memory colour) {
        int256 weight = ONE;
        for (uint256 bounce = 0; bounce < BOUNCES && weight > ONE / 100; bounce++) {
            (int256 distance, uint256 hit) = nearest(spheres, from, direction);
            if (hit == spheres.length) {
                if (direction.y >= 0) {
                    Vector memory sky = Vector(ONE / 2, (ONE * 7) / 10, ONE);
                    return add(colour, scale(sky, (weight * (ONE - direction.y / 2)) / ONE));
                }
                // The floor at height zero.
                Vector memory at = add(from, scale(direction, (-from.y * ONE) / direction.y));
                bool light = ((at.x / ONE + (at.x < 0 ? int256(1) : int256(0))) + at.z / ONE) % 2 == 0;
                int256 grey = light ? (ONE * 9) / 10 : ONE / 5;
                if (shaded(spheres, at)) grey /= 3;
                return add(colour, scale(Vector(grey, grey, grey), weight));
            }
            Sphere memory sphere = spheres[hit];
            Vector memory point = add(from, scale(direction, distance));
            Vector memory outward = normal(subtract(point, sphere.centre));
            int256 light_ = dot(outward, sun());
            if (light_ < ONE / 10) light_ = ONE / 10;
            colour = add(colour, scale(sphere.colour, (((weight * (ONE - sphere.mirror)) / ONE) * light_) / ONE));
            weight = (weight * sphere.mirror) / ONE;
            direction = normal(subtract(direction, scale(outward, 2 * dot(direction, outward))));
            from = add(point, scale(outward, ONE / 1000));
        }
    }

    function shaded(Sphere[] memory spheres, Vector memory at) private pure returns (bool) {
        (, uint256 hit) = nearest(spheres, at, sun());
        return hit != spheres.length;
    }

    function nearest(
        Sphere[] memory spheres,
        Vector memory from,
        Vector memory direction
    ) private pure returns (int256 distance, uint256 hit) {
        distance = FAR;
        hit = spheres.length;
        for (uint256 i = 0; i < spheres.length; i++) {
            Vector memory to = subtract(spheres[i].centre, from);
            int256 along = dot(to, direction);
            if (along <= 0) continue;
            int256 inside = (spheres[i].radius * spheres[i].radius) / ONE - (dot(to, to) - (along * along) / ONE);
            if (inside <= 0) continue;
            int256 candidate = along - root(inside);
            if (candidate > ONE / 1000 && candidate < distance) {
                distance = candidate;
                hit = i;
            }
        }
    }

    function sun() private pure returns (Vector memory) {
        return Vector((-ONE * 3) / 7, (ONE * 6) / 7, (-ONE * 2) / 7);
    }

    /// Newton's method.
    function root(int256 value) private pure returns (int256 result) {
        if (value <= 0) return 0;
        value *= ONE;
        result = value > ONE * ONE ? value / ONE : ONE;
        int256 next = (result + value / result) / 2;
        while (next < result) {
            result = next;
            next = (result + value / result) / 2;
        }
    }

    function dot(Vector memory a, Vector memory b) private pure returns (int256) {
        return (a.x * b.x + a.y * b.y + a.z * b.z) / ONE;
    }

    function add(Vector memory a, Vector memory b) private pure returns (Vector memory) {
        return Vector(a.x + b.x, a.y + b.y, a.z + b.z);
    }

    function subtract(Vector memory a, Vector memory b) private pure returns (Vector memory) {
        return Vector(a.x - b.x, a.y - b.y, a.z - b.z);
    }

    function scale(Vector memory a, int256 by) private pure returns (Vector memory) {
        return Vector((a.x * by) / ONE, (a.y * by) / ONE, (a.z * by) / ONE);
    }

    function normal(Vector memory a) private pure returns (Vector memory) {
        return scale(a, (ONE * ONE) / root(dot(a, a)));
    }

    function byteOf(int256 value) private pure returns (uint8) {
        int256 scaled = (value * 255) / ONE;
        return
            scaled > 255
                ? 255
                : scaled < 0
                    ? 0
                    : uint8(uint256(scaled));
    }
}
