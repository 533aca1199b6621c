// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Consent, IConsentRegistry} from "./interfaces/IConsentRegistry.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IModules} from "./interfaces/IModules.sol";
import {EpochStatus, IProviderRewards, RewardNode, RewardPlace, TrainingLeaf} from "./interfaces/IProviderRewards.sol";
import {IRoyaltyVaults} from "./interfaces/IRoyaltyVaults.sol";
import {ITrainingCommit} from "./interfaces/ITrainingCommit.sol";

/// @title ProviderRewards
/// @notice See IProviderRewards. No proxy. Governance names operators of pools and bonds, and can never touch funds.
contract ProviderRewards is IProviderRewards, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @notice The division of an epoch that stands or became final.
    /// @param root Hash of the root of the tree.
    /// @param trainingRoot Root of what the version was trained on; zero for another pool.
    /// @param total Sum of all weights.
    /// @param leaves Number of leaves.
    /// @param finalAt After when it is final, seconds.
    /// @param proposer Who proposed.
    /// @param demandsUntil Until when leaves can be demanded, seconds.
    /// @param demands Demands that nobody answered yet.
    /// @param bondToken In what the bonds are.
    /// @param bond Bond of the proposal, smallest units; 0 once it was released.
    /// @param demandBond Bond of a demand, smallest units.
    struct Proposal {
        bytes32 root;
        bytes32 trainingRoot;
        uint128 total;
        uint64 leaves;
        uint64 finalAt;
        address proposer;
        uint64 demandsUntil;
        uint32 demands;
        IERC20 bondToken;
        uint256 bond;
        uint256 demandBond;
    }

    /// @notice A demand that nobody answered yet.
    /// @param demander Who wants to see the leaf.
    /// @param until Until when it must be shown, seconds.
    /// @param token In what its bond is.
    /// @param bond Its bond, smallest units.
    struct Demand {
        address demander;
        uint64 until;
        IERC20 token;
        uint256 bond;
    }

    /// @notice The money of an epoch in one token.
    /// @param funded What is divided, smallest units.
    /// @param paid What was claimed, smallest units.
    struct Funds {
        uint128 funded;
        uint128 paid;
    }

    /// @notice Semantic version of this contract.
    string public constant version = "1.0.0";
    /// @notice From this id on a pool is not a version's.
    uint256 public constant GENERIC = 1 << 128;
    /// @notice Pool of who lends GPUs.
    uint256 public constant GPU_PROVIDERS = GENERIC + 1;
    /// @notice Pool of who reports bugs.
    uint256 public constant BUG_REPORTERS = GENERIC + 2;
    /// @notice Pool of stakers.
    uint256 public constant STAKERS = GENERIC + 3;
    /// @notice How long an epoch is open at least, seconds.
    uint256 public constant MIN_EPOCH = 1 days;
    /// @notice How long a division can be challenged, seconds.
    uint256 public constant CHALLENGE = 2 days;
    /// @notice How long there is to show a leaf, and to challenge it then, seconds.
    uint256 public constant ANSWER = 1 days;
    /// @notice How long claims are kept, seconds.
    uint256 public constant KEPT = 2 * 365 days;
    /// @notice Leaves of a tree at most.
    uint256 public constant MAX_LEAVES = 1 << 32;
    /// @notice How long after a proposal leaves can be demanded, seconds.
    uint256 public constant DEMANDS = 30 days;
    /// @notice Key of the registry of models in the directory.
    bytes32 public constant MODELS = keccak256("ModelRegistry");
    /// @notice Key of the training commitments in the directory.
    bytes32 public constant TRAINING = keccak256("TrainingCommit");
    /// @notice Key of the registry of consents in the directory.
    bytes32 public constant CONSENTS = keccak256("ConsentRegistry");
    /// @notice Key of the royalty vaults in the directory.
    bytes32 public constant VAULTS = keccak256("RoyaltyVaults");

    /// @notice Where the other contracts are.
    IModules public immutable modules;
    /// @notice In what bonds are.
    IERC20 public bondToken;
    /// @notice Bond of a proposal, smallest units.
    uint256 public proposalBond;
    /// @notice Bond of a demand, smallest units.
    uint256 public demandBond;
    /// @inheritdoc IProviderRewards
    mapping(IERC20 token => uint256) public held;
    /// @inheritdoc IProviderRewards
    mapping(IERC20 token => mapping(address account => uint256)) public owed;

    /// @inheritdoc IProviderRewards
    mapping(uint256 pool => mapping(uint256 epoch => uint256)) public attempts;

    mapping(uint256 pool => address) private _operators;
    /// @dev Epochs that were closed.
    mapping(uint256 pool => uint256) private _closed;
    mapping(uint256 pool => uint256) private _openedAt;
    mapping(uint256 pool => mapping(uint256 epoch => Proposal)) private _proposals;
    mapping(uint256 pool => mapping(uint256 epoch => mapping(IERC20 token => Funds))) private _funds;
    mapping(bytes32 key => Demand) private _demands;
    mapping(bytes32 fund => mapping(uint256 word => uint256)) private _claimed;

    /// @notice Names the directory and the bonds.
    /// @param modules_ Where the other contracts are.
    /// @param bondToken_ In what bonds are.
    /// @param proposalBond_ Bond of a proposal, smallest units.
    /// @param demandBond_ Bond of a demand, smallest units.
    constructor(IModules modules_, IERC20 bondToken_, uint256 proposalBond_, uint256 demandBond_) {
        modules = modules_;
        _setBonds(bondToken_, proposalBond_, demandBond_);
    }

    /// @inheritdoc IProviderRewards
    function fund(uint256 pool, IERC20 token, uint256 amount) external nonReentrant {
        if (amount == 0) revert ProviderRewards_Zero("amount");
        if (!IRoyaltyVaults(modules.moduleOf(VAULTS)).isListed(token)) revert ProviderRewards_NotListed(token);
        if (operatorOf(pool) == address(0)) revert ProviderRewards_NoPool(pool);
        uint256 epoch = openEpochOf(pool);
        _pull(token, amount);
        _add(pool, epoch, token, amount);
        emit Funded(pool, epoch, token, amount);
    }

    /// @inheritdoc IProviderRewards
    function propose(uint256 pool, uint256 epoch, bytes32 root, uint128 total, uint64 leaves) external nonReentrant {
        _require(msg.sender, operatorOf(pool));
        (EpochStatus status, ) = statusOf(pool, epoch);
        if (status != EpochStatus.Waiting) {
            _requireStatus(pool, epoch, EpochStatus.Open);
            uint256 from = _openedAt[pool] + MIN_EPOCH;
            if (block.timestamp < from) revert ProviderRewards_Early(from, block.timestamp);
            (_closed[pool], _openedAt[pool]) = (epoch, block.timestamp);
        }
        if (total == 0) revert ProviderRewards_Zero("total");
        if (leaves == 0) revert ProviderRewards_Zero("leaves");
        if (leaves > MAX_LEAVES) revert ProviderRewards_Above("leaves", leaves, MAX_LEAVES);
        Proposal storage proposal = _proposals[pool][epoch];
        if (pool < GENERIC) proposal.trainingRoot = _trainingRoot(pool, leaves);
        (proposal.root, proposal.total, proposal.leaves) = (root, total, leaves);
        (proposal.proposer, proposal.finalAt) = (msg.sender, uint64(block.timestamp + CHALLENGE));
        proposal.demandsUntil = uint64(block.timestamp + DEMANDS);
        (proposal.bondToken, proposal.bond, proposal.demandBond) = (bondToken, proposalBond, demandBond);
        attempts[pool][epoch]++;
        emit Proposed(pool, epoch, msg.sender, root, total, leaves, proposal.finalAt);
        _pull(bondToken, proposalBond);
    }

    /// @inheritdoc IProviderRewards
    function challenge(
        uint256 pool,
        uint256 epoch,
        RewardPlace calldata place,
        RewardNode calldata node,
        RewardNode[] calldata proof,
        TrainingLeaf calldata leaf,
        bytes32[] calldata leafProof
    ) external {
        if (pool >= GENERIC) revert ProviderRewards_NotAVersion(pool);
        Proposal storage proposal = _challengeable(pool, epoch);
        _verify(proposal, place, node, proof);
        uint256 first = uint256(place.position) << place.height;
        uint256 index = first;
        // Past the last leaf there is nothing, and nothing weighs nothing.
        if (first < proposal.leaves || node.sum == 0) {
            index = leaf.index;
            if (index < first || (index - first) >> place.height != 0) revert ProviderRewards_BadLeaf(index);
            if (!MerkleProof.verifyCalldata(leafProof, proposal.trainingRoot, _hash(leaf)))
                revert ProviderRewards_BadLeaf(index);
            if (_isRight(place.height, node, leaf)) revert ProviderRewards_Right(index);
        }
        _reject(pool, epoch, msg.sender, index);
    }

    /// @inheritdoc IProviderRewards
    function demand(uint256 pool, uint256 epoch, uint256 index) external nonReentrant {
        Proposal storage proposal = _challengeable(pool, epoch);
        if (block.timestamp > proposal.demandsUntil)
            revert ProviderRewards_Late(proposal.demandsUntil, block.timestamp);
        if (index >= proposal.leaves) revert ProviderRewards_Above("index", index, proposal.leaves - 1);
        Demand storage open = _demands[_demandKey(pool, epoch, attempts[pool][epoch], index)];
        if (open.demander != address(0)) revert ProviderRewards_Demand(index, open.demander);
        (open.demander, open.until) = (msg.sender, uint64(block.timestamp + ANSWER));
        (open.token, open.bond) = (proposal.bondToken, proposal.demandBond);
        proposal.demands++;
        emit Demanded(pool, epoch, index, msg.sender, open.until);
        _pull(open.token, open.bond);
    }

    /// @inheritdoc IProviderRewards
    function answer(
        uint256 pool,
        uint256 epoch,
        uint256 index,
        address account,
        uint256 weight,
        RewardNode[] calldata proof
    ) external {
        Proposal storage proposal = _challengeable(pool, epoch);
        bytes32 key = _demandKey(pool, epoch, attempts[pool][epoch], index);
        Demand memory open = _demands[key];
        if (open.demander == address(0)) revert ProviderRewards_Demand(index, address(0));
        if (block.timestamp > open.until) revert ProviderRewards_Late(open.until, block.timestamp);
        _verify(proposal, RewardPlace(0, uint32(index)), RewardNode(_leaf(account, weight), weight, account), proof);
        delete _demands[key];
        proposal.demands--;
        uint64 until = uint64(block.timestamp + ANSWER);
        if (proposal.finalAt < until) proposal.finalAt = until;
        owed[open.token][proposal.proposer] += open.bond;
        emit Answered(pool, epoch, index, account, weight);
    }

    /// @inheritdoc IProviderRewards
    function expire(uint256 pool, uint256 epoch, uint256 index) external {
        _challengeable(pool, epoch);
        bytes32 key = _demandKey(pool, epoch, attempts[pool][epoch], index);
        Demand memory open = _demands[key];
        if (open.demander == address(0)) revert ProviderRewards_Demand(index, address(0));
        if (block.timestamp <= open.until) revert ProviderRewards_Early(uint256(open.until) + 1, block.timestamp);
        delete _demands[key];
        owed[open.token][open.demander] += open.bond;
        _reject(pool, epoch, open.demander, index);
    }

    /// @inheritdoc IProviderRewards
    function returnDemand(uint256 pool, uint256 epoch, uint256 attempt, uint256 index) external {
        bytes32 key = _demandKey(pool, epoch, attempt, index);
        Demand memory open = _demands[key];
        if (open.demander == address(0)) revert ProviderRewards_Demand(index, address(0));
        if (attempt == attempts[pool][epoch] && _proposals[pool][epoch].proposer != address(0))
            revert ProviderRewards_Stands(attempt);
        delete _demands[key];
        owed[open.token][open.demander] += open.bond;
    }

    /// @inheritdoc IProviderRewards
    function veto(uint256 pool, uint256 epoch) external {
        address governance = modules.governance();
        _require(msg.sender, governance);
        if (pool < GENERIC) revert ProviderRewards_Unauthorized(msg.sender, address(0));
        Proposal storage proposal = _challengeable(pool, epoch);
        _reject(pool, epoch, governance, proposal.leaves);
    }

    /// @inheritdoc IProviderRewards
    function releaseBond(uint256 pool, uint256 epoch) external {
        _requireStatus(pool, epoch, EpochStatus.Final);
        Proposal storage proposal = _proposals[pool][epoch];
        uint256 bond = proposal.bond;
        if (bond == 0) revert ProviderRewards_Zero("bond");
        proposal.bond = 0;
        owed[proposal.bondToken][proposal.proposer] += bond;
    }

    /// @inheritdoc IProviderRewards
    function claim(
        uint256 pool,
        uint256 epoch,
        IERC20 token,
        RewardPlace calldata place,
        RewardNode calldata node,
        RewardNode[] calldata proof
    ) external nonReentrant returns (uint256 amount) {
        _requireStatus(pool, epoch, EpochStatus.Final);
        Proposal storage proposal = _proposals[pool][epoch];
        uint256 until = proposal.finalAt + KEPT;
        if (block.timestamp > until) revert ProviderRewards_Late(until, block.timestamp);
        if (node.account == address(0)) revert ProviderRewards_Zero("account");
        uint256 from = _verify(proposal, place, node, proof);
        // Each leaf is under one highest node of its account only, so whoever claims that cannot claim a part again.
        if (proof.length != 0 && proof[0].account == node.account)
            revert ProviderRewards_NotWhole(place.height, place.position);
        uint256 first = uint256(place.position) << place.height;
        if (first >= proposal.leaves) revert ProviderRewards_BadProof(place.height, place.position);
        _mark(_fundKey(pool, epoch, token), first);
        Funds storage funds = _funds[pool][epoch][token];
        uint256 funded = funds.funded;
        // Cut at both ends of the interval, so that the parts of all make the whole to the unit.
        amount = (funded * (from + node.sum)) / proposal.total - (funded * from) / proposal.total;
        funds.paid += uint128(amount);
        emit Claimed(pool, epoch, token, node.account, first, amount);
        _send(token, node.account, amount);
    }

    /// @inheritdoc IProviderRewards
    function roll(uint256 pool, uint256 epoch, IERC20 token) external returns (uint256 amount) {
        _requireStatus(pool, epoch, EpochStatus.Final);
        uint256 until = _proposals[pool][epoch].finalAt + KEPT;
        if (block.timestamp <= until) revert ProviderRewards_Early(until + 1, block.timestamp);
        Funds storage funds = _funds[pool][epoch][token];
        amount = funds.funded - funds.paid;
        if (amount == 0) revert ProviderRewards_Zero("rest");
        funds.funded = funds.paid;
        _add(pool, openEpochOf(pool), token, amount);
        emit Rolled(pool, epoch, token, amount);
    }

    /// @inheritdoc IProviderRewards
    function withdraw(IERC20 token, address account) external nonReentrant returns (uint256 amount) {
        amount = owed[token][account];
        owed[token][account] = 0;
        emit Withdrawn(token, account, amount);
        _send(token, account, amount);
    }

    /// @inheritdoc IProviderRewards
    function setOperator(uint256 pool, address operator) external {
        _require(msg.sender, modules.governance());
        if (pool < GENERIC) revert ProviderRewards_NoPool(pool);
        _operators[pool] = operator;
        emit OperatorSet(pool, operator);
    }

    /// @inheritdoc IProviderRewards
    function setBonds(IERC20 token, uint256 proposal, uint256 demand_) external {
        _require(msg.sender, modules.governance());
        _setBonds(token, proposal, demand_);
    }

    /// @inheritdoc IProviderRewards
    function fundsOf(uint256 pool, uint256 epoch, IERC20 token) external view returns (uint256 funded, uint256 paid) {
        Funds storage funds = _funds[pool][epoch][token];
        return (funds.funded, funds.paid);
    }

    /// @inheritdoc IProviderRewards
    function isClaimed(uint256 pool, uint256 epoch, IERC20 token, uint256 first) external view returns (bool) {
        return (_claimed[_fundKey(pool, epoch, token)][first >> 8] >> (first & 255)) & 1 == 1;
    }

    /// @inheritdoc IProviderRewards
    function operatorOf(uint256 pool) public view returns (address) {
        if (pool >= GENERIC) return _operators[pool];
        try IModelRegistry(modules.moduleOf(MODELS)).operatorOf(pool) returns (address operator) {
            return operator;
        } catch {
            return address(0);
        }
    }

    /// @inheritdoc IProviderRewards
    function openEpochOf(uint256 pool) public view returns (uint256) {
        return _closed[pool] + 1;
    }

    /// @inheritdoc IProviderRewards
    function statusOf(uint256 pool, uint256 epoch) public view returns (EpochStatus status, uint256 finalAt) {
        uint256 open = openEpochOf(pool);
        if (epoch == 0 || epoch > open) return (EpochStatus.None, 0);
        if (epoch == open) return (EpochStatus.Open, 0);
        Proposal storage proposal = _proposals[pool][epoch];
        if (proposal.proposer == address(0)) return (EpochStatus.Waiting, 0);
        finalAt = proposal.finalAt;
        bool settled = block.timestamp > finalAt && proposal.demands == 0;
        status = settled ? EpochStatus.Final : EpochStatus.Proposed;
    }

    function _setBonds(IERC20 token, uint256 proposal, uint256 demand_) private {
        if (proposal == 0) revert ProviderRewards_Zero("proposal");
        if (demand_ == 0) revert ProviderRewards_Zero("demand");
        (bondToken, proposalBond, demandBond) = (token, proposal, demand_);
        emit BondsSet(token, proposal, demand_);
    }

    function _add(uint256 pool, uint256 epoch, IERC20 token, uint256 amount) private {
        Funds storage funds = _funds[pool][epoch][token];
        uint256 funded = funds.funded + amount;
        // With a total below 2^128 no product of both overflows.
        if (funded > type(uint128).max) revert ProviderRewards_Above("funded", funded, type(uint128).max);
        funds.funded = uint128(funded);
    }

    function _pull(IERC20 token, uint256 amount) private {
        held[token] += amount;
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), amount);
        uint256 got = token.balanceOf(address(this)) - before;
        if (got != amount) revert ProviderRewards_InexactToken(token, got, amount);
    }

    function _send(IERC20 token, address account, uint256 amount) private {
        if (amount == 0) return;
        held[token] -= amount;
        token.safeTransfer(account, amount);
    }

    function _mark(bytes32 key, uint256 first) private {
        uint256 word = _claimed[key][first >> 8];
        uint256 bit = 1 << (first & 255);
        if (word & bit != 0) revert ProviderRewards_ClaimedBefore(first);
        _claimed[key][first >> 8] = word | bit;
    }

    /// @dev Ends a proposal. Half of the bond is the treasury's: an operator that challenged itself as soon as somebody looked would else try for nothing.
    /// Demands that are open keep theirs until `returnDemand`.
    function _reject(uint256 pool, uint256 epoch, address winner, uint256 index) private {
        Proposal storage proposal = _proposals[pool][epoch];
        uint256 half = proposal.bond / 2;
        owed[proposal.bondToken][modules.governance()] += half;
        owed[proposal.bondToken][winner] += proposal.bond - half;
        delete _proposals[pool][epoch];
        emit Rejected(pool, epoch, winner, index);
    }

    function _challengeable(uint256 pool, uint256 epoch) private view returns (Proposal storage) {
        _requireStatus(pool, epoch, EpochStatus.Proposed);
        return _proposals[pool][epoch];
    }

    function _requireStatus(uint256 pool, uint256 epoch, EpochStatus expected) private view {
        (EpochStatus status, ) = statusOf(pool, epoch);
        if (status != expected) revert ProviderRewards_Status(pool, epoch, status, expected);
    }

    function _trainingRoot(uint256 pool, uint64 leaves) private view returns (bytes32 root) {
        uint256 commit = IModelRegistry(modules.moduleOf(MODELS)).trainingCommitOf(pool);
        uint64 expected;
        (root, expected) = ITrainingCommit(modules.moduleOf(TRAINING)).rootOf(commit);
        if (leaves != expected) revert ProviderRewards_Leaves(leaves, expected);
    }

    /// @dev Whether a node is what a consent says. What has no provider is nobody's, so it weighs nothing.
    function _isRight(uint8 height, RewardNode calldata node, TrainingLeaf calldata leaf) private view returns (bool) {
        address provider = address(0);
        try IConsentRegistry(modules.moduleOf(CONSENTS)).consentOf(leaf.consentId) returns (Consent memory consent) {
            provider = consent.provider;
        } catch {}
        uint256 weight = provider == address(0) ? 0 : leaf.weight;
        if (height == 0) return node.sum == weight && (weight == 0 || node.account == provider);
        // Higher up a node says whose all of it is, or nothing.
        return weight == 0 || node.account == address(0) || node.account == provider;
    }

    /// @dev Reverts unless the node is in the tree; answers where its interval begins. Sums on the way up are computed and not read, so whoever is in the tree
    /// at all has an interval of its own.
    function _verify(
        Proposal storage proposal,
        RewardPlace memory place,
        RewardNode memory node,
        RewardNode[] calldata proof
    ) private view returns (uint256 from) {
        uint256 depth = Math.log2(proposal.leaves, Math.Rounding.Ceil);
        uint256 total = proposal.total;
        bool right = place.height + proof.length == depth && node.sum <= total;
        right = right && place.position < 1 << proof.length;
        if (place.height == 0) right = right && node.hash == _leaf(node.account, node.sum);
        RewardNode memory top = RewardNode(node.hash, node.sum, node.account);
        for (uint256 i = 0; i < proof.length && right; i++) {
            RewardNode calldata beside = proof[i];
            right = beside.sum <= total;
            if (!right) break;
            if ((place.position >> i) & 1 == 1) {
                from += beside.sum;
                top.hash = keccak256(abi.encode(beside, top));
            } else {
                top.hash = keccak256(abi.encode(top, beside));
            }
            top.sum += beside.sum;
            if (beside.account != top.account) top.account = address(0);
        }
        if (!right || top.hash != proposal.root || top.sum != total)
            revert ProviderRewards_BadProof(place.height, place.position);
    }

    function _require(address caller, address expected) private pure {
        if (caller != expected) revert ProviderRewards_Unauthorized(caller, expected);
    }

    function _fundKey(uint256 pool, uint256 epoch, IERC20 token) private pure returns (bytes32) {
        return keccak256(abi.encode(pool, epoch, token));
    }

    function _demandKey(uint256 pool, uint256 epoch, uint256 attempt, uint256 index) private pure returns (bytes32) {
        return keccak256(abi.encode(pool, epoch, attempt, index));
    }

    function _leaf(address account, uint256 weight) private pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(account, weight))));
    }

    function _hash(TrainingLeaf calldata leaf) private pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(leaf.index, leaf.itemId, leaf.consentId, leaf.weight))));
    }
}
