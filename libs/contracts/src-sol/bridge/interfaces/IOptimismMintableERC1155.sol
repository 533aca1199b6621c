// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";

/// @title IOptimismMintableERC1155
/// @notice A multi-token that the bridge of this layer mints and burns for a multi-token of the other layer.
interface IOptimismMintableERC1155 is IERC165 {
    event Mint(address indexed account, uint256[] ids, uint256[] amounts);
    event Burn(address indexed account, uint256[] ids, uint256[] amounts);

    function mintBatch(address to, uint256[] calldata ids, uint256[] calldata amounts) external;
    function burnBatch(address from, uint256[] calldata ids, uint256[] calldata amounts) external;
    function remoteChainId() external view returns (uint256);
    function remoteToken() external view returns (address);
    function bridge() external view returns (address);
}
