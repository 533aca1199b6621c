// SPDX-License-Identifier: MIT
// A stand-in that fails with a string.
// solhint-disable gas-custom-errors
pragma solidity 0.8.30;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {AnchorStateRegistry} from "../../src-sol/l1/AnchorStateRegistry.sol";
import {ChallengeTree} from "../../src-sol/l1/ChallengeTree.sol";
import {IAnchorStateRegistry} from "../../src-sol/l1/interfaces/IAnchorStateRegistry.sol";
import {IAssertionGame} from "../../src-sol/l1/interfaces/IAssertionGame.sol";
import {IChallengeTree} from "../../src-sol/l1/interfaces/IChallengeTree.sol";
import {IDisputeGame} from "../../src-sol/l1/interfaces/IDisputeGame.sol";
import {IDisputeGameFactory} from "../../src-sol/l1/interfaces/IDisputeGameFactory.sol";
import {GameStatus} from "../../src-sol/shared/Types.sol";
import {Dispute} from "../base/Dispute.sol";

/// @notice Has the views of an implementation, and its games have nothing that the factory asks of games.
contract StrangeImplementation {
    address public immutable factory;
    address public immutable anchorStateRegistry;
    uint32 public constant gameType = 3;
    uint256 public constant bond = 1 ether;

    constructor(address factory_, address registry_) {
        (factory, anchorStateRegistry) = (factory_, registry_);
    }

    function initialize(bytes calldata) external payable {}

    function tournament() external pure returns (bytes32) {
        return "strange";
    }

    function createdAt() external view returns (uint64) {
        return uint64(block.timestamp);
    }

    fallback() external {
        revert("of another shape");
    }
}

/// @notice Claims to be a game that was lost, to make what seems to continue it burn what it never staked.
contract FakeParent {
    GameStatus public constant status = GameStatus.CHALLENGER_WINS;
    uint256 public constant l2SequenceNumber = 0;
    bool public constant annulled = true;
}

