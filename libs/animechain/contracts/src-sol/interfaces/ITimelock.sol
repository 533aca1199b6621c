// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IModules} from "./IModules.sol";

/// @title ITimelock
/// @notice Carries out what governance decided, after a delay that rights holders extend where a call touches rights, royalties or consent. A call that is
/// not guarded so cannot be delayed by them.
interface ITimelock {
    /// @notice The directory is known, for good.
    /// @param modules The directory.
    event ModulesSet(address indexed modules);

    /// @notice A key is guarded from now on.
    /// @param key Which one.
    event KeyGuarded(bytes32 indexed key);

    /// @notice An operation has a guarded call: members of the rights house may object to it.
    /// @param id The operation.
    /// @param calls Hash of its calls, without predecessor and salt.
    /// @param isRepeated Whether the same calls were blocked before, so that they can be delayed but not blocked.
    event Guarded(bytes32 indexed id, bytes32 indexed calls, bool isRepeated);

    /// @notice The caller may not do this.
    /// @param caller Who called.
    /// @param expected Who may.
    error Timelock_Unauthorized(address caller, address expected);

    /// @notice The directory is known already, or governed by somebody else.
    /// @param modules The directory that was named.
    error Timelock_BadModules(address modules);

    /// @notice Nothing is scheduled before the directory is known: what is guarded could not be told.
    error Timelock_NoModules();

    /// @notice The delay is outside of its bounds.
    /// @param got The delay, seconds.
    /// @param least Least delay.
    /// @param most Greatest delay.
    error Timelock_DelayOutOfBounds(uint256 got, uint256 least, uint256 most);

    /// @notice A call became guarded after its operation was scheduled; it must be scheduled anew, so that members can object.
    /// @param id The operation.
    error Timelock_GuardedSince(bytes32 id);

    /// @notice The same calls were blocked, and exits still run.
    /// @param calls Hash of the calls.
    /// @param until When they may be scheduled again, seconds.
    error Timelock_ExitsRun(bytes32 calls, uint256 until);

    /// @notice The operation is not blocked.
    /// @param id The operation.
    error Timelock_NotBlocked(bytes32 id);

    /// @notice No more keys can be guarded.
    /// @param most How many can.
    error Timelock_TooManyKeys(uint256 most);

    /// @notice Where the other contracts are; zero until `setModules`.
    /// @return The directory.
    function modules() external view returns (IModules);

    /// @notice Names the directory, once. By the deployer; the directory must be governed by this timelock.
    /// @param modules_ The directory.
    function setModules(IModules modules_) external;

    /// @notice Guards the module of one more key. By this timelock itself; a key is never taken off.
    /// @param key `keccak256` of its name.
    function guardKey(bytes32 key) external;

    /// @notice Removes an operation that was blocked. By anyone.
    /// @param id The operation.
    function dismiss(bytes32 id) external;

    /// @notice Whether a call touches rights, royalties or consent: its target is, or was, the module of a guarded key, or it places one.
    /// @param target Whom it calls.
    /// @param data Its input.
    /// @return Whether it is guarded.
    function isGuardedCall(address target, bytes calldata data) external view returns (bool);

    /// @notice Whether members may object to an operation now: it is guarded and still waits.
    /// @param id The operation.
    /// @return scheduledAt When it was scheduled, seconds; 0 if they may not.
    function objectable(bytes32 id) external view returns (uint64 scheduledAt);

    /// @notice The newest schedule of an operation that is guarded.
    /// @param id The operation.
    /// @return scheduledAt When it was scheduled, seconds; 0 if it has no guarded call.
    /// @return isRepeated Whether it can be delayed but not blocked.
    /// @return calls Hash of its calls.
    function guardOf(bytes32 id) external view returns (uint64 scheduledAt, bool isRepeated, bytes32 calls);

    /// @notice Whether members blocked an operation.
    /// @param id The operation.
    /// @return Whether they did.
    function isBlocked(bytes32 id) external view returns (bool);
}
