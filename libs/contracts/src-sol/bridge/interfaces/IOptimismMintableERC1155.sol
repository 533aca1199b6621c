// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";

/// @title IOptimismMintableERC1155
/// @notice A multi-token that the bridge of this layer mints and burns for a multi-token of the other layer.
interface IOptimismMintableERC1155 is IERC165 {
    /// @notice The bridge minted what was locked on the other layer.
    /// @param account Who owns it now.
    /// @param ids Which ids.
    /// @param amounts How many of each.
    event Mint(address indexed account, uint256[] ids, uint256[] amounts);

    /// @notice The bridge burnt what goes back to the other layer.
    /// @param account Who owned it.
    /// @param ids Which ids.
    /// @param amounts How many of each.
    event Burn(address indexed account, uint256[] ids, uint256[] amounts);

    /// @notice Mints amounts of several ids. The bridge only.
    /// @param to Who receives them; a contract must accept them (ERC-1155).
    /// @param ids Which ids.
    /// @param amounts How many of each.
    function mintBatch(address to, uint256[] calldata ids, uint256[] calldata amounts) external;

    /// @notice Burns amounts of several ids; needs no approval. The bridge only, which burns what its caller owns.
    /// @param from Who owns them.
    /// @param ids Which ids.
    /// @param amounts How many of each.
    function burnBatch(address from, uint256[] calldata ids, uint256[] calldata amounts) external;

    /// @notice Chain of the other layer.
    /// @return Its id (EIP-155).
    function remoteChainId() external view returns (uint256);

    /// @notice Multi-token of the other layer that this one stands for.
    /// @return Its address there.
    function remoteToken() external view returns (address);

    /// @notice Bridge of this layer, which alone mints and burns.
    /// @return Its address.
    function bridge() external view returns (address);
}
