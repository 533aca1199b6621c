// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MachineState, MachineStates} from "../../src-sol/proving/MachineState.sol";
import {IOneStepProver} from "../../src-sol/proving/interfaces/IOneStepProver.sol";

/// @notice A machine that counts, and halts after so many steps with the output that a test has chosen for its inputs.
contract ToyProver is IOneStepProver {
    using MachineStates for MachineState;

    /// @notice Steps to the end.
    uint32 public constant STEPS = 11;

    /// @notice What the machine gives for these inputs.
    mapping(bytes32 => bytes32) public outputs;

    error BadWitness();

    function setOutput(bytes32 inputs, bytes32 output) external {
        outputs[inputs] = output;
    }

    function next(MachineState memory state) public view returns (MachineState memory) {
        if (state.status != MachineStates.RUNNING) return state;
        if (state.pc + 1 == STEPS) {
            state.status = MachineStates.HALTED;
            state.output = outputs[state.inputs];
        } else {
            state.pc++;
        }
        return state;
    }

    /// @notice The state after this many steps.
    function run(MachineState memory state, uint256 steps) external view returns (MachineState memory) {
        for (uint256 i = 0; i < steps && state.status == MachineStates.RUNNING; i++) state = next(state);
        return state;
    }

    function step(
        MachineState calldata state,
        bytes32[] calldata proof,
        bytes calldata data
    ) external view returns (bytes32) {
        if (proof.length != 0 || data.length != 0) revert BadWitness();
        return next(state).hash();
    }

    function hashOf(MachineState calldata state) external pure returns (bytes32) {
        return state.hash();
    }
}
