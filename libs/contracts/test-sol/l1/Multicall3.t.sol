// SPDX-License-Identifier: MIT
// A stand-in that fails with a string.
// solhint-disable gas-custom-errors
pragma solidity 0.8.30;

import {Multicall3} from "../../src-sol/shared/Multicall3.sol";
import {Test} from "../base/Test.sol";

contract Answerer {
    function answer(uint256 x) external payable returns (uint256) {
        return x + msg.value;
    }

    function refuse() external pure {
        revert("no");
    }
}

contract Multicall3Test is Test {
    Multicall3 private multicall = new Multicall3();
    Answerer private answerer = new Answerer();

    function test_failuresAreToldOrUndoAll() external {
        Multicall3.Call3[] memory calls = new Multicall3.Call3[](2);
        calls[0] = Multicall3.Call3(address(answerer), true, abi.encodeCall(Answerer.refuse, ()));
        calls[1] = Multicall3.Call3(address(answerer), false, abi.encodeCall(Answerer.answer, (7)));
        Multicall3.Result[] memory results = multicall.aggregate3(calls);
        assertFalse(results[0].success, "refused");
        assertTrue(results[1].success, "answered");
        assertEq(abi.decode(results[1].returnData, (uint256)), 7, "answer");
        calls[0].allowFailure = false;
        vm.expectRevert("Multicall3: call failed");
        multicall.aggregate3(calls);
    }

    function test_valuesMustAddUp() external {
        Multicall3.Call3Value[] memory calls = new Multicall3.Call3Value[](2);
        calls[0] = Multicall3.Call3Value(address(answerer), false, 3, abi.encodeCall(Answerer.answer, (1)));
        calls[1] = Multicall3.Call3Value(address(answerer), false, 4, abi.encodeCall(Answerer.answer, (1)));
        Multicall3.Result[] memory results = multicall.aggregate3Value{value: 7}(calls);
        assertEq(abi.decode(results[1].returnData, (uint256)), 5, "value arrived");
        vm.expectRevert("Multicall3: value mismatch");
        multicall.aggregate3Value{value: 8}(calls);
    }

    function test_olderFormsAnswerAlike() external {
        Multicall3.Call[] memory calls = new Multicall3.Call[](1);
        calls[0] = Multicall3.Call(address(answerer), abi.encodeCall(Answerer.answer, (7)));
        (uint256 number, bytes[] memory data) = multicall.aggregate(calls);
        assertEq(number, block.number, "block");
        assertEq(abi.decode(data[0], (uint256)), 7, "aggregate");
        assertTrue(multicall.tryAggregate(true, calls)[0].success, "tryAggregate");
        (, , Multicall3.Result[] memory results) = multicall.blockAndAggregate(calls);
        assertTrue(results[0].success, "blockAndAggregate");
        calls[0].callData = abi.encodeCall(Answerer.refuse, ());
        assertFalse(multicall.tryAggregate(false, calls)[0].success, "refused");
        vm.expectRevert("Multicall3: call failed");
        multicall.aggregate(calls);
        assertEq(multicall.getChainId(), block.chainid, "chain id");
        assertEq(multicall.getEthBalance(address(this)), address(this).balance, "balance");
        assertEq(multicall.getLastBlockHash(), blockhash(block.number - 1), "last block");
    }
}
