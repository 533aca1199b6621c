// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {RateLimiter} from "@openzeppelin/contracts/utils/RateLimiter.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {L1StandardBridge} from "../bridge/L1StandardBridge.sol";
import {IAnchorStateRegistry} from "../l1/interfaces/IAnchorStateRegistry.sol";
import {IAssertionGame} from "../l1/interfaces/IAssertionGame.sol";
import {IOptimismPortal} from "../l1/interfaces/IOptimismPortal.sol";
import {ISemver} from "../shared/ISemver.sol";
import {GameStatus, WithdrawalTransaction} from "../shared/Types.sol";
import {IDrills} from "./interfaces/IDrills.sol";
import {IFastExits} from "./interfaces/IFastExits.sol";
import {IStakeRegistry} from "./interfaces/IStakeRegistry.sol";
import {InsuredClasses} from "./InsuredClasses.sol";
import {Attestation, Body, NetworkMessages, Signer, Vote} from "./NetworkMessages.sol";
import {NetworkRoles} from "./NetworkRoles.sol";

/// @title FastExits
/// @notice See IFastExits. A slasher of the role of verifiers. No owner, no proxy; what it holds are fees, credits and insurance, to the smallest unit.
contract FastExits is IFastExits, ReentrancyGuardTransient, ISemver {
    using RateLimiter for RateLimiter.RefillingBucket;
    using SafeERC20 for IERC20;

    /// @notice What it works with.
    /// @param registry Where stake is.
    /// @param anchorStateRegistry Says which games count.
    /// @param drills Says which wrong assertions were drills; zero for none.
    /// @param known The contracts that withdrawals are paid by.
    /// @param minAge Least age of a game, seconds.
    /// @param certificateEpochs For how many epochs attestations serve.
    /// @param minVerifiers Least number of signatures.
    struct Parameters {
        IStakeRegistry registry;
        IAnchorStateRegistry anchorStateRegistry;
        IDrills drills;
        InsuredClasses.Known known;
        uint64 minAge;
        uint64 certificateEpochs;
        uint64 minVerifiers;
    }

    // Getters of these would not fit into the code of a contract (EIP-170); `limitsOf` and `feeOf` say what follows from them.

    /// @dev Signatures of a certificate at most.
    uint256 private constant MAX_SIGNERS = 64;
    /// @dev Games that are not accepted and that a game may continue at most.
    uint256 private constant MAX_ANCESTORS = 32;
    /// @dev Stake is covered with one part in so many, so that signers lose twice what they could gain.
    uint256 private constant COVER_DIVISOR = 2;
    /// @dev One exit takes one part in so many of the cover at most.
    uint256 private constant SINGLE_DIVISOR = 10;
    /// @dev Exits within `WINDOW` take one part in so many of the cover at most, which leaves time to pause.
    uint256 private constant HOUR_DIVISOR = 4;
    /// @dev Time in which that is refilled, seconds.
    uint48 private constant WINDOW = 1 hours;
    /// @dev The fee is one part in so many, rounded up.
    uint256 private constant FEE_DIVISOR = 1_000;
    /// @dev The finder is credited one part in so many of what was slashed, at most MAX_REWARD.
    uint256 private constant REWARD_DIVISOR = 10;
    /// @dev Greatest reward of a finder, wei.
    uint256 private constant MAX_REWARD = 5 ether;
    /// @dev One part in so many of what was slashed is burned, as far as the refill leaves it.
    uint256 private constant BURN_DIVISOR = 5;
    /// @dev What a wrong attestation costs, parts per million.
    uint256 private constant ALL = 1_000_000;
    /// @dev What it costs to fall for a drill, parts per million.
    uint256 private constant TENTH = 100_000;
    /// @dev Where what is burned goes.
    address private constant BURN = 0x000000000000000000000000000000000000dEaD;

    /// @inheritdoc ISemver
    string public constant version = "1.0.0";

    /// @notice Where stake is.
    IStakeRegistry public immutable registry;
    /// @notice Says which games count.
    IAnchorStateRegistry public immutable anchorStateRegistry;
    /// @notice Says which wrong assertions were drills; zero for none.
    IDrills public immutable drills;
    /// @notice The portal, the only one that may reserve.
    address public immutable portal;
    /// @notice Least age of a game, seconds.
    uint64 public immutable minAge;
    /// @notice For how many epochs attestations serve.
    uint64 public immutable certificateEpochs;
    /// @notice Least number of signatures.
    uint64 public immutable minVerifiers;

    address private immutable _inbox;
    address private immutable _messenger;
    address private immutable _standardBridge;
    address private immutable _erc721Bridge;
    address private immutable _erc1155Bridge;

    /// @inheritdoc IFastExits
    mapping(address asset => uint256) public reserved;
    /// @inheritdoc IFastExits
    mapping(bytes32 id => mapping(address asset => uint256)) public reservedOf;
    /// @notice What is reserved under a certificate for a pair of tokens, in the smallest unit; after it turned out wrong, what the bridge is owed.
    mapping(bytes32 id => mapping(address token => mapping(address remoteToken => uint256))) public pairReservedOf;
    /// @notice Fees that were paid under a certificate and not shared, in the smallest unit.
    mapping(bytes32 id => mapping(address asset => uint256)) public feesOf;
    /// @notice What is there for refills besides stake, in the smallest unit. Of tokens, a part may be with the stake registry, to be collected.
    mapping(address asset => uint256) public insurance;
    /// @notice What the portal is owed, wei: nothing, as long as stake covers what is reserved.
    uint256 public owed;
    /// @notice What was credited to an account and not paid, in the smallest unit.
    mapping(address asset => mapping(address account => uint256)) public credit;
    /// @notice What a member lost for an attestation, parts per million, by id of the certificate that it would be part of.
    mapping(bytes32 id => mapping(address member => uint256)) public punished;
    /// @notice Whether a member was punished for two roots of a batch.
    mapping(address member => mapping(bytes32 batch => bool)) public equivocated;

    mapping(bytes32 id => Certificate) private _certificates;
    mapping(bytes32 id => address[]) private _tokensOf;
    mapping(address asset => RateLimiter.RefillingBucket) private _buckets;

    /// @notice Names what it works with.
    /// @param p What it works with.
    constructor(Parameters memory p) {
        (registry, anchorStateRegistry, drills) = (p.registry, p.anchorStateRegistry, p.drills);
        (minAge, certificateEpochs, minVerifiers) = (p.minAge, p.certificateEpochs, p.minVerifiers);
        (portal, _inbox, _messenger) = (p.known.portal, p.known.inbox, p.known.messenger);
        (_standardBridge, _erc721Bridge, _erc1155Bridge) = (
            p.known.standardBridge,
            p.known.erc721Bridge,
            p.known.erc1155Bridge
        );
    }

    /// @notice What the registry pays.
    receive() external payable {
        if (msg.sender != address(registry)) revert FastExits_Unauthorized(msg.sender);
    }

    /// @inheritdoc IFastExits
    function certify(Body calldata body, Vote[] calldata votes) external nonReentrant returns (bytes32 id) {
        id = NetworkMessages.idOf(body);
        if (_certificates[id].status != Status.None) revert FastExits_WrongStatus(id, _certificates[id].status);
        _certify(id, body, votes);
    }

    /// @inheritdoc IFastExits
    function reserve(
        bytes32 withdrawalHash,
        WithdrawalTransaction calldata withdrawal,
        address payer,
        Body calldata body,
        Vote[] calldata votes,
        Signer[] calldata signers
    ) external payable nonReentrant {
        if (msg.sender != portal) revert FastExits_Unauthorized(msg.sender);
        bytes32 id = NetworkMessages.idOf(body);
        _requireUnrivalled(IAssertionGame(body.game));
        InsuredClasses.Moved memory moved = _moved(withdrawal);
        _requireCover(_membersOf(id, body, votes, signers), moved);
        uint256 fee = _takeFee(id, moved, payer);
        _record(id, moved);
        emit Reserved(id, withdrawalHash, moved.token, moved.remoteToken, moved.amount, fee);
    }

    /// @inheritdoc IFastExits
    function settle(Body calldata body, IAssertionGame game, Signer[] calldata signers) external nonReentrant {
        bytes32 id = NetworkMessages.idOf(body);
        Certificate storage it = _certificates[id];
        if (it.status != Status.Open) revert FastExits_WrongStatus(id, it.status);
        _requireDecided(game, body.batchIndex, body.batchAcc);
        address[] memory members = _checkSigners(id, signers);
        if (game.rootClaim() == body.outputRoot) {
            it.status = Status.Released;
            _release(id, signers);
            emit Released(id, address(game));
        } else {
            it.status = Status.Refilled;
            bool drill = _isDrill(id, body);
            emit Refilled(id, address(game), reservedOf[id][address(0)], drill);
            _refill(id, members, drill ? TENTH : ALL);
        }
        registry.unlock(NetworkRoles.VERIFIER, members);
    }

    /// @inheritdoc IFastExits
    function refillToken(bytes32 id, address token, address remoteToken) external nonReentrant {
        Status status = _certificates[id].status;
        if (status != Status.Refilled) revert FastExits_WrongStatus(id, status);
        _collectToken(token);
        uint256 amount = Math.min(pairReservedOf[id][token][remoteToken], insurance[token]);
        if (amount == 0) revert FastExits_Nothing();
        pairReservedOf[id][token][remoteToken] -= amount;
        reservedOf[id][token] -= amount;
        reserved[token] -= amount;
        insurance[token] -= amount;
        emit TokenRefilled(id, token, remoteToken, amount);
        IERC20(token).forceApprove(_standardBridge, amount);
        L1StandardBridge(payable(_standardBridge)).donateERC20(token, remoteToken, amount);
    }

    /// @inheritdoc IFastExits
    function shareFees(Body calldata body, address asset, Signer[] calldata signers) external nonReentrant {
        bytes32 id = NetworkMessages.idOf(body);
        Status status = _certificates[id].status;
        if (status != Status.Released) revert FastExits_WrongStatus(id, status);
        _checkSigners(id, signers);
        if (feesOf[id][asset] == 0) revert FastExits_Nothing();
        _shareFees(id, asset, signers);
    }

    /// @inheritdoc IFastExits
    function slashWrong(
        Attestation calldata attestation,
        bytes calldata signature,
        IAssertionGame game
    ) external nonReentrant {
        _requireDecided(game, attestation.batchIndex, attestation.batchAcc);
        if (game.rootClaim() == attestation.outputRoot) revert FastExits_NotWrong();
        Body memory body = NetworkMessages.bodyOf(attestation);
        bytes32 id = NetworkMessages.idOf(body);
        address member = registry.ownerOfKey(_signerOf(body, attestation.blocksRoot, signature));
        uint256 part = _isDrill(id, body) ? TENTH : ALL;
        if (punished[id][member] >= part) revert FastExits_Nothing();
        punished[id][member] = part;
        _requireBound(member, attestation.epoch);
        _punish(member, part, "wrong");
    }

    /// @inheritdoc IFastExits
    function slashEquivocation(
        Attestation calldata a,
        bytes calldata signatureA,
        Attestation calldata b,
        bytes calldata signatureB
    ) external nonReentrant {
        address key = _signerOf(NetworkMessages.bodyOf(a), a.blocksRoot, signatureA);
        if (
            a.batchIndex != b.batchIndex ||
            a.batchAcc != b.batchAcc ||
            a.outputRoot == b.outputRoot ||
            key == address(0) ||
            key != _signerOf(NetworkMessages.bodyOf(b), b.blocksRoot, signatureB)
        ) revert FastExits_NoEquivocation();
        address member = registry.ownerOfKey(key);
        bytes32 batch = keccak256(abi.encode(a.batchIndex, a.batchAcc));
        if (equivocated[member][batch]) revert FastExits_Nothing();
        equivocated[member][batch] = true;
        _requireBound(member, a.epoch < b.epoch ? a.epoch : b.epoch);
        _punish(member, ALL, "equivocation");
    }

    /// @inheritdoc IFastExits
    function insure() external payable nonReentrant {
        insurance[address(0)] += msg.value;
        emit Insured(msg.sender, msg.value);
        _distribute(0, msg.sender);
    }

    /// @inheritdoc IFastExits
    function claimCredit(address asset, address to) external nonReentrant {
        uint256 amount = credit[asset][msg.sender];
        if (amount == 0) revert FastExits_Nothing();
        credit[asset][msg.sender] = 0;
        emit CreditClaimed(msg.sender, asset, amount);
        if (asset == address(0)) _pay(to, amount);
        else IERC20(asset).safeTransfer(to, amount);
    }

    /// @inheritdoc IFastExits
    function certificateOf(bytes32 id) external view returns (Certificate memory) {
        return _certificates[id];
    }

    /// @inheritdoc IFastExits
    function limitsOf(address[] calldata members, address asset) external view returns (Limits memory limits) {
        limits.cover = registry.stakeOf(NetworkRoles.VERIFIER, members, asset) / COVER_DIVISOR;
        limits.open = reserved[asset];
        limits.single = limits.cover / SINGLE_DIVISOR;
        uint256 capacity = limits.cover / HOUR_DIVISOR;
        RateLimiter.RefillingBucketItem storage item = _buckets[asset]._items[0];
        // As the bucket will have it with this capacity.
        uint256 refilled = Math.mulDiv(block.timestamp - item._lastTimepoint, capacity, WINDOW);
        limits.hour = Math.saturatingSub(capacity, Math.saturatingSub(item._lastUsed, refilled));
    }

    /// @inheritdoc IFastExits
    function feeOf(uint256 amount) public pure returns (uint256) {
        return Math.ceilDiv(amount, FEE_DIVISOR);
    }

    // --- certificates

    function _certify(bytes32 id, Body calldata body, Vote[] calldata votes) private returns (address[] memory) {
        _requireGame(body);
        IStakeRegistry.Signers memory found = registry.signersAt(
            NetworkRoles.VERIFIER,
            body.epoch,
            _keysOf(body, votes)
        );
        if (found.weight * 3 < found.total * 2) revert FastExits_NoQuorum(found.weight, found.total);
        uint256 sum = 0;
        for (uint256 i = 0; i < found.stakes.length; i++) sum += found.stakes[i];
        Certificate storage it = _certificates[id];
        it.signersHash = keccak256(abi.encode(found.owners, found.stakes));
        (it.stake, it.epoch, it.status) = (uint128(sum), body.epoch, Status.Open);
        emit Certified(id, body.game, body.batchIndex, body, found.owners, found.stakes);
        registry.lock(NetworkRoles.VERIFIER, found.owners);
        return found.owners;
    }

    /// @dev The keys that signed, strictly ascending, so that none is there twice.
    function _keysOf(Body calldata body, Vote[] calldata votes) private view returns (address[] memory keys) {
        if (votes.length < minVerifiers || votes.length > MAX_SIGNERS) revert FastExits_WrongCount(votes.length);
        bytes32 domain = registry.domainSeparator();
        keys = new address[](votes.length);
        address last = address(0);
        for (uint256 i = 0; i < votes.length; i++) {
            address key = NetworkMessages.signerOf(domain, body, votes[i]);
            if (key <= last) revert FastExits_BadSignature(i, key);
            keys[i] = last = key;
        }
    }

    /// @dev Requires that the game stands and says what was attested, and that the epoch serves.
    function _requireGame(Body calldata body) private view {
        uint64 current = registry.currentEpoch();
        if (body.epoch > current || body.epoch == 0 || current - body.epoch > certificateEpochs)
            revert FastExits_WrongEpoch(body.epoch, current);
        IAssertionGame game = IAssertionGame(body.game);
        if (
            !anchorStateRegistry.isGameProper(game) ||
            !anchorStateRegistry.isGameRespected(game) ||
            game.status() == GameStatus.CHALLENGER_WINS ||
            game.batchIndex() != body.batchIndex ||
            game.batchAcc() != body.batchAcc ||
            game.l2BlockNumber() != body.l2BlockNumber ||
            game.rootClaim() != body.outputRoot
        ) revert FastExits_WrongGame(body.game);
    }

    /// @dev The signers of a certificate that is open, or is posted now.
    function _membersOf(
        bytes32 id,
        Body calldata body,
        Vote[] calldata votes,
        Signer[] calldata signers
    ) private returns (address[] memory) {
        Status status = _certificates[id].status;
        if (status == Status.None) return _certify(id, body, votes);
        if (status != Status.Open) revert FastExits_WrongStatus(id, status);
        return _checkSigners(id, signers);
    }

    function _checkSigners(bytes32 id, Signer[] calldata signers) private view returns (address[] memory members) {
        members = new address[](signers.length);
        uint256[] memory stakes = new uint256[](signers.length);
        for (uint256 i = 0; i < signers.length; i++) (members[i], stakes[i]) = (signers[i].member, signers[i].stake);
        if (keccak256(abi.encode(members, stakes)) != _certificates[id].signersHash) revert FastExits_WrongSigners(id);
    }

    // --- reservations

    /// @dev Requires that nobody disputes the game or one that it continues and that is not accepted, and that somebody had time to.
    function _requireUnrivalled(IAssertionGame game) private view {
        uint256 notBefore = game.createdAt() + minAge;
        if (block.timestamp < notBefore) revert FastExits_TooYoung(notBefore);
        for (uint256 i = 0; i <= MAX_ANCESTORS; i++) {
            GameStatus status = game.status();
            if (!anchorStateRegistry.isGameProper(game) || status == GameStatus.CHALLENGER_WINS)
                revert FastExits_WrongGame(address(game));
            if (i != 0 && status == GameStatus.DEFENDER_WINS) return;
            if (game.tree().rivalry(game.tournament()).rivalledAt != 0) revert FastExits_HasRival(address(game));
            game = IAssertionGame(address(game.parent()));
            if (address(game) == address(0)) return;
        }
        revert FastExits_TooManyAncestors(MAX_ANCESTORS);
    }

    /// @dev What a withdrawal of an insured class moves.
    function _moved(WithdrawalTransaction calldata w) private view returns (InsuredClasses.Moved memory moved) {
        moved = InsuredClasses.classify(
            w,
            InsuredClasses.Known(portal, _inbox, _messenger, _standardBridge, _erc721Bridge, _erc1155Bridge)
        );
        if (moved.token == address(0)) return moved;
        uint256 locked = L1StandardBridge(payable(_standardBridge)).deposits(moved.token, moved.remoteToken);
        if (!registry.isListed(moved.token) || locked < moved.amount) revert FastExits_NotCovered(moved.token, locked);
    }

    function _requireCover(address[] memory members, InsuredClasses.Moved memory moved) private {
        address asset = moved.token;
        uint256 cover = registry.stakeOf(NetworkRoles.VERIFIER, members, asset) / COVER_DIVISOR;
        uint256 left = Math.min(Math.saturatingSub(cover, reserved[asset]), cover / SINGLE_DIVISOR);
        if (moved.amount > left) revert FastExits_TooMuch(moved.amount, left);
        RateLimiter.RefillingBucket storage bucket = _buckets[asset];
        bucket.updateSettings(WINDOW, uint208(cover / HOUR_DIVISOR));
        if (!bucket.tryConsume(0, moved.amount)) revert FastExits_TooMuch(moved.amount, bucket.available(0));
    }

    function _takeFee(bytes32 id, InsuredClasses.Moved memory moved, address payer) private returns (uint256 fee) {
        fee = feeOf(moved.amount);
        bool inEther = moved.token == address(0);
        if (msg.value != (inEther ? fee : 0)) revert FastExits_WrongFee(msg.value, inEther ? fee : 0);
        if (!inEther) {
            IERC20 token = IERC20(moved.token);
            uint256 before = token.balanceOf(address(this));
            token.safeTransferFrom(payer, address(this), fee);
            fee = token.balanceOf(address(this)) - before;
        }
        feesOf[id][moved.token] += fee;
    }

    function _record(bytes32 id, InsuredClasses.Moved memory moved) private {
        _certificates[id].used = true;
        reserved[moved.token] += moved.amount;
        if (moved.token != address(0)) {
            if (reservedOf[id][moved.token] == 0) _tokensOf[id].push(moved.token);
            pairReservedOf[id][moved.token][moved.remoteToken] += moved.amount;
        }
        reservedOf[id][moved.token] += moved.amount;
    }

    // --- settlement

    function _release(bytes32 id, Signer[] calldata signers) private {
        _free(id, address(0));
        for (uint256 i = 0; i < _tokensOf[id].length; i++) _free(id, _tokensOf[id][i]);
        _shareFees(id, address(0), signers);
    }

    function _free(bytes32 id, address asset) private {
        reserved[asset] -= reservedOf[id][asset];
        reservedOf[id][asset] = 0;
    }

    /// @dev By the stakes of the signers; what is left in rounding is insurance.
    function _shareFees(bytes32 id, address asset, Signer[] calldata signers) private {
        uint256 amount = feesOf[id][asset];
        if (amount == 0) return;
        feesOf[id][asset] = 0;
        uint256 stake = _certificates[id].stake;
        uint256 left = amount;
        // Signers that had nothing when it was posted may have staked since.
        for (uint256 i = 0; i < signers.length && stake != 0; i++) {
            uint256 share = Math.mulDiv(amount, signers[i].stake, stake);
            left -= share;
            if (share != 0) credit[asset][signers[i].member] += share;
        }
        insurance[asset] += left;
        emit FeesShared(id, asset, amount);
    }

    function _refill(bytes32 id, address[] memory members, uint256 part) private {
        // Who pledged stake for something that was paid answers with what it has, whatever it lost before.
        if (!_certificates[id].used) members = _unpunished(id, members, part);
        owed += reservedOf[id][address(0)];
        _free(id, address(0));
        _keepFees(id, address(0));
        for (uint256 i = 0; i < _tokensOf[id].length; i++) _keepFees(id, _tokensOf[id][i]);
        _distribute(_take(members, part), msg.sender);
    }

    function _keepFees(bytes32 id, address asset) private {
        insurance[asset] += feesOf[id][asset];
        feesOf[id][asset] = 0;
    }

    /// @dev Leaves out who lost as much for the same attestation before.
    function _unpunished(bytes32 id, address[] memory members, uint256 part) private returns (address[] memory rest) {
        rest = new address[](members.length);
        uint256 count = 0;
        for (uint256 i = 0; i < members.length; i++) {
            if (punished[id][members[i]] >= part) continue;
            punished[id][members[i]] = part;
            rest[count++] = members[i];
        }
        assembly ("memory-safe") {
            mstore(rest, count)
        }
    }

    /// @dev A member that was paid and came again does not answer for what it attested before: nobody would take it for a certificate either.
    function _requireBound(address member, uint64 epoch) private view {
        if (registry.sinceOf(NetworkRoles.VERIFIER, member) > epoch) revert FastExits_Nothing();
    }

    function _punish(address member, uint256 part, bytes32 reason) private {
        address[] memory members = new address[](1);
        members[0] = member;
        uint256 taken = _take(members, part);
        emit Punished(member, reason, taken);
        _distribute(taken, msg.sender);
    }

    /// @dev Takes a part of all stake. Tokens become insurance in that token, and stay with the registry until they are needed.
    function _take(address[] memory members, uint256 part) private returns (uint256 eth) {
        uint256[] memory amounts;
        (eth, amounts) = registry.slashAll(NetworkRoles.VERIFIER, members, part);
        address[] memory tokens = registry.tokens();
        for (uint256 i = 0; i < amounts.length; i++) if (amounts[i] != 0) insurance[tokens[i]] += amounts[i];
        if (eth != 0) registry.collect(address(0));
    }

    /// @dev Pays the portal what it is owed, out of what was slashed and then of insurance; credits the finder and burns out of the rest.
    function _distribute(uint256 slashed, address finder) private {
        uint256 held = insurance[address(0)] + slashed;
        uint256 refilled = Math.min(owed, held);
        uint256 rest = slashed - Math.min(refilled, slashed);
        uint256 reward = Math.min(Math.min(slashed / REWARD_DIVISOR, MAX_REWARD), rest);
        uint256 burned = Math.min(Math.ceilDiv(slashed, BURN_DIVISOR), rest - reward);
        owed -= refilled;
        insurance[address(0)] = held - refilled - reward - burned;
        if (reward != 0) credit[address(0)][finder] += reward;
        emit Distributed(slashed, refilled, finder, reward, burned);
        if (refilled != 0) IOptimismPortal(portal).donateETH{value: refilled}();
        if (burned != 0) _pay(BURN, burned);
    }

    /// @dev Fetches what was taken in a token. One that takes a fee on transfers leaves that much less insurance.
    function _collectToken(address token) private {
        uint256 expected = registry.seized(address(this), token);
        if (expected == 0) return;
        uint256 before = IERC20(token).balanceOf(address(this));
        registry.collect(token);
        uint256 arrived = IERC20(token).balanceOf(address(this)) - before;
        if (arrived < expected) insurance[token] = Math.saturatingSub(insurance[token], expected - arrived);
    }

    function _isDrill(bytes32 id, Body memory body) private view returns (bool) {
        return
            address(drills) != address(0) &&
            !_certificates[id].used &&
            drills.isDrill(body.game, body.batchIndex, body.batchAcc, body.outputRoot);
    }

    function _requireDecided(IAssertionGame game, uint256 batchIndex, bytes32 batchAcc) private view {
        if (
            !anchorStateRegistry.isGameClaimValid(game) ||
            game.batchIndex() != batchIndex ||
            game.batchAcc() != batchAcc
        ) revert FastExits_NotDecided(address(game));
    }

    function _signerOf(
        Body memory body,
        bytes32 blocksRoot,
        bytes calldata signature
    ) private view returns (address key) {
        bytes32 digest = NetworkMessages.digest(registry.domainSeparator(), body, blocksRoot);
        (key, , ) = ECDSA.tryRecoverCalldata(digest, signature);
    }

    function _pay(address to, uint256 amount) private {
        (bool paid, ) = to.call{value: amount}("");
        if (!paid) revert FastExits_TransferFailed(to);
    }
}
