// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Test} from "@animechain/testing/Test.sol";
import {AnchorKind, Credential, Election, IRightsHouse} from "../src-sol/interfaces/IRightsHouse.sol";
import {RightsHouse} from "../src-sol/RightsHouse.sol";
import {House} from "./House.sol";

contract RightsHouseTest is House {
    address private constant OWNER = address(0x0123);
    address private constant BUYER = address(0x0456);

    function _anchorWork(uint256 work, address owner) private {
        vm.prank(owner);
        house.anchor(AnchorKind.Work, work);
    }

    function _refusedIssue(address account, uint8 kind, uint32 last, bytes memory reason) private {
        vm.prank(ISSUER);
        vm.expectRevert(reason);
        house.issue(account, kind, last);
    }

    function _notNow(uint256 from, uint256 until) private {
        vm.expectRevert(abi.encodeWithSelector(IRightsHouse.RightsHouse_NotNow.selector, from, until));
    }

    function test_worksMintedJustNowGiveNoVote() public {
        for (uint256 i = 0; i < 20; i++) _anchorWork(_work(OWNER), OWNER);
        _refusedIssue(
            OWNER,
            3,
            _lastEpoch(),
            abi.encodeWithSelector(
                IRightsHouse.RightsHouse_TooYoung.selector,
                block.timestamp,
                block.timestamp - 30 days
            )
        );
        vm.warp(block.timestamp + 30 days);
        _issue(OWNER, 3, _lastEpoch());
        assertEq(house.memberCount(), 1, "one vote, however many works");
        _refusedIssue(
            OWNER,
            3,
            _lastEpoch(),
            abi.encodeWithSelector(IRightsHouse.RightsHouse_IsMember.selector, OWNER)
        );
        assertFalse(house.wasMember(OWNER, block.timestamp - 1), "not a second before");
    }

    function test_aWorkThatIsSoldMakesOneMemberAtATime() public {
        uint256 work = _work(OWNER);
        vm.prank(BUYER);
        vm.expectRevert(
            abi.encodeWithSelector(IRightsHouse.RightsHouse_NotHolder.selector, BUYER, AnchorKind.Work, work)
        );
        house.anchor(AnchorKind.Work, work);
        _anchorWork(work, OWNER);
        vm.warp(block.timestamp + 30 days);
        _issue(OWNER, 3, _lastEpoch());
        vm.expectRevert(abi.encodeWithSelector(IRightsHouse.RightsHouse_StillHolds.selector, OWNER));
        house.release(OWNER);
        _sell(work, OWNER, BUYER);
        vm.warp(block.timestamp + 1);
        _anchorWork(work, BUYER);
        assertFalse(house.isMember(OWNER), "the seller is out");
        assertEq(house.memberCount(), 0, "and counted out");
        assertEq(house.memberCountAt(block.timestamp - 1), 1, "but was a member");
        assertTrue(house.wasMember(OWNER, block.timestamp - 1), "then");
        assertEq(house.holderOf(address(registry), work), BUYER, "the buyer shows it");
        _sell(work, BUYER, OWNER);
        house.release(BUYER);
        assertEq(uint256(house.anchorOf(BUYER).kind), 0, "anyone releases what is not held");
    }

    function test_aConsentMakesAProviderUntilItIsRevoked() public {
        _anchorConsent(OWNER);
        vm.warp(block.timestamp + 30 days);
        _refusedIssue(
            OWNER,
            3,
            _lastEpoch(),
            abi.encodeWithSelector(IRightsHouse.RightsHouse_NotHolder.selector, OWNER, AnchorKind.Work, 1)
        );
        consents.revoke(1);
        _refusedIssue(
            OWNER,
            1,
            _lastEpoch(),
            abi.encodeWithSelector(IRightsHouse.RightsHouse_NotHolder.selector, OWNER, AnchorKind.Consent, 1)
        );
        vm.prank(OWNER);
        vm.expectRevert(
            abi.encodeWithSelector(IRightsHouse.RightsHouse_NotHolder.selector, OWNER, AnchorKind.Consent, 1)
        );
        house.anchor(AnchorKind.Consent, 1);
        _anchorConsent(BUYER);
        vm.warp(block.timestamp + 30 days);
        _issue(BUYER, 2, _lastEpoch());
        consents.revoke(2);
        house.release(BUYER);
        assertFalse(house.isMember(BUYER), "a studio by a consent, as long as that holds");
        vm.expectRevert(
            abi.encodeWithSelector(IRightsHouse.RightsHouse_NotHolder.selector, address(this), AnchorKind.None, 0)
        );
        house.anchor(AnchorKind.None, 0);
    }

    function test_credentialsEndWithAnEpoch() public {
        _join(3, 0);
        uint256 epoch = house.epochOf(block.timestamp);
        vm.prank(ISSUER);
        house.renew(_member(1), uint32(epoch + 12));
        assertEq(house.memberCount(), 3, "three");
        vm.warp((epoch + 1) * 30 days - 1);
        assertEq(house.memberCount(), 3, "to the last second");
        vm.warp((epoch + 1) * 30 days);
        assertEq(house.memberCount(), 1, "one renewed");
        assertFalse(house.isMember(_member(0)), "the others are not");
        vm.prank(ISSUER);
        vm.expectRevert(
            abi.encodeWithSelector(IRightsHouse.RightsHouse_NotMember.selector, _member(0), block.timestamp)
        );
        house.renew(_member(0), uint32(epoch + 2));
        _issue(_member(0), 1, uint32(epoch + 1));
        assertEq(house.memberCount(), 2, "issued anew");
        vm.prank(ISSUER);
        vm.expectRevert(
            abi.encodeWithSelector(
                IRightsHouse.RightsHouse_OutOfBounds.selector,
                "lastEpoch",
                epoch + 14,
                epoch + 12,
                epoch + 13
            )
        );
        house.renew(_member(1), uint32(epoch + 14));
    }

    function test_issuersAreBoundedAndRemoved() public {
        _governed(address(house), abi.encodeCall(house.setIssuer, (ISSUER, 2)));
        for (uint256 i = 0; i < 4; i++) _anchorConsent(_member(i));
        vm.warp((house.epochOf(block.timestamp) + 2) * 30 days);
        uint32 last = _lastEpoch();
        _issue(_member(0), 1, last);
        _issue(_member(1), 1, last);
        _refusedIssue(
            _member(2),
            1,
            last,
            abi.encodeWithSelector(IRightsHouse.RightsHouse_TooManyIssued.selector, ISSUER, 2)
        );
        vm.warp(block.timestamp + 30 days);
        _issue(_member(2), 1, last);
        _governed(address(house), abi.encodeCall(house.setIssuer, (ISSUER, 0)));
        bytes memory refused = abi.encodeWithSelector(
            IRightsHouse.RightsHouse_Unauthorized.selector,
            ISSUER,
            address(0)
        );
        _refusedIssue(_member(3), 1, last, refused);
        vm.prank(ISSUER);
        vm.expectRevert(refused);
        house.renew(_member(0), last);
        vm.prank(ISSUER);
        vm.expectRevert(abi.encodeWithSelector(IRightsHouse.RightsHouse_Unauthorized.selector, ISSUER, ISSUER));
        house.revoke(_member(0));
        assertEq(house.memberCount(), 3, "what was issued holds");
        vm.prank(address(timelock));
        vm.expectRevert(
            abi.encodeWithSelector(IRightsHouse.RightsHouse_OutOfBounds.selector, "perEpoch", 10_001, 0, 10_000)
        );
        house.setIssuer(ISSUER, 10_001);
        vm.expectRevert(
            abi.encodeWithSelector(IRightsHouse.RightsHouse_Unauthorized.selector, address(this), address(timelock))
        );
        house.setIssuer(ISSUER, 1);
    }

    function test_theIssuerOrGovernanceRevokes() public {
        _join(2, 12);
        vm.prank(ISSUER);
        house.revoke(_member(0));
        assertFalse(house.isMember(_member(0)), "revoked");
        vm.prank(ISSUER);
        vm.expectRevert(
            abi.encodeWithSelector(IRightsHouse.RightsHouse_NotMember.selector, _member(0), block.timestamp)
        );
        house.revoke(_member(0));
        _governed(address(house), abi.encodeCall(house.revoke, (_member(1))));
        assertEq(house.memberCount(), 0, "both");
        vm.warp(block.timestamp + 1);
        _issue(_member(0), 1, _lastEpoch());
        assertEq(house.memberCount(), 1, "issued anew, by the same consent");
        Credential memory credential = house.credentialOf(_member(0));
        assertEq(credential.since, block.timestamp, "from now on");
        assertEq(credential.revokedAt, 0, "in force");
        vm.prank(_member(0));
        house.release(_member(0));
        assertEq(house.memberCount(), 0, "a member leaves at any time");
    }

    function test_membersElectJurors() public {
        _join(30, 12);
        uint256 openedAt = block.timestamp;
        _notNow(0, 0);
        house.closeElection();
        house.openElection();
        _notNow(openedAt + 14 days, type(uint256).max);
        house.openElection();
        for (uint256 i = 0; i < 30; i++) {
            vm.prank(_member(29 - i));
            house.stand();
        }
        vm.prank(_member(0));
        vm.expectRevert(abi.encodeWithSelector(IRightsHouse.RightsHouse_Twice.selector, _member(0)));
        house.stand();
        vm.prank(ISSUER);
        vm.expectRevert(abi.encodeWithSelector(IRightsHouse.RightsHouse_NotMember.selector, ISSUER, block.timestamp));
        house.stand();
        uint8[] memory choice = new uint8[](8);
        vm.prank(_member(0));
        _notNow(openedAt + 7 days, openedAt + 14 days);
        house.vote(choice);
        vm.warp(openedAt + 7 days);
        vm.prank(_member(0));
        _notNow(openedAt, openedAt + 7 days);
        house.stand();
        vm.prank(_member(0));
        vm.expectRevert(abi.encodeWithSelector(IRightsHouse.RightsHouse_NotAscending.selector, 1));
        house.vote(choice);
        choice[7] = 30;
        for (uint256 i = 0; i < 7; i++) choice[i] = uint8(i);
        vm.prank(_member(0));
        vm.expectRevert(
            abi.encodeWithSelector(IRightsHouse.RightsHouse_OutOfBounds.selector, "candidate + 1", 31, 1, 30)
        );
        house.vote(choice);
        vm.prank(_member(0));
        vm.expectRevert(abi.encodeWithSelector(IRightsHouse.RightsHouse_OutOfBounds.selector, "choices", 9, 1, 8));
        house.vote(new uint8[](9));
        for (uint256 i = 0; i < 30; i++) {
            for (uint256 j = 0; j < 8; j++) choice[j] = uint8((i < 23 ? i : 22) + j);
            vm.prank(_member(i));
            house.vote(choice);
        }
        vm.prank(_member(0));
        vm.expectRevert(abi.encodeWithSelector(IRightsHouse.RightsHouse_Twice.selector, _member(0)));
        house.vote(choice);
        _notNow(openedAt + 14 days, type(uint256).max);
        house.closeElection();
        vm.warp(openedAt + 14 days);
        house.closeElection();
        address[] memory jurors = house.jurors();
        assertEq(jurors.length, 30, "all were named");
        for (uint256 i = 0; i < 30; i++) assertEq(jurors[i], _member(i), "ascending");
        assertEq(house.term(), 1, "term");
        (uint256 number, Election memory election) = house.newestElection();
        assertTrue(number == 1 && election.isClosed && election.candidates == 30, "the election");
        _notNow(block.timestamp + 180 days - 21 days, type(uint256).max);
        house.openElection();
        vm.prank(ISSUER);
        house.revoke(_member(7));
        assertEq(house.jurors().length, 29, "who is no member is no juror");
    }

    function test_whoIsNamedMostSitsAndTheFirstOfEquals() public {
        _join(70, 12);
        house.openElection();
        for (uint256 i = 0; i < 70; i++) {
            vm.prank(_member(i));
            house.stand();
        }
        vm.warp(block.timestamp + 7 days);
        uint8[] memory one = new uint8[](1);
        for (uint256 i = 0; i < 69; i++) {
            one[0] = uint8(i);
            vm.prank(_member(i));
            house.vote(one);
        }
        // The 69th is named twice, the 70th by nobody.
        one[0] = 68;
        vm.prank(_member(69));
        house.vote(one);
        vm.warp(block.timestamp + 7 days);
        uint256 before = gasleft();
        house.closeElection();
        assertLe(before - gasleft(), 6_000_000, "counts 70 candidates in a transaction");
        address[] memory jurors = house.jurors();
        assertEq(jurors.length, 63, "seats");
        assertEq(jurors[61], _member(61), "who stood first");
        assertEq(jurors[62], _member(68), "who was named twice");
    }

    function test_tooFewElectedLeaveTheJurorsBefore() public {
        _join(40, 12);
        _elect(27);
        assertEq(house.jurors().length, 0, "no panels could be drawn");
        assertEq(house.term(), 0, "no term");
        _elect(40);
        assertEq(house.term(), 2, "the second election");
        vm.warp(block.timestamp + 160 days);
        _elect(27);
        assertEq(house.term(), 2, "the jurors stay");
        assertEq(house.jurors().length, 40, "all of them");
        _elect(30);
        assertEq(house.term(), 4, "until others are elected");
        assertEq(house.jurors().length, 30, "thirty");
    }

    function test_whoJoinsAfterTheOpeningHasNoVoteInIt() public {
        _join(28, 12);
        _anchorConsent(BUYER);
        vm.warp(block.timestamp + 30 days);
        house.openElection();
        _issue(BUYER, 1, _lastEpoch());
        vm.prank(BUYER);
        house.stand();
        vm.warp(block.timestamp + 7 days);
        vm.prank(BUYER);
        vm.expectRevert(
            abi.encodeWithSelector(IRightsHouse.RightsHouse_NotMember.selector, BUYER, block.timestamp - 7 days - 1)
        );
        house.vote(new uint8[](1));
    }
}

