// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Bridge} from "../../src-sol/bridge/Bridge.sol";
import {ERC721Bridge} from "../../src-sol/bridge/ERC721Bridge.sol";
import {OptimismMintableERC721} from "../../src-sol/l2/OptimismMintableERC721.sol";
import {Moody, PlainERC721, StickyERC721} from "./Tokens.sol";
import {TwoLayers} from "./TwoLayers.sol";

contract ERC721BridgeTest is TwoLayers {
    event ERC721BridgeInitiated(
        address indexed localToken,
        address indexed remoteToken,
        address indexed from,
        address to,
        uint256 tokenId,
        bytes extraData
    );

    PlainERC721 private cels;
    OptimismMintableERC721 private twin;

    function setUp() public override {
        super.setUp();
        cels = new PlainERC721();
        twin = OptimismMintableERC721(factory721.createOptimismMintableERC721(address(cels), "Cels", "CEL"));
        for (uint256 id = 1; id <= 3; ++id) cels.give(alice, id);
        vm.prank(alice);
        cels.setApprovalForAll(address(l1Bridge721), true);
    }

    function _bridge(address to, uint256 id) private {
        vm.prank(alice, alice);
        l1Bridge721.bridgeERC721To(address(cels), address(twin), to, id, 400_000, "note");
    }

    function test_a_token_goes_over_and_comes_back() public {
        vm.expectEmit(address(l1Bridge721));
        emit ERC721BridgeInitiated(address(cels), address(twin), alice, bob, 2, "note");
        _bridge(bob, 2);
        assertTrue(_deliverDeposit(), "deposit");
        assertEq(twin.ownerOf(2), bob, "minted");
        assertEq(cels.ownerOf(2), address(l1Bridge721), "locked");
        assertTrue(l1Bridge721.deposits(address(cels), address(twin), 2), "recorded");
        vm.prank(bob, bob);
        l2Bridge721.bridgeERC721(address(twin), address(cels), 2, 400_000, "");
        assertEq(twin.totalSupply(), 0, "burnt");
        assertTrue(_deliverWithdrawal(), "withdrawal");
        assertEq(cels.ownerOf(2), bob, "released");
        assertFalse(l1Bridge721.deposits(address(cels), address(twin), 2), "struck out");
    }

    function test_a_token_of_L2_goes_to_L1_and_back() public {
        PlainERC721 native = new PlainERC721();
        OptimismMintableERC721 onL1 = new OptimismMintableERC721(address(l1Bridge721), 901, address(native), "N", "N");
        native.give(alice, 9);
        vm.startPrank(alice, alice);
        native.approve(address(l2Bridge721), 9);
        l2Bridge721.bridgeERC721(address(native), address(onL1), 9, 400_000, "");
        vm.stopPrank();
        assertTrue(_deliverWithdrawal(), "to L1");
        assertEq(onL1.ownerOf(9), alice, "minted on L1");
        vm.prank(alice, alice);
        l1Bridge721.bridgeERC721(address(onL1), address(native), 9, 400_000, "");
        assertTrue(_deliverDeposit(), "back");
        assertEq(native.ownerOf(9), alice, "released on L2");
    }

    function test_a_token_that_is_safely_sent_to_the_bridge_is_refused() public {
        vm.prank(alice);
        vm.expectRevert();
        cels.safeTransferFrom(alice, address(l1Bridge721), 1);
        assertEq(cels.ownerOf(1), alice, "kept");
    }

    function test_only_the_owner_moves_a_token() public {
        vm.expectRevert(abi.encodeWithSelector(ERC721Bridge.ERC721Bridge_NotOwner.selector, alice, 1));
        vm.prank(bob, bob);
        l1Bridge721.bridgeERC721(address(cels), address(twin), 1, 400_000, "");
        _bridge(alice, 1);
        _deliverDeposit();
        vm.expectRevert(abi.encodeWithSelector(ERC721Bridge.ERC721Bridge_NotOwner.selector, alice, 1));
        vm.prank(bob, bob);
        l2Bridge721.bridgeERC721(address(twin), address(cels), 1, 400_000, "");
        // What is locked belongs to the bridge: it cannot go over twice.
        vm.expectRevert();
        _bridge(bob, 1);
    }

    function test_a_receiver_that_refuses_gets_it_later() public {
        Moody moody = new Moody();
        moody.setRefuses(true);
        _bridge(address(moody), 1);
        _deliverDeposit();
        assertTrue(l2Messenger.failedMessages(keccak256(_lastDeposit())), "failed");
        assertEq(twin.totalSupply(), 0, "not minted");
        moody.setRefuses(false);
        assertTrue(_replay(address(l2Messenger), _lastDeposit()), "replay");
        assertEq(twin.ownerOf(1), address(moody), "minted");
        assertFalse(_replay(address(l2Messenger), _lastDeposit()), "once");
    }

    function test_a_false_twin_cannot_draw_on_what_is_locked() public {
        _bridge(bob, 1);
        _deliverDeposit();
        OptimismMintableERC721 fake = new OptimismMintableERC721(
            address(l2Bridge721),
            L1_CHAIN_ID,
            address(cels),
            "F",
            "F"
        );
        vm.prank(address(l2Bridge721));
        fake.safeMint(alice, 1);
        vm.prank(alice, alice);
        l2Bridge721.bridgeERC721(address(fake), address(cels), 1, 400_000, "");
        _deliverWithdrawal();
        assertTrue(l1Messenger.failedMessages(keccak256(withdrawals[0].data)), "failed");
        assertEq(cels.ownerOf(1), address(l1Bridge721), "still locked");
    }

    function test_the_wrong_remote_collection_is_refused() public {
        _bridge(bob, 1);
        _deliverDeposit();
        vm.expectRevert(abi.encodeWithSelector(Bridge.Bridge_WrongPair.selector, address(twin), alice));
        vm.prank(bob, bob);
        l2Bridge721.bridgeERC721(address(twin), alice, 1, 400_000, "");
    }

    function test_a_collection_that_keeps_the_owner_is_refused() public {
        StickyERC721 sticky = new StickyERC721();
        sticky.give(alice, 1);
        vm.expectRevert(abi.encodeWithSelector(ERC721Bridge.ERC721Bridge_NotOwner.selector, alice, 1));
        vm.prank(alice, alice);
        l1Bridge721.bridgeERC721(address(sticky), address(twin), 1, 400_000, "");
    }

    function test_only_the_twin_finalises_and_only_keys_omit_the_receiver() public {
        vm.expectRevert(abi.encodeWithSelector(Bridge.Bridge_NotOtherBridge.selector, address(this)));
        l2Bridge721.finalizeBridgeERC721(address(twin), address(cels), alice, alice, 1, "");
        vm.expectRevert(abi.encodeWithSelector(Bridge.Bridge_NotExternallyOwned.selector, address(this)));
        l1Bridge721.bridgeERC721(address(cels), address(twin), 1, 1, "");
        vm.expectRevert(abi.encodeWithSelector(Bridge.Bridge_BadReceiver.selector, address(0)));
        _bridge(address(0), 1);
    }

    function test_a_pause_holds_back_what_comes_to_L1() public {
        _bridge(bob, 1);
        _deliverDeposit();
        vm.prank(bob, bob);
        l2Bridge721.bridgeERC721(address(twin), address(cels), 1, 400_000, "");
        pause.set(true);
        _deliverWithdrawal();
        assertEq(cels.ownerOf(1), address(l1Bridge721), "held back");
        pause.set(false);
        assertTrue(_replay(address(l1Messenger), withdrawals[0].data), "afterwards");
        assertEq(cels.ownerOf(1), bob, "released");
    }

    function test_a_twin_points_to_the_original() public {
        _bridge(bob, 3);
        _deliverDeposit();
        assertTrue(factory721.isOptimismMintableERC721(address(twin)), "made by the factory");
        assertEq(twin.remoteToken(), address(cels), "remoteToken");
        assertEq(twin.remoteChainId(), L1_CHAIN_ID, "remoteChainId");
        string memory start = string.concat("ethereum:", _hex(address(cels)), "@900/tokenURI?uint256=");
        assertEq(bytes(twin.tokenURI(3)), bytes(string.concat(start, "3")), "tokenURI");
        vm.expectRevert(
            abi.encodeWithSelector(OptimismMintableERC721.OptimismMintableERC721_NotBridge.selector, address(this))
        );
        twin.safeMint(bob, 4);
        vm.expectRevert(
            abi.encodeWithSelector(OptimismMintableERC721.OptimismMintableERC721_NotOwner.selector, alice, 3)
        );
        vm.prank(address(l2Bridge721));
        twin.burn(alice, 3);
    }

    function _hex(address account) private pure returns (string memory) {
        bytes memory digits = "0123456789abcdef";
        bytes memory text = new bytes(42);
        (text[0], text[1]) = ("0", "x");
        for (uint256 i; i < 40; ++i) text[2 + i] = digits[(uint160(account) >> (4 * (39 - i))) & 15];
        return string(text);
    }
}
