// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MachineState} from "../MachineState.sol";

/// @title IOneStepProver
/// @notice Takes one step of the machine from a state and a witness of what the step reads. docs/spec/machine.md, sections 4 to 7.
///
/// For every state there is one next state. Whatever the program does that is not defined is a trap, which is a state too; a call
/// reverts only when the witness is not that of the step, or when it is given too little gas.
interface IOneStepProver {
    /// @notice A leaf with its siblings is not in the tree at this place.
    /// @param index Generalised index of the leaf: its path from the root, with a 1 in front.
    /// @param root Root of the tree.
    /// @param got Root that leaf and siblings have.
    error OneStepProver_WrongLeaf(uint256 index, bytes32 root, bytes32 got);

    /// @notice The proof has not as many words as the step reads.
    /// @param got Words that it has.
    /// @param expected Words that the step reads; where the proof ended too soon, up to there.
    error OneStepProver_WrongProofLength(uint256 got, uint256 expected);

    /// @notice The data has not the length that the step needs.
    /// @param got Length in bytes.
    /// @param expected Length that is needed, in bytes; the least where it is not fixed.
    error OneStepProver_WrongDataLength(uint256 got, uint256 expected);

    /// @notice The data is not what the state or the key names.
    /// @param expected The hash that names it.
    /// @param got The data's hash.
    error OneStepProver_WrongData(bytes32 expected, bytes32 got);

    /// @notice The value is not that of the blob's element, or L1 could not check it with the gas it was given.
    /// @param versionedHash Versioned hash of the blob.
    /// @param element Position of the field element in the blob, counted from 0.
    error OneStepProver_WrongElement(bytes32 versionedHash, uint256 element);

    /// @notice Results of this precompile are no data of the machine.
    /// @param number Its address.
    error OneStepProver_UnknownPrecompile(uint256 number);

    /// @notice The gas that is left does not suffice to know the precompile's result.
    /// @param number Its address.
    /// @param gasNeeded Gas that its next call must be given; zero where all that was there did not suffice.
    error OneStepProver_NotEnoughGas(uint256 number, uint256 gasNeeded);

    /// @notice What answers at the precompile's address is not that precompile.
    /// @param number Its address.
    /// @param length Length of what it answered, in bytes.
    error OneStepProver_NotThatPrecompile(uint256 number, uint256 length);

    /// @notice The hash of the state after `state`.
    /// @dev The caller compares `hashOf(state)` with the state it means. All of the witness must be used: with more or less it reverts.
    /// @param state The state before.
    /// @param proof Leaf and siblings of the instruction, then of each access to the RAM tree in order, each against the tree that the one before
    /// left.
    /// @param data What a host instruction reads from outside; empty for any other step.
    /// @return next Hash of the state after.
    function step(
        MachineState calldata state,
        bytes32[] calldata proof,
        bytes calldata data
    ) external view returns (bytes32 next);

    /// @notice The hash of a state.
    /// @param state The state.
    /// @return Its hash.
    function hashOf(MachineState calldata state) external pure returns (bytes32);
}
