// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MerkleTrie} from "../../src-sol/l1/MerkleTrie.sol";
import {OptimismPortal} from "../../src-sol/l1/OptimismPortal.sol";
import {ProxyAdmin} from "@openzeppelin/contracts/proxy/transparent/ProxyAdmin.sol";
import {ITransparentUpgradeableProxy} from "@openzeppelin/contracts/proxy/transparent/TransparentUpgradeableProxy.sol";
import {IAssertionGame} from "../../src-sol/l1/interfaces/IAssertionGame.sol";
import {IDisputeGame} from "../../src-sol/l1/interfaces/IDisputeGame.sol";
import {IOptimismPortal} from "../../src-sol/l1/interfaces/IOptimismPortal.sol";
import {OutputRootProof, WithdrawalTransaction} from "../../src-sol/shared/Types.sol";
import {L1Setup} from "../base/L1Setup.sol";

/// @notice Deposits from its code, and can be the target of a withdrawal.
contract Actor {
    OptimismPortal private _portal;
    address public seenSender;
    uint256 public calls;
    WithdrawalTransaction private _again;
    address private _submitter;
    uint256 public burn;

    constructor(OptimismPortal portal_) payable {
        _portal = portal_;
    }

    function deposit(address to, uint64 gas) external payable {
        _portal.depositTransaction{value: msg.value}(to, msg.value, gas, false, "");
    }

    function reenterWith(WithdrawalTransaction calldata withdrawal, address submitter) external {
        _again = withdrawal;
        _submitter = submitter;
    }

    function burnGas(uint256 amount) external {
        burn = amount;
    }

    fallback() external payable {
        uint256 before = gasleft();
        calls += 1;
        seenSender = _portal.l2Sender();
        if (_submitter != address(0)) _portal.finalizeWithdrawalTransactionExternalProof(_again, _submitter);
        while (before - gasleft() < burn) {}
    }

    receive() external payable {
        seenSender = _portal.l2Sender();
        calls += 1;
    }
}

contract ReturnsMuch {
    fallback() external payable {
        assembly {
            return(0, 1000000)
        }
    }
}

