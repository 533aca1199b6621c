// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ICouncil} from "../../../src-sol/interfaces/ICouncil.sol";

/// @notice Stops what a test names.
contract StandinCouncil is ICouncil {
    mapping(bytes32 key => bool) public isPaused;

    function set(bytes32 key, bool paused) external {
        isPaused[key] = paused;
    }
}
