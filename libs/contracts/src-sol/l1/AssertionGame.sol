// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {GameStatus} from "../shared/Types.sol";
import {ISemver} from "../shared/ISemver.sol";
import {IAnchorStateRegistry} from "./interfaces/IAnchorStateRegistry.sol";
import {IAssertionGame} from "./interfaces/IAssertionGame.sol";
import {IDisputeGame} from "./interfaces/IDisputeGame.sol";
import {IDisputeGameFactory} from "./interfaces/IDisputeGameFactory.sol";
import {IDisputeResolver} from "./interfaces/IDisputeResolver.sol";

/// @title AssertionGame
/// @notice See IAssertionGame. A clone for each assertion; who asserted what stands in the clone's code, the rules in the code that it
/// delegates to, so no setter of anybody reaches into a game that runs.
contract AssertionGame is IAssertionGame, ISemver {
    /// @dev Nobody has the key of this address.
    address private constant BURN = 0x000000000000000000000000000000000000dEaD;

    /// @notice One part in this many of the loser's bond is burned, rounded up.
    uint256 public constant BURN_DIVISOR = 5;

    /// @inheritdoc ISemver
    string public constant version = "1.0.0";

    /// @inheritdoc IDisputeGame
    uint32 public constant gameType = 0;

    /// @notice Longest challenge and resolution period, seconds: beyond it funds would be locked.
    uint64 public constant MAX_PERIOD = 60 days;

    /// @notice Largest bond of a challenger, wei: beyond it nobody could challenge.
    uint256 public constant MAX_BOND = 1_000 ether;

    /// @inheritdoc IAssertionGame
    IDisputeGameFactory public immutable factory;

    /// @inheritdoc IAssertionGame
    IAnchorStateRegistry public immutable anchorStateRegistry;

    /// @inheritdoc IAssertionGame
    IDisputeResolver public immutable resolver;

    /// @inheritdoc IAssertionGame
    uint64 public immutable challengePeriod;

    /// @inheritdoc IAssertionGame
    uint64 public immutable resolutionPeriod;

    /// @inheritdoc IAssertionGame
    uint256 public immutable challengeBond;

    /// @inheritdoc IDisputeGame
    GameStatus public status;

    /// @inheritdoc IDisputeGame
    uint64 public createdAt;

    /// @inheritdoc IDisputeGame
    uint64 public resolvedAt;

    /// @inheritdoc IAssertionGame
    uint64 public challengedAt;

    /// @inheritdoc IDisputeGame
    bool public wasRespectedGameTypeWhenCreated;

    /// @inheritdoc IAssertionGame
    bool public voided;

    /// @inheritdoc IAssertionGame
    address public challenger;

    /// @inheritdoc IAssertionGame
    uint256 public bond;

    /// @inheritdoc IAssertionGame
    mapping(address => uint256) public credit;

    /// @notice Fixes the rules of the games that delegate to this code.
    /// @param factory_ Where the games are created.
    /// @param anchorStateRegistry_ Says which games are respected and final.
    /// @param resolver_ Decides the games that are challenged.
    /// @param challengePeriod_ How long an assertion can be challenged, seconds.
    /// @param resolutionPeriod_ How long the resolver has to decide, seconds.
    /// @param challengeBond_ What a challenger must stake, wei.
    constructor(
        IDisputeGameFactory factory_,
        IAnchorStateRegistry anchorStateRegistry_,
        IDisputeResolver resolver_,
        uint64 challengePeriod_,
        uint64 resolutionPeriod_,
        uint256 challengeBond_
    ) {
        if (
            challengePeriod_ == 0 ||
            challengePeriod_ > MAX_PERIOD ||
            resolutionPeriod_ == 0 ||
            resolutionPeriod_ > MAX_PERIOD ||
            challengeBond_ == 0 ||
            challengeBond_ > MAX_BOND
        ) revert AssertionGame_BadParameters();
        factory = factory_;
        anchorStateRegistry = anchorStateRegistry_;
        resolver = resolver_;
        challengePeriod = challengePeriod_;
        resolutionPeriod = resolutionPeriod_;
        challengeBond = challengeBond_;
        // The implementation itself is no game.
        createdAt = type(uint64).max;
    }

    /// @inheritdoc IDisputeGame
    function initialize() external payable {
        if (msg.sender != address(factory)) revert AssertionGame_NotFactory();
        if (createdAt != 0) revert AssertionGame_AlreadyInitialized();
        createdAt = uint64(block.timestamp);
        bond = msg.value;
        wasRespectedGameTypeWhenCreated = anchorStateRegistry.respectedGameType() == gameType;
    }

    /// @inheritdoc IAssertionGame
    function challenge() external payable {
        if (status != GameStatus.IN_PROGRESS) revert AssertionGame_AlreadyResolved();
        if (challenger != address(0)) revert AssertionGame_AlreadyChallenged(challenger);
        uint64 end = createdAt + challengePeriod;
        if (block.timestamp >= end) revert AssertionGame_TooLate(end);
        if (msg.value != challengeBond) revert AssertionGame_WrongBond(msg.value, challengeBond);
        challenger = msg.sender;
        challengedAt = uint64(block.timestamp);
        emit Challenged(msg.sender, msg.value);
        resolver.disputeOpened(msg.sender);
    }

    /// @inheritdoc IDisputeGame
    function resolve() external returns (GameStatus) {
        if (status != GameStatus.IN_PROGRESS) revert AssertionGame_AlreadyResolved();
        address asserter = gameCreator();

        IDisputeGame rival = factory.acceptedGame(batchIndex());
        if (address(rival) != address(0)) {
            // The guardian may still bar the rival.
            if (!anchorStateRegistry.isGameFinalized(rival)) revert AssertionGame_RivalNotFinal(address(rival));
            if (challenger != address(0)) _end(GameStatus.CHALLENGER_WINS, challenger, challengeBond, bond);
            else _end(GameStatus.CHALLENGER_WINS, rival.gameCreator(), 0, bond);
            return status;
        }

        if (challenger == address(0)) {
            uint64 end = createdAt + challengePeriod;
            if (block.timestamp < end) revert AssertionGame_TooEarly(end);
            _end(GameStatus.DEFENDER_WINS, asserter, bond, 0);
        } else {
            IDisputeResolver.Outcome outcome = resolver.outcome(address(this));
            if (outcome == IDisputeResolver.Outcome.AsserterWins) {
                _end(GameStatus.DEFENDER_WINS, asserter, bond, challengeBond);
            } else if (outcome == IDisputeResolver.Outcome.ChallengerWins) {
                _end(GameStatus.CHALLENGER_WINS, challenger, challengeBond, bond);
            } else {
                uint64 end = challengedAt + resolutionPeriod;
                if (block.timestamp < end) revert AssertionGame_TooEarly(end);
                // Nobody won: to accept would be unsafe, to pay the challenger would reward a dispute that nobody looked at.
                voided = true;
                credit[asserter] += bond;
                _end(GameStatus.CHALLENGER_WINS, challenger, challengeBond, 0);
                emit Voided();
            }
        }
        if (status == GameStatus.DEFENDER_WINS) factory.accept(batchIndex());
        return status;
    }

    /// @inheritdoc IAssertionGame
    function claimCredit(address account) external {
        uint256 amount = credit[account];
        if (amount == 0) revert AssertionGame_NoCredit(account);
        credit[account] = 0;
        emit CreditClaimed(account, amount);
        (bool ok, ) = account.call{value: amount}("");
        if (!ok) revert AssertionGame_TransferFailed(account);
    }

    /// @inheritdoc IDisputeGame
    function gameCreator() public view returns (address) {
        return address(bytes20(_argument(0)));
    }

    /// @inheritdoc IDisputeGame
    function rootClaim() external view returns (bytes32) {
        return _argument(20);
    }

    /// @inheritdoc IDisputeGame
    function extraData() external view returns (bytes memory) {
        return abi.encode(_argument(52), _argument(84), _argument(116));
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
    function batchAcc() external view returns (bytes32) {
        return _argument(116);
    }

    /// @dev Ends the game: the winner's own bond and the loser's less the burned part become the winner's credit.
    function _end(GameStatus result, address winner, uint256 own, uint256 lost) private {
        status = result;
        resolvedAt = uint64(block.timestamp);
        uint256 burned = (lost + BURN_DIVISOR - 1) / BURN_DIVISOR;
        credit[winner] += own + lost - burned;
        emit Resolved(uint8(result));
        if (burned > 0) {
            (bool ok, ) = BURN.call{value: burned}("");
            if (!ok) revert AssertionGame_TransferFailed(BURN);
        }
    }

    /// @dev 32 bytes of the clone's immutable arguments: asserter (20), root claim (32), extra data (96).
    function _argument(uint256 offset) private view returns (bytes32 word) {
        bytes memory arguments = Clones.fetchCloneArgs(address(this));
        assembly ("memory-safe") {
            word := mload(add(add(arguments, 32), offset))
        }
    }
}
