// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Initializable} from "@openzeppelin/contracts-upgradeable/proxy/utils/Initializable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {ISystemConfig} from "../l1/interfaces/ISystemConfig.sol";
import {ISemver} from "../shared/ISemver.sol";
import {IStakeRegistry} from "./interfaces/IStakeRegistry.sol";

/// @title StakeRegistry
/// @notice See IStakeRegistry. Behind a proxy. What comes in is stake or seized until it is paid, to the smallest unit.
contract StakeRegistry is Initializable, EIP712, ReentrancyGuardTransient, IStakeRegistry, ISemver {
    using Checkpoints for Checkpoints.Trace208;
    using SafeERC20 for IERC20;

    /// @notice A place among the active, in one slot.
    /// @param member Who has it.
    /// @param stake Its stake, wei.
    struct Place {
        address member;
        uint96 stake;
    }

    /// @notice Active members of a role at most: a certificate has at most as many signatures.
    uint256 public constant MAX_ACTIVE = 64;
    /// @notice Tokens that are ever listed at most: all of them are taken with a slashed stake.
    uint256 public constant MAX_TOKENS = 8;
    /// @notice Bytes of a URL at most.
    uint256 public constant MAX_ENDPOINT = 256;
    /// @notice Greatest `unbonding` of a role, seconds. Beyond a year stake would be as good as lost.
    uint64 public constant MAX_UNBONDING = 365 days;
    /// @notice All of something, in parts per million.
    uint256 public constant MILLION = 1_000_000;
    /// @notice A newcomer needs one part in so many more than the least to take its place.
    uint256 public constant LEAD_DIVISOR = 10;

    /// @notice EIP-712 type of what a key signs to belong to a member.
    bytes32 public constant KEY_TYPEHASH = keccak256("Key(address member)");

    /// @inheritdoc ISemver
    string public constant version = "1.0.0";

    /// @inheritdoc IStakeRegistry
    ISystemConfig public systemConfig;

    /// @inheritdoc IStakeRegistry
    uint64 public epochLength;

    /// @inheritdoc IStakeRegistry
    uint64 public epochStart;

    /// @inheritdoc IStakeRegistry
    mapping(address key => address) public ownerOfKey;

    /// @inheritdoc IStakeRegistry
    mapping(bytes32 role => mapping(address slasher => bool)) public isSlasher;

    /// @inheritdoc IStakeRegistry
    mapping(address slasher => mapping(address asset => uint256)) public seized;

    /// @inheritdoc IStakeRegistry
    mapping(bytes32 role => mapping(address member => mapping(address token => uint256))) public tokenStakeOf;

    /// @inheritdoc IStakeRegistry
    mapping(address token => bool) public isListed;

    address[] private _tokens;
    mapping(bytes32 role => RoleParameters) private _roles;
    mapping(bytes32 role => mapping(address member => Member)) private _members;
    mapping(bytes32 role => Place[]) private _places;

    /// @dev Active stake of a key by epoch: zero where it is not active.
    mapping(bytes32 role => mapping(address key => Checkpoints.Trace208)) private _stakes;
    /// @dev Sum of the active stakes by epoch.
    mapping(bytes32 role => Checkpoints.Trace208) private _totals;
    /// @dev Sum of the weights by epoch.
    mapping(bytes32 role => Checkpoints.Trace208) private _weights;

    /// @inheritdoc IStakeRegistry
    mapping(bytes32 role => mapping(address slasher => uint256)) public locksOf;

    /// @dev Refuses everybody but the owner of the chain.
    modifier onlyOwner() {
        if (msg.sender != systemConfig.owner()) revert StakeRegistry_Unauthorized(msg.sender);
        _;
    }

    /// @dev Refuses everybody but the slashers of a role.
    modifier onlySlasher(bytes32 role) {
        if (!isSlasher[role][msg.sender]) revert StakeRegistry_Unauthorized(msg.sender);
        _;
    }

    /// @dev The implementation itself stays without a configuration; only proxies are initialised.
    constructor() EIP712("Animechain Verifier Network", "1") {
        _disableInitializers();
    }

    /// @notice Sets everything once. Only through the proxy, in the transaction that installs it.
    /// @param systemConfig_ Whose owner sets roles, slashers and tokens.
    /// @param epochLength_ Length of an epoch, seconds.
    /// @param epochStart_ When the first epoch begins, seconds; zero for now.
    /// @param roles The roles that the chain begins with.
    /// @param tokens_ The tokens that are listed at first.
    function initialize(
        ISystemConfig systemConfig_,
        uint64 epochLength_,
        uint64 epochStart_,
        RoleSetup[] calldata roles,
        address[] calldata tokens_
    ) external initializer {
        if (epochLength_ == 0 || epochStart_ > block.timestamp)
            revert StakeRegistry_BadEpochs(epochLength_, epochStart_);
        systemConfig = systemConfig_;
        epochLength = epochLength_;
        epochStart = epochStart_ == 0 ? uint64(block.timestamp) : epochStart_;
        for (uint256 i = 0; i < roles.length; i++) {
            _setRole(roles[i].role, roles[i].parameters);
            for (uint256 j = 0; j < roles[i].slashers.length; j++)
                _setSlasher(roles[i].role, roles[i].slashers[j], true);
        }
        for (uint256 i = 0; i < tokens_.length; i++) _setToken(tokens_[i], true);
    }

    /// @inheritdoc IStakeRegistry
    function setRole(bytes32 role, RoleParameters calldata parameters) external onlyOwner {
        _setRole(role, parameters);
    }

    /// @inheritdoc IStakeRegistry
    function setSlasher(bytes32 role, address slasher, bool allowed) external onlyOwner {
        _setSlasher(role, slasher, allowed);
    }

    /// @inheritdoc IStakeRegistry
    function setToken(address token, bool listed) external onlyOwner {
        _setToken(token, listed);
    }

    /// @inheritdoc IStakeRegistry
    function join(
        bytes32 role,
        address key,
        string calldata endpoint,
        bytes calldata proof
    ) external payable nonReentrant {
        if (_roles[role].unbonding == 0) revert StakeRegistry_UnknownRole(role);
        uint256 length = bytes(endpoint).length;
        if (length == 0 || length > MAX_ENDPOINT) revert StakeRegistry_BadEndpoint(length);
        Member storage member = _members[role][msg.sender];
        if (member.leavingAt != 0) revert StakeRegistry_IsLeaving(role, msg.sender);
        if (ownerOfKey[key] != msg.sender) {
            if (key == address(0) || ownerOfKey[key] != address(0)) revert StakeRegistry_BadKey(key);
            if (key != msg.sender && !_signed(key, keyDigest(msg.sender), proof)) revert StakeRegistry_BadKey(key);
            ownerOfKey[key] = msg.sender;
        }
        if (member.key == address(0)) member.since = uint40(_nextEpoch());
        else if (member.key != key && member.place != 0) {
            // What the old key signs counts up to the end of this epoch.
            _stakes[role][member.key].push(_nextEpoch(), 0);
            _stakes[role][key].push(_nextEpoch(), member.stake);
        }
        (member.key, member.endpoint) = (key, endpoint);
        emit MemberSet(role, msg.sender, key, member.since, endpoint);
        if (msg.value != 0) _stake(role, member);
    }

    /// @inheritdoc IStakeRegistry
    function stake(bytes32 role) external payable nonReentrant {
        _stake(role, _stayingOf(role, msg.sender));
    }

    /// @inheritdoc IStakeRegistry
    function stakeToken(bytes32 role, address token, uint256 amount) external nonReentrant {
        _stayingOf(role, msg.sender);
        if (!isListed[token]) revert StakeRegistry_NotListed(token);
        uint256 before = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransferFrom(msg.sender, address(this), amount);
        uint256 arrived = IERC20(token).balanceOf(address(this)) - before;
        if (arrived == 0) revert StakeRegistry_Nothing();
        uint256 sum = tokenStakeOf[role][msg.sender][token] + arrived;
        // Sums over members and certificates stay far from overflowing.
        if (sum > type(uint128).max) revert StakeRegistry_TooMuch(sum);
        tokenStakeOf[role][msg.sender][token] = sum;
        emit Staked(role, msg.sender, token, arrived);
    }

    /// @inheritdoc IStakeRegistry
    function takePlace(bytes32 role, address account) external nonReentrant {
        Member storage member = _stayingOf(role, account);
        if (!_seat(role, account, member)) {
            uint256 needed = member.place != 0 ? 0 : _needed(role);
            revert StakeRegistry_NoPlace(member.stake, needed);
        }
        _weigh(role);
    }

    /// @inheritdoc IStakeRegistry
    function leave(bytes32 role) external nonReentrant {
        Member storage member = _stayingOf(role, msg.sender);
        member.leavingAt = uint40(block.timestamp) + _roles[role].unbonding;
        emit Leaving(role, msg.sender, member.leavingAt);
        if (member.place == 0) return;
        _unseat(role, msg.sender, member);
        _weigh(role);
    }

    /// @inheritdoc IStakeRegistry
    function withdraw(bytes32 role, address to) external nonReentrant {
        Member storage member = _memberOf(role, msg.sender);
        _requirePayable(member);
        uint256 amount = member.stake;
        // The key stays its member's: what it signed is still its, and nobody else may sign for it.
        delete _members[role][msg.sender];
        emit Withdrawn(role, msg.sender, address(0), to, amount);
        _pay(to, amount);
    }

    /// @inheritdoc IStakeRegistry
    function withdrawToken(bytes32 role, address token, address to) external nonReentrant {
        Member storage member = _members[role][msg.sender];
        if (member.key != address(0)) _requirePayable(member);
        uint256 amount = tokenStakeOf[role][msg.sender][token];
        if (amount == 0) revert StakeRegistry_Nothing();
        tokenStakeOf[role][msg.sender][token] = 0;
        emit Withdrawn(role, msg.sender, token, to, amount);
        IERC20(token).safeTransfer(to, amount);
    }

    /// @inheritdoc IStakeRegistry
    function slash(bytes32 role, address account, uint256 amount) external onlySlasher(role) returns (uint256 taken) {
        taken = _slash(role, account, amount);
        seized[msg.sender][address(0)] += taken;
        if (taken != 0) _weigh(role);
    }

    /// @inheritdoc IStakeRegistry
    function slashToken(
        bytes32 role,
        address account,
        address token,
        uint256 amount
    ) external onlySlasher(role) returns (uint256 taken) {
        _memberOf(role, account);
        taken = _slashToken(role, account, token, amount);
        seized[msg.sender][token] += taken;
    }

    /// @inheritdoc IStakeRegistry
    function slashAll(
        bytes32 role,
        address[] calldata members,
        uint256 part
    ) external onlySlasher(role) returns (uint256 eth, uint256[] memory amounts) {
        amounts = new uint256[](_tokens.length);
        for (uint256 i = 0; i < members.length; i++) {
            eth += _slash(role, members[i], _partOf(_members[role][members[i]].stake, part));
            _slashTokens(role, members[i], part, amounts);
        }
        seized[msg.sender][address(0)] += eth;
        for (uint256 j = 0; j < amounts.length; j++) if (amounts[j] != 0) seized[msg.sender][_tokens[j]] += amounts[j];
        if (eth != 0) _weigh(role);
    }

    /// @inheritdoc IStakeRegistry
    function collect(address asset) external nonReentrant returns (uint256 amount) {
        amount = seized[msg.sender][asset];
        if (amount == 0) return 0;
        seized[msg.sender][asset] = 0;
        emit Collected(msg.sender, asset, amount);
        if (asset == address(0)) _pay(msg.sender, amount);
        else IERC20(asset).safeTransfer(msg.sender, amount);
    }

    /// @inheritdoc IStakeRegistry
    function lock(bytes32 role, address[] calldata members) external onlySlasher(role) {
        locksOf[role][msg.sender] += members.length;
        for (uint256 i = 0; i < members.length; i++) _memberOf(role, members[i]).locks++;
    }

    /// @inheritdoc IStakeRegistry
    function unlock(bytes32 role, address[] calldata members) external onlySlasher(role) {
        locksOf[role][msg.sender] -= members.length;
        for (uint256 i = 0; i < members.length; i++) _memberOf(role, members[i]).locks--;
    }

    /// @inheritdoc IStakeRegistry
    function signersAt(
        bytes32 role,
        uint64 epoch,
        address[] calldata keys
    ) external view returns (Signers memory found) {
        uint256 most = _mostAt(role, epoch);
        found.total = _weights[role].upperLookupRecent(_at(epoch));
        found.owners = new address[](keys.length);
        found.stakes = new uint256[](keys.length);
        for (uint256 i = 0; i < keys.length; i++) {
            address key = keys[i];
            address account = ownerOfKey[key];
            Member storage member = _members[role][account];
            uint256 weight = _stakes[role][key].upperLookupRecent(_at(epoch));
            // A member that was paid and came again does not answer for what it was before.
            if (weight == 0 || member.key == address(0) || member.since > epoch)
                revert StakeRegistry_NotActive(key, epoch);
            found.owners[i] = account;
            found.stakes[i] = member.stake;
            found.weight += weight < most ? weight : most;
        }
    }

    /// @inheritdoc IStakeRegistry
    function stakeOf(bytes32 role, address[] calldata members, address asset) external view returns (uint256 sum) {
        for (uint256 i = 0; i < members.length; i++)
            sum += asset == address(0) ? _members[role][members[i]].stake : tokenStakeOf[role][members[i]][asset];
    }

    /// @inheritdoc IStakeRegistry
    function weightAt(bytes32 role, address key, uint64 epoch) external view returns (uint256) {
        uint256 weight = _stakes[role][key].upperLookupRecent(_at(epoch));
        uint256 most = _mostAt(role, epoch);
        return weight < most ? weight : most;
    }

    /// @inheritdoc IStakeRegistry
    function totalWeightAt(bytes32 role, uint64 epoch) external view returns (uint256) {
        return _weights[role].upperLookupRecent(_at(epoch));
    }

    /// @inheritdoc IStakeRegistry
    function activeOf(bytes32 role) external view returns (address[] memory members, uint256[] memory stakes) {
        Place[] storage places = _places[role];
        members = new address[](places.length);
        stakes = new uint256[](places.length);
        for (uint256 i = 0; i < places.length; i++) (members[i], stakes[i]) = (places[i].member, places[i].stake);
    }

    /// @inheritdoc IStakeRegistry
    function memberOf(bytes32 role, address member) external view returns (Member memory) {
        return _members[role][member];
    }

    /// @inheritdoc IStakeRegistry
    function sinceOf(bytes32 role, address member) external view returns (uint64) {
        return _members[role][member].since;
    }

    /// @inheritdoc IStakeRegistry
    function parametersOf(bytes32 role) external view returns (RoleParameters memory) {
        return _roles[role];
    }

    /// @inheritdoc IStakeRegistry
    function tokens() external view returns (address[] memory) {
        return _tokens;
    }

    /// @inheritdoc IStakeRegistry
    function domainSeparator() external view returns (bytes32) {
        return _domainSeparatorV4();
    }

    /// @inheritdoc IStakeRegistry
    function currentEpoch() public view returns (uint64) {
        return uint64((block.timestamp - epochStart) / epochLength + 1);
    }

    /// @inheritdoc IStakeRegistry
    function keyDigest(address member) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(KEY_TYPEHASH, member)));
    }

    function _stake(bytes32 role, Member storage member) private {
        if (msg.value == 0) revert StakeRegistry_Nothing();
        uint256 sum = member.stake + msg.value;
        if (sum > type(uint96).max) revert StakeRegistry_TooMuch(sum);
        member.stake = uint96(sum);
        emit Staked(role, msg.sender, address(0), msg.value);
        if (member.place != 0) _record(role, member);
        else if (!_seat(role, msg.sender, member)) return;
        _weigh(role);
    }

    function _slash(bytes32 role, address account, uint256 amount) private returns (uint256 taken) {
        Member storage member = _memberOf(role, account);
        taken = amount < member.stake ? amount : member.stake;
        if (taken == 0) return 0;
        member.stake -= uint96(taken);
        emit Slashed(role, account, msg.sender, address(0), taken);
        if (member.place == 0) return taken;
        if (member.stake < _roles[role].minStake) _unseat(role, account, member);
        else _record(role, member);
    }

    function _slashToken(bytes32 role, address account, address token, uint256 amount) private returns (uint256 taken) {
        uint256 held = tokenStakeOf[role][account][token];
        taken = amount < held ? amount : held;
        if (taken == 0) return 0;
        tokenStakeOf[role][account][token] = held - taken;
        emit Slashed(role, account, msg.sender, token, taken);
    }

    function _slashTokens(bytes32 role, address account, uint256 part, uint256[] memory amounts) private {
        for (uint256 j = 0; j < amounts.length; j++) {
            address token = _tokens[j];
            amounts[j] += _slashToken(role, account, token, _partOf(tokenStakeOf[role][account][token], part));
        }
    }

    /// @dev Gives a member a place if it may have one. The weights must be counted anew then.
    function _seat(bytes32 role, address account, Member storage member) private returns (bool) {
        if (member.place != 0 || member.stake < _needed(role)) return false;
        Place[] storage places = _places[role];
        if (places.length >= _roles[role].maxActive) {
            address loser = places[_least(places)].member;
            _unseat(role, loser, _members[role][loser]);
        }
        places.push(Place(account, member.stake));
        member.place = uint8(places.length);
        _record(role, member);
        emit Seated(role, account, true);
        return true;
    }

    /// @dev Takes a member's place; the last one moves there. The weights must be counted anew then.
    function _unseat(bytes32 role, address account, Member storage member) private {
        Place[] storage places = _places[role];
        uint256 index = member.place - 1;
        Place memory last = places[places.length - 1];
        places[index] = last;
        places.pop();
        _members[role][last.member].place = uint8(index + 1);
        member.place = 0;
        _addTotal(role, -int256(uint256(_stakes[role][member.key].latest())));
        _stakes[role][member.key].push(_nextEpoch(), 0);
        emit Seated(role, account, false);
    }

    /// @dev Writes down the stake of an active member from the next epoch on.
    function _record(bytes32 role, Member storage member) private {
        _places[role][member.place - 1].stake = member.stake;
        (uint208 before, ) = _stakes[role][member.key].push(_nextEpoch(), member.stake);
        _addTotal(role, int256(uint256(member.stake)) - int256(uint256(before)));
    }

    function _addTotal(bytes32 role, int256 change) private {
        _totals[role].push(_nextEpoch(), uint208(uint256(int256(uint256(_totals[role].latest())) + change)));
    }

    /// @dev Counts the weights anew from the next epoch on.
    function _weigh(bytes32 role) private {
        uint256 total = _totals[role].latest();
        uint256 most = _capped(role, total);
        uint256 sum = total;
        if (most < total) {
            sum = 0;
            Place[] storage places = _places[role];
            for (uint256 i = 0; i < places.length; i++) {
                uint256 weight = places[i].stake;
                sum += weight < most ? weight : most;
            }
        }
        _weights[role].push(_nextEpoch(), uint208(sum));
    }

    function _setRole(bytes32 role, RoleParameters calldata p) private {
        uint32 cap = _roles[role].cap;
        if (
            role == 0 ||
            p.minStake == 0 ||
            p.unbonding == 0 ||
            p.unbonding > MAX_UNBONDING ||
            p.maxActive == 0 ||
            p.maxActive > MAX_ACTIVE ||
            p.cap == 0 ||
            p.cap > MILLION ||
            // Weights of epochs that are past are counted with it.
            (cap != 0 && p.cap != cap)
        ) revert StakeRegistry_BadRole(role);
        _roles[role] = p;
        emit RoleSet(role, p);
    }

    function _setSlasher(bytes32 role, address slasher, bool allowed) private {
        if (_roles[role].unbonding == 0) revert StakeRegistry_UnknownRole(role);
        // Without it nobody could end what it has open: members would be held back for good, and the bridge not be refilled.
        uint256 locks = locksOf[role][slasher];
        if (!allowed && locks != 0) revert StakeRegistry_HasLocks(slasher, locks);
        isSlasher[role][slasher] = allowed;
        emit SlasherSet(role, slasher, allowed);
    }

    function _setToken(address token, bool listed) private {
        bool known = false;
        for (uint256 i = 0; i < _tokens.length; i++) if (_tokens[i] == token) known = true;
        if (!known) {
            if (token == address(0) || !listed || _tokens.length >= MAX_TOKENS)
                revert StakeRegistry_TooManyTokens(token, _tokens.length);
            _tokens.push(token);
        }
        isListed[token] = listed;
        emit TokenSet(token, listed);
    }

    function _pay(address to, uint256 amount) private {
        (bool paid, ) = to.call{value: amount}("");
        if (!paid) revert StakeRegistry_TransferFailed(to);
    }

    function _nextEpoch() private view returns (uint48) {
        return uint48(currentEpoch()) + 1;
    }

    /// @dev An epoch as checkpoints have it.
    function _at(uint64 epoch) private pure returns (uint48) {
        return epoch < type(uint48).max ? uint48(epoch) : type(uint48).max;
    }

    /// @dev Greatest weight of a key at an epoch.
    function _mostAt(bytes32 role, uint64 epoch) private view returns (uint256) {
        return _capped(role, _totals[role].upperLookupRecent(_at(epoch)));
    }

    function _capped(bytes32 role, uint256 total) private view returns (uint256) {
        return (total * _roles[role].cap) / MILLION;
    }

    /// @dev Least stake that a place is given for.
    function _needed(bytes32 role) private view returns (uint256) {
        Place[] storage places = _places[role];
        RoleParameters storage p = _roles[role];
        if (places.length < p.maxActive) return p.minStake;
        uint256 least = places[_least(places)].stake;
        uint256 lead = least + Math.ceilDiv(least, LEAD_DIVISOR);
        return lead > p.minStake ? lead : p.minStake;
    }

    function _least(Place[] storage places) private view returns (uint256 index) {
        for (uint256 i = 1; i < places.length; i++) if (places[i].stake < places[index].stake) index = i;
    }

    function _memberOf(bytes32 role, address account) private view returns (Member storage member) {
        member = _members[role][account];
        if (member.key == address(0)) revert StakeRegistry_NotAMember(role, account);
    }

    function _stayingOf(bytes32 role, address account) private view returns (Member storage member) {
        member = _memberOf(role, account);
        if (member.leavingAt != 0) revert StakeRegistry_IsLeaving(role, account);
    }

    function _requirePayable(Member storage member) private view {
        if (member.leavingAt == 0 || block.timestamp < member.leavingAt || member.locks != 0)
            revert StakeRegistry_NotYet(member.leavingAt, member.locks);
    }

    function _partOf(uint256 amount, uint256 part) private pure returns (uint256) {
        return Math.ceilDiv(amount * part, MILLION);
    }

    function _signed(address key, bytes32 digest, bytes calldata signature) private pure returns (bool) {
        (address signer, ECDSA.RecoverError failure, ) = ECDSA.tryRecoverCalldata(digest, signature);
        return failure == ECDSA.RecoverError.NoError && signer == key;
    }
}
