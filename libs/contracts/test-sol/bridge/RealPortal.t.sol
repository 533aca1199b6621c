// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {L1Bridge} from "../../src-sol/bridge/L1Bridge.sol";
import {L1CrossDomainMessenger} from "../../src-sol/bridge/L1CrossDomainMessenger.sol";
import {L1StandardBridge} from "../../src-sol/bridge/L1StandardBridge.sol";
import {CrossDomainMessenger} from "../../src-sol/bridge/CrossDomainMessenger.sol";
import {StandardBridge} from "../../src-sol/bridge/StandardBridge.sol";
import {IOptimismPortal} from "../../src-sol/l1/interfaces/IOptimismPortal.sol";
import {ERC1155Bridge} from "../../src-sol/bridge/ERC1155Bridge.sol";
import {ERC721Bridge} from "../../src-sol/bridge/ERC721Bridge.sol";
import {L2StandardBridge} from "../../src-sol/l2/L2StandardBridge.sol";
import {IAnchorStateRegistry} from "../../src-sol/l1/interfaces/IAnchorStateRegistry.sol";
import {IDisputeGame} from "../../src-sol/l1/interfaces/IDisputeGame.sol";
import {Predeploys} from "../../src-sol/l2/Predeploys.sol";
import {AddressAliasHelper} from "../../src-sol/shared/AddressAliasHelper.sol";
import {WithdrawalTransaction} from "../../src-sol/shared/Types.sol";
import {L1Setup} from "../base/L1Setup.sol";
import {Moody} from "./Tokens.sol";

