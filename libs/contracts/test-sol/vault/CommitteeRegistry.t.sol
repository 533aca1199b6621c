// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Roles} from "../../src-sol/vault/Roles.sol";
import {Receipt, VaultMessages} from "../../src-sol/vault/VaultMessages.sol";
import {ICommitteeRegistry} from "../../src-sol/vault/interfaces/ICommitteeRegistry.sol";
import {CommitteeSetup} from "./CommitteeSetup.sol";

contract CommitteeRegistryTest is CommitteeSetup {
    bytes32 private constant VERIFIER = keccak256("animechain.role.verifier");
    address private alice = makeAddress("alice");

    function _form(ICommitteeRegistry.Committee memory formed) private {
        ICommitteeRegistry.Committee[] memory all = new ICommitteeRegistry.Committee[](1);
        all[0] = formed;
        vm.prank(address(0x0be4a7));
        registry.formEpoch(uint64(block.timestamp) + NOTICE, all);
    }

    function test_anEpochIsAsItWasFormedForEver() external {
        uint64 epoch = form(4, 5);
        assertEq(epoch, 1, "epoch");
        (uint8 threshold, ICommitteeRegistry.Seat[] memory seats) = registry.membersAt(1, Roles.STORAGE);
        assertEq(threshold, 4, "threshold");
        assertEq(seats.length, 5, "seats");
        for (uint256 i = 0; i < 5; i++) {
            assertEq(seats[i].member, member(i), "member");
            assertEq(seats[i].key, vm.addr(keyOf(i)), "key");
            assertEq(seats[i].shareKey, bytes32(i + 1), "share key");
            assertEq(registry.seatOf(1, Roles.STORAGE, seats[i].key), i + 1, "place");
        }
        assertEq(registry.seatOf(1, Roles.STORAGE, vm.addr(keyOf(5))), 0, "no seat");
        // Another key changes what comes, not what was.
        bytes memory proof = sign(0xbeef, registry.keyDigest(member(0)));
        vm.prank(member(0));
        registry.join(Roles.STORAGE, vm.addr(0xbeef), "share", "https://other.example", proof);
        (, seats) = registry.membersAt(1, Roles.STORAGE);
        assertEq(seats[0].key, vm.addr(keyOf(0)), "key then");
        assertEq(registry.ownerOfKey(vm.addr(keyOf(0))), member(0), "for good");
        form(3, 3);
        (, seats) = registry.membersAt(2, Roles.STORAGE);
        assertEq(seats[0].key, vm.addr(0xbeef), "key now");
        (threshold, seats) = registry.membersAt(3, Roles.STORAGE);
        assertEq(threshold, 0, "none");
    }

    function test_epochsFollowOneAnother() external {
        assertEq(registry.currentEpoch(), 0, "none");
        uint64 start = uint64(block.timestamp);
        _form(committee(Roles.STORAGE, 4, 5));
        assertEq(registry.currentEpoch(), 0, "not yet");
        vm.warp(start + NOTICE);
        assertEq(registry.currentEpoch(), 1, "now");
        (uint64 from, uint64 until) = registry.epochTimes(1);
        assertEq(from, start + NOTICE, "from");
        assertEq(until, type(uint64).max, "until");
        ICommitteeRegistry.Committee[] memory all = new ICommitteeRegistry.Committee[](1);
        all[0] = committee(Roles.STORAGE, 1, 1);
        vm.startPrank(config.operator());
        vm.expectRevert(
            abi.encodeWithSelector(
                ICommitteeRegistry.CommitteeRegistry_TooEarly.selector,
                start + NOTICE,
                start + 2 * NOTICE
            )
        );
        registry.formEpoch(start + NOTICE, all);
        registry.formEpoch(start + 5 * NOTICE, all);
        vm.expectRevert(
            abi.encodeWithSelector(
                ICommitteeRegistry.CommitteeRegistry_TooEarly.selector,
                start + 4 * NOTICE,
                start + 5 * NOTICE
            )
        );
        registry.formEpoch(start + 4 * NOTICE, all);
        (, until) = registry.epochTimes(1);
        assertEq(until, start + 5 * NOTICE, "ends");
        (from, until) = registry.epochTimes(0);
        assertEq(from + until, 0, "epoch 0");
        assertEq(registry.currentEpoch(), 1, "the second waits");
    }

    function test_whatIsNoCommittee() external {
        bytes4 bad = ICommitteeRegistry.CommitteeRegistry_BadThreshold.selector;
        vm.expectRevert(abi.encodeWithSelector(bad, Roles.STORAGE, 0, 5));
        this.formAs(committee(Roles.STORAGE, 0, 5));
        vm.expectRevert(abi.encodeWithSelector(bad, Roles.STORAGE, 6, 5));
        this.formAs(committee(Roles.STORAGE, 6, 5));
        vm.expectRevert(abi.encodeWithSelector(bad, Roles.STORAGE, 1, 0));
        this.formAs(committee(Roles.STORAGE, 1, 0));
        vm.expectRevert(abi.encodeWithSelector(bad, Roles.STORAGE, 1, 65));
        this.formAs(committee(Roles.STORAGE, 1, 65));
        vm.expectRevert(abi.encodeWithSelector(ICommitteeRegistry.CommitteeRegistry_UnknownRole.selector, VERIFIER));
        this.formAs(committee(VERIFIER, 1, 1));
        ICommitteeRegistry.Committee memory twice = committee(Roles.STORAGE, 1, 2);
        twice.members[1] = member(0);
        vm.expectRevert(
            abi.encodeWithSelector(
                ICommitteeRegistry.CommitteeRegistry_Duplicate.selector,
                Roles.STORAGE,
                vm.addr(keyOf(0))
            )
        );
        this.formAs(twice);
        twice.members[1] = alice;
        vm.expectRevert(
            abi.encodeWithSelector(ICommitteeRegistry.CommitteeRegistry_NotAMember.selector, Roles.STORAGE, alice)
        );
        this.formAs(twice);
        vm.prank(member(0));
        registry.leave(Roles.STORAGE);
        vm.expectRevert(
            abi.encodeWithSelector(ICommitteeRegistry.CommitteeRegistry_IsLeaving.selector, Roles.STORAGE, member(0))
        );
        this.formAs(committee(Roles.STORAGE, 1, 1));
        ICommitteeRegistry.Committee[] memory both = new ICommitteeRegistry.Committee[](2);
        both[0] = both[1] = committee(Roles.STORAGE, 1, 2);
        both[0].members[0] = both[1].members[0] = member(2);
        vm.expectRevert(
            abi.encodeWithSelector(ICommitteeRegistry.CommitteeRegistry_Duplicate.selector, Roles.STORAGE, address(0))
        );
        vm.prank(address(0x0be4a7));
        registry.formEpoch(uint64(block.timestamp) + NOTICE, both);
        vm.expectRevert(abi.encodeWithSelector(bad, 0, 0, 0));
        vm.prank(address(0x0be4a7));
        registry.formEpoch(uint64(block.timestamp) + NOTICE, new ICommitteeRegistry.Committee[](0));
    }

    function formAs(ICommitteeRegistry.Committee memory formed) external {
        _form(formed);
    }

    function test_aSeatNeedsTheLeastStake() external {
        join(Roles.KEYS, 0, STAKE - 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                ICommitteeRegistry.CommitteeRegistry_StakeTooSmall.selector,
                member(0),
                STAKE - 1,
                STAKE
            )
        );
        this.formAs(committee(Roles.KEYS, 1, 1));
        vm.deal(member(0), 1);
        vm.prank(member(0));
        registry.stake{value: 1}(Roles.KEYS);
        this.formAs(committee(Roles.KEYS, 1, 1));
    }

    function testFuzz_whoRunsIt(address who) external {
        vm.assume(who != config.owner() && who != config.operator());
        ICommitteeRegistry.Committee[] memory all = new ICommitteeRegistry.Committee[](1);
        all[0] = committee(Roles.STORAGE, 1, 1);
        bytes memory refused = abi.encodeWithSelector(ICommitteeRegistry.CommitteeRegistry_Unauthorized.selector, who);
        vm.startPrank(who);
        vm.expectRevert(refused);
        registry.formEpoch(uint64(block.timestamp) + NOTICE, all);
        vm.expectRevert(refused);
        registry.setRole(VERIFIER, 1 ether, 29 days);
        vm.expectRevert(refused);
        registry.setSlasher(Roles.STORAGE, who, true);
        if (who == address(challenge)) return;
        vm.expectRevert(refused);
        registry.slash(Roles.STORAGE, member(0), 1, who, "");
        vm.expectRevert(refused);
        registry.lock(Roles.STORAGE, member(0));
        vm.expectRevert(refused);
        registry.unlock(Roles.STORAGE, member(0));
    }

    /// What the verifier network will do.
    function test_aRoleIsAddedWithSlashersOfItsOwn() external {
        vm.startPrank(config.owner());
        registry.setRole(VERIFIER, 32 ether, 29 days);
        registry.setSlasher(VERIFIER, alice, true);
        vm.expectRevert(abi.encodeWithSelector(ICommitteeRegistry.CommitteeRegistry_BadRole.selector, VERIFIER));
        registry.setRole(VERIFIER, 0, 29 days);
        vm.expectRevert(abi.encodeWithSelector(ICommitteeRegistry.CommitteeRegistry_BadRole.selector, VERIFIER));
        registry.setRole(VERIFIER, 1, 366 days);
        vm.expectRevert(
            abi.encodeWithSelector(ICommitteeRegistry.CommitteeRegistry_UnknownRole.selector, bytes32("none"))
        );
        registry.setSlasher("none", alice, true);
        vm.stopPrank();
        join(VERIFIER, 0, 32 ether);
        vm.startPrank(alice);
        assertEq(registry.slash(VERIFIER, member(0), 3 ether, alice, "wrong root"), 3 ether, "taken");
        vm.expectRevert(abi.encodeWithSelector(ICommitteeRegistry.CommitteeRegistry_Unauthorized.selector, alice));
        registry.slash(Roles.STORAGE, member(0), 3 ether, alice, "wrong root");
        assertEq(registry.memberOf(VERIFIER, member(0)).stake, 29 ether, "verifier's");
        assertEq(registry.memberOf(Roles.STORAGE, member(0)).stake, STAKE, "storage's");
        assertEq(registry.credit(alice), 0.3 ether, "finder's tenth");
        assertEq(BURN.balance, 2.7 ether, "burned");
        registry.claimCredit(address(0xca5));
        assertEq(address(0xca5).balance, 0.3 ether, "paid");
        vm.expectRevert(ICommitteeRegistry.CommitteeRegistry_Nothing.selector);
        registry.claimCredit(address(0xca5));
        // More than there is takes what there is; five ether go to the finder at most; without a finder all is burned.
        vm.deal(member(0), 100 ether);
        vm.stopPrank();
        vm.prank(member(0));
        registry.stake{value: 71 ether}(VERIFIER);
        vm.startPrank(alice);
        assertEq(registry.slash(VERIFIER, member(0), 80 ether, alice, ""), 80 ether, "taken");
        assertEq(registry.credit(alice), 5 ether, "at most");
        assertEq(registry.slash(VERIFIER, member(0), type(uint256).max, address(0), ""), 20 ether, "the rest");
        assertEq(registry.credit(alice), 5 ether, "nobody's");
        assertEq(registry.slash(VERIFIER, member(0), 1, alice, ""), 0, "nothing");
    }

    function test_whoLeavesIsPaidAfterItsTime_andNotWhileACaseIsOpen() external {
        form(4, 5);
        address key = vm.addr(keyOf(0));
        assertTrue(registry.isStanding(1, Roles.STORAGE, key), "stands");
        vm.startPrank(member(0));
        vm.expectRevert(abi.encodeWithSelector(ICommitteeRegistry.CommitteeRegistry_NotYet.selector, 0, 0));
        registry.withdraw(Roles.STORAGE, member(0));
        registry.leave(Roles.STORAGE);
        vm.expectRevert(
            abi.encodeWithSelector(ICommitteeRegistry.CommitteeRegistry_IsLeaving.selector, Roles.STORAGE, member(0))
        );
        registry.leave(Roles.STORAGE);
        vm.stopPrank();
        assertFalse(registry.isStanding(1, Roles.STORAGE, key), "stands no more");
        uint64 at = uint64(block.timestamp) + UNBONDING;
        vm.warp(at - 1);
        vm.expectRevert(abi.encodeWithSelector(ICommitteeRegistry.CommitteeRegistry_NotYet.selector, at, 0));
        vm.prank(member(0));
        registry.withdraw(Roles.STORAGE, member(0));
        // Slashable on the last day.
        vm.startPrank(address(challenge));
        registry.slash(Roles.STORAGE, member(0), 1 ether, alice, "");
        registry.lock(Roles.STORAGE, member(0));
        vm.stopPrank();
        vm.warp(at);
        vm.expectRevert(abi.encodeWithSelector(ICommitteeRegistry.CommitteeRegistry_NotYet.selector, at, 1));
        vm.prank(member(0));
        registry.withdraw(Roles.STORAGE, member(0));
        vm.prank(address(challenge));
        registry.unlock(Roles.STORAGE, member(0));
        vm.prank(member(0));
        registry.withdraw(Roles.STORAGE, alice);
        assertEq(alice.balance, 3 ether, "paid");
        // Its key is nobody else's.
        bytes memory proof = sign(keyOf(0), registry.keyDigest(alice));
        vm.expectRevert(abi.encodeWithSelector(ICommitteeRegistry.CommitteeRegistry_BadKey.selector, key));
        vm.prank(alice);
        registry.join(Roles.STORAGE, key, 0, "https://a.example", proof);
        join(Roles.STORAGE, 0, STAKE);
        assertTrue(registry.isStanding(1, Roles.STORAGE, key), "back in its seat");
    }

    function test_whatIsAskedOfWhoJoins() external {
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(ICommitteeRegistry.CommitteeRegistry_UnknownRole.selector, VERIFIER));
        registry.join(VERIFIER, alice, 0, "https://a.example", "");
        vm.expectRevert(abi.encodeWithSelector(ICommitteeRegistry.CommitteeRegistry_BadEndpoint.selector, 0));
        registry.join(Roles.STORAGE, alice, 0, "", "");
        vm.expectRevert(abi.encodeWithSelector(ICommitteeRegistry.CommitteeRegistry_BadEndpoint.selector, 257));
        registry.join(Roles.STORAGE, alice, 0, string(new bytes(257)), "");
        vm.expectRevert(abi.encodeWithSelector(ICommitteeRegistry.CommitteeRegistry_BadKey.selector, address(0)));
        registry.join(Roles.STORAGE, address(0), 0, "https://a.example", "");
        // Another's key: without its consent anybody could be slashed for it, or keep it from joining.
        bytes memory proof = sign(0xbad, registry.keyDigest(alice));
        vm.expectRevert(abi.encodeWithSelector(ICommitteeRegistry.CommitteeRegistry_BadKey.selector, vm.addr(0xbeef)));
        registry.join(Roles.STORAGE, vm.addr(0xbeef), 0, "https://a.example", proof);
        vm.expectRevert(
            abi.encodeWithSelector(ICommitteeRegistry.CommitteeRegistry_NotAMember.selector, Roles.STORAGE, alice)
        );
        registry.stake(Roles.STORAGE);
        registry.join(Roles.STORAGE, alice, 0, "https://a.example", "");
        vm.expectRevert(ICommitteeRegistry.CommitteeRegistry_Nothing.selector);
        registry.stake(Roles.STORAGE);
    }

    function _receipt(uint64 sequence, bytes32 request) private pure returns (Receipt memory receipt) {
        receipt.node = vm.addr(0x6e0de00);
        receipt.project = "project";
        (receipt.sequence, receipt.request) = (sequence, request);
    }

    function _signed(Receipt memory receipt, uint256 key) private pure returns (bytes memory) {
        return sign(key, storeDigest(VaultMessages.hash(receipt)));
    }

    function test_twoReceiptsWithOneSequenceCostAllThatIsAtStakeForKeys() external {
        join(Roles.KEYS, 0, STAKE);
        Receipt memory a = _receipt(7, "a");
        Receipt memory b = _receipt(7, "b");
        bytes4 none = ICommitteeRegistry.CommitteeRegistry_NoEquivocation.selector;
        bytes memory signatureA = _signed(a, keyOf(0));
        vm.expectRevert(none);
        registry.slashEquivocation(a, signatureA, a, signatureA);
        bytes memory forged = _signed(b, keyOf(1));
        vm.expectRevert(none);
        registry.slashEquivocation(a, signatureA, b, forged);
        Receipt memory c = _receipt(8, "b");
        bytes memory signatureC = _signed(c, keyOf(0));
        vm.expectRevert(none);
        registry.slashEquivocation(a, signatureA, c, signatureC);
        Receipt memory d = _receipt(7, "b");
        d.project = "another";
        bytes memory signatureD = _signed(d, keyOf(0));
        vm.expectRevert(none);
        registry.slashEquivocation(a, signatureA, d, signatureD);
        bytes memory elsewhere = sign(
            keyOf(0),
            VaultMessages.digest(VaultMessages.domainSeparator(1, ACCESS_REGISTRY), VaultMessages.hash(b))
        );
        vm.expectRevert(none);
        registry.slashEquivocation(a, signatureA, b, elsewhere);
        bytes memory signatureB = _signed(b, keyOf(0));
        vm.prank(alice);
        registry.slashEquivocation(a, signatureA, b, signatureB);
        assertEq(registry.memberOf(Roles.KEYS, member(0)).stake, 0, "keys");
        assertEq(registry.memberOf(Roles.STORAGE, member(0)).stake, STAKE, "storage");
        assertEq(registry.credit(alice), STAKE / 10, "finder");
        vm.expectRevert(ICommitteeRegistry.CommitteeRegistry_Nothing.selector);
        registry.slashEquivocation(a, signatureA, b, signatureB);
    }
}

