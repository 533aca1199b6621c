// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Initializable} from "@openzeppelin/contracts-upgradeable/proxy/utils/Initializable.sol";
import {ERC1155Bridge} from "../bridge/ERC1155Bridge.sol";
import {ERC721Bridge} from "../bridge/ERC721Bridge.sol";
import {StandardBridge} from "../bridge/StandardBridge.sol";
import {Body, Signer, Vote} from "../network/NetworkMessages.sol";
import {IFastExits} from "../network/interfaces/IFastExits.sol";
import {L2StandardBridge} from "../l2/L2StandardBridge.sol";
import {Predeploys} from "../l2/Predeploys.sol";
import {AddressAliasHelper} from "../shared/AddressAliasHelper.sol";
import {ISemver} from "../shared/ISemver.sol";
import {GameStatus, OutputRootProof, WithdrawalTransaction} from "../shared/Types.sol";
import {IAnchorStateRegistry} from "./interfaces/IAnchorStateRegistry.sol";
import {IDisputeGame} from "./interfaces/IDisputeGame.sol";
import {IDisputeGameFactory} from "./interfaces/IDisputeGameFactory.sol";
import {IInbox} from "./interfaces/IInbox.sol";
import {IOptimismPortal} from "./interfaces/IOptimismPortal.sol";
import {ISystemConfig} from "./interfaces/ISystemConfig.sol";
import {MerkleTrie} from "./MerkleTrie.sol";

