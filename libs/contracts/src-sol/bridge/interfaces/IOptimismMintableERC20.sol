// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";

/// @title IOptimismMintableERC20
/// @notice A token that the bridge of this layer mints and burns for a token of the other layer. Interface id 0xec4fc8e3.
interface IOptimismMintableERC20 is IERC165 {
    /// @notice Token of the other layer that this one stands for.
    /// @return Its address there.
    function remoteToken() external view returns (address);

    /// @notice Bridge of this layer, which alone mints and burns.
    /// @return Its address.
    function bridge() external view returns (address);

    /// @notice Mints. The bridge only.
    /// @param _to Who receives the tokens.
    /// @param _amount How many, in the smallest unit.
    function mint(address _to, uint256 _amount) external;

    /// @notice Burns; needs no approval. The bridge only, which burns what its caller owns.
    /// @param _from Who owns the tokens.
    /// @param _amount How many, in the smallest unit.
    function burn(address _from, uint256 _amount) external;
}

/// @title ILegacyMintableERC20
/// @notice The older form of IOptimismMintableERC20, which older tokens and clients know. Interface id 0x1d1d8b63.
interface ILegacyMintableERC20 is IERC165 {
    /// @notice Token of the other layer that this one stands for.
    /// @return Its address there.
    function l1Token() external view returns (address);

    /// @notice Mints. The bridge only.
    /// @param _to Who receives the tokens.
    /// @param _amount How many, in the smallest unit.
    function mint(address _to, uint256 _amount) external;

    /// @notice Burns; needs no approval. The bridge only, which burns what its caller owns.
    /// @param _from Who owns the tokens.
    /// @param _amount How many, in the smallest unit.
    function burn(address _from, uint256 _amount) external;
}
