// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";
import {IERC1155Receiver} from "@openzeppelin/contracts/token/ERC1155/IERC1155Receiver.sol";
import {ERC165Checker} from "@openzeppelin/contracts/utils/introspection/ERC165Checker.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {Bridge} from "./Bridge.sol";
import {IOptimismMintableERC1155} from "./interfaces/IOptimismMintableERC1155.sol";

/// @title ERC1155Bridge
/// @notice Moves amounts of ERC-1155 ids, one or many at once. What is at home here is locked, and minted on the other layer; what
/// stands for something of the other layer is burnt, and released there. Works in both directions on both layers.
///
/// Tokens come in through `bridgeERC1155` and `bridgeBatchERC1155` only; all others are refused by the receiver hooks.
abstract contract ERC1155Bridge is Bridge, IERC1155Receiver {
    /// @notice An amount of one id sets out to the other layer.
    /// @param localToken Token on this layer.
    /// @param remoteToken Its twin on the other layer.
    /// @param from Who sends it, on this layer.
    /// @param to Who receives it, on the other layer.
    /// @param id Which id.
    /// @param amount How many.
    /// @param extraData What the sender passes along.
    event ERC1155BridgeInitiated(
        address indexed localToken,
        address indexed remoteToken,
        address indexed from,
        address to,
        uint256 id,
        uint256 amount,
        bytes extraData
    );

    /// @notice An amount of one id arrived from the other layer.
    /// @param localToken Token on this layer.
    /// @param remoteToken Its twin on the other layer.
    /// @param from Who sent it, on the other layer.
    /// @param to Who received it, on this layer.
    /// @param id Which id.
    /// @param amount How many.
    /// @param extraData What the sender passed along.
    event ERC1155BridgeFinalized(
        address indexed localToken,
        address indexed remoteToken,
        address indexed from,
        address to,
        uint256 id,
        uint256 amount,
        bytes extraData
    );

    /// @notice Amounts of several ids set out to the other layer.
    /// @param localToken Token on this layer.
    /// @param remoteToken Its twin on the other layer.
    /// @param from Who sends it, on this layer.
    /// @param to Who receives it, on the other layer.
    /// @param ids Which ids.
    /// @param amounts How many of each.
    /// @param extraData What the sender passes along.
    event ERC1155BatchBridgeInitiated(
        address indexed localToken,
        address indexed remoteToken,
        address indexed from,
        address to,
        uint256[] ids,
        uint256[] amounts,
        bytes extraData
    );

    /// @notice Amounts of several ids arrived from the other layer.
    /// @param localToken Token on this layer.
    /// @param remoteToken Its twin on the other layer.
    /// @param from Who sent it, on the other layer.
    /// @param to Who received it, on this layer.
    /// @param ids Which ids.
    /// @param amounts How many of each.
    /// @param extraData What the sender passed along.
    event ERC1155BatchBridgeFinalized(
        address indexed localToken,
        address indexed remoteToken,
        address indexed from,
        address to,
        uint256[] ids,
        uint256[] amounts,
        bytes extraData
    );

    /// @notice Ids must be there, rise from one to the next, and have an amount each.
    error ERC1155Bridge_BadBatch();

    /// @notice The other layer could not release so many in one transaction.
    /// @param count Number of ids.
    /// @param max Greatest number of ids.
    error ERC1155Bridge_TooManyIds(uint256 count, uint256 max);

    /// @notice Another amount arrived than was sent.
    /// @param localToken Token on this layer.
    /// @param id Which id.
    /// @param got How many arrived.
    /// @param expected How many were sent.
    error ERC1155Bridge_WrongAmount(address localToken, uint256 id, uint256 got, uint256 expected);

    /// @notice Less is locked for this pair than is asked for.
    /// @param localToken Token on this layer.
    /// @param remoteToken Its twin on the other layer.
    /// @param id Which id.
    /// @param locked How many are locked.
    /// @param needed How many are asked for.
    error ERC1155Bridge_NotLocked(address localToken, address remoteToken, uint256 id, uint256 locked, uint256 needed);

    /// @notice Tokens come in through the functions of the bridge only.
    /// @param token Token that called the receiver hook.
    /// @param operator Who moved it.
    error ERC1155Bridge_Unsolicited(address token, address operator);

    /// @notice Ids of one message at most. A transaction has 2^24 gas (EIP-7825), and a block of L2 8 million at least; an id takes up to
    /// 45,000 with an ordinary token, and may take twice as much.
    uint256 public constant MAX_IDS = 128;

    /// @notice Slot 1. Amount locked here, by local token, remote token and id.
    mapping(address => mapping(address => mapping(uint256 => uint256))) public deposits;

    /// @dev The token that is being taken in, zero while none is.
    address private transient _expectedToken;

    /// @notice Moves an amount of one id to the same address on the other layer. Not for contracts, see
    /// `bridgeERC1155To`.
    /// @param _localToken Token on this layer. Unless the bridge burns it, the bridge must be approved.
    /// @param _remoteToken Its twin on the other layer. If they are no pair, the tokens are stuck.
    /// @param _id Which id.
    /// @param _amount How many.
    /// @param _minGasLimit Gas of the twin bridge at least.
    /// @param _extraData Anything; passed on and not read.
    function bridgeERC1155(
        address _localToken,
        address _remoteToken,
        uint256 _id,
        uint256 _amount,
        uint32 _minGasLimit,
        bytes calldata _extraData
    ) external onlyEOA {
        _initiate(_localToken, _remoteToken, msg.sender, _id, _amount, _minGasLimit, _extraData);
    }

    /// @notice Moves an amount of one id to another address on the other layer.
    /// @param _localToken Token on this layer. Unless the bridge burns it, the bridge must be approved.
    /// @param _remoteToken Its twin on the other layer. If they are no pair, the tokens are stuck.
    /// @param _to Who receives it there.
    /// @param _id Which id.
    /// @param _amount How many.
    /// @param _minGasLimit Gas of the twin bridge at least.
    /// @param _extraData Anything; passed on and not read.
    function bridgeERC1155To(
        address _localToken,
        address _remoteToken,
        address _to,
        uint256 _id,
        uint256 _amount,
        uint32 _minGasLimit,
        bytes calldata _extraData
    ) external {
        _initiate(_localToken, _remoteToken, _to, _id, _amount, _minGasLimit, _extraData);
    }

    /// @notice Moves amounts of several ids to the same address on the other layer, in one message. Not for contracts,
    /// see `bridgeBatchERC1155To`.
    /// @param _localToken Token on this layer. Unless the bridge burns it, the bridge must be approved.
    /// @param _remoteToken Its twin on the other layer. If they are no pair, the tokens are stuck.
    /// @param _ids Which ids, rising; MAX_IDS at most.
    /// @param _amounts How many of each.
    /// @param _minGasLimit Gas of the twin bridge at least.
    /// @param _extraData Anything; passed on and not read.
    function bridgeBatchERC1155(
        address _localToken,
        address _remoteToken,
        uint256[] calldata _ids,
        uint256[] calldata _amounts,
        uint32 _minGasLimit,
        bytes calldata _extraData
    ) external onlyEOA {
        _initiateBatch(_localToken, _remoteToken, msg.sender, _ids, _amounts, _minGasLimit, _extraData);
    }

    /// @notice Moves amounts of several ids to another address on the other layer, in one message.
    /// @param _localToken Token on this layer. Unless the bridge burns it, the bridge must be approved.
    /// @param _remoteToken Its twin on the other layer. If they are no pair, the tokens are stuck.
    /// @param _to Who receives them there.
    /// @param _ids Which ids, rising; MAX_IDS at most.
    /// @param _amounts How many of each.
    /// @param _minGasLimit Gas of the twin bridge at least.
    /// @param _extraData Anything; passed on and not read.
    function bridgeBatchERC1155To(
        address _localToken,
        address _remoteToken,
        address _to,
        uint256[] calldata _ids,
        uint256[] calldata _amounts,
        uint32 _minGasLimit,
        bytes calldata _extraData
    ) external {
        _initiateBatch(_localToken, _remoteToken, _to, _ids, _amounts, _minGasLimit, _extraData);
    }

    /// @notice Mints or releases an amount of one id that was moved here. The twin only.
    /// @param _localToken Token on this layer.
    /// @param _remoteToken Its twin on the other layer.
    /// @param _from Who sent it, on the other layer.
    /// @param _to Who receives it, on this layer.
    /// @param _id Which id.
    /// @param _amount How many.
    /// @param _extraData What the sender passed along.
    function finalizeBridgeERC1155(
        address _localToken,
        address _remoteToken,
        address _from,
        address _to,
        uint256 _id,
        uint256 _amount,
        bytes calldata _extraData
    ) external onlyOtherBridge whenNotPaused {
        _release(_localToken, _remoteToken, _to, _single(_id), _single(_amount));
        emit ERC1155BridgeFinalized(_localToken, _remoteToken, _from, _to, _id, _amount, _extraData);
    }

    /// @notice Mints or releases amounts of several ids that were moved here. The twin only.
    /// @param _localToken Token on this layer.
    /// @param _remoteToken Its twin on the other layer.
    /// @param _from Who sent them, on the other layer.
    /// @param _to Who receives them, on this layer.
    /// @param _ids Which ids.
    /// @param _amounts How many of each.
    /// @param _extraData What the sender passed along.
    function finalizeBridgeBatchERC1155(
        address _localToken,
        address _remoteToken,
        address _from,
        address _to,
        uint256[] calldata _ids,
        uint256[] calldata _amounts,
        bytes calldata _extraData
    ) external onlyOtherBridge whenNotPaused {
        _release(_localToken, _remoteToken, _to, _ids, _amounts);
        emit ERC1155BatchBridgeFinalized(_localToken, _remoteToken, _from, _to, _ids, _amounts, _extraData);
    }

    /// @inheritdoc IERC1155Receiver
    function onERC1155Received(
        address operator,
        address,
        uint256,
        uint256,
        bytes calldata
    ) external view returns (bytes4) {
        _requireExpected(operator);
        return this.onERC1155Received.selector;
    }

    /// @inheritdoc IERC1155Receiver
    function onERC1155BatchReceived(
        address operator,
        address,
        uint256[] calldata,
        uint256[] calldata,
        bytes calldata
    ) external view returns (bytes4) {
        _requireExpected(operator);
        return this.onERC1155BatchReceived.selector;
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId) external pure returns (bool) {
        return interfaceId == type(IERC165).interfaceId || interfaceId == type(IERC1155Receiver).interfaceId;
    }

    function _initiate(
        address localToken,
        address remoteToken,
        address to,
        uint256 id,
        uint256 amount,
        uint32 minGasLimit,
        bytes calldata extraData
    ) private nonReentrant {
        _take(localToken, remoteToken, to, _single(id), _single(amount));
        emit ERC1155BridgeInitiated(localToken, remoteToken, msg.sender, to, id, amount, extraData);
        // The twin sees the pair the other way round.
        _send(
            0,
            abi.encodeCall(
                this.finalizeBridgeERC1155,
                (remoteToken, localToken, msg.sender, to, id, amount, extraData)
            ),
            minGasLimit
        );
    }

    function _initiateBatch(
        address localToken,
        address remoteToken,
        address to,
        uint256[] calldata ids,
        uint256[] calldata amounts,
        uint32 minGasLimit,
        bytes calldata extraData
    ) private nonReentrant {
        _take(localToken, remoteToken, to, ids, amounts);
        emit ERC1155BatchBridgeInitiated(localToken, remoteToken, msg.sender, to, ids, amounts, extraData);
        _send(
            0,
            abi.encodeCall(
                this.finalizeBridgeBatchERC1155,
                (remoteToken, localToken, msg.sender, to, ids, amounts, extraData)
            ),
            minGasLimit
        );
    }

    /// @dev Burns or locks what the caller owns.
    function _take(
        address localToken,
        address remoteToken,
        address to,
        uint256[] memory ids,
        uint256[] memory amounts
    ) private {
        _requireReceiver(to);
        if (ids.length > MAX_IDS) revert ERC1155Bridge_TooManyIds(ids.length, MAX_IDS);
        if (ids.length == 0 || ids.length != amounts.length) revert ERC1155Bridge_BadBatch();
        // An id that came twice would be counted twice below.
        for (uint256 i = 1; i < ids.length; ++i) if (ids[i] <= ids[i - 1]) revert ERC1155Bridge_BadBatch();

        if (_isMintable(localToken)) {
            if (IOptimismMintableERC1155(localToken).remoteToken() != remoteToken)
                revert Bridge_WrongPair(localToken, remoteToken);
            IOptimismMintableERC1155(localToken).burnBatch(msg.sender, ids, amounts);
            return;
        }

        IERC1155 token = IERC1155(localToken);
        uint256[] memory before = new uint256[](ids.length);
        for (uint256 i; i < ids.length; ++i) before[i] = token.balanceOf(address(this), ids[i]);
        _expectedToken = localToken;
        token.safeBatchTransferFrom(msg.sender, address(this), ids, amounts, "");
        _expectedToken = address(0);
        for (uint256 i; i < ids.length; ++i) {
            uint256 received = token.balanceOf(address(this), ids[i]) - before[i];
            if (received != amounts[i]) revert ERC1155Bridge_WrongAmount(localToken, ids[i], received, amounts[i]);
            deposits[localToken][remoteToken][ids[i]] += received;
        }
    }

    /// @dev Mints or hands out.
    function _release(
        address localToken,
        address remoteToken,
        address to,
        uint256[] memory ids,
        uint256[] memory amounts
    ) private {
        if (_isMintable(localToken)) {
            if (IOptimismMintableERC1155(localToken).remoteToken() != remoteToken)
                revert Bridge_WrongPair(localToken, remoteToken);
            IOptimismMintableERC1155(localToken).mintBatch(to, ids, amounts);
            return;
        }
        for (uint256 i; i < ids.length; ++i) {
            uint256 locked = deposits[localToken][remoteToken][ids[i]];
            if (locked < amounts[i])
                revert ERC1155Bridge_NotLocked(localToken, remoteToken, ids[i], locked, amounts[i]);
            unchecked {
                deposits[localToken][remoteToken][ids[i]] = locked - amounts[i];
            }
        }
        IERC1155(localToken).safeBatchTransferFrom(address(this), to, ids, amounts, "");
    }

    function _requireExpected(address operator) private view {
        if (msg.sender != _expectedToken || operator != address(this))
            revert ERC1155Bridge_Unsolicited(msg.sender, operator);
    }

    function _isMintable(address token) private view returns (bool) {
        return ERC165Checker.supportsInterface(token, type(IOptimismMintableERC1155).interfaceId);
    }

    function _single(uint256 value) private pure returns (uint256[] memory list) {
        list = new uint256[](1);
        list[0] = value;
    }
}
