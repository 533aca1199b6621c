// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Precompiles} from "../../src-sol/proving/Precompiles.sol";
import {Test} from "../base/Test.sol";

contract PrecompilesCaller {
    function run(uint256 number, bytes calldata input) external view returns (bool success, bytes memory output) {
        return Precompiles.run(number, input);
    }
}

/// forge-config: default.evm_version = "osaka"
/// @notice Results of precompiles, and that whatever gas a call is given, it gives the right result or none.
contract PrecompilesTest is Test {
    PrecompilesCaller private _caller;

    bytes private constant G1 =
        hex"0000000000000000000000000000000017f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb"
        hex"0000000000000000000000000000000008b3f481e3aaa0f1a09e30ed741d8ae4fcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1";

    bytes private constant G2 =
        hex"00000000000000000000000000000000024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8"
        hex"0000000000000000000000000000000013e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e"
        hex"000000000000000000000000000000000ce5d527727d6e118cc9cdc6da2e351aadfd9baa8cbdd3a76d429a695160d12c923ac9cc3baca289e193548608b82801"
        hex"000000000000000000000000000000000606c4a02ea734cc32acd2b02bc28b99cb3e287e85a763af267492ab572e99ab3f370d275cec1da1aaa9075ff05f79be";

    bytes private constant BN_G2 =
        hex"198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c21800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed"
        hex"090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa";

    bytes private constant P256 =
        hex"cde0c4e6e614fa43813d5f25e6fcc75154f9d81ce5510819dd443edcc8aea829"
        hex"9f7c4a8c675678d548461dfcdf2df66fa5cb11b34ae2a51f9521e05490787c85"
        hex"5e36feae0d68e864235611ecac6ccbf41ba484c54eb069783c0efbad975d429e"
        hex"2447d5758a49b69f785e6e65b3b9204f0c86912bc0be8782986d5e5730fa8863"
        hex"655dd708297599df24f0dcc21628496b422ce3ffc5fa9e8ba7d9fdf377aac5ec";

    bytes private constant SIGNATURE =
        hex"cde0c4e6e614fa43813d5f25e6fcc75154f9d81ce5510819dd443edcc8aea829"
        hex"000000000000000000000000000000000000000000000000000000000000001c"
        hex"ba47a1b57ab09c3725a5d9cc28dfb36fc061d728396174a68397b54eba88682e"
        hex"2b450a3c3a02d60c41333ffaddfbec91ccc5940d7401b849137ccb3cf0cdd328";

    /// @dev A number, an input, and whether it is good.
    struct Case {
        uint256 number;
        bytes input;
        bool accepted;
    }

    Case[] private _cases;

    function setUp() external {
        _caller = new PrecompilesCaller();
        _signatures();
        _bn254();
        _bls();
    }

    function _add(uint256 number, bytes memory input, bool accepted) private {
        _cases.push(Case(number, input, accepted));
    }

    function _signatures() private {
        _add(1, SIGNATURE, true);
        _add(1, "", true);
        _add(1, bytes.concat(SIGNATURE, "more"), true);
        _add(256, P256, true);
        _add(256, bytes.concat(P256, hex"00"), true);
        _add(256, new bytes(160), true);
        _add(256, "", true);
    }

    function _bn254() private {
        _add(6, abi.encode(1, 2, 1, 2), true);
        _add(6, "", true);
        _add(6, abi.encode(1, 3), false);
        _add(7, abi.encode(1, 2, 5), true);
        _add(7, abi.encode(1, 3, 5), false);
        bytes memory pair = bytes.concat(abi.encode(1, 2), BN_G2);
        _add(8, "", true);
        _add(8, pair, true);
        _add(8, bytes.concat(pair, hex"00"), false);
        _add(8, bytes.concat(pair, abi.encode(1, 3), BN_G2), false);
    }

    function _bls() private {
        bytes memory notOnCurve = bytes.concat(new bytes(127), hex"01");
        // Another zero polynomial than the one that the library asks about: the value at 7.
        bytes memory zero = bytes.concat(hex"c0", new bytes(47));
        bytes32 hash = ((sha256(zero) << 8) >> 8) | bytes32(uint256(1) << 248);
        _add(10, bytes.concat(hash, bytes32(uint256(7)), bytes32(0), zero, zero), true);
        _add(10, bytes.concat(hash, bytes32(uint256(7)), bytes32(uint256(1)), zero, zero), false);
        _add(10, "", false);
        _add(11, bytes.concat(G1, G1), true);
        _add(11, bytes.concat(G1, notOnCurve), false);
        _add(11, G1, false);
        _add(12, bytes.concat(G1, bytes32(uint256(5)), G1, bytes32(uint256(6))), true);
        _add(12, bytes.concat(G1, bytes32(uint256(5)), notOnCurve, bytes32(uint256(6))), false);
        _add(12, "", false);
        _add(13, bytes.concat(G2, G2), true);
        _add(13, bytes.concat(G2, notOnCurve, notOnCurve), false);
        _add(14, bytes.concat(G2, bytes32(uint256(5))), true);
        _add(14, bytes.concat(notOnCurve, notOnCurve, bytes32(uint256(5))), false);
        _add(14, "", false);
        _add(15, bytes.concat(G1, G2), true);
        _add(15, bytes.concat(notOnCurve, G2), false);
        _add(15, "", false);
        _add(16, bytes.concat(bytes32(0), bytes32(uint256(9))), true);
        _add(16, bytes.concat(bytes32(type(uint256).max), bytes32(0)), false);
        _add(17, abi.encode(0, 9, 0, 8), true);
        _add(17, abi.encode(type(uint256).max, 0, 0, 0), false);
    }

    function test_resultsAreL1s() external view {
        for (uint256 i = 0; i < _cases.length; i++) {
            Case memory c = _cases[i];
            (bool success, bytes memory output) = _caller.run(c.number, c.input);
            assertEq(success, c.accepted, vm.toString(i));
            (bool expected, bytes memory answer) = address(uint160(c.number)).staticcall{gas: 1e6}(c.input);
            assertEq(success, expected, vm.toString(i));
            assertEq(output, expected ? answer : bytes(""), vm.toString(i));
        }
    }

    /// @dev With so little gas that the precompile, or the second call, cannot have enough: refused, or the same result. A failure is never taken from
    /// a lack of gas, and no success is lost once there is enough.
    function test_noResultIsOneOfTheGas() external view {
        for (uint256 i = 0; i < _cases.length; i++) {
            Case memory c = _cases[i];
            bytes memory call = abi.encodeCall(PrecompilesCaller.run, (c.number, c.input));
            (, bytes memory right) = address(_caller).staticcall{gas: 2e6}(call);
            uint256 gas_ = 2_000;
            bool succeeded;
            for (; gas_ < 400_000; gas_ += gas_ / 64) {
                (bool success, bytes memory got) = address(_caller).staticcall{gas: gas_}(call);
                if (success) assertEq(got, right, vm.toString(i));
                if (succeeded) assertTrue(success, "more gas is as good");
                succeeded = success;
            }
            assertTrue(succeeded, "enough gas");
        }
    }

    /// @dev 192 pairs, the last one bad: as many as a rollup's precompile takes.
    function test_theLargestPairing() external view {
        bytes memory pairs;
        for (uint256 i = 0; i < 191; i++) pairs = bytes.concat(pairs, abi.encode(1, 2), BN_G2);
        bytes memory good = bytes.concat(pairs, new bytes(192));
        bytes memory bad = bytes.concat(pairs, abi.encode(1, 3), BN_G2);
        (bool success, bytes memory output) = _caller.run(8, good);
        assertTrue(success, "good");
        assertEq(output, abi.encode(0), "no product of one");
        bytes memory call = abi.encodeCall(PrecompilesCaller.run, (8, bad));
        uint256 least = 0;
        for (uint256 gas_ = 5e6; gas_ <= 12e6; gas_ += 250_000) {
            uint256 before = gasleft();
            (bool answered, bytes memory got) = address(_caller).staticcall{gas: gas_}(call);
            assertLe(before - gasleft(), gas_ + 10_000, "gas");
            if (!answered) continue;
            if (least == 0) least = gas_;
            assertEq(got, abi.encode(false, bytes("")), "failure");
        }
        assertTrue(least != 0 && least < 10.5e6, "gas of a failure");
    }
}
