// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Availability} from "../../src-sol/vault/Certificates.sol";
import {BlobDescriptor, Shards} from "../../src-sol/vault/Shards.sol";
import {Evidence, Grant, GrantEvidence} from "../../src-sol/vault/VaultMessages.sol";
import {GrantPolicy} from "../../src-sol/vault/GrantPolicy.sol";
import {Roles} from "../../src-sol/vault/Roles.sol";
import {ICommitteeRegistry} from "../../src-sol/vault/interfaces/ICommitteeRegistry.sol";
import {ShardTrees} from "./AvailabilityChallenge.t.sol";
import {StoreSetup, Wallet} from "./StoreSetup.sol";
import {Oracle} from "./Tokens.sol";

/// @notice What a policy's answer costs, of 5,000,000 gas that a key node gives it.
contract StoreGasTest is StoreSetup {
    uint256 private constant LIMIT = 5_000_000;

    /// Eight salts deep.
    function _deep() private view returns (bytes32[] memory salts, bytes32 object) {
        salts = new bytes32[](8);
        object = project;
        for (uint256 i = 0; i < 8; i++) {
            salts[i] = keccak256(abi.encode("salt", i));
            object = child(object, salts[i]);
        }
    }

    function _measure(GrantPolicy policy, bytes32 object, Evidence memory shown, string memory name) private {
        bytes memory evidence = abi.encode(shown);
        bytes memory subject = account(INTERN);
        vm.cool(address(policy));
        vm.cool(address(store));
        (uint64 until, ) = policy.mayRelease{gas: LIMIT}(object, PROXY, subject, VIEW, evidence);
        vm.snapshotGasLastCall("gas", name);
        assertTrue(until != 0, "allowed");
        // With room: a tenth of what it may take.
        uint256 before = gasleft();
        policy.mayRelease(object, PROXY, subject, VIEW, evidence);
        assertLe(before - gasleft(), LIMIT / 3, "room");
    }

    function _three() private view returns (Grant[] memory all) {
        all = new Grant[](3);
        all[0] = ownersGrant(ANIMATOR);
        all[0].scope = project;
        all[1] = passedOn(all[0], ASSISTANT);
        all[2] = passedOn(all[1], INTERN);
    }

    function test_gas_ofOneGrant() external {
        Grant memory grant = ownersGrant(INTERN);
        bytes memory signature = sign(OWNER, idOf(grant));
        grants.grant(grant, signature);
        vm.snapshotGasLastCall("gas", "grant by signature");
        _measure(grants, asset(), evidenceOf(grant), "mayRelease of Grants, one grant");
        bytes32 id = idOf(grant);
        vm.prank(vm.addr(OWNER));
        grants.revoke(project, id);
        vm.snapshotGasLastCall("gas", "revoke");
    }

    function test_gas_ofThreeGrants() external {
        Grant[] memory all = _three();
        give(all[0]);
        grants.passOn(all[0], all[1], sign(ANIMATOR, idOf(all[1])));
        vm.snapshotGasLastCall("gas", "pass on by signature");
        grants.passOn(all[1], all[2], sign(ASSISTANT, idOf(all[2])));
        Evidence memory shown;
        bytes32 object;
        (shown.path, object) = _deep();
        shown.chain = new GrantEvidence[](3);
        for (uint256 i = 0; i < 3; i++) shown.chain[i].grant = all[i];
        _measure(grants, object, shown, "mayRelease of Grants, three grants, eight deep");
    }

    function test_gas_ofThreeBlindGrants() external {
        Grant[] memory all = _three();
        Evidence memory shown;
        bytes32 object;
        (shown.path, object) = _deep();
        shown.chain = new GrantEvidence[](3);
        bytes32 node = keccak256(abi.encode(keccak256(abi.encode(idOf(all[0])))));
        bytes32[] memory proof = new bytes32[](64);
        for (uint256 i = 0; i < 64; i++) {
            proof[i] = keccak256(abi.encode("sibling", i));
            node = node < proof[i] ? keccak256(abi.encode(node, proof[i])) : keccak256(abi.encode(proof[i], node));
        }
        vm.prank(vm.addr(OWNER));
        blind.setRoot(project, node);
        vm.snapshotGasLastCall("gas", "set root of blind grants");
        shown.chain[0] = GrantEvidence(all[0], "", proof);
        shown.chain[1] = GrantEvidence(all[1], sign(ANIMATOR, idOf(all[1])), new bytes32[](0));
        shown.chain[2] = GrantEvidence(all[2], sign(ASSISTANT, idOf(all[2])), new bytes32[](0));
        _measure(blind, object, shown, "mayRelease of BlindGrants, three grants, proof of 64");
    }

    /// Wallets and tokens that burn all that they get.
    function test_whateverStrangersBurn_thereIsAnAnswer() external {
        Wallet wallet = new Wallet(0, 2);
        Grant[] memory all = _three();
        all[0].subject = abi.encodePacked(hex"00010000", uint8(2), uint16(block.chainid), hex"14", address(wallet));
        all[1] = passedOn(all[0], ASSISTANT);
        bytes32 leaf = keccak256(abi.encode(keccak256(abi.encode(idOf(all[0])))));
        vm.prank(vm.addr(OWNER));
        blind.setRoot(project, leaf);
        Evidence memory shown;
        shown.path = path();
        shown.chain = new GrantEvidence[](2);
        shown.chain[0] = GrantEvidence(all[0], "", new bytes32[](0));
        shown.chain[1] = GrantEvidence(all[1], "x", new bytes32[](0));
        uint256 before = gasleft();
        expectDenied(blind, ASSISTANT, shown, "VAULT_BAD_SIGNATURE");
        assertLe(before - gasleft(), LIMIT / 3, "wallet");

        Oracle token = new Oracle();
        token.setMood(2);
        Grant memory grant = ownersGrant(ANIMATOR);
        (grant.subjectKind, grant.subject) = (3, abi.encode(token, 1));
        give(grant);
        shown = evidenceOf(grant);
        before = gasleft();
        expectDenied(grants, ANIMATOR, shown, "VAULT_WRONG_SUBJECT");
        assertLe(before - gasleft(), LIMIT / 3, "token");
    }
}