contract OptimismPortalTest is L1Setup {
    string private json = vm.readFile("test-sol/fixtures/withdrawals.json");
    address private target = 0x00000000000000000000000000000000C0DE0001;
    IAssertionGame private game;

    function setUp() public override {
        super.setUp();
        _appendNext(3);
        _pass(12);
        portal.donateETH{value: 100 ether}();
    }

    function _withdrawal(uint256 i) private view returns (WithdrawalTransaction memory w) {
        string memory at = string.concat(".withdrawals[", vm.toString(i), "].");
        w.nonce = vm.parseJsonUint(json, string.concat(at, "nonce"));
        w.sender = address(bytes20(vm.parseJsonBytes(json, string.concat(at, "sender"))));
        w.target = address(bytes20(vm.parseJsonBytes(json, string.concat(at, "target"))));
        w.value = vm.parseJsonUint(json, string.concat(at, "value"));
        w.gasLimit = vm.parseJsonUint(json, string.concat(at, "gasLimit"));
        w.data = vm.parseJsonBytes(json, string.concat(at, "data"));
    }

    function _id(uint256 i) private view returns (bytes32) {
        return vm.parseJsonBytes32(json, string.concat(".withdrawals[", vm.toString(i), "].id"));
    }

    function _proof(uint256 i) private view returns (bytes[] memory) {
        return vm.parseJsonBytesArray(json, string.concat(".withdrawals[", vm.toString(i), "].proof"));
    }

    function _output() private view returns (OutputRootProof memory) {
        return
            OutputRootProof(
                bytes32(0),
                vm.parseJsonBytes32(json, ".output.stateRoot"),
                vm.parseJsonBytes32(json, ".output.messagePasserStorageRoot"),
                vm.parseJsonBytes32(json, ".output.latestBlockhash")
            );
    }

    /// Position of the game that withdrawals are proven against.
    uint256 private _index;

    function _claim() private returns (IAssertionGame) {
        game = _assert(proposer, NO_PARENT, vm.parseJsonBytes32(json, ".output.root"));
        _pass(1);
        return game;
    }

    function _prove(address who, uint256 i) private {
        WithdrawalTransaction memory w = _withdrawal(i);
        OutputRootProof memory output = _output();
        bytes[] memory proof = _proof(i);
        vm.prank(who);
        portal.proveWithdrawalTransaction(w, _index, output, proof);
    }

    function _ripen() private {
        _pass(MATURITY_DELAY);
        game.resolve();
        _pass(FINALITY_DELAY);
    }

    /// Replaces the code of the target, keeping what it is owed.
    function _actor() private returns (Actor actor) {
        Actor made = new Actor(portal);
        vm.etch(target, address(made).code);
        vm.store(target, bytes32(0), bytes32(uint256(uint160(address(portal)))));
        return Actor(payable(target));
    }

    // --- deposits

    function test_theVersionIsOneThatClientsTakeForTheFaultProofPortal() external view {
        assertEq(bytes(portal.version()), bytes("4.0.0"), "version");
    }

    function test_aDepositCarriesItsFields() external {
        bytes memory opaque = abi.encodePacked(uint256(2 ether), uint256(1 ether), uint64(90_000), false, hex"1234");
        vm.expectEmit(address(portal));
        emit IOptimismPortal.TransactionDeposited(alice, bob, 0, opaque);
        vm.prank(alice, alice);
        portal.depositTransaction{value: 2 ether}(bob, 1 ether, 90_000, false, hex"1234");
    }

    function test_plainEtherIsDepositedForItsSender() external {
        bytes memory opaque = abi.encodePacked(uint256(1 ether), uint256(1 ether), uint64(100_000), false);
        vm.expectEmit(address(portal));
        emit IOptimismPortal.TransactionDeposited(alice, alice, 0, opaque);
        vm.prank(alice, alice);
        (bool ok, ) = address(portal).call{value: 1 ether}("");
        assertTrue(ok, "call");
        assertEq(inbox.depositCount(), 2, "the queue has the entry");
    }

    function test_contractsAppearUnderTheirAlias() external {
        Actor actor = new Actor(portal);
        address aliased = address(uint160(address(actor)) + uint160(0x1111000000000000000000000000000000001111));
        vm.expectEmit(true, true, true, false, address(portal));
        emit IOptimismPortal.TransactionDeposited(aliased, bob, 0, "");
        vm.prank(alice, alice);
        actor.deposit{value: 1}(bob, 50_000);
    }

    function test_accountsWithDelegatedCodeKeepTheirAddress() external {
        vm.etch(alice, abi.encodePacked(hex"ef0100", bob));
        vm.expectEmit(true, true, true, false, address(portal));
        emit IOptimismPortal.TransactionDeposited(alice, bob, 0, "");
        vm.prank(alice, bob);
        portal.depositTransaction(bob, 0, 50_000, false, "");
    }

    function test_aCreationHasNoTarget() external {
        vm.expectRevert(IOptimismPortal.OptimismPortal_BadTarget.selector);
        portal.depositTransaction(bob, 0, 100_000, true, hex"00");
        portal.depositTransaction(address(0), 0, 100_000, true, hex"00");
    }

    function test_aDepositPaysForItsBytes() external {
        uint64 least = portal.minimumGasLimit(1000);
        assertEq(least, 61_000, "minimum");
        vm.expectRevert(IOptimismPortal.OptimismPortal_GasLimitTooLow.selector);
        portal.depositTransaction(bob, 0, least - 1, false, new bytes(1000));
        portal.depositTransaction(bob, 0, least, false, new bytes(1000));
        vm.expectRevert(IOptimismPortal.OptimismPortal_CalldataTooLarge.selector);
        portal.depositTransaction(bob, 0, 8_000_000, false, new bytes(120_001));
    }

    function test_depositGasIsBoundedInEachL1Block() external {
        portal.depositTransaction(bob, 0, 5_000_000, false, "");
        vm.expectRevert(
            abi.encodeWithSelector(IOptimismPortal.OptimismPortal_DepositGasExhausted.selector, 3_000_001, 3_000_000)
        );
        portal.depositTransaction(bob, 0, 3_000_001, false, "");
        portal.depositTransaction(bob, 0, 3_000_000, false, "");
        vm.roll(block.number + 1);
        portal.depositTransaction(bob, 0, 8_000_000, false, "");
    }

    function test_theBoundsOfPortalAndConfigurationAgree() external view {
        assertEq(portal.MAX_DEPOSIT_GAS(), config.MIN_GAS_LIMIT(), "a deposit always fits a block");
    }

    function test_depositGasIsPaidForInL1Gas() external {
        vm.fee(1 gwei);
        uint256 before = gasleft();
        portal.depositTransaction(bob, 0, 2_000_000, false, "");
        assertGe(before - gasleft(), 2_000_000, "burned at the least price");
        vm.fee(20 gwei);
        before = gasleft();
        portal.depositTransaction(bob, 0, 2_000_000, false, "");
        assertLe(before - gasleft(), 300_000, "worth less when L1 gas is dear");
    }

    function test_thePriceOfDepositGasFollowsDemand() external {
        for (uint256 i = 0; i < 8; i++) {
            portal.depositTransaction(bob, 0, 8_000_000, false, "");
            vm.roll(block.number + 1);
        }
        (uint128 price, , ) = portal.params();
        assertGe(price, 2 gwei, "rises by an eighth a block");
        vm.roll(block.number + 100);
        portal.depositTransaction(bob, 0, 21_000, false, "");
        (price, , ) = portal.params();
        assertEq(price, 1 gwei, "falls to the minimum");
    }

    // --- withdrawals

    function test_aWithdrawalIsProvenAndPaidOnce() external {
        Actor actor = _actor();
        _claim();
        _prove(alice, 3);
        assertEq(portal.numProofSubmitters(_id(3)), 1, "submitters");
        assertEq(portal.proofSubmitters(_id(3), 0), alice, "submitter");
        (IDisputeGame proxy, uint64 timestamp) = portal.provenWithdrawals(_id(3), alice);
        assertEq(address(proxy), address(game), "game");
        assertEq(timestamp, block.timestamp, "proven at");
        _ripen();
        WithdrawalTransaction memory w = _withdrawal(3);
        uint256 before = address(portal).balance;
        vm.expectEmit(address(portal));
        emit IOptimismPortal.WithdrawalFinalized(_id(3), true);
        vm.prank(alice);
        portal.finalizeWithdrawalTransaction(w);
        assertEq(target.balance, w.value, "paid");
        assertEq(address(portal).balance, before - w.value, "by the portal");
        assertEq(actor.seenSender(), w.sender, "the target saw the sender on L2");
        assertEq(portal.l2Sender(), BURN, "no sender afterwards");
        assertTrue(portal.finalizedWithdrawals(_id(3)), "finalised");
        vm.expectRevert(IOptimismPortal.OptimismPortal_AlreadyFinalized.selector);
        vm.prank(alice);
        portal.finalizeWithdrawalTransaction(w);
    }

    function test_everyProofOfTheFixtureIsAccepted() external {
        _claim();
        for (uint256 i = 0; i < 5; i++) _prove(alice, i);
    }

    function test_anybodyFinalisesWithTheProofOfAnother() external {
        _claim();
        _prove(alice, 3);
        _ripen();
        WithdrawalTransaction memory w = _withdrawal(3);
        vm.expectRevert(IOptimismPortal.OptimismPortal_Unproven.selector);
        vm.prank(bob);
        portal.finalizeWithdrawalTransaction(w);
        vm.prank(bob);
        portal.finalizeWithdrawalTransactionExternalProof(w, alice);
        assertEq(target.balance, w.value, "paid");
    }

    function test_theReasonsComeInTheOrderThatClientsExpect() external {
        bytes32 id = _id(3);
        vm.expectRevert(IOptimismPortal.OptimismPortal_Unproven.selector);
        portal.checkWithdrawal(id, alice);
        _claim();
        _prove(alice, 3);
        vm.expectRevert(IOptimismPortal.OptimismPortal_ProofNotOldEnough.selector);
        portal.checkWithdrawal(id, alice);
        _pass(MATURITY_DELAY + 1);
        vm.expectRevert(IOptimismPortal.OptimismPortal_InvalidRootClaim.selector);
        portal.checkWithdrawal(id, alice);
        game.resolve();
        vm.expectRevert(IOptimismPortal.OptimismPortal_InvalidRootClaim.selector);
        portal.checkWithdrawal(id, alice);
        _pass(FINALITY_DELAY);
        portal.checkWithdrawal(id, alice);
    }

    function test_aProofBeforeTheClaimIsRefusedAndOneInItsSecondIsNot() external {
        game = _assert(proposer, NO_PARENT, vm.parseJsonBytes32(json, ".output.root"));
        vm.warp(block.timestamp - 1);
        vm.expectRevert(IOptimismPortal.OptimismPortal_InvalidProofTimestamp.selector);
        _prove(alice, 3);
        vm.warp(block.timestamp + 1);
        _prove(alice, 3);
    }

    function test_aProofAgainstALostGameIsRefusedAndWorthNothing() external {
        _appendNext(1);
        IDisputeGame parent = _assert(alice, NO_PARENT, "parent");
        game = _assert(proposer, parent, vm.parseJsonBytes32(json, ".output.root"));
        _index = 1;
        _prove(alice, 3);
        vm.prank(owner);
        registry.blacklistDisputeGame(parent);
        game.resolve();
        vm.expectRevert(IOptimismPortal.OptimismPortal_InvalidDisputeGame.selector);
        _prove(bob, 3);
        _pass(MATURITY_DELAY + FINALITY_DELAY + 1);
        WithdrawalTransaction memory w = _withdrawal(3);
        vm.expectRevert(IOptimismPortal.OptimismPortal_InvalidRootClaim.selector);
        vm.prank(alice);
        portal.finalizeWithdrawalTransaction(w);
    }

    function test_aWithdrawalCanBeProvenAgainWithAnotherGame() external {
        IAssertionGame junk = _assert(bob, NO_PARENT, bytes32(uint256(1)));
        _claim();
        WithdrawalTransaction memory w = _withdrawal(3);
        OutputRootProof memory output = _output();
        bytes[] memory proof = _proof(3);
        vm.expectRevert(IOptimismPortal.OptimismPortal_InvalidOutputRootProof.selector);
        vm.prank(alice);
        portal.proveWithdrawalTransaction(w, 0, output, proof);
        assertEq(junk.batchIndex(), 0, "a rival for the same batch");
        for (uint256 i = 0; i < 2; i++) {
            vm.prank(alice);
            portal.proveWithdrawalTransaction(w, 1, output, proof);
            _pass(1);
        }
        assertEq(portal.numProofSubmitters(_id(3)), 1, "one submitter is listed once");
    }

    function test_barredGamesAreRefused() external {
        _claim();
        vm.prank(owner);
        registry.blacklistDisputeGame(IDisputeGame(address(game)));
        vm.expectRevert(IOptimismPortal.OptimismPortal_ImproperDisputeGame.selector);
        _prove(alice, 3);
    }

    function test_aGameOfATypeNotRespectedIsRefused() external {
        _respectAnotherType();
        _claim();
        vm.expectRevert(IOptimismPortal.OptimismPortal_InvalidDisputeGame.selector);
        _prove(alice, 3);
    }

    function test_aProvenWithdrawalSurvivesAnUpgrade() external {
        _claim();
        _prove(alice, 3);
        // Another portal, and games by other rules.
        ProxyAdmin admin = _admin(address(portal));
        address code = address(new OptimismPortal());
        vm.prank(owner);
        admin.upgradeAndCall(ITransparentUpgradeableProxy(address(portal)), code, "");
        _respectAnotherType();
        _ripen();
        assertTrue(registry.isGameClaimValid(game), "the game keeps its rules and counts");
        WithdrawalTransaction memory w = _withdrawal(3);
        vm.prank(alice);
        portal.finalizeWithdrawalTransaction(w);
        assertTrue(portal.finalizedWithdrawals(_id(3)), "finalised");
    }

    function test_aRetirementKeepsWhatIsFinalAndEndsTheRest() external {
        _claim();
        _prove(alice, 3);
        _ripen();
        vm.prank(owner);
        registry.updateRetirementTimestamp();
        WithdrawalTransaction memory w = _withdrawal(3);
        vm.prank(alice);
        portal.finalizeWithdrawalTransaction(w);
        assertTrue(portal.finalizedWithdrawals(_id(3)), "finalised");
    }

    function test_everyFieldOfAWithdrawalIsBound() external {
        _claim();
        OutputRootProof memory output = _output();
        bytes[] memory proof = _proof(3);
        for (uint256 i = 0; i < 6; i++) {
            WithdrawalTransaction memory w = _withdrawal(3);
            if (i == 0) w.nonce += 1;
            if (i == 1) w.sender = alice;
            if (i == 2) w.target = alice;
            if (i == 3) w.value += 1;
            if (i == 4) w.gasLimit += 1;
            if (i == 5) w.data = hex"00";
            vm.expectRevert();
            vm.prank(alice);
            portal.proveWithdrawalTransaction(w, 0, output, proof);
        }
    }

    function test_everyFieldOfTheOutputIsBound() external {
        _claim();
        WithdrawalTransaction memory w = _withdrawal(3);
        bytes[] memory proof = _proof(3);
        for (uint256 i = 0; i < 4; i++) {
            OutputRootProof memory output = _output();
            if (i == 0) output.version = bytes32(uint256(1));
            if (i == 1) output.stateRoot = bytes32(uint256(1));
            if (i == 2) output.messagePasserStorageRoot = bytes32(uint256(1));
            if (i == 3) output.latestBlockhash = bytes32(uint256(1));
            vm.expectRevert(IOptimismPortal.OptimismPortal_InvalidOutputRootProof.selector);
            vm.prank(alice);
            portal.proveWithdrawalTransaction(w, 0, output, proof);
        }
    }

    function test_aProofOfAnotherWithdrawalIsRefused() external {
        _claim();
        WithdrawalTransaction memory w = _withdrawal(3);
        OutputRootProof memory output = _output();
        bytes[] memory proof = _proof(2);
        vm.expectPartialRevert(MerkleTrie.MerkleTrie_WrongNode.selector);
        vm.prank(alice);
        portal.proveWithdrawalTransaction(w, 0, output, proof);
    }

    function test_aPauseStopsWithdrawalsAndExpires() external {
        _claim();
        _prove(alice, 3);
        _ripen();
        vm.prank(guardian);
        config.pause();
        WithdrawalTransaction memory w = _withdrawal(3);
        vm.expectRevert(IOptimismPortal.OptimismPortal_CallPaused.selector);
        vm.prank(alice);
        portal.finalizeWithdrawalTransaction(w);
        vm.expectRevert(IOptimismPortal.OptimismPortal_CallPaused.selector);
        _prove(alice, 2);
        vm.prank(alice, alice);
        portal.depositTransaction(bob, 0, 50_000, false, "");
        _pass(PAUSE_DURATION);
        vm.prank(alice);
        portal.finalizeWithdrawalTransaction(w);
        assertTrue(portal.finalizedWithdrawals(_id(3)), "finalised");
    }

    function test_aWithdrawalCannotCallPortalOrInbox() external {
        _claim();
        WithdrawalTransaction memory w = _withdrawal(3);
        OutputRootProof memory output = _output();
        bytes[] memory proof = _proof(3);
        address[2] memory unsafe = [address(portal), address(inbox)];
        for (uint256 i = 0; i < 2; i++) {
            w.target = unsafe[i];
            vm.expectRevert(IOptimismPortal.OptimismPortal_BadTarget.selector);
            portal.proveWithdrawalTransaction(w, 0, output, proof);
            vm.expectRevert(IOptimismPortal.OptimismPortal_BadTarget.selector);
            portal.finalizeWithdrawalTransaction(w);
        }
    }

    function test_aTargetThatReentersDoesNotGetAnotherWithdrawal() external {
        Actor actor = _actor();
        _claim();
        _prove(alice, 1);
        _prove(alice, 4);
        _ripen();
        actor.reenterWith(_withdrawal(4), alice);
        portal.checkWithdrawal(_id(4), alice);
        WithdrawalTransaction memory w = _withdrawal(1);
        vm.expectEmit(address(portal));
        emit IOptimismPortal.WithdrawalFinalized(_id(1), false);
        vm.prank(alice);
        portal.finalizeWithdrawalTransaction(w);
        assertEq(actor.calls(), 0, "the call was undone");
        assertFalse(portal.finalizedWithdrawals(_id(4)), "the other one is untouched");
    }

    function test_tooLittleGasIsNoFailureOfTheWithdrawal() external {
        Actor actor = _actor();
        actor.burnGas(60_000);
        _claim();
        _prove(alice, 1);
        _ripen();
        WithdrawalTransaction memory w = _withdrawal(1);
        uint256 failed = 0;
        for (uint256 gas = 100_000; gas < 400_000; gas += 5_000) {
            vm.prank(alice);
            try portal.finalizeWithdrawalTransaction{gas: gas}(w) {
                break;
            } catch {
                failed += 1;
            }
        }
        assertGe(failed, 5, "with too little gas nothing happens");
        assertTrue(portal.finalizedWithdrawals(_id(1)), "finalised in the end");
        assertEq(actor.calls(), 1, "and with success");
    }

    function test_returnDataIsNotPaidFor() external {
        vm.etch(target, address(new ReturnsMuch()).code);
        _claim();
        _prove(alice, 3);
        _ripen();
        WithdrawalTransaction memory w = _withdrawal(3);
        vm.prank(alice);
        portal.finalizeWithdrawalTransaction{gas: 500_000}(w);
        assertTrue(portal.finalizedWithdrawals(_id(3)), "finalised");
    }

    function test_implementationAndProxyAreInitialisedOnce() external {
        vm.expectRevert();
        portal.initialize(config, inbox, registry, 0, _fastExits());
        OptimismPortal impl = new OptimismPortal();
        vm.expectRevert();
        impl.initialize(config, inbox, registry, 0, _fastExits());
    }

    /// Locked on L1 is what was deposited less what was paid, to the wei.
    function testFuzz_lockedIsDepositedLessWithdrawn(uint96[8] calldata deposits, uint8 which) external {
        uint256 before = address(portal).balance;
        uint256 sum = 0;
        for (uint256 i = 0; i < 8; i++) {
            uint256 value = bound(deposits[i], 0, 100 ether);
            sum += value;
            vm.prank(alice, alice);
            portal.depositTransaction{value: value}(bob, value, 21_000, false, "");
        }
        _claim();
        uint256 paid = 0;
        for (uint256 i = 0; i < 5; i++) if (which & (1 << i) != 0) _prove(alice, i);
        _ripen();
        for (uint256 i = 0; i < 5; i++) {
            WithdrawalTransaction memory w = _withdrawal(i);
            vm.prank(alice);
            try portal.finalizeWithdrawalTransaction(w) {
                paid += w.value;
            } catch {
                assertFalse(which & (1 << i) != 0, "a proven one is paid");
            }
        }
        assertEq(address(portal).balance, before + sum - paid, "locked");
        assertEq(target.balance, paid, "paid out");
    }
}
