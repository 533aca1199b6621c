// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IAnchorStateRegistry} from "../l1/interfaces/IAnchorStateRegistry.sol";
import {IAssertionGame} from "../l1/interfaces/IAssertionGame.sol";
import {ISemver} from "../shared/ISemver.sol";
import {GameStatus} from "../shared/Types.sol";
import {IDrills} from "./interfaces/IDrills.sol";
import {IStakeRegistry} from "./interfaces/IStakeRegistry.sol";
import {NetworkRoles} from "./NetworkRoles.sol";

/// @title Drills
/// @notice See IDrills. Takes no stake: fast exits ask it. No owner, no proxy; what it holds are bounties and credits, to the wei.
contract Drills is IDrills, ReentrancyGuardTransient, ISemver {
    /// @dev Where what is burned goes.
    address private constant BURN = 0x000000000000000000000000000000000000dEaD;

    /// @inheritdoc ISemver
    string public constant version = "1.0.0";

    /// @notice Where stake is.
    IStakeRegistry public immutable registry;
    /// @notice Says which games count.
    IAnchorStateRegistry public immutable anchorStateRegistry;
    /// @inheritdoc IDrills
    uint128 public immutable leastBounty;
    /// @inheritdoc IDrills
    uint64 public immutable revealTime;

    /// @inheritdoc IDrills
    mapping(address account => uint256) public credit;
    /// @inheritdoc IDrills
    mapping(address game => bytes32) public drillOfGame;
    /// @notice Commitments to alarms so far.
    uint64 public alarms;

    mapping(bytes32 commitment => Drill) private _drills;
    mapping(bytes32 commitment => Alarm) private _alarms;

    /// @notice Names what it works with.
    /// @param registry_ Where stake is.
    /// @param anchorStateRegistry_ Says which games count.
    /// @param leastBounty_ Least bounty of a drill, wei.
    /// @param revealTime_ Time to reveal alarms, seconds.
    constructor(
        IStakeRegistry registry_,
        IAnchorStateRegistry anchorStateRegistry_,
        uint128 leastBounty_,
        uint64 revealTime_
    ) {
        if (leastBounty_ == 0 || revealTime_ == 0) revert Drills_Nothing();
        (registry, anchorStateRegistry) = (registry_, anchorStateRegistry_);
        (leastBounty, revealTime) = (leastBounty_, revealTime_);
    }

    /// @inheritdoc IDrills
    function commitDrill(bytes32 commitment) external payable {
        Drill storage it = _drills[commitment];
        if (it.maker != address(0)) revert Drills_Known(commitment);
        if (msg.value < leastBounty || msg.value > type(uint128).max) revert Drills_SmallBounty(msg.value, leastBounty);
        it.maker = msg.sender;
        it.committedAt = uint64(block.timestamp);
        // As long as who falls for it could not have left.
        it.expiresAt = it.committedAt + registry.parametersOf(NetworkRoles.VERIFIER).unbonding;
        it.bounty = uint128(msg.value);
        emit DrillCommitted(commitment, msg.sender, msg.value, it.expiresAt);
    }

    /// @inheritdoc IDrills
    function revealDrill(bytes32 salt, IAssertionGame game, IAssertionGame other) external {
        if (!anchorStateRegistry.isGameRegistered(game) || !anchorStateRegistry.isGameRegistered(other))
            revert Drills_NoDrill(address(game));
        (uint256 batchIndex, bytes32 batchAcc, bytes32 root) = (game.batchIndex(), game.batchAcc(), game.rootClaim());
        bytes32 commitment = keccak256(abi.encode(msg.sender, salt, batchIndex, batchAcc, root));
        Drill storage it = _drills[commitment];
        bool named = drillOfGame[address(game)] != 0;
        if (it.maker == address(0) || it.game != address(0) || named) revert Drills_WrongDrill(commitment);
        if (block.timestamp > it.expiresAt) revert Drills_OutOfTime(it.expiresAt);
        if (
            game.createdAt() <= it.committedAt ||
            game.status() == GameStatus.DEFENDER_WINS ||
            other.batchIndex() != batchIndex ||
            other.batchAcc() != batchAcc ||
            other.rootClaim() == root
        ) revert Drills_NoDrill(address(game));
        it.game = address(game);
        it.revealedAt = uint64(block.timestamp);
        drillOfGame[address(game)] = commitment;
        emit DrillRevealed(commitment, address(game));
    }

    /// @inheritdoc IDrills
    function decideDrill(IAssertionGame game, IAssertionGame accepted) external nonReentrant {
        (bytes32 commitment, Drill storage it) = _openDrill(game);
        if (it.closesAt != 0) revert Drills_WrongDrill(commitment);
        _requireDecided(accepted, game.batchIndex(), game.batchAcc());
        bytes32 root = accepted.rootClaim();
        if (root == game.rootClaim()) return _burnBounty(commitment, it);
        it.rightRoot = root;
        it.closesAt = uint64(block.timestamp) + revealTime;
        emit DrillDecided(address(game), root, it.closesAt);
    }

    /// @inheritdoc IDrills
    function closeDrill(IAssertionGame game) external {
        (bytes32 commitment, Drill storage it) = _openDrill(game);
        if (it.closesAt == 0) revert Drills_WrongDrill(commitment);
        if (block.timestamp <= it.closesAt) revert Drills_OutOfTime(it.closesAt);
        uint256 bounty = it.bounty;
        it.bounty = 0;
        address to = it.winner == address(0) ? it.maker : it.winner;
        emit DrillClosed(commitment, to, bounty);
        _credit(to, bounty);
    }

    /// @inheritdoc IDrills
    function expireDrill(bytes32 commitment) external nonReentrant {
        Drill storage it = _drills[commitment];
        if (it.bounty == 0 || it.closesAt != 0) revert Drills_WrongDrill(commitment);
        uint64 end = it.expiresAt;
        // Who revealed it waits for a decision, which the owner of the chain may have set back.
        if (it.game != address(0)) end += it.expiresAt - it.committedAt;
        if (block.timestamp <= end) revert Drills_OutOfTime(end);
        _burnBounty(commitment, it);
    }

    /// @inheritdoc IDrills
    function commitAlarm(bytes32 commitment) external {
        if (_alarms[commitment].number != 0) revert Drills_Known(commitment);
        uint64 number = ++alarms;
        _alarms[commitment] = Alarm(number, uint64(block.timestamp));
        emit AlarmCommitted(commitment, number);
    }

    /// @inheritdoc IDrills
    function revealAlarm(IAssertionGame game, bytes32 derived, bytes32 salt) external {
        (bytes32 drill, Drill storage it) = _openDrill(game);
        if (it.closesAt == 0) revert Drills_WrongDrill(drill);
        if (block.timestamp > it.closesAt) revert Drills_OutOfTime(it.closesAt);
        bytes32 commitment = keccak256(abi.encode(msg.sender, game, derived, salt));
        Alarm memory alarm = _alarms[commitment];
        if (
            alarm.number == 0 ||
            // The maker could raise one before anybody can, and anybody once it is out.
            alarm.committedAt <= game.createdAt() ||
            alarm.committedAt >= it.revealedAt ||
            derived != it.rightRoot
        ) revert Drills_WrongAlarm(commitment);
        if (it.best != 0 && alarm.number >= it.best) revert Drills_Nothing();
        (it.best, it.winner) = (alarm.number, msg.sender);
        emit AlarmRevealed(address(game), msg.sender, alarm.number);
    }

    /// @inheritdoc IDrills
    function claimCredit(address to) external nonReentrant {
        uint256 amount = credit[msg.sender];
        if (amount == 0) revert Drills_Nothing();
        credit[msg.sender] = 0;
        emit CreditClaimed(msg.sender, amount);
        _pay(to, amount);
    }

    /// @inheritdoc IDrills
    function drillOf(bytes32 commitment) external view returns (Drill memory) {
        return _drills[commitment];
    }

    /// @inheritdoc IDrills
    function alarmOf(bytes32 commitment) external view returns (Alarm memory) {
        return _alarms[commitment];
    }

    /// @inheritdoc IDrills
    function isDrill(
        address game,
        uint256 batchIndex,
        bytes32 batchAcc,
        bytes32 outputRoot
    ) external view returns (bool) {
        if (drillOfGame[game] == 0) return false;
        IAssertionGame it = IAssertionGame(game);
        return it.batchIndex() == batchIndex && it.batchAcc() == batchAcc && it.rootClaim() == outputRoot;
    }

    function _requireDecided(IAssertionGame game, uint256 batchIndex, bytes32 batchAcc) private view {
        if (
            !anchorStateRegistry.isGameClaimValid(game) ||
            game.batchIndex() != batchIndex ||
            game.batchAcc() != batchAcc
        ) revert Drills_NotDecided(address(game));
    }

    function _openDrill(IAssertionGame game) private view returns (bytes32 commitment, Drill storage it) {
        commitment = drillOfGame[address(game)];
        it = _drills[commitment];
        if (it.bounty == 0) revert Drills_WrongDrill(commitment);
    }

    function _burnBounty(bytes32 commitment, Drill storage it) private {
        uint256 bounty = it.bounty;
        it.bounty = 0;
        emit DrillClosed(commitment, address(0), bounty);
        _pay(BURN, bounty);
    }

    function _credit(address account, uint256 amount) private {
        credit[account] += amount;
        emit Credited(account, amount);
    }

    function _pay(address to, uint256 amount) private {
        (bool paid, ) = to.call{value: amount}("");
        if (!paid) revert Drills_TransferFailed(to);
    }
}