/// @notice What certificates and challenges cost on L1.
contract CommitteeGasTest is ShardTrees {
    function test_gas_ofACertificateAndAChallenge() external {
        ICommitteeRegistry.Committee[] memory all = new ICommitteeRegistry.Committee[](1);
        all[0] = committee(Roles.STORAGE, 4, 5);
        uint64 activation = uint64(block.timestamp) + NOTICE;
        vm.prank(address(0x0be4a7));
        registry.formEpoch(activation, all);
        vm.snapshotGasLastCall("gas", "form an epoch of five");
        vm.warp(activation);
        Availability memory what = availability(1);
        bytes memory evidence = abi.encode(what, signatures(what, 4), uint256(5), keyPath);
        vm.cool(address(registry));
        vm.cool(address(adapter));
        adapter.commit(evidence);
        vm.snapshotGasLastCall("gas", "commit of PrivateDA, four signatures");

        BlobDescriptor memory blob = describe(3 * 262_160, 0);
        (what.blob, what.length) = (Shards.idOf(blob), blob.length);
        bytes memory signature = sign(keyOf(0), adapter.hashOf(what));
        vm.deal(address(this), 1 ether);
        uint256 id = challenge.openCertified{value: BOND}(address(adapter), what, signature, blob);
        vm.snapshotGasLastCall("gas", "open a challenge");
        uint64 at = challenge.challengeOf(id).drawBlock;
        vm.roll(at + 1);
        bytes memory header = headerOf("randao");
        vm.setBlockhash(at, keccak256(header));
        challenge.draw(id, header);
        vm.snapshotGasLastCall("gas", "draw the leaf of a challenge");
        (, uint256 place, uint256 length) = challenge.leafOf(id);
        bytes memory leaf = leafBytes(0, 0, place, length);
        bytes32[] memory leaves = unitLeaves(blob.length, 0, 0);
        bytes32[] memory unitPath = pathOf(leaves, place, 0, leaves.length);
        challenge.answer(id, leaf, unitPath, new bytes32[](0));
        vm.snapshotGasLastCall("gas", "answer a challenge");
    }
}
