// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {FeeSplitter} from "../../src-sol/network/FeeSplitter.sol";
import {IFeeSplitter} from "../../src-sol/network/interfaces/IFeeSplitter.sol";
import {DiligenceSetup} from "./DiligenceSetup.sol";

/// @notice Takes ether or not, or divides anew while it is paid.
contract Recipient {
    bool public refuses;
    bool public again;

    error Refused();

    function set(bool refuses_, bool again_) external {
        (refuses, again) = (refuses_, again_);
    }

    receive() external payable {
        if (refuses) revert Refused();
        if (again) IFeeSplitter(msg.sender).split();
    }
}

contract FeeSplitterTest is DiligenceSetup {
    Recipient private recipient;
    FeeSplitter private splitter;

    function setUp() public override {
        super.setUp();
        recipient = new Recipient();
        splitter = new FeeSplitter(address(diligence), address(recipient));
    }

    /// As the portal pays a withdrawal of a fee vault: with its gas, and nothing else.
    function _pay(uint256 amount) private {
        vm.deal(address(this), amount);
        (bool ok, ) = address(splitter).call{value: amount, gas: 400_000}("");
        assertTrue(ok, "taken");
    }

    function testFuzz_a_fifth_is_for_verifiers(uint96 amount) external {
        vm.assume(amount != 0);
        _pay(amount);
        splitter.split();
        assertEq(diligence.potOf(stakes.currentEpoch()), amount / 5, "a fifth");
        assertEq(address(recipient).balance, amount - amount / 5, "the rest");
        vm.expectRevert(IFeeSplitter.FeeSplitter_Nothing.selector);
        splitter.split();
    }

    function test_who_refuses_holds_up_nothing() external {
        recipient.set(true, false);
        _pay(10 ether);
        splitter.split();
        assertEq(diligence.potOf(stakes.currentEpoch()), 2 ether, "verifiers");
        assertEq(splitter.owed(address(recipient)), 8 ether, "waits");
        vm.expectRevert(IFeeSplitter.FeeSplitter_Nothing.selector);
        splitter.split();
        _pay(5 ether);
        splitter.split();
        assertEq(splitter.owed(address(recipient)), 12 ether, "both");
        recipient.set(false, false);
        splitter.split();
        assertEq(address(recipient).balance, 12 ether, "paid");
        assertEq(diligence.potOf(stakes.currentEpoch()), 3 ether, "and no more for the others");
        assertEq(address(splitter).balance, 0, "nothing is left");
    }

    function test_who_divides_anew_while_it_is_paid_gets_nothing_more() external {
        recipient.set(false, true);
        _pay(10 ether);
        splitter.split();
        assertEq(splitter.owed(address(recipient)), 8 ether, "its call failed");
        assertEq(address(splitter).balance, 8 ether, "and the ether is there");
    }

    function test_verifiers_whose_contract_refuses_hold_up_nothing() external {
        Recipient closed = new Recipient();
        closed.set(true, false);
        splitter = new FeeSplitter(address(closed), address(recipient));
        _pay(10 ether);
        splitter.split();
        assertEq(address(recipient).balance, 8 ether, "the recipient is paid");
        assertEq(splitter.owed(address(closed)), 2 ether, "and the rest waits");
    }

    function test_accounts_that_are_none_are_refused() external {
        address[3] memory one = [address(0), address(1), address(1)];
        address[3] memory two = [address(1), address(0), address(1)];
        for (uint256 i = 0; i < 3; i++) {
            vm.expectRevert(abi.encodeWithSelector(IFeeSplitter.FeeSplitter_BadAccounts.selector, one[i], two[i]));
            new FeeSplitter(one[i], two[i]);
        }
    }
}
