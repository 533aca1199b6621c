// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ControlFacet} from "../../src-sol/proving/ControlFacet.sol";
import {HostFacet} from "../../src-sol/proving/HostFacet.sol";
import {MachineState} from "../../src-sol/proving/MachineState.sol";
import {MemoryFacet} from "../../src-sol/proving/MemoryFacet.sol";
import {NumericFacet} from "../../src-sol/proving/NumericFacet.sol";
import {OneStepProver} from "../../src-sol/proving/OneStepProver.sol";
import {Test} from "../base/Test.sol";

/// @title StepTest
/// @notice A machine whose tree is kept here, in storage. A test prepares a state and an instruction, lists the accesses that the specification
/// gives the step, and says what the state after it is; the prover must give that state's hash, by the proof of just these accesses.
abstract contract StepTest is Test {
    uint256 internal constant MEMORY = 1 << 28;
    uint256 internal constant SLOTS = 6 << 14;
    uint256 internal constant GLOBALS = 14 << 8;
    uint256 internal constant TABLE = 15 << 14;
    uint256 internal constant CODE_DEPTH = 19;

    OneStepProver internal prover;

    /// @notice The state before the step.
    MachineState internal state;

    /// @notice The proof as far as it was made.
    bytes32[] internal proof;

    /// @notice The data that the step reads.
    bytes internal data;

    mapping(uint256 index => bytes32) private _leaves;
    mapping(uint256 index => bytes32) private _nodes;
    uint256[] private _touched;
    bytes32[29] private _zeros;
    bytes32 private _root;

    function setUp() public virtual {
        prover = new OneStepProver(new NumericFacet(), new ControlFacet(), new MemoryFacet(), new HostFacet());
        bytes32 zero = keccak256(abi.encode(0));
        for (uint256 i = 0; i < 29; i++) {
            _zeros[i] = zero;
            zero = keccak256(abi.encode(zero, zero));
        }
        _reset();
    }

    /// @notice An empty machine: pc 7, no operands, a frame word at slot 4, two pages.
    function _reset() internal {
        for (uint256 i = 0; i < _touched.length; i++) {
            delete _leaves[_touched[i]];
            for (uint256 at = _touched[i]; at > 0; at >>= 1) delete _nodes[at];
        }
        delete _touched;
        delete proof;
        delete data;
        state = MachineState(0, 7, 5, 4, 2, 0, 0, keccak256("inputs"), 0);
        _root = _node(1);
    }

    // The tree --------------------------------------------------------------------------------------------------------------------

    function _depth(uint256 index) internal pure returns (uint256 depth) {
        while (index >> (depth + 1) != 0) depth++;
    }

    /// @dev A node that was never written: everything below it is zero.
    function _zeroNode(uint256 index) private view returns (bytes32) {
        uint256 depth = _depth(index);
        uint256 bottom;
        if (depth >= 1 && index >> (depth - 1) == 2) bottom = 28;
        else if (depth >= 2 && index >> (depth - 2) == 6) bottom = 16;
        else if (depth >= 3 && index >> (depth - 3) == 14) bottom = 11;
        else if (depth >= 3 && index >> (depth - 3) == 15) bottom = 17;
        else return keccak256(abi.encode(_zeroNode(2 * index), _zeroNode(2 * index + 1)));
        return _zeros[bottom - depth];
    }

    function _node(uint256 index) private view returns (bytes32 node) {
        node = _nodes[index];
        if (node == 0) node = _zeroNode(index);
    }

    function _leaf(uint256 index) internal view returns (bytes32) {
        return _leaves[index];
    }

    function _setLeaf(uint256 index, bytes32 leaf) internal {
        _touched.push(index);
        _leaves[index] = leaf;
        bytes32 node = keccak256(abi.encode(leaf));
        for (uint256 at = index; ; at >>= 1) {
            _nodes[at] = node;
            if (at == 1) break;
            bytes32 sibling = _node(at ^ 1);
            node = at & 1 == 0 ? keccak256(abi.encode(node, sibling)) : keccak256(abi.encode(sibling, node));
        }
        _root = node;
    }

    function _withWord(uint256 part, uint256 place, uint64 value) private view returns (bytes32) {
        uint256 shift = 192 - 64 * (place % 4);
        uint256 mask = uint256(type(uint64).max) << shift;
        return bytes32((uint256(_leaves[part + place / 4]) & ~mask) | (uint256(value) << shift));
    }

    // The state before ----------------------------------------------------------------------------------------------------------------

    function _setWord(uint256 part, uint256 place, uint64 value) internal {
        _setLeaf(part + place / 4, _withWord(part, place, value));
    }

    /// @dev Puts an operand on top.
    function _operand(uint64 value) internal {
        _setWord(SLOTS, state.sp++, value);
    }

    /// @dev Bytes of memory from an address on.
    function _setMemory(uint256 at, bytes memory content) internal {
        for (uint256 i = 0; i < content.length; i++) {
            uint256 index = MEMORY + (at + i) / 32;
            uint256 shift = 248 - 8 * ((at + i) % 32);
            _setLeaf(
                index,
                bytes32((uint256(_leaves[index]) & ~(0xff << shift)) | (uint256(uint8(content[i])) << shift))
            );
        }
    }

    /// @dev The instruction at pc, and with it the roots of the state: to be called when all else is prepared.
    function _instruction(uint8 opcode, uint32 a, uint64 b) internal {
        bytes16 own = bytes16((uint128(opcode) << 120) | (uint128(a) << 64) | b);
        bytes16 other = bytes16(keccak256("the other instruction"));
        bytes32 leaf =
            state.pc % 2 == 0 ? bytes32(abi.encodePacked(own, other)) : bytes32(abi.encodePacked(other, own));
        delete proof;
        proof.push(leaf);
        bytes32 node = keccak256(abi.encode(leaf));
        for (uint256 level = 0; level < CODE_DEPTH; level++) {
            bytes32 sibling = keccak256(abi.encode("sibling", level));
            proof.push(sibling);
            node =
                ((state.pc / 2) >> level) & 1 == 0
                    ? keccak256(abi.encode(node, sibling))
                    : keccak256(abi.encode(sibling, node));
        }
        state.codeRoot = node;
        state.ramRoot = _root;
    }

    // The accesses --------------------------------------------------------------------------------------------------------------------

    function _read(uint256 index) internal {
        proof.push(_leaves[index]);
        for (uint256 at = index; at > 1; at >>= 1) proof.push(_node(at ^ 1));
    }

    function _write(uint256 index, bytes32 leaf) internal {
        _read(index);
        _setLeaf(index, leaf);
    }

    function _readSlot(uint256 slot) internal {
        _read(SLOTS + slot / 4);
    }

    function _writeSlot(uint256 slot, uint64 value) internal {
        _write(SLOTS + slot / 4, _withWord(SLOTS, slot, value));
    }

    function _writeWord(uint256 part, uint256 place, uint64 value) internal {
        _write(part + place / 4, _withWord(part, place, value));
    }

    /// @dev A write of bytes that are all in one leaf.
    function _writeMemory(uint256 at, bytes memory content) internal {
        _read(MEMORY + at / 32);
        _setMemory(at, content);
    }

    // The state after -----------------------------------------------------------------------------------------------------------------

    /// @dev The hash as the specification writes it, apart from the contracts' own.
    function _hash(MachineState memory s) internal pure returns (bytes32) {
        return
            keccak256(
                bytes.concat(
                    abi.encode(bytes32("animechain state 1"), s.status, s.pc, s.sp, s.fp, s.pages),
                    abi.encode(s.codeRoot, s.ramRoot, s.inputs, s.output)
                )
            );
    }

    /// @dev The step goes on at pc with sp slots; all else is as before, but the tree is what the accesses made it.
    function _expect(string memory what, uint256 pc, uint256 sp) internal view {
        MachineState memory next = state;
        next.pc = uint32(pc);
        next.sp = uint32(sp);
        _expectState(what, next);
    }

    function _expectState(string memory what, MachineState memory next) internal view {
        next.ramRoot = _root;
        assertEq(prover.step(state, proof, data), _hash(next), what);
    }

    /// @dev The step traps, and no more is read than was listed.
    function _expectTrap(string memory what) internal view {
        MachineState memory next = state;
        next.status = 2;
        assertEq(prover.step(state, proof, data), _hash(next), what);
    }

    /// @dev The witness is refused with an error of these first bytes.
    function _expectRefusal(bytes4 selector) internal {
        vm.expectPartialRevert(selector);
        // A precompile that refuses its input takes all the gas it is given.
        prover.step{gas: 3e6}(state, proof, data);
    }
}
