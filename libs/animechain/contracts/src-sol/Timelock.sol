// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {IModules} from "./interfaces/IModules.sol";
import {IRightsHouse} from "./interfaces/IRightsHouse.sol";
import {ITimelock} from "./interfaces/ITimelock.sol";

/// @title Timelock
/// @notice See ITimelock. OpenZeppelin's TimelockController: the objections of the rights house count in `getTimestamp`, from which everything else follows.
contract Timelock is ITimelock, TimelockController {
    /// @notice What is known of an operation with a guarded call.
    /// @param scheduledAt When it was scheduled, seconds.
    /// @param isRepeated Whether it can be delayed but not blocked.
    /// @param calls Hash of its calls.
    struct Guard {
        uint64 scheduledAt;
        bool isRepeated;
        bytes32 calls;
    }

    /// @notice Semantic version of this contract.
    string public constant version = "1.0.0";
    /// @notice Least delay, seconds. Governance cannot go below it, so that there is time to object.
    uint256 public constant MIN_DELAY = 5 days;
    /// @notice Greatest delay, seconds.
    uint256 public constant MAX_DELAY = 30 days;
    /// @notice Delay once enough members objected, seconds from the schedule.
    uint256 public constant EXTENDED_DELAY = 45 days;
    /// @notice How long exits run once an operation was blocked, seconds.
    uint256 public constant EXITS = 90 days;
    /// @notice How long after the exits the same calls cannot be blocked again, seconds.
    uint256 public constant REPEAT = 180 days;
    /// @notice Guarded keys at most.
    uint256 public constant MAX_KEYS = 32;
    /// @notice Key of the rights house in the directory.
    bytes32 public constant RIGHTS_HOUSE = keccak256("RightsHouse");

    /// @notice Who names the directory.
    address public immutable deployer;
    /// @inheritdoc ITimelock
    IModules public modules;
    /// @notice Whether the module of a key is guarded.
    mapping(bytes32 key => bool) public isGuardedKey;
    /// @notice Whether an address was the module of a guarded key before another was placed. What was made under it ends under it.
    mapping(address module => bool) public wasGuarded;
    /// @inheritdoc ITimelock
    mapping(bytes32 id => Guard) public guardOf;

    bytes32[] private _keys;
    mapping(bytes32 calls => bytes32 id) private _newest;

    /// @notice Guards rights, royalties and consent. Proposers and executors are granted by `admin`, who renounces then.
    /// @param admin Who grants the first roles.
    constructor(address admin) TimelockController(MIN_DELAY, new address[](0), new address[](0), admin) {
        deployer = msg.sender;
        // For `dismiss`.
        _grantRole(CANCELLER_ROLE, address(this));
        _guardKey(keccak256("IPRegistry"));
        _guardKey(keccak256("RoyaltyVaults"));
        _guardKey(keccak256("DisputeDesk"));
        _guardKey(keccak256("Licences"));
        _guardKey(keccak256("ConsentRegistry"));
        _guardKey(keccak256("TrainingCommit"));
        _guardKey(keccak256("ModelRegistry"));
        _guardKey(keccak256("OutputRegistry"));
        _guardKey(keccak256("AIRAFactory"));
        _guardKey(keccak256("UsageMeter"));
        _guardKey(keccak256("ProviderRewards"));
        _guardKey(keccak256("RightsTrigger"));
        _guardKey(RIGHTS_HOUSE);
    }

    /// @inheritdoc ITimelock
    function setModules(IModules modules_) external {
        if (msg.sender != deployer) revert Timelock_Unauthorized(msg.sender, deployer);
        if (address(modules) != address(0) || modules_.governance() != address(this))
            revert Timelock_BadModules(address(modules_));
        modules = modules_;
        emit ModulesSet(address(modules_));
    }

    /// @inheritdoc ITimelock
    function guardKey(bytes32 key) external {
        if (msg.sender != address(this)) revert Timelock_Unauthorized(msg.sender, address(this));
        _guardKey(key);
    }

    /// @inheritdoc ITimelock
    function dismiss(bytes32 id) external {
        if (!isBlocked(id)) revert Timelock_NotBlocked(id);
        this.cancel(id);
    }

    /// @inheritdoc TimelockController
    function schedule(
        address target,
        uint256 value,
        bytes calldata data,
        bytes32 predecessor,
        bytes32 salt,
        uint256 delay
    ) public override {
        bytes32 id = hashOperation(target, value, data, predecessor, salt);
        _record(id, keccak256(abi.encode(target, value, data)), isGuardedCall(target, data));
        super.schedule(target, value, data, predecessor, salt, delay);
    }

    /// @inheritdoc TimelockController
    function scheduleBatch(
        address[] calldata targets,
        uint256[] calldata values,
        bytes[] calldata payloads,
        bytes32 predecessor,
        bytes32 salt,
        uint256 delay
    ) public override {
        _record(
            hashOperationBatch(targets, values, payloads, predecessor, salt),
            keccak256(abi.encode(targets, values, payloads)),
            _isGuardedBatch(targets, payloads)
        );
        super.scheduleBatch(targets, values, payloads, predecessor, salt, delay);
    }

    /// @inheritdoc TimelockController
    function execute(
        address target,
        uint256 value,
        bytes calldata payload,
        bytes32 predecessor,
        bytes32 salt
    ) public payable override {
        if (isGuardedCall(target, payload)) _requireRecorded(hashOperation(target, value, payload, predecessor, salt));
        super.execute(target, value, payload, predecessor, salt);
    }

    /// @inheritdoc TimelockController
    function executeBatch(
        address[] calldata targets,
        uint256[] calldata values,
        bytes[] calldata payloads,
        bytes32 predecessor,
        bytes32 salt
    ) public payable override {
        if (_isGuardedBatch(targets, payloads))
            _requireRecorded(hashOperationBatch(targets, values, payloads, predecessor, salt));
        super.executeBatch(targets, values, payloads, predecessor, salt);
    }

    /// @inheritdoc TimelockController
    function updateDelay(uint256 newDelay) public override {
        if (newDelay < MIN_DELAY || newDelay > MAX_DELAY)
            revert Timelock_DelayOutOfBounds(newDelay, MIN_DELAY, MAX_DELAY);
        super.updateDelay(newDelay);
    }

    /// @notice When an operation becomes ready, seconds: later once 2% of the rights house objected, never once 10% did. 0 for none, 1 for one that is done.
    /// @param id The operation.
    /// @return timestamp The time.
    function getTimestamp(bytes32 id) public view override returns (uint256 timestamp) {
        timestamp = super.getTimestamp(id);
        Guard storage guard = guardOf[id];
        uint64 scheduledAt = guard.scheduledAt;
        if (timestamp <= 1 || scheduledAt == 0) return timestamp;
        (bool isExtended, uint64 blockedAt) = _house().standingOf(id, scheduledAt);
        if (blockedAt != 0 && !guard.isRepeated) return type(uint256).max;
        if (isExtended && timestamp < scheduledAt + EXTENDED_DELAY) timestamp = scheduledAt + EXTENDED_DELAY;
    }

    /// @inheritdoc ITimelock
    function isGuardedCall(address target, bytes calldata data) public view returns (bool) {
        if (wasGuarded[target]) return true;
        IModules directory = modules;
        if (address(directory) == address(0)) return false;
        if (target == address(directory)) {
            bytes32 placed = _placedKey(data);
            if (placed != 0 && isGuardedKey[placed]) return true;
        }
        uint256 length = _keys.length;
        for (uint256 i = 0; i < length; i++) if (_moduleOf(directory, _keys[i]) == target) return true;
        return false;
    }

    /// @inheritdoc ITimelock
    function objectable(bytes32 id) external view returns (uint64) {
        return getOperationState(id) == OperationState.Waiting ? guardOf[id].scheduledAt : 0;
    }

    /// @inheritdoc ITimelock
    function isBlocked(bytes32 id) public view returns (bool) {
        return getTimestamp(id) == type(uint256).max;
    }

    /// @dev A module that leaves its place stays guarded.
    function _execute(address target, uint256 value, bytes calldata data) internal override {
        if (target == address(modules)) {
            bytes32 key = _placedKey(data);
            address before = key != 0 && isGuardedKey[key] ? _moduleOf(modules, key) : address(0);
            if (before != address(0)) wasGuarded[before] = true;
        }
        super._execute(target, value, data);
    }

    function _record(bytes32 id, bytes32 calls, bool isGuarded) private {
        if (address(modules) == address(0)) revert Timelock_NoModules();
        if (!isGuarded) {
            // The same operation may have been scheduled and cancelled before.
            delete guardOf[id];
            return;
        }
        bytes32 before = _newest[calls];
        bool isRepeated = false;
        if (before != 0 && !guardOf[before].isRepeated) {
            (, uint64 blockedAt) = _house().standingOf(before, guardOf[before].scheduledAt);
            uint256 until = blockedAt + EXITS;
            if (blockedAt != 0 && block.timestamp < until) revert Timelock_ExitsRun(calls, until);
            isRepeated = blockedAt != 0 && block.timestamp < until + REPEAT;
        }
        guardOf[id] = Guard(uint64(block.timestamp), isRepeated, calls);
        _newest[calls] = id;
        emit Guarded(id, calls, isRepeated);
    }

    function _guardKey(bytes32 key) private {
        if (isGuardedKey[key]) return;
        if (_keys.length == MAX_KEYS) revert Timelock_TooManyKeys(MAX_KEYS);
        isGuardedKey[key] = true;
        _keys.push(key);
        emit KeyGuarded(key);
    }

    function _requireRecorded(bytes32 id) private view {
        if (guardOf[id].scheduledAt == 0 && isOperationPending(id)) revert Timelock_GuardedSince(id);
    }

    function _isGuardedBatch(address[] calldata targets, bytes[] calldata payloads) private view returns (bool) {
        // Lists of different lengths are refused by who calls this.
        for (uint256 i = 0; i < targets.length && i < payloads.length; i++)
            if (isGuardedCall(targets[i], payloads[i])) return true;
        return false;
    }

    /// @dev Zero where there is none yet.
    function _moduleOf(IModules directory, bytes32 key) private view returns (address) {
        try directory.moduleOf(key) returns (address module) {
            return module;
        } catch {
            return address(0);
        }
    }

    function _house() private view returns (IRightsHouse) {
        return IRightsHouse(modules.moduleOf(RIGHTS_HOUSE));
    }

    /// @dev The key that a call of `IModules.place` names; zero for another call.
    function _placedKey(bytes calldata data) private pure returns (bytes32) {
        if (data.length < 36 || bytes4(data[:4]) != IModules.place.selector) return 0;
        return bytes32(data[4:36]);
    }
}
