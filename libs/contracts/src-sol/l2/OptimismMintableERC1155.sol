// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC1155} from "@openzeppelin/contracts/token/ERC1155/ERC1155.sol";
import {ERC1155Supply} from "@openzeppelin/contracts/token/ERC1155/extensions/ERC1155Supply.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {IOptimismMintableERC1155} from "../bridge/interfaces/IOptimismMintableERC1155.sol";
import {ISemver} from "../shared/ISemver.sol";

/// @title OptimismMintableERC1155
/// @notice A multi-token that stands for one of the other layer: the bridge mints what is locked there, and burns it.
contract OptimismMintableERC1155 is ERC1155Supply, IOptimismMintableERC1155, ISemver {
    /// @notice Only the bridge mints and burns.
    /// @param caller The account that called.
    error OptimismMintableERC1155_NotBridge(address caller);

    /// @inheritdoc ISemver
    string public constant version = "1.0.0";

    /// @inheritdoc IOptimismMintableERC1155
    uint256 public immutable remoteChainId;

    /// @inheritdoc IOptimismMintableERC1155
    address public immutable remoteToken;

    /// @inheritdoc IOptimismMintableERC1155
    address public immutable bridge;

    /// @notice Name of the collection, as marketplaces show it.
    string public name;

    /// @notice Short name of the collection.
    string public symbol;

    /// @dev Refuses everybody but the bridge.
    modifier onlyBridge() {
        if (msg.sender != bridge) revert OptimismMintableERC1155_NotBridge(msg.sender);
        _;
    }

    /// @notice Makes the twin of a multi-token.
    /// @dev The URI of an id is the call of the original that answers it (EIP-681).
    /// @param bridge_ Bridge of this layer.
    /// @param remoteChainId_ Chain id of the other layer.
    /// @param remoteToken_ Multi-token that this one stands for.
    /// @param name_ Name of the collection.
    /// @param symbol_ Short name of the collection.
    constructor(
        address bridge_,
        uint256 remoteChainId_,
        address remoteToken_,
        string memory name_,
        string memory symbol_
    )
        ERC1155(
            string.concat(
                "ethereum:",
                Strings.toHexString(remoteToken_),
                "@",
                Strings.toString(remoteChainId_),
                "/uri?uint256="
            )
        )
    {
        bridge = bridge_;
        remoteChainId = remoteChainId_;
        remoteToken = remoteToken_;
        name = name_;
        symbol = symbol_;
    }

    /// @inheritdoc IOptimismMintableERC1155
    function mintBatch(address to, uint256[] calldata ids, uint256[] calldata amounts) external onlyBridge {
        _mintBatch(to, ids, amounts, "");
        emit Mint(to, ids, amounts);
    }

    /// @inheritdoc IOptimismMintableERC1155
    function burnBatch(address from, uint256[] calldata ids, uint256[] calldata amounts) external onlyBridge {
        _burnBatch(from, ids, amounts);
        emit Burn(from, ids, amounts);
    }

    /// @inheritdoc ERC1155
    function uri(uint256 id) public view override returns (string memory) {
        return string.concat(super.uri(id), Strings.toString(id));
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId) public view override(ERC1155, IERC165) returns (bool) {
        return interfaceId == type(IOptimismMintableERC1155).interfaceId || super.supportsInterface(interfaceId);
    }
}
