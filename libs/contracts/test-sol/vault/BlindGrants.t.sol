// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {BlindGrants} from "../../src-sol/vault/BlindGrants.sol";
import {
    Evidence,
    Grant,
    GrantEvidence,
    GrantsRoot,
    RevokeNow,
    VaultMessages
} from "../../src-sol/vault/VaultMessages.sol";
import {IGrantPolicy} from "../../src-sol/vault/interfaces/IGrantPolicy.sol";
import {StoreSetup, Wallet} from "./StoreSetup.sol";
import {Vm} from "../base/Vm.sol";

contract BlindGrantsTest is StoreSetup {
    bytes32 private constant OTHER = keccak256("another leaf");

    function setUp() public override {
        super.setUp();
        vm.prank(vm.addr(OWNER));
        store.setPolicy(project, blind);
    }

    function _leaf(bytes32 id) private pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(bytes.concat(id))));
    }

    function _node(bytes32 a, bytes32 b) private pure returns (bytes32) {
        return a < b ? keccak256(bytes.concat(a, b)) : keccak256(bytes.concat(b, a));
    }

    /// A tree of the grant and another leaf, whose root is set, and the evidence for it.
    function _planted(Grant memory grant) private returns (Evidence memory shown) {
        vm.prank(vm.addr(OWNER));
        blind.setRoot(project, _node(_leaf(idOf(grant)), OTHER));
        return _shown(grant);
    }

    function _shown(Grant memory grant) private pure returns (Evidence memory shown) {
        shown = evidenceOf(grant);
        shown.chain[0].proof = new bytes32[](1);
        shown.chain[0].proof[0] = OTHER;
    }

    function _unauthorized(address who) private view returns (bytes memory) {
        return abi.encodeWithSelector(IGrantPolicy.GrantPolicy_Unauthorized.selector, project, who);
    }

    function test_aGrantInTheTreeLetsIn() external {
        Grant memory grant = ownersGrant(ANIMATOR);
        expectDenied(blind, ANIMATOR, _shown(grant), "VAULT_NO_GRANT");
        Evidence memory shown = _planted(grant);
        expectAllowed(blind, ANIMATOR, shown, grant.expiry);
        expectDenied(blind, ASSISTANT, shown, "VAULT_WRONG_SUBJECT");
        // Any other content is another leaf.
        shown.chain[0].grant.purposes = 63;
        expectDenied(blind, ANIMATOR, shown, "VAULT_NO_GRANT");
        shown.chain[0].grant.purposes = grant.purposes;
        shown.chain[0].proof[0] = 0;
        expectDenied(blind, ANIMATOR, shown, "VAULT_NO_GRANT");
        shown.chain[0].proof = new bytes32[](65);
        expectDenied(blind, ANIMATOR, shown, "VAULT_NO_GRANT");
    }

    /// The root itself, or a node, is no leaf.
    function test_noNodeIsAGrant() external {
        Grant memory grant = ownersGrant(ANIMATOR);
        Evidence memory shown = _shown(grant);
        shown.chain[0].proof = new bytes32[](0);
        bytes32 id = idOf(grant);
        vm.startPrank(vm.addr(OWNER));
        blind.setRoot(project, keccak256(bytes.concat(id)));
        vm.stopPrank();
        expectDenied(blind, ANIMATOR, shown, "VAULT_NO_GRANT");
    }

    function test_whoSetsTheRoot() external {
        vm.expectRevert(_unauthorized(address(this)));
        blind.setRoot(project, "root");
        vm.startPrank(vm.addr(OWNER));
        store.setDelegate(project, vm.addr(DELEGATE), 1);
        vm.stopPrank();
        GrantsRoot memory message = GrantsRoot(project, "root", 1);
        bytes32 digest = digestOf(VaultMessages.hash(message));
        vm.expectRevert(_unauthorized(address(0)));
        blind.setRootBySignature(message, sign(DELEGATE, digest));
        vm.prank(vm.addr(OWNER));
        store.setDelegate(project, vm.addr(DELEGATE), 3);
        blind.setRootBySignature(message, sign(DELEGATE, digest));
        (bytes32 root, uint64 version, ) = blind.rootOf(project);
        assertEq(root, "root", "root");
        assertEq(version, 1, "version");
        // Not again: a root of before would bring grants back.
        vm.expectRevert(abi.encodeWithSelector(BlindGrants.BlindGrants_WrongVersion.selector, 1, 2));
        blind.setRootBySignature(message, sign(DELEGATE, digest));
        message.version = 3;
        bytes memory signature = sign(OWNER, digestOf(VaultMessages.hash(message)));
        vm.expectRevert(abi.encodeWithSelector(BlindGrants.BlindGrants_WrongVersion.selector, 3, 2));
        blind.setRootBySignature(message, signature);
    }

    function test_takenBackByLeafByHashAndByRoot() external {
        Grant memory grant = ownersGrant(ANIMATOR);
        Evidence memory shown = _planted(grant);
        bytes32 id = idOf(grant);
        vm.expectRevert(_unauthorized(address(this)));
        blind.revokeLeaf(project, _leaf(id));
        vm.prank(vm.addr(OWNER));
        blind.revokeLeaf(project, _leaf(id));
        expectDenied(blind, ANIMATOR, shown, "VAULT_REVOKED");
        assertTrue(blind.isRevoked(project, id), "revoked");

        grant.nonce = "second";
        shown = _planted(grant);
        RevokeNow memory order = RevokeNow(project, idOf(grant), uint64(block.timestamp));
        blind.revokeBySignature(order, sign(OWNER, digestOf(VaultMessages.hash(order))));
        expectDenied(blind, ANIMATOR, shown, "VAULT_REVOKED");

        grant.nonce = "third";
        shown = _planted(grant);
        expectAllowed(blind, ANIMATOR, shown, grant.expiry);
        vm.prank(vm.addr(OWNER));
        blind.setRoot(project, 0);
        expectDenied(blind, ANIMATOR, shown, "VAULT_NO_GRANT");
    }

    function test_anotherOwnersRootCounts() external {
        Evidence memory shown = _planted(ownersGrant(ANIMATOR));
        vm.prank(vm.addr(OWNER));
        store.transferOwnership(project, vm.addr(DELEGATE));
        vm.prank(vm.addr(DELEGATE));
        store.acceptOwnership(project);
        expectDenied(blind, ANIMATOR, shown, "VAULT_REVOKED");
    }

    function test_aBlindGrantIsPassedOnByASignatureThatNobodySeesOnChain() external {
        Grant memory first = ownersGrant(ANIMATOR);
        Evidence memory one = _planted(first);
        Grant memory second = passedOn(first, ASSISTANT);
        Evidence memory shown = Evidence(new GrantEvidence[](2), path());
        shown.chain[0] = one.chain[0];
        shown.chain[1] = GrantEvidence(second, sign(ANIMATOR, idOf(second)), new bytes32[](0));
        expectAllowed(blind, ASSISTANT, shown, second.expiry);
        shown.chain[1].signature = malleable(ANIMATOR, idOf(second));
        expectDenied(blind, ASSISTANT, shown, "VAULT_BAD_SIGNATURE");
        shown.chain[1].signature = sign(OWNER, idOf(second));
        expectDenied(blind, ASSISTANT, shown, "VAULT_BAD_SIGNATURE");
        shown.chain[1].signature = sign(ANIMATOR, idOf(second));
        vm.prank(vm.addr(ANIMATOR));
        blind.takeBack(idOf(second));
        expectDenied(blind, ASSISTANT, shown, "VAULT_REVOKED");
    }

    function test_aWalletThatLiesPassesNothingOn() external {
        Grant memory first = ownersGrant(ANIMATOR);
        for (uint256 mood = 0; mood < 6; mood++) {
            Wallet wallet = new Wallet(0, mood);
            first.subject = abi.encodePacked(hex"00010000", uint8(2), uint16(block.chainid), hex"14", address(wallet));
            Evidence memory one = _planted(first);
            Grant memory second = passedOn(first, ASSISTANT);
            vm.store(address(wallet), 0, idOf(second));
            Evidence memory shown = Evidence(new GrantEvidence[](2), path());
            shown.chain[0] = one.chain[0];
            shown.chain[1] = GrantEvidence(second, "x", new bytes32[](0));
            if (mood == 0) expectAllowed(blind, ASSISTANT, shown, second.expiry);
            else expectDenied(blind, ASSISTANT, shown, "VAULT_BAD_SIGNATURE");
        }
    }

    /// What a project with one grant leaves on chain is the same as what one with another leaves, but for words that hashes with secret nonces make random.
    function testFuzz_whatIsSeenIsTheSameForAnyGrant(
        uint8 renditions,
        uint8 purposes,
        uint64 length,
        bool to
    ) external {
        Grant memory a = ownersGrant(ANIMATOR);
        Grant memory b = ownersGrant(to ? ANIMATOR : ASSISTANT);
        (b.renditions, b.purposes, b.expiry) = (renditions, purposes, uint64(block.timestamp) + (length % 1000));
        b.nonce = "another";
        vm.recordLogs();
        _planted(a);
        _planted(b);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        assertEq(logs.length, 2, "logs");
        assertEq(logs[0].topics.length, logs[1].topics.length, "topics");
        assertEq(logs[0].topics[0], logs[1].topics[0], "event");
        assertEq(logs[0].topics[1], logs[1].topics[1], "project");
        assertEq(logs[0].data.length, logs[1].data.length, "a word");
    }
}
