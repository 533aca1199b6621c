// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice A state of the machine, all that its hash commits to. docs/spec/machine.md, section 3.
/// @param status 0 running, 1 halted, 2 trapped; a state that is not running stays as it is.
/// @param pc Place of the next instruction.
/// @param sp Slots in use.
/// @param fp Slot of the present frame word.
/// @param pages Size of the memory, in pages of 65,536 bytes.
/// @param codeRoot Root of the code tree.
/// @param ramRoot Root of the tree of memory, slots, globals and table.
/// @param inputs keccak256 of the inputs, words joined.
/// @param output The word that the program gave; zero before.
struct MachineState {
    uint8 status;
    uint32 pc;
    uint32 sp;
    uint32 fp;
    uint32 pages;
    bytes32 codeRoot;
    bytes32 ramRoot;
    bytes32 inputs;
    bytes32 output;
}

/// @title MachineStates
/// @notice Hashes of states and programs, and the state that a run begins with. docs/spec/machine.md, sections 2 and 3.
library MachineStates {
    /// @notice Status of a state that has a next one.
    uint8 internal constant RUNNING = 0;

    /// @notice Status after `output`.
    uint8 internal constant HALTED = 1;

    /// @notice Status after a trap.
    uint8 internal constant TRAPPED = 2;

    bytes32 private constant STATE_TAG = "animechain state 1";
    bytes32 private constant PROGRAM_TAG = "animechain machine 1";

    /// @notice The hash that commitments hold for a state.
    /// @param state The state.
    /// @return Its hash.
    function hash(MachineState memory state) internal pure returns (bytes32) {
        return keccak256(abi.encode(STATE_TAG, state));
    }

    /// @notice The hash of a program: of its code, and of its memory, globals and table before the first step.
    /// @param codeRoot Root of its code tree.
    /// @param ramRoot Root of its RAM tree before the first step.
    /// @param pages Size of its memory before the first step, in pages.
    /// @return The hash.
    function programHash(bytes32 codeRoot, bytes32 ramRoot, uint32 pages) internal pure returns (bytes32) {
        return keccak256(abi.encode(PROGRAM_TAG, codeRoot, ramRoot, pages));
    }

    /// @notice The state of a program before its first step.
    /// @param codeRoot Root of its code tree.
    /// @param ramRoot Root of its RAM tree before the first step.
    /// @param pages Size of its memory before the first step, in pages.
    /// @param inputs keccak256 of the inputs, words joined.
    /// @return state The state.
    function first(
        bytes32 codeRoot,
        bytes32 ramRoot,
        uint32 pages,
        bytes32 inputs
    ) internal pure returns (MachineState memory state) {
        state.pages = pages;
        state.codeRoot = codeRoot;
        state.ramRoot = ramRoot;
        state.inputs = inputs;
    }
}