/// @notice Anything that anybody may do with stake, in any order.
contract StakeHandler is CommitteeSetup {
    uint256 public paidIn;
    uint256 public paidOut;
    bytes32[2] private _all = [Roles.STORAGE, Roles.KEYS];

    constructor() {
        setUp();
        paidIn = 6 * uint256(STAKE);
    }

    function total() external view returns (uint256 sum) {
        for (uint256 i = 0; i < 6; i++) {
            sum += registry.credit(member(i));
            for (uint256 r = 0; r < 2; r++) sum += registry.memberOf(_all[r], member(i)).stake;
        }
    }

    function held() external view returns (uint256) {
        return address(registry).balance;
    }

    function pass(uint32 time) external {
        vm.warp(block.timestamp + (time % 20 days));
    }

    function joinOrMore(uint256 seed, uint96 amount) external {
        bytes32 role = _all[seed % 2];
        uint256 i = (seed / 2) % 6;
        vm.assume(registry.memberOf(role, member(i)).leavingAt == 0);
        join(role, i, amount);
        paidIn += amount;
    }

    function leave(uint256 seed) external {
        vm.prank(member((seed / 2) % 6));
        try registry.leave(_all[seed % 2]) {} catch {
            vm.assume(false);
        }
    }

    function withdraw(uint256 seed) external {
        address who = member((seed / 2) % 6);
        uint256 amount = registry.memberOf(_all[seed % 2], who).stake;
        vm.prank(who);
        try registry.withdraw(_all[seed % 2], address(0xca5)) {
            paidOut += amount;
        } catch {
            vm.assume(false);
        }
    }

    function slash(uint256 seed, uint96 amount) external {
        uint256 before = BURN.balance;
        vm.prank(address(challenge));
        try registry.slash(Roles.STORAGE, member(seed % 6), amount, member((seed / 6) % 6), "") {
            paidOut += BURN.balance - before;
        } catch {
            vm.assume(false);
        }
    }

    function equivocate(uint256 seed) external {
        Receipt memory a;
        a.node = vm.addr(keyOf(seed % 6));
        Receipt memory b = a;
        b = Receipt(a.node, 0, 0, 0, "b", false, 0, 0, 0, 0, 0, 0);
        bytes memory signatureA = sign(keyOf(seed % 6), storeDigest(VaultMessages.hash(a)));
        bytes memory signatureB = sign(keyOf(seed % 6), storeDigest(VaultMessages.hash(b)));
        uint256 before = BURN.balance;
        vm.prank(member((seed / 6) % 6));
        try registry.slashEquivocation(a, signatureA, b, signatureB) {
            paidOut += BURN.balance - before;
        } catch {
            vm.assume(false);
        }
    }

    function claim(uint256 seed) external {
        address who = member(seed % 6);
        uint256 amount = registry.credit(who);
        vm.prank(who);
        try registry.claimCredit(address(0xca5)) {
            paidOut += amount;
        } catch {
            vm.assume(false);
        }
    }
}

contract CommitteeInvariantsTest is CommitteeSetup {
    StakeHandler private handler;

    function setUp() public override {
        handler = new StakeHandler();
        targetContract(address(handler));
        excludeSelector(address(handler), CommitteeSetup.setUp.selector);
    }

    /// Stake in is stake that is there, credit, and what was paid out or burned.
    function invariant_stakeIsConserved() external view {
        assertEq(handler.held(), handler.total(), "held");
        assertEq(handler.paidIn(), handler.held() + handler.paidOut(), "in and out");
    }
}
