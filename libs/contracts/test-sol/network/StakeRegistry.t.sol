// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {StakeRegistry} from "../../src-sol/network/StakeRegistry.sol";
import {IStakeRegistry} from "../../src-sol/network/interfaces/IStakeRegistry.sol";
import {NetworkToken, NoEther} from "./NetworkTokens.sol";
import {StakeSetup} from "./StakeSetup.sol";

contract StakeRegistryTest is StakeSetup {
    address private slasher = makeAddress("slasher");

    function setUp() public override {
        super.setUp();
        vm.prank(owner);
        stakes.setSlasher(VERIFIER, slasher, true);
        vm.deal(address(this), 10_000 ether);
    }

    function _weight(uint256 i) private view returns (uint256) {
        return stakes.weightAt(VERIFIER, _key(i), stakes.currentEpoch());
    }

    function _one(uint256 i) private pure returns (address[] memory list) {
        list = new address[](1);
        list[0] = _member(i);
    }

    function _keys(uint256 a, uint256 b) private pure returns (address[] memory list) {
        list = new address[](2);
        (list[0], list[1]) = (_key(a), _key(b));
    }

    // --- joining

    function test_joining_counts_from_the_next_epoch_on() external {
        _enter(0, 2 ether);
        assertEq(stakes.currentEpoch(), 1, "epochs are counted from 1");
        assertEq(_weight(0), 0, "not in the epoch of joining");
        _nextEpoch();
        assertEq(_weight(0), 2 ether, "in the next");
        assertEq(stakes.weightAt(VERIFIER, _key(0), 1), 0, "the past stays");
        _enter(0, 3 ether);
        assertEq(_weight(0), 2 ether, "more stake counts later");
        _nextEpoch();
        assertEq(_weight(0), 5 ether, "then it does");
        assertEq(stakes.totalWeightAt(VERIFIER, 2), 2 ether, "total then");
        assertEq(stakes.totalWeightAt(VERIFIER, 3), 5 ether, "total now");
        assertEq(stakes.weightAt(VERIFIER, _key(0), type(uint64).max), 5 ether, "any epoch can be asked for");
    }

    function test_the_last_second_of_an_epoch_is_in_it() external {
        vm.warp(stakes.epochStart() + EPOCH - 1);
        assertEq(stakes.currentEpoch(), 1, "last second");
        vm.warp(stakes.epochStart() + EPOCH);
        assertEq(stakes.currentEpoch(), 2, "first second");
    }

    function test_below_the_least_stake_nobody_is_active() external {
        _enter(0, MIN_STAKE - 1);
        _nextEpoch();
        assertEq(_weight(0), 0, "one wei too little");
        vm.expectRevert(
            abi.encodeWithSelector(IStakeRegistry.StakeRegistry_NoPlace.selector, MIN_STAKE - 1, MIN_STAKE)
        );
        stakes.takePlace(VERIFIER, _member(0));
        vm.deal(_member(0), 1);
        vm.prank(_member(0));
        stakes.stake{value: 1}(VERIFIER);
        _nextEpoch();
        assertEq(_weight(0), MIN_STAKE, "enough");
        vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.StakeRegistry_NoPlace.selector, MIN_STAKE, 0));
        stakes.takePlace(VERIFIER, _member(0));
    }

    function test_a_key_must_sign_for_its_member() external {
        bytes memory proof = _sign(_secret(1), stakes.keyDigest(_member(0)));
        bytes memory another = _sign(_secret(0), stakes.keyDigest(_member(1)));
        address key = _key(0);
        bytes[3] memory bad = [proof, another, bytes("")];
        for (uint256 i = 0; i < 3; i++) {
            vm.prank(_member(0));
            vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.StakeRegistry_BadKey.selector, key));
            stakes.join(VERIFIER, key, "e", bad[i]);
        }
        vm.prank(_member(0));
        vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.StakeRegistry_BadKey.selector, address(0)));
        stakes.join(VERIFIER, address(0), "e", "");
        // The owner account may be the key itself.
        vm.prank(_member(0));
        stakes.join(VERIFIER, _member(0), "e", "");
        assertEq(stakes.ownerOfKey(_member(0)), _member(0), "own key");
    }

    function test_a_key_belongs_to_one_member_for_good() external {
        _enter(0, 1 ether);
        bytes memory proof = _sign(_secret(0), stakes.keyDigest(_member(1)));
        address key = _key(0);
        vm.prank(_member(1));
        vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.StakeRegistry_BadKey.selector, key));
        stakes.join(VERIFIER, key, "e", proof);
        _leave(0);
        vm.warp(block.timestamp + UNBONDING);
        vm.prank(_member(0));
        stakes.withdraw(VERIFIER, _member(0));
        vm.prank(_member(1));
        vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.StakeRegistry_BadKey.selector, key));
        stakes.join(VERIFIER, key, "e", proof);
        _enter(0, 1 ether);
        assertEq(stakes.memberOf(VERIFIER, _member(0)).key, key, "its own again");
    }

    function test_another_key_counts_from_the_next_epoch_on() external {
        _enter(0, 2 ether);
        _nextEpoch();
        bytes memory proof = _sign(_secret(7), stakes.keyDigest(_member(0)));
        address key = _key(7);
        vm.prank(_member(0));
        stakes.join(VERIFIER, key, "e", proof);
        assertEq(_weight(0) + _weight(7), 2 ether, "one key at a time");
        assertEq(_weight(0), 2 ether, "the old one");
        _nextEpoch();
        assertEq(_weight(0), 0, "no more");
        assertEq(_weight(7), 2 ether, "the new one");
        assertEq(stakes.totalWeightAt(VERIFIER, stakes.currentEpoch()), 2 ether, "total");
        assertEq(stakes.ownerOfKey(_key(0)), _member(0), "the old key is still its");
        // And back within an epoch.
        address first = _key(0);
        vm.startPrank(_member(0));
        stakes.join(VERIFIER, first, "e", "");
        stakes.join(VERIFIER, key, "e", "");
        vm.stopPrank();
        _nextEpoch();
        assertEq(_weight(0), 0, "went and came");
        assertEq(_weight(7), 2 ether, "stays");
    }

    function test_what_join_refuses() external {
        vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.StakeRegistry_UnknownRole.selector, bytes32("x")));
        stakes.join("x", address(this), "e", "");
        vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.StakeRegistry_BadEndpoint.selector, 0));
        stakes.join(VERIFIER, address(this), "", "");
        vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.StakeRegistry_BadEndpoint.selector, 257));
        stakes.join(VERIFIER, address(this), string(new bytes(257)), "");
        vm.expectRevert(
            abi.encodeWithSelector(IStakeRegistry.StakeRegistry_NotAMember.selector, VERIFIER, address(this))
        );
        stakes.stake{value: 1}(VERIFIER);
        stakes.join(VERIFIER, address(this), "e", "");
        vm.expectRevert(IStakeRegistry.StakeRegistry_Nothing.selector);
        stakes.stake(VERIFIER);
        vm.deal(address(this), uint256(type(uint96).max) + 1);
        vm.expectRevert(
            abi.encodeWithSelector(IStakeRegistry.StakeRegistry_TooMuch.selector, uint256(type(uint96).max) + 1)
        );
        stakes.stake{value: uint256(type(uint96).max) + 1}(VERIFIER);
    }

    // --- places

    function _fill(uint256 count, uint256 amount) private {
        for (uint256 i = 0; i < count; i++) _enter(i, amount);
    }

    function test_a_newcomer_with_a_tenth_more_takes_the_place_of_the_least() external {
        _fill(15, 2 ether);
        _enter(15, 1.5 ether);
        _nextEpoch();
        _enter(16, 1.65 ether - 1);
        (address[] memory members, ) = stakes.activeOf(VERIFIER);
        assertEq(members.length, 16, "full");
        assertEq(stakes.memberOf(VERIFIER, _member(16)).place, 0, "a wei too little");
        _enter(16, 1);
        assertEq(stakes.memberOf(VERIFIER, _member(15)).place, 0, "lost its place");
        assertEq(_weight(15), 1.5 ether, "in this epoch it counts");
        _nextEpoch();
        assertEq(_weight(15), 0, "and then no more");
        assertEq(_weight(16), 1.65 ether, "the newcomer");
        assertEq(stakes.totalWeightAt(VERIFIER, stakes.currentEpoch()), 31.65 ether, "total");
        // Who lost its place can be slashed, can add stake, and can leave.
        vm.prank(slasher);
        assertEq(stakes.slash(VERIFIER, _member(15), 0.5 ether), 0.5 ether, "slashable");
        _enter(15, 1 ether);
        assertEq(stakes.memberOf(VERIFIER, _member(16)).place, 0, "back");
        _leave(16);
        // A free place can be given to anybody who asks.
        _leave(3);
        vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.StakeRegistry_IsLeaving.selector, VERIFIER, _member(16)));
        stakes.takePlace(VERIFIER, _member(16));
        _enter(17, 1 ether);
        assertTrue(stakes.memberOf(VERIFIER, _member(17)).place != 0, "the free one");
    }

    function test_a_place_that_falls_free_is_taken_on_request() external {
        _fill(16, 2 ether);
        _enter(16, 2 ether);
        assertEq(stakes.memberOf(VERIFIER, _member(16)).place, 0, "full");
        vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.StakeRegistry_NoPlace.selector, 2 ether, 2.2 ether));
        stakes.takePlace(VERIFIER, _member(16));
        _leave(0);
        stakes.takePlace(VERIFIER, _member(16));
        _nextEpoch();
        assertEq(_weight(16), 2 ether, "seated");
        assertEq(stakes.totalWeightAt(VERIFIER, stakes.currentEpoch()), 32 ether, "total");
    }

    function test_the_cap_bounds_weights() external {
        IStakeRegistry.RoleParameters memory role = _role();
        role.cap = 125_000;
        stakes = _newRegistry(role, _tokens(), new address[](0));
        _enter(0, 90 ether);
        for (uint256 i = 1; i <= 10; i++) _enter(i, 1 ether);
        _nextEpoch();
        assertEq(_weight(0), 12.5 ether, "an eighth of 100");
        assertEq(_weight(1), 1 ether, "below the cap");
        assertEq(stakes.totalWeightAt(VERIFIER, 2), 22.5 ether, "sum of weights");
    }

    /// forge-config: default.fuzz.runs = 32
    function testFuzz_the_total_is_the_sum_of_the_weights(uint256 seed, uint32 cap) external {
        IStakeRegistry.RoleParameters memory role = _role();
        role.cap = uint32(bound(cap, 1, 1_000_000));
        role.maxActive = 4;
        stakes = _newRegistry(role, _tokens(), _slashers());
        for (uint256 step = 0; step < 24; step++) {
            seed = uint256(keccak256(abi.encode(seed)));
            uint256 i = (seed >> 8) % 7;
            uint256 amount = (seed >> 16) % 5 ether;
            IStakeRegistry.Member memory member = stakes.memberOf(VERIFIER, _member(i));
            if (seed % 4 == 0 && member.key != address(0) && member.leavingAt == 0) _leave(i);
            else if (seed % 4 == 1 && member.key != address(0)) {
                vm.prank(slasher);
                stakes.slash(VERIFIER, _member(i), amount);
            } else if (member.leavingAt == 0) _enter(i, amount);
            if (seed % 3 == 0) _nextEpoch();
            uint64 next = stakes.currentEpoch() + 1;
            uint256 sum = 0;
            for (uint256 j = 0; j < 7; j++) sum += stakes.weightAt(VERIFIER, _key(j), next);
            assertEq(stakes.totalWeightAt(VERIFIER, next), sum, "total");
        }
    }

    function _slashers() private view returns (address[] memory list) {
        list = new address[](1);
        list[0] = slasher;
    }

    // --- leaving

    /// Unbonding begun in the epoch of an attestation is slashable on its last second, and free after it.
    function test_all_of_it_is_slashable_up_to_the_last_second() external {
        _enter(0, 2 ether);
        _nextEpoch();
        _leave(0);
        assertEq(_weight(0), 2 ether, "the epoch is not over");
        _nextEpoch();
        assertEq(_weight(0), 0, "no weight");
        uint40 at = stakes.memberOf(VERIFIER, _member(0)).leavingAt;
        vm.warp(at - 1);
        vm.prank(_member(0));
        vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.StakeRegistry_NotYet.selector, at, 0));
        stakes.withdraw(VERIFIER, alice);
        vm.prank(slasher);
        assertEq(stakes.slash(VERIFIER, _member(0), 1.5 ether), 1.5 ether, "slashed at the last second");
        vm.warp(at);
        uint256 before = alice.balance;
        vm.prank(_member(0));
        stakes.withdraw(VERIFIER, alice);
        assertEq(alice.balance - before, 0.5 ether, "the rest is paid");
        vm.prank(slasher);
        vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.StakeRegistry_NotAMember.selector, VERIFIER, _member(0)));
        stakes.slash(VERIFIER, _member(0), 1);
    }

    function test_locks_hold_back_whatever_the_clock_says() external {
        _enter(0, 2 ether);
        _stakeTokens(0, 5);
        vm.startPrank(slasher);
        stakes.lock(VERIFIER, _one(0));
        stakes.lock(VERIFIER, _one(0));
        vm.stopPrank();
        _leave(0);
        uint40 at = stakes.memberOf(VERIFIER, _member(0)).leavingAt;
        vm.warp(block.timestamp + 365 days);
        for (uint64 locks = 2; locks > 0; locks--) {
            vm.startPrank(_member(0));
            vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.StakeRegistry_NotYet.selector, at, locks));
            stakes.withdraw(VERIFIER, alice);
            vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.StakeRegistry_NotYet.selector, at, locks));
            stakes.withdrawToken(VERIFIER, address(token), alice);
            vm.stopPrank();
            vm.prank(slasher);
            stakes.unlock(VERIFIER, _one(0));
        }
        vm.startPrank(_member(0));
        stakes.withdrawToken(VERIFIER, address(token), alice);
        stakes.withdraw(VERIFIER, alice);
        vm.stopPrank();
        assertEq(token.balanceOf(alice), 5, "tokens");
    }

    function test_who_leaves_can_do_nothing_but_leave() external {
        _enter(0, 2 ether);
        _leave(0);
        bytes memory leaving = abi.encodeWithSelector(
            IStakeRegistry.StakeRegistry_IsLeaving.selector,
            VERIFIER,
            _member(0)
        );
        vm.deal(_member(0), 1 ether);
        vm.startPrank(_member(0));
        vm.expectRevert(leaving);
        stakes.leave(VERIFIER);
        vm.expectRevert(leaving);
        stakes.stake{value: 1}(VERIFIER);
        vm.expectRevert(leaving);
        stakes.stakeToken(VERIFIER, address(token), 1);
        address key = _key(0);
        vm.expectRevert(leaving);
        stakes.join(VERIFIER, key, "e", "");
        vm.stopPrank();
    }

    /// A member that was paid does not answer with a new stake for what it attested before, nor count with it.
    function test_who_comes_again_counts_anew() external {
        _enter(0, 2 ether);
        _enter(1, 2 ether);
        _nextEpoch();
        uint64 epoch = stakes.currentEpoch();
        _leave(0);
        vm.warp(block.timestamp + UNBONDING);
        vm.prank(_member(0));
        stakes.withdraw(VERIFIER, _member(0));
        address[] memory keys = _keys(0, 1);
        bytes memory gone = abi.encodeWithSelector(IStakeRegistry.StakeRegistry_NotActive.selector, _key(0), epoch);
        vm.expectRevert(gone);
        stakes.signersAt(VERIFIER, epoch, keys);
        _enter(0, 2 ether);
        _nextEpoch();
        vm.expectRevert(gone);
        stakes.signersAt(VERIFIER, epoch, keys);
        IStakeRegistry.Signers memory found = stakes.signersAt(VERIFIER, stakes.currentEpoch(), keys);
        assertEq(found.owners[0], _member(0), "its owner");
        assertEq(found.weight, 4 ether, "weights");
        assertEq(found.total, 4 ether, "total");
    }

    function test_one_that_takes_no_ether_names_another_receiver() external {
        NoEther refuses = new NoEther();
        _enter(0, 2 ether);
        _leave(0);
        vm.warp(block.timestamp + UNBONDING);
        vm.startPrank(_member(0));
        vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.StakeRegistry_TransferFailed.selector, address(refuses)));
        stakes.withdraw(VERIFIER, address(refuses));
        stakes.withdraw(VERIFIER, bob);
        vm.stopPrank();
    }

    // --- tokens

    function test_counted_are_the_tokens_that_arrive() external {
        _enter(0, 1 ether);
        token.setFee(10);
        _stakeTokens(0, 100);
        assertEq(stakes.tokenStakeOf(VERIFIER, _member(0), address(token)), 90, "less the fee");
        assertEq(stakes.stakeOf(VERIFIER, _one(0), address(token)), 90, "as cover");
        assertEq(stakes.stakeOf(VERIFIER, _one(0), address(0)), 1 ether, "ether");
    }

    function test_a_token_that_is_not_listed_is_refused() external {
        _enter(0, 1 ether);
        NetworkToken other = new NetworkToken();
        bytes memory refused = abi.encodeWithSelector(IStakeRegistry.StakeRegistry_NotListed.selector, address(other));
        vm.prank(_member(0));
        vm.expectRevert(refused);
        stakes.stakeToken(VERIFIER, address(other), 1);
        vm.prank(owner);
        stakes.setToken(address(other), true);
        assertEq(stakes.tokens().length, 2, "two");
        vm.prank(owner);
        stakes.setToken(address(other), false);
        vm.prank(_member(0));
        vm.expectRevert(refused);
        stakes.stakeToken(VERIFIER, address(other), 1);
        vm.prank(_member(0));
        vm.expectRevert(IStakeRegistry.StakeRegistry_Nothing.selector);
        stakes.stakeToken(VERIFIER, address(token), 0);
    }

    function test_tokens_outlast_a_membership() external {
        _enter(0, 1 ether);
        _stakeTokens(0, 9);
        _leave(0);
        vm.warp(block.timestamp + UNBONDING);
        token.setBlocked(true);
        vm.startPrank(_member(0));
        vm.expectRevert(NetworkToken.Blocked.selector);
        stakes.withdrawToken(VERIFIER, address(token), bob);
        // The ether does not wait for a token that refuses to move.
        stakes.withdraw(VERIFIER, bob);
        vm.stopPrank();
        token.setBlocked(false);
        vm.prank(_member(0));
        stakes.withdrawToken(VERIFIER, address(token), bob);
        assertEq(token.balanceOf(bob), 9, "later");
        vm.prank(_member(0));
        vm.expectRevert(IStakeRegistry.StakeRegistry_Nothing.selector);
        stakes.withdrawToken(VERIFIER, address(token), bob);
    }

    function test_a_token_cannot_be_counted_twice_by_calling_back() external {
        _enter(0, 1 ether);
        token.mint(_member(0), 10);
        vm.prank(_member(0));
        token.approve(address(stakes), 10);
        token.setHook(address(stakes), abi.encodeCall(IStakeRegistry.collect, (address(token))));
        vm.prank(_member(0));
        vm.expectRevert(abi.encodeWithSignature("ReentrancyGuardReentrantCall()"));
        stakes.stakeToken(VERIFIER, address(token), 10);
    }

    // --- slashing

    function test_what_is_taken_waits_for_the_slasher() external {
        _enter(0, 3 ether);
        _stakeTokens(0, 10);
        _nextEpoch();
        vm.startPrank(slasher);
        assertEq(stakes.slash(VERIFIER, _member(0), 1 ether), 1 ether, "ether");
        assertEq(stakes.slashToken(VERIFIER, _member(0), address(token), 4), 4, "tokens");
        assertEq(stakes.slashToken(VERIFIER, _member(0), address(token), 40), 6, "no more than there is");
        assertEq(slasher.balance, 0, "not paid yet");
        assertEq(stakes.seized(slasher, address(token)), 10, "kept");
        assertEq(stakes.collect(address(0)), 1 ether, "collected");
        assertEq(stakes.collect(address(token)), 10, "collected tokens");
        assertEq(stakes.collect(address(0)), 0, "once");
        vm.stopPrank();
        assertEq(slasher.balance, 1 ether, "paid");
        assertEq(token.balanceOf(slasher), 10, "paid tokens");
        assertEq(_weight(0), 3 ether, "weights of an epoch stand");
        _nextEpoch();
        assertEq(_weight(0), 2 ether, "then less");
    }

    function test_below_the_least_stake_a_place_is_lost() external {
        _enter(0, 2 ether);
        _enter(1, 2 ether);
        vm.prank(slasher);
        stakes.slash(VERIFIER, _member(0), 1 ether + 1);
        _nextEpoch();
        assertEq(_weight(0), 0, "below");
        assertEq(stakes.totalWeightAt(VERIFIER, 2), 2 ether, "total");
        _enter(0, 1);
        _nextEpoch();
        assertEq(_weight(0), 1 ether, "and back");
    }

    function test_all_is_taken_of_many_at_once() external {
        address[] memory members = new address[](3);
        for (uint256 i = 0; i < 3; i++) {
            _enter(i, 2 ether + i);
            members[i] = _member(i);
        }
        _stakeTokens(1, 11);
        vm.startPrank(slasher);
        (uint256 eth, uint256[] memory amounts) = stakes.slashAll(VERIFIER, members, 100_000);
        assertEq(eth, 0.6 ether + 2, "a tenth of each, rounded up");
        assertEq(amounts[0], 2, "of tokens too");
        (eth, amounts) = stakes.slashAll(VERIFIER, members, 1_000_000);
        assertEq(eth, 5.4 ether + 1, "all");
        assertEq(amounts[0], 9, "all tokens");
        (eth, ) = stakes.slashAll(VERIFIER, members, 1_000_000);
        assertEq(eth, 0, "nothing is left");
        assertEq(stakes.collect(address(0)), address(slasher).balance, "all of it");
        vm.stopPrank();
        assertEq(address(stakes).balance, 0, "empty");
        _nextEpoch();
        assertEq(stakes.totalWeightAt(VERIFIER, 2), 0, "no weight");
    }

    function test_only_slashers_take_and_lock() external {
        _enter(0, 2 ether);
        bytes memory refused = abi.encodeWithSelector(
            IStakeRegistry.StakeRegistry_Unauthorized.selector,
            address(this)
        );
        vm.expectRevert(refused);
        stakes.slash(VERIFIER, _member(0), 1);
        vm.expectRevert(refused);
        stakes.slashToken(VERIFIER, _member(0), address(token), 1);
        vm.expectRevert(refused);
        stakes.slashAll(VERIFIER, _one(0), 1);
        vm.expectRevert(refused);
        stakes.lock(VERIFIER, _one(0));
        vm.expectRevert(refused);
        stakes.unlock(VERIFIER, _one(0));
        vm.prank(owner);
        stakes.setSlasher(VERIFIER, slasher, false);
        vm.prank(slasher);
        vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.StakeRegistry_Unauthorized.selector, slasher));
        stakes.slash(VERIFIER, _member(0), 1);
    }

    /// Nobody else could end what it has open, and members would be held back for good.
    function test_a_slasher_that_holds_members_back_stays_one() external {
        _enter(0, 2 ether);
        vm.startPrank(slasher);
        stakes.lock(VERIFIER, _one(0));
        stakes.lock(VERIFIER, _one(0));
        stakes.unlock(VERIFIER, _one(0));
        vm.stopPrank();
        assertEq(stakes.locksOf(VERIFIER, slasher), 1, "counted");
        vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.StakeRegistry_HasLocks.selector, slasher, 1));
        vm.prank(owner);
        stakes.setSlasher(VERIFIER, slasher, false);
        // Nor does one undo what another one did.
        vm.prank(owner);
        stakes.setSlasher(VERIFIER, alice, true);
        vm.expectRevert();
        vm.prank(alice);
        stakes.unlock(VERIFIER, _one(0));
        vm.prank(slasher);
        stakes.unlock(VERIFIER, _one(0));
        vm.prank(owner);
        stakes.setSlasher(VERIFIER, slasher, false);
        assertFalse(stakes.isSlasher(VERIFIER, slasher), "removed");
    }

    // --- owner

    function test_only_the_owner_sets() external {
        bytes memory refused = abi.encodeWithSelector(
            IStakeRegistry.StakeRegistry_Unauthorized.selector,
            address(this)
        );
        vm.expectRevert(refused);
        stakes.setRole(VERIFIER, _role());
        vm.expectRevert(refused);
        stakes.setSlasher(VERIFIER, alice, true);
        vm.expectRevert(refused);
        stakes.setToken(alice, true);
    }

    function test_what_a_role_asks_is_bounded() external {
        vm.startPrank(owner);
        for (uint256 i = 0; i < 8; i++) {
            IStakeRegistry.RoleParameters memory p = _role();
            if (i == 0) p.minStake = 0;
            if (i == 1) p.unbonding = 0;
            if (i == 2) p.unbonding = 365 days + 1;
            if (i == 3) p.maxActive = 0;
            if (i == 4) p.maxActive = 65;
            if (i == 5) p.cap = 0;
            if (i == 6) p.cap = 1_000_001;
            // The cap of a role stays: weights of past epochs are counted with it.
            if (i == 7) p.cap = 999_999;
            vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.StakeRegistry_BadRole.selector, VERIFIER));
            stakes.setRole(VERIFIER, p);
        }
        vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.StakeRegistry_BadRole.selector, bytes32(0)));
        stakes.setRole(0, _role());
        vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.StakeRegistry_UnknownRole.selector, bytes32("x")));
        stakes.setSlasher("x", alice, true);
        for (uint160 i = 1; i < 8; i++) stakes.setToken(address(i), true);
        vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.StakeRegistry_TooManyTokens.selector, bob, 8));
        stakes.setToken(bob, true);
        vm.stopPrank();
    }

    function test_epochs_must_have_begun() external {
        address implementation = address(new StakeRegistry());
        IStakeRegistry.RoleSetup[] memory none = new IStakeRegistry.RoleSetup[](0);
        uint64 later = uint64(block.timestamp) + 1;
        vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.StakeRegistry_BadEpochs.selector, EPOCH, later));
        new ERC1967Proxy(
            implementation,
            abi.encodeCall(StakeRegistry.initialize, (config, EPOCH, later, none, new address[](0)))
        );
        vm.expectRevert(abi.encodeWithSelector(IStakeRegistry.StakeRegistry_BadEpochs.selector, 0, 1));
        new ERC1967Proxy(
            implementation,
            abi.encodeCall(StakeRegistry.initialize, (config, 0, 1, none, new address[](0)))
        );
        vm.expectRevert(abi.encodeWithSignature("InvalidInitialization()"));
        StakeRegistry(implementation).initialize(config, EPOCH, 0, none, new address[](0));
    }

    function test_the_domain_names_the_proxy_and_the_chain() external {
        bytes32 expected = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Animechain Verifier Network"),
                keccak256("1"),
                block.chainid,
                address(stakes)
            )
        );
        assertEq(stakes.domainSeparator(), expected, "domain");
        vm.chainId(77);
        assertTrue(stakes.domainSeparator() != expected, "another chain");
    }
}
