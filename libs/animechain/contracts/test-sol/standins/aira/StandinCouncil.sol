// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice Stops what a test names.
contract StandinCouncil {
    mapping(bytes32 key => bool) public isPaused;

    function pause(bytes32 key, bool paused) external {
        isPaused[key] = paused;
    }
}
