// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IModules
/// @notice Where the contracts of Animechain are, by key. Who deploys places each once and then seals the directory, which ends the deployer's power. From
/// then on governance replaces modules, except the permanent ones: those that hold money or decide where it goes.
interface IModules {
    /// @notice A module is where it was not before.
    /// @param key Which one: `keccak256` of its name.
    /// @param before Where it was; zero for a new key.
    /// @param module Where it is.
    event ModulePlaced(bytes32 indexed key, address indexed before, address indexed module);

    /// @notice The deployer's power ended.
    event Sealed();

    /// @notice The caller may not do this now: before the seal it is the deployer's, after it governance's.
    /// @param caller Who called.
    /// @param expected Who may.
    error Modules_Unauthorized(address caller, address expected);

    /// @notice The key is placed and cannot be placed again: it is permanent, or the directory is not sealed yet.
    /// @param key Which one.
    /// @param module Where it is.
    error Modules_Placed(bytes32 key, address module);

    /// @notice No module has this key.
    /// @param key Which one.
    error Modules_Missing(bytes32 key);

    /// @notice There is no contract at the address.
    /// @param module The address.
    error Modules_NoCode(address module);

    /// @notice Who replaces modules once the directory is sealed: the timelock.
    /// @return The account.
    function governance() external view returns (address);

    /// @notice Whether the deployer's power ended.
    /// @return Whether it did.
    function isSealed() external view returns (bool);

    /// @notice Whether a module can never be replaced.
    /// @param key Which one.
    /// @return Whether it cannot.
    function isPermanent(bytes32 key) external view returns (bool);

    /// @notice Where a module is. Reverts where there is none, so that no caller goes on with zero.
    /// @param key Which one.
    /// @return Its address.
    function moduleOf(bytes32 key) external view returns (address);

    /// @notice Places a module. Before the seal: by the deployer, each key once. After it: by governance, any key that is not permanent.
    /// @param key Which one.
    /// @param module Where it is; must have code.
    function place(bytes32 key, address module) external;

    /// @notice Ends the deployer's power. By the deployer, once every permanent module is placed.
    function seal() external;
}
