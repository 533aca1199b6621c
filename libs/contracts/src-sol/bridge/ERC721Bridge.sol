// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {ERC165Checker} from "@openzeppelin/contracts/utils/introspection/ERC165Checker.sol";
import {Bridge} from "./Bridge.sol";
import {IOptimismMintableERC721} from "./interfaces/IOptimismMintableERC721.sol";

/// @title ERC721Bridge
/// @notice Moves single tokens of ERC-721 collections. One that is at home here is locked, and minted on the other layer; one that
/// stands for one of the other layer is burnt, and released there. Works in both directions on both layers.
///
/// Tokens come in through `bridgeERC721` only: this contract is no ERC-721 receiver, so a token that is safely sent here by
/// mistake goes back.
abstract contract ERC721Bridge is Bridge {
    /// @notice A token sets out to the other layer.
    /// @param localToken Collection on this layer.
    /// @param remoteToken Its twin on the other layer.
    /// @param from Who sends it, on this layer.
    /// @param to Who receives it, on the other layer.
    /// @param tokenId Which token.
    /// @param extraData What the sender passes along.
    event ERC721BridgeInitiated(
        address indexed localToken,
        address indexed remoteToken,
        address indexed from,
        address to,
        uint256 tokenId,
        bytes extraData
    );

    /// @notice A token arrived from the other layer.
    /// @param localToken Collection on this layer.
    /// @param remoteToken Its twin on the other layer.
    /// @param from Who sent it, on the other layer.
    /// @param to Who received it, on this layer.
    /// @param tokenId Which token.
    /// @param extraData What the sender passed along.
    event ERC721BridgeFinalized(
        address indexed localToken,
        address indexed remoteToken,
        address indexed from,
        address to,
        uint256 tokenId,
        bytes extraData
    );

    /// @notice Only its owner moves a token; approved accounts must take it over first.
    /// @param owner Who owns it.
    /// @param tokenId Which token.
    error ERC721Bridge_NotOwner(address owner, uint256 tokenId);

    /// @notice The token is not locked here for this pair.
    /// @param localToken Collection on this layer.
    /// @param remoteToken Its twin on the other layer.
    /// @param tokenId Which token.
    error ERC721Bridge_NotLocked(address localToken, address remoteToken, uint256 tokenId);

    /// @notice Slot 1. Whether a token is locked here, by local collection, remote collection and id.
    mapping(address => mapping(address => mapping(uint256 => bool))) public deposits;

    /// @notice Moves a token to the same address on the other layer. Not for contracts, see `bridgeERC721To`.
    /// @param _localToken Collection on this layer. Unless the bridge burns the token, it must be approved.
    /// @param _remoteToken Its twin on the other layer. If they are no pair, the token is stuck.
    /// @param _tokenId Which token.
    /// @param _minGasLimit Gas of the twin bridge at least.
    /// @param _extraData Anything; passed on and not read.
    function bridgeERC721(
        address _localToken,
        address _remoteToken,
        uint256 _tokenId,
        uint32 _minGasLimit,
        bytes calldata _extraData
    ) external onlyEOA {
        _initiate(_localToken, _remoteToken, msg.sender, _tokenId, _minGasLimit, _extraData);
    }

    /// @notice Moves a token to another address on the other layer.
    /// @param _localToken Collection on this layer. Unless the bridge burns the token, it must be approved.
    /// @param _remoteToken Its twin on the other layer. If they are no pair, the token is stuck.
    /// @param _to Who receives it there.
    /// @param _tokenId Which token.
    /// @param _minGasLimit Gas of the twin bridge at least.
    /// @param _extraData Anything; passed on and not read.
    function bridgeERC721To(
        address _localToken,
        address _remoteToken,
        address _to,
        uint256 _tokenId,
        uint32 _minGasLimit,
        bytes calldata _extraData
    ) external {
        _initiate(_localToken, _remoteToken, _to, _tokenId, _minGasLimit, _extraData);
    }

    /// @notice Mints or releases a token that was moved here. The twin only.
    /// @param _localToken Collection on this layer.
    /// @param _remoteToken Its twin on the other layer.
    /// @param _from Who sent it, on the other layer.
    /// @param _to Who receives it, on this layer.
    /// @param _tokenId Which token.
    /// @param _extraData What the sender passed along.
    function finalizeBridgeERC721(
        address _localToken,
        address _remoteToken,
        address _from,
        address _to,
        uint256 _tokenId,
        bytes calldata _extraData
    ) external onlyOtherBridge whenNotPaused {
        if (_isMintable(_localToken)) {
            if (IOptimismMintableERC721(_localToken).remoteToken() != _remoteToken)
                revert Bridge_WrongPair(_localToken, _remoteToken);
            IOptimismMintableERC721(_localToken).safeMint(_to, _tokenId);
        } else {
            if (!deposits[_localToken][_remoteToken][_tokenId])
                revert ERC721Bridge_NotLocked(_localToken, _remoteToken, _tokenId);
            deposits[_localToken][_remoteToken][_tokenId] = false;
            IERC721(_localToken).safeTransferFrom(address(this), _to, _tokenId);
        }
        emit ERC721BridgeFinalized(_localToken, _remoteToken, _from, _to, _tokenId, _extraData);
    }

    function _initiate(
        address localToken,
        address remoteToken,
        address to,
        uint256 tokenId,
        uint32 minGasLimit,
        bytes calldata extraData
    ) private nonReentrant {
        _requireReceiver(to);
        address owner = IERC721(localToken).ownerOf(tokenId);
        if (owner != msg.sender) revert ERC721Bridge_NotOwner(owner, tokenId);
        if (_isMintable(localToken)) {
            if (IOptimismMintableERC721(localToken).remoteToken() != remoteToken)
                revert Bridge_WrongPair(localToken, remoteToken);
            IOptimismMintableERC721(localToken).burn(msg.sender, tokenId);
        } else {
            deposits[localToken][remoteToken][tokenId] = true;
            IERC721(localToken).transferFrom(msg.sender, address(this), tokenId);
            owner = IERC721(localToken).ownerOf(tokenId);
            if (owner != address(this)) revert ERC721Bridge_NotOwner(owner, tokenId);
        }
        emit ERC721BridgeInitiated(localToken, remoteToken, msg.sender, to, tokenId, extraData);
        // The twin sees the pair the other way round.
        _send(
            0,
            abi.encodeCall(this.finalizeBridgeERC721, (remoteToken, localToken, msg.sender, to, tokenId, extraData)),
            minGasLimit
        );
    }

    function _isMintable(address token) private view returns (bool) {
        return ERC165Checker.supportsInterface(token, type(IOptimismMintableERC721).interfaceId);
    }
}
