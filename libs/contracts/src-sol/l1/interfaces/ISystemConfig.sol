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

    /// @notice A role passed to another key.
    /// @param role The role.
    /// @param previous Who had it; zero at the installation.
    /// @param next Who has it now.
    event RoleChanged(Role indexed role, address indexed previous, address indexed next);

    /// @notice There is another operator.
    /// @param previous Who it was; zero at the installation.
    /// @param next Who it is now.
    event OperatorChanged(address indexed previous, address indexed next);

    /// @notice There is another guardian.
    /// @param previous Who it was; zero at the installation.
    /// @param next Who it is now.
    event GuardianChanged(address indexed previous, address indexed next);

    /// @notice The L2 block gas limit changed, from the next L1 context on.
    /// @param previous Limit before, in gas; 0 at the installation.
    /// @param next Limit from now on, in gas.
    event GasLimitChanged(uint64 previous, uint64 next);

    /// @notice The L1 fee scalars changed, from the next L1 context on.
    /// @param baseFeeScalar Scalar of the L1 base fee, parts per million.
    /// @param blobBaseFeeScalar Scalar of the L1 blob base fee, parts per million.
    event ScalarsChanged(uint32 baseFeeScalar, uint32 blobBaseFeeScalar);

    /// @notice Withdrawals are paused.
    /// @param guardian Who paused them.
    /// @param until When the pause ends by itself, seconds since the epoch.
    event Paused(address indexed guardian, uint64 until);

    /// @notice A pause was ended early.
    /// @param guardian Who ended it: the guardian or the owner.
    event Unpaused(address indexed guardian);

    /// @notice The caller does not hold the role that is needed.
    /// @param caller The account that called.
    error SystemConfig_Unauthorized(address caller);

    /// @notice The gas limit must lie within these bounds.
    /// @param gasLimit What was asked for, in gas.
    /// @param min Lower bound, in gas.
    /// @param max Upper bound, in gas.
    error SystemConfig_GasLimitOutOfRange(uint64 gasLimit, uint64 min, uint64 max);

    /// @notice A scalar is above MAX_SCALAR.
    /// @param scalar Parts per million.
    /// @param max Parts per million.
    error SystemConfig_ScalarTooLarge(uint32 scalar, uint32 max);

    /// @notice A role cannot be given to the zero address.
    error SystemConfig_ZeroAddress();

    /// @notice A batcher with code could post no batch.
    /// @param batcher The account that was to become the batcher.
    error SystemConfig_BatcherHasCode(address batcher);

    /// @notice The time that one pause may last is above MAX_PAUSE_DURATION.
    /// @param duration What was named, in seconds.
    /// @param max Upper bound, in seconds.
    error SystemConfig_PauseTooLong(uint64 duration, uint64 max);

    /// @notice The guardian used up the pause.
    /// @param notBefore When the next may start, seconds since the epoch.
    error SystemConfig_PauseNotAllowedBefore(uint64 notBefore);

    /// @notice The timelock: may do everything, after its delay.
    /// @return The account.
    function owner() external view returns (address);

    /// @notice Rotates keys and sets fees and the gas limit without delay.
    /// @return The account.
    function operator() external view returns (address);

    /// @notice May pause withdrawals for a bounded time, and nothing else.
    /// @return The account.
    function guardian() external view returns (address);

    /// @notice Builds the blocks and serves them; it has no right on L1.
    /// @return The account.
    function sequencer() external view returns (address);

    /// @notice Appends batches to the inbox.
    /// @return The account, which has no code.
    function batcher() external view returns (address);

    /// @notice Asserts outputs. Anybody may; its assertions are shown to clients at once.
    /// @return The account.
    function proposer() external view returns (address);

    /// @notice Makes the moves against wrong assertions. Anybody may; this is the account that the operator runs for it.
    /// @return The account.
    function challenger() external view returns (address);

    /// @notice L2 block gas limit.
    /// @return Amount of gas.
    function gasLimit() external view returns (uint64);

    /// @notice Scalar of the L1 base fee in the L1 data fee.
    /// @return Parts per million.
    function baseFeeScalar() external view returns (uint32);

    /// @notice Scalar of the L1 blob base fee in the L1 data fee.
    /// @return Parts per million.
    function blobBaseFeeScalar() external view returns (uint32);

    /// @notice The three values that go into every L1 context, in one call.
    /// @return gasLimit L2 block gas limit, gas.
    /// @return baseFeeScalar Parts per million.
    /// @return blobBaseFeeScalar Parts per million.
    function contextParameters()
        external
        view
        returns (uint64 gasLimit, uint32 baseFeeScalar, uint32 blobBaseFeeScalar);

    /// @notice Whether proving and finalising withdrawals is paused now. Deposits and force inclusion never are.
    /// @return True while it is.
    function paused() external view returns (bool);

    /// @notice When the present or last pause ends or ended.
    /// @return Seconds since the epoch; 0 if there was none.
    function pausedUntil() external view returns (uint64);
}
