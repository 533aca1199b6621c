// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Grants} from "../../src-sol/vault/Grants.sol";
import {Evidence, Grant, GrantEvidence, RevokeNow, VaultMessages} from "../../src-sol/vault/VaultMessages.sol";
import {IGrantPolicy} from "../../src-sol/vault/interfaces/IGrantPolicy.sol";
import {StoreSetup, Wallet} from "./StoreSetup.sol";
import {Oracle} from "./Tokens.sol";

contract GrantsTest is StoreSetup {
    function _chain(Grant[] memory all) private pure returns (Evidence memory shown) {
        shown.chain = new GrantEvidence[](all.length);
        for (uint256 i = 0; i < all.length; i++) shown.chain[i].grant = all[i];
        shown.path = path();
    }

    function _chain(Grant memory a, Grant memory b) private pure returns (Evidence memory) {
        Grant[] memory all = new Grant[](2);
        (all[0], all[1]) = (a, b);
        return _chain(all);
    }

    function _unauthorized(address who) private view returns (bytes memory) {
        return abi.encodeWithSelector(IGrantPolicy.GrantPolicy_Unauthorized.selector, project, who);
    }

    function test_aGrantLetsWhomItNamesInUntilItEnds() external {
        Grant memory grant = ownersGrant(ANIMATOR);
        Evidence memory shown = evidenceOf(grant);
        expectDenied(grants, ANIMATOR, shown, "VAULT_NO_GRANT");
        give(grant);
        expectAllowed(grants, ANIMATOR, shown, grant.expiry);
        expectDenied(grants, ASSISTANT, shown, "VAULT_WRONG_SUBJECT");
        vm.warp(grant.expiry - 1);
        expectAllowed(grants, ANIMATOR, shown, grant.expiry);
        vm.warp(grant.expiry);
        expectDenied(grants, ANIMATOR, shown, "VAULT_EXPIRED");
        vm.warp(grant.notBefore - 1);
        expectDenied(grants, ANIMATOR, shown, "VAULT_NOT_YET");
    }

    function test_whoMayGive() external {
        Grant memory grant = ownersGrant(ANIMATOR);
        bytes32 id = idOf(grant);
        vm.expectRevert(_unauthorized(address(0)));
        grants.grant(grant, sign(ANIMATOR, id));
        vm.expectRevert(_unauthorized(address(0)));
        grants.grant(grant, malleable(OWNER, id));
        vm.expectRevert(_unauthorized(address(this)));
        grants.grant(grant, "");
        vm.prank(vm.addr(OWNER));
        store.setDelegate(project, vm.addr(DELEGATE), 2);
        vm.expectRevert(_unauthorized(address(0)));
        grants.grant(grant, sign(DELEGATE, id));
        vm.prank(vm.addr(OWNER));
        store.setDelegate(project, vm.addr(DELEGATE), 1);
        assertEq(grants.grant(grant, sign(DELEGATE, id)), id, "id");
        (address giver, ) = grants.given(id);
        assertEq(giver, vm.addr(DELEGATE), "giver");
        // Again changes nothing, whoever sends it.
        give(grant);
        (giver, ) = grants.given(id);
        assertEq(giver, vm.addr(DELEGATE), "giver");
        grant.nonce = "another";
        vm.prank(vm.addr(OWNER));
        grants.grant(grant, "");
        expectAllowed(grants, ANIMATOR, evidenceOf(grant), grant.expiry);
    }

    function test_aContractThatOwnsAProjectGives() external {
        Grant memory grant = ownersGrant(ANIMATOR);
        for (uint256 mood = 0; mood < 6; mood++) {
            Wallet wallet = new Wallet(0, mood);
            address its = address(wallet);
            grant.project = store.projectId(its, "salt");
            grant.scope = grant.project;
            wallet = new Wallet(idOf(grant), mood);
            // The digest depends on the address: the project of the one that knows it is another's, so it signs nothing of its own.
            vm.prank(its);
            store.createProject("salt", grants);
            vm.expectRevert(
                abi.encodeWithSelector(IGrantPolicy.GrantPolicy_Unauthorized.selector, grant.project, address(0))
            );
            grants.grant(grant, "x");
            vm.etch(its, address(wallet).code);
            vm.store(its, 0, idOf(grant));
            vm.store(its, bytes32(uint256(1)), bytes32(mood));
            if (mood != 0)
                vm.expectRevert(
                    abi.encodeWithSelector(IGrantPolicy.GrantPolicy_Unauthorized.selector, grant.project, address(0))
                );
            grants.grant(grant, "x");
        }
    }

    function test_whatCouldLetNobodyInIsNoGrant() external {
        for (uint256 i = 0; i < 10; i++) {
            Grant memory grant = ownersGrant(ANIMATOR);
            if (i == 0) grant.delegation = 3;
            if (i == 1) grant.expiry = grant.notBefore;
            if (i == 2) grant.renditions = 0;
            if (i == 3) grant.purposes = 0;
            if (i == 4) grant.purposes = 64;
            if (i == 5) grant.subjectKind = 4;
            if (i == 6) grant.subject = new bytes(65);
            if (i == 7) grant.subject = "";
            if (i == 8) (grant.subjectKind, grant.subject) = (1, abi.encode(address(0), 1));
            if (i == 9) grant.parent = "above";
            bytes memory signature = sign(OWNER, idOf(grant));
            vm.expectRevert(abi.encodeWithSelector(Grants.Grants_BadGrant.selector, idOf(grant)));
            grants.grant(grant, signature);
        }
    }

    function test_whatIsNotCovered() external {
        Grant memory grant = ownersGrant(ANIMATOR);
        give(grant);
        Evidence memory shown = evidenceOf(grant);
        bytes memory subject = account(ANIMATOR);
        bytes memory evidence = abi.encode(shown);
        bytes4 reason;
        (, reason) = grants.mayRelease(asset(), 0, subject, VIEW, evidence);
        assertEq(bytes32(reason), bytes32(bytes4(keccak256("VAULT_WRONG_RENDITION"))), "master");
        (, reason) = grants.mayRelease(asset(), 255, subject, VIEW, evidence);
        assertEq(bytes32(reason), bytes32(bytes4(keccak256("VAULT_WRONG_RENDITION"))), "index");
        (, reason) = grants.mayRelease(asset(), PROXY, subject, 4, evidence);
        assertEq(bytes32(reason), bytes32(bytes4(keccak256("VAULT_WRONG_PURPOSE"))), "train");
        (, reason) = grants.mayRelease(child(project, ASSET_SALT), PROXY, subject, VIEW, evidence);
        assertEq(bytes32(reason), bytes32(bytes4(keccak256("VAULT_WRONG_SCOPE"))), "another object");
        (, reason) = grants.mayRelease(asset(), PROXY, subject, 3, evidence);
        assertEq(bytes32(reason), bytes32(bytes4(keccak256("VAULT_MALFORMED"))), "two purposes");
        (, reason) = grants.mayRelease(asset(), PROXY, subject, 0, evidence);
        assertEq(bytes32(reason), bytes32(bytes4(keccak256("VAULT_MALFORMED"))), "no purpose");
        shown.path = new bytes32[](1);
        shown.path[0] = ASSET_SALT;
        (, reason) = grants.mayRelease(child(project, ASSET_SALT), PROXY, subject, VIEW, abi.encode(shown));
        assertEq(bytes32(reason), bytes32(bytes4(keccak256("VAULT_WRONG_SCOPE"))), "beside the scope");
    }

    /// An owner lets nobody into what is another's, whatever scope it signs: the path begins at its own project.
    function test_anObjectOfAnotherProjectIsOutOfReach() external {
        vm.prank(vm.addr(ANIMATOR));
        bytes32 mine = store.createProject("mine", grants);
        Grant memory grant = ownersGrant(ANIMATOR);
        (grant.project, grant.scope) = (mine, asset());
        grants.grant(grant, sign(ANIMATOR, idOf(grant)));
        expectDenied(grants, ANIMATOR, evidenceOf(grant), "VAULT_WRONG_SCOPE");
        Evidence memory shown = evidenceOf(grant);
        shown.path = new bytes32[](0);
        expectDenied(grants, ANIMATOR, shown, "VAULT_WRONG_SCOPE");
        Grant memory none = ownersGrant(ANIMATOR);
        none.project = "none";
        expectDenied(grants, ANIMATOR, evidenceOf(none), "VAULT_UNKNOWN_PROJECT");
    }

    function test_aGrantIsPassedOnTwice() external {
        Grant memory first = ownersGrant(ANIMATOR);
        Grant memory second = passedOn(first, ASSISTANT);
        Grant memory third = passedOn(second, INTERN);
        third.scope = asset();
        third.expiry -= 1 days;
        vm.expectRevert(abi.encodeWithSelector(Grants.Grants_UnknownParent.selector, idOf(first)));
        grants.passOn(first, second, "");
        give(first);
        vm.expectRevert(_unauthorized(vm.addr(ANIMATOR)));
        grants.passOn(first, second, "");
        bytes memory signature = sign(ASSISTANT, idOf(second));
        vm.expectRevert(_unauthorized(vm.addr(ANIMATOR)));
        grants.passOn(first, second, signature);
        vm.prank(vm.addr(ANIMATOR));
        grants.passOn(first, second, "");
        grants.passOn(second, third, sign(ASSISTANT, idOf(third)));
        Grant[] memory all = new Grant[](3);
        (all[0], all[1], all[2]) = (first, second, third);
        expectAllowed(grants, INTERN, _chain(all), third.expiry);
        expectDenied(grants, ASSISTANT, _chain(all), "VAULT_WRONG_SUBJECT");
        expectAllowed(grants, ASSISTANT, _chain(first, second), second.expiry);
        expectDenied(grants, INTERN, _chain(second, third), "VAULT_WRONG_DELEGATION");
        expectDenied(grants, INTERN, _chain(first, third), "VAULT_WRONG_DELEGATION");
        expectDenied(grants, INTERN, evidenceOf(third), "VAULT_WRONG_DELEGATION");
        // And not a third time.
        Grant memory fourth = ownersGrant(DELEGATE);
        (fourth.parent, fourth.delegation, fourth.expiry) = (idOf(third), 0, third.expiry);
        vm.expectRevert(abi.encodeWithSelector(Grants.Grants_BadGrant.selector, idOf(fourth)));
        vm.prank(vm.addr(INTERN));
        grants.passOn(third, fourth, "");
    }

    function test_nowhereWider() external {
        Grant memory first = ownersGrant(ANIMATOR);
        give(first);
        for (uint256 i = 0; i < 8; i++) {
            Grant memory second = passedOn(first, ASSISTANT);
            if (i == 0) second.renditions = 7;
            if (i == 1) second.purposes = 5;
            if (i == 2) second.notBefore--;
            if (i == 3) second.expiry++;
            if (i == 4) second.delegation = 2;
            if (i == 5) (second.subjectKind, second.subject) = (2, abi.encode(address(this)));
            if (i == 6) second.parent = "another";
            if (i == 7) second.project = "another";
            vm.expectRevert(abi.encodeWithSelector(Grants.Grants_BadGrant.selector, idOf(second)));
            vm.prank(vm.addr(ANIMATOR));
            grants.passOn(first, second, "");
        }
        Grant memory wide = passedOn(first, ASSISTANT);
        wide.scope = project;
        vm.prank(vm.addr(ANIMATOR));
        grants.passOn(first, wide, "");
        expectDenied(grants, ASSISTANT, _chain(first, wide), "VAULT_WRONG_SCOPE");
    }

    function test_whoMayTakeBack() external {
        Grant memory first = ownersGrant(ANIMATOR);
        Grant memory second = passedOn(first, ASSISTANT);
        give(first);
        vm.prank(vm.addr(ANIMATOR));
        grants.passOn(first, second, "");
        Evidence memory shown = _chain(first, second);
        bytes32 id = idOf(second);
        // The one to whom it was given has no say, nor a stranger.
        vm.prank(vm.addr(ASSISTANT));
        grants.takeBack(id);
        expectAllowed(grants, ASSISTANT, shown, second.expiry);
        vm.expectRevert(_unauthorized(vm.addr(ASSISTANT)));
        vm.prank(vm.addr(ASSISTANT));
        grants.revoke(project, id);
        vm.prank(vm.addr(ANIMATOR));
        grants.takeBack(id);
        expectDenied(grants, ASSISTANT, shown, "VAULT_REVOKED");
        expectAllowed(grants, ANIMATOR, evidenceOf(first), first.expiry);
        assertFalse(grants.isRevoked(project, id), "by its giver, not for the project");
    }

    function test_whatPassesOnGoesWithWhatItPassesOn() external {
        Grant memory first = ownersGrant(ANIMATOR);
        Grant memory second = passedOn(first, ASSISTANT);
        give(first);
        vm.prank(vm.addr(ANIMATOR));
        grants.passOn(first, second, "");
        vm.prank(vm.addr(OWNER));
        grants.revoke(project, idOf(first));
        expectDenied(grants, ASSISTANT, _chain(first, second), "VAULT_REVOKED");
        assertTrue(grants.isRevoked(project, idOf(first)), "revoked");
        // For good.
        give(first);
        expectDenied(grants, ANIMATOR, evidenceOf(first), "VAULT_REVOKED");
    }

    function test_anybodySendsARevocation() external {
        Grant memory grant = ownersGrant(ANIMATOR);
        give(grant);
        RevokeNow memory order = RevokeNow(project, idOf(grant), uint64(block.timestamp));
        bytes32 digest = digestOf(VaultMessages.hash(order));
        vm.expectRevert(_unauthorized(address(0)));
        grants.revokeBySignature(order, sign(ANIMATOR, digest));
        vm.prank(vm.addr(OWNER));
        store.setDelegate(project, vm.addr(DELEGATE), 2);
        grants.revokeBySignature(order, sign(DELEGATE, digest));
        expectDenied(grants, ANIMATOR, evidenceOf(grant), "VAULT_REVOKED");
    }

    function test_allAreTakenBack_butThoseThatBeginLater() external {
        Grant memory grant = ownersGrant(ANIMATOR);
        give(grant);
        RevokeNow memory order = RevokeNow(project, 0, grant.notBefore - 1);
        grants.revokeBySignature(order, sign(OWNER, digestOf(VaultMessages.hash(order))));
        expectAllowed(grants, ANIMATOR, evidenceOf(grant), grant.expiry);
        // Said for a later time it counts now at most.
        order.issuedAt = grant.notBefore + 1000;
        grants.revokeBySignature(order, sign(OWNER, digestOf(VaultMessages.hash(order))));
        assertEq(grants.allRevokedAt(project), block.timestamp, "until now");
        expectDenied(grants, ANIMATOR, evidenceOf(grant), "VAULT_REVOKED");
        vm.warp(block.timestamp + 1);
        Grant memory later = ownersGrant(ANIMATOR);
        give(later);
        expectAllowed(grants, ANIMATOR, evidenceOf(later), later.expiry);
        order.issuedAt = grant.notBefore - 1;
        grants.revokeBySignature(order, sign(OWNER, digestOf(VaultMessages.hash(order))));
        assertEq(grants.allRevokedAt(project), grant.notBefore, "an older one changes nothing");
    }

    function test_anotherOwnerHasGrantedNothing() external {
        Grant memory first = ownersGrant(ANIMATOR);
        Grant memory second = passedOn(first, ASSISTANT);
        give(first);
        address next = vm.addr(DELEGATE);
        vm.prank(vm.addr(OWNER));
        store.transferOwnership(project, next);
        vm.prank(next);
        store.acceptOwnership(project);
        expectDenied(grants, ANIMATOR, evidenceOf(first), "VAULT_REVOKED");
        bytes memory signature = sign(OWNER, idOf(first));
        vm.expectRevert(_unauthorized(address(0)));
        grants.grant(first, signature);
        vm.expectRevert(abi.encodeWithSelector(Grants.Grants_UnknownParent.selector, idOf(first)));
        vm.prank(vm.addr(ANIMATOR));
        grants.passOn(first, second, "");
        grants.grant(first, sign(DELEGATE, idOf(first)));
        expectAllowed(grants, ANIMATOR, evidenceOf(first), first.expiry);
    }

    function test_whatIsErasedIsClosed() external {
        Grant memory grant = ownersGrant(ANIMATOR);
        give(grant);
        vm.prank(vm.addr(OWNER));
        store.erase(project, asset());
        expectDenied(grants, ANIMATOR, evidenceOf(grant), "VAULT_ERASED");
    }

    function test_malformedEvidenceIsDenied() external {
        Grant memory grant = ownersGrant(ANIMATOR);
        give(grant);
        bytes4 malformed = bytes4(keccak256("VAULT_MALFORMED"));
        bytes[4] memory bad = [bytes(""), hex"00", abi.encode("evidence"), new bytes(32_769)];
        for (uint256 i = 0; i < bad.length; i++) {
            (uint64 until, bytes4 reason) = grants.mayRelease(asset(), PROXY, account(ANIMATOR), VIEW, bad[i]);
            assertEq(until, 0, "until");
            assertEq(bytes32(reason), bytes32(malformed), "reason");
        }
        Evidence memory shown = evidenceOf(grant);
        shown.path = new bytes32[](9);
        expectDenied(grants, ANIMATOR, shown, "VAULT_MALFORMED");
        shown.chain = new GrantEvidence[](0);
        expectDenied(grants, ANIMATOR, shown, "VAULT_MALFORMED");
        Grant[] memory four = new Grant[](4);
        for (uint256 i = 0; i < 4; i++) four[i] = grant;
        expectDenied(grants, ANIMATOR, _chain(four), "VAULT_MALFORMED");
    }

    function testFuzz_noEvidenceMakesItRevert(
        bytes calldata evidence,
        bytes calldata subject,
        uint32 purpose
    ) external view {
        (uint64 until, ) = grants.mayRelease{gas: 5_000_000}(asset(), PROXY, subject, purpose, evidence);
        assertEq(until, 0, "until");
    }

    function _tokenGrant(uint8 kind, bytes memory subject) private returns (Evidence memory shown) {
        Grant memory grant = ownersGrant(ANIMATOR);
        (grant.subjectKind, grant.subject) = (kind, subject);
        give(grant);
        return evidenceOf(grant);
    }

    function test_tokensSayWho() external {
        Oracle token = new Oracle();
        uint64 end = uint64(block.timestamp) + WEEK;
        token.set(0x6352211e, abi.encode(vm.addr(ANIMATOR))); // ownerOf
        Evidence memory shown = _tokenGrant(1, abi.encode(token, 7));
        expectAllowed(grants, ANIMATOR, shown, end);
        expectDenied(grants, ASSISTANT, shown, "VAULT_WRONG_SUBJECT");

        Evidence memory any = _tokenGrant(2, abi.encode(token));
        token.set(0x70a08231, abi.encode(0)); // balanceOf
        expectDenied(grants, ANIMATOR, any, "VAULT_WRONG_SUBJECT");
        token.set(0x70a08231, abi.encode(1));
        expectAllowed(grants, ANIMATOR, any, end);

        Evidence memory licence = _tokenGrant(3, abi.encode(token, 7));
        expectDenied(grants, ANIMATOR, licence, "VAULT_WRONG_SUBJECT");
        token.set(0xc2f1f14a, abi.encode(address(0))); // userOf
        expectAllowed(grants, ANIMATOR, licence, end);
        token.set(0xc2f1f14a, abi.encode(vm.addr(ASSISTANT)));
        expectDenied(grants, ANIMATOR, licence, "VAULT_WRONG_SUBJECT");
        token.set(0x8fc88c48, abi.encode(block.timestamp + 1 hours)); // userExpires
        expectDenied(grants, ANIMATOR, licence, "VAULT_WRONG_SUBJECT");
        expectAllowed(grants, ASSISTANT, licence, uint64(block.timestamp) + 1 hours);
        token.set(0x8fc88c48, abi.encode(type(uint256).max));
        expectAllowed(grants, ASSISTANT, licence, end);
        vm.warp(block.timestamp + 1 hours);
        token.set(0x8fc88c48, abi.encode(block.timestamp));
        expectDenied(grants, ASSISTANT, licence, "VAULT_WRONG_SUBJECT");
        expectAllowed(grants, ANIMATOR, licence, end);
    }

    function test_aTokenThatMisbehavesLetsNobodyIn() external {
        Oracle token = new Oracle();
        token.set(0x6352211e, abi.encode(vm.addr(ANIMATOR)));
        Evidence memory shown = _tokenGrant(1, abi.encode(token, 7));
        for (uint256 mood = 1; mood < 5; mood++) {
            token.setMood(mood);
            (uint64 until, bytes4 reason) = grants.mayRelease{gas: 1_000_000}(
                asset(),
                PROXY,
                account(ANIMATOR),
                VIEW,
                abi.encode(shown)
            );
            assertEq(until, 0, "until");
            assertEq(bytes32(reason), bytes32(bytes4(keccak256("VAULT_WRONG_SUBJECT"))), "reason");
        }
        token.setMood(0);
        token.set(0x6352211e, abi.encode(uint256(uint160(vm.addr(ANIMATOR))) | (1 << 200)));
        expectDenied(grants, ANIMATOR, shown, "VAULT_WRONG_SUBJECT");
        token.set(0x6352211e, "");
        expectDenied(grants, ANIMATOR, shown, "VAULT_WRONG_SUBJECT");
        vm.etch(address(token), "");
        expectDenied(grants, ANIMATOR, shown, "VAULT_WRONG_SUBJECT");
    }

    /// Tokens are of this chain, so whoever asks must be.
    function test_anAccountOfAnotherChainHoldsNothingHere() external {
        Oracle token = new Oracle();
        token.set(0x70a08231, abi.encode(1));
        Evidence memory any = _tokenGrant(2, abi.encode(token));
        bytes memory elsewhere = abi.encodePacked(hex"00010000", uint8(1), uint8(1), hex"14", vm.addr(ANIMATOR));
        (uint64 until, ) = grants.mayRelease(asset(), PROXY, elsewhere, VIEW, abi.encode(any));
        assertEq(until, 0, "a token's");
        Evidence memory named = _tokenGrant(0, elsewhere);
        (until, ) = grants.mayRelease(asset(), PROXY, elsewhere, VIEW, abi.encode(named));
        assertEq(until, block.timestamp + WEEK, "an account's");
        (until, ) = grants.mayRelease(asset(), PROXY, account(ANIMATOR), VIEW, abi.encode(named));
        assertEq(until, 0, "of this chain");
    }
}

