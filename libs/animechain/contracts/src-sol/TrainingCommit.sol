// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Consent, IConsentRegistry} from "./interfaces/IConsentRegistry.sol";
import {ICouncil} from "./interfaces/ICouncil.sol";
import {IModules} from "./interfaces/IModules.sol";
import {IRoyaltyVaults} from "./interfaces/IRoyaltyVaults.sol";
import {
    Breach,
    Commitment,
    Demand,
    ITrainingCommit,
    Opening,
    TrainingLeaf,
    TrainingStatus,
    TreeStep
} from "./interfaces/ITrainingCommit.sol";
import {TrainingTree} from "./TrainingTree.sol";

/// @title TrainingCommit
/// @notice See ITrainingCommit. No owner, no proxy; what it holds are bonds, stakes of demands and what is owed of both, to the smallest unit.
contract TrainingCommit is ITrainingCommit, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @notice Semantic version of this contract.
    string public constant version = "1.0.0";
    /// @notice Leaves of a commitment at most.
    uint64 public constant MAX_LEAVES = 2 ** 32;
    /// @notice The greatest bond, whole tokens.
    uint256 public constant MAX_BOND = 1_000_000;
    /// @notice Least time for challenges, seconds.
    uint64 public constant MIN_PERIOD = 3 days;
    /// @notice Greatest time for challenges, seconds.
    uint64 public constant MAX_PERIOD = 14 days;
    /// @notice Time to show a leaf that is demanded; as much is left afterwards to challenge what was shown, seconds.
    uint64 public constant ANSWER_TIME = 1 days;
    /// @notice A revocation that is younger than this when a commitment is made taints it and leaves the trainer its bond: it could not have been seen, seconds.
    uint64 public constant NOTICE_TIME = 1 hours;
    /// @notice A demand stakes one part in so many of the bond, rounded up.
    uint256 public constant STAKE_DIVISOR = 256;
    /// @notice Steps of a proof that an item is in a data set at most.
    uint256 public constant MAX_PROOF = 64;
    /// @notice The whole, bps.
    uint256 public constant ALL = 10_000;
    /// @notice Key of the council in the directory.
    bytes32 public constant COUNCIL = keccak256("Council");
    /// @notice Key of the registry of consents in the directory.
    bytes32 public constant CONSENT_REGISTRY = keccak256("ConsentRegistry");
    /// @notice Key of the royalty vaults in the directory.
    bytes32 public constant ROYALTY_VAULTS = keccak256("RoyaltyVaults");
    /// @notice Key of this module in the directory.
    bytes32 public constant TRAINING_COMMIT = keccak256("TrainingCommit");

    /// @notice Where the other contracts are.
    IModules public immutable modules;
    /// @inheritdoc ITrainingCommit
    uint256 public count;
    /// @inheritdoc ITrainingCommit
    uint64 public period = MIN_PERIOD;
    /// @inheritdoc ITrainingCommit
    mapping(uint256 id => uint64) public lastRevokedAt;
    /// @inheritdoc ITrainingCommit
    mapping(IERC20 token => mapping(address account => uint256)) public claimable;
    /// @inheritdoc ITrainingCommit
    mapping(IERC20 token => uint256) public total;

    IERC20 private _bondToken;
    uint256 private _bond;
    mapping(uint256 id => Commitment) private _commitments;
    mapping(uint256 id => mapping(uint64 position => Demand)) private _demands;

    /// @notice Names the directory and the first bond.
    /// @param modules_ Where the other contracts are.
    /// @param token What the bond is in until governance sets another.
    /// @param amount 1 to 1,000,000 whole tokens, smallest units.
    constructor(IModules modules_, IERC20 token, uint256 amount) {
        modules = modules_;
        _setBond(token, amount);
    }

    /// @inheritdoc ITrainingCommit
    function commit(
        bytes32 root,
        uint256 weights,
        uint64 leaves,
        uint32 purpose,
        bytes32 leavesAsset
    ) external nonReentrant returns (uint256 id) {
        if (ICouncil(modules.moduleOf(COUNCIL)).isPaused(TRAINING_COMMIT)) revert TrainingCommit_Paused();
        if (root == 0) revert TrainingCommit_Zero("root");
        if (weights == 0) revert TrainingCommit_Zero("weights");
        if (purpose == 0) revert TrainingCommit_Zero("purpose");
        if (leavesAsset == 0) revert TrainingCommit_Zero("leavesAsset");
        _requireWithin("leaves", leaves, 1, MAX_LEAVES);
        _requireListed(_bondToken);
        id = ++count;
        uint64 endsAt = uint64(block.timestamp) + period;
        _commitments[id] = Commitment({
            root: root,
            weights: weights,
            trainer: msg.sender,
            committedAt: uint64(block.timestamp),
            purpose: purpose,
            status: TrainingStatus.Open,
            token: _bondToken,
            leaves: leaves,
            consents: modules.moduleOf(CONSENT_REGISTRY),
            endsAt: endsAt,
            openDemands: 0,
            bond: _bond
        });
        emit TrainingCommitted(id, msg.sender, root, leaves, purpose, weights, leavesAsset, endsAt);
        _pull(_bondToken, _bond);
    }

    /// @inheritdoc ITrainingCommit
    function challenge(uint256 id, Opening calldata opening) external {
        Commitment storage c = _requireChallengeable(id);
        (Breach breach, address provider) = _breachOf(c, opening);
        if (breach == Breach.None) revert TrainingCommit_Holds(id, opening.position);
        bool unseen = breach == Breach.NotValid && _isUnseen(c, opening.leaf.consent);
        _taint(id, breach, opening.position, msg.sender, provider, unseen);
    }

    /// @inheritdoc ITrainingCommit
    function challengeNode(
        uint256 id,
        uint64 position,
        bytes32 hash,
        uint256 weights,
        TreeStep[] calldata steps
    ) external {
        Commitment storage c = _requireChallengeable(id);
        uint256 depth = TrainingTree.depthOf(c.leaves);
        _requireWithin("steps", steps.length, 0, depth);
        uint256 level = depth - steps.length;
        bool fits = _requireInTree(c, hash, weights, position, steps);
        uint64 first = uint64(uint256(position) << level);
        if (!fits) _taint(id, Breach.Sums, first, msg.sender, address(0), false);
        else if (first >= c.leaves && (hash != TrainingTree.emptyAt(level) || weights != 0))
            _taint(id, Breach.Padding, first, msg.sender, address(0), false);
        else revert TrainingCommit_Holds(id, first);
    }

    /// @inheritdoc ITrainingCommit
    function challengeOrder(uint256 id, Opening calldata left, Opening calldata right) external {
        Commitment storage c = _requireChallengeable(id);
        _requireWithin("right", right.position, uint256(left.position) + 1, uint256(left.position) + 1);
        _requireLeaf(c, left);
        _requireLeaf(c, right);
        (TrainingLeaf calldata a, TrainingLeaf calldata b) = (left.leaf, right.leaf);
        if (a.consent < b.consent || (a.consent == b.consent && a.item < b.item))
            revert TrainingCommit_Holds(id, left.position);
        _taint(id, Breach.Order, left.position, msg.sender, address(0), false);
    }

    /// @inheritdoc ITrainingCommit
    function demand(uint256 id, uint64 position) external nonReentrant {
        Commitment storage c = _requireStatus(id, TrainingStatus.Open);
        uint64 last = c.endsAt - 2 * ANSWER_TIME;
        if (block.timestamp > last) revert TrainingCommit_TooLate(uint256(last) + 1, block.timestamp);
        _requireWithin("position", position, 0, c.leaves - 1);
        if (_demands[id][position].demander != address(0)) revert TrainingCommit_BadDemand(id, position);
        uint256 stake = Math.ceilDiv(c.bond, STAKE_DIVISOR);
        uint64 until = uint64(block.timestamp) + ANSWER_TIME;
        _demands[id][position] = Demand(msg.sender, until, false, stake);
        c.openDemands++;
        emit LeafDemanded(id, position, msg.sender, until);
        _pull(c.token, stake);
    }

    /// @inheritdoc ITrainingCommit
    function answer(uint256 id, Opening calldata opening, bytes32 dataSet, bytes32[] calldata proof) external {
        Commitment storage c = _requireStatus(id, TrainingStatus.Open);
        Demand storage wanted = _requireDemand(id, opening.position);
        if (block.timestamp > wanted.until) revert TrainingCommit_TooLate(uint256(wanted.until) + 1, block.timestamp);
        (Breach breach, ) = _breachOf(c, opening);
        if (breach != Breach.None) revert TrainingCommit_InBreach(id, opening.position, breach);
        _requireItem(IConsentRegistry(c.consents), opening.leaf, dataSet, proof);
        wanted.settled = true;
        c.openDemands--;
        emit LeafShown(id, opening.leaf);
        _credit(c.token, c.trainer, wanted.stake);
    }

    /// @inheritdoc ITrainingCommit
    function expire(uint256 id, uint64 position) external {
        _requireStatus(id, TrainingStatus.Open);
        Demand storage wanted = _requireDemand(id, position);
        if (block.timestamp <= wanted.until) revert TrainingCommit_TooEarly(uint256(wanted.until) + 1, block.timestamp);
        _taint(id, Breach.Unanswered, position, wanted.demander, address(0), false);
    }

    /// @inheritdoc ITrainingCommit
    function reclaim(uint256 id, uint64 position) external {
        Commitment storage c = _requireStatus(id, TrainingStatus.Tainted);
        Demand storage wanted = _requireDemand(id, position);
        wanted.settled = true;
        c.openDemands--;
        _credit(c.token, wanted.demander, wanted.stake);
    }

    /// @inheritdoc ITrainingCommit
    function finalize(uint256 id) external {
        Commitment storage c = _requireStatus(id, TrainingStatus.Open);
        if (block.timestamp < c.endsAt) revert TrainingCommit_TooEarly(c.endsAt, block.timestamp);
        if (c.openDemands != 0) revert TrainingCommit_Demanded(id, c.openDemands);
        c.status = TrainingStatus.Final;
        uint256 amount = c.bond;
        c.bond = 0;
        emit TrainingFinal(id);
        _credit(c.token, c.trainer, amount);
    }

    /// @inheritdoc ITrainingCommit
    function flagRevoked(uint256 id, Opening calldata opening) external {
        Commitment storage c = _commitments[id];
        if (c.status != TrainingStatus.Open) _requireStatus(id, TrainingStatus.Final);
        _requireLeaf(c, opening);
        uint256 consent = opening.leaf.consent;
        IConsentRegistry registry = IConsentRegistry(c.consents);
        uint64 revokedAt = registry.consentOf(consent).revokedAt;
        if (revokedAt == 0) revert TrainingCommit_NotRevoked(consent);
        if (revokedAt > lastRevokedAt[id]) lastRevokedAt[id] = revokedAt;
        emit RevocationFlagged(id, consent, revokedAt);
    }

    /// @inheritdoc ITrainingCommit
    function claim(IERC20 token, address account) external nonReentrant returns (uint256 amount) {
        amount = claimable[token][account];
        if (amount == 0) revert TrainingCommit_Zero("amount");
        claimable[token][account] = 0;
        total[token] -= amount;
        emit Claimed(token, account, amount);
        token.safeTransfer(account, amount);
    }

    /// @inheritdoc ITrainingCommit
    function setBond(IERC20 token, uint256 amount) external {
        _requireGovernance();
        _requireListed(token);
        _setBond(token, amount);
    }

    /// @inheritdoc ITrainingCommit
    function setPeriod(uint64 period_) external {
        _requireGovernance();
        _requireWithin("period", period_, MIN_PERIOD, MAX_PERIOD);
        period = period_;
        emit PeriodSet(period_);
    }

    /// @inheritdoc ITrainingCommit
    function bond() external view returns (IERC20 token, uint256 amount) {
        return (_bondToken, _bond);
    }

    /// @inheritdoc ITrainingCommit
    function commitmentOf(uint256 id) external view returns (Commitment memory) {
        return _commitments[id];
    }

    /// @inheritdoc ITrainingCommit
    function demandOf(uint256 id, uint64 position) external view returns (Demand memory) {
        return _demands[id][position];
    }

    /// @inheritdoc ITrainingCommit
    function statusOf(uint256 id) external view returns (TrainingStatus) {
        return _commitments[id].status;
    }

    /// @inheritdoc ITrainingCommit
    function trainerOf(uint256 id) external view returns (address) {
        return _commitments[id].trainer;
    }

    /// @inheritdoc ITrainingCommit
    function bpsByBasisOf(uint256 id) external view returns (uint16[5] memory bps) {
        uint256 weights = _commitments[id].weights;
        if (weights == 0) return bps;
        uint256 whole = 0;
        for (uint256 basis = 1; basis <= 4; basis++) whole += _lane(weights, basis);
        uint256 left = ALL;
        uint256 last = 0;
        for (uint256 basis = 1; basis <= 4; basis++) {
            uint256 weight = _lane(weights, basis);
            if (weight == 0) continue;
            bps[basis] = uint16((weight * ALL) / whole);
            left -= bps[basis];
            last = basis;
        }
        bps[last] += uint16(left);
    }

    /// @inheritdoc ITrainingCommit
    function containsRevoked(uint256 id) external view returns (bool) {
        return lastRevokedAt[id] != 0;
    }

    /// @inheritdoc ITrainingCommit
    function rootOf(uint256 id) external view returns (bytes32 root, uint64 leaves) {
        return (_commitments[id].root, _commitments[id].leaves);
    }

    /// @inheritdoc ITrainingCommit
    function hasLeaf(uint256 id, Opening calldata opening) external view returns (bool) {
        Commitment storage c = _commitments[id];
        if (c.status == TrainingStatus.None) return false;
        uint256 depth = TrainingTree.depthOf(c.leaves);
        _requireWithin("steps", opening.steps.length, depth, depth);
        (bytes32 root, uint256 weights, bool fits, bool outside) = TrainingTree.climb(
            TrainingTree.hashOf(opening.leaf),
            opening.weights,
            opening.position,
            opening.steps
        );
        return root == c.root && weights == c.weights && fits && !outside;
    }

    /// @inheritdoc ITrainingCommit
    function breachOf(uint256 id, Opening calldata opening) external view returns (Breach breach, address provider) {
        Commitment storage c = _commitments[id];
        if (c.status == TrainingStatus.None)
            revert TrainingCommit_BadStatus(id, TrainingStatus.None, TrainingStatus.Open);
        return _breachOf(c, opening);
    }

    function _taint(
        uint256 id,
        Breach breach,
        uint64 position,
        address challenger,
        address provider,
        bool unseen
    ) private {
        Commitment storage c = _commitments[id];
        c.status = TrainingStatus.Tainted;
        uint256 amount = c.bond;
        c.bond = 0;
        uint256 redress = unseen ? 0 : amount / 2;
        uint256 reward = unseen ? 0 : amount - redress;
        emit TrainingTainted(id, breach, position, challenger, provider, reward, redress);
        if (unseen) return _credit(c.token, c.trainer, amount);
        _credit(c.token, challenger, reward);
        // Not the challenger's where no provider is: a trainer who challenges itself would have all of its bond back.
        _credit(c.token, provider == address(0) ? modules.governance() : provider, redress);
    }

    function _pull(IERC20 token, uint256 amount) private {
        total[token] += amount;
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), amount);
        uint256 got = token.balanceOf(address(this)) - before;
        if (got != amount) revert TrainingCommit_InexactToken(token, got, amount);
    }

    function _credit(IERC20 token, address account, uint256 amount) private {
        claimable[token][account] += amount;
        emit Credited(token, account, amount);
    }

    function _setBond(IERC20 token, uint256 amount) private {
        uint256 whole = 10 ** IERC20Metadata(address(token)).decimals();
        _requireWithin("bond", amount, whole, MAX_BOND * whole);
        (_bondToken, _bond) = (token, amount);
        emit BondSet(token, amount);
    }

    /// @dev The first thing that is wrong with a leaf, and whose consent it violates.
    function _breachOf(Commitment storage c, Opening calldata opening) private view returns (Breach, address) {
        TrainingLeaf calldata leaf = opening.leaf;
        if (!_requireLeaf(c, opening)) return (Breach.Sums, address(0));
        if (opening.position >= c.leaves) return (Breach.Padding, address(0));
        if (leaf.index != opening.position) return (Breach.Index, address(0));
        IConsentRegistry registry = IConsentRegistry(c.consents);
        if (leaf.consent == 0 || leaf.consent > registry.count()) return (Breach.Missing, address(0));
        Consent memory consent = registry.consentOf(leaf.consent);
        if (leaf.item != consent.item && !registry.isDataSet(leaf.consent)) return (Breach.OtherItem, consent.provider);
        if (consent.purposes & c.purpose != c.purpose) return (Breach.OtherPurpose, consent.provider);
        if (!registry.validAt(leaf.consent, consent.item, c.purpose, c.committedAt))
            return (Breach.NotValid, consent.provider);
        if (leaf.weight != consent.weight) return (Breach.Weight, consent.provider);
        if (opening.weights != TrainingTree.weightsOf(leaf.weight, consent.basis)) return (Breach.Sums, address(0));
        return (Breach.None, address(0));
    }

    /// @dev Whether nothing but a revocation that came too late to be seen makes a consent not valid.
    function _isUnseen(Commitment storage c, uint256 id) private view returns (bool) {
        Consent memory consent = IConsentRegistry(c.consents).consentOf(id);
        return
            consent.from <= c.committedAt &&
            c.committedAt <= consent.until &&
            uint256(consent.revokedAt) + NOTICE_TIME > c.committedAt;
    }

    /// @dev The burden is the trainer's: nobody could show that an item is not in a data set.
    function _requireItem(
        IConsentRegistry registry,
        TrainingLeaf calldata leaf,
        bytes32 dataSet,
        bytes32[] calldata proof
    ) private view {
        if (!registry.isDataSet(leaf.consent)) return;
        Consent memory consent = registry.consentOf(leaf.consent);
        _requireWithin("proof", proof.length, 0, MAX_PROOF);
        bytes32 hash = keccak256(bytes.concat(keccak256(abi.encode(leaf.item))));
        if (
            registry.itemOf(consent.provider, dataSet) != consent.item ||
            !MerkleProof.verifyCalldata(proof, dataSet, hash)
        ) revert TrainingCommit_NotInDataSet(leaf.item, dataSet);
    }

    /// @dev Whether sums fit on the way of a leaf that must be in the tree.
    function _requireLeaf(Commitment storage c, Opening calldata opening) private view returns (bool fits) {
        uint256 depth = TrainingTree.depthOf(c.leaves);
        _requireWithin("steps", opening.steps.length, depth, depth);
        bytes32 hash = TrainingTree.hashOf(opening.leaf);
        return _requireInTree(c, hash, opening.weights, opening.position, opening.steps);
    }

    function _requireInTree(
        Commitment storage c,
        bytes32 hash,
        uint256 weights,
        uint64 position,
        TreeStep[] calldata steps
    ) private view returns (bool) {
        (bytes32 root, uint256 rootWeights, bool fits, bool outside) = TrainingTree.climb(
            hash,
            weights,
            position,
            steps
        );
        if (root != c.root || rootWeights != c.weights)
            revert TrainingCommit_NotInTree(root, c.root, rootWeights, c.weights);
        if (outside) _requireWithin("position", position, 0, (uint256(1) << steps.length) - 1);
        return fits;
    }

    function _requireChallengeable(uint256 id) private view returns (Commitment storage c) {
        c = _requireStatus(id, TrainingStatus.Open);
        if (block.timestamp >= c.endsAt) revert TrainingCommit_TooLate(c.endsAt, block.timestamp);
    }

    function _requireStatus(uint256 id, TrainingStatus expected) private view returns (Commitment storage c) {
        c = _commitments[id];
        if (c.status != expected) revert TrainingCommit_BadStatus(id, c.status, expected);
    }

    function _requireDemand(uint256 id, uint64 position) private view returns (Demand storage wanted) {
        wanted = _demands[id][position];
        if (wanted.demander == address(0) || wanted.settled) revert TrainingCommit_BadDemand(id, position);
    }

    function _requireListed(IERC20 token) private view {
        if (!IRoyaltyVaults(modules.moduleOf(ROYALTY_VAULTS)).isListed(token)) revert TrainingCommit_NotListed(token);
    }

    function _requireGovernance() private view {
        address governance = modules.governance();
        if (msg.sender != governance) revert TrainingCommit_Unauthorized(msg.sender, governance);
    }

    function _lane(uint256 weights, uint256 basis) private pure returns (uint256) {
        return uint64(weights >> (64 * (basis - 1)));
    }

    function _requireWithin(string memory what, uint256 got, uint256 least, uint256 most) private pure {
        if (got < least || got > most) revert TrainingCommit_OutOfBounds(what, got, least, most);
    }
}
