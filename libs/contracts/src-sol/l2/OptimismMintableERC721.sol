// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ERC721Enumerable} from "@openzeppelin/contracts/token/ERC721/extensions/ERC721Enumerable.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {IOptimismMintableERC721} from "../bridge/interfaces/IOptimismMintableERC721.sol";
import {ISemver} from "../shared/ISemver.sol";

/// @title OptimismMintableERC721
/// @notice A collection that stands for one of the other layer: the bridge mints a token while its original is locked there.
contract OptimismMintableERC721 is ERC721Enumerable, IOptimismMintableERC721, ISemver {
    /// @notice Only the bridge mints and burns.
    /// @param caller The account that called.
    error OptimismMintableERC721_NotBridge(address caller);

    /// @notice The token to burn belongs to somebody else.
    /// @param account Who was to be its owner.
    /// @param tokenId Which token.
    error OptimismMintableERC721_NotOwner(address account, uint256 tokenId);

    /// @inheritdoc ISemver
    string public constant version = "1.0.0";

    /// @inheritdoc IOptimismMintableERC721
    uint256 public immutable REMOTE_CHAIN_ID;

    /// @inheritdoc IOptimismMintableERC721
    address public immutable REMOTE_TOKEN;

    /// @inheritdoc IOptimismMintableERC721
    address public immutable BRIDGE;

    /// @notice Start of every token URI: the call of the original that answers it (EIP-681).
    string public baseTokenURI;

    /// @dev Refuses everybody but the bridge.
    modifier onlyBridge() {
        if (msg.sender != BRIDGE) revert OptimismMintableERC721_NotBridge(msg.sender);
        _;
    }

    /// @notice Makes the twin of a collection.
    /// @param bridge_ Bridge of this layer.
    /// @param remoteChainId_ Chain id of the other layer.
    /// @param remoteToken_ Collection that this one stands for.
    /// @param name_ Name of the collection.
    /// @param symbol_ Short name of the collection.
    constructor(
        address bridge_,
        uint256 remoteChainId_,
        address remoteToken_,
        string memory name_,
        string memory symbol_
    ) ERC721(name_, symbol_) {
        BRIDGE = bridge_;
        REMOTE_CHAIN_ID = remoteChainId_;
        REMOTE_TOKEN = remoteToken_;
        baseTokenURI = string.concat(
            "ethereum:",
            Strings.toHexString(remoteToken_),
            "@",
            Strings.toString(remoteChainId_),
            "/tokenURI?uint256="
        );
    }

    /// @inheritdoc IOptimismMintableERC721
    function safeMint(address _to, uint256 _tokenId) external onlyBridge {
        _safeMint(_to, _tokenId);
        emit Mint(_to, _tokenId);
    }

    /// @inheritdoc IOptimismMintableERC721
    function burn(address _from, uint256 _tokenId) external onlyBridge {
        if (ownerOf(_tokenId) != _from) revert OptimismMintableERC721_NotOwner(_from, _tokenId);
        _burn(_tokenId);
        emit Burn(_from, _tokenId);
    }

    /// @inheritdoc IOptimismMintableERC721
    function remoteChainId() external view returns (uint256) {
        return REMOTE_CHAIN_ID;
    }

    /// @inheritdoc IOptimismMintableERC721
    function remoteToken() external view returns (address) {
        return REMOTE_TOKEN;
    }

    /// @inheritdoc IOptimismMintableERC721
    function bridge() external view returns (address) {
        return BRIDGE;
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 _interfaceId) public view override(ERC721Enumerable, IERC165) returns (bool) {
        return _interfaceId == type(IOptimismMintableERC721).interfaceId || super.supportsInterface(_interfaceId);
    }

    function _baseURI() internal view override returns (string memory) {
        return baseTokenURI;
    }
}