/// @notice Messenger and bridge on the portal, inbox and configuration that a chain has.
contract RealPortalTest is L1Setup {
    event TransactionDeposited(address indexed from, address indexed to, uint256 indexed version, bytes opaqueData);

    L1CrossDomainMessenger private messenger;
    L1StandardBridge private bridge;

    function setUp() public override {
        super.setUp();
        messenger = L1CrossDomainMessenger(
            address(
                new ERC1967Proxy(
                    address(new L1CrossDomainMessenger()),
                    abi.encodeCall(L1CrossDomainMessenger.initialize, (config, portal))
                )
            )
        );
        bridge = L1StandardBridge(
            payable(
                address(
                    new ERC1967Proxy(
                        address(new L1StandardBridge()),
                        abi.encodeCall(L1Bridge.initialize, (messenger, config))
                    )
                )
            )
        );
    }

    function _relay(
        uint256 nonce,
        address sender,
        address target,
        uint256 value,
        uint32 gas,
        bytes memory data
    ) private pure returns (bytes memory) {
        uint256 versioned = (uint256(1) << 240) | nonce;
        return abi.encodeCall(CrossDomainMessenger.relayMessage, (versioned, sender, target, value, gas, data));
    }

    function test_a_bridged_deposit_is_a_deposit_of_the_portal() public {
        bytes memory call = abi.encodeCall(StandardBridge.finalizeBridgeETH, (alice, bob, 2 ether, "note"));
        bytes memory data = _relay(0, address(bridge), Predeploys.L2_STANDARD_BRIDGE, 2 ether, 200_000, call);
        bytes memory opaque = abi.encodePacked(
            uint256(2 ether),
            uint256(2 ether),
            messenger.baseGas(call, 200_000),
            false,
            data
        );
        vm.expectEmit(address(portal));
        emit TransactionDeposited(
            AddressAliasHelper.applyL1ToL2Alias(address(messenger)),
            Predeploys.L2_CROSS_DOMAIN_MESSENGER,
            0,
            opaque
        );
        vm.prank(alice, alice);
        bridge.depositETHTo{value: 2 ether}(bob, 200_000, "note");
        assertEq(address(portal).balance, 2 ether, "locked in the portal");
    }

    function testFuzz_the_gas_of_a_message_is_never_too_low_for_the_portal(uint32 size, uint32 minGas) public view {
        bytes memory message = new bytes(bound(size, 0, 119_000));
        uint256 encoded = _relay(0, alice, bob, 0, minGas, message).length;
        assertGe(messenger.baseGas(message, minGas), portal.minimumGasLimit(uint64(encoded)), "gas");
    }

    function _finalize(
        address target,
        uint256 value,
        uint32 minGas,
        uint256 outerGas
    ) private returns (bytes memory data) {
        data = _relay(0, alice, target, value, minGas, "");
        WithdrawalTransaction memory withdrawal = WithdrawalTransaction(
            (uint256(1) << 240) | 5,
            Predeploys.L2_CROSS_DOMAIN_MESSENGER,
            address(messenger),
            value,
            messenger.baseGas("", minGas),
            data
        );
        // Proving has its own tests: this withdrawal counts as proven by bob against a game that was accepted.
        address game = makeAddress("game");
        vm.mockCall(game, abi.encodeCall(IDisputeGame.createdAt, ()), abi.encode(uint64(block.timestamp)));
        vm.mockCall(
            address(registry),
            abi.encodeCall(IAnchorStateRegistry.isGameClaimValid, (IDisputeGame(game))),
            abi.encode(true)
        );
        bytes32 hash = keccak256(
            abi.encode(
                withdrawal.nonce,
                withdrawal.sender,
                withdrawal.target,
                withdrawal.value,
                withdrawal.gasLimit,
                withdrawal.data
            )
        );
        bytes32 slot = keccak256(abi.encode(bob, keccak256(abi.encode(hash, PROVEN_SLOT))));
        uint256 word = uint256(uint160(game)) | ((block.timestamp + 1) << 160);
        vm.store(address(portal), slot, bytes32(word));
        vm.warp(block.timestamp + MATURITY_DELAY + 10);
        vm.prank(bob, bob);
        portal.finalizeWithdrawalTransaction{gas: outerGas}(withdrawal);
        assertTrue(portal.finalizedWithdrawals(hash), "finalised");
    }

    /// @dev Slot of `provenWithdrawals` in the portal.
    uint256 private constant PROVEN_SLOT = 7;

    function test_a_message_arrives_through_the_portal() public {
        vm.deal(address(portal), 3 ether);
        address carol = makeAddress("carol");
        bytes memory data = _finalize(carol, 3 ether, 50_000, 5_000_000);
        assertEq(carol.balance, 3 ether, "arrived");
        assertTrue(messenger.successfulMessages(keccak256(data)), "recorded");
    }

    function test_a_message_that_fails_in_the_portal_is_replayed_on_the_messenger() public {
        vm.deal(address(portal), 3 ether);
        Moody moody = new Moody();
        moody.setRefuses(true);
        // No more gas than the portal asks for.
        bytes memory data = _finalize(address(moody), 3 ether, 50_000, 1_000_000);
        assertTrue(messenger.failedMessages(keccak256(data)), "failed");
        assertEq(address(messenger).balance, 3 ether, "kept");
        moody.setRefuses(false);
        vm.prank(alice, alice);
        (bool success, ) = address(messenger).call(data);
        assertTrue(success, "replay");
        assertEq(address(moody).balance, 3 ether, "arrived");
        vm.prank(alice, alice);
        (success, ) = address(messenger).call(data);
        assertFalse(success, "once");
    }

    /// @dev What a contract would deposit to have assets sent to the address under which L2 knows it, which is nobody's on L1.
    function test_a_contract_must_name_the_receiver_of_what_it_has_on_L2() public {
        address standard = Predeploys.L2_STANDARD_BRIDGE;
        bytes memory empty;
        bytes[9] memory calls = [
            empty,
            empty,
            abi.encodeCall(StandardBridge.bridgeETH, (1, "")),
            abi.encodeCall(StandardBridge.bridgeERC20, (bob, bob, 1, 1, "")),
            abi.encodeCall(L2StandardBridge.withdraw, (bob, 1, 1, "")),
            abi.encodeCall(ERC721Bridge.bridgeERC721, (bob, bob, 1, 1, "")),
            abi.encodeCall(ERC1155Bridge.bridgeERC1155, (bob, bob, 1, 1, 1, "")),
            abi.encodeCall(ERC1155Bridge.bridgeBatchERC1155, (bob, bob, new uint256[](1), new uint256[](1), 1, "")),
            abi.encodeCall(StandardBridge.bridgeETHTo, (bob, 1, ""))
        ];
        address[9] memory targets = [
            Predeploys.L2_TO_L1_MESSAGE_PASSER,
            standard,
            standard,
            standard,
            standard,
            Predeploys.L2_ERC721_BRIDGE,
            Predeploys.L2_ERC1155_BRIDGE,
            Predeploys.L2_ERC1155_BRIDGE,
            standard
        ];
        vm.deal(address(this), 100 ether);
        for (uint256 i; i < 9; ++i) {
            if (i < 8)
                vm.expectRevert(
                    abi.encodeWithSelector(IOptimismPortal.OptimismPortal_ReceiverMissing.selector, address(this))
                );
            portal.depositTransaction{value: 1 ether}(targets[i], 1 ether, 200_000, false, calls[i]);
            // A key has the same address on both layers, and leaves by force in this way.
            vm.prank(alice, alice);
            portal.depositTransaction{value: 1 ether}(targets[i], 1 ether, 200_000, false, calls[i]);
        }
        (bool success, ) = address(portal).call{value: 1 ether}("");
        assertFalse(success, "ether of a contract to the portal");
        vm.prank(alice, alice);
        (success, ) = address(portal).call{value: 1 ether}("");
        assertTrue(success, "ether of a key");
    }

    function test_the_guardians_pause_holds_and_expires() public {
        vm.prank(guardian);
        config.pause();
        assertTrue(messenger.paused() && bridge.paused(), "paused");
        vm.warp(block.timestamp + PAUSE_DURATION);
        assertFalse(messenger.paused() || bridge.paused(), "expired by itself");
    }
}