/// @notice `mayRelease` against what the specification says, for grants that are anything.
contract GrantsModelTest is StoreSetup {
    struct Case {
        uint8 renditions;
        uint8 purposes;
        uint8 begin;
        uint8 length;
        uint8 delegation;
        uint8 depth;
        bool revoked;
    }

    /// The scope on the path from the project down.
    function _scope(uint8 depth) private view returns (bytes32) {
        return [project, episode(), asset()][depth % 3];
    }

    function _grant(Case memory c, uint256 to, bytes32 parent, uint64 base) private view returns (Grant memory grant) {
        grant = ownersGrant(to);
        grant.scope = _scope(c.depth);
        grant.renditions = c.renditions & 7;
        if (grant.renditions == 0) grant.renditions = 7;
        grant.purposes = c.purposes & 63;
        if (grant.purposes == 0) grant.purposes = 63;
        grant.notBefore = base + (c.begin % 4);
        grant.expiry = grant.notBefore + 1 + (c.length % 4);
        grant.delegation = c.delegation % 3;
        grant.parent = parent;
    }

    function _covers(Grant memory g, Case memory c, uint8 rendition, uint32 purpose) private view returns (bool) {
        return
            !c.revoked &&
            g.notBefore <= block.timestamp &&
            block.timestamp < g.expiry &&
            (g.renditions >> rendition) & 1 == 1 &&
            g.purposes & purpose != 0;
    }

    function _isNarrower(Grant memory second, Grant memory first) private pure returns (bool) {
        return
            second.renditions & ~first.renditions == 0 &&
            second.purposes & ~first.purposes == 0 &&
            second.notBefore >= first.notBefore &&
            second.expiry <= first.expiry &&
            first.delegation > second.delegation;
    }

    function _expect(
        bool allowed,
        uint64 end,
        uint8 rendition,
        uint32 purpose,
        uint256 who,
        Grant[] memory all
    ) private view {
        Evidence memory shown;
        shown.path = path();
        shown.chain = new GrantEvidence[](all.length);
        for (uint256 i = 0; i < all.length; i++) shown.chain[i].grant = all[i];
        (uint64 until, bytes4 reason) = ask(grants, asset(), rendition, who, purpose, shown);
        assertEq(until, allowed ? end : 0, "until");
        assertEq(until == 0, reason != 0, "a reason for each denial");
    }

    function testFuzz_asTheModel(Case memory a, Case memory b, uint8 at, uint8 rendition, uint8 purpose) external {
        uint64 base = uint64(block.timestamp);
        rendition %= 3;
        uint32 bit = uint32(1 << (purpose % 6));
        Grant[] memory one = new Grant[](1);
        Grant[] memory two = new Grant[](2);
        one[0] = two[0] = _grant(a, ANIMATOR, 0, base);
        two[1] = _grant(b, ASSISTANT, idOf(one[0]), base);
        give(one[0]);
        if (a.revoked) {
            vm.prank(vm.addr(OWNER));
            grants.revoke(project, idOf(one[0]));
        }
        vm.prank(vm.addr(ANIMATOR));
        try grants.passOn(two[0], two[1], "") {
            assertTrue(_isNarrower(two[1], two[0]), "was passed on wider");
        } catch {
            assertFalse(_isNarrower(two[1], two[0]), "was not passed on");
        }
        if (b.revoked) {
            vm.prank(vm.addr(ANIMATOR));
            grants.takeBack(idOf(two[1]));
        }
        vm.warp(base + (at % 8));
        bool first = _covers(one[0], a, rendition, bit);
        _expect(first, one[0].expiry, rendition, bit, ANIMATOR, one);
        bool second = _isNarrower(two[1], two[0]) && b.depth % 3 >= a.depth % 3 && _covers(two[1], b, rendition, bit);
        _expect(first && second, two[1].expiry, rendition, bit, ASSISTANT, two);
    }
}
