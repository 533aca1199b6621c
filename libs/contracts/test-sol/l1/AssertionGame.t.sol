// SPDX-License-Identifier: MIT
// A stand-in that fails with a string.
// solhint-disable gas-custom-errors
pragma solidity 0.8.30;

import {AssertionGame} from "../../src-sol/l1/AssertionGame.sol";
import {GuardianDisputeResolver} from "../../src-sol/l1/GuardianDisputeResolver.sol";
import {IAnchorStateRegistry} from "../../src-sol/l1/interfaces/IAnchorStateRegistry.sol";
import {IAssertionGame} from "../../src-sol/l1/interfaces/IAssertionGame.sol";
import {IDisputeGame} from "../../src-sol/l1/interfaces/IDisputeGame.sol";
import {IDisputeGameFactory} from "../../src-sol/l1/interfaces/IDisputeGameFactory.sol";
import {IDisputeResolver} from "../../src-sol/l1/interfaces/IDisputeResolver.sol";
import {GameStatus} from "../../src-sol/shared/Types.sol";
import {L1Setup} from "../base/L1Setup.sol";

contract Refuser {
    receive() external payable {
        revert("no ether here");
    }
}

/// @notice Asserts, and calls back when it is paid.
contract Reenterer {
    IAssertionGame public game;

    function open(IDisputeGameFactory factory, bytes32 root, bytes calldata extraData) external payable {
        game = IAssertionGame(address(factory.create{value: msg.value}(0, root, extraData)));
    }

    receive() external payable {
        game.claimCredit(address(this));
    }
}

