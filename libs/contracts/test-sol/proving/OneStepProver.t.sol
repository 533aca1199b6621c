// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IOneStepProver} from "../../src-sol/proving/interfaces/IOneStepProver.sol";
import {MachineState, MachineStates} from "../../src-sol/proving/MachineState.sol";
import {StepTest} from "./StepTest.sol";

/// @notice What all steps have in common: states that do not go on, the instruction's proof, and witnesses that are not the step's.
contract OneStepProverTest is StepTest {
    function test_hashes() external view {
        assertEq(prover.hashOf(state), _hash(state), "state");
        MachineState memory first = MachineStates.first(bytes32("code"), bytes32("ram"), 3, bytes32("inputs"));
        assertEq(
            MachineStates.hash(first),
            _hash(MachineState(0, 0, 0, 0, 3, bytes32("code"), bytes32("ram"), bytes32("inputs"), 0)),
            "first state"
        );
        assertEq(
            MachineStates.programHash(bytes32("code"), bytes32("ram"), 3),
            keccak256(
                bytes.concat(bytes32("animechain machine 1"), bytes32("code"), bytes32("ram"), bytes32(uint256(3)))
            ),
            "program"
        );
    }

    function test_aStateThatIsNotRunningStays() external {
        for (uint16 status = 1; status < 256; status++) {
            state.status = uint8(status);
            assertEq(prover.step(state, new bytes32[](0), ""), _hash(state), "next");
        }
        state.status = 1;
        proof.push(0);
        _expectRefusal(IOneStepProver.OneStepProver_WrongProofLength.selector);
        delete proof;
        data = hex"00";
        _expectRefusal(IOneStepProver.OneStepProver_WrongDataLength.selector);
    }

    function test_noInstruction() external {
        state.pc = 1 << 20;
        _expectTrap("pc");
        state.pc = 0xffffffff;
        _expectTrap("greatest pc");
        state.pc = 7;
        state.pages = 65_537;
        _expectTrap("pages");
        _instruction(0x42, 0, 1);
        _expectRefusal(IOneStepProver.OneStepProver_WrongProofLength.selector);
    }

    function test_theLastInstruction() external {
        state.pc = (1 << 20) - 1;
        _instruction(0x03, 1, 0);
        _expect("jump", 1, 5);
        _instruction(0x42, 0, 9);
        _writeSlot(5, 9);
        _expect("to where there is none", 1 << 20, 6);
    }

    function test_bothInstructionsOfALeaf() external {
        for (uint32 pc = 0; pc < 4; pc++) {
            state.pc = pc;
            _instruction(0x03, 100 + pc, 0);
            _expect("jump", 100 + pc, 5);
        }
    }

    /// @dev All that are not in the table of the specification.
    function test_opcodesThatAreNone() external {
        bytes memory known =
            hex"03040c0d0e0f10111a1b2021222324"
            hex"2829"
            hex"2c2d2e2f3031323334353637"
            hex"3a3b3c3d3e3f404142"
            hex"45464748494a4b4c4d4e4f505152535455565758595a"
            hex"6768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a"
            hex"a7acadc0c1c2c3c4d0d1e0e1f0f1f2";
        bool[256] memory isKnown;
        for (uint256 i = 0; i < known.length; i++) isKnown[uint8(known[i])] = true;
        uint256 none;
        for (uint256 opcode = 0; opcode < 256; opcode++) {
            if (isKnown[opcode]) continue;
            none++;
            _instruction(uint8(opcode), 1, 1);
            _expectTrap(vm.toString(opcode));
        }
        assertEq(none, 256 - known.length, "opcodes that are none");
    }

    /// @dev i64.store across two leaves: two operands, two leaves of memory.
    function _store() private {
        _reset();
        _setMemory(56, hex"101112131415161718191a1b1c1d1e1f");
        _operand(60);
        _operand(0xa1a2a3a4a5a6a7a8);
        _instruction(0x37, 0, 0);
        _readSlot(6);
        _readSlot(5);
        _writeMemory(60, hex"a8a7a6a5");
        _writeMemory(64, hex"a4a3a2a1");
    }

    function test_otherInstructionsAreRefused() external {
        _store();
        state.pc = 9;
        _expectRefusal(IOneStepProver.OneStepProver_WrongLeaf.selector);
        state.pc = 7;
        state.codeRoot = bytes32("another");
        _expectRefusal(IOneStepProver.OneStepProver_WrongLeaf.selector);
    }

    function test_anotherTreeIsRefused() external {
        _store();
        state.ramRoot = bytes32("another");
        _expectRefusal(IOneStepProver.OneStepProver_WrongLeaf.selector);
    }

    function test_moreOrLessIsRefused() external {
        _store();
        proof.push(0);
        _expectRefusal(IOneStepProver.OneStepProver_WrongProofLength.selector);
        while (proof.length > 0) {
            proof.pop();
            if (proof.length == 20 + 2 * 17 + 2 * 29) continue;
            // A sibling that is missing is read as something else, or as zero, before the end is noticed.
            (bool success, ) = address(prover).staticcall(abi.encodeCall(prover.step, (state, proof, data)));
            assertFalse(success, "short proof");
        }
        _store();
        data = hex"00";
        _expectRefusal(IOneStepProver.OneStepProver_WrongDataLength.selector);
    }

    /// @dev Each byte of the proof, each bit of it in turn.
    function test_everyByteOfTheProofCounts() external {
        _store();
        bytes memory call = abi.encodeCall(prover.step, (state, proof, data));
        (bool success, ) = address(prover).staticcall(call);
        assertTrue(success, "as it was");
        // Selector, nine words, two offsets, length.
        uint256 start = 4 + 32 * 12;
        uint256 refused;
        for (uint256 at = start; at < start + 32 * proof.length; at++) {
            bytes1 was = call[at];
            call[at] = was ^ bytes1(uint8(1 << (at % 8)));
            (success, ) = address(prover).staticcall(call);
            assertFalse(success, "mutated");
            call[at] = was;
            refused++;
        }
        assertEq(refused, 32 * (20 + 2 * 17 + 2 * 29), "bytes");
    }

    /// @dev Each bit of each field: refused, or the step of a state with another hash.
    function test_everyFieldOfTheStateCounts() external {
        _store();
        bytes32 hash = prover.hashOf(state);
        bytes memory call = abi.encodeCall(prover.step, (state, proof, data));
        bytes memory hashCall = abi.encodeCall(prover.hashOf, (state));
        for (uint256 bit = 0; bit < 9 * 256; bit++) {
            uint256 at = 4 + bit / 8;
            bytes1 flip = bytes1(uint8(1 << (bit % 8)));
            call[at] ^= flip;
            hashCall[at] ^= flip;
            (bool success, ) = address(prover).staticcall(call);
            if (success) {
                (, bytes memory other) = address(prover).staticcall(hashCall);
                assertTrue(abi.decode(other, (bytes32)) != hash, "same hash");
            }
            call[at] ^= flip;
            hashCall[at] ^= flip;
        }
    }
}