contract AssertionGameTest is Dispute {
    bytes32 private constant WRONG = keccak256("wrong");

    function setUp() public override {
        super.setUp();
        _appendNext(4);
    }

    function _accept(IAssertionGame game) private {
        _pass(CHALLENGE_PERIOD);
        game.resolve();
    }

    function _bar(IDisputeGame game) private {
        vm.prank(owner);
        registry.blacklistDisputeGame(game);
    }

    function _retire() private {
        vm.prank(owner);
        registry.updateRetirementTimestamp();
        _pass(1);
    }

    // --- what is asserted

    function test_aGameSaysWhatItClaims() external {
        IAssertionGame parent = _assert(alice, NO_PARENT, right);
        bytes memory extraData = _extraData(parent, _rootOf(_flat(WRONG)));
        IAssertionGame game = _assert(proposer, parent, WRONG);
        assertEq(game.rootClaim(), WRONG, "root claim");
        assertEq(game.extraData(), extraData, "extra data");
        assertEq(game.l2BlockNumber(), 7, "block number");
        assertEq(game.l2SequenceNumber(), 7, "sequence number");
        assertEq(game.batchIndex(), 1, "batch index");
        assertEq(game.batchAcc(), inbox.batchAcc(2), "batch accumulator");
        assertEq(address(game.parent()), address(parent), "parent");
        assertEq(game.agreedRoot(), parent.rootClaim(), "agreed root");
        assertEq(game.parentBlock(), 3, "parent block");
        assertEq(game.history(), _rootOf(_flat(WRONG)), "history");
        assertEq(game.gameCreator(), proposer, "creator");
        assertEq(game.createdAt(), block.timestamp, "created at");
        assertEq(game.resolvedAt(), 0, "resolved at");
        assertEq(game.gameType(), 0, "type");
        assertEq(uint8(game.status()), uint8(GameStatus.IN_PROGRESS), "status");
        assertEq(game.bond(), ASSERTION_BOND, "bond");
        assertEq(address(tree).balance, 2 * ASSERTION_BOND, "the tree holds the bonds");
        assertTrue(game.wasRespectedGameTypeWhenCreated(), "respected");
        assertEq(parent.agreedRoot(), GENESIS, "agreed root of the first");
        assertEq(parent.parentBlock(), 0, "block of the genesis");
        assertEq(
            game.tournament(),
            keccak256(abi.encode(bytes32("animechain tournament 1"), 0, parent, 1, 0)),
            "tournament"
        );
        (uint32 gameType, uint64 timestamp, IDisputeGame proxy) = factory.gameAtIndex(1);
        assertEq(gameType, 0, "type in the list");
        assertEq(timestamp, block.timestamp, "timestamp in the list");
        assertEq(address(proxy), address(game), "proxy in the list");
        (IDisputeGame found, ) = factory.games(0, WRONG, extraData);
        assertEq(address(found), address(game), "found by content");
        assertEq(factory.initBonds(0), ASSERTION_BOND, "bond at the factory");
    }

    function _createReverts(bytes memory data, bytes4 error) private {
        vm.expectPartialRevert(error);
        vm.prank(proposer);
        factory.create{value: ASSERTION_BOND}(0, WRONG, data);
    }

    function test_aClaimIsBoundToParentBatchAndHistory() external {
        IAssertionGame parent = _assert(alice, NO_PARENT, right);
        bytes32 acc = inbox.batchAcc(1);
        bytes32 history = _rootOf(_flat(WRONG));
        bytes32[] memory proof = _lastProof(_flat(WRONG));
        bytes4 batch = IAssertionGame.AssertionGame_BatchMismatch.selector;
        bytes4 order = IAssertionGame.AssertionGame_WrongBatch.selector;
        _createReverts(abi.encodePacked(abi.encode(4, 0, acc, 0, history), proof), batch); // ends elsewhere
        _createReverts(abi.encodePacked(abi.encode(3, 0, keccak256("x"), 0, history), proof), batch); // other data
        _createReverts(abi.encodePacked(abi.encode(3, 1, acc, 0, history), proof), order); // leaves one out
        _createReverts(abi.encodePacked(abi.encode(3, 0, acc, parent, history), proof), order); // again
        _createReverts(abi.encodePacked(abi.encode(3, 3, acc, parent, history), proof), order);
        _createReverts(
            abi.encodePacked(abi.encode(type(uint256).max, type(uint256).max, acc, 0, history), proof),
            order
        );
        bytes4 wrongHistory = IAssertionGame.AssertionGame_WrongHistory.selector;
        _createReverts(abi.encodePacked(abi.encode(3, 0, acc, 0, keccak256("x")), proof), wrongHistory);
        bytes4 length = IAssertionGame.AssertionGame_BadProofLength.selector;
        _createReverts(abi.encodePacked(abi.encode(3, 0, acc, 0, history), proof, proof), length);
        _createReverts(abi.encode(3, 0, acc, 0, history), length);
        bytes4 parentError = IAssertionGame.AssertionGame_BadParent.selector;
        _createReverts(abi.encodePacked(abi.encode(7, 1, inbox.batchAcc(2), alice, history), proof), parentError);
        _createReverts(abi.encode(uint256(3), uint256(0), acc), IDisputeGameFactory.BadExtraData.selector);
    }

    function test_theLastBatchOfTheInboxIsTheLastThatCanBeAsserted() external {
        IAssertionGame one = _assert(alice, NO_PARENT, right);
        IAssertionGame two = _assert(alice, one, WRONG);
        bytes memory data = abi.encodePacked(abi.encode(8, 2, 0, two, _rootOf(_flat(WRONG))), _lastProof(_flat(WRONG)));
        _createReverts(data, IAssertionGame.AssertionGame_BatchMismatch.selector);
    }

    function test_aBatchWithMoreBlocksThanAHistoryHasLeavesIsRefused() external {
        _appendNext(5);
        IAssertionGame one = _assert(alice, NO_PARENT, right);
        IAssertionGame two = _assert(alice, one, WRONG);
        _createReverts(_data(two, _flat(WRONG)), IAssertionGame.AssertionGame_TooManyBlocks.selector);
    }

    function test_theBondMustBeExact() external {
        bytes memory data = _data(NO_PARENT, _flat(WRONG));
        vm.expectRevert(
            abi.encodeWithSelector(IDisputeGameFactory.IncorrectBondAmount.selector, ASSERTION_BOND - 1, ASSERTION_BOND)
        );
        vm.prank(proposer);
        factory.create{value: ASSERTION_BOND - 1}(0, WRONG, data);
    }

    function test_theSameClaimIsMadeOnceWhoeverMakesIt() external {
        _assert(proposer, NO_PARENT, right);
        bytes memory data = _data(NO_PARENT, right);
        bytes32 uuid = factory.getGameUUID(0, right[3], _extraData(NO_PARENT, _rootOf(right)));
        vm.expectRevert(abi.encodeWithSelector(IDisputeGameFactory.GameAlreadyExists.selector, uuid));
        vm.prank(alice);
        factory.create{value: ASSERTION_BOND}(0, right[3], data);
    }

    function test_otherGameTypesDoNotExist() external {
        bytes memory data = _data(NO_PARENT, right);
        vm.expectRevert(abi.encodeWithSelector(IDisputeGameFactory.NoImplementation.selector, 1));
        vm.prank(proposer);
        factory.create{value: ASSERTION_BOND}(1, right[3], data);
    }

    function test_gamesStartOnceAndByTheFactoryOnly() external {
        IAssertionGame game = _assert(proposer, NO_PARENT, right);
        vm.expectRevert(IAssertionGame.AssertionGame_NotFactory.selector);
        game.initialize("");
        vm.expectRevert(IAssertionGame.AssertionGame_AlreadyInitialized.selector);
        vm.prank(address(factory));
        game.initialize("");
        vm.expectRevert(IAssertionGame.AssertionGame_AlreadyInitialized.selector);
        vm.prank(address(factory));
        gameImpl.initialize("");
        vm.expectRevert(IAssertionGame.AssertionGame_NotFactory.selector);
        gameImpl.resolve();
    }

    function test_aCloneThatTheFactoryDidNotMakeMovesNoBond() external {
        _assert(proposer, NO_PARENT, right);
        _retire();
        // It would be retired, or continue what was lost, and have a bond of somebody else's given to it or burned.
        address[2] memory parents = [address(0), address(new FakeParent())];
        for (uint256 i = 0; i < 2; i++) {
            bytes memory arguments = abi.encodePacked(
                bob,
                right[3],
                abi.encode(3, 0, inbox.batchAcc(1), parents[i], _rootOf(right))
            );
            IAssertionGame fake = IAssertionGame(Clones.cloneWithImmutableArgs(address(gameImpl), arguments));
            vm.expectRevert(IAssertionGame.AssertionGame_NotFactory.selector);
            fake.resolve();
        }
        assertEq(tree.credit(bob), 0, "nothing");
        vm.expectRevert(abi.encodeWithSelector(IChallengeTree.ChallengeTree_NotAGame.selector, bob));
        vm.prank(bob);
        tree.conclude(0, 0, IChallengeTree.Outcome.Annulled);
        vm.expectRevert(abi.encodeWithSelector(IChallengeTree.ChallengeTree_NotAGame.selector, bob));
        vm.prank(bob);
        tree.open{value: ASSERTION_BOND}("x", "y", bob);
        vm.expectRevert(abi.encodeWithSelector(IDisputeGameFactory.Unauthorized.selector, bob));
        vm.prank(bob);
        factory.accept(0);
    }

    function test_theAddressFollowsFromTheContent() external {
        // After an L1 reorg a move must not hit another claim at the same address.
        address one = address(_assert(alice, NO_PARENT, right));
        address other = address(_assert(alice, NO_PARENT, WRONG));
        assertTrue(one != other, "two claims at one address");
    }

    // --- ends

    function test_withoutARivalItIsAcceptedWhenThePeriodIsOver() external {
        IAssertionGame game = _assert(proposer, NO_PARENT, right);
        _pass(CHALLENGE_PERIOD - 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IAssertionGame.AssertionGame_NotConfirmed.selector,
                CHALLENGE_PERIOD - 1,
                CHALLENGE_PERIOD
            )
        );
        game.resolve();
        _pass(1);
        vm.prank(alice);
        game.resolve();
        assertEq(uint8(game.status()), uint8(GameStatus.DEFENDER_WINS), "status");
        assertEq(game.resolvedAt(), block.timestamp, "resolved at");
        assertEq(tree.credit(proposer), ASSERTION_BOND, "the bond goes back");
        assertEq(address(factory.acceptedGame(0, game.tournament())), address(game), "accepted");
        vm.expectRevert(IAssertionGame.AssertionGame_AlreadyResolved.selector);
        game.resolve();
        uint256 before = proposer.balance;
        tree.claimCredit(proposer);
        assertEq(proposer.balance, before + ASSERTION_BOND, "paid");
        assertEq(address(tree).balance, 0, "nothing is left");
    }

    function test_anAssertionWaitsForItsParent() external {
        IAssertionGame parent = _assert(proposer, NO_PARENT, right);
        IAssertionGame child = _assert(proposer, parent, WRONG);
        _pass(CHALLENGE_PERIOD);
        vm.expectRevert(abi.encodeWithSelector(IAssertionGame.AssertionGame_ParentNotAccepted.selector, parent));
        child.resolve();
        parent.resolve();
        child.resolve();
        assertEq(uint8(child.status()), uint8(GameStatus.DEFENDER_WINS), "accepted");
    }

    /// Two rivals, both of which nobody moves for, until one of them is confirmed by its halves.
    function _beat(IAssertionGame winner, bytes32[] memory leaves) private {
        bytes32 top = winner.tournament();
        _bisect(alice, top, leaves, 0, 2);
        _pass(CHALLENGE_PERIOD);
        _updateTop(top, leaves);
        winner.resolve();
    }

    function test_aRivalOfAnAcceptedAssertionLosesOnceThatIsFinal() external {
        IAssertionGame wrong = _assert(bob, NO_PARENT, WRONG);
        IAssertionGame child = _assert(bob, wrong, WRONG);
        IAssertionGame good = _assert(proposer, NO_PARENT, right);
        _beat(good, right);
        vm.expectRevert(abi.encodeWithSelector(IAssertionGame.AssertionGame_RivalNotFinal.selector, good));
        wrong.resolve();
        _pass(FINALITY_DELAY);
        uint256 burned = BURN.balance;
        wrong.resolve();
        assertEq(uint8(wrong.status()), uint8(GameStatus.CHALLENGER_WINS), "rejected");
        assertEq(BURN.balance - burned, ASSERTION_BOND / 5, "a fifth is burned");
        assertEq(tree.tournament(good.tournament()).pot, (ASSERTION_BOND * 4) / 5, "the rest is in the pot");
        child.resolve();
        assertEq(uint8(child.status()), uint8(GameStatus.CHALLENGER_WINS), "what stands on it is rejected too");
        assertEq(BURN.balance - burned, ASSERTION_BOND / 5 + ASSERTION_BOND, "and its bond is burned");
        assertEq(tree.credit(bob), 0, "nothing for the liar");
    }

    /// Points 1 and 10: an assertion that is wrong gains nothing by a rival of its own making.
    function test_aLiarThatDisputesItselfOnlyLosesMore() external {
        IAssertionGame wrong = _assert(bob, NO_PARENT, WRONG);
        _assert(bob, NO_PARENT, keccak256("another lie"));
        IAssertionGame good = _assert(proposer, NO_PARENT, right);
        // Nobody concedes for others: a rival that is not defended decides nothing, and the honest one is not barred.
        _beat(good, right);
        _pass(FINALITY_DELAY);
        wrong.resolve();
        assertEq(tree.credit(proposer), ASSERTION_BOND, "the honest one has its only bond back");
        assertEq(tree.credit(bob), 0, "the liar has nothing");
        assertTrue(factory.isListed(good), "and the right claim is shown");
    }

    /// Point 5: what was decided cannot be claimed again, whatever became of the data since.
    function test_oldBatchesCannotBeClaimedAgain() external {
        IAssertionGame good = _assert(proposer, NO_PARENT, right);
        _accept(good);
        _pass(400 days);
        bytes memory data = _data(NO_PARENT, _flat(WRONG));
        vm.expectRevert(abi.encodeWithSelector(IAssertionGame.AssertionGame_AlreadyDecided.selector, good));
        vm.prank(bob);
        factory.create{value: ASSERTION_BOND}(0, WRONG, data);
    }

    function test_noRivalEntersOnceOneIsConfirmed() external {
        IAssertionGame parent = _assert(proposer, NO_PARENT, right);
        IAssertionGame child = _assert(proposer, parent, WRONG);
        _pass(CHALLENGE_PERIOD);
        tree.confirm(child.tournament(), child.history());
        bytes memory data = _data(parent, _flat(keccak256("late")));
        vm.expectPartialRevert(IChallengeTree.ChallengeTree_Closed.selector);
        vm.prank(bob);
        factory.create{value: ASSERTION_BOND}(0, keccak256("late"), data);
    }

    /// Point 6: right roots are told apart by the history, so the second of two claims with one root is wrong and pays.
    function test_aRivalWithTheSameRootAndAFalseHistoryLoses() external {
        bytes32[] memory leaves = _wrong(1, "lie");
        leaves[3] = right[3];
        IAssertionGame copy = _assert(bob, NO_PARENT, leaves);
        IAssertionGame good = _assert(proposer, NO_PARENT, right);
        assertEq(copy.tournament(), good.tournament(), "rivals");
        _beat(good, right);
        _pass(FINALITY_DELAY);
        copy.resolve();
        assertEq(tree.credit(bob), 0, "lost");
    }

    // --- parents

    function test_whatDoesNotStandIsNoParent() external {
        IAssertionGame barred = _assert(bob, NO_PARENT, WRONG);
        _bar(barred);
        _createReverts(_data(barred, _flat(WRONG)), IAssertionGame.AssertionGame_BadParent.selector);
        IAssertionGame retired = _assert(bob, NO_PARENT, right);
        _retire();
        _createReverts(_data(retired, _flat(WRONG)), IAssertionGame.AssertionGame_BadParent.selector);
        barred.resolve();
        retired.resolve();
        _createReverts(_data(retired, _flat(WRONG)), IAssertionGame.AssertionGame_BadParent.selector);
    }

    function test_aParentOfAnotherTypeMustBeAcceptedAndRespected() external {
        IAssertionGame parent = _assert(proposer, NO_PARENT, right);
        _respectAnotherType();
        bytes memory data = _data(parent, _flat(WRONG));
        vm.expectRevert(abi.encodeWithSelector(IAssertionGame.AssertionGame_BadParent.selector, parent));
        vm.prank(alice);
        factory.create{value: ASSERTION_BOND}(1, WRONG, data);
        _accept(parent);
        vm.prank(alice);
        IDisputeGame child = factory.create{value: ASSERTION_BOND}(1, WRONG, data);
        assertTrue(child.wasRespectedGameTypeWhenCreated(), "respected");

        // Type 0 is respected no more: what it accepts now is nothing that type 1 relies on.
        bytes memory more = _data(parent, _flat(WRONG));
        vm.prank(bob);
        IAssertionGame late = IAssertionGame(address(factory.create{value: ASSERTION_BOND}(0, WRONG, more)));
        assertFalse(registry.isGameRespected(late), "not respected");
        _accept(late);
        _appendNext(1);
        bytes memory next = _data(late, _flat(WRONG));
        vm.expectRevert(abi.encodeWithSelector(IAssertionGame.AssertionGame_BadParent.selector, late));
        vm.prank(bob);
        factory.create{value: ASSERTION_BOND}(1, WRONG, next);
    }

    /// A change of the respected type does not leave a lie that was told just before without rivals.
    function test_rivalsCanStillBeMadeOfATypeThatIsRespectedNoMore() external {
        IAssertionGame wrong = _assert(bob, NO_PARENT, WRONG);
        _respectAnotherType();
        IAssertionGame good = _assert(alice, NO_PARENT, right);
        _beat(good, right);
        _pass(FINALITY_DELAY);
        wrong.resolve();
        assertFalse(registry.isGameClaimValid(wrong), "beaten");
    }

    // --- the owner's acts

    function test_aBarredAssertionLosesItsBondAndItsRivalMayWin() external {
        IAssertionGame wrong = _assert(bob, NO_PARENT, WRONG);
        _accept(wrong);
        assertEq(tree.winner(wrong.tournament()), _id(wrong.tournament(), wrong.history()), "confirmed");
        _bar(wrong);
        assertEq(address(factory.acceptedGame(0, wrong.tournament())), address(0), "accepted no more");
        vm.expectRevert(abi.encodeWithSelector(IChallengeTree.ChallengeTree_NotBarred.selector, gameImpl));
        tree.discard(0, address(gameImpl));
        bytes memory data = _data(NO_PARENT, right);
        vm.expectPartialRevert(IChallengeTree.ChallengeTree_Closed.selector);
        vm.prank(proposer);
        factory.create{value: ASSERTION_BOND}(0, right[3], data);
        tree.discard(wrong.tournament(), address(wrong));
        IAssertionGame good = _assert(proposer, NO_PARENT, right);
        assertEq(good.tournament(), wrong.tournament(), "rivals");
        (bool won, ) = tree.confirm(wrong.tournament(), wrong.history());
        assertFalse(won, "the barred one cannot win again");
        _beat(good, right);
        assertEq(address(factory.acceptedGame(0, good.tournament())), address(good), "accepted");

        IAssertionGame child = _assert(bob, good, WRONG);
        _bar(child);
        uint256 burned = BURN.balance;
        child.resolve();
        assertEq(BURN.balance - burned, ASSERTION_BOND, "a barred assertion that runs loses its bond");
    }

    function test_whatContinuesABarredAssertionIsBarredByAnybodyAndRefunded() external {
        IAssertionGame one = _assert(alice, NO_PARENT, WRONG);
        IAssertionGame two = _assert(bob, one, WRONG);
        _appendNext(1);
        IAssertionGame three = _assert(challenger, two, WRONG);
        vm.expectRevert(abi.encodeWithSelector(IAnchorStateRegistry.AnchorStateRegistry_Unauthorized.selector, bob));
        vm.prank(bob);
        registry.blacklistDisputeGame(two);
        _bar(one);
        vm.prank(bob);
        registry.blacklistDisputeGame(two);
        assertFalse(registry.isGameProper(two), "barred");
        two.resolve();
        assertTrue(two.annulled(), "annulled");
        three.resolve();
        assertTrue(three.annulled(), "annulled too");
        assertEq(tree.credit(bob), ASSERTION_BOND, "refunded");
        assertEq(tree.credit(challenger), ASSERTION_BOND, "refunded too");
    }

    /// Point 8: all that runs can be retired together; what is final stays, and the same claims can be made anew.
    function test_aRetirementEndsWhatRunsAndTheChainGoesOnFromWhatIsFinal() external {
        IAssertionGame one = _assert(proposer, NO_PARENT, right);
        _accept(one);
        _pass(FINALITY_DELAY);
        IAssertionGame two = _assert(alice, one, WRONG);
        registry.setAnchorState(one);
        _pass(1);
        _retire();
        (bytes32 root, uint256 number) = registry.getAnchorRoot();
        assertEq(root, right[3], "the anchor stays");
        assertEq(number, 3, "at its block");
        assertFalse(registry.isGameProper(two), "retired");
        IAssertionGame again = _assert(alice, one, WRONG);
        assertTrue(address(again) != address(two), "another game");
        assertTrue(again.tournament() != two.tournament(), "in another tournament: the timers begin anew");
        two.resolve();
        assertTrue(two.annulled(), "annulled");
        assertEq(tree.credit(alice), ASSERTION_BOND, "refunded");
        _accept(again);
        assertEq(uint8(again.status()), uint8(GameStatus.DEFENDER_WINS), "accepted");
        (IDisputeGame found, ) = factory.games(0, WRONG, again.extraData());
        assertEq(address(found), address(again), "the newest is found");
    }

    /// Point 8: the guardian's key can pause, and nothing else.
    function test_theGuardianDecidesNothing() external {
        IAssertionGame game = _assert(proposer, NO_PARENT, right);
        bytes memory unauthorized = abi.encodeWithSelector(
            IAnchorStateRegistry.AnchorStateRegistry_Unauthorized.selector,
            guardian
        );
        vm.startPrank(guardian);
        vm.expectRevert(unauthorized);
        registry.blacklistDisputeGame(game);
        vm.expectRevert(unauthorized);
        registry.updateRetirementTimestamp();
        vm.expectRevert(unauthorized);
        registry.setRespectedGameType(0);
        vm.expectRevert(abi.encodeWithSelector(IDisputeGameFactory.Unauthorized.selector, guardian));
        factory.setImplementation(1, address(gameImpl));
        vm.expectRevert(abi.encodeWithSelector(IDisputeGameFactory.Unauthorized.selector, guardian));
        factory.endorse(game);
        config.pause();
        vm.stopPrank();
        // Not even a pause holds up a dispute.
        _accept(game);
        assertEq(uint8(game.status()), uint8(GameStatus.DEFENDER_WINS), "accepted");
    }

    function test_aTypeHasOneImplementationForGood() external {
        IChallengeTree.Parameters memory p = _parameters();
        address other = address(new ChallengeTree(p).game());
        _badImplementation(0, other);
        _badImplementation(0, address(0));
        _badImplementation(1, other);
        _badImplementation(1, alice);
        p.gameType = 1;
        p.factory = IDisputeGameFactory(alice);
        _badImplementation(1, address(new ChallengeTree(p).game()));
        p.factory = factory;
        p.anchorStateRegistry = IAnchorStateRegistry(alice);
        _badImplementation(1, address(new ChallengeTree(p).game()));
    }

    function _badImplementation(uint32 gameType, address impl) private {
        vm.expectRevert(abi.encodeWithSelector(IDisputeGameFactory.BadImplementation.selector, gameType, impl));
        vm.prank(owner);
        factory.setImplementation(gameType, impl);
    }

    // --- what clients are shown

    function _listed() private view returns (IDisputeGameFactory.GameSearchResult[] memory) {
        uint256 count = factory.gameCount();
        return factory.findLatestGames(0, count == 0 ? 0 : count - 1, count > 100 ? 100 : count);
    }

    function test_newestFirstWithIndexAndMetadata() external {
        IAssertionGame one = _assert(proposer, NO_PARENT, right);
        IAssertionGame two = _assert(proposer, one, WRONG);
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
        assertEq(factory.findLatestGames(0, 0, 10).length, 1, "from the first index downwards");
        assertEq(factory.findLatestGames(0, 1, 1).length, 1, "at most n");
        assertEq(factory.findLatestGames(0, 2, 10).length, 0, "beyond the end");
        assertEq(factory.findLatestGames(1, 1, 10).length, 0, "another type");
    }

    /// Point 4: nothing that others do hides the proposer's claim.
    function test_rivalsBeforeAndAfterDoNotHideTheProposersClaim() external {
        IAssertionGame junk = _assert(bob, NO_PARENT, WRONG);
        _pass(LISTING_DELAY);
        assertTrue(factory.isListed(junk), "old enough, and without a rival");
        IAssertionGame good = _assert(proposer, NO_PARENT, right);
        IAssertionGame more = _assert(bob, NO_PARENT, keccak256("more"));
        assertTrue(factory.isListed(good), "shown at once");
        assertFalse(factory.isListed(junk), "the proposer has one there");
        _bisect(bob, good.tournament(), right, 0, 2);
        assertTrue(factory.isListed(good), "a dispute does not hide it");
        assertFalse(factory.isListed(more), "nor does another");
        assertEq(_listed().length, 1, "one is shown");
    }

    function test_aCopyOfTheProposersClaimIsShownOnceItIsEndorsed() external {
        IAssertionGame copy = _assert(bob, NO_PARENT, right);
        _assert(bob, NO_PARENT, WRONG);
        _pass(LISTING_DELAY);
        assertFalse(factory.isListed(copy), "it has a rival");
        vm.expectRevert(abi.encodeWithSelector(IDisputeGameFactory.Unauthorized.selector, bob));
        vm.prank(bob);
        factory.endorse(copy);
        vm.expectRevert(abi.encodeWithSelector(IDisputeGameFactory.Unauthorized.selector, proposer));
        vm.prank(proposer);
        factory.endorse(IDisputeGame(address(gameImpl)));
        vm.prank(proposer);
        factory.endorse(copy);
        assertTrue(factory.isListed(copy), "shown");
        assertEq(address(factory.proposedGame(0, copy.tournament())), address(copy), "as the proposer's");
    }

    function test_whatContinuesAHiddenGameIsHidden() external {
        IAssertionGame junk = _assert(bob, NO_PARENT, WRONG);
        IAssertionGame child = _assert(bob, junk, WRONG);
        _pass(LISTING_DELAY);
        assertTrue(factory.isListed(child), "all stand without a rival");
        IAssertionGame good = _assert(proposer, NO_PARENT, right);
        assertFalse(factory.isListed(child), "it continues a claim that the proposer contradicts");
        IAssertionGame next = _assert(proposer, good, WRONG);
        assertTrue(factory.isListed(next), "the proposer's does not");
        IDisputeGameFactory.GameSearchResult[] memory found = _listed();
        assertEq(found.length, 2, "shown");
        assertEq(found[0].index, 3, "the newest");
        assertEq(found[1].index, 2, "and what it continues");
    }

    function test_acceptedGamesAreShownAndTheirRivalsAreNot() external {
        IAssertionGame stranger = _assert(bob, NO_PARENT, right);
        IAssertionGame own = _assert(proposer, NO_PARENT, WRONG);
        assertFalse(factory.isListed(stranger), "the proposer contradicts");
        _beat(stranger, right);
        assertTrue(factory.isListed(stranger), "accepted");
        assertFalse(factory.isListed(own), "the proposer was wrong");
        _bar(stranger);
        assertFalse(factory.isListed(stranger), "barred");
        assertFalse(factory.isListed(IDisputeGame(alice)), "no game");
    }

    function test_floodsOfJunkDoNotHideTheRightGame() external {
        IAssertionGame one = _assert(proposer, NO_PARENT, right);
        IAssertionGame two = _assert(proposer, one, WRONG);
        for (uint256 i = 0; i < 75; i++) {
            _assert(bob, NO_PARENT, keccak256(abi.encode(i)));
            _assert(bob, one, keccak256(abi.encode(i)));
        }
        _pass(LISTING_DELAY);
        // Asked as viem asks: 100 games from the newest downwards.
        IDisputeGameFactory.GameSearchResult[] memory found = factory.findLatestGames(0, factory.gameCount() - 1, 100);
        assertEq(found.length, 2, "nothing but the proposer's");
        (, , IDisputeGame newest) = factory.gameAtIndex(found[0].index);
        assertEq(address(newest), address(two), "newest");
    }

    /// A long line of claims is walked once, not once for each of them.
    function test_longLinesAreListedWithLittleGas() external {
        IAssertionGame last = _assert(proposer, NO_PARENT, right);
        for (uint256 i = 0; i < 120; i++) {
            if (i > 0) _appendNext(1);
            last = _assert(proposer, last, WRONG);
        }
        uint256 before = gasleft();
        assertEq(factory.findLatestGames(0, factory.gameCount() - 1, 100).length, 100, "listed");
        assertLe(before - gasleft(), 12_000_000, "gas of a call");
    }

    /// Point 4: a game of another shape bricks neither the creation nor the listing of others.
    function test_aGameOfAnotherShapeIsNotShownAndHarmsNobody() external {
        StrangeImplementation strange = new StrangeImplementation(address(factory), address(registry));
        vm.startPrank(owner);
        factory.setImplementation(3, address(strange));
        registry.setRespectedGameType(3);
        vm.stopPrank();
        vm.prank(proposer);
        IDisputeGame odd = factory.create{value: 1 ether}(3, WRONG, new bytes(160));
        assertFalse(factory.isListed(odd), "not shown");
        assertEq(factory.findLatestGames(3, 0, 10).length, 0, "not found");
        vm.prank(owner);
        registry.setRespectedGameType(0);
        IAssertionGame good = _assert(proposer, NO_PARENT, right);
        assertTrue(factory.isListed(good), "shown");
        assertEq(_listed().length, 1, "found");
        bytes memory data = abi.encodePacked(
            abi.encode(7, 1, inbox.batchAcc(2), odd, _rootOf(_flat(WRONG))),
            _lastProof(_flat(WRONG))
        );
        vm.expectRevert();
        vm.prank(bob);
        factory.create{value: ASSERTION_BOND}(0, WRONG, data);
    }

    // --- the registry

    function test_aClaimIsValidOnceFinal() external {
        IAssertionGame game = _assert(proposer, NO_PARENT, right);
        assertTrue(registry.isGameProper(game) && registry.isGameRespected(game), "proper and respected");
        assertFalse(registry.isGameFinalized(game), "in progress");
        _accept(game);
        assertFalse(registry.isGameFinalized(game), "within the finality delay");
        vm.expectRevert(abi.encodeWithSelector(IAnchorStateRegistry.AnchorStateRegistry_InvalidGame.selector, game));
        registry.setAnchorState(game);
        _pass(FINALITY_DELAY);
        assertTrue(registry.isGameClaimValid(game), "valid");
        vm.expectRevert(abi.encodeWithSelector(IAnchorStateRegistry.AnchorStateRegistry_AlreadyFinal.selector, game));
        _bar(game);
        registry.setAnchorState(game);
        (bytes32 root, uint256 number) = registry.anchors(0);
        assertEq(root, right[3], "anchor");
        assertEq(number, 3, "anchor block");
        vm.expectRevert(abi.encodeWithSelector(IAnchorStateRegistry.AnchorStateRegistry_NotNewer.selector, 3, 3));
        registry.setAnchorState(game);
    }

    function test_whatTheFactoryDidNotMakeIsNoGame() external {
        IDisputeGame[2] memory none = [IDisputeGame(alice), IDisputeGame(address(gameImpl))];
        for (uint256 i = 0; i < 2; i++) {
            assertFalse(registry.isGameProper(none[i]), "proper");
            assertFalse(registry.isGameClaimValid(none[i]), "valid");
            vm.expectRevert(
                abi.encodeWithSelector(IAnchorStateRegistry.AnchorStateRegistry_InvalidGame.selector, none[i])
            );
            _bar(none[i]);
        }
    }

    function test_aTypeWithoutGamesIsNotRespected() external {
        vm.expectRevert(abi.encodeWithSelector(IAnchorStateRegistry.AnchorStateRegistry_NoSuchGame.selector, 1));
        vm.prank(owner);
        registry.setRespectedGameType(1);
    }

    /// Point 2: without the genesis output root there is no chain.
    function test_theGenesisOutputRootIsMandatory() external {
        AnchorStateRegistry fresh = AnchorStateRegistry(_proxy());
        address code = address(new AnchorStateRegistry());
        vm.expectRevert(IAnchorStateRegistry.AnchorStateRegistry_NoGenesisOutputRoot.selector);
        vm.prank(address(bootstrap));
        _admin(address(fresh)).upgradeAndCall(
            _installation(address(fresh), code, "").proxy,
            code,
            abi.encodeCall(AnchorStateRegistry.initialize, (config, factory, 0, FINALITY_DELAY, 0))
        );
    }
}
