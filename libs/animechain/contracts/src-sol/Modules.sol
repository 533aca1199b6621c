// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IModules} from "./interfaces/IModules.sol";

/// @title Modules
/// @notice See IModules. No proxy. Contracts that need each other find each other here, so none of them needs an address before it exists.
contract Modules is IModules {
    /// @notice Semantic version of this contract.
    string public constant version = "1.0.0";

    /// @notice Who places modules before the seal.
    address public immutable deployer;
    /// @inheritdoc IModules
    address public immutable governance;
    /// @inheritdoc IModules
    bool public isSealed;
    /// @inheritdoc IModules
    mapping(bytes32 key => bool) public isPermanent;

    mapping(bytes32 key => address) private _modules;
    bytes32[] private _permanent;

    /// @notice Names who may what, for good.
    /// @param governance_ Who replaces modules once the directory is sealed.
    /// @param permanent Keys that are never replaced.
    constructor(address governance_, bytes32[] memory permanent) {
        (deployer, governance) = (msg.sender, governance_);
        _permanent = permanent;
        for (uint256 i = 0; i < permanent.length; i++) isPermanent[permanent[i]] = true;
    }

    /// @inheritdoc IModules
    function place(bytes32 key, address module) external {
        address expected = isSealed ? governance : deployer;
        if (msg.sender != expected) revert Modules_Unauthorized(msg.sender, expected);
        address before = _modules[key];
        if (before != address(0) && (!isSealed || isPermanent[key])) revert Modules_Placed(key, before);
        if (module.code.length == 0) revert Modules_NoCode(module);
        _modules[key] = module;
        emit ModulePlaced(key, before, module);
    }

    /// @inheritdoc IModules
    function seal() external {
        if (msg.sender != deployer || isSealed)
            revert Modules_Unauthorized(msg.sender, isSealed ? governance : deployer);
        for (uint256 i = 0; i < _permanent.length; i++) moduleOf(_permanent[i]);
        isSealed = true;
        emit Sealed();
    }

    /// @inheritdoc IModules
    function moduleOf(bytes32 key) public view returns (address module) {
        module = _modules[key];
        if (module == address(0)) revert Modules_Missing(key);
    }
}