/// @title OptimismPortal
/// @notice See IOptimismPortal. Holds all ether that exists on L2.
contract OptimismPortal is Initializable, IOptimismPortal, ISemver {
    /// @notice The newest proof of a withdrawal by an account.
    /// @param disputeGameProxy Game that it was proven against.
    /// @param timestamp When it was proven, seconds since the epoch.
    struct ProvenWithdrawal {
        IDisputeGame disputeGameProxy;
        uint64 timestamp;
    }

    /// @notice Price and amount of the deposit gas sold, as EIP-1559 has it.
    /// @param prevBaseFee Price in the L1 block `prevBlockNum`, wei of L1 per L2 gas.
    /// @param prevBoughtGas L2 gas that was bought in that block.
    /// @param prevBlockNum Newest L1 block with a deposit.
    struct ResourceParams {
        uint128 prevBaseFee;
        uint64 prevBoughtGas;
        uint64 prevBlockNum;
    }

    /// @notice L2 gas that deposits can buy in one L1 block together. Equals SystemConfig.MIN_GAS_LIMIT, so that each deposit fits a block.
    uint64 public constant MAX_DEPOSIT_GAS = 8_000_000;

    /// @notice The price of deposit gas rises when more than this is bought in one L1 block, and falls below.
    uint64 public constant TARGET_DEPOSIT_GAS = MAX_DEPOSIT_GAS / 2;

    /// @notice The price changes by at most one part in this many from block to block (EIP-1559).
    uint64 public constant BASE_FEE_CHANGE_DENOMINATOR = 8;

    /// @notice Least price of deposit gas, and the least L1 base fee to which it is compared, wei per gas.
    uint128 public constant MINIMUM_BASE_FEE = 1 gwei;

    /// @notice Greatest length of the data of one deposit, bytes.
    uint256 public constant MAX_DEPOSIT_DATA = 120_000;

    /// @notice L2 gas of a plain transfer of ether to the portal.
    uint64 public constant RECEIVE_DEFAULT_GAS_LIMIT = 100_000;

    /// @dev Gas kept for what follows the call of a withdrawal's target.
    uint256 private constant FINALIZE_RESERVED_GAS = 40_000;

    /// @dev Price of a call itself at most: 2,600 for a cold account, 9,000 for value, 25,000 for a new account (EIP-2929).
    uint256 private constant CALL_COST = 40_000;

    /// @dev Value of `l2Sender` while no withdrawal is executed; nobody has the key of this address.
    address private constant DEFAULT_L2_SENDER = 0x000000000000000000000000000000000000dEaD;

    /// @dev Value of `l2Sender` while ether is paid early without a message: a contract that trusts a sender on L2 must not be told one whose
    /// withdrawal may turn out to be wrong. Nobody has the key of this address.
    address private constant FAST_L2_SENDER = 0x000000000000000000000000000000000000fa57;

    /// @inheritdoc ISemver
    string public constant version = "4.0.0";

    /// @inheritdoc IOptimismPortal
    address public l2Sender;

    /// @inheritdoc IOptimismPortal
    ISystemConfig public systemConfig;

    /// @inheritdoc IOptimismPortal
    IInbox public inbox;

    /// @inheritdoc IOptimismPortal
    IAnchorStateRegistry public anchorStateRegistry;

    /// @inheritdoc IOptimismPortal
    uint256 public proofMaturityDelaySeconds;

    /// @notice State of the market for deposit gas.
    ResourceParams public params;

    /// @inheritdoc IOptimismPortal
    mapping(bytes32 => bool) public finalizedWithdrawals;

    /// @inheritdoc IOptimismPortal
    mapping(bytes32 => mapping(address => ProvenWithdrawal)) public provenWithdrawals;

    /// @inheritdoc IOptimismPortal
    mapping(bytes32 => address[]) public proofSubmitters;

    /// @inheritdoc IOptimismPortal
    IFastExits public fastExits;

    /// @dev The implementation itself stays without an owner; only proxies are initialised.
    constructor() {
        _disableInitializers();
    }

    /// @notice Sets everything once. Only through the proxy, in the transaction that installs it.
    /// @param systemConfig_ Parameters and roles of the chain.
    /// @param inbox_ Where deposits are queued.
    /// @param anchorStateRegistry_ Says which games count.
    /// @param proofMaturityDelaySeconds_ Time between proof and finalisation, seconds.
    /// @param fastExits_ Reserves what is paid early; zero where nothing is.
    function initialize(
        ISystemConfig systemConfig_,
        IInbox inbox_,
        IAnchorStateRegistry anchorStateRegistry_,
        uint256 proofMaturityDelaySeconds_,
        IFastExits fastExits_
    ) external initializer {
        l2Sender = DEFAULT_L2_SENDER;
        systemConfig = systemConfig_;
        inbox = inbox_;
        anchorStateRegistry = anchorStateRegistry_;
        proofMaturityDelaySeconds = proofMaturityDelaySeconds_;
        fastExits = fastExits_;
        params = ResourceParams(MINIMUM_BASE_FEE, 0, uint64(block.number));
    }

    /// @notice Ether sent here is deposited for the sender.
    receive() external payable {
        if (!_isExternallyOwned(msg.sender)) revert OptimismPortal_ReceiverMissing(msg.sender);
        _deposit(msg.sender, msg.value, RECEIVE_DEFAULT_GAS_LIMIT, false, _empty());
    }

    /// @inheritdoc IOptimismPortal
    function depositTransaction(
        address to,
        uint256 value,
        uint64 gasLimit,
        bool isCreation,
        bytes calldata data
    ) external payable {
        _deposit(to, value, gasLimit, isCreation, data);
    }

    /// @inheritdoc IOptimismPortal
    function donateETH() external payable {}

    /// @inheritdoc IOptimismPortal
    function proveWithdrawalTransaction(
        WithdrawalTransaction calldata withdrawal,
        uint256 disputeGameIndex,
        OutputRootProof calldata outputRootProof,
        bytes[] calldata withdrawalProof
    ) external {
        if (paused()) revert OptimismPortal_CallPaused();
        if (_isUnsafeTarget(withdrawal.target)) revert OptimismPortal_BadTarget();

        (, , IDisputeGame game) = disputeGameFactory().gameAtIndex(disputeGameIndex);
        if (!anchorStateRegistry.isGameProper(game)) revert OptimismPortal_ImproperDisputeGame();
        if (!anchorStateRegistry.isGameRespected(game)) revert OptimismPortal_InvalidDisputeGame();
        if (game.status() == GameStatus.CHALLENGER_WINS) revert OptimismPortal_InvalidDisputeGame();
        // The same second is fine: the proof is checked against this claim's root, and clients that wait for a claim prove at once.
        if (block.timestamp < game.createdAt()) revert OptimismPortal_InvalidProofTimestamp();
        if (game.rootClaim() != _hashOutputRootProof(outputRootProof)) revert OptimismPortal_InvalidOutputRootProof();

        bytes32 withdrawalHash = _hashWithdrawal(withdrawal);
        // `sentMessages` stands at slot 0 of the L2ToL1MessagePasser. The trie is keyed by the hash of the slot.
        bytes32 path = keccak256(abi.encode(keccak256(abi.encode(withdrawalHash, uint256(0)))));
        bytes calldata value = MerkleTrie.get(path, withdrawalProof, outputRootProof.messagePasserStorageRoot);
        if (value.length != 1 || value[0] != 0x01) revert OptimismPortal_InvalidMerkleProof();

        if (provenWithdrawals[withdrawalHash][msg.sender].timestamp == 0)
            proofSubmitters[withdrawalHash].push(msg.sender);
        provenWithdrawals[withdrawalHash][msg.sender] = ProvenWithdrawal(game, uint64(block.timestamp));

        emit WithdrawalProven(withdrawalHash, withdrawal.sender, withdrawal.target);
        emit WithdrawalProvenExtension1(withdrawalHash, msg.sender);
    }

    /// @inheritdoc IOptimismPortal
    function finalizeWithdrawalTransaction(WithdrawalTransaction calldata withdrawal) external {
        finalizeWithdrawalTransactionExternalProof(withdrawal, msg.sender);
    }

    /// @inheritdoc IOptimismPortal
    function finalizeWithdrawalTransactionExternalProof(
        WithdrawalTransaction calldata withdrawal,
        address proofSubmitter
    ) public {
        if (paused()) revert OptimismPortal_CallPaused();
        if (l2Sender != DEFAULT_L2_SENDER) revert OptimismPortal_NoReentrancy();
        if (_isUnsafeTarget(withdrawal.target)) revert OptimismPortal_BadTarget();

        bytes32 withdrawalHash = _hashWithdrawal(withdrawal);
        checkWithdrawal(withdrawalHash, proofSubmitter);
        finalizedWithdrawals[withdrawalHash] = true;

        l2Sender = withdrawal.sender;
        bool success = _call(withdrawal);
        l2Sender = DEFAULT_L2_SENDER;

        // A call that failed is final too; who wants to repeat it sends through the cross-domain messenger, which keeps it.
        emit WithdrawalFinalized(withdrawalHash, success);
    }

    /// @inheritdoc IOptimismPortal
    function finalizeFast(
        WithdrawalTransaction calldata withdrawal,
        address proofSubmitter,
        Body calldata body,
        Vote[] calldata votes,
        Signer[] calldata signers
    ) external payable {
        if (paused()) revert OptimismPortal_CallPaused();
        if (l2Sender != DEFAULT_L2_SENDER) revert OptimismPortal_NoReentrancy();
        if (_isUnsafeTarget(withdrawal.target)) revert OptimismPortal_BadTarget();

        bytes32 withdrawalHash = _hashWithdrawal(withdrawal);
        _checkFast(withdrawalHash, proofSubmitter, body.game);
        finalizedWithdrawals[withdrawalHash] = true;
        fastExits.reserve{value: msg.value}(withdrawalHash, withdrawal, msg.sender, body, votes, signers);

        l2Sender = withdrawal.data.length == 0 ? FAST_L2_SENDER : withdrawal.sender;
        bool success = _call(withdrawal);
        l2Sender = DEFAULT_L2_SENDER;
        // Nothing is reserved for a call that moved nothing: the ordinary way remains.
        if (!success) revert OptimismPortal_CallFailed();
        emit WithdrawalFinalized(withdrawalHash, true);
    }

    /// @inheritdoc IOptimismPortal
    function setFastExits(IFastExits fastExits_) external {
        if (msg.sender != systemConfig.owner()) revert OptimismPortal_Unauthorized(msg.sender);
        fastExits = fastExits_;
        emit FastExitsSet(address(fastExits_));
    }

    /// @inheritdoc IOptimismPortal
    function checkWithdrawal(bytes32 withdrawalHash, address proofSubmitter) public view {
        if (finalizedWithdrawals[withdrawalHash]) revert OptimismPortal_AlreadyFinalized();
        ProvenWithdrawal memory proven = provenWithdrawals[withdrawalHash][proofSubmitter];
        if (proven.timestamp == 0) revert OptimismPortal_Unproven();
        if (proven.timestamp < proven.disputeGameProxy.createdAt()) revert OptimismPortal_InvalidProofTimestamp();
        if (block.timestamp - proven.timestamp <= proofMaturityDelaySeconds) revert OptimismPortal_ProofNotOldEnough();
        if (!anchorStateRegistry.isGameClaimValid(proven.disputeGameProxy)) revert OptimismPortal_InvalidRootClaim();
    }

    /// @inheritdoc IOptimismPortal
    function numProofSubmitters(bytes32 withdrawalHash) external view returns (uint256) {
        return proofSubmitters[withdrawalHash].length;
    }

    /// @inheritdoc IOptimismPortal
    function disputeGameFactory() public view returns (IDisputeGameFactory) {
        return anchorStateRegistry.disputeGameFactory();
    }

    /// @inheritdoc IOptimismPortal
    function respectedGameType() external view returns (uint32) {
        return anchorStateRegistry.respectedGameType();
    }

    /// @inheritdoc IOptimismPortal
    function disputeGameFinalityDelaySeconds() external view returns (uint256) {
        return anchorStateRegistry.disputeGameFinalityDelaySeconds();
    }

    /// @inheritdoc IOptimismPortal
    function guardian() external view returns (address) {
        return systemConfig.guardian();
    }

    /// @inheritdoc IOptimismPortal
    function paused() public view returns (bool) {
        return systemConfig.paused();
    }

    /// @inheritdoc IOptimismPortal
    function minimumGasLimit(uint64 byteCount) public pure returns (uint64) {
        // The floor price of calldata (EIP-7623): 40 gas a byte at most.
        return byteCount * 40 + 21_000;
    }

    /// @dev What `checkWithdrawal` requires, but for the age of the proof and the end of the game.
    function _checkFast(bytes32 withdrawalHash, address proofSubmitter, address game) private view {
        if (address(fastExits) == address(0)) revert OptimismPortal_NoFastExits();
        if (finalizedWithdrawals[withdrawalHash]) revert OptimismPortal_AlreadyFinalized();
        ProvenWithdrawal memory proven = provenWithdrawals[withdrawalHash][proofSubmitter];
        if (proven.timestamp == 0) revert OptimismPortal_Unproven();
        IDisputeGame against = proven.disputeGameProxy;
        if (proven.timestamp < against.createdAt()) revert OptimismPortal_InvalidProofTimestamp();
        if (!anchorStateRegistry.isGameProper(against)) revert OptimismPortal_ImproperDisputeGame();
        if (
            address(against) != game ||
            !anchorStateRegistry.isGameRespected(against) ||
            against.status() == GameStatus.CHALLENGER_WINS
        ) revert OptimismPortal_InvalidDisputeGame();
    }

    function _deposit(address to, uint256 value, uint64 gasLimit, bool isCreation, bytes calldata data) private {
        uint256 gasBefore = gasleft();
        if (isCreation && to != address(0)) revert OptimismPortal_BadTarget();
        if (data.length > MAX_DEPOSIT_DATA) revert OptimismPortal_CalldataTooLarge();
        if (gasLimit < minimumGasLimit(uint64(data.length))) revert OptimismPortal_GasLimitTooLow();

        address from = msg.sender;
        if (!_isExternallyOwned(from)) {
            if (!isCreation && _sendsToCaller(to, data)) revert OptimismPortal_ReceiverMissing(from);
            from = AddressAliasHelper.applyL1ToL2Alias(from);
        }

        bytes memory opaqueData = abi.encodePacked(msg.value, value, gasLimit, isCreation, data);
        emit TransactionDeposited(from, to, 0, opaqueData);
        inbox.appendDeposit(from, to, opaqueData);
        _meter(gasLimit, gasBefore);
    }

    /// @dev Whether a call moves assets to its caller's own address on L1. The bridges on L2 refuse that to contracts, but an alias looks
    /// like an account with a key there.
    function _sendsToCaller(address to, bytes calldata data) private pure returns (bool) {
        if (data.length == 0) return to == Predeploys.L2_TO_L1_MESSAGE_PASSER || to == Predeploys.L2_STANDARD_BRIDGE;
        if (data.length < 4) return false;
        bytes4 selector = bytes4(data);
        if (to == Predeploys.L2_STANDARD_BRIDGE)
            return
                selector == StandardBridge.bridgeETH.selector ||
                selector == StandardBridge.bridgeERC20.selector ||
                selector == L2StandardBridge.withdraw.selector;
        if (to == Predeploys.L2_ERC721_BRIDGE) return selector == ERC721Bridge.bridgeERC721.selector;
        return
            to == Predeploys.L2_ERC1155_BRIDGE &&
            (selector == ERC1155Bridge.bridgeERC1155.selector || selector == ERC1155Bridge.bridgeBatchERC1155.selector);
    }

    /// @dev Sells deposit gas: L2 buys none for deposits, so their sender burns L1 gas of the same worth here. EIP-1559 sets the price.
    function _meter(uint64 gasLimit, uint256 gasBefore) private {
        ResourceParams memory p = params;
        uint256 blocks = block.number - p.prevBlockNum;
        if (blocks > 0) {
            p.prevBaseFee = _nextBaseFee(p.prevBaseFee, p.prevBoughtGas);
            // In blocks without deposits the price falls by an eighth each; the loop ends at the minimum after few steps.
            for (uint256 i = 1; i < blocks && p.prevBaseFee > MINIMUM_BASE_FEE; i++)
                p.prevBaseFee = _nextBaseFee(p.prevBaseFee, 0);
            p.prevBoughtGas = 0;
            p.prevBlockNum = uint64(block.number);
        }
        if (gasLimit > MAX_DEPOSIT_GAS - p.prevBoughtGas)
            revert OptimismPortal_DepositGasExhausted(gasLimit, MAX_DEPOSIT_GAS - p.prevBoughtGas);
        p.prevBoughtGas += gasLimit;
        params = p;

        uint256 l1BaseFee = block.basefee > MINIMUM_BASE_FEE ? block.basefee : MINIMUM_BASE_FEE;
        uint256 price = (uint256(gasLimit) * p.prevBaseFee) / l1BaseFee;
        while (gasBefore - gasleft() < price) {}
    }

    function _nextBaseFee(uint128 baseFee, uint64 bought) private pure returns (uint128) {
        uint256 step = uint256(baseFee) / BASE_FEE_CHANGE_DENOMINATOR;
        uint256 next;
        if (bought >= TARGET_DEPOSIT_GAS) next = baseFee + (step * (bought - TARGET_DEPOSIT_GAS)) / TARGET_DEPOSIT_GAS;
        else next = baseFee - (step * (TARGET_DEPOSIT_GAS - bought)) / TARGET_DEPOSIT_GAS;
        if (next < MINIMUM_BASE_FEE) return MINIMUM_BASE_FEE;
        return next > type(uint128).max ? type(uint128).max : uint128(next);
    }

    /// @dev Calls the target with its gas limit at least. Whoever finalises chooses the gas; with too little, the call would fail for
    /// want of gas and be final, so then nothing happens at all. A call gets 63/64 of what is left (EIP-150).
    function _call(WithdrawalTransaction calldata withdrawal) private returns (bool success) {
        bytes memory data = withdrawal.data;
        address target = withdrawal.target;
        uint256 value = withdrawal.value;
        uint256 left = gasleft();
        // CALL_COST covers the call's own price: cold account, value, new account.
        if (
            withdrawal.gasLimit > left ||
            left < FINALIZE_RESERVED_GAS + CALL_COST ||
            ((left - FINALIZE_RESERVED_GAS - CALL_COST) * 63) / 64 < withdrawal.gasLimit
        ) revert OptimismPortal_InsufficientGas();
        uint256 forwarded = left - FINALIZE_RESERVED_GAS - CALL_COST;
        // Return data is not copied: the target could return megabytes at our cost.
        assembly ("memory-safe") {
            success := call(forwarded, target, value, add(data, 32), mload(data), 0, 0)
        }
    }

    /// @dev The inbox takes the portal's word for a deposit; a withdrawal that called it could mint ether on L2.
    function _isUnsafeTarget(address target) private view returns (bool) {
        return target == address(this) || target == address(inbox);
    }

    /// @dev An account whose key signed the transaction, or which has delegated its code (EIP-7702), is the same on both layers.
    function _isExternallyOwned(address account) private view returns (bool) {
        // solhint-disable-next-line avoid-tx-origin
        if (account == tx.origin) return true;
        if (account.code.length != 23) return false;
        bytes memory code = account.code;
        return code[0] == 0xef && code[1] == 0x01 && code[2] == 0x00;
    }

    function _empty() private pure returns (bytes calldata empty) {
        assembly ("memory-safe") {
            empty.offset := 0
            empty.length := 0
        }
    }

    function _hashWithdrawal(WithdrawalTransaction calldata withdrawal) private pure returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    withdrawal.nonce,
                    withdrawal.sender,
                    withdrawal.target,
                    withdrawal.value,
                    withdrawal.gasLimit,
                    withdrawal.data
                )
            );
    }

    function _hashOutputRootProof(OutputRootProof calldata proof) private pure returns (bytes32) {
        return
            keccak256(
                abi.encode(proof.version, proof.stateRoot, proof.messagePasserStorageRoot, proof.latestBlockhash)
            );
    }
}
