// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IOneStepProver} from "./interfaces/IOneStepProver.sol";

/// @title Precompiles
/// @notice Results of L1's precompiles that no lack of gas can have made.
///
/// A precompile that gets too little gas fails as it fails for bad input: it takes all the gas and says nothing. So a call is given a
/// bound, which is its price today and some, and must be able to get it (EIP-150 leaves it 63 of 64 parts). A success is believed at
/// any price. A failure, or an empty output, is believed only when a second call, with input that is known to be good and as long, succeeds
/// within the bound. When L1 has raised the price above the bound, that call shows the new price, and the first one is repeated with it.
/// So after a repricing a step costs more gas, and where no transaction can have so much it cannot be proven; it never has another result.
/// Prices depend on the length of the input and on nothing else (EIP-152 to EIP-7951).
library Precompiles {
    uint256 private constant ECRECOVER = 1;
    uint256 private constant BN254_ADD = 6;
    uint256 private constant BN254_MUL = 7;
    uint256 private constant BN254_PAIRING = 8;
    uint256 private constant POINT_EVALUATION = 10;
    uint256 private constant G1_ADD = 11;
    uint256 private constant G1_MSM = 12;
    uint256 private constant G2_ADD = 13;
    uint256 private constant G2_MSM = 14;
    uint256 private constant BLS_PAIRING = 15;
    uint256 private constant MAP_TO_G1 = 16;
    uint256 private constant MAP_TO_G2 = 17;
    uint256 private constant P256_VERIFY = 256;

    /// @dev Lengths of what the precompiles with input of any length take, and of one item of it, bytes.
    uint256 private constant BN254_PAIR = 192;
    uint256 private constant G1_PRODUCT = 160;
    uint256 private constant G2_PRODUCT = 288;
    uint256 private constant BLS_PAIR = 384;

    /// @dev The good input of a bn254 pairing has at most so many pairs: twice a call of the 192 that a rollup takes, and the calldata,
    /// would need too much of a transaction. The price of n pairs is taken to be at most n / 96 of the price of 96.
    uint256 private constant MOST_GOOD_PAIRS = 96;

    /// @dev Gas that a bound is above the price, for the call itself.
    uint256 private constant SPARE = 2_000;

    /// @dev Gas that must be left after a call.
    uint256 private constant RESERVE = 20_000;

    /// @dev Commitment and proof of the polynomial that is zero everywhere: the point at infinity, and its versioned hash.
    bytes32 private constant INFINITY_HASH = 0x010657f37554c781402a22917dee2f75def7ab966d7b770905398eba3c444014;
    bytes1 private constant INFINITY = 0xc0;

    /// @dev Hash, v, r, s of a signature that is valid.
    bytes private constant GOOD_SIGNATURE =
        hex"cde0c4e6e614fa43813d5f25e6fcc75154f9d81ce5510819dd443edcc8aea829"
        hex"000000000000000000000000000000000000000000000000000000000000001c"
        hex"ba47a1b57ab09c3725a5d9cc28dfb36fc061d728396174a68397b54eba88682e"
        hex"2b450a3c3a02d60c41333ffaddfbec91ccc5940d7401b849137ccb3cf0cdd328";

    /// @dev Hash, r, s, x, y of a P-256 signature that is valid.
    bytes private constant GOOD_P256_SIGNATURE =
        hex"cde0c4e6e614fa43813d5f25e6fcc75154f9d81ce5510819dd443edcc8aea829"
        hex"9f7c4a8c675678d548461dfcdf2df66fa5cb11b34ae2a51f9521e05490787c85"
        hex"5e36feae0d68e864235611ecac6ccbf41ba484c54eb069783c0efbad975d429e"
        hex"2447d5758a49b69f785e6e65b3b9204f0c86912bc0be8782986d5e5730fa8863"
        hex"655dd708297599df24f0dcc21628496b422ce3ffc5fa9e8ba7d9fdf377aac5ec";

    /// @notice The result of a precompile.
    /// @param number Its address: 1, 6 to 8, 10 to 17 or 256.
    /// @param input The input.
    /// @return success Whether it accepts the input.
    /// @return output What it answers; empty after a failure.
    function run(uint256 number, bytes calldata input) internal view returns (bool success, bytes memory output) {
        // It fails at any price.
        if (!_takes(number, input.length)) return (false, "");
        uint256 size = _outputSize(number);
        bytes memory copy = input;
        uint256 bound = _bound(number, input.length);
        (success, output) = _call(number, copy, bound);
        if (_isComplete(number, success, output.length, size)) return (success, output);
        uint256 price = _measure(number, input.length, size);
        if (price <= bound) return (success, output);
        (success, output) = _call(number, copy, price);
        _isComplete(number, success, output.length, size);
    }

    /// @dev Whether a result is one that only a precompile which had enough gas gives: an output of the right length. Fails for an output of
    /// another length, but for the empty one of an invalid signature, which an account without code has too.
    function _isComplete(uint256 number, bool success, uint256 length, uint256 size) private pure returns (bool) {
        if (success && length == size) return true;
        if (success && (length != 0 || (number != ECRECOVER && number != P256_VERIFY)))
            revert IOneStepProver.OneStepProver_NotThatPrecompile(number, length);
        return false;
    }

    /// @dev What a call with so long an input costs now, by a good one; somewhat more than that.
    function _measure(uint256 number, uint256 length, uint256 size) private view returns (uint256 price) {
        bytes memory good = _goodInput(number, length);
        uint256 before = gasleft();
        (bool success, bytes memory output) = _callAtMost(number, good, type(uint256).max);
        price = before - gasleft();
        if (!success) revert IOneStepProver.OneStepProver_NotEnoughGas(number, 0);
        if (output.length != size) revert IOneStepProver.OneStepProver_NotThatPrecompile(number, output.length);
        if (number == BN254_PAIRING && good.length < length) price = (price * length) / good.length;
    }

    /// @dev Whether a precompile takes input of a length. Fails for a number that is none of the machine's.
    function _takes(uint256 number, uint256 length) private pure returns (bool) {
        if (number == ECRECOVER || number == BN254_ADD || number == BN254_MUL || number == P256_VERIFY) return true;
        if (number == BN254_PAIRING) return length % BN254_PAIR == 0;
        if (number == POINT_EVALUATION) return length == 192;
        if (number == G1_ADD) return length == 256;
        if (number == G1_MSM) return length != 0 && length % G1_PRODUCT == 0;
        if (number == G2_ADD) return length == 512;
        if (number == G2_MSM) return length != 0 && length % G2_PRODUCT == 0;
        if (number == BLS_PAIRING) return length != 0 && length % BLS_PAIR == 0;
        if (number == MAP_TO_G1) return length == 64;
        if (number == MAP_TO_G2) return length == 128;
        revert IOneStepProver.OneStepProver_UnknownPrecompile(number);
    }

    /// @dev Length of the output for input that is accepted; a signature that is not valid has none.
    function _outputSize(uint256 number) private pure returns (uint256) {
        if (number == BN254_ADD || number == BN254_MUL || number == POINT_EVALUATION) return 64;
        if (number == G1_ADD || number == G1_MSM || number == MAP_TO_G1) return 128;
        if (number == G2_ADD || number == G2_MSM || number == MAP_TO_G2) return 256;
        return 32;
    }

    /// @dev Gas that a call is given: the price and some. Not below the price of EIP-1108, EIP-2537, EIP-4844 or EIP-7951 (products without their discount).
    function _bound(uint256 number, uint256 length) private pure returns (uint256) {
        return SPARE + _price(number, length);
    }

    function _price(uint256 number, uint256 length) private pure returns (uint256) {
        if (number == ECRECOVER) return 3_000;
        if (number == BN254_ADD) return 150;
        if (number == BN254_MUL) return 6_000;
        if (number == BN254_PAIRING) {
            uint256 pairs = length / BN254_PAIR;
            if (pairs <= MOST_GOOD_PAIRS) return 45_000 + 34_000 * pairs;
            // In proportion to the good input.
            return ((SPARE + 45_000 + 34_000 * MOST_GOOD_PAIRS) * pairs) / MOST_GOOD_PAIRS;
        }
        if (number == POINT_EVALUATION) return 50_000;
        if (number == G1_ADD) return 375;
        if (number == G1_MSM) return 12_000 * (length / G1_PRODUCT);
        if (number == G2_ADD) return 600;
        if (number == G2_MSM) return 22_500 * (length / G2_PRODUCT);
        if (number == BLS_PAIRING) return 37_700 + 32_600 * (length / BLS_PAIR);
        if (number == MAP_TO_G1) return 5_500;
        if (number == MAP_TO_G2) return 23_800;
        return 6_900;
    }

    /// @dev Input that the precompile accepts and answers, at the price of input of a length that it takes.
    function _goodInput(uint256 number, uint256 length) private pure returns (bytes memory) {
        if (number == ECRECOVER) return GOOD_SIGNATURE;
        if (number == P256_VERIFY) return GOOD_P256_SIGNATURE;
        if (number == POINT_EVALUATION)
            return
                abi.encodePacked(
                    INFINITY_HASH,
                    uint256(0),
                    uint256(0),
                    INFINITY,
                    new bytes(47),
                    INFINITY,
                    new bytes(47)
                );
        if (number == BN254_PAIRING && length > MOST_GOOD_PAIRS * BN254_PAIR) length = MOST_GOOD_PAIRS * BN254_PAIR;
        // Zeros are the point at infinity, the number or the field element zero.
        return new bytes(length);
    }

    /// @dev Calls a precompile with a given gas. Fails when so much cannot be given.
    function _call(uint256 number, bytes memory input, uint256 bound) private view returns (bool, bytes memory) {
        uint256 left = gasleft();
        if (left - left / 64 < bound + RESERVE) revert IOneStepProver.OneStepProver_NotEnoughGas(number, bound);
        return _callAtMost(number, input, bound);
    }

    /// @dev Calls a precompile with a given gas, or as much of it as there is. The input is not copied, so that the call costs hardly more than
    /// the precompile.
    function _callAtMost(
        uint256 precompile,
        bytes memory input,
        uint256 bound
    ) private view returns (bool success, bytes memory output) {
        assembly ("memory-safe") {
            success := staticcall(bound, precompile, add(input, 0x20), mload(input), 0, 0)
            let size := returndatasize()
            output := mload(0x40)
            mstore(output, size)
            returndatacopy(add(output, 0x20), 0, size)
            mstore(0x40, and(add(add(output, size), 0x3f), not(0x1f)))
        }
    }
}
