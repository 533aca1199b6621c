// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Bridge} from "../../src-sol/bridge/Bridge.sol";
import {ERC1155Bridge} from "../../src-sol/bridge/ERC1155Bridge.sol";
import {OptimismMintableERC1155} from "../../src-sol/l2/OptimismMintableERC1155.sol";
import {Moody, PlainERC1155, ShortERC1155} from "./Tokens.sol";
import {TwoLayers} from "./TwoLayers.sol";

contract ERC1155BridgeTest is TwoLayers {
    event ERC1155BatchBridgeInitiated(
        address indexed localToken,
        address indexed remoteToken,
        address indexed from,
        address to,
        uint256[] ids,
        uint256[] amounts,
        bytes extraData
    );

    PlainERC1155 private episodes;
    OptimismMintableERC1155 private twin;

    function setUp() public override {
        super.setUp();
        episodes = new PlainERC1155();
        twin = OptimismMintableERC1155(factory1155.createOptimismMintableERC1155(address(episodes), "Episodes", "EP"));
        for (uint256 id; id < 4; ++id) episodes.give(alice, id, 100);
        vm.prank(alice);
        episodes.setApprovalForAll(address(l1Bridge1155), true);
    }

    function _lists(uint256 id, uint256 amount) private pure returns (uint256[] memory ids, uint256[] memory amounts) {
        ids = new uint256[](2);
        amounts = new uint256[](2);
        (ids[0], ids[1]) = (id, id + 2);
        (amounts[0], amounts[1]) = (amount, amount + 1);
    }

    function _bridge(address to, uint256 id, uint256 amount) private {
        vm.prank(alice, alice);
        l1Bridge1155.bridgeERC1155To(address(episodes), address(twin), to, id, amount, 400_000, "note");
    }

    function test_an_amount_goes_over_and_comes_back() public {
        _bridge(bob, 1, 60);
        assertTrue(_deliverDeposit(), "deposit");
        assertEq(twin.balanceOf(bob, 1), 60, "minted");
        assertEq(l1Bridge1155.deposits(address(episodes), address(twin), 1), 60, "locked");
        vm.prank(bob, bob);
        l2Bridge1155.bridgeERC1155(address(twin), address(episodes), 1, 20, 400_000, "");
        assertEq(twin.totalSupply(1), 40, "burnt");
        assertTrue(_deliverWithdrawal(), "withdrawal");
        assertEq(episodes.balanceOf(bob, 1), 20, "released");
        assertEq(episodes.balanceOf(address(l1Bridge1155), 1), 40, "still locked");
    }

    function test_a_batch_goes_over_and_comes_back_in_one_message() public {
        (uint256[] memory ids, uint256[] memory amounts) = _lists(0, 10);
        vm.expectEmit(address(l1Bridge1155));
        emit ERC1155BatchBridgeInitiated(address(episodes), address(twin), alice, alice, ids, amounts, "");
        vm.prank(alice, alice);
        l1Bridge1155.bridgeBatchERC1155(address(episodes), address(twin), ids, amounts, 400_000, "");
        assertEq(portal.count(), 1, "one message");
        assertTrue(_deliverDeposit(), "deposit");
        assertEq(twin.balanceOf(alice, 0), 10, "id 0");
        assertEq(twin.balanceOf(alice, 2), 11, "id 2");
        vm.prank(alice, alice);
        l2Bridge1155.bridgeBatchERC1155To(address(twin), address(episodes), bob, ids, amounts, 400_000, "");
        assertTrue(_deliverWithdrawal(), "withdrawal");
        assertEq(episodes.balanceOf(bob, 0), 10, "id 0 back");
        assertEq(episodes.balanceOf(bob, 2), 11, "id 2 back");
        assertEq(l1Bridge1155.deposits(address(episodes), address(twin), 2), 0, "nothing locked");
    }

    function test_a_token_of_L2_goes_to_L1_and_back() public {
        PlainERC1155 native = new PlainERC1155();
        OptimismMintableERC1155 onL1 = new OptimismMintableERC1155(
            address(l1Bridge1155),
            901,
            address(native),
            "N",
            "N"
        );
        native.give(alice, 9, 5);
        vm.startPrank(alice, alice);
        native.setApprovalForAll(address(l2Bridge1155), true);
        l2Bridge1155.bridgeERC1155(address(native), address(onL1), 9, 5, 400_000, "");
        vm.stopPrank();
        assertTrue(_deliverWithdrawal(), "to L1");
        assertEq(onL1.balanceOf(alice, 9), 5, "minted on L1");
        vm.prank(alice, alice);
        l1Bridge1155.bridgeERC1155(address(onL1), address(native), 9, 3, 400_000, "");
        assertTrue(_deliverDeposit(), "back");
        assertEq(native.balanceOf(alice, 9), 3, "released on L2");
    }

    function test_unsolicited_transfers_are_refused() public {
        (uint256[] memory ids, uint256[] memory amounts) = _lists(0, 1);
        vm.startPrank(alice);
        vm.expectRevert(
            abi.encodeWithSelector(ERC1155Bridge.ERC1155Bridge_Unsolicited.selector, address(episodes), alice)
        );
        episodes.safeTransferFrom(alice, address(l1Bridge1155), 1, 1, "");
        vm.expectRevert(
            abi.encodeWithSelector(ERC1155Bridge.ERC1155Bridge_Unsolicited.selector, address(episodes), alice)
        );
        episodes.safeBatchTransferFrom(alice, address(l1Bridge1155), ids, amounts, "");
        // Nor may anyone pretend that the bridge asked for it.
        vm.expectRevert(
            abi.encodeWithSelector(ERC1155Bridge.ERC1155Bridge_Unsolicited.selector, alice, address(l1Bridge1155))
        );
        l1Bridge1155.onERC1155Received(address(l1Bridge1155), alice, 1, 1, "");
        // Not even after a transfer that was asked for, in the same transaction.
        vm.stopPrank();
        _bridge(alice, 1, 1);
        vm.prank(alice);
        vm.expectPartialRevert(ERC1155Bridge.ERC1155Bridge_Unsolicited.selector);
        episodes.safeTransferFrom(alice, address(l1Bridge1155), 1, 1, "");
    }

    function test_a_batch_must_be_sound() public {
        (uint256[] memory ids, uint256[] memory amounts) = _lists(0, 1);
        vm.startPrank(alice, alice);
        ids[1] = ids[0];
        vm.expectRevert(ERC1155Bridge.ERC1155Bridge_BadBatch.selector);
        l1Bridge1155.bridgeBatchERC1155(address(episodes), address(twin), ids, amounts, 1, "");
        vm.expectRevert(ERC1155Bridge.ERC1155Bridge_BadBatch.selector);
        l1Bridge1155.bridgeBatchERC1155(address(episodes), address(twin), ids, new uint256[](1), 1, "");
        vm.expectRevert(ERC1155Bridge.ERC1155Bridge_BadBatch.selector);
        l1Bridge1155.bridgeBatchERC1155(address(episodes), address(twin), new uint256[](0), new uint256[](0), 1, "");
    }

    function test_nobody_moves_what_somebody_else_owns() public {
        vm.expectRevert();
        vm.prank(bob, bob);
        l1Bridge1155.bridgeERC1155(address(episodes), address(twin), 1, 1, 400_000, "");
        _bridge(alice, 1, 10);
        _deliverDeposit();
        vm.expectRevert();
        vm.prank(bob, bob);
        l2Bridge1155.bridgeERC1155(address(twin), address(episodes), 1, 1, 400_000, "");
    }

    function test_a_token_that_moves_less_is_refused() public {
        ShortERC1155 short = new ShortERC1155();
        short.give(alice, 1, 10);
        vm.startPrank(alice, alice);
        short.setApprovalForAll(address(l1Bridge1155), true);
        vm.expectRevert(
            abi.encodeWithSelector(ERC1155Bridge.ERC1155Bridge_WrongAmount.selector, address(short), 1, 9, 10)
        );
        l1Bridge1155.bridgeERC1155(address(short), address(twin), 1, 10, 400_000, "");
    }

    function test_a_receiver_that_refuses_gets_it_later() public {
        Moody moody = new Moody();
        moody.setRefuses(true);
        _bridge(address(moody), 1, 5);
        _deliverDeposit();
        assertEq(twin.totalSupply(1), 0, "not minted");
        moody.setRefuses(false);
        assertTrue(_replay(address(l2Messenger), _lastDeposit()), "replay");
        assertEq(twin.balanceOf(address(moody), 1), 5, "minted");
        assertFalse(_replay(address(l2Messenger), _lastDeposit()), "once");
    }

    function test_a_false_twin_cannot_draw_on_what_is_locked() public {
        _bridge(bob, 0, 50);
        _deliverDeposit();
        OptimismMintableERC1155 fake = new OptimismMintableERC1155(
            address(l2Bridge1155),
            L1_CHAIN_ID,
            address(episodes),
            "F",
            "F"
        );
        (uint256[] memory ids, uint256[] memory amounts) = _lists(0, 10);
        vm.prank(address(l2Bridge1155));
        fake.mintBatch(alice, ids, amounts);
        vm.prank(alice, alice);
        l2Bridge1155.bridgeBatchERC1155(address(fake), address(episodes), ids, amounts, 400_000, "");
        _deliverWithdrawal();
        assertTrue(l1Messenger.failedMessages(keccak256(withdrawals[0].data)), "failed");
        assertEq(episodes.balanceOf(address(l1Bridge1155), 0), 50, "still locked");
    }

    function test_the_wrong_remote_token_is_refused() public {
        _bridge(bob, 1, 5);
        _deliverDeposit();
        vm.expectRevert(abi.encodeWithSelector(Bridge.Bridge_WrongPair.selector, address(twin), alice));
        vm.prank(bob, bob);
        l2Bridge1155.bridgeERC1155(address(twin), alice, 1, 1, 400_000, "");
    }

    function test_only_the_twin_finalises_and_only_keys_omit_the_receiver() public {
        vm.expectRevert(abi.encodeWithSelector(Bridge.Bridge_NotOtherBridge.selector, address(this)));
        l2Bridge1155.finalizeBridgeERC1155(address(twin), address(episodes), alice, alice, 1, 1, "");
        (uint256[] memory ids, uint256[] memory amounts) = _lists(0, 1);
        vm.expectRevert(abi.encodeWithSelector(Bridge.Bridge_NotOtherBridge.selector, address(this)));
        l2Bridge1155.finalizeBridgeBatchERC1155(address(twin), address(episodes), alice, alice, ids, amounts, "");
        vm.expectRevert(abi.encodeWithSelector(Bridge.Bridge_NotExternallyOwned.selector, address(this)));
        l1Bridge1155.bridgeERC1155(address(episodes), address(twin), 1, 1, 1, "");
        vm.expectRevert(abi.encodeWithSelector(Bridge.Bridge_BadReceiver.selector, address(0)));
        _bridge(address(0), 1, 1);
    }

    function test_a_pause_holds_back_what_comes_to_L1() public {
        _bridge(bob, 1, 5);
        _deliverDeposit();
        vm.prank(bob, bob);
        l2Bridge1155.bridgeERC1155(address(twin), address(episodes), 1, 5, 400_000, "");
        pause.set(true);
        _deliverWithdrawal();
        assertEq(episodes.balanceOf(bob, 1), 0, "held back");
        pause.set(false);
        assertTrue(_replay(address(l1Messenger), withdrawals[0].data), "afterwards");
        assertEq(episodes.balanceOf(bob, 1), 5, "released");
    }

    function test_a_twin_points_to_the_original() public {
        assertTrue(factory1155.isOptimismMintableERC1155(address(twin)), "made by the factory");
        assertEq(twin.remoteToken(), address(episodes), "remoteToken");
        assertEq(twin.remoteChainId(), L1_CHAIN_ID, "remoteChainId");
        assertEq(bytes(twin.name()), "Episodes", "name");
        bytes memory uri = bytes(twin.uri(12));
        assertEq(uri.length, bytes("ethereum:@900/uri?uint256=12").length + 42, "uri");
        assertTrue(twin.supportsInterface(0xd9b67a26), "ERC-1155");
        vm.expectRevert(
            abi.encodeWithSelector(OptimismMintableERC1155.OptimismMintableERC1155_NotBridge.selector, address(this))
        );
        twin.mintBatch(bob, new uint256[](0), new uint256[](0));
    }
}
