// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAssertionGame} from "../../src-sol/l1/interfaces/IAssertionGame.sol";
import {IDisputeGame} from "../../src-sol/l1/interfaces/IDisputeGame.sol";
import {BatchHeader, OutputRootProof, WithdrawalTransaction} from "../../src-sol/shared/Types.sol";
import {L1Setup} from "../base/L1Setup.sol";

/// @notice What the usual calls cost, kept in snapshots/gas.json. Calldata and the base cost of a transaction are not in it.
contract GasTest is L1Setup {
    function setUp() public override {
        super.setUp();
        vm.fee(10 gwei);
        inbox.appendContext();
        _appendNext(1);
        vm.prank(alice, alice);
        portal.depositTransaction{value: 1}(bob, 1, 100_000, false, "");
        _pass(1);
    }

    function test_gasOfADeposit() external {
        vm.prank(alice, alice);
        portal.depositTransaction{value: 1 ether}(bob, 1 ether, 100_000, false, "");
        vm.snapshotGasLastCall("gas", "deposit of ether");
    }

    function test_gasOfABatch() external {
        BatchHeader memory header = _nextHeader(10, 2);
        vm.prank(batcher, batcher);
        _appendAs(header, 1, hex"00");
        vm.snapshotGasLastCall("gas", "batch in calldata, empty");
        header = _nextHeader(10, 2);
        vm.prank(batcher, batcher);
        _appendAs(header, 1, new bytes(100_000));
        vm.snapshotGasLastCall("gas", "batch in calldata, 100,000 bytes");
        bytes32[] memory hashes = new bytes32[](6);
        for (uint256 i = 0; i < 6; i++) hashes[i] = bytes32(i + 1);
        vm.blobhashes(hashes);
        header = _nextHeader(10, 2);
        vm.prank(batcher, batcher);
        _appendAs(header, 2, hex"06");
        vm.snapshotGasLastCall("gas", "batch in six blobs");
    }

    function test_gasOfAForcedBatch() external {
        _pass(FORCE_DELAY + 1);
        vm.prank(bob, bob);
        _force("");
        vm.snapshotGasLastCall("gas", "forced batch");
    }

    function test_gasOfAWithdrawal() external {
        string memory json = vm.readFile("test-sol/fixtures/withdrawals.json");
        WithdrawalTransaction memory w = WithdrawalTransaction(
            vm.parseJsonUint(json, ".withdrawals[3].nonce"),
            address(bytes20(vm.parseJsonBytes(json, ".withdrawals[3].sender"))),
            address(bytes20(vm.parseJsonBytes(json, ".withdrawals[3].target"))),
            vm.parseJsonUint(json, ".withdrawals[3].value"),
            vm.parseJsonUint(json, ".withdrawals[3].gasLimit"),
            vm.parseJsonBytes(json, ".withdrawals[3].data")
        );
        OutputRootProof memory output = OutputRootProof(
            bytes32(0),
            vm.parseJsonBytes32(json, ".output.stateRoot"),
            vm.parseJsonBytes32(json, ".output.messagePasserStorageRoot"),
            vm.parseJsonBytes32(json, ".output.latestBlockhash")
        );
        bytes[] memory proof = vm.parseJsonBytesArray(json, ".withdrawals[3].proof");
        portal.donateETH{value: 10 ether}();
        IAssertionGame game = _assert(proposer, NO_PARENT, vm.parseJsonBytes32(json, ".output.root"));
        _pass(1);
        vm.prank(alice);
        portal.proveWithdrawalTransaction(w, 0, output, proof);
        vm.snapshotGasLastCall("gas", "withdrawal, prove");
        _pass(MATURITY_DELAY);
        game.resolve();
        _pass(FINALITY_DELAY);
        vm.prank(alice);
        portal.finalizeWithdrawalTransaction(w);
        vm.snapshotGasLastCall("gas", "withdrawal, finalise");
        registry.setAnchorState(IDisputeGame(address(game)));
        vm.snapshotGasLastCall("gas", "anchor update");
    }
}
