// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";

/// @title IOptimismMintableERC721
/// @notice A collection that the bridge of this layer mints and burns for a collection of the other layer.
interface IOptimismMintableERC721 is IERC165 {
    /// @notice The bridge minted a token whose original was locked on the other layer.
    /// @param account Who owns it now.
    /// @param tokenId Which token.
    event Mint(address indexed account, uint256 tokenId);

    /// @notice The bridge burnt a token that goes back to the other layer.
    /// @param account Who owned it.
    /// @param tokenId Which token.
    event Burn(address indexed account, uint256 tokenId);

    /// @notice Mints a token. The bridge only.
    /// @param _to Who receives it; a contract must accept it (ERC-721).
    /// @param _tokenId Which token.
    function safeMint(address _to, uint256 _tokenId) external;

    /// @notice Burns a token; needs no approval. The bridge only, which burns what its caller owns.
    /// @param _from Who owns it.
    /// @param _tokenId Which token.
    function burn(address _from, uint256 _tokenId) external;

    /// @notice Older name of `remoteChainId`.
    /// @return Chain id of the other layer (EIP-155).
    function REMOTE_CHAIN_ID() external view returns (uint256);

    /// @notice Older name of `remoteToken`.
    /// @return Address on the other layer.
    function REMOTE_TOKEN() external view returns (address);

    /// @notice Older name of `bridge`.
    /// @return Address on this layer.
    function BRIDGE() external view returns (address);

    /// @notice Chain of the other layer.
    /// @return Its id (EIP-155).
    function remoteChainId() external view returns (uint256);

    /// @notice Collection of the other layer that this one stands for.
    /// @return Its address there.
    function remoteToken() external view returns (address);

    /// @notice Bridge of this layer, which alone mints and burns.
    /// @return Its address.
    function bridge() external view returns (address);
}
