// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {WETH9} from "../../src-sol/l2/WETH9.sol";
import {Test} from "../base/Test.sol";

/// @notice Withdraws again while it is being paid.
contract Greedy {
    WETH9 private immutable _weth;
    bool private _again;

    constructor(WETH9 weth) payable {
        _weth = weth;
        weth.deposit{value: msg.value}();
    }

    function go() external {
        _again = true;
        _weth.withdraw(1 ether);
    }

    receive() external payable {
        if (!_again) return;
        _again = false;
        _weth.withdraw(1 ether);
    }
}

/// @notice Makes random moves between four owners. A move of somebody who has nothing to move is discarded.
contract WETH9Handler is Test {
    WETH9 public immutable weth;
    address[4] public owners;

    constructor(WETH9 weth_) {
        weth = weth_;
        for (uint160 i; i < 4; ++i) {
            owners[i] = address(0xa0 + i);
            vm.deal(owners[i], 100 ether);
        }
    }

    function deposit(uint8 who, uint96 amount) external {
        address owner = owners[who % 4];
        vm.assume(owner.balance != 0);
        amount = uint96(bound(amount, 0, owner.balance));
        vm.prank(owner);
        (bool success, ) = address(weth).call{value: amount}("");
        assertTrue(success, "wraps");
    }

    function withdraw(uint8 who, uint96 amount) external {
        address owner = owners[who % 4];
        vm.assume(weth.balanceOf(owner) != 0);
        amount = uint96(bound(amount, 0, weth.balanceOf(owner)));
        vm.prank(owner);
        weth.withdraw(amount);
    }

    function transfer(uint8 from, uint8 to, uint96 amount) external {
        address owner = owners[from % 4];
        vm.assume(weth.balanceOf(owner) != 0);
        amount = uint96(bound(amount, 0, weth.balanceOf(owner)));
        vm.prank(owner);
        weth.transfer(owners[to % 4], amount);
    }

    function sum() external view returns (uint256 total) {
        for (uint256 i; i < 4; ++i) total += weth.balanceOf(owners[i]);
    }
}

contract WETH9Test is Test {
    WETH9 private weth;
    WETH9Handler private handler;
    address private alice = makeAddress("alice");
    address private bob = makeAddress("bob");

    function setUp() public {
        weth = new WETH9();
        handler = new WETH9Handler(weth);
        targetContract(address(handler));
        vm.deal(alice, 10 ether);
    }

    function invariant_every_token_is_backed() public view {
        assertEq(weth.totalSupply(), address(weth).balance, "supply");
        assertEq(handler.sum(), weth.totalSupply(), "balances");
    }

    function test_wraps_and_unwraps_one_to_one() public {
        vm.startPrank(alice);
        weth.deposit{value: 3 ether}();
        assertEq(weth.balanceOf(alice), 3 ether, "wrapped");
        weth.withdraw(1 ether);
        assertEq(weth.balanceOf(alice), 2 ether, "left");
        assertEq(alice.balance, 8 ether, "ether");
        vm.expectRevert(abi.encodeWithSelector(WETH9.WETH9_InsufficientBalance.selector, alice, 2 ether, 2 ether + 1));
        weth.withdraw(2 ether + 1);
    }

    function test_an_allowance_is_used_up_unless_it_is_the_greatest_number() public {
        vm.startPrank(alice);
        weth.deposit{value: 3 ether}();
        weth.approve(bob, 1 ether);
        vm.stopPrank();
        vm.startPrank(bob);
        weth.transferFrom(alice, bob, 1 ether);
        vm.expectRevert(abi.encodeWithSelector(WETH9.WETH9_InsufficientAllowance.selector, bob, 0, 1));
        weth.transferFrom(alice, bob, 1);
        vm.stopPrank();
        vm.prank(alice);
        weth.approve(bob, type(uint256).max);
        vm.prank(bob);
        weth.transferFrom(alice, bob, 1 ether);
        assertEq(weth.allowance(alice, bob), type(uint256).max, "unlimited");
    }

    function test_a_receiver_that_comes_back_gets_no_more_than_it_owns() public {
        vm.prank(alice);
        weth.deposit{value: 5 ether}();
        vm.deal(address(this), 1 ether);
        Greedy greedy = new Greedy{value: 1 ether}(weth);
        vm.expectRevert(abi.encodeWithSelector(WETH9.WETH9_TransferFailed.selector, address(greedy)));
        greedy.go();
        assertEq(address(weth).balance, 6 ether, "nothing left");
    }

    function test_any_call_with_ether_wraps() public {
        vm.prank(alice);
        (bool success, ) = address(weth).call{value: 1 ether}(hex"12345678");
        assertTrue(success, "taken");
        assertEq(weth.balanceOf(alice), 1 ether, "wrapped");
    }
}
