// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MachineState, MachineStates} from "./MachineState.sol";
import {Preimages} from "./Preimages.sol";
import {Step, Steps} from "./Steps.sol";
import {IOneStepProver} from "./interfaces/IOneStepProver.sol";
import {IStepFacet} from "./interfaces/IStepFacet.sol";

/// @title HostFacet
/// @notice What reads from outside of the machine, and `output`, which ends it. docs/spec/machine.md, section 6.
contract HostFacet is IStepFacet {
    using Steps for Step;

    uint256 private constant INPUT = 0xf0;
    uint256 private constant PREIMAGE = 0xf1;
    uint256 private constant OUTPUT = 0xf2;

    /// @inheritdoc IStepFacet
    function execute(
        MachineState calldata state,
        uint128 instruction,
        bytes32[] calldata proof,
        bytes calldata data
    ) external view returns (MachineState memory) {
        Step memory step = Steps.begin(state, instruction, proof, data);
        if (step.opcode == INPUT) _input(step, data);
        else if (step.opcode == PREIMAGE) _preimage(step, data);
        else if (step.opcode == OUTPUT) _output(step);
        else step.trap();
        return step.finish();
    }

    /// @dev Pops out, index; writes the input to out. `data`: the inputs, joined.
    function _input(Step memory step, bytes calldata data) private pure {
        step.need(2, 0);
        uint256 to = uint32(step.pop());
        uint256 index = uint32(step.pop());
        if (!_isPointer(step, to)) step.trap();
        if (data.length % 32 != 0)
            revert IOneStepProver.OneStepProver_WrongDataLength(data.length, (data.length / 32) * 32);
        Preimages.expectHash(step.state.inputs, data);
        step.unread = 0;
        if (index >= data.length / 32) step.trap();
        _writeMemory(step, to, bytes32(data[32 * index:]));
        step.state.pc += 1;
    }

    /// @dev Pops out, offset, key, kind; writes 32 bytes of what kind and key name to out, and pushes how many of them there are.
    function _preimage(Step memory step, bytes calldata data) private view {
        step.need(4, 1);
        uint256 to = uint32(step.pop());
        uint256 offset = uint32(step.pop());
        uint256 at = uint32(step.pop());
        uint256 kind = uint32(step.pop());
        if (!_isPointer(step, to) || !_isPointer(step, at) || offset % 32 != 0 || kind >= Preimages.KINDS) step.trap();
        bytes32 key = step.readLeaf(Steps.MEMORY + at / 32);
        (bytes32 word, uint256 count) = Preimages.read(kind, key, offset, data);
        step.unread = 0;
        _writeMemory(step, to, word);
        step.push(uint64(count));
        step.state.pc += 1;
    }

    /// @dev Pops value; the word there is the result, and the machine halts.
    function _output(Step memory step) private pure {
        step.need(1, 0);
        uint256 at = uint32(step.pop());
        if (!_isPointer(step, at)) step.trap();
        step.state.output = step.readLeaf(Steps.MEMORY + at / 32);
        step.state.status = MachineStates.HALTED;
    }

    /// @dev Whether a leaf of the memory begins at an address.
    function _isPointer(Step memory step, uint256 at) private pure returns (bool) {
        return at % 32 == 0 && at + 32 <= step.memorySize();
    }

    function _writeMemory(Step memory step, uint256 at, bytes32 word) private pure {
        step.writeLeaf(Steps.MEMORY + at / 32, uint256(word), type(uint256).max);
    }
}
