// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {CrossDomainMessenger} from "../bridge/CrossDomainMessenger.sol";
import {StandardBridge} from "../bridge/StandardBridge.sol";
import {Predeploys} from "../l2/Predeploys.sol";
import {WithdrawalTransaction} from "../shared/Types.sol";

/// @title InsuredClasses
/// @notice Which withdrawals may be paid early: those that move an amount of one asset and do nothing else, so that the amount is all that a wrong
/// one can cost. docs/spec/network.md, section 5. What is read is encoded again and must be the same bytes.
library InsuredClasses {
    /// @notice The contracts of a chain that trust the portal, or are trusted as it is.
    /// @param portal The portal.
    /// @param inbox The inbox.
    /// @param messenger The messenger of L1.
    /// @param standardBridge The bridge of ETH and ERC-20.
    /// @param erc721Bridge The bridge of ERC-721.
    /// @param erc1155Bridge The bridge of ERC-1155.
    struct Known {
        address portal;
        address inbox;
        address messenger;
        address standardBridge;
        address erc721Bridge;
        address erc1155Bridge;
    }

    /// @notice What a withdrawal moves.
    /// @param token Token on L1; zero for ETH.
    /// @param remoteToken Its twin on L2; zero for ETH.
    /// @param amount In the smallest unit.
    struct Moved {
        address token;
        address remoteToken;
        uint256 amount;
    }

    /// @notice The withdrawal is of no insured class: it can only be finalised in the ordinary way.
    error InsuredClasses_NotInsured();

    /// @dev Bytes of `relayMessage` with a message of `finalizeBridgeETH` or `finalizeBridgeERC20` without extra data.
    uint256 private constant ETH_LENGTH = 420;
    uint256 private constant ERC20_LENGTH = 484;

    /// @dev Places of what is read in these. The message begins at 228 with its selector.
    uint256 private constant NONCE = 4;
    uint256 private constant MIN_GAS = 132;
    uint256 private constant FIRST = 232;
    uint256 private constant SECOND = 264;
    uint256 private constant THIRD = 296;
    uint256 private constant FOURTH = 328;
    uint256 private constant FIFTH = 360;

    /// @notice What a withdrawal moves. Fails if it may do anything else.
    /// @param w The withdrawal.
    /// @param known The contracts of the chain.
    /// @return What it moves.
    function classify(WithdrawalTransaction calldata w, Known memory known) internal pure returns (Moved memory) {
        if (w.data.length == 0) {
            if (w.value == 0 || _isTrusted(w.target, known)) revert InsuredClasses_NotInsured();
            return Moved(address(0), address(0), w.value);
        }
        if (w.sender != Predeploys.L2_CROSS_DOMAIN_MESSENGER || w.target != known.messenger)
            revert InsuredClasses_NotInsured();
        if (w.data.length == ETH_LENGTH && w.value != 0) return _ether(w, known.standardBridge);
        if (w.data.length == ERC20_LENGTH && w.value == 0) return _tokens(w, known.standardBridge);
        revert InsuredClasses_NotInsured();
    }

    function _ether(WithdrawalTransaction calldata w, address bridge) private pure returns (Moved memory) {
        bytes memory message = abi.encodeCall(
            StandardBridge.finalizeBridgeETH,
            (_addressAt(w.data, FIRST), _addressAt(w.data, SECOND), w.value, "")
        );
        _requireSame(w, bridge, message);
        return Moved(address(0), address(0), w.value);
    }

    function _tokens(WithdrawalTransaction calldata w, address bridge) private pure returns (Moved memory moved) {
        moved = Moved(_addressAt(w.data, FIRST), _addressAt(w.data, SECOND), uint256(_wordAt(w.data, FIFTH)));
        bytes memory message = abi.encodeCall(
            StandardBridge.finalizeBridgeERC20,
            (moved.token, moved.remoteToken, _addressAt(w.data, THIRD), _addressAt(w.data, FOURTH), moved.amount, "")
        );
        _requireSame(w, bridge, message);
        // The token zero would be taken for ETH.
        if (moved.token == address(0) || moved.amount == 0) revert InsuredClasses_NotInsured();
    }

    /// @dev Requires that the messenger is called with this message from bridge to bridge, byte for byte.
    function _requireSame(WithdrawalTransaction calldata w, address bridge, bytes memory message) private pure {
        uint256 nonce = uint256(_wordAt(w.data, NONCE));
        uint256 minGas = uint256(_wordAt(w.data, MIN_GAS));
        bytes memory expected = abi.encodeCall(
            CrossDomainMessenger.relayMessage,
            (nonce, Predeploys.L2_STANDARD_BRIDGE, bridge, w.value, minGas, message)
        );
        if (nonce >> 240 != 1 || minGas > type(uint32).max || keccak256(expected) != keccak256(w.data))
            revert InsuredClasses_NotInsured();
    }

    function _isTrusted(address target, Known memory known) private pure returns (bool) {
        return
            target == known.portal ||
            target == known.inbox ||
            target == known.messenger ||
            target == known.standardBridge ||
            target == known.erc721Bridge ||
            target == known.erc1155Bridge;
    }

    function _wordAt(bytes calldata data, uint256 offset) private pure returns (bytes32) {
        return bytes32(data[offset:offset + 32]);
    }

    /// @dev The low 20 bytes; others are found when it is encoded again.
    function _addressAt(bytes calldata data, uint256 offset) private pure returns (address) {
        return address(uint160(uint256(_wordAt(data, offset))));
    }
}
