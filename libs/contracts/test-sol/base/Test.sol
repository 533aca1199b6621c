// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Vm} from "./Vm.sol";

/// @title Test
/// @notice Base of the tests that forge runs: the cheatcodes, assertions that say what was expected, bounded fuzz input, and, for
/// invariant tests, the targets.
abstract contract Test {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    error Failed(string what);
    error NotEqual(string what, uint256 got, uint256 expected);
    error NotEqualBytes32(string what, bytes32 got, bytes32 expected);
    error NotEqualAddress(string what, address got, address expected);
    error NotEqualBytes(string what, bytes got, bytes expected);

    /// @dev The layout that forge reads.
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    address[] private _targets;
    FuzzSelector[] private _excluded;

    /// @notice Contracts that an invariant test calls. Read by forge.
    function targetContracts() public view returns (address[] memory) {
        return _targets;
    }

    function targetContract(address target) internal {
        _targets.push(target);
    }

    /// @notice Functions of targets that are no moves. Read by forge.
    function excludeSelectors() public view returns (FuzzSelector[] memory) {
        return _excluded;
    }

    function excludeSelector(address target, bytes4 selector) internal {
        bytes4[] memory selectors = new bytes4[](1);
        selectors[0] = selector;
        _excluded.push(FuzzSelector(target, selectors));
    }

    function assertTrue(bool value, string memory what) internal pure {
        if (!value) revert Failed(what);
    }

    function assertFalse(bool value, string memory what) internal pure {
        if (value) revert Failed(what);
    }

    function assertEq(uint256 got, uint256 expected, string memory what) internal pure {
        if (got != expected) revert NotEqual(what, got, expected);
    }

    function assertEq(bytes32 got, bytes32 expected, string memory what) internal pure {
        if (got != expected) revert NotEqualBytes32(what, got, expected);
    }

    function assertEq(address got, address expected, string memory what) internal pure {
        if (got != expected) revert NotEqualAddress(what, got, expected);
    }

    function assertEq(bytes memory got, bytes memory expected, string memory what) internal pure {
        if (keccak256(got) != keccak256(expected)) revert NotEqualBytes(what, got, expected);
    }

    function assertEq(bool got, bool expected, string memory what) internal pure {
        if (got != expected) revert NotEqual(what, got ? 1 : 0, expected ? 1 : 0);
    }

    function assertGe(uint256 got, uint256 least, string memory what) internal pure {
        if (got < least) revert NotEqual(what, got, least);
    }

    function assertLe(uint256 got, uint256 most, string memory what) internal pure {
        if (got > most) revert NotEqual(what, got, most);
    }

    /// @notice Maps a fuzzed value into a range, both ends included.
    function bound(uint256 value, uint256 min, uint256 max) internal pure returns (uint256) {
        if (value >= min && value <= max) return value;
        uint256 span = max - min + 1;
        return span == 0 ? value : min + (value % span);
    }

    /// @notice An address without code that stands for somebody.
    function makeAddress(string memory name) internal returns (address account) {
        account = address(uint160(uint256(keccak256(bytes(name)))));
        vm.label(account, name);
    }
}
