// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Preimages} from "../../src-sol/proving/Preimages.sol";
import {IOneStepProver} from "../../src-sol/proving/interfaces/IOneStepProver.sol";
import {MachineState} from "../../src-sol/proving/MachineState.sol";
import {StepTest} from "./StepTest.sol";

contract HostFacetTest is StepTest {
    uint64 private constant DIRT = 0x1234567800000000;
    uint64 private constant OUT = 64;
    uint64 private constant KEY = 96;

    /// @dev Order of the group of BLS12-381.
    uint256 private constant MODULUS = 52435875175126190479447740508185965837690552500527637822603658699938581184513;

    /// @dev Commitment to the polynomial X with Ethereum's trusted setup: element k of its blob is the k-th root of unity in bit-reversed order.
    bytes private constant X_COMMITMENT =
        hex"ad3eb50121139aa34db1d545093ac9374ab7bca2c0f3bf28e27c8dcd8fc7cb42d25926fc0c97b336e9f0fb35e5a04c81";

    /// @dev The quotient of X is 1 at every point: the group's generator proves every element.
    bytes private constant X_PROOF =
        hex"97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb";

    // input, output --------------------------------------------------------------------------------------------------------------------

    function _prepareInput(uint64 index, uint64 out) private {
        _reset();
        state.inputs = keccak256(abi.encode("first", "second"));
        state.inputs = keccak256(bytes.concat(bytes32("first"), bytes32("second")));
        _operand(index);
        _operand(out);
        _instruction(0xf0, 0, 0);
        _readSlot(6);
        _readSlot(5);
        data = bytes.concat(bytes32("first"), bytes32("second"));
    }

    function test_input() external {
        _prepareInput(DIRT | 1, DIRT | OUT);
        _write(MEMORY + 2, bytes32("second"));
        _expect("input 1", 8, 5);
        _prepareInput(0, 131_040);
        _write(MEMORY + 4_095, bytes32("first"));
        _expect("input 0, to the last leaf", 8, 5);
    }

    function test_inputTraps() external {
        _prepareInput(2, OUT);
        _expectTrap("no such input");
        _prepareInput(0xffffffff, OUT);
        _expectTrap("no such input");
        _prepareInput(0, OUT + 1);
        _expectRefusal(IOneStepProver.OneStepProver_WrongDataLength.selector);
        data = "";
        _expectTrap("no pointer");
        _prepareInput(0, 131_072);
        data = "";
        _expectTrap("beyond the memory");
        state.sp = 1;
        delete proof;
        _instruction(0xf0, 0, 0);
        _expectTrap("operands");
    }

    function test_wrongInputsAreRefused() external {
        _prepareInput(2, OUT);
        data = "";
        _expectRefusal(IOneStepProver.OneStepProver_WrongData.selector);
        data = bytes.concat(bytes32("first"), bytes32("Second"));
        _expectRefusal(IOneStepProver.OneStepProver_WrongData.selector);
        data = bytes.concat(bytes32("first"), bytes32("second"), hex"00");
        _expectRefusal(IOneStepProver.OneStepProver_WrongDataLength.selector);
    }

    function test_output() external {
        _setLeaf(MEMORY + 2, bytes32("result"));
        _operand(OUT);
        _instruction(0xf2, 0, 0);
        _readSlot(5);
        _read(MEMORY + 2);
        MachineState memory next = state;
        next.status = 1;
        next.sp = 5;
        next.output = bytes32("result");
        _expectState("output", next);
        _reset();
        _operand(OUT + 16);
        _instruction(0xf2, 0, 0);
        _readSlot(5);
        _expectTrap("no pointer");
    }

    // preimage -------------------------------------------------------------------------------------------------------------------------

    function _prepare(uint64 kind, bytes32 key, uint64 offset) private {
        _reset();
        _setLeaf(MEMORY + KEY / 32, key);
        _operand(kind);
        _operand(KEY);
        _operand(offset);
        _operand(OUT);
        _instruction(0xf1, 0, 0);
        for (uint256 slot = 8; slot >= 5; slot--) _readSlot(slot);
        _read(MEMORY + KEY / 32);
    }

    function _expectWord(string memory what, bytes32 word, uint64 count) private {
        _write(MEMORY + OUT / 32, word);
        _writeSlot(5, count);
        _expect(what, 8, 6);
    }

    function test_keccak() external {
        bytes memory content = "thirty-two bytes of a preimage, and eleven more";
        bytes32 key = keccak256(content);
        _prepare(0, key, 0);
        data = content;
        _expectWord("the first word", "thirty-two bytes of a preimage, ", 32);
        _prepare(DIRT, key, DIRT | 32);
        data = content;
        _expectWord("the last word", "and eleven more", 15);
        _prepare(0, key, 64);
        data = content;
        _expectWord("beyond the end", 0, 0);
        _prepare(0, key, 0xffffffe0);
        data = content;
        _expectWord("far beyond the end", 0, 0);
        _prepare(0, keccak256(""), 0);
        _expectWord("nothing", 0, 0);
        _prepare(0, keccak256(new bytes(32)), 32);
        data = new bytes(32);
        _expectWord("just beyond the end", 0, 0);
    }

    function test_keccakOfOtherDataIsRefused() external {
        _prepare(0, keccak256("data"), 0);
        _expectRefusal(IOneStepProver.OneStepProver_WrongData.selector);
        data = "Data";
        _expectRefusal(IOneStepProver.OneStepProver_WrongData.selector);
        data = "data\x00";
        _expectRefusal(IOneStepProver.OneStepProver_WrongData.selector);
    }

    function test_sha256() external {
        bytes memory content = bytes.concat(hex"00", new bytes(4_064), "the last word and eleven more");
        bytes32 key = sha256(content);
        _prepare(4, key, 0);
        data = content;
        _expectWord("the first word", 0, 32);
        _prepare(4, key, 4_064);
        data = content;
        _expectWord("the last word", "\x00the last word and eleven more", 30);
        _prepare(4, key, 4_096);
        data = content;
        _expectWord("beyond the end", 0, 0);
        _prepare(4, sha256(""), 0);
        _expectWord("nothing", 0, 0);
    }

    function test_sha256OfOtherDataIsRefused() external {
        _prepare(4, sha256("data"), 0);
        _expectRefusal(IOneStepProver.OneStepProver_WrongData.selector);
        data = "Data";
        _expectRefusal(IOneStepProver.OneStepProver_WrongData.selector);
        _prepare(4, keccak256("data"), 0);
        data = "data";
        _expectRefusal(IOneStepProver.OneStepProver_WrongData.selector);
    }

    function test_keyAndTargetInOneLeaf() external {
        _setLeaf(MEMORY + 3, keccak256("data"));
        _operand(0);
        _operand(96);
        _operand(0);
        _operand(96);
        _instruction(0xf1, 0, 0);
        for (uint256 slot = 8; slot >= 5; slot--) _readSlot(slot);
        _read(MEMORY + 3);
        data = "data";
        _write(MEMORY + 3, "data");
        _writeSlot(5, 4);
        _expect("preimage", 8, 6);
    }

    function _preimageTraps(uint64 kind, uint64 key, uint64 offset, uint64 out) private {
        _reset();
        _operand(kind);
        _operand(key);
        _operand(offset);
        _operand(out);
        _instruction(0xf1, 0, 0);
        for (uint256 slot = 8; slot >= 5; slot--) _readSlot(slot);
        _expectTrap("preimage");
        data = "data";
        _expectRefusal(IOneStepProver.OneStepProver_WrongDataLength.selector);
    }

    function test_preimageTraps() external {
        _preimageTraps(5, KEY, 0, OUT);
        _preimageTraps(0xffffffff, KEY, 0, OUT);
        _preimageTraps(0, KEY + 1, 0, OUT);
        _preimageTraps(0, KEY, 0, OUT + 31);
        _preimageTraps(0, KEY, 0, 131_072);
        _preimageTraps(0, 0xffffffe0, 0, OUT);
        for (uint64 offset = 1; offset < 32; offset++) _preimageTraps(offset % 5, KEY, offset, OUT);
        state.sp = 3;
        delete data;
        _instruction(0xf1, 0, 0);
        _expectTrap("operands");
    }

    // Blobs ----------------------------------------------------------------------------------------------------------------------------

    function _versionedHash(bytes memory commitment) private pure returns (bytes32) {
        return (sha256(commitment) & ~bytes32(uint256(0xff) << 248)) | bytes32(uint256(1) << 248);
    }

    /// @dev The k-th root of unity in bit-reversed order, by the exponent: 7^((r - 1) / 4096 * rev(k)).
    function _rootOfUnity(uint256 element) private view returns (uint256) {
        uint256 reversed;
        for (uint256 bit = 0; bit < 12; bit++) reversed |= ((element >> bit) & 1) << (11 - bit);
        (, bytes memory result) = address(5).staticcall(
            abi.encode(32, 32, 32, 7, ((MODULUS - 1) / 4096) * reversed, MODULUS)
        );
        return abi.decode(result, (uint256));
    }

    /// @dev Each element of the blob of X, with the real precompile and the real setup.
    function test_everyElementOfABlob() external {
        bytes32 key = _versionedHash(X_COMMITMENT);
        for (uint256 element = 0; element < 4_096; element++) {
            uint256 value = _rootOfUnity(element);
            assertEq(Preimages.pointOf(element), value, "point");
            (bytes32 word, uint256 count) = this.readPreimage(
                1,
                key,
                32 * element,
                bytes.concat(X_COMMITMENT, X_PROOF, bytes32(value))
            );
            assertEq(word, bytes32(value), "value");
            assertEq(count, 32, "count");
        }
    }

    function readPreimage(
        uint256 kind,
        bytes32 key,
        uint256 offset,
        bytes calldata content
    ) external view returns (bytes32, uint256) {
        return Preimages.read(kind, key, offset, content);
    }

    function _prepareBlob(uint64 element, uint256 value) private {
        _prepare(1, _versionedHash(X_COMMITMENT), 32 * element);
        data = bytes.concat(X_COMMITMENT, X_PROOF, bytes32(value));
    }

    function test_blob() external {
        uint64[4] memory elements = [uint64(0), 1, 2_731, 4_095];
        for (uint256 i = 0; i < 4; i++) {
            uint256 value = _rootOfUnity(elements[i]);
            _prepareBlob(elements[i], value);
            _expectWord("element", bytes32(value), 32);
        }
        _prepare(1, _versionedHash(X_COMMITMENT), 131_072);
        _expectWord("beyond the end", 0, 0);
        _prepare(1, "no versioned hash", 0xffffffe0);
        _expectWord("beyond the end of any", 0, 0);
    }

    function test_otherElementsAreRefused() external {
        bytes4 wrong = IOneStepProver.OneStepProver_WrongElement.selector;
        uint256 value = _rootOfUnity(5);
        _prepareBlob(4, value);
        _expectRefusal(wrong);
        _prepareBlob(5, value + 1);
        _expectRefusal(wrong);
        _prepareBlob(5, value + MODULUS);
        _expectRefusal(wrong);
        _prepareBlob(5, value);
        data = bytes.concat(X_COMMITMENT, X_PROOF, bytes32(value), hex"00");
        _expectRefusal(IOneStepProver.OneStepProver_WrongDataLength.selector);
        data = bytes.concat(X_PROOF, X_PROOF, bytes32(value));
        _expectRefusal(wrong);
        _prepare(1, _versionedHash(X_COMMITMENT), 131_072);
        data = bytes.concat(X_COMMITMENT, X_PROOF, bytes32(value));
        _expectRefusal(IOneStepProver.OneStepProver_WrongDataLength.selector);
    }

    // Chunks ---------------------------------------------------------------------------------------------------------------------------

    bytes32[] private _chunkNodes;

    function _chunkOf(uint256 index, uint256 length) private pure returns (bytes memory chunk) {
        chunk = new bytes(4_096);
        for (uint256 at = 0; at < 4_096 && 4_096 * index + at < length; at += 32) {
            bytes32 word = keccak256(abi.encode(index, at));
            uint256 left = length - 4_096 * index - at;
            if (left < 32) word &= ~bytes32(type(uint256).max >> (8 * left));
            assembly {
                mstore(add(add(chunk, 32), at), word)
            }
        }
    }

    /// @dev Root of so many chunks, and the siblings of one of them.
    function _chunkTree(
        uint256 count,
        uint256 length,
        uint256 index
    ) private returns (bytes32 root, bytes memory siblings) {
        delete _chunkNodes;
        uint256 width = 1;
        while (width < count) width *= 2;
        for (uint256 i = 0; i < width; i++) _chunkNodes.push(i < count ? keccak256(_chunkOf(i, length)) : bytes32(0));
        for (; width > 1; width /= 2) {
            siblings = bytes.concat(siblings, _chunkNodes[index ^ 1]);
            for (uint256 i = 0; i < width / 2; i++)
                _chunkNodes[i] = keccak256(abi.encode(_chunkNodes[2 * i], _chunkNodes[2 * i + 1]));
            index /= 2;
        }
        root = _chunkNodes[0];
    }

    function _prepareChunk(uint256 length, uint64 offset, uint256 index) private returns (bytes memory chunk) {
        (bytes32 root, bytes memory siblings) = _chunkTree((length + 4_095) / 4_096, length, index);
        _prepare(2, keccak256(bytes.concat(bytes32("animechain chunked 1"), abi.encode(length, root))), offset);
        chunk = _chunkOf(index, length);
        data = bytes.concat(abi.encode(length, root), chunk, siblings);
    }

    function _wordOf(bytes memory chunk, uint256 at) private pure returns (bytes32 word) {
        assembly {
            word := mload(add(add(chunk, 32), at))
        }
    }

    function test_chunks() external {
        _expectWord("one chunk", _wordOf(_prepareChunk(4_096, 4_064, 0), 4_064), 32);
        _expectWord("one byte", _wordOf(_prepareChunk(1, 0, 0), 0), 1);
        _expectWord("two chunks", _wordOf(_prepareChunk(8_192, 4_096, 1), 0), 32);
        // Five chunks stand in a tree of eight.
        for (uint64 index = 0; index < 5; index++)
            _expectWord("of five", _wordOf(_prepareChunk(20_000, 4_096 * index + 32, index), 32), 32);
        _expectWord("the end", _wordOf(_prepareChunk(20_011, 20_000, 4), 3_616), 11);
    }

    function test_chunksBeyondTheEnd() external {
        bytes memory head = abi.encode(uint256(20_000), bytes32("root"));
        bytes32 key = keccak256(bytes.concat(bytes32("animechain chunked 1"), head));
        _prepare(2, key, 20_000);
        data = head;
        _expectWord("the first word beyond", 0, 0);
        head = abi.encode(uint256(0), bytes32(0));
        _prepare(2, keccak256(bytes.concat(bytes32("animechain chunked 1"), head)), 0);
        data = head;
        _expectWord("empty data", 0, 0);
        data = bytes.concat(head, new bytes(4_096));
        _expectRefusal(IOneStepProver.OneStepProver_WrongDataLength.selector);
        _prepare(2, key, 20_000);
        _expectRefusal(IOneStepProver.OneStepProver_WrongDataLength.selector);
    }

    /// @dev What a chunk holds beyond the data's end is not read.
    function test_aChunkThatIsNotPadded() external {
        bytes memory chunk = _chunkOf(0, 4_096);
        bytes memory head = abi.encode(uint256(3), keccak256(chunk));
        _prepare(2, keccak256(bytes.concat(bytes32("animechain chunked 1"), head)), 0);
        data = bytes.concat(head, chunk);
        _expectWord("three bytes", bytes3(_wordOf(chunk, 0)), 3);
    }

    function test_otherChunksAreRefused() external {
        _prepareChunk(20_000, 4_096, 2);
        _expectRefusal(IOneStepProver.OneStepProver_WrongData.selector);
        _prepareChunk(20_000, 4_096, 1);
        bytes memory right = data;
        // One byte in each part: length, root, chunk, siblings.
        uint256[6] memory places = [uint256(31), 33, 64, 4_159, 4_160, right.length - 1];
        for (uint256 i = 0; i < 6; i++) {
            data = right;
            data[places[i]] ^= 0x10;
            _expectRefusal(IOneStepProver.OneStepProver_WrongData.selector);
        }
        data = bytes.concat(right, bytes32(0));
        _expectRefusal(IOneStepProver.OneStepProver_WrongDataLength.selector);
        assembly {
            mstore(right, sub(mload(right), 32))
        }
        data = right;
        _expectRefusal(IOneStepProver.OneStepProver_WrongDataLength.selector);
        // A length of which no witness can be made ends with a refusal too.
        bytes memory head = abi.encode(type(uint256).max, bytes32(0));
        _prepare(2, keccak256(bytes.concat(bytes32("animechain chunked 1"), head)), 0);
        data = bytes.concat(head, new bytes(4_096));
        _expectRefusal(IOneStepProver.OneStepProver_WrongDataLength.selector);
    }

    // Precompiles ----------------------------------------------------------------------------------------------------------------------

    function _prepareCall(uint256 number, bytes memory input, uint64 offset) private {
        data = bytes.concat(bytes32(number), input);
        bytes memory kept = data;
        _prepare(3, keccak256(data), offset);
        data = kept;
    }

    function test_precompile() external {
        bytes memory input = abi.encode(1, 2, 1, 2);
        (, bytes memory sum) = address(6).staticcall(input);
        _prepareCall(6, input, 0);
        _expectWord("success", bytes32(uint256(1)), 32);
        _prepareCall(6, input, 32);
        _expectWord("length", bytes32(uint256(64)), 32);
        _prepareCall(6, input, 64);
        _expectWord("x", _wordOf(sum, 0), 32);
        _prepareCall(6, input, 96);
        _expectWord("y", _wordOf(sum, 32), 32);
        _prepareCall(6, input, 128);
        _expectWord("beyond the end", 0, 0);
        input = abi.encode(1, 3, 1, 2);
        _prepareCall(6, input, 0);
        _expectWord("failure", 0, 32);
        _prepareCall(6, input, 32);
        _expectWord("no output", 0, 32);
        _prepareCall(6, input, 64);
        _expectWord("beyond no output", 0, 0);
    }

    function test_otherCallsAreRefused() external {
        _prepareCall(6, abi.encode(1, 2), 0);
        data[40] ^= 0x01;
        _expectRefusal(IOneStepProver.OneStepProver_WrongData.selector);
        data = "";
        _expectRefusal(IOneStepProver.OneStepProver_WrongDataLength.selector);
        uint256[10] memory numbers = [uint256(0), 2, 3, 4, 5, 9, 18, 257, 1 << 160, type(uint256).max];
        for (uint256 i = 0; i < 10; i++) {
            _prepareCall(numbers[i], "", 0);
            _expectRefusal(IOneStepProver.OneStepProver_UnknownPrecompile.selector);
        }
    }

    /// @dev Each byte of the data of each kind: refused.
    function test_everyByteOfTheDataCounts() external {
        for (uint256 kind = 0; kind < 5; kind++) {
            if (kind == 0) {
                _prepare(0, keccak256("data of a preimage"), 0);
                data = "data of a preimage";
            } else if (kind == 1) {
                _prepareBlob(3, _rootOfUnity(3));
            } else if (kind == 2) {
                _prepareChunk(20_000, 4_096, 1);
            } else if (kind == 3) {
                _prepareCall(6, abi.encode(1, 2), 0);
            } else {
                _prepareInput(1, OUT);
            }
            bytes memory right = data;
            uint256 skip = kind == 2 ? 61 : 1;
            for (uint256 at = 0; at < right.length; at += skip) {
                bytes memory wrong = bytes.concat(right);
                wrong[at] ^= bytes1(uint8(1 << (at % 8)));
                (bool success, ) = address(prover).staticcall{gas: 1e6}(
                    abi.encodeCall(prover.step, (state, proof, wrong))
                );
                assertFalse(success, "mutated data");
            }
        }
    }
}
