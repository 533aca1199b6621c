// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {OutputRootProof, WithdrawalTransaction} from "../../shared/Types.sol";
import {IAnchorStateRegistry} from "./IAnchorStateRegistry.sol";
import {IDisputeGame} from "./IDisputeGame.sol";
import {IDisputeGameFactory} from "./IDisputeGameFactory.sol";
import {IInbox} from "./IInbox.sol";
import {ISystemConfig} from "./ISystemConfig.sol";

/// @title IOptimismPortal
/// @notice Takes deposits to L2 and pays out withdrawals. The functions, events and error names are those that clients of the OP
/// Stack know (portal version 4).
interface IOptimismPortal {
    /// @notice A deposit; version 0: `opaqueData = mint(32) ‖ value(32) ‖ gasLimit(8) ‖ isCreation(1) ‖ data`.
    event TransactionDeposited(address indexed from, address indexed to, uint256 indexed version, bytes opaqueData);
    event WithdrawalProven(bytes32 indexed withdrawalHash, address indexed from, address indexed to);
    event WithdrawalProvenExtension1(bytes32 indexed withdrawalHash, address indexed proofSubmitter);
    event WithdrawalFinalized(bytes32 indexed withdrawalHash, bool success);

    error OptimismPortal_AlreadyFinalized();
    /// @notice A contract creation has no target; a withdrawal cannot call the contracts that trust the portal.
    error OptimismPortal_BadTarget();
    /// @notice A contract must name who receives it on L2, or on the way back: with `depositTransaction`, or the bridge's function with `To`
    /// in its name. Its own address and its alias have no key there.
    error OptimismPortal_ReceiverMissing(address caller);
    error OptimismPortal_CallPaused();
    error OptimismPortal_CalldataTooLarge();
    error OptimismPortal_DepositGasExhausted(uint256 requested, uint256 left);
    error OptimismPortal_GasLimitTooLow();
    error OptimismPortal_InsufficientGas();
    error OptimismPortal_ImproperDisputeGame();
    error OptimismPortal_InvalidDisputeGame();
    error OptimismPortal_InvalidMerkleProof();
    error OptimismPortal_InvalidOutputRootProof();
    error OptimismPortal_InvalidProofTimestamp();
    error OptimismPortal_InvalidRootClaim();
    error OptimismPortal_NoReentrancy();
    error OptimismPortal_ProofNotOldEnough();
    error OptimismPortal_Unproven();

    /// @notice Sends a transaction to L2 and, with value, ether. Anyone; contracts appear on L2 under their alias.
    /// @param to          Target; zero for a contract creation.
    /// @param value       wei that the L2 transaction carries.
    /// @param gasLimit    L2 gas, bought here by burning L1 gas; at least `minimumGasLimit(data.length)`.
    /// @param isCreation  Whether to create a contract.
    function depositTransaction(
        address to,
        uint256 value,
        uint64 gasLimit,
        bool isCreation,
        bytes calldata data
    ) external payable;

    /// @notice Takes ether without a deposit.
    function donateETH() external payable;

    /// @notice Proves that a withdrawal stands in the output that the game at this index claims. Anyone, also again with another game.
    function proveWithdrawalTransaction(
        WithdrawalTransaction calldata withdrawal,
        uint256 disputeGameIndex,
        OutputRootProof calldata outputRootProof,
        bytes[] calldata withdrawalProof
    ) external;

    /// @notice Executes a withdrawal that the caller has proven.
    function finalizeWithdrawalTransaction(WithdrawalTransaction calldata withdrawal) external;

    /// @notice Executes a withdrawal that `proofSubmitter` has proven.
    function finalizeWithdrawalTransactionExternalProof(
        WithdrawalTransaction calldata withdrawal,
        address proofSubmitter
    ) external;

    /// @notice Fails with the reason if a withdrawal cannot be finalised now.
    function checkWithdrawal(bytes32 withdrawalHash, address proofSubmitter) external view;

    function finalizedWithdrawals(bytes32 withdrawalHash) external view returns (bool);
    function provenWithdrawals(
        bytes32 withdrawalHash,
        address proofSubmitter
    ) external view returns (IDisputeGame disputeGameProxy, uint64 timestamp);
    function proofSubmitters(bytes32 withdrawalHash, uint256 index) external view returns (address);
    function numProofSubmitters(bytes32 withdrawalHash) external view returns (uint256);

    /// @notice Sender on L2 of the withdrawal that is being executed; a placeholder otherwise.
    function l2Sender() external view returns (address);
    /// @notice Time between proof and finalisation, seconds.
    function proofMaturityDelaySeconds() external view returns (uint256);
    function disputeGameFinalityDelaySeconds() external view returns (uint256);
    function respectedGameType() external view returns (uint32);
    function disputeGameFactory() external view returns (IDisputeGameFactory);
    function anchorStateRegistry() external view returns (IAnchorStateRegistry);
    function systemConfig() external view returns (ISystemConfig);
    function inbox() external view returns (IInbox);
    function guardian() external view returns (address);
    function paused() external view returns (bool);
    /// @notice Least L2 gas of a deposit with this much data.
    function minimumGasLimit(uint64 byteCount) external pure returns (uint64);
}
