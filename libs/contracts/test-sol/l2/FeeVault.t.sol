// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {BaseFeeVault} from "../../src-sol/l2/BaseFeeVault.sol";
import {FeeVault} from "../../src-sol/l2/FeeVault.sol";
import {L1FeeVault} from "../../src-sol/l2/L1FeeVault.sol";
import {L2ToL1MessagePasser} from "../../src-sol/l2/L2ToL1MessagePasser.sol";
import {Predeploys} from "../../src-sol/l2/Predeploys.sol";
import {SequencerFeeVault} from "../../src-sol/l2/SequencerFeeVault.sol";
import {Test} from "../base/Test.sol";

contract FeeVaultTest is Test {
    address private recipient = makeAddress("treasury");
    L2ToL1MessagePasser private passer = L2ToL1MessagePasser(payable(Predeploys.L2_TO_L1_MESSAGE_PASSER));

    function setUp() public {
        vm.etch(address(passer), address(new L2ToL1MessagePasser()).code);
        _vault(Predeploys.SEQUENCER_FEE_VAULT, address(new SequencerFeeVault()));
        _vault(Predeploys.BASE_FEE_VAULT, address(new BaseFeeVault()));
        _vault(Predeploys.L1_FEE_VAULT, address(new L1FeeVault()));
    }

    function _vault(address where, address code) private {
        vm.etch(where, code.code);
        vm.store(where, 0, bytes32(uint256(uint160(recipient))));
        vm.store(where, bytes32(uint256(1)), bytes32(uint256(1 ether)));
    }

    function test_every_vault_pays_its_recipient_on_L1() public {
        address[3] memory vaults = [Predeploys.SEQUENCER_FEE_VAULT, Predeploys.BASE_FEE_VAULT, Predeploys.L1_FEE_VAULT];
        for (uint256 i; i < 3; ++i) {
            FeeVault vault = FeeVault(payable(vaults[i]));
            uint256 amount = (i + 1) * 1 ether;
            vm.deal(vaults[i], amount);
            uint256 nonce = passer.messageNonce();
            assertEq(vault.withdraw(), amount, "amount");
            bytes32 hash = keccak256(abi.encode(nonce, vaults[i], recipient, amount, 400_000, ""));
            assertTrue(passer.sentMessages(hash), "withdrawal");
            assertEq(vaults[i].balance, 0, "empty");
            assertEq(vault.totalProcessed(), amount, "total");
            assertEq(vault.RECIPIENT(), recipient, "recipient");
            assertEq(vault.MIN_WITHDRAWAL_AMOUNT(), 1 ether, "minimum");
            assertEq(uint256(vault.WITHDRAWAL_NETWORK()), 0, "L1");
        }
        assertEq(address(passer).balance, 6 ether, "all left L2");
    }

    function testFuzz_less_than_the_minimum_stays(uint256 amount) public {
        amount = bound(amount, 0, 1 ether - 1);
        vm.deal(Predeploys.BASE_FEE_VAULT, amount);
        vm.expectRevert(abi.encodeWithSelector(FeeVault.FeeVault_BelowMinimum.selector, amount, 1 ether));
        FeeVault(payable(Predeploys.BASE_FEE_VAULT)).withdraw();
    }

    function test_a_vault_without_recipient_keeps_its_fees() public {
        vm.store(Predeploys.BASE_FEE_VAULT, 0, 0);
        vm.deal(Predeploys.BASE_FEE_VAULT, 2 ether);
        vm.expectRevert(FeeVault.FeeVault_NoRecipient.selector);
        FeeVault(payable(Predeploys.BASE_FEE_VAULT)).withdraw();
    }
}
