// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Bridge} from "../../src-sol/bridge/Bridge.sol";
import {CrossDomainMessenger} from "../../src-sol/bridge/CrossDomainMessenger.sol";
import {ERC1155Bridge} from "../../src-sol/bridge/ERC1155Bridge.sol";
import {L2ToL1MessagePasser} from "../../src-sol/l2/L2ToL1MessagePasser.sol";
import {OptimismMintableERC1155} from "../../src-sol/l2/OptimismMintableERC1155.sol";
import {PlainERC1155} from "./Tokens.sol";
import {TwoLayers} from "./TwoLayers.sol";

/// @notice What one layer accepts, the other can deliver: everything else is refused before anything is burnt or locked.
contract UndeliverableTest is TwoLayers {
    /// @dev Gas of a block of L2 at least (SystemConfig.MIN_GAS_LIMIT).
    uint256 private constant LEAST_BLOCK_GAS = 8_000_000;

    function _many(uint256 count) private pure returns (uint256[] memory ids, uint256[] memory amounts) {
        ids = new uint256[](count);
        amounts = new uint256[](count);
        for (uint256 i; i < count; ++i) (ids[i], amounts[i]) = (type(uint256).max - count + i, i + 1);
    }

    function test_more_ids_than_can_be_released_are_not_taken() public {
        PlainERC1155 token = new PlainERC1155();
        OptimismMintableERC1155 twin = OptimismMintableERC1155(
            factory1155.createOptimismMintableERC1155(address(token), "Episodes", "EP")
        );
        uint256 most = l1Bridge1155.MAX_IDS();
        (uint256[] memory ids, uint256[] memory amounts) = _many(most + 1);
        for (uint256 i; i <= most; ++i) token.give(alice, ids[i], amounts[i]);
        vm.startPrank(alice, alice);
        token.setApprovalForAll(address(l1Bridge1155), true);
        bytes memory reason = abi.encodeWithSelector(ERC1155Bridge.ERC1155Bridge_TooManyIds.selector, most + 1, most);
        vm.expectRevert(reason);
        l1Bridge1155.bridgeBatchERC1155(address(token), address(twin), ids, amounts, 0, "");
        vm.expectRevert(reason);
        l2Bridge1155.bridgeBatchERC1155(address(twin), address(token), ids, amounts, 0, "");

        assembly ("memory-safe") {
            mstore(ids, most)
            mstore(amounts, most)
        }
        l1Bridge1155.bridgeBatchERC1155(address(token), address(twin), ids, amounts, 0, "");
        vm.stopPrank();
        // The deposit bought too little; anybody repeats it in a block of L2 as small as they come.
        bytes memory data = _lastDeposit();
        _deliverDeposit();
        assertTrue(l2Messenger.failedMessages(keccak256(data)), "waits");
        vm.prank(bob, bob);
        (bool success, ) = address(l2Messenger).call{gas: LEAST_BLOCK_GAS - _intrinsicGas(data)}(data);
        assertTrue(success, "delivered");
        assertEq(twin.balanceOf(alice, ids[most - 1]), most, "minted");
        vm.prank(alice, alice);
        l2Bridge1155.bridgeBatchERC1155(address(twin), address(token), ids, amounts, 0, "");
        assertEq(twin.totalSupply(ids[0]), 0, "burnt");
    }

    function test_more_gas_than_a_transaction_has_is_not_promised() public {
        uint256 most = passer.maxGasLimit(0);
        vm.startPrank(alice, alice);
        passer.initiateWithdrawal(bob, most, "");
        vm.expectRevert(
            abi.encodeWithSelector(L2ToL1MessagePasser.L2ToL1MessagePasser_GasLimitTooHigh.selector, most + 1, most)
        );
        passer.initiateWithdrawal(bob, most + 1, "");
        vm.expectRevert(
            abi.encodeWithSelector(
                L2ToL1MessagePasser.L2ToL1MessagePasser_GasLimitTooHigh.selector,
                type(uint256).max,
                most
            )
        );
        passer.initiateWithdrawal(bob, type(uint256).max, "");
        bytes4 tooHigh = L2ToL1MessagePasser.L2ToL1MessagePasser_GasLimitTooHigh.selector;
        vm.expectPartialRevert(tooHigh);
        l2Messenger.sendMessage{value: 1}(bob, "", 16_500_000);
        vm.expectPartialRevert(tooHigh);
        l2Bridge.bridgeETH{value: 1}(16_500_000, "");
        vm.expectPartialRevert(tooHigh);
        l2Bridge.bridgeETH{value: 1}(type(uint32).max, "");
        l2Bridge.bridgeETH{value: 1}(14_000_000, "");
        vm.stopPrank();
    }

    function test_more_data_than_a_transaction_carries_is_not_taken() public {
        uint256 most = passer.MAX_DATA();
        bytes memory data = new bytes(most + 1);
        bytes memory reason = abi.encodeWithSelector(
            L2ToL1MessagePasser.L2ToL1MessagePasser_DataTooLong.selector,
            most + 1,
            most
        );
        vm.expectRevert(reason);
        passer.initiateWithdrawal(bob, 0, data);
        vm.expectPartialRevert(L2ToL1MessagePasser.L2ToL1MessagePasser_DataTooLong.selector);
        l2Messenger.sendMessage(bob, data, 0);
        passer.initiateWithdrawal(bob, 0, new bytes(most));
    }

    function test_withdrawals_to_contracts_that_refuse_the_portal_are_not_taken() public {
        address[3] memory targets = [address(portal), inbox, address(l1Messenger)];
        for (uint256 i; i < targets.length; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(L2ToL1MessagePasser.L2ToL1MessagePasser_BadTarget.selector, targets[i])
            );
            vm.prank(alice, alice);
            passer.initiateWithdrawal{value: 1}(targets[i], 100_000, "");
            vm.expectRevert(
                abi.encodeWithSelector(CrossDomainMessenger.CrossDomainMessenger_UnsafeTarget.selector, targets[i])
            );
            vm.prank(alice, alice);
            l2Messenger.sendMessage{value: 1}(targets[i], "", 100_000);
        }
    }

    function test_a_contract_that_sends_ether_to_the_passer_must_name_who_gets_it() public {
        vm.deal(address(this), 1 ether);
        (bool success, bytes memory reason) = address(passer).call{value: 1 ether}("");
        assertFalse(success, "sent by a contract");
        assertEq(
            reason,
            abi.encodeWithSelector(L2ToL1MessagePasser.L2ToL1MessagePasser_NotExternallyOwned.selector, address(this)),
            "reason"
        );
        vm.etch(alice, abi.encodePacked(hex"ef0100", bob));
        vm.prank(alice);
        (success, ) = address(passer).call{value: 1 ether}("");
        assertTrue(success, "a key whose code is delegated");
    }

    function _refused(address to) private {
        vm.expectRevert(abi.encodeWithSelector(Bridge.Bridge_BadReceiver.selector, to));
        vm.prank(alice, alice);
    }

    function test_nothing_is_sent_to_contracts_that_take_nothing() public {
        address[4] memory onL2 = [address(0), address(l2Bridge), address(l2Messenger), address(passer)];
        address[5] memory onL1 = [address(0), address(l1Bridge), address(l1Messenger), address(portal), inbox];
        for (uint256 i; i < onL2.length; ++i) {
            _refused(onL2[i]);
            l1Bridge.bridgeETHTo{value: 1}(onL2[i], 1, "");
            _refused(onL2[i]);
            l1Bridge.depositETHTo{value: 1}(onL2[i], 1, "");
            _refused(onL2[i]);
            l1Bridge.bridgeERC20To(bob, bob, onL2[i], 1, 1, "");
        }
        for (uint256 i; i < onL1.length; ++i) {
            _refused(onL1[i]);
            l2Bridge.bridgeETHTo{value: 1}(onL1[i], 1, "");
            _refused(onL1[i]);
            l2Bridge.bridgeERC20To(bob, bob, onL1[i], 1, 1, "");
        }
        _refused(address(l2Bridge721));
        l1Bridge721.bridgeERC721To(bob, bob, address(l2Bridge721), 1, 1, "");
        _refused(address(l1Bridge721));
        l2Bridge721.bridgeERC721To(bob, bob, address(l1Bridge721), 1, 1, "");
        _refused(address(l2Bridge1155));
        l1Bridge1155.bridgeERC1155To(bob, bob, address(l2Bridge1155), 1, 1, 1, "");
        _refused(address(l1Bridge1155));
        l2Bridge1155.bridgeERC1155To(bob, bob, address(l1Bridge1155), 1, 1, 1, "");
    }
}
