// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AltDA} from "../../src-sol/l1/AltDA.sol";
import {IAltDA} from "../../src-sol/l1/interfaces/IAltDA.sol";
import {ISystemConfig} from "../../src-sol/l1/interfaces/ISystemConfig.sol";
import {BatchHeader} from "../../src-sol/shared/Types.sol";
import {L1Setup} from "../base/L1Setup.sol";
import {Test} from "../base/Test.sol";

/// @notice A chain whose inbox takes commitments of alt-DA servers.
abstract contract AltDASetup is L1Setup {
    uint64 internal constant CHALLENGE_WINDOW = 10;
    uint64 internal constant RESOLVE_WINDOW = 20;
    uint64 internal constant TAKE_WINDOW = 30;
    uint256 internal constant BOND = 0.1 ether;
    AltDA internal altDA;

    function setUp() public virtual override {
        super.setUp();
        altDA = _made(CHALLENGE_WINDOW, RESOLVE_WINDOW, TAKE_WINDOW, BOND);
        vm.prank(owner);
        inbox.setAdapter(3, altDA);
        vm.fee(10 gwei);
    }

    function _made(uint64 challenge, uint64 resolve, uint64 take, uint256 bond) internal returns (AltDA) {
        return new AltDA(ISystemConfig(address(config)), challenge, resolve, take, bond);
    }

    function _announce(bytes32 hash) internal {
        vm.prank(batcher);
        altDA.announce(hash);
    }

    function _challenge(address who, bytes32 hash) internal {
        vm.prank(who);
        altDA.challenge{value: BOND}(hash);
    }

    function _resolve(address who, bytes memory data) internal {
        vm.prank(who, who);
        altDA.resolve(data);
    }

    function _blocks(uint64 count) internal {
        vm.roll(block.number + count);
    }

    function _is(bytes32 hash, IAltDA.State expected) internal view {
        (IAltDA.State state, ) = altDA.stateOf(hash);
        assertEq(uint256(state), uint256(expected), "state");
    }

    function _evidence(bytes32 hash) internal pure returns (bytes memory) {
        return abi.encodePacked(uint8(0), hash);
    }

    function _wrongState(bytes32 hash, IAltDA.State state) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(IAltDA.AltDA_WrongState.selector, hash, state);
    }

    function _notAvailable(bytes32 hash, IAltDA.State state) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(IAltDA.AltDA_NotAvailable.selector, hash, state);
    }
}

