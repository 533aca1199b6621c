// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Availability} from "../../src-sol/vault/Certificates.sol";
import {PrivateDA} from "../../src-sol/vault/PrivateDA.sol";
import {Roles} from "../../src-sol/vault/Roles.sol";
import {CommitteeSetup} from "./CommitteeSetup.sol";

contract PrivateDATest is CommitteeSetup {
    function setUp() public override {
        super.setUp();
        form(4, 5);
    }

    function _evidence(Availability memory what, bytes[] memory signed) private view returns (bytes memory) {
        return abi.encode(what, signed, uint256(5), keyPath);
    }

    function _expectRefused(bytes memory evidence, bytes memory failure) private {
        (bool valid, bytes4 reason) = adapter.isValid(evidence);
        assertFalse(valid, "valid");
        assertEq(bytes32(reason), bytes32(bytes4(failure)), "reason");
        vm.expectRevert(failure);
        adapter.commit(evidence);
    }

    function test_aCertificateBecomesACommitment() external view {
        Availability memory what = availability(1);
        for (uint256 count = 4; count < 6; count++) {
            bytes memory evidence = _evidence(what, signatures(what, count));
            bytes memory commitment = adapter.commit(evidence);
            assertEq(commitment.length, 82, "length");
            assertEq(
                commitment,
                abi.encodePacked(hex"0401", bytes32("blob"), KEY_HASH, uint64(262_160), uint64(1)),
                "commitment"
            );
            (bool valid, bytes4 reason) = adapter.isValid(evidence);
            assertTrue(valid && reason == 0, "valid");
        }
    }

    function test_tooFewSignatures() external {
        Availability memory what = availability(1);
        _expectRefused(
            _evidence(what, signatures(what, 3)),
            abi.encodeWithSelector(PrivateDA.PrivateDA_TooFew.selector, 3, 4)
        );
        _expectRefused(
            _evidence(what, new bytes[](0)),
            abi.encodeWithSelector(PrivateDA.PrivateDA_TooFew.selector, 0, 4)
        );
    }

    function test_twiceOrUnsorted() external {
        Availability memory what = availability(1);
        bytes[] memory signed = signatures(what, 4);
        bytes memory fourth = signed[3];
        signed[3] = signed[2];
        address third = _third();
        _expectRefused(_evidence(what, signed), abi.encodeWithSelector(PrivateDA.PrivateDA_NotSorted.selector, third));
        (signed[2], signed[3]) = (fourth, signed[2]);
        _expectRefused(_evidence(what, signed), abi.encodeWithSelector(PrivateDA.PrivateDA_NotSorted.selector, third));
    }

    /// The third signer of four, by address.
    function _third() private pure returns (address third) {
        for (uint256 i = 0; i < 4; i++) {
            uint256 below;
            for (uint256 j = 0; j < 4; j++) if (vm.addr(keyOf(j)) < vm.addr(keyOf(i))) below++;
            if (below == 2) third = vm.addr(keyOf(i));
        }
    }

    function test_noSignatureInItsOnlyForm() external {
        Availability memory what = availability(1);
        bytes[] memory signed = signatures(what, 4);
        bytes memory good = signed[0];
        bytes[5] memory bad;
        (bad[0], bad[1], bad[2]) = ("", new bytes(65), abi.encodePacked(good, uint8(0)));
        // With the other s.
        bytes32 s;
        assembly {
            s := mload(add(good, 64))
        }
        uint256 order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
        bad[3] = abi.encodePacked(bytes32(good), bytes32(order - uint256(s)), good[64] == 0x1b ? uint8(28) : uint8(27));
        bad[4] = abi.encodePacked(bytes32(good), s, uint8(good[64]) - 27);
        for (uint256 i = 0; i < bad.length; i++) {
            signed[0] = bad[i];
            _expectRefused(
                _evidence(what, signed),
                abi.encodeWithSelector(PrivateDA.PrivateDA_BadSignature.selector, 0)
            );
        }
    }

    function test_whoHasNoSeatOrLeavesOrLostItsStake() external {
        Availability memory what = availability(1);
        // The sixth node stakes and has no seat.
        bytes[] memory signed = new bytes[](4);
        bytes[] memory all = signatures(what, 6);
        uint256 at;
        for (uint256 i = 0; i < 6 && at < 4; i++) signed[at++] = all[i];
        (bool valid, ) = adapter.isValid(_evidence(what, signed));
        bool hasSixth;
        for (uint256 i = 0; i < 4; i++)
            hasSixth = hasSixth || keccak256(signed[i]) == keccak256(sign(keyOf(5), adapter.hashOf(what)));
        assertEq(valid, !hasSixth, "the sixth");

        signed = signatures(what, 4);
        vm.prank(member(1));
        registry.leave(Roles.STORAGE);
        _expectRefused(
            _evidence(what, signed),
            abi.encodeWithSelector(PrivateDA.PrivateDA_NotAMember.selector, vm.addr(keyOf(1)))
        );
        vm.prank(address(challenge));
        registry.slash(Roles.STORAGE, member(0), 1, address(0), "");
        (valid, ) = adapter.isValid(_evidence(what, signed));
        assertFalse(valid, "slashed");
    }

    function test_anotherMessageChainOrAdapter() external {
        Availability memory what = availability(1);
        bytes[] memory signed = signatures(what, 5);
        what.until++;
        (bool valid, ) = adapter.isValid(_evidence(what, signed));
        assertFalse(valid, "until");
        what.until--;
        what.blob = "another";
        (valid, ) = adapter.isValid(_evidence(what, signed));
        assertFalse(valid, "blob");
        what = availability(1);
        vm.chainId(1);
        (valid, ) = adapter.isValid(_evidence(what, signed));
        assertFalse(valid, "chain");
        vm.chainId(31_337);
        PrivateDA other = new PrivateDA(registry, keyRoot, RETENTION, GRACE);
        (valid, ) = other.isValid(_evidence(what, signed));
        assertFalse(valid, "adapter");
        (valid, ) = adapter.isValid(_evidence(what, signed));
        assertTrue(valid, "its own");
    }

    function test_keptForLongEnough_andOfALengthThatABatchHas() external {
        Availability memory what = availability(1);
        what.until--;
        _expectRefused(
            _evidence(what, signatures(what, 4)),
            abi.encodeWithSelector(PrivateDA.PrivateDA_KeptTooShort.selector, what.until, what.until + 1)
        );
        what = availability(1);
        uint64[2] memory lengths = [uint64(0), 786_481];
        for (uint256 i = 0; i < 2; i++) {
            what.length = lengths[i];
            _expectRefused(
                _evidence(what, signatures(what, 4)),
                abi.encodeWithSelector(PrivateDA.PrivateDA_BadLength.selector, lengths[i], 786_480)
            );
        }
    }

    function test_keysOfTheChainAlone() external {
        Availability memory what = availability(1);
        bytes[] memory signed = signatures(what, 4);
        bytes memory refused = abi.encodeWithSelector(PrivateDA.PrivateDA_ForeignKey.selector, KEY_HASH);
        _expectRefused(abi.encode(what, signed, uint256(4), keyPath), refused);
        _expectRefused(abi.encode(what, signed, uint256(5 + 65_536), keyPath), refused);
        bytes32[16] memory other = keyPath;
        other[15] = 0;
        _expectRefused(abi.encode(what, signed, uint256(5), other), refused);
        what.keyHash = "another";
        _expectRefused(
            _evidence(what, signatures(what, 4)),
            abi.encodeWithSelector(PrivateDA.PrivateDA_ForeignKey.selector, bytes32("another"))
        );
        vm.expectRevert(PrivateDA.PrivateDA_NoKeys.selector);
        new PrivateDA(registry, 0, RETENTION, GRACE);
    }

    function test_epochsInForce() external {
        Availability memory what = availability(2);
        bytes memory wrong = abi.encodeWithSelector(PrivateDA.PrivateDA_WrongEpoch.selector, 2);
        _expectRefused(_evidence(what, signatures(what, 4)), wrong);
        form(4, 5);
        what = availability(1);
        assertEq(adapter.commit(_evidence(what, signatures(what, 4))).length, 82, "the one before");
        vm.warp(block.timestamp + GRACE);
        what = availability(1);
        assertEq(adapter.commit(_evidence(what, signatures(what, 4))).length, 82, "for its grace");
        vm.warp(block.timestamp + 1);
        what = availability(1);
        wrong = abi.encodeWithSelector(PrivateDA.PrivateDA_WrongEpoch.selector, 1);
        _expectRefused(_evidence(what, signatures(what, 4)), wrong);
        what = availability(2);
        assertEq(adapter.commit(_evidence(what, signatures(what, 4))).length, 82, "the second");
        form(3, 5);
        what = availability(3);
        _expectRefused(
            _evidence(what, signatures(what, 4)),
            abi.encodeWithSelector(PrivateDA.PrivateDA_BadThreshold.selector, 3, 4)
        );
    }

    function testFuzz_noBytesMakeIsValidRevert(bytes calldata evidence) external view {
        (bool valid, ) = adapter.isValid(evidence);
        assertFalse(valid, "valid");
    }

    function testFuzz_aBitOfTheEvidenceChanged(uint256 at) external view {
        Availability memory what = availability(1);
        bytes memory evidence = _evidence(what, signatures(what, 4));
        at = at % (evidence.length * 8);
        evidence[at / 8] ^= bytes1(uint8(1 << (at % 8)));
        (bool valid, ) = adapter.isValid(evidence);
        // Padding after a signature is not looked at; what is certified then is the same.
        if (valid) assertEq(adapter.commit(evidence), adapter.commit(_evidence(what, signatures(what, 4))), "the same");
    }

    function test_tooLongEvidence() external {
        _expectRefused(new bytes(16_385), abi.encodeWithSelector(PrivateDA.PrivateDA_TooLong.selector, 16_385, 16_384));
    }
}