contract AssertionGameTest is L1Setup {
    bytes32 private constant ROOT = keccak256("right");
    bytes32 private constant WRONG = keccak256("wrong");

    function setUp() public override {
        super.setUp();
        _appendNext(3);
        _appendNext(4);
        _pass(12);
    }

    function _decide(IAssertionGame game, IDisputeResolver.Outcome outcome) private {
        vm.prank(guardian);
        resolver.decide(address(game), outcome);
    }

    function _listed() private view returns (IDisputeGameFactory.GameSearchResult[] memory) {
        uint256 count = factory.gameCount();
        return factory.findLatestGames(0, count == 0 ? 0 : count - 1, count > 100 ? 100 : count);
    }

    function _isListed(IAssertionGame game) private view returns (bool) {
        return factory.isListed(IDisputeGame(address(game)));
    }

    // --- creation

    function test_aGameSaysWhatItClaims() external {
        bytes memory extraData = _extraData(1);
        IAssertionGame game = _assert(proposer, 1, ROOT);
        assertEq(game.rootClaim(), ROOT, "root claim");
        assertEq(game.extraData(), extraData, "extra data");
        assertEq(game.l2BlockNumber(), 7, "block number");
        assertEq(game.l2SequenceNumber(), 7, "sequence number");
        assertEq(game.batchIndex(), 1, "batch index");
        assertEq(game.batchAcc(), inbox.batchAcc(2), "batch accumulator");
        assertEq(game.gameCreator(), proposer, "creator");
        assertEq(game.createdAt(), block.timestamp, "created at");
        assertEq(game.resolvedAt(), 0, "resolved at");
        assertEq(game.gameType(), 0, "type");
        assertEq(uint8(game.status()), uint8(GameStatus.IN_PROGRESS), "status");
        assertEq(address(game).balance, ASSERTION_BOND, "bond");
        assertTrue(game.wasRespectedGameTypeWhenCreated(), "respected");
        (uint32 gameType, uint64 timestamp, IDisputeGame proxy) = factory.gameAtIndex(0);
        assertEq(gameType, 0, "type in the list");
        assertEq(timestamp, block.timestamp, "timestamp in the list");
        assertEq(address(proxy), address(game), "proxy in the list");
        (IDisputeGame found, ) = factory.games(0, ROOT, extraData);
        assertEq(address(found), address(game), "found by content");
    }

    function test_theBondMustBeExact() external {
        bytes memory extraData = _extraData(0);
        vm.expectRevert(
            abi.encodeWithSelector(IDisputeGameFactory.IncorrectBondAmount.selector, ASSERTION_BOND - 1, ASSERTION_BOND)
        );
        vm.prank(proposer);
        factory.create{value: ASSERTION_BOND - 1}(0, ROOT, extraData);
    }

    function test_theSameClaimIsMadeOnce() external {
        _assert(proposer, 0, ROOT);
        bytes memory extraData = _extraData(0);
        bytes32 uuid = factory.getGameUUID(0, ROOT, extraData);
        vm.expectRevert(abi.encodeWithSelector(IDisputeGameFactory.GameAlreadyExists.selector, uuid));
        vm.prank(alice);
        factory.create{value: ASSERTION_BOND}(0, ROOT, extraData);
    }

    function test_aClaimIsBoundToABatchOfTheInbox() external {
        bytes32 acc = inbox.batchAcc(1);
        bytes[4] memory bad = [
            abi.encode(uint256(3), uint256(2), acc), // no such batch
            abi.encode(uint256(4), uint256(0), acc), // ends elsewhere
            abi.encode(uint256(3), uint256(0), keccak256("other")), // another history
            abi.encode(type(uint256).max, type(uint256).max, acc)
        ];
        for (uint256 i = 0; i < 4; i++) {
            vm.expectPartialRevert(IDisputeGameFactory.BatchMismatch.selector);
            vm.prank(proposer);
            factory.create{value: ASSERTION_BOND}(0, ROOT, bad[i]);
        }
        vm.expectRevert(IDisputeGameFactory.BadExtraData.selector);
        vm.prank(proposer);
        factory.create{value: ASSERTION_BOND}(0, ROOT, abi.encode(uint256(3), uint256(0), acc, uint256(0)));
    }

    function test_otherGameTypesDoNotExist() external {
        bytes memory extraData = _extraData(0);
        vm.expectRevert(abi.encodeWithSelector(IDisputeGameFactory.NoImplementation.selector, 1));
        vm.prank(proposer);
        factory.create{value: ASSERTION_BOND}(1, ROOT, extraData);
    }

    function test_gamesStartOnceAndByTheFactoryOnly() external {
        IAssertionGame game = _assert(proposer, 0, ROOT);
        vm.expectRevert(IAssertionGame.AssertionGame_NotFactory.selector);
        game.initialize();
        vm.expectRevert(IAssertionGame.AssertionGame_AlreadyInitialized.selector);
        vm.prank(address(factory));
        game.initialize();
        vm.expectRevert(IAssertionGame.AssertionGame_AlreadyInitialized.selector);
        vm.prank(address(factory));
        gameImpl.initialize();
    }

    function test_theAddressFollowsFromTheContent() external {
        // After an L1 reorg a challenge must not hit another claim at the same address.
        bytes memory extraData = _extraData(0);
        vm.prank(alice);
        address one = address(factory.create{value: ASSERTION_BOND}(0, ROOT, extraData));
        vm.prank(alice);
        address other = address(factory.create{value: ASSERTION_BOND}(0, WRONG, extraData));
        assertTrue(one != other, "two claims at one address");
    }

    // --- ends

    function test_unchallengedItIsAcceptedWhenThePeriodIsOver() external {
        IAssertionGame game = _assert(proposer, 0, ROOT);
        uint64 end = uint64(block.timestamp) + CHALLENGE_PERIOD;
        _pass(CHALLENGE_PERIOD - 1);
        vm.expectRevert(abi.encodeWithSelector(IAssertionGame.AssertionGame_TooEarly.selector, end));
        game.resolve();
        _pass(1);
        vm.prank(alice);
        game.resolve();
        assertEq(uint8(game.status()), uint8(GameStatus.DEFENDER_WINS), "status");
        assertEq(game.resolvedAt(), block.timestamp, "resolved at");
        assertEq(game.credit(proposer), ASSERTION_BOND, "the bond goes back");
        assertEq(address(factory.acceptedGame(0)), address(game), "accepted");
        uint256 before = proposer.balance;
        game.claimCredit(proposer);
        assertEq(proposer.balance, before + ASSERTION_BOND, "paid");
        assertEq(address(game).balance, 0, "nothing is left");
        vm.expectRevert(abi.encodeWithSelector(IAssertionGame.AssertionGame_NoCredit.selector, proposer));
        game.claimCredit(proposer);
        vm.expectRevert(IAssertionGame.AssertionGame_AlreadyResolved.selector);
        game.resolve();
    }

    function test_challengesEndWithThePeriod() external {
        IAssertionGame game = _assert(proposer, 0, ROOT);
        uint64 end = uint64(block.timestamp) + CHALLENGE_PERIOD;
        _pass(CHALLENGE_PERIOD);
        vm.expectRevert(abi.encodeWithSelector(IAssertionGame.AssertionGame_TooLate.selector, end));
        _challenge(challenger, game);
    }

    function test_aChallengeNeedsItsBondAndComesFirst() external {
        IAssertionGame game = _assert(proposer, 0, ROOT);
        vm.expectRevert(
            abi.encodeWithSelector(IAssertionGame.AssertionGame_WrongBond.selector, CHALLENGE_BOND + 1, CHALLENGE_BOND)
        );
        vm.prank(challenger);
        game.challenge{value: CHALLENGE_BOND + 1}();
        _challenge(challenger, game);
        vm.expectRevert(abi.encodeWithSelector(IAssertionGame.AssertionGame_AlreadyChallenged.selector, challenger));
        _challenge(alice, game);
    }

    function test_aChallengedAssertionIsNotAcceptedByTime() external {
        IAssertionGame game = _assert(proposer, 0, ROOT);
        _challenge(challenger, game);
        _pass(CHALLENGE_PERIOD);
        vm.expectPartialRevert(IAssertionGame.AssertionGame_TooEarly.selector);
        game.resolve();
    }

    function testFuzz_bondsAreConservedToTheWei(uint256 bond, uint8 how) external {
        bond = bound(bond, 0.001 ether, 1000 ether);
        vm.prank(owner);
        factory.setInitBond(0, bond);
        bytes memory extraData = _extraData(0);
        vm.prank(proposer);
        IAssertionGame game = IAssertionGame(address(factory.create{value: bond}(0, ROOT, extraData)));
        uint256 burnedBefore = BURN.balance;
        uint256 kind = how % 4;
        if (kind > 0) _challenge(challenger, game);
        if (kind == 1) _decide(game, IDisputeResolver.Outcome.AsserterWins);
        if (kind == 2) _decide(game, IDisputeResolver.Outcome.ChallengerWins);
        _pass(kind == 3 ? RESOLUTION_PERIOD : CHALLENGE_PERIOD);
        game.resolve();

        uint256 burned = BURN.balance - burnedBefore;
        uint256 staked = bond + (kind > 0 ? CHALLENGE_BOND : 0);
        assertEq(game.credit(proposer) + game.credit(challenger) + burned, staked, "conserved");
        assertEq(address(game).balance, staked - burned, "backed");
        if (kind == 0) assertEq(game.credit(proposer), bond, "unchallenged");
        if (kind == 1) {
            assertGe(burned * 5, CHALLENGE_BOND, "a fifth is burned");
            assertEq(game.credit(proposer), bond + CHALLENGE_BOND - burned, "the asserter takes the rest");
        }
        if (kind == 2) {
            assertGe(burned * 5, bond, "a fifth is burned");
            assertEq(game.credit(challenger), bond + CHALLENGE_BOND - burned, "the challenger takes the rest");
        }
        if (kind == 3) {
            assertEq(game.credit(proposer), bond, "the asserter's bond goes back");
            assertEq(game.credit(challenger), CHALLENGE_BOND, "the challenger's bond goes back");
        }
        if (game.credit(proposer) > 0) game.claimCredit(proposer);
        if (game.credit(challenger) > 0) game.claimCredit(challenger);
        assertEq(address(game).balance, 0, "all of it is paid");
    }

    function test_aSilentResolverVoidsAndTheClaimMayBeMadeAgain() external {
        IAssertionGame game = _assert(proposer, 0, ROOT);
        _challenge(challenger, game);
        _pass(RESOLUTION_PERIOD);
        game.resolve();
        assertTrue(game.voided(), "voided");
        assertEq(uint8(game.status()), uint8(GameStatus.CHALLENGER_WINS), "not accepted");
        IAssertionGame again = _assert(proposer, 0, ROOT);
        assertTrue(address(again) != address(game), "another game");
        assertTrue(registry.isGameProper(IDisputeGame(address(again))), "the new one counts");
        assertFalse(registry.isGameProper(IDisputeGame(address(game))), "the old one does not");
    }

    function test_aLostClaimCannotBeMadeAgain() external {
        IAssertionGame game = _assert(alice, 0, WRONG);
        _challenge(challenger, game);
        _decide(game, IDisputeResolver.Outcome.ChallengerWins);
        game.resolve();
        bytes memory extraData = _extraData(0);
        vm.expectPartialRevert(IDisputeGameFactory.GameAlreadyExists.selector);
        vm.prank(alice);
        factory.create{value: ASSERTION_BOND}(0, WRONG, extraData);
    }

    function test_aRivalOfAFinalAssertionLosesWithoutAChallenge() external {
        IAssertionGame right = _assert(proposer, 0, ROOT);
        IAssertionGame wrong = _assert(alice, 0, WRONG);
        _pass(CHALLENGE_PERIOD);
        right.resolve();
        // The guardian may still bar the accepted one, so the rival waits.
        vm.expectRevert(abi.encodeWithSelector(IAssertionGame.AssertionGame_RivalNotFinal.selector, right));
        wrong.resolve();
        _pass(FINALITY_DELAY);
        wrong.resolve();
        assertEq(uint8(wrong.status()), uint8(GameStatus.CHALLENGER_WINS), "status");
        assertEq(wrong.credit(proposer), ASSERTION_BOND - ASSERTION_BOND / 5, "the accepted asserter takes the rest");
        assertEq(address(wrong).balance, wrong.credit(proposer), "backed");
    }

    function test_aRivalMayWinWhenTheAcceptedOneIsBarred() external {
        IAssertionGame wrong = _assert(alice, 0, WRONG);
        _pass(12);
        IAssertionGame right = _assert(proposer, 0, ROOT);
        _pass(CHALLENGE_PERIOD);
        wrong.resolve();
        vm.prank(guardian);
        registry.blacklistDisputeGame(IDisputeGame(address(wrong)));
        right.resolve();
        assertEq(uint8(right.status()), uint8(GameStatus.DEFENDER_WINS), "status");
        assertEq(address(factory.acceptedGame(0)), address(right), "accepted");
    }

    function test_onlyGamesOfTheFactoryAreRecordedAsAccepted() external {
        IAssertionGame game = _assert(proposer, 0, ROOT);
        vm.expectRevert();
        vm.prank(alice);
        factory.accept(0);
        vm.expectRevert(abi.encodeWithSelector(IDisputeGameFactory.Unauthorized.selector, address(game)));
        vm.prank(address(game));
        factory.accept(1);
    }

    function test_aWinnerThatTakesNoEtherHarmsOnlyItself() external {
        Refuser refuser = new Refuser();
        vm.deal(address(refuser), 10 ether);
        IAssertionGame game = _assert(address(refuser), 0, WRONG);
        _challenge(challenger, game);
        _pass(RESOLUTION_PERIOD);
        game.resolve();
        vm.expectRevert(abi.encodeWithSelector(IAssertionGame.AssertionGame_TransferFailed.selector, refuser));
        game.claimCredit(address(refuser));
        game.claimCredit(challenger);
        assertEq(address(game).balance, ASSERTION_BOND, "the refused part stays");
    }

    function test_aCallbackCannotClaimTwice() external {
        Reenterer reenterer = new Reenterer();
        reenterer.open{value: ASSERTION_BOND}(factory, ROOT, _extraData(0));
        IAssertionGame game = reenterer.game();
        _pass(CHALLENGE_PERIOD);
        game.resolve();
        vm.deal(address(game), 5 ether);
        vm.expectRevert(abi.encodeWithSelector(IAssertionGame.AssertionGame_TransferFailed.selector, reenterer));
        game.claimCredit(address(reenterer));
    }

    function test_aGameThatRunsKeepsItsRules() external {
        IAssertionGame game = _assert(proposer, 0, ROOT);
        GuardianDisputeResolver other = new GuardianDisputeResolver(config);
        AssertionGame impl = new AssertionGame(factory, registry, other, 1, 1, 1);
        vm.prank(owner);
        factory.setImplementation(0, address(impl));
        assertEq(address(game.resolver()), address(resolver), "resolver");
        assertEq(game.challengePeriod(), CHALLENGE_PERIOD, "challenge period");
        IAssertionGame next = _assert(proposer, 1, ROOT);
        assertEq(address(next.resolver()), address(other), "resolver of a new game");
    }

    // --- the resolver

    function test_onlyTheGuardianDecidesOnceAndOnlyOpenDisputes() external {
        IAssertionGame game = _assert(proposer, 0, ROOT);
        vm.expectRevert(
            abi.encodeWithSelector(GuardianDisputeResolver.GuardianDisputeResolver_NoDispute.selector, game)
        );
        _decide(game, IDisputeResolver.Outcome.AsserterWins);
        _challenge(challenger, game);
        vm.expectRevert(
            abi.encodeWithSelector(GuardianDisputeResolver.GuardianDisputeResolver_NotGuardian.selector, alice)
        );
        vm.prank(alice);
        resolver.decide(address(game), IDisputeResolver.Outcome.AsserterWins);
        vm.expectRevert(GuardianDisputeResolver.GuardianDisputeResolver_BadOutcome.selector);
        _decide(game, IDisputeResolver.Outcome.Undecided);
        _decide(game, IDisputeResolver.Outcome.AsserterWins);
        vm.expectRevert(
            abi.encodeWithSelector(GuardianDisputeResolver.GuardianDisputeResolver_AlreadyDecided.selector, game)
        );
        _decide(game, IDisputeResolver.Outcome.ChallengerWins);
    }

    // --- what clients are shown

    function test_newestFirstWithIndexAndMetadata() external {
        IAssertionGame one = _assert(proposer, 0, ROOT);
        IAssertionGame two = _assert(proposer, 1, ROOT);
        IDisputeGameFactory.GameSearchResult[] memory found = _listed();
        assertEq(found.length, 2, "games");
        assertEq(found[0].index, 1, "index of the newest");
        assertEq(found[1].index, 0, "index of the oldest");
        assertEq(
            found[0].metadata,
            bytes32((uint256(block.timestamp) << 160) | uint160(address(two))),
            "metadata of the newest"
        );
        assertEq(found[1].rootClaim, one.rootClaim(), "root claim");
        assertEq(found[0].extraData, two.extraData(), "extra data");
        found = factory.findLatestGames(0, 0, 10);
        assertEq(found.length, 1, "from the first index downwards");
        found = factory.findLatestGames(0, 1, 1);
        assertEq(found.length, 1, "at most n");
        assertEq(factory.findLatestGames(0, 2, 10).length, 0, "beyond the end");
        assertEq(factory.findLatestGames(1, 1, 10).length, 0, "another type");
    }

    function test_aChallengedAssertionIsNotListedUntilItWins() external {
        IAssertionGame game = _assert(proposer, 0, ROOT);
        assertTrue(_isListed(game), "listed at once, being the proposer's");
        _challenge(challenger, game);
        assertFalse(_isListed(game), "challenged");
        _decide(game, IDisputeResolver.Outcome.AsserterWins);
        game.resolve();
        assertTrue(_isListed(game), "won");
    }

    function test_aRivalOfAnUndisputedAssertionIsNotListed() external {
        IAssertionGame right = _assert(proposer, 0, ROOT);
        IAssertionGame junk = _assert(alice, 0, WRONG);
        _pass(LISTING_DELAY);
        assertTrue(_isListed(right), "the first one");
        assertFalse(_isListed(junk), "its rival");
        assertEq(_listed().length, 1, "listed");
    }

    function test_junkThatComesFirstIsNotShownBeforeChallengersHadTime() external {
        IAssertionGame junk = _assert(alice, 0, WRONG);
        assertFalse(_isListed(junk), "too young");
        IAssertionGame right = _assert(proposer, 0, ROOT);
        assertTrue(_isListed(right), "the proposer's takes the lead");
        _pass(LISTING_DELAY);
        assertFalse(_isListed(junk), "still a rival");
    }

    function test_anybodysAssertionIsListedAfterTheDelay() external {
        IAssertionGame game = _assert(alice, 0, ROOT);
        _pass(LISTING_DELAY - 1);
        assertFalse(_isListed(game), "too young");
        _pass(1);
        assertTrue(_isListed(game), "old enough");
    }

    function test_afterAFalseLeaderFellTheNextClaimLeads() external {
        IAssertionGame junk = _assert(proposer, 0, WRONG);
        _challenge(challenger, junk);
        IAssertionGame right = _assert(alice, 0, ROOT);
        _pass(LISTING_DELAY);
        assertTrue(_isListed(right), "leads");
        assertFalse(_isListed(junk), "fell");
    }

    function test_aBarredAssertionIsNotListedEvenIfItWon() external {
        IAssertionGame game = _assert(proposer, 0, WRONG);
        _pass(CHALLENGE_PERIOD);
        game.resolve();
        assertTrue(_isListed(game), "won");
        vm.prank(guardian);
        registry.blacklistDisputeGame(IDisputeGame(address(game)));
        assertFalse(_isListed(game), "barred");
    }

    function test_floodsOfJunkDoNotHideTheRightGame() external {
        IAssertionGame right = _assert(proposer, 1, ROOT);
        for (uint256 i = 0; i < 150; i++) _assert(alice, i % 2, keccak256(abi.encode(i)));
        _pass(LISTING_DELAY);
        // Asked as viem asks: 100 games from the newest downwards.
        IDisputeGameFactory.GameSearchResult[] memory found = factory.findLatestGames(0, factory.gameCount() - 1, 100);
        bool seen = false;
        for (uint256 i = 0; i < found.length; i++) {
            (, , IDisputeGame game) = factory.gameAtIndex(found[i].index);
            if (address(game) == address(right)) seen = true;
            else assertEq(IAssertionGame(address(game)).batchIndex(), 0, "no rival is listed");
        }
        assertTrue(seen, "the right game is found");
    }

    // --- the registry

    function test_aClaimIsValidOnceFinal() external {
        IAssertionGame game = _assert(proposer, 1, ROOT);
        IDisputeGame g = IDisputeGame(address(game));
        assertTrue(registry.isGameProper(g) && registry.isGameRespected(g), "proper and respected");
        assertFalse(registry.isGameFinalized(g), "in progress");
        _pass(CHALLENGE_PERIOD);
        game.resolve();
        assertFalse(registry.isGameFinalized(g), "within the finality delay");
        assertFalse(registry.isGameClaimValid(g), "not valid yet");
        vm.expectRevert(abi.encodeWithSelector(IAnchorStateRegistry.AnchorStateRegistry_InvalidGame.selector, g));
        registry.setAnchorState(g);
        _pass(FINALITY_DELAY);
        assertTrue(registry.isGameClaimValid(g), "valid");
        registry.setAnchorState(g);
        (bytes32 root, uint256 number) = registry.getAnchorRoot();
        assertEq(root, ROOT, "anchor");
        assertEq(number, 7, "anchor block");
    }

    function test_theAnchorOnlyMovesForwards() external {
        (bytes32 root, uint256 number) = registry.getAnchorRoot();
        assertEq(root, bytes32("genesis"), "genesis output");
        assertEq(number, 0, "genesis block");
        IAssertionGame old = _assert(proposer, 0, ROOT);
        IAssertionGame young = _assert(proposer, 1, ROOT);
        _pass(CHALLENGE_PERIOD);
        old.resolve();
        young.resolve();
        _pass(FINALITY_DELAY);
        registry.setAnchorState(IDisputeGame(address(young)));
        vm.expectRevert(abi.encodeWithSelector(IAnchorStateRegistry.AnchorStateRegistry_NotNewer.selector, 3, 7));
        registry.setAnchorState(IDisputeGame(address(old)));
    }

    function test_theGuardianBarsAGameUntilItIsFinalOnly() external {
        IAssertionGame game = _assert(proposer, 0, ROOT);
        IDisputeGame g = IDisputeGame(address(game));
        vm.expectRevert(abi.encodeWithSelector(IAnchorStateRegistry.AnchorStateRegistry_Unauthorized.selector, alice));
        vm.prank(alice);
        registry.blacklistDisputeGame(g);
        _pass(CHALLENGE_PERIOD);
        game.resolve();
        _pass(FINALITY_DELAY);
        vm.expectRevert(abi.encodeWithSelector(IAnchorStateRegistry.AnchorStateRegistry_AlreadyFinal.selector, g));
        vm.prank(guardian);
        registry.blacklistDisputeGame(g);
    }

    function test_aGameNotMadeByTheFactoryIsNotProper() external {
        bytes memory arguments = abi.encodePacked(alice, ROOT, _extraData(0));
        FakeGame fake = new FakeGame(arguments);
        assertFalse(registry.isGameProper(IDisputeGame(address(fake))), "fake");
        assertFalse(registry.isGameClaimValid(IDisputeGame(address(fake))), "fake claim");
        vm.expectRevert();
        registry.isGameProper(IDisputeGame(alice));
    }

    function _badImplementation(uint32 gameType, address impl) private {
        vm.expectRevert(abi.encodeWithSelector(IDisputeGameFactory.BadImplementation.selector, gameType, impl));
        vm.prank(owner);
        factory.setImplementation(gameType, impl);
    }

    function test_gamesOfAnotherTypeOrFactoryAreRefused() external {
        AssertionGame impl = new AssertionGame(factory, registry, resolver, 1, 1, 1);
        _badImplementation(1, address(impl));
        _badImplementation(0, alice);
        // Assertions must be possible.
        _badImplementation(0, address(0));
        IDisputeGameFactory otherFactory = IDisputeGameFactory(alice);
        IAnchorStateRegistry otherRegistry = IAnchorStateRegistry(alice);
        _badImplementation(0, address(new AssertionGame(otherFactory, registry, resolver, 1, 1, 1)));
        _badImplementation(0, address(new AssertionGame(factory, otherRegistry, resolver, 1, 1, 1)));
        vm.startPrank(owner);
        factory.setImplementation(0, address(impl));
        factory.setImplementation(7, address(0));
        vm.stopPrank();
    }

    function test_bondsOutOfBoundsAreRefused() external {
        uint256 min = factory.MIN_BOND();
        uint256 max = factory.MAX_BOND();
        uint256[3] memory bad = [0, min - 1, max + 1];
        for (uint256 i = 0; i < 3; i++) {
            vm.expectRevert(abi.encodeWithSelector(IDisputeGameFactory.BadBond.selector, bad[i], min, max));
            vm.prank(owner);
            factory.setInitBond(0, bad[i]);
        }
    }

    function test_gamesThatNobodyCouldPlayAreRefused() external {
        uint256[3][6] memory bad = [
            [uint256(0), 1, 1],
            [uint256(60 days + 1), 1, 1],
            [uint256(1), 0, 1],
            [uint256(1), 60 days + 1, 1],
            [uint256(1), 1, 0],
            [uint256(1), 1, 1_000 ether + 1]
        ];
        for (uint256 i = 0; i < bad.length; i++) {
            vm.expectRevert(IAssertionGame.AssertionGame_BadParameters.selector);
            new AssertionGame(factory, registry, resolver, uint64(bad[i][0]), uint64(bad[i][1]), bad[i][2]);
        }
    }

    function test_aTypeWithoutGamesIsNotRespected() external {
        vm.expectRevert(abi.encodeWithSelector(IAnchorStateRegistry.AnchorStateRegistry_NoSuchGame.selector, 1));
        vm.prank(owner);
        registry.setRespectedGameType(1);
    }

    function test_onlyTheOwnerChangesTheRespectedType() external {
        vm.expectRevert(
            abi.encodeWithSelector(IAnchorStateRegistry.AnchorStateRegistry_Unauthorized.selector, guardian)
        );
        vm.prank(guardian);
        registry.setRespectedGameType(1);
        IAssertionGame before = _assert(proposer, 0, ROOT);
        _respectAnotherType();
        IAssertionGame after_ = _assert(proposer, 1, ROOT);
        assertTrue(registry.isGameRespected(IDisputeGame(address(before))), "respected when it was created");
        assertFalse(registry.isGameRespected(IDisputeGame(address(after_))), "not respected any more");
    }
}

/// @notice Claims to be a game that was won.
contract FakeGame {
    bytes private _arguments;

    constructor(bytes memory arguments) {
        _arguments = arguments;
    }

    function gameType() external pure returns (uint32) {
        return 0;
    }

    function rootClaim() external pure returns (bytes32) {
        return keccak256("right");
    }

    function extraData() external view returns (bytes memory data) {
        data = new bytes(96);
        for (uint256 i = 0; i < 96; i++) data[i] = _arguments[52 + i];
    }

    function status() external pure returns (GameStatus) {
        return GameStatus.DEFENDER_WINS;
    }

    function resolvedAt() external pure returns (uint64) {
        return 1;
    }

    function wasRespectedGameTypeWhenCreated() external pure returns (bool) {
        return true;
    }
}