contract AltDATest is AltDASetup {
    bytes private data = "a batch";
    bytes32 private hash = keccak256("a batch");

    function test_theInboxTakesWhatOutlivedItsWindowAndNothingBeforeOrAfter() external {
        BatchHeader memory header = _nextHeader(1, 0);
        vm.expectRevert(_notAvailable(hash, IAltDA.State.None));
        vm.prank(batcher, batcher);
        _appendAs(header, 3, _evidence(hash));
        _announce(hash);
        _blocks(CHALLENGE_WINDOW);
        vm.expectRevert(_notAvailable(hash, IAltDA.State.Open));
        vm.prank(batcher, batcher);
        _appendAs(header, 3, _evidence(hash));
        _blocks(1);
        bytes32 expected = keccak256(
            abi.encode(
                bytes32(0),
                uint256(0),
                header,
                bytes32(0),
                uint8(3),
                keccak256(abi.encodePacked(uint8(3), uint8(0), hash)),
                _context()
            )
        );
        vm.prank(batcher, batcher);
        _appendAs(header, 3, _evidence(hash));
        assertEq(inbox.batchAcc(1), expected, "accumulator");
        _blocks(TAKE_WINDOW - 1);
        assertEq(altDA.commit(_evidence(hash)), abi.encodePacked(uint8(3), uint8(0), hash), "commitment");
        _blocks(1);
        vm.expectRevert(_notAvailable(hash, IAltDA.State.Stale));
        altDA.commit(_evidence(hash));
        _announce(hash);
        _is(hash, IAltDA.State.Open);
    }

    function testFuzz_evidenceOfAnotherShapeIsRefused(bytes memory evidence) external {
        vm.assume(evidence.length != 33 || evidence[0] != 0);
        vm.expectRevert(IAltDA.AltDA_BadEvidence.selector);
        altDA.commit(evidence);
    }

    function test_onlyTheBatcherOfTheDayAnnounces() external {
        vm.expectRevert(abi.encodeWithSelector(IAltDA.AltDA_NotBatcher.selector, alice));
        vm.prank(alice);
        altDA.announce(hash);
        vm.prank(operator);
        config.setRole(ISystemConfig.Role.Batcher, bob);
        vm.expectRevert(abi.encodeWithSelector(IAltDA.AltDA_NotBatcher.selector, batcher));
        vm.prank(batcher);
        altDA.announce(hash);
        vm.prank(bob);
        altDA.announce(hash);
    }

    function test_anAnnouncementIsNotRenewedWhileItIsOpenChallengedOrTakeable() external {
        _announce(hash);
        _refusesAnnouncement(IAltDA.State.Open);
        _challenge(alice, hash);
        _refusesAnnouncement(IAltDA.State.Challenged);
        _resolve(bob, data);
        _refusesAnnouncement(IAltDA.State.Available);
        _blocks(1_000_000);
        _refusesAnnouncement(IAltDA.State.Available);
    }

    function _refusesAnnouncement(IAltDA.State state) private {
        vm.expectRevert(_wrongState(hash, state));
        vm.prank(batcher);
        altDA.announce(hash);
    }

    function test_aChallengeIsTakenInTheWindowAlone() external {
        vm.expectRevert(_wrongState(hash, IAltDA.State.None));
        _challenge(alice, hash);
        _announce(hash);
        _blocks(CHALLENGE_WINDOW);
        _challenge(alice, hash);
        vm.expectRevert(_wrongState(hash, IAltDA.State.Challenged));
        _challenge(bob, hash);
        bytes32 next = keccak256("another");
        _announce(next);
        _blocks(CHALLENGE_WINDOW + 1);
        vm.expectRevert(_wrongState(next, IAltDA.State.Available));
        _challenge(alice, next);
    }

    function testFuzz_aChallengeCostsTheBondToTheWei(uint256 value) external {
        value = bound(value, 0, 1_000 ether);
        vm.assume(value != BOND);
        _announce(hash);
        vm.expectRevert(abi.encodeWithSelector(IAltDA.AltDA_WrongBond.selector, value, BOND));
        vm.prank(alice);
        altDA.challenge{value: value}(hash);
    }

    function testFuzz_anAnswerIsPaidFourFifthsOfItsCostAndTheBondIsConserved(uint64 fee, uint16 length) external {
        vm.fee(bound(fee, 0, 1_000 gwei));
        bytes memory bytes_ = new bytes(bound(length, 0, 4_000));
        bytes32 id = keccak256(bytes_);
        _announce(id);
        _challenge(alice, id);
        uint256 burned = BURN.balance;
        _resolve(bob, bytes_);
        uint256 cost = (altDA.RESOLVE_GAS() + bytes_.length * altDA.RESOLVE_GAS_PER_BYTE()) * block.basefee;
        if (cost > BOND) cost = BOND;
        assertEq(altDA.credit(bob), (cost * 4) / 5, "the resolver's");
        assertEq(altDA.credit(alice), BOND - cost, "the challenger's");
        assertEq(BURN.balance - burned, cost - (cost * 4) / 5, "burned");
        assertEq(address(altDA).balance, altDA.credit(alice) + altDA.credit(bob), "held");
        assertEq(altDA.commit(_evidence(id)), abi.encodePacked(uint8(3), uint8(0), id), "at once");
    }

    function test_aChallengeOfOnesOwnIsNeverFree() external {
        _announce(hash);
        _challenge(alice, hash);
        _resolve(alice, data);
        assertTrue(altDA.credit(alice) < BOND, "something is burned");
    }

    function test_onlyTheBytesThemselvesAnswer() external {
        _announce(hash);
        _challenge(alice, hash);
        bytes32 other = keccak256("a Batch");
        vm.expectRevert(_wrongState(other, IAltDA.State.None));
        _resolve(bob, "a Batch");
        _blocks(RESOLVE_WINDOW);
        _resolve(bob, data);
        _is(hash, IAltDA.State.Available);
    }

    function test_bytesThatL1CannotHoldInOneTransactionDoNotAnswer() external {
        bytes memory long = new bytes(120_001);
        _announce(keccak256(long));
        _challenge(alice, keccak256(long));
        vm.expectRevert(abi.encodeWithSelector(IAltDA.AltDA_TooLong.selector, 120_001, 120_000));
        _resolve(bob, long);
    }

    function test_theAnswerStandsInTheInputOfATransaction() external {
        _announce(hash);
        _challenge(alice, hash);
        vm.expectRevert(abi.encodeWithSelector(IAltDA.AltDA_NotTopLevel.selector, bob));
        vm.prank(bob, alice);
        altDA.resolve(data);
        vm.etch(bob, hex"00");
        vm.expectRevert(abi.encodeWithSelector(IAltDA.AltDA_NotTopLevel.selector, bob));
        _resolve(bob, data);
    }

    function test_whatNobodyAnswersExpiresAndTheBondComesBackWhole() external {
        _announce(hash);
        _challenge(alice, hash);
        vm.expectRevert(_wrongState(hash, IAltDA.State.Challenged));
        altDA.expire(hash);
        _blocks(RESOLVE_WINDOW + 1);
        vm.expectRevert(_wrongState(hash, IAltDA.State.Expired));
        _resolve(bob, data);
        vm.expectRevert(_notAvailable(hash, IAltDA.State.Expired));
        altDA.commit(_evidence(hash));
        altDA.expire(hash);
        assertEq(altDA.credit(alice), BOND, "credit");
        vm.expectRevert(_wrongState(hash, IAltDA.State.None));
        altDA.expire(hash);
        uint256 before = alice.balance;
        altDA.withdraw(alice);
        assertEq(alice.balance - before, BOND, "paid");
        vm.expectRevert(abi.encodeWithSelector(IAltDA.AltDA_NoCredit.selector, alice));
        altDA.withdraw(alice);
    }

    function test_anotherAnnouncementGivesTheBondOfAnExpiredOneBack() external {
        _announce(hash);
        _challenge(alice, hash);
        _blocks(RESOLVE_WINDOW + 1);
        _announce(hash);
        assertEq(altDA.credit(alice), BOND, "credit");
        _is(hash, IAltDA.State.Open);
        // It may be challenged again.
        _challenge(bob, hash);
        _is(hash, IAltDA.State.Challenged);
    }

    function test_anAccountThatTakesNoEtherKeepsNobodyElseFromTheirs() external {
        address stubborn = address(new Stubborn());
        vm.deal(stubborn, 1 ether);
        _announce(hash);
        _challenge(stubborn, hash);
        _resolve(bob, data);
        vm.expectRevert(abi.encodeWithSelector(IAltDA.AltDA_TransferFailed.selector, stubborn));
        altDA.withdraw(stubborn);
        altDA.withdraw(bob);
    }

    function test_whoIsPaidCannotTakeMore() external {
        Greedy greedy = new Greedy(altDA);
        vm.deal(address(greedy), 1 ether);
        bytes32 other = keccak256("other");
        _announce(hash);
        _announce(other);
        _challenge(address(greedy), hash);
        _challenge(alice, other);
        _blocks(RESOLVE_WINDOW + 1);
        altDA.expire(hash);
        altDA.expire(other);
        altDA.withdraw(address(greedy));
        assertEq(address(altDA).balance, BOND, "alice's is there");
    }

    function test_parametersAreBounded() external {
        _refuses(0, 1, 1, 1, 0, 1, 50_400);
        _refuses(50_401, 1, 1, 1, 50_401, 1, 50_400);
        _refuses(1, 0, 1, 1, 0, 1, 50_400);
        _refuses(1, 1, 50_401, 1, 50_401, 1, 50_400);
        _refuses(1, 1, 1, 0, 0, 1, 100 ether);
        _refuses(1, 1, 1, 100 ether + 1, 100 ether + 1, 1, 100 ether);
        AltDA made = _made(1, 2, 3, 4);
        assertEq(made.challengeWindow(), 1, "challenge window");
        assertEq(made.resolveWindow(), 2, "resolve window");
        assertEq(made.takeWindow(), 3, "take window");
        assertEq(made.bond(), 4, "bond");
        assertEq(made.kind(), 3, "kind");
    }

    function _refuses(
        uint64 challenge,
        uint64 resolve,
        uint64 take,
        uint256 bond,
        uint256 value,
        uint256 min,
        uint256 max
    ) private {
        vm.expectRevert(abi.encodeWithSelector(IAltDA.AltDA_BadParameter.selector, value, min, max));
        _made(challenge, resolve, take, bond);
    }

    function test_gasOfAnAnnouncementAndAChallenge() external {
        _announce(hash);
        vm.snapshotGasLastCall("gas", "alt-DA, announce");
        _challenge(alice, hash);
        vm.snapshotGasLastCall("gas", "alt-DA, challenge");
        _resolve(bob, data);
        vm.snapshotGasLastCall("gas", "alt-DA, resolve 7 bytes");
        altDA.withdraw(bob);
        vm.snapshotGasLastCall("gas", "alt-DA, withdraw");
        bytes memory long = new bytes(120_000);
        _announce(keccak256(long));
        _challenge(alice, keccak256(long));
        _resolve(bob, long);
        vm.snapshotGasLastCall("gas", "alt-DA, resolve 120,000 bytes");
        bytes32 lost = keccak256("lost");
        _announce(lost);
        _challenge(alice, lost);
        _blocks(RESOLVE_WINDOW + 1);
        altDA.expire(lost);
        vm.snapshotGasLastCall("gas", "alt-DA, expire");
    }
}

