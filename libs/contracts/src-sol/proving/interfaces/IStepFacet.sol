// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MachineState} from "../MachineState.sol";

/// @title IStepFacet
/// @notice Does the instructions of one kind for `OneStepProver`, whose code would be too large in one contract. It has no state.
interface IStepFacet {
    /// @notice Does one instruction.
    /// @param state The state before: running, its `pc` in the code, its memory within 4 GiB.
    /// @param instruction The instruction as it stands in the code, 16 bytes.
    /// @param proof Leaf and siblings of each access to the RAM tree, in order.
    /// @param data What a host instruction reads from outside.
    /// @return next The state after. When its status is 2 the step traps, and the other fields mean nothing.
    function execute(
        MachineState calldata state,
        uint128 instruction,
        bytes32[] calldata proof,
        bytes calldata data
    ) external view returns (MachineState memory next);
}
