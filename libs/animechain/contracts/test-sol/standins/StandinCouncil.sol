// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ICouncil} from "../../src-sol/interfaces/ICouncil.sol";

/// @notice A council of whoever calls.
contract StandinCouncil is ICouncil {
    mapping(bytes32 key => bool) public isPaused;

    function pause(bytes32 key, bool paused) external {
        isPaused[key] = paused;
    }
}
