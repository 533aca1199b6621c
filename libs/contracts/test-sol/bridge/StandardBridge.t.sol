// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {Bridge} from "../../src-sol/bridge/Bridge.sol";
import {ICrossDomainMessenger} from "../../src-sol/bridge/interfaces/ICrossDomainMessenger.sol";
import {ILegacyMintableERC20, IOptimismMintableERC20} from "../../src-sol/bridge/interfaces/IOptimismMintableERC20.sol";
import {L1StandardBridge} from "../../src-sol/bridge/L1StandardBridge.sol";
import {StandardBridge} from "../../src-sol/bridge/StandardBridge.sol";
import {ISystemConfig} from "../../src-sol/l1/interfaces/ISystemConfig.sol";
import {OptimismMintableERC20} from "../../src-sol/l2/OptimismMintableERC20.sol";
import {OptimismMintableERC20Factory} from "../../src-sol/l2/OptimismMintableERC20Factory.sol";
import {FeeERC20, HookedERC20, HookedSender, Moody, PlainERC20, SilentERC20} from "./Tokens.sol";
import {TwoLayers} from "./TwoLayers.sol";

contract StandardBridgeTest is TwoLayers {
    event ERC20DepositInitiated(
        address indexed l1Token,
        address indexed l2Token,
        address indexed from,
        address to,
        uint256 amount,
        bytes extraData
    );
    event StandardL2TokenCreated(address indexed remoteToken, address indexed localToken);

    address private constant LEGACY_ETH = 0xDeadDeAddeAddEAddeadDEaDDEAdDeaDDeAD0000;

    PlainERC20 private token;
    OptimismMintableERC20 private twin;

    function setUp() public override {
        super.setUp();
        token = new PlainERC20();
        twin = OptimismMintableERC20(factory20.createStandardL2Token(address(token), "Royalty", "ROY"));
        token.give(alice, 1_000);
        vm.prank(alice);
        token.approve(address(l1Bridge), type(uint256).max);
    }

    function _deposit(address to, uint256 amount) private {
        vm.prank(alice, alice);
        l1Bridge.depositERC20To(address(token), address(twin), to, amount, 200_000, "note");
    }

    function test_ether_goes_over_and_comes_back() public {
        vm.prank(alice, alice);
        l1Bridge.depositETHTo{value: 5 ether}(bob, 200_000, "");
        assertTrue(_deliverDeposit(), "deposit");
        assertEq(bob.balance, 5 ether, "on L2");
        vm.prank(bob, bob);
        l2Bridge.withdrawTo{value: 2 ether}(LEGACY_ETH, address(0xbeef), 2 ether, 200_000, "");
        assertTrue(_deliverWithdrawal(), "withdrawal");
        assertEq(address(0xbeef).balance, 2 ether, "on L1");
        assertEq(address(portal).balance, 3 ether, "locked");
        assertEq(bob.balance, 3 ether, "left on L2");
    }

    function test_ether_that_is_simply_sent_goes_over_for_keys_only() public {
        vm.prank(alice, alice);
        (bool success, ) = address(l1Bridge).call{value: 1 ether}("");
        assertTrue(success, "sent");
        vm.deal(alice, 0);
        assertTrue(_deliverDeposit(), "deposit");
        assertEq(alice.balance, 1 ether, "on L2");
        vm.prank(alice, alice);
        (success, ) = address(l2Bridge).call{value: 1 ether}("");
        assertTrue(success && _deliverWithdrawal(), "back");
        vm.deal(address(this), 1 ether);
        (success, ) = address(l1Bridge).call{value: 1 ether}("");
        assertFalse(success, "a contract must name the receiver");
    }

    function test_contracts_must_name_the_receiver() public {
        bytes memory reason = abi.encodeWithSelector(Bridge.Bridge_NotExternallyOwned.selector, address(this));
        vm.expectRevert(reason);
        l1Bridge.depositETH(1, "");
        vm.expectRevert(reason);
        l1Bridge.bridgeETH(1, "");
        vm.expectRevert(reason);
        l1Bridge.depositERC20(address(token), address(twin), 1, 1, "");
        vm.expectRevert(reason);
        l1Bridge.bridgeERC20(address(token), address(twin), 1, 1, "");
        vm.expectRevert(reason);
        l2Bridge.withdraw(address(twin), 1, 1, "");
        // An account that delegated its code is still a key.
        vm.etch(bob, abi.encodePacked(hex"ef0100", address(this)));
        vm.prank(bob, alice);
        l1Bridge.depositETH(1, "");
        assertEq(portal.count(), 1, "sent");
    }

    function test_a_token_goes_over_and_comes_back() public {
        vm.expectEmit(address(l1Bridge));
        emit ERC20DepositInitiated(address(token), address(twin), alice, bob, 300, "note");
        _deposit(bob, 300);
        assertTrue(_deliverDeposit(), "deposit");
        assertEq(twin.balanceOf(bob), 300, "minted");
        assertEq(l1Bridge.deposits(address(token), address(twin)), 300, "locked");
        vm.prank(bob, bob);
        l2Bridge.withdraw(address(twin), 100, 200_000, "");
        assertEq(twin.totalSupply(), 200, "burnt");
        assertTrue(_deliverWithdrawal(), "withdrawal");
        assertEq(token.balanceOf(bob), 100, "released");
        assertEq(l1Bridge.deposits(address(token), address(twin)), 200, "still locked");
    }

    function test_a_token_of_L2_goes_to_L1_and_back() public {
        PlainERC20 native = new PlainERC20();
        OptimismMintableERC20 onL1 = new OptimismMintableERC20(address(l1Bridge), address(native), "N", "N", 18);
        native.give(alice, 50);
        vm.startPrank(alice, alice);
        native.approve(address(l2Bridge), 50);
        l2Bridge.bridgeERC20(address(native), address(onL1), 50, 200_000, "");
        vm.stopPrank();
        assertTrue(_deliverWithdrawal(), "to L1");
        assertEq(onL1.balanceOf(alice), 50, "minted on L1");
        vm.prank(alice, alice);
        l1Bridge.bridgeERC20(address(onL1), address(native), 20, 200_000, "");
        assertTrue(_deliverDeposit(), "back");
        assertEq(native.balanceOf(alice), 20, "released on L2");
        assertEq(l2Bridge.deposits(address(native), address(onL1)), 30, "locked on L2");
    }

    function testFuzz_a_token_with_a_fee_is_credited_with_what_arrived(uint96 amount) public {
        FeeERC20 toll = new FeeERC20();
        address tollTwin = factory20.createStandardL2Token(address(toll), "Toll", "TOLL");
        toll.give(alice, amount);
        vm.startPrank(alice, alice);
        toll.approve(address(l1Bridge), amount);
        l1Bridge.depositERC20(address(toll), tollTwin, amount, 200_000, "");
        vm.stopPrank();
        assertTrue(_deliverDeposit(), "deposit");
        uint256 arrived = amount - amount / 10;
        assertEq(toll.balanceOf(address(l1Bridge)), arrived, "locked");
        assertEq(OptimismMintableERC20(tollTwin).totalSupply(), arrived, "minted");
    }

    function test_a_token_that_calls_back_cannot_be_counted_twice() public {
        HookedERC20 hooked = new HookedERC20();
        HookedSender sender = new HookedSender(l1Bridge, hooked);
        hooked.give(address(sender), 100);
        vm.expectRevert();
        sender.go(50);
        assertEq(l1Bridge.deposits(address(hooked), address(1)), 0, "nothing counted");
        assertEq(portal.count(), 0, "nothing sent");
    }

    function test_a_token_that_only_pretends_is_credited_with_nothing() public {
        SilentERC20 silent = new SilentERC20();
        vm.prank(alice, alice);
        l1Bridge.depositERC20(address(silent), address(twin), 100, 200_000, "");
        assertEq(l1Bridge.deposits(address(silent), address(twin)), 0, "credited");
    }

    function test_a_false_twin_cannot_draw_on_what_is_locked() public {
        _deposit(bob, 500);
        _deliverDeposit();
        // Anyone can make a token that names ours as its original, and mint it at will.
        OptimismMintableERC20 fake = new OptimismMintableERC20(address(l2Bridge), address(token), "F", "F", 18);
        vm.prank(address(l2Bridge));
        fake.mint(alice, 500);
        vm.prank(alice, alice);
        l2Bridge.withdraw(address(fake), 500, 200_000, "");
        assertTrue(_deliverWithdrawal(), "recorded");
        assertTrue(l1Messenger.failedMessages(keccak256(withdrawals[0].data)), "failed");
        assertEq(token.balanceOf(address(l1Bridge)), 500, "still locked");
        assertEq(token.balanceOf(alice), 500, "not paid");
    }

    function test_the_wrong_remote_token_is_refused_where_it_is_known() public {
        _deposit(bob, 500);
        _deliverDeposit();
        vm.expectRevert(abi.encodeWithSelector(Bridge.Bridge_WrongPair.selector, address(twin), address(0x1234)));
        vm.prank(bob, bob);
        l2Bridge.bridgeERC20(address(twin), address(0x1234), 1, 200_000, "");
        // The other side of a deposit is known on L2 only: nothing is minted there.
        PlainERC20 other = new PlainERC20Approved(address(l1Bridge), alice);
        vm.prank(alice, alice);
        l1Bridge.depositERC20(address(other), address(twin), 1, 200_000, "");
        _deliverDeposit();
        assertTrue(l2Messenger.failedMessages(keccak256(_lastDeposit())), "failed");
        assertEq(twin.totalSupply(), 500, "supply");
    }

    function test_what_was_sent_before_the_twin_existed_is_delivered_by_a_replay() public {
        PlainERC20 late = new PlainERC20Approved(address(l1Bridge), alice);
        address lateTwin = _predict(address(late));
        assertEq(lateTwin.code.length, 0, "not there yet");
        vm.prank(alice, alice);
        l1Bridge.depositERC20(address(late), lateTwin, 10, 200_000, "");
        _deliverDeposit();
        assertTrue(l2Messenger.failedMessages(keccak256(_lastDeposit())), "failed");
        assertEq(factory20.createStandardL2Token(address(late), "Late", "LATE"), lateTwin, "address");
        assertTrue(_replay(address(l2Messenger), _lastDeposit()), "replay");
        assertEq(OptimismMintableERC20(lateTwin).balanceOf(alice), 10, "minted");
    }

    function _predict(address remote) private view returns (address) {
        bytes memory code = abi.encodePacked(
            type(OptimismMintableERC20).creationCode,
            abi.encode(address(l2Bridge), remote, "Late", "LATE", uint8(18))
        );
        bytes32 salt = keccak256(abi.encode(remote, "Late", "LATE", uint8(18)));
        return
            address(
                uint160(uint256(keccak256(abi.encodePacked(bytes1(0xff), address(factory20), salt, keccak256(code)))))
            );
    }

    function test_ether_for_a_receiver_that_refuses_waits_in_the_messenger() public {
        Moody moody = new Moody();
        moody.setRefuses(true);
        vm.prank(alice, alice);
        l1Bridge.bridgeETHTo{value: 1 ether}(address(moody), 200_000, "");
        _deliverDeposit();
        assertEq(address(l2Messenger).balance, 1 ether, "waits");
        moody.setRefuses(false);
        assertTrue(_replay(address(l2Messenger), _lastDeposit()), "replay");
        assertEq(address(moody).balance, 1 ether, "arrived");
    }

    function test_only_the_twin_finalises() public {
        bytes memory reason = abi.encodeWithSelector(Bridge.Bridge_NotOtherBridge.selector, alice);
        vm.startPrank(alice, alice);
        vm.expectRevert(reason);
        l1Bridge.finalizeBridgeETH(alice, alice, 0, "");
        vm.expectRevert(reason);
        l2Bridge.finalizeBridgeERC20(address(twin), address(token), alice, alice, 1, "");
        // Anyone can send a message to the bridge; the bridge asks who did.
        l1Messenger.sendMessage(
            address(l2Bridge),
            abi.encodeCall(StandardBridge.finalizeBridgeERC20, (address(twin), address(token), alice, alice, 1, "")),
            200_000
        );
        vm.stopPrank();
        _deliverDeposit();
        assertTrue(l2Messenger.failedMessages(keccak256(_lastDeposit())), "refused");
        assertEq(twin.totalSupply(), 0, "supply");
    }

    function test_a_pause_stops_what_comes_to_L1_and_nothing_else() public {
        pause.set(true);
        _deposit(bob, 300);
        assertTrue(_deliverDeposit(), "deposit");
        vm.prank(bob, bob);
        l2Bridge.withdraw(address(twin), 100, 200_000, "");
        _deliverWithdrawal();
        assertEq(token.balanceOf(bob), 0, "held back");
        pause.set(false);
        assertTrue(_replay(address(l1Messenger), withdrawals[0].data), "afterwards");
        assertEq(token.balanceOf(bob), 100, "paid");
    }

    function test_a_withdrawal_takes_ether_only_for_ether() public {
        vm.startPrank(alice, alice);
        vm.expectRevert(abi.encodeWithSelector(StandardBridge.StandardBridge_WrongValue.selector, 1, 0));
        l2Bridge.withdraw{value: 1}(address(twin), 1, 1, "");
        vm.expectRevert(abi.encodeWithSelector(StandardBridge.StandardBridge_WrongValue.selector, 1, 2));
        l2Bridge.withdraw{value: 1}(LEGACY_ETH, 2, 1, "");
    }

    function test_tokens_cannot_be_sent_to_nobody() public {
        vm.expectRevert(abi.encodeWithSelector(Bridge.Bridge_BadReceiver.selector, address(0)));
        _deposit(address(0), 1);
    }

    function test_only_the_bridge_mints_and_burns() public {
        bytes memory reason = abi.encodeWithSelector(
            OptimismMintableERC20.OptimismMintableERC20_NotBridge.selector,
            alice
        );
        vm.startPrank(alice);
        vm.expectRevert(reason);
        twin.mint(alice, 1);
        vm.expectRevert(reason);
        twin.burn(bob, 1);
    }

    function test_a_twin_tells_what_it_stands_for() public {
        address six = factory20.createOptimismMintableERC20WithDecimals(address(token), "Six", "SIX", 6);
        assertEq(OptimismMintableERC20(six).decimals(), 6, "decimals");
        assertEq(factory20.deployments(six), address(token), "deployments");
        assertEq(twin.remoteToken(), address(token), "remoteToken");
        assertEq(twin.l1Token(), address(token), "l1Token");
        assertEq(twin.bridge(), address(l2Bridge), "bridge");
        assertTrue(twin.supportsInterface(type(IERC165).interfaceId), "ERC-165");
        // The ids that wallets and explorers know.
        assertTrue(twin.supportsInterface(0xec4fc8e3), "mintable");
        assertTrue(twin.supportsInterface(0x1d1d8b63), "legacy");
        assertEq(bytes32(type(IOptimismMintableERC20).interfaceId), bytes32(bytes4(0xec4fc8e3)), "id");
        assertEq(bytes32(type(ILegacyMintableERC20).interfaceId), bytes32(bytes4(0x1d1d8b63)), "legacy id");
        vm.expectRevert(OptimismMintableERC20Factory.OptimismMintableERC20Factory_NoRemoteToken.selector);
        factory20.createStandardL2Token(address(0), "", "");
        vm.expectRevert();
        factory20.createStandardL2Token(address(token), "Royalty", "ROY");
    }

    function test_both_ends_know_each_other_under_all_names() public view {
        assertEq(address(l1Bridge.OTHER_BRIDGE()), address(l2Bridge), "L1");
        assertEq(l1Bridge.l2TokenBridge(), address(l2Bridge), "L1, older");
        assertEq(address(l1Bridge.MESSENGER()), address(l1Messenger), "L1 messenger");
        assertEq(address(l2Bridge.otherBridge()), address(l1Bridge), "L2");
        assertEq(l2Bridge.l1TokenBridge(), address(l1Bridge), "L2, older");
        assertEq(address(l2Bridge.messenger()), address(l2Messenger), "L2 messenger");
        assertEq(l2Messenger.OTHER_MESSENGER(), address(l1Messenger), "messengers");
        assertEq(l2Messenger.l1CrossDomainMessenger(), address(l1Messenger), "messengers, older");
    }

    function test_the_L1_bridge_is_initialised_once() public {
        vm.expectRevert();
        l1Bridge.initialize(ICrossDomainMessenger(alice), ISystemConfig(alice));
        L1StandardBridge implementation = new L1StandardBridge();
        vm.expectRevert();
        implementation.initialize(ICrossDomainMessenger(alice), ISystemConfig(alice));
    }
}

contract PlainERC20Approved is PlainERC20 {
    constructor(address bridge, address owner) {
        _mint(owner, 1_000);
        _approve(owner, bridge, type(uint256).max);
    }
}
