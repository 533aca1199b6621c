// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Body, Signer, Vote} from "../../network/NetworkMessages.sol";
import {IFastExits} from "../../network/interfaces/IFastExits.sol";
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
    /// @notice A deposit was made.
    /// @param from Sender on L2, under its alias if it is a contract.
    /// @param to Target on L2; zero for a contract creation.
    /// @param version Version of `opaqueData`; 0.
    /// @param opaqueData `mint(32) ‖ value(32) ‖ gasLimit(8) ‖ isCreation(1) ‖ data`
    event TransactionDeposited(address indexed from, address indexed to, uint256 indexed version, bytes opaqueData);

    /// @notice A withdrawal was proven.
    /// @param withdrawalHash keccak256 over the ABI encoding of the withdrawal.
    /// @param from Account on L2 that withdrew.
    /// @param to Whom it calls on L1.
    event WithdrawalProven(bytes32 indexed withdrawalHash, address indexed from, address indexed to);

    /// @notice Follows WithdrawalProven: by whom.
    /// @param withdrawalHash keccak256 over the ABI encoding of the withdrawal.
    /// @param proofSubmitter Account that proved it.
    event WithdrawalProvenExtension1(bytes32 indexed withdrawalHash, address indexed proofSubmitter);

    /// @notice A withdrawal was executed, for good.
    /// @param withdrawalHash keccak256 over the ABI encoding of the withdrawal.
    /// @param success Whether the call succeeded.
    event WithdrawalFinalized(bytes32 indexed withdrawalHash, bool success);

    /// @notice Withdrawals are paid early, out of what this contract reserves.
    /// @param fastExits The contract; zero where nothing is paid early.
    event FastExitsSet(address indexed fastExits);

    /// @notice The withdrawal was executed before.
    error OptimismPortal_AlreadyFinalized();

    /// @notice A contract creation has no target; a withdrawal cannot call the contracts that trust the portal.
    error OptimismPortal_BadTarget();

    /// @notice A contract must name who receives it on L2, or on the way back: with `depositTransaction`, or the
    /// bridge's function with `To` in its name. Its own address and its alias have no key there.
    /// @param caller The contract.
    error OptimismPortal_ReceiverMissing(address caller);

    /// @notice The guardian paused withdrawals.
    error OptimismPortal_CallPaused();

    /// @notice The data of the deposit is longer than `MAX_DEPOSIT_DATA`.
    error OptimismPortal_CalldataTooLarge();

    /// @notice Deposits have bought what L2 gas this L1 block sells.
    /// @param requested Gas that was asked for.
    /// @param left Gas that is left in this block.
    error OptimismPortal_DepositGasExhausted(uint256 requested, uint256 left);

    /// @notice The gas limit of the deposit is below `minimumGasLimit` of its data.
    error OptimismPortal_GasLimitTooLow();

    /// @notice So little gas is left that the target of the withdrawal might get less than its gas limit.
    error OptimismPortal_InsufficientGas();

    /// @notice The game was not created by the factory, or it is barred or retired.
    error OptimismPortal_ImproperDisputeGame();

    /// @notice The game was not of the respected type when it was created, or its challenger has won.
    error OptimismPortal_InvalidDisputeGame();

    /// @notice The proof leads to another value than that of a recorded withdrawal.
    error OptimismPortal_InvalidMerkleProof();

    /// @notice The hash of the output root proof is not what the game claims.
    error OptimismPortal_InvalidOutputRootProof();

    /// @notice The proof would be older than the game that it was made against.
    error OptimismPortal_InvalidProofTimestamp();

    /// @notice The claim of the game is not valid, or not final yet.
    error OptimismPortal_InvalidRootClaim();

    /// @notice Another withdrawal is being executed.
    error OptimismPortal_NoReentrancy();

    /// @notice The proof is younger than `proofMaturityDelaySeconds`.
    error OptimismPortal_ProofNotOldEnough();

    /// @notice This account has not proven the withdrawal.
    error OptimismPortal_Unproven();

    /// @notice Nothing is paid early on this chain.
    error OptimismPortal_NoFastExits();

    /// @notice The call of a withdrawal that was to be paid early failed. The ordinary way remains.
    error OptimismPortal_CallFailed();

    /// @notice Only the owner of the chain may do this.
    /// @param caller The account that called.
    error OptimismPortal_Unauthorized(address caller);

    /// @notice Sends a transaction to L2 and, with value, ether. Anyone; contracts appear on L2 under their alias.
    /// @param to Target; zero for a contract creation.
    /// @param value Wei that the L2 transaction carries.
    /// @param gasLimit L2 gas, bought here by burning L1 gas; at least `minimumGasLimit(data.length)`.
    /// @param isCreation Whether to create a contract.
    /// @param data Input of the transaction, or creation code; `MAX_DEPOSIT_DATA` bytes at most.
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
    /// @param withdrawal The withdrawal.
    /// @param disputeGameIndex Index of the game at the factory.
    /// @param outputRootProof Preimage of the output root that the game claims.
    /// @param withdrawalProof Trie nodes from the storage root of the L2ToL1MessagePasser to the withdrawal's slot.
    function proveWithdrawalTransaction(
        WithdrawalTransaction calldata withdrawal,
        uint256 disputeGameIndex,
        OutputRootProof calldata outputRootProof,
        bytes[] calldata withdrawalProof
    ) external;

    /// @notice Executes a withdrawal that the caller has proven.
    /// @param withdrawal The withdrawal.
    function finalizeWithdrawalTransaction(WithdrawalTransaction calldata withdrawal) external;

    /// @notice Executes a withdrawal that somebody has proven. Anyone.
    /// @param withdrawal The withdrawal.
    /// @param proofSubmitter Account that proved it.
    function finalizeWithdrawalTransactionExternalProof(
        WithdrawalTransaction calldata withdrawal,
        address proofSubmitter
    ) external;

    /// @notice Executes a withdrawal before its game ended, out of the stake of verifiers who vouch for it. Anyone, with the fee if it moves ether.
    /// docs/spec/network.md, section 4. A call that fails changes nothing. With ether and no data, `l2Sender` is nobody while the target is called.
    /// @param withdrawal The withdrawal, of an insured class.
    /// @param proofSubmitter Account that proved it, against the game of the certificate.
    /// @param body What the attestations of the certificate have in common.
    /// @param votes The certificate, if it was not posted before; else not read.
    /// @param signers Its signers, if it was posted before; else not read.
    function finalizeFast(
        WithdrawalTransaction calldata withdrawal,
        address proofSubmitter,
        Body calldata body,
        Vote[] calldata votes,
        Signer[] calldata signers
    ) external payable;

    /// @notice Names the contract that reserves what is paid early. Owner of the chain only.
    /// @param fastExits_ The contract; zero for none.
    function setFastExits(IFastExits fastExits_) external;

    /// @notice Reserves what is paid early.
    /// @return The contract; zero where nothing is paid early.
    function fastExits() external view returns (IFastExits);

    /// @notice Fails with the reason if a withdrawal cannot be finalised now.
    /// @param withdrawalHash keccak256 over the ABI encoding of the withdrawal.
    /// @param proofSubmitter Account that proved it.
    function checkWithdrawal(bytes32 withdrawalHash, address proofSubmitter) external view;

    /// @notice Whether a withdrawal was executed.
    /// @param withdrawalHash keccak256 over the ABI encoding of the withdrawal.
    /// @return True also if its call failed.
    function finalizedWithdrawals(bytes32 withdrawalHash) external view returns (bool);

    /// @notice The newest proof of a withdrawal by an account.
    /// @param withdrawalHash keccak256 over the ABI encoding of the withdrawal.
    /// @param proofSubmitter Account that proved it.
    /// @return disputeGameProxy Game that it was proven against; zero if it was not.
    /// @return timestamp When it was proven, seconds since the epoch; 0 if it was not.
    function provenWithdrawals(
        bytes32 withdrawalHash,
        address proofSubmitter
    ) external view returns (IDisputeGame disputeGameProxy, uint64 timestamp);

    /// @notice Accounts that have proven a withdrawal.
    /// @param withdrawalHash keccak256 over the ABI encoding of the withdrawal.
    /// @param index Below `numProofSubmitters`.
    /// @return The account.
    function proofSubmitters(bytes32 withdrawalHash, uint256 index) external view returns (address);

    /// @notice Number of accounts that have proven a withdrawal.
    /// @param withdrawalHash keccak256 over the ABI encoding of the withdrawal.
    /// @return The number.
    function numProofSubmitters(bytes32 withdrawalHash) external view returns (uint256);

    /// @notice Sender on L2 of the withdrawal that is being executed.
    /// @return The account; 0x…dEaD while none is.
    function l2Sender() external view returns (address);

    /// @notice Time between proof and finalisation.
    /// @return Duration, in seconds.
    function proofMaturityDelaySeconds() external view returns (uint256);

    /// @notice Time between the end of a game and its being final, in which the owner can still bar it.
    /// @return Duration, in seconds.
    function disputeGameFinalityDelaySeconds() external view returns (uint256);

    /// @notice Type of the games that withdrawals can be proven against.
    /// @return The type.
    function respectedGameType() external view returns (uint32);

    /// @notice Where those games are created.
    /// @return The factory.
    function disputeGameFactory() external view returns (IDisputeGameFactory);

    /// @notice Says which games count.
    /// @return The registry.
    function anchorStateRegistry() external view returns (IAnchorStateRegistry);

    /// @notice Parameters and roles of the chain.
    /// @return The contract that keeps them.
    function systemConfig() external view returns (ISystemConfig);

    /// @notice Where deposits are queued.
    /// @return The inbox.
    function inbox() external view returns (IInbox);

    /// @notice Account that may pause withdrawals and bar games.
    /// @return The account.
    function guardian() external view returns (address);

    /// @notice Whether proving and finalising withdrawals is paused now.
    /// @return True while it is; deposits go on.
    function paused() external view returns (bool);

    /// @notice Least L2 gas of a deposit.
    /// @param byteCount Bytes of its data.
    /// @return Amount of gas.
    function minimumGasLimit(uint64 byteCount) external pure returns (uint64);
}
