// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MachineState, MachineStates} from "./MachineState.sol";
import {MerklePath} from "./MerklePath.sol";
import {Steps} from "./Steps.sol";
import {IOneStepProver} from "./interfaces/IOneStepProver.sol";
import {IStepFacet} from "./interfaces/IStepFacet.sol";
import {ISemver} from "../shared/ISemver.sol";

/// @title OneStepProver
/// @notice Fetches the instruction of a state and has it done by the facet for it. It has no state, no owner, and knows no game.
contract OneStepProver is IOneStepProver, ISemver {
    using MachineStates for MachineState;
    using MerklePath for bytes32;

    /// @inheritdoc ISemver
    string public constant version = "1.0.0";

    /// @notice Instructions that a program can have.
    uint256 public constant MAX_INSTRUCTIONS = 1 << 20;

    /// @notice Pages of a memory of 4 GiB; a state with more traps.
    uint256 public constant MAX_PAGES = 65_536;

    /// @notice Does tests, comparisons, arithmetic and conversions.
    IStepFacet public immutable numericFacet;

    /// @notice Does jumps, calls, and moves between slots and globals.
    IStepFacet public immutable controlFacet;

    /// @notice Does what reads or writes the memory.
    IStepFacet public immutable memoryFacet;

    /// @notice Does what reads from outside of the machine, and its end.
    IStepFacet public immutable hostFacet;

    /// @notice Names the facets, for good.
    /// @param numericFacet_ A `NumericFacet`.
    /// @param controlFacet_ A `ControlFacet`.
    /// @param memoryFacet_ A `MemoryFacet`.
    /// @param hostFacet_ A `HostFacet`.
    constructor(IStepFacet numericFacet_, IStepFacet controlFacet_, IStepFacet memoryFacet_, IStepFacet hostFacet_) {
        numericFacet = numericFacet_;
        controlFacet = controlFacet_;
        memoryFacet = memoryFacet_;
        hostFacet = hostFacet_;
    }

    /// @inheritdoc IOneStepProver
    function step(
        MachineState calldata state,
        bytes32[] calldata proof,
        bytes calldata data
    ) external view returns (bytes32 next) {
        if (state.status != MachineStates.RUNNING) {
            _expectLengths(proof, data, 0);
            return state.hash();
        }
        if (state.pc >= MAX_INSTRUCTIONS || state.pages > MAX_PAGES) {
            _expectLengths(proof, data, 0);
            return _trapped(state);
        }
        uint128 instruction = _fetch(state, proof);
        IStepFacet facet = _facetOf(instruction >> 120);
        if (address(facet) == address(0)) {
            _expectLengths(proof, data, Steps.CODE_WORDS);
            return _trapped(state);
        }
        MachineState memory following = facet.execute(state, instruction, proof[Steps.CODE_WORDS:], data);
        return following.status == MachineStates.TRAPPED ? _trapped(state) : following.hash();
    }

    /// @inheritdoc IOneStepProver
    function hashOf(MachineState calldata state) external pure returns (bytes32) {
        return state.hash();
    }

    /// @dev The facet for an opcode; none for one that is no instruction, which traps.
    function _facetOf(uint256 opcode) private view returns (IStepFacet) {
        if (opcode >= 0x45 && opcode <= 0xc4) return numericFacet;
        if (opcode >= 0x28 && opcode <= 0x40) return memoryFacet;
        if (opcode == 0xe0 || opcode == 0xe1) return memoryFacet;
        if (opcode >= 0xf0 && opcode <= 0xf2) return hostFacet;
        if ((opcode != 0 && opcode <= 0x42) || opcode == 0xd0 || opcode == 0xd1) return controlFacet;
        return IStepFacet(address(0));
    }

    /// @dev The instruction at `pc`, from the first words of the proof. Two instructions are a leaf.
    function _fetch(MachineState calldata state, bytes32[] calldata proof) private pure returns (uint128) {
        if (proof.length < Steps.CODE_WORDS) revert OneStepProver_WrongProofLength(proof.length, Steps.CODE_WORDS);
        bytes32 leaf = proof[0];
        uint256 siblings;
        assembly ("memory-safe") {
            siblings := add(proof.offset, 0x20)
        }
        uint256 index = (1 << Steps.CODE_DEPTH) + state.pc / 2;
        (bytes32 got, ) = leaf.hashLeaf().root(index, siblings);
        if (got != state.codeRoot) revert OneStepProver_WrongLeaf(index, state.codeRoot, got);
        return state.pc % 2 == 0 ? uint128(bytes16(leaf)) : uint128(uint256(leaf));
    }

    /// @dev The hash of the state after a trap: all is as before but the status.
    function _trapped(MachineState memory state) private pure returns (bytes32) {
        state.status = MachineStates.TRAPPED;
        return state.hash();
    }

    /// @dev Fails unless the proof has `words` words, and data is empty.
    function _expectLengths(bytes32[] calldata proof, bytes calldata data, uint256 words) private pure {
        if (proof.length != words) revert OneStepProver_WrongProofLength(proof.length, words);
        if (data.length != 0) revert OneStepProver_WrongDataLength(data.length, 0);
    }
}
