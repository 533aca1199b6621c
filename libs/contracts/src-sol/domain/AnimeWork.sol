// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ERC2981} from "@openzeppelin/contracts/token/common/ERC2981.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

/// @title AnimeWork
/// @notice The works of one studio as ERC-721 tokens. Each token names its content by the hash of the encrypted asset, never of the
///         plaintext, and carries the royalty of its author (ERC-2981).
contract AnimeWork is ERC721, ERC2981, Ownable {
    /// @notice Hash of the encrypted asset of each token; zero for one that was not registered.
    mapping(uint256 tokenId => bytes32) public contentHash;

    /// @notice Number of tokens that were registered.
    uint256 public count;

    /// @notice A work was registered.
    /// @param tokenId The new token, counted from 1.
    /// @param author Owner of the token and receiver of royalties.
    /// @param contentHash Hash of the encrypted asset.
    /// @param royaltyBps Royalty in hundredths of a per cent of a sale.
    event WorkRegistered(uint256 indexed tokenId, address indexed author, bytes32 contentHash, uint96 royaltyBps);

    /// @notice Makes the collection of a studio.
    /// @param name_ Name of the collection.
    /// @param symbol_ Short name of the collection.
    /// @param studio Who registers works.
    constructor(string memory name_, string memory symbol_, address studio) ERC721(name_, symbol_) Ownable(studio) {}

    /// @notice Registers a work for its author. The studio only.
    /// @param author Owner of the token and receiver of royalties; a contract must accept the token (ERC-721).
    /// @param content Hash of the encrypted asset.
    /// @param royaltyBps Royalty in hundredths of a per cent of a sale; 10,000 at most.
    /// @return tokenId The new token, counted from 1.
    function register(address author, bytes32 content, uint96 royaltyBps) external onlyOwner returns (uint256 tokenId) {
        tokenId = ++count;
        contentHash[tokenId] = content;
        _setTokenRoyalty(tokenId, author, royaltyBps);
        emit WorkRegistered(tokenId, author, content, royaltyBps);
        _safeMint(author, tokenId);
    }

    /// @inheritdoc ERC721
    function supportsInterface(bytes4 interfaceId) public view override(ERC721, ERC2981) returns (bool) {
        return super.supportsInterface(interfaceId);
    }
}
