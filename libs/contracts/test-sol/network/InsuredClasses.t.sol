// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {CrossDomainMessenger} from "../../src-sol/bridge/CrossDomainMessenger.sol";
import {ERC1155Bridge} from "../../src-sol/bridge/ERC1155Bridge.sol";
import {ERC721Bridge} from "../../src-sol/bridge/ERC721Bridge.sol";
import {StandardBridge} from "../../src-sol/bridge/StandardBridge.sol";
import {Predeploys} from "../../src-sol/l2/Predeploys.sol";
import {InsuredClasses} from "../../src-sol/network/InsuredClasses.sol";
import {WithdrawalTransaction} from "../../src-sol/shared/Types.sol";
import {Test} from "../base/Test.sol";

/// @notice The library from outside, so that what it refuses can be caught.
contract Classifier {
    function classify(
        WithdrawalTransaction calldata w,
        InsuredClasses.Known calldata known
    ) external pure returns (InsuredClasses.Moved memory) {
        return InsuredClasses.classify(w, known);
    }
}

contract InsuredClassesTest is Test {
    Classifier private classifier = new Classifier();

    address private constant PORTAL = address(0x101);
    address private constant INBOX = address(0x102);
    address private constant MESSENGER = address(0x103);
    address private constant BRIDGE = address(0x104);
    address private constant BRIDGE721 = address(0x105);
    address private constant BRIDGE1155 = address(0x106);
    address private constant FROM = address(0x201);
    address private constant TO = address(0x202);
    address private constant TOKEN = address(0x301);
    address private constant REMOTE = address(0x302);
    uint256 private constant NONCE = (uint256(1) << 240) | 7;

    function _known() private pure returns (InsuredClasses.Known memory) {
        return InsuredClasses.Known(PORTAL, INBOX, MESSENGER, BRIDGE, BRIDGE721, BRIDGE1155);
    }

    function _relay(uint256 value, bytes memory message) private pure returns (bytes memory) {
        return
            abi.encodeCall(
                CrossDomainMessenger.relayMessage,
                (NONCE, Predeploys.L2_STANDARD_BRIDGE, BRIDGE, value, 200_000, message)
            );
    }

    function _withdrawal(uint256 value, bytes memory data) private pure returns (WithdrawalTransaction memory) {
        return WithdrawalTransaction(NONCE, Predeploys.L2_CROSS_DOMAIN_MESSENGER, MESSENGER, value, 500_000, data);
    }

    function _ether(uint256 value, bytes memory extra) private pure returns (bytes memory) {
        return abi.encodeCall(StandardBridge.finalizeBridgeETH, (FROM, TO, value, extra));
    }

    function _tokens(uint256 amount, bytes memory extra) private pure returns (bytes memory) {
        return abi.encodeCall(StandardBridge.finalizeBridgeERC20, (TOKEN, REMOTE, FROM, TO, amount, extra));
    }

    function _refused(WithdrawalTransaction memory w, string memory what) private view {
        try classifier.classify(w, _known()) {
            revert Failed(what);
        } catch (bytes memory reason) {
            assertEq(bytes32(bytes4(reason)), bytes32(InsuredClasses.InsuredClasses_NotInsured.selector), what);
        }
    }

    function _insured(WithdrawalTransaction memory w, address token, address remote, uint256 amount) private view {
        InsuredClasses.Moved memory moved = classifier.classify(w, _known());
        assertEq(moved.token, token, "token");
        assertEq(moved.remoteToken, remote, "twin");
        assertEq(moved.amount, amount, "amount");
    }

    function test_what_is_insured() external view {
        WithdrawalTransaction memory plain = _withdrawal(5, "");
        (plain.sender, plain.target) = (FROM, TO);
        _insured(plain, address(0), address(0), 5);
        _insured(_withdrawal(5, _relay(5, _ether(5, ""))), address(0), address(0), 5);
        _insured(_withdrawal(0, _relay(0, _tokens(9, ""))), TOKEN, REMOTE, 9);
    }

    function test_plain_ether_to_what_trusts_the_portal() external view {
        address[6] memory trusted = [PORTAL, INBOX, MESSENGER, BRIDGE, BRIDGE721, BRIDGE1155];
        for (uint256 i = 0; i < 6; i++) {
            WithdrawalTransaction memory w = _withdrawal(5, "");
            w.target = trusted[i];
            _refused(w, "trusted");
        }
        WithdrawalTransaction memory empty = _withdrawal(0, "");
        empty.target = TO;
        _refused(empty, "nothing");
    }

    function test_what_is_not() external view {
        _refused(_withdrawal(5, _relay(5, _ether(5, "x"))), "extra data of ether");
        _refused(_withdrawal(0, _relay(0, _tokens(9, "x"))), "extra data of tokens");
        _refused(_withdrawal(0, _relay(0, _ether(0, ""))), "no ether");
        _refused(_withdrawal(0, _relay(0, _tokens(0, ""))), "no tokens");
        _refused(_withdrawal(5, _relay(5, _tokens(9, ""))), "tokens with ether");
        _refused(_withdrawal(5, _relay(5, _ether(4, ""))), "less in the message");
        _refused(_withdrawal(5, _relay(4, _ether(5, ""))), "less in the call");
        _refused(_withdrawal(4, _relay(5, _ether(5, ""))), "less along");
        bytes memory zero = abi.encodeCall(StandardBridge.finalizeBridgeERC20, (address(0), REMOTE, FROM, TO, 9, ""));
        _refused(_withdrawal(0, _relay(0, zero)), "the token zero");
    }

    function test_a_message_that_is_none_never() external view {
        _refused(_withdrawal(0, _relay(0, "")), "through the messenger");
        _refused(_withdrawal(5, _relay(5, "")), "with ether");
    }

    function test_an_NFT_never() external view {
        _never(abi.encodeCall(ERC721Bridge.finalizeBridgeERC721, (TOKEN, REMOTE, FROM, TO, 1, "")), 5);
        _never(
            abi.encodeWithSelector(
                ERC1155Bridge.bridgeERC1155.selector,
                TOKEN,
                REMOTE,
                FROM,
                TO,
                uint256(1),
                uint256(1),
                ""
            ),
            5
        );
    }

    /// What a receiver of ERC-7786 is called with.
    function testFuzz_an_ERC7786_payload_never(
        bytes32 id,
        bytes calldata sender,
        bytes calldata payload,
        uint256 value
    ) external view {
        _never(abi.encodeWithSignature("receiveMessage(bytes32,bytes,bytes)", id, sender, payload), value);
    }

    /// What the timelock and a governor on L1 are called with.
    function testFuzz_a_governance_payload_never(
        address to,
        uint256 amount,
        bytes calldata payload,
        bytes32 salt,
        uint256 value
    ) external view {
        bytes32 none = bytes32(0);
        _never(
            abi.encodeWithSignature(
                "schedule(address,uint256,bytes,bytes32,bytes32,uint256)",
                to,
                amount,
                payload,
                none,
                salt,
                1 days
            ),
            value
        );
        _never(
            abi.encodeWithSignature("execute(address,uint256,bytes,bytes32,bytes32)", to, amount, payload, none, salt),
            value
        );
        address[] memory targets = new address[](1);
        uint256[] memory amounts = new uint256[](1);
        bytes[] memory payloads = new bytes[](1);
        (targets[0], amounts[0], payloads[0]) = (to, amount, payload);
        _never(
            abi.encodeWithSignature("propose(address[],uint256[],bytes[],string)", targets, amounts, payloads, ""),
            value
        );
    }

    function test_every_part_of_the_call_counts() external view {
        bytes memory message = _ether(5, "");
        for (uint256 i = 0; i < 7; i++) {
            WithdrawalTransaction memory w = _withdrawal(5, "");
            w.data = abi.encodeCall(
                CrossDomainMessenger.relayMessage,
                (
                    i == 0
                        ? 7
                        : i == 1
                            ? (uint256(2) << 240) | 7
                            : NONCE,
                    i == 2 ? FROM : Predeploys.L2_STANDARD_BRIDGE,
                    i == 3 ? TO : BRIDGE,
                    5,
                    i == 4 ? uint256(type(uint32).max) + 1 : 200_000,
                    message
                )
            );
            if (i == 5) w.sender = FROM;
            if (i == 6) w.target = BRIDGE;
            _refused(w, "part");
        }
    }

    /// Any byte of a message but those of nonce, least gas and the receiver can change only with what is refused, or what is read.
    function testFuzz_a_changed_byte(bool tokens, uint256 at, uint8 change, uint128 amount) external view {
        WithdrawalTransaction memory w = _either(tokens, amount);
        at = bound(at, 0, w.data.length - 1);
        w.data[at] = bytes1(uint8(w.data[at]) ^ uint8(bound(change, 1, 255)));
        _refusedOrSame(w);
    }

    function testFuzz_cut_or_longer(bool tokens, uint256 length, bytes32 tail, uint128 amount) external view {
        WithdrawalTransaction memory w = _either(tokens, amount);
        bytes memory data = new bytes(bound(length, 1, w.data.length + 64));
        if (data.length == w.data.length) return;
        for (uint256 i = 0; i < data.length; i++) data[i] = i < w.data.length ? w.data[i] : tail[i % 32];
        w.data = data;
        _refused(w, "another length");
    }

    function testFuzz_any_data(uint256 value, bytes calldata data, address sender, address target) external view {
        WithdrawalTransaction memory w = WithdrawalTransaction(NONCE, sender, target, value, 0, data);
        if (data.length == 0) return;
        _refused(w, "any data");
    }

    /// Words that a decoder may take in more than one way: offsets, lengths, dirty addresses.
    function testFuzz_any_word(bool tokens, uint256 at, bytes32 word, uint128 amount) external view {
        WithdrawalTransaction memory w = _either(tokens, amount);
        at = 4 + 32 * bound(at, 0, (w.data.length - 36) / 32);
        bytes memory data = w.data;
        assembly ("memory-safe") {
            mstore(add(add(data, 32), at), word)
        }
        w.data = data;
        _refusedOrSame(w);
    }

    /// Extra data of any length, properly encoded.
    function testFuzz_any_extra_data(bool tokens, uint128 amount, bytes calldata extra) external view {
        if (extra.length == 0) return;
        if (tokens) _refused(_withdrawal(0, _relay(0, _tokens(amount, extra))), "tokens");
        else _refused(_withdrawal(amount, _relay(amount, _ether(amount, extra))), "ether");
    }

    function testFuzz_what_is_right_is_read(
        uint256 nonce,
        uint32 gas,
        address from,
        address to,
        uint256 amount,
        bool tokens
    ) external view {
        amount = bound(amount, 1, type(uint256).max);
        bytes memory message =
            tokens
                ? abi.encodeCall(StandardBridge.finalizeBridgeERC20, (TOKEN, REMOTE, from, to, amount, ""))
                : abi.encodeCall(StandardBridge.finalizeBridgeETH, (from, to, amount, ""));
        uint256 value = tokens ? 0 : amount;
        WithdrawalTransaction memory w = _withdrawal(value, "");
        w.data = abi.encodeCall(
            CrossDomainMessenger.relayMessage,
            ((uint256(1) << 240) | (nonce >> 16), Predeploys.L2_STANDARD_BRIDGE, BRIDGE, value, gas, message)
        );
        _insured(w, tokens ? TOKEN : address(0), tokens ? REMOTE : address(0), amount);
    }

    /// @dev Refuses a call through the messenger, from the bridge of L2 or from anybody, with and without ether, and one that goes to its target itself.
    function _never(bytes memory message, uint256 value) private view {
        _refused(_withdrawal(0, _relay(0, message)), "through the messenger");
        _refused(_withdrawal(value, _relay(value, message)), "with ether");
        bytes memory stranger = abi.encodeCall(
            CrossDomainMessenger.relayMessage,
            (NONCE, FROM, TO, value, 200_000, message)
        );
        _refused(_withdrawal(value, stranger), "of a stranger");
        _refused(_withdrawal(value, message), "right to the messenger");
        _refused(WithdrawalTransaction(NONCE, FROM, TO, value, 500_000, message), "right to its target");
    }

    function _either(bool tokens, uint128 amount) private pure returns (WithdrawalTransaction memory) {
        uint256 some = bound(amount, 1, type(uint128).max);
        if (tokens) return _withdrawal(0, _relay(0, _tokens(some, "")));
        return _withdrawal(some, _relay(some, _ether(some, "")));
    }

    /// @dev What is accepted must be what ABI decoders read, encoded as an ABI encoder does.
    function _refusedOrSame(WithdrawalTransaction memory w) private view {
        try classifier.classify(w, _known()) returns (InsuredClasses.Moved memory moved) {
            bytes memory arguments = _tail(w.data);
            (uint256 nonce, address sender, address target, uint256 value, uint256 gas, bytes memory message) = abi
                .decode(arguments, (uint256, address, address, uint256, uint256, bytes));
            assertEq(sender, Predeploys.L2_STANDARD_BRIDGE, "sender");
            assertEq(target, BRIDGE, "target");
            assertEq(value, w.value, "value");
            assertEq(
                w.data,
                abi.encodeCall(CrossDomainMessenger.relayMessage, (nonce, sender, target, value, gas, message)),
                "canonical"
            );
            _sameMessage(message, moved);
        } catch (bytes memory reason) {
            assertEq(bytes32(bytes4(reason)), bytes32(InsuredClasses.InsuredClasses_NotInsured.selector), "refused");
        }
    }

    function _sameMessage(bytes memory message, InsuredClasses.Moved memory moved) private pure {
        bytes memory arguments = _tail(message);
        if (moved.token == address(0)) {
            (address a, address b, uint256 sent, bytes memory none) = abi.decode(
                arguments,
                (address, address, uint256, bytes)
            );
            assertEq(sent, moved.amount, "ether");
            assertEq(message, abi.encodeCall(StandardBridge.finalizeBridgeETH, (a, b, sent, none)), "same");
            assertEq(none.length, 0, "no extra data");
            return;
        }
        (address local, address remote, address from, address to, uint256 amount, bytes memory extra) = abi.decode(
            arguments,
            (address, address, address, address, uint256, bytes)
        );
        assertEq(local, moved.token, "token");
        assertEq(remote, moved.remoteToken, "twin");
        assertEq(amount, moved.amount, "amount");
        assertEq(extra.length, 0, "no extra data");
        assertEq(
            message,
            abi.encodeCall(StandardBridge.finalizeBridgeERC20, (local, remote, from, to, amount, "")),
            "same"
        );
    }

    function _tail(bytes memory data) private pure returns (bytes memory tail) {
        tail = new bytes(data.length - 4);
        for (uint256 i = 0; i < tail.length; i++) tail[i] = data[i + 4];
    }
}
