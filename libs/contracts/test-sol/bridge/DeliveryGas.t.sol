// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {CrossDomainMessenger} from "../../src-sol/bridge/CrossDomainMessenger.sol";
import {ERC1155Bridge} from "../../src-sol/bridge/ERC1155Bridge.sol";
import {L1Bridge} from "../../src-sol/bridge/L1Bridge.sol";
import {L1CrossDomainMessenger} from "../../src-sol/bridge/L1CrossDomainMessenger.sol";
import {L1ERC1155Bridge} from "../../src-sol/bridge/L1ERC1155Bridge.sol";
import {IAnchorStateRegistry} from "../../src-sol/l1/interfaces/IAnchorStateRegistry.sol";
import {IDisputeGame} from "../../src-sol/l1/interfaces/IDisputeGame.sol";
import {L2ToL1MessagePasser} from "../../src-sol/l2/L2ToL1MessagePasser.sol";
import {Predeploys} from "../../src-sol/l2/Predeploys.sol";
import {WithdrawalTransaction} from "../../src-sol/shared/Types.sol";
import {L1Setup} from "../base/L1Setup.sol";
import {PlainERC1155} from "./Tokens.sol";

/// @notice Remembers how much gas it was called with.
contract GasMeter {
    uint256 public got;

    fallback() external payable {
        got = gasleft();
    }
}

