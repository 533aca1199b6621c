// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {GameStatus} from "../shared/Types.sol";
import {ISemver} from "../shared/ISemver.sol";
import {IAnchorStateRegistry} from "./interfaces/IAnchorStateRegistry.sol";
import {IAssertionGame} from "./interfaces/IAssertionGame.sol";
import {IChallengeTree} from "./interfaces/IChallengeTree.sol";
import {IDisputeGame} from "./interfaces/IDisputeGame.sol";
import {IDisputeGameFactory} from "./interfaces/IDisputeGameFactory.sol";
import {IInbox} from "./interfaces/IInbox.sol";

/// @title AssertionGame
/// @notice See IAssertionGame. A clone for each assertion; what is asserted stands in the clone's code, the rules in the code that it
/// delegates to, so no setter of anybody reaches into a game that runs. Bonds are held by the challenge tree.
contract AssertionGame is IAssertionGame, ISemver {
    bytes32 private constant TOURNAMENT_TAG = "animechain tournament 1";

    /// @inheritdoc ISemver
    string public constant version = "2.0.0";

    /// @inheritdoc IAssertionGame
    IChallengeTree public immutable tree;

    /// @inheritdoc IAssertionGame
    IDisputeGameFactory public immutable factory;

    /// @inheritdoc IAssertionGame
    IAnchorStateRegistry public immutable anchorStateRegistry;

    /// @notice Has the batches that assertions are about.
    IInbox public immutable inbox;

    /// @inheritdoc IDisputeGame
    uint32 public immutable gameType;

    /// @inheritdoc IAssertionGame
    uint64 public immutable challengePeriod;

    /// @inheritdoc IAssertionGame
    uint8 public immutable historyHeight;

    /// @inheritdoc IAssertionGame
    uint64 public immutable interval;

    /// @inheritdoc IAssertionGame
    uint256 public immutable bond;

    /// @inheritdoc IDisputeGame
    GameStatus public status;

    /// @inheritdoc IDisputeGame
    uint64 public createdAt;

    /// @inheritdoc IDisputeGame
    uint64 public resolvedAt;

    /// @inheritdoc IDisputeGame
    bool public wasRespectedGameTypeWhenCreated;

    /// @inheritdoc IAssertionGame
    bool public annulled;

    /// @inheritdoc IAssertionGame
    bytes32 public tournament;
    bytes32 private _genesisRoot;

    /// @notice Fixes the rules of the games that delegate to this code. The challenge tree that creates it is theirs.
    /// @param factory_ Where the games are created.
    /// @param anchorStateRegistry_ Says which games are respected, barred, retired and final.
    /// @param inbox_ Has the batches that assertions are about.
    /// @param gameType_ Type of the games.
    /// @param challengePeriod_ What the timer of a root edge must reach, seconds.
    /// @param historyHeight_ Depth of `history`.
    /// @param interval_ Batches between an assertion and its parent.
    /// @param bond_ Bond of an assertion, wei.
    constructor(
        IDisputeGameFactory factory_,
        IAnchorStateRegistry anchorStateRegistry_,
        IInbox inbox_,
        uint32 gameType_,
        uint64 challengePeriod_,
        uint8 historyHeight_,
        uint64 interval_,
        uint256 bond_
    ) {
        tree = IChallengeTree(msg.sender);
        factory = factory_;
        anchorStateRegistry = anchorStateRegistry_;
        inbox = inbox_;
        gameType = gameType_;
        challengePeriod = challengePeriod_;
        historyHeight = historyHeight_;
        interval = interval_;
        bond = bond_;
        // The implementation itself is no game.
        createdAt = type(uint64).max;
    }

    /// @inheritdoc IDisputeGame
    function initialize(bytes calldata proof) external payable {
        if (msg.sender != address(factory)) revert AssertionGame_NotFactory();
        if (createdAt != 0) revert AssertionGame_AlreadyInitialized();
        createdAt = uint64(block.timestamp);
        wasRespectedGameTypeWhenCreated = anchorStateRegistry.respectedGameType() == gameType;
        IDisputeGame parent_ = parent();
        uint256 batchIndex_ = batchIndex();
        if (address(parent_) == address(0)) _genesisRoot = anchorStateRegistry.genesisOutputRoot();
        else _checkParent(parent_);
        _checkBatch(parent_, batchIndex_);
        _checkHistory(proof);

        // Games that are made after all earlier ones were retired begin anew, with other edges.
        bytes32 id = keccak256(
            abi.encode(TOURNAMENT_TAG, gameType, parent_, batchIndex_, anchorStateRegistry.retirementTimestamp())
        );
        IDisputeGame accepted = factory.acceptedGame(gameType, id);
        if (address(accepted) != address(0)) revert AssertionGame_AlreadyDecided(address(accepted));
        tournament = id;
        tree.open{value: msg.value}(id, history(), gameCreator());
    }

    /// @inheritdoc IDisputeGame
    function resolve() external returns (GameStatus) {
        if (status != GameStatus.IN_PROGRESS) revert AssertionGame_AlreadyResolved();
        // A clone that somebody else made has no bond in the tree.
        if (createdAt == 0 || createdAt == type(uint64).max) revert AssertionGame_NotFactory();
        IDisputeGame self = IDisputeGame(address(this));
        IDisputeGame parent_ = parent();
        // What the owner did is nobody's lie.
        if (anchorStateRegistry.isGameBlacklisted(parent_)) return _end(IChallengeTree.Outcome.Annulled);
        if (anchorStateRegistry.isGameBlacklisted(self)) return _end(IChallengeTree.Outcome.Orphaned);

        IDisputeGame rival = factory.acceptedGame(gameType, tournament);
        if (address(rival) != address(0)) {
            // The owner may still bar the rival.
            if (!anchorStateRegistry.isGameFinalized(rival)) revert AssertionGame_RivalNotFinal(address(rival));
            return _end(IChallengeTree.Outcome.Lost);
        }
        if (anchorStateRegistry.isGameRetired(self)) return _end(IChallengeTree.Outcome.Annulled);

        if (address(parent_) != address(0)) {
            GameStatus ended = parent_.status();
            // A parent that does not stand was of this type when this game was created.
            if (ended == GameStatus.CHALLENGER_WINS)
                return
                    _end(
                        IAssertionGame(address(parent_)).annulled()
                            ? IChallengeTree.Outcome.Annulled
                            : IChallengeTree.Outcome.Orphaned
                    );
            if (ended != GameStatus.DEFENDER_WINS) revert AssertionGame_ParentNotAccepted(address(parent_));
        }
        (bool won, uint256 time) = tree.confirm(tournament, history());
        if (!won) revert AssertionGame_NotConfirmed(time, challengePeriod);
        return _end(IChallengeTree.Outcome.Accepted);
    }

    /// @inheritdoc IDisputeGame
    function gameCreator() public view returns (address) {
        return address(bytes20(_argument(0)));
    }

    /// @inheritdoc IDisputeGame
    function rootClaim() public view returns (bytes32) {
        return _argument(20);
    }

    /// @inheritdoc IDisputeGame
    function extraData() external view returns (bytes memory) {
        return abi.encode(_argument(52), _argument(84), _argument(116), _argument(148), _argument(180));
    }

    /// @inheritdoc IDisputeGame
    function l2BlockNumber() public view returns (uint256) {
        return uint256(_argument(52));
    }

    /// @inheritdoc IDisputeGame
    function l2SequenceNumber() external view returns (uint256) {
        return l2BlockNumber();
    }

    /// @inheritdoc IAssertionGame
    function batchIndex() public view returns (uint256) {
        return uint256(_argument(84));
    }

    /// @inheritdoc IAssertionGame
    function batchAcc() public view returns (bytes32) {
        return _argument(116);
    }

    /// @inheritdoc IAssertionGame
    function parent() public view returns (IDisputeGame) {
        return IDisputeGame(address(uint160(uint256(_argument(148)))));
    }

    /// @inheritdoc IAssertionGame
    function history() public view returns (bytes32) {
        return _argument(180);
    }

    /// @inheritdoc IAssertionGame
    function agreedRoot() external view returns (bytes32) {
        IDisputeGame parent_ = parent();
        return address(parent_) == address(0) ? _genesisRoot : parent_.rootClaim();
    }

    /// @inheritdoc IAssertionGame
    function parentBlock() external view returns (uint256) {
        return _parentBlock(parent());
    }

    /// @inheritdoc IAssertionGame
    function timer() public view returns (uint256) {
        return tree.timer(tournament, history());
    }

    /// @dev A parent of the same type may still run, as it is judged by the same rules; one of another must have won by rules that
    /// withdrawals rely on.
    function _checkParent(IDisputeGame parent_) private view {
        bool stands = anchorStateRegistry.isGameProper(parent_) && parent_.status() != GameStatus.CHALLENGER_WINS;
        if (stands && parent_.gameType() != gameType)
            stands = parent_.status() == GameStatus.DEFENDER_WINS && anchorStateRegistry.isGameRespected(parent_);
        if (!stands) revert AssertionGame_BadParent(address(parent_));
    }

    function _checkBatch(IDisputeGame parent_, uint256 index) private view {
        uint256 expected =
            address(parent_) == address(0) ? interval - 1 : IAssertionGame(address(parent_)).batchIndex() + interval;
        if (index != expected) revert AssertionGame_WrongBatch(index, expected);
        if (index >= inbox.batchCount()) revert AssertionGame_BatchMismatch(index, 0, 0);
        (bytes32 acc, uint64 lastBlock, , ) = inbox.batchAt(index + 1);
        if (l2BlockNumber() != lastBlock || batchAcc() != acc)
            revert AssertionGame_BatchMismatch(index, lastBlock, acc);
        uint256 blocks = lastBlock - _parentBlock(parent_);
        if (blocks > 1 << historyHeight) revert AssertionGame_TooManyBlocks(blocks, 1 << historyHeight);
    }

    /// @dev The claim is the last leaf of the history, so all of its siblings are on the left.
    function _checkHistory(bytes calldata proof) private view {
        if (proof.length != uint256(historyHeight) * 32)
            revert AssertionGame_BadProofLength(proof.length, uint256(historyHeight) * 32);
        bytes32 node = rootClaim();
        for (uint256 i = 0; i < proof.length; i += 32) node = keccak256(abi.encode(bytes32(proof[i:i + 32]), node));
        if (node != history()) revert AssertionGame_WrongHistory(history(), node);
    }

    function _parentBlock(IDisputeGame parent_) private view returns (uint256) {
        return address(parent_) == address(0) ? 0 : parent_.l2SequenceNumber();
    }

    function _end(IChallengeTree.Outcome outcome) private returns (GameStatus result) {
        bool accepted = outcome == IChallengeTree.Outcome.Accepted;
        result = accepted ? GameStatus.DEFENDER_WINS : GameStatus.CHALLENGER_WINS;
        status = result;
        resolvedAt = uint64(block.timestamp);
        annulled = outcome == IChallengeTree.Outcome.Annulled;
        emit Resolved(uint8(result));
        if (accepted) factory.accept(tournament);
        tree.conclude(tournament, history(), outcome);
    }

    /// @dev 32 bytes of the clone's immutable arguments: asserter (20), root claim (32), extra data (160).
    function _argument(uint256 offset) private view returns (bytes32 word) {
        bytes memory arguments = Clones.fetchCloneArgs(address(this));
        assembly ("memory-safe") {
            word := mload(add(add(arguments, 32), offset))
        }
    }
}