/// @notice Takes no ether.
contract Stubborn {
    /// @notice It is sent ether.
    error NoEther();

    receive() external payable {
        revert NoEther();
    }
}

/// @notice Asks again while it is paid.
contract Greedy {
    AltDA private immutable _altDA;

    constructor(AltDA altDA) {
        _altDA = altDA;
    }

    receive() external payable {
        try _altDA.withdraw(address(this)) {} catch {}
    }
}

/// @notice Anything that anybody may do with commitments to one of a few bodies, in any order. A move that is refused is discarded.
contract AltDAWorld is Test {
    uint256 public constant BODIES = 3;
    AltDA public altDA;
    address public batcher;
    uint256 public staked;
    uint256 public withdrawn;

    constructor(AltDA altDA_, address batcher_) {
        (altDA, batcher) = (altDA_, batcher_);
    }

    function body(uint256 which) public pure returns (bytes memory) {
        return new bytes((which % BODIES) * 1_000);
    }

    function player(uint256 which) public pure returns (address) {
        return address(uint160(0xa11ce000 + (which % 3)));
    }

    function pass(uint8 blocks, uint64 fee) external {
        vm.roll(block.number + 1 + (blocks % 13));
        vm.fee(bound(fee, 0, 3_000 gwei));
    }

    function announce(uint256 which) external {
        vm.prank(batcher);
        try altDA.announce(keccak256(body(which))) {} catch {
            vm.assume(false);
        }
    }

    function challenge(uint256 who, uint256 which) external {
        uint256 bond = altDA.bond();
        vm.deal(player(who), bond);
        vm.prank(player(who));
        try altDA.challenge{value: bond}(keccak256(body(which))) {
            staked += bond;
        } catch {
            vm.assume(false);
        }
    }

    function resolve(uint256 who, uint256 which) external {
        // Rarely, lest nothing ever expires: what is resolved stays so.
        vm.assume(who % 3 == 0);
        vm.prank(player(who), player(who));
        try altDA.resolve(body(which)) {} catch {
            vm.assume(false);
        }
    }

    function expire(uint256 which) external {
        try altDA.expire(keccak256(body(which))) {} catch {
            vm.assume(false);
        }
    }

    function withdraw(uint256 who) external {
        uint256 amount = altDA.credit(player(who));
        try altDA.withdraw(player(who)) {
            withdrawn += amount;
        } catch {
            vm.assume(false);
        }
    }
}

contract AltDAInvariantsTest is AltDASetup {
    AltDAWorld private world;
    uint256 private burnedBefore;

    function setUp() public override {
        super.setUp();
        world = new AltDAWorld(altDA, batcher);
        burnedBefore = BURN.balance;
        targetContract(address(world));
    }

    /// @notice Every wei that was staked is held as a bond or as credit, was burned or was paid out; and the contract holds just that.
    function invariant_bondsAreConserved() external view {
        uint256 owed;
        for (uint256 i = 0; i < 3; i++) owed += altDA.credit(world.player(i));
        uint256 held;
        for (uint256 i = 0; i < world.BODIES(); i++) {
            (IAltDA.State state, ) = altDA.stateOf(keccak256(world.body(i)));
            if (state == IAltDA.State.Challenged || state == IAltDA.State.Expired) held += BOND;
        }
        assertEq(address(altDA).balance, owed + held, "what is held is what is owed");
        assertEq(
            world.staked(),
            owed + held + world.withdrawn() + (BURN.balance - burnedBefore),
            "nothing is made or lost"
        );
    }
}