/// @notice The largest messages that L2 accepts are delivered on L1 in one transaction, through the portal behind its proxy.
contract DeliveryGasTest is L1Setup {
    /// @dev Gas of a transaction at most (EIP-7825).
    uint256 private constant TRANSACTION_GAS = 1 << 24;
    /// @dev Slot of `provenWithdrawals` in the portal.
    uint256 private constant PROVEN_SLOT = 7;

    L2ToL1MessagePasser private passer;
    L1CrossDomainMessenger private messenger;
    L1ERC1155Bridge private bridge;
    PlainERC1155 private token;
    address private twin = makeAddress("twin");

    function setUp() public override {
        super.setUp();
        passer = new L2ToL1MessagePasser();
        messenger = L1CrossDomainMessenger(
            _erc1967(
                address(new L1CrossDomainMessenger()),
                abi.encodeCall(L1CrossDomainMessenger.initialize, (config, portal))
            )
        );
        bridge = L1ERC1155Bridge(
            _erc1967(address(new L1ERC1155Bridge()), abi.encodeCall(L1Bridge.initialize, (messenger, config)))
        );
        // Here and not in the test, so that the release finds all of it untouched by its transaction.
        token = new PlainERC1155();
        (uint256[] memory ids, uint256[] memory amounts) = _batch();
        for (uint256 i; i < ids.length; ++i) token.give(alice, ids[i], amounts[i]);
        vm.startPrank(alice, alice);
        token.setApprovalForAll(address(bridge), true);
        bridge.bridgeBatchERC1155To(address(token), twin, bob, ids, amounts, 0, "");
        vm.stopPrank();
    }

    function _batch() private view returns (uint256[] memory ids, uint256[] memory amounts) {
        uint256 count = bridge.MAX_IDS();
        ids = new uint256[](count);
        amounts = new uint256[](count);
        for (uint256 i; i < count; ++i) {
            ids[i] = type(uint256).max - count + i;
            amounts[i] = type(uint256).max - i;
        }
    }

    function _erc1967(address code, bytes memory init) private returns (address) {
        return address(new ERC1967Proxy(code, init));
    }

    /// @dev Finalises a withdrawal that counts as proven, with the gas that is left of a transaction after its calldata.
    function _finalize(
        address sender,
        address target,
        uint256 gasLimit,
        bytes memory data
    ) private returns (uint256 used) {
        WithdrawalTransaction memory withdrawal = WithdrawalTransaction(
            (uint256(1) << 240) | 5,
            sender,
            target,
            0,
            gasLimit,
            data
        );
        bytes32 hash = keccak256(
            abi.encode(
                withdrawal.nonce,
                withdrawal.sender,
                withdrawal.target,
                withdrawal.value,
                withdrawal.gasLimit,
                withdrawal.data
            )
        );
        address game = makeAddress("game");
        vm.mockCall(game, abi.encodeCall(IDisputeGame.createdAt, ()), abi.encode(uint64(block.timestamp)));
        vm.mockCall(
            address(registry),
            abi.encodeCall(IAnchorStateRegistry.isGameClaimValid, (IDisputeGame(game))),
            abi.encode(true)
        );
        bytes32 slot = keccak256(abi.encode(bob, keccak256(abi.encode(hash, PROVEN_SLOT))));
        vm.store(address(portal), slot, bytes32(uint256(uint160(game)) | ((block.timestamp + 1) << 160)));
        vm.warp(block.timestamp + MATURITY_DELAY + 10);
        bytes memory call = abi.encodeCall(portal.finalizeWithdrawalTransaction, (withdrawal));
        vm.prank(bob, bob);
        uint256 intrinsic = _intrinsicGas(call);
        uint256 before = gasleft();
        (bool success, ) = address(portal).call{gas: TRANSACTION_GAS - intrinsic}(call);
        used = intrinsic + before - gasleft();
        assertTrue(success, "finalised");
        assertTrue(portal.finalizedWithdrawals(hash), "recorded");
    }

    function _intrinsicGas(bytes memory data) private pure returns (uint256 gas) {
        gas = 21_000;
        for (uint256 i; i < data.length; ++i) gas += data[i] == 0 ? 4 : 16;
    }

    /// @dev Bytes that are not zero, which cost most.
    function _filled(uint256 length) private pure returns (bytes memory data) {
        data = new bytes(length);
        for (uint256 i; i < length; ++i) data[i] = 0xff;
    }

    function test_aCallGetsTheGreatestGasLimitThatL2Accepts() external {
        uint256 most = passer.MAX_DATA();
        uint256[3] memory lengths = [0, most / 2, most];
        for (uint256 i; i < 3; ++i) {
            GasMeter meter = new GasMeter();
            uint256 gasLimit = passer.maxGasLimit(lengths[i]);
            _finalize(alice, address(meter), gasLimit, _filled(lengths[i]));
            assertGe(meter.got() + 5_000, gasLimit, "gas of the target");
        }
    }

    function test_theLargestBatchOfErc1155IsReleased() external {
        (uint256[] memory ids, uint256[] memory amounts) = _batch();
        // As much of a note as fits beside the ids.
        bytes memory without = _message(ids, amounts, "");
        bytes memory message = _message(
            ids,
            amounts,
            _filled(((passer.MAX_DATA() - _relay(without).length) / 32) * 32 - 64)
        );
        bytes memory data = _relay(message);
        assertLe(data.length, passer.MAX_DATA(), "accepted on L2");
        uint256 used = _finalize(
            Predeploys.L2_CROSS_DOMAIN_MESSENGER,
            address(messenger),
            messenger.baseGas(message, 0),
            data
        );
        // A token may be twice as dear as this one.
        assertLe(used, TRANSACTION_GAS / 2, "gas");
        for (uint256 i; i < ids.length; ++i) assertEq(token.balanceOf(bob, ids[i]), amounts[i], "released");
    }

    function _message(
        uint256[] memory ids,
        uint256[] memory amounts,
        bytes memory extraData
    ) private view returns (bytes memory) {
        return
            abi.encodeCall(
                ERC1155Bridge.finalizeBridgeBatchERC1155,
                (address(token), twin, alice, bob, ids, amounts, extraData)
            );
    }

    function _relay(bytes memory message) private view returns (bytes memory) {
        return
            abi.encodeCall(
                CrossDomainMessenger.relayMessage,
                (uint256(1) << 240, Predeploys.L2_ERC1155_BRIDGE, address(bridge), 0, 0, message)
            );
    }
}
