// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Initializable} from "@openzeppelin/contracts-upgradeable/proxy/utils/Initializable.sol";
import {ISystemConfig} from "./interfaces/ISystemConfig.sol";
import {ISemver} from "../shared/ISemver.sol";

/// @title SystemConfig
/// @notice See ISystemConfig.
contract SystemConfig is Initializable, ISystemConfig, ISemver {
    /// @notice What a chain starts with.
    /// @param owner The timelock.
    /// @param operator Rotates keys and sets fees and the gas limit without delay.
    /// @param guardian May pause withdrawals for a bounded time, and nothing else.
    /// @param sequencer See ISystemConfig.
    /// @param batcher See ISystemConfig; has no code.
    /// @param proposer See ISystemConfig.
    /// @param challenger See ISystemConfig.
    /// @param gasLimit L2 block gas limit, MIN_GAS_LIMIT to MAX_GAS_LIMIT.
    /// @param baseFeeScalar Scalar of the L1 base fee, parts per million; MAX_SCALAR at most.
    /// @param blobBaseFeeScalar Scalar of the L1 blob base fee, parts per million; MAX_SCALAR at most.
    /// @param pauseDuration Longest time that one pause lasts, seconds; MAX_PAUSE_DURATION at most.
    struct Parameters {
        address owner;
        address operator;
        address guardian;
        address sequencer;
        address batcher;
        address proposer;
        address challenger;
        uint64 gasLimit;
        uint32 baseFeeScalar;
        uint32 blobBaseFeeScalar;
        uint64 pauseDuration;
    }

    /// @notice Least L2 block gas limit. A block must have room for the largest deposit, else one deposit could block
    /// the queue for good. Equals OptimismPortal.MAX_DEPOSIT_GAS.
    uint64 public constant MIN_GAS_LIMIT = 8_000_000;

    /// @notice Greatest L2 block gas limit. Above it a block could not be proven or executed in time by anybody.
    uint64 public constant MAX_GAS_LIMIT = 500_000_000;

    /// @notice Greatest scalar, parts per million: ten times the L1 fee. A higher price could lock users out, who must
    /// pay it to leave.
    uint32 public constant MAX_SCALAR = 10_000_000;

    /// @notice Longest `pauseDuration`, seconds. Longer pauses would be a way to keep funds rather than to look into an attack.
    uint64 public constant MAX_PAUSE_DURATION = 7 days;

    /// @inheritdoc ISemver
    string public constant version = "1.0.0";

    /// @inheritdoc ISystemConfig
    address public owner;

    /// @inheritdoc ISystemConfig
    address public operator;

    /// @inheritdoc ISystemConfig
    address public guardian;

    /// @inheritdoc ISystemConfig
    uint64 public pausedUntil;

    /// @notice Longest time that one pause lasts, seconds; a new one may start as long again after the end.
    uint64 public pauseDuration;

    /// @inheritdoc ISystemConfig
    uint64 public gasLimit;

    /// @inheritdoc ISystemConfig
    uint32 public baseFeeScalar;

    /// @inheritdoc ISystemConfig
    uint32 public blobBaseFeeScalar;
    uint64 private _nextPause;
    mapping(Role => address) private _roles;

    /// @dev Refuses everybody but the owner.
    modifier onlyOwner() {
        if (msg.sender != owner) revert SystemConfig_Unauthorized(msg.sender);
        _;
    }

    /// @dev Refuses everybody but the operator and the owner, who could name himself operator.
    modifier onlyOperator() {
        if (msg.sender != operator && msg.sender != owner) revert SystemConfig_Unauthorized(msg.sender);
        _;
    }

    /// @dev Refuses everybody but the guardian.
    modifier onlyGuardian() {
        if (msg.sender != guardian) revert SystemConfig_Unauthorized(msg.sender);
        _;
    }

    /// @dev The implementation itself stays without an owner; only proxies are initialised.
    constructor() {
        _disableInitializers();
    }

    /// @notice Sets everything once. Only through the proxy, in the transaction that installs it.
    /// @param p What the chain starts with.
    function initialize(Parameters calldata p) external initializer {
        if (p.owner == address(0)) revert SystemConfig_ZeroAddress();
        if (p.pauseDuration > MAX_PAUSE_DURATION) revert SystemConfig_PauseTooLong(p.pauseDuration, MAX_PAUSE_DURATION);
        owner = p.owner;
        pauseDuration = p.pauseDuration;
        _setOperator(p.operator);
        _setGuardian(p.guardian);
        _setRole(Role.Sequencer, p.sequencer);
        _setRole(Role.Batcher, p.batcher);
        _setRole(Role.Proposer, p.proposer);
        _setRole(Role.Challenger, p.challenger);
        _setGasLimit(p.gasLimit);
        _setScalars(p.baseFeeScalar, p.blobBaseFeeScalar);
    }

    /// @notice Gives a role to another key, at once.
    /// @param role The role.
    /// @param next The key that has it from now on; not zero, and as batcher without code.
    function setRole(Role role, address next) external onlyOperator {
        _setRole(role, next);
    }

    /// @notice Names another operator. Owner only.
    /// @param next The operator from now on; not zero.
    function setOperator(address next) external onlyOwner {
        _setOperator(next);
    }

    /// @notice Names another guardian. The guardian, who may hand over the role, or the owner.
    /// @param next The guardian from now on; not zero.
    function setGuardian(address next) external {
        if (msg.sender != guardian && msg.sender != owner) revert SystemConfig_Unauthorized(msg.sender);
        _setGuardian(next);
    }

    /// @notice Sets the L2 block gas limit; in force from the next L1 context on. Operator or owner.
    /// @param next Gas, from MIN_GAS_LIMIT to MAX_GAS_LIMIT.
    function setGasLimit(uint64 next) external onlyOperator {
        _setGasLimit(next);
    }

    /// @notice Sets the L1 fee scalars; in force from the next L1 context on. Operator or owner.
    /// @param nextBaseFeeScalar Scalar of the L1 base fee, parts per million; MAX_SCALAR at most.
    /// @param nextBlobBaseFeeScalar Scalar of the L1 blob base fee, parts per million; MAX_SCALAR at most.
    function setScalars(uint32 nextBaseFeeScalar, uint32 nextBlobBaseFeeScalar) external onlyOperator {
        _setScalars(nextBaseFeeScalar, nextBlobBaseFeeScalar);
    }

    /// @notice Stops withdrawals for `pauseDuration` seconds. It cannot be prolonged, and cannot be repeated before as much time
    /// again has passed since its end, so that a stolen guardian key cannot hold funds for good.
    function pause() external onlyGuardian {
        if (block.timestamp < _nextPause) revert SystemConfig_PauseNotAllowedBefore(_nextPause);
        pausedUntil = uint64(block.timestamp) + pauseDuration;
        _nextPause = pausedUntil + pauseDuration;
        emit Paused(msg.sender, pausedUntil);
    }

    /// @notice Ends a pause early. The owner may do so too.
    function unpause() external {
        if (msg.sender != guardian && msg.sender != owner) revert SystemConfig_Unauthorized(msg.sender);
        pausedUntil = uint64(block.timestamp);
        emit Unpaused(msg.sender);
    }

    /// @inheritdoc ISystemConfig
    function paused() external view returns (bool) {
        return block.timestamp < pausedUntil;
    }

    /// @inheritdoc ISystemConfig
    function sequencer() external view returns (address) {
        return _roles[Role.Sequencer];
    }

    /// @inheritdoc ISystemConfig
    function batcher() external view returns (address) {
        return _roles[Role.Batcher];
    }

    /// @inheritdoc ISystemConfig
    function proposer() external view returns (address) {
        return _roles[Role.Proposer];
    }

    /// @inheritdoc ISystemConfig
    function challenger() external view returns (address) {
        return _roles[Role.Challenger];
    }

    /// @inheritdoc ISystemConfig
    function contextParameters() external view returns (uint64, uint32, uint32) {
        return (gasLimit, baseFeeScalar, blobBaseFeeScalar);
    }

    function _setRole(Role role, address next) private {
        if (next == address(0)) revert SystemConfig_ZeroAddress();
        // The inbox takes batches from accounts without code only.
        if (role == Role.Batcher && next.code.length != 0) revert SystemConfig_BatcherHasCode(next);
        emit RoleChanged(role, _roles[role], next);
        _roles[role] = next;
    }

    function _setOperator(address next) private {
        if (next == address(0)) revert SystemConfig_ZeroAddress();
        emit OperatorChanged(operator, next);
        operator = next;
    }

    function _setGuardian(address next) private {
        if (next == address(0)) revert SystemConfig_ZeroAddress();
        emit GuardianChanged(guardian, next);
        guardian = next;
    }

    function _setGasLimit(uint64 next) private {
        if (next < MIN_GAS_LIMIT || next > MAX_GAS_LIMIT)
            revert SystemConfig_GasLimitOutOfRange(next, MIN_GAS_LIMIT, MAX_GAS_LIMIT);
        emit GasLimitChanged(gasLimit, next);
        gasLimit = next;
    }

    function _setScalars(uint32 nextBaseFeeScalar, uint32 nextBlobBaseFeeScalar) private {
        if (nextBaseFeeScalar > MAX_SCALAR) revert SystemConfig_ScalarTooLarge(nextBaseFeeScalar, MAX_SCALAR);
        if (nextBlobBaseFeeScalar > MAX_SCALAR) revert SystemConfig_ScalarTooLarge(nextBlobBaseFeeScalar, MAX_SCALAR);
        baseFeeScalar = nextBaseFeeScalar;
        blobBaseFeeScalar = nextBlobBaseFeeScalar;
        emit ScalarsChanged(nextBaseFeeScalar, nextBlobBaseFeeScalar);
    }
}