/// @notice Lets ten accounts join, renew, leave and be revoked at random, while time passes, and keeps who should be a member.
contract HouseWorld is House {
    uint256 private constant ACCOUNTS = 10;
    mapping(uint256 i => uint256 lastEpoch) private _ghost;

    function setUp() public override {
        super.setUp();
        for (uint256 i = 0; i < ACCOUNTS; i++) _anchorConsent(_member(i));
        vm.warp(block.timestamp + 30 days);
    }

    function join(uint256 i, uint256 epochs) external {
        i = _find(i, false);
        vm.assume(i < ACCOUNTS);
        uint256 last = house.epochOf(block.timestamp) + bound(epochs, 0, 12);
        _issue(_member(i), 1, uint32(last));
        _ghost[i] = last;
    }

    function renew(uint256 i, uint256 epochs) external {
        i = _find(i, true);
        vm.assume(i < ACCOUNTS);
        uint256 last = bound(epochs, _ghost[i], house.epochOf(block.timestamp) + 12);
        vm.prank(ISSUER);
        house.renew(_member(i), uint32(last));
        _ghost[i] = last;
    }

    function revoke(uint256 i) external {
        i = _find(i, true);
        vm.assume(i < ACCOUNTS);
        vm.prank(ISSUER);
        house.revoke(_member(i));
        _ghost[i] = 0;
    }

    function pass(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 1, 40 days));
    }

    function theHouse() external view returns (RightsHouse) {
        return house;
    }

    /// @notice Members by the model.
    function expected() external view returns (uint256 members) {
        for (uint256 i = 0; i < ACCOUNTS; i++) if (_isMember(i)) members++;
    }

    function accountOf(uint256 i) external pure returns (address) {
        return _member(i);
    }

    function _isMember(uint256 i) private view returns (bool) {
        return _ghost[i] != 0 && _ghost[i] >= house.epochOf(block.timestamp);
    }

    /// @dev An account from `i` on that is a member, or is none; ACCOUNTS if there is none.
    function _find(uint256 i, bool isMember) private view returns (uint256) {
        for (uint256 n = 0; n < ACCOUNTS; n++) {
            uint256 at = (bound(i, 0, ACCOUNTS - 1) + n) % ACCOUNTS;
            if (_isMember(at) == isMember) return at;
        }
        return ACCOUNTS;
    }
}

/// forge-config: default.invariant.runs = 8
contract RightsHouseInvariantsTest is Test {
    HouseWorld private world;
    RightsHouse private house;

    function setUp() public {
        world = new HouseWorld();
        world.setUp();
        house = world.theHouse();
        targetContract(address(world));
        excludeSelector(address(world), world.setUp.selector);
        excludeSelector(address(world), world.theHouse.selector);
        excludeSelector(address(world), world.expected.selector);
        excludeSelector(address(world), world.accountOf.selector);
    }

    function invariant_membersAreCountedExactly() public view {
        uint256 members = 0;
        for (uint256 i = 0; i < 10; i++) if (house.isMember(world.accountOf(i))) members++;
        assertEq(members, world.expected(), "members one by one");
        assertEq(house.memberCount(), members, "counted by epochs");
    }
}
