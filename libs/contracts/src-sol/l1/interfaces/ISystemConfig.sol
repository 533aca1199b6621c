// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title ISystemConfig
/// @notice The parameters and roles of one chain, and the pause that expires.
/// The owner is the timelock. The operator acts without delay, but only within hard bounds that cannot stop anybody's exit.
interface ISystemConfig {
    /// @notice The keys that run the chain. Each is rotated by the operator or the owner.
    enum Role {
        Sequencer,
        Batcher,
        Proposer,
        Challenger
    }

    event RoleChanged(Role indexed role, address indexed previous, address indexed next);
    event OperatorChanged(address indexed previous, address indexed next);
    event GuardianChanged(address indexed previous, address indexed next);
    event GasLimitChanged(uint64 previous, uint64 next);
    event ScalarsChanged(uint32 baseFeeScalar, uint32 blobBaseFeeScalar);
    event Paused(address indexed guardian, uint64 until);
    event Unpaused(address indexed guardian);

    /// @notice The caller does not hold the role that is needed.
    error SystemConfig_Unauthorized(address caller);
    /// @notice The gas limit must lie within these bounds.
    error SystemConfig_GasLimitOutOfRange(uint64 gasLimit, uint64 min, uint64 max);
    /// @notice A scalar is above MAX_SCALAR.
    error SystemConfig_ScalarTooLarge(uint32 scalar, uint32 max);
    /// @notice A role cannot be given to the zero address.
    error SystemConfig_ZeroAddress();
    /// @notice A batcher with code could post no batch.
    error SystemConfig_BatcherHasCode(address batcher);
    error SystemConfig_PauseTooLong(uint64 duration, uint64 max);
    /// @notice The guardian used up the pause; the next may start at `notBefore`, seconds.
    error SystemConfig_PauseNotAllowedBefore(uint64 notBefore);

    /// @notice The timelock.
    function owner() external view returns (address);

    /// @notice Rotates keys and sets fees and the gas limit without delay.
    function operator() external view returns (address);

    /// @notice May pause withdrawals for a bounded time, blacklist games that are not final and decide disputes.
    function guardian() external view returns (address);

    function sequencer() external view returns (address);
    function batcher() external view returns (address);
    function proposer() external view returns (address);
    function challenger() external view returns (address);

    /// @notice L2 block gas limit.
    function gasLimit() external view returns (uint64);

    /// @notice Parts per million of the L1 base fee.
    function baseFeeScalar() external view returns (uint32);

    /// @notice Parts per million of the L1 blob base fee.
    function blobBaseFeeScalar() external view returns (uint32);

    /// @notice The three values that go into every L1 context, in one call.
    function contextParameters()
        external
        view
        returns (uint64 gasLimit, uint32 baseFeeScalar, uint32 blobBaseFeeScalar);

    /// @notice Whether proving and finalising withdrawals is paused now. Deposits and force inclusion never are.
    function paused() external view returns (bool);

    /// @notice When the present or last pause ends or ended by itself, seconds.
    function pausedUntil() external view returns (uint64);
}
