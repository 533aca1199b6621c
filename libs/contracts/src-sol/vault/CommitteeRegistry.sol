// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Initializable} from "@openzeppelin/contracts-upgradeable/proxy/utils/Initializable.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {ISystemConfig} from "../l1/interfaces/ISystemConfig.sol";
import {ISemver} from "../shared/ISemver.sol";
import {Roles} from "./Roles.sol";
import {Receipt, VaultMessages} from "./VaultMessages.sol";
import {ICommitteeRegistry} from "./interfaces/ICommitteeRegistry.sol";

/// @title CommitteeRegistry
/// @notice See ICommitteeRegistry. Behind a proxy. What comes in is stake or credit until it is paid or burned, to the wei.
contract CommitteeRegistry is Initializable, ICommitteeRegistry, ISemver {
    /// @notice An epoch's committee of one role.
    /// @param threshold How many must act together.
    /// @param seats The seats in their order.
    /// @param places Place of each key, counted from 1.
    struct Formed {
        uint8 threshold;
        Seat[] seats;
        mapping(address key => uint256) places;
    }

    /// @notice Seats of a committee at most: their places are a byte in shares.
    uint256 public constant MAX_SEATS = 64;
    /// @notice Committees of an epoch at most.
    uint256 public constant MAX_COMMITTEES = 8;
    /// @notice Bytes of a URL at most.
    uint256 public constant MAX_ENDPOINT = 256;
    /// @notice Least `unbonding` of a role, seconds.
    uint64 public constant MIN_UNBONDING = 1;
    /// @notice Greatest `unbonding` of a role, seconds. Beyond a year stake would be as good as lost.
    uint64 public constant MAX_UNBONDING = 365 days;
    /// @notice Greatest `notice`, seconds.
    uint64 public constant MAX_NOTICE = 30 days;
    /// @notice Part of a slashed stake that its finder is credited: one in so many. Who slashes itself through a friend loses nine tenths.
    uint256 public constant REWARD_DIVISOR = 10;
    /// @notice Greatest reward of a finder, wei.
    uint256 public constant MAX_REWARD = 5 ether;
    /// @notice Where what is burned goes.
    address public constant BURN = 0x000000000000000000000000000000000000dEaD;

    /// @inheritdoc ISemver
    string public constant version = "1.0.0";

    /// @inheritdoc ICommitteeRegistry
    ISystemConfig public systemConfig;

    /// @inheritdoc ICommitteeRegistry
    uint64 public notice;

    /// @inheritdoc ICommitteeRegistry
    bytes32 public storeDomain;

    /// @inheritdoc ICommitteeRegistry
    mapping(address key => address) public ownerOfKey;

    /// @inheritdoc ICommitteeRegistry
    mapping(bytes32 role => mapping(address slasher => bool)) public isSlasher;

    /// @inheritdoc ICommitteeRegistry
    mapping(address account => uint256) public credit;

    mapping(bytes32 role => RoleParameters) private _roles;
    mapping(bytes32 role => mapping(address member => Member)) private _members;
    mapping(uint64 epoch => mapping(bytes32 role => Formed)) private _committees;

    /// @dev When each epoch is in force from; epoch n at n - 1.
    uint64[] private _activations;

    /// @dev Refuses everybody but the owner of the chain.
    modifier onlyOwner() {
        if (msg.sender != systemConfig.owner()) revert CommitteeRegistry_Unauthorized(msg.sender);
        _;
    }

    /// @dev Refuses everybody but the slashers of a role.
    modifier onlySlasher(bytes32 role) {
        if (!isSlasher[role][msg.sender]) revert CommitteeRegistry_Unauthorized(msg.sender);
        _;
    }

    /// @dev The implementation itself stays without a configuration; only proxies are initialised.
    constructor() {
        _disableInitializers();
    }

    /// @notice Sets everything once. Only through the proxy, in the transaction that installs it.
    /// @param systemConfig_ Whose owner sets roles and slashers, and whose operator forms epochs.
    /// @param l2ChainId Chain id of the L2 that has the access registry.
    /// @param accessRegistry The access registry there.
    /// @param notice_ Least time between forming an epoch and its being in force, seconds; MAX_NOTICE at most.
    /// @param roles The roles that the chain begins with.
    function initialize(
        ISystemConfig systemConfig_,
        uint256 l2ChainId,
        address accessRegistry,
        uint64 notice_,
        RoleSetup[] calldata roles
    ) external initializer {
        if (notice_ > MAX_NOTICE) revert CommitteeRegistry_TooEarly(notice_, MAX_NOTICE);
        systemConfig = systemConfig_;
        notice = notice_;
        storeDomain = VaultMessages.domainSeparator(l2ChainId, accessRegistry);
        for (uint256 i = 0; i < roles.length; i++) {
            _setRole(roles[i].role, roles[i].minStake, roles[i].unbonding);
            for (uint256 j = 0; j < roles[i].slashers.length; j++)
                _setSlasher(roles[i].role, roles[i].slashers[j], true);
        }
    }

    /// @inheritdoc ICommitteeRegistry
    function setRole(bytes32 role, uint128 minStake, uint64 unbonding) external onlyOwner {
        _setRole(role, minStake, unbonding);
    }

    /// @inheritdoc ICommitteeRegistry
    function setSlasher(bytes32 role, address slasher, bool allowed) external onlyOwner {
        _setSlasher(role, slasher, allowed);
    }

    /// @inheritdoc ICommitteeRegistry
    function join(
        bytes32 role,
        address key,
        bytes32 shareKey,
        string calldata endpoint,
        bytes calldata proof
    ) external payable {
        if (_roles[role].unbonding == 0) revert CommitteeRegistry_UnknownRole(role);
        uint256 length = bytes(endpoint).length;
        if (length == 0 || length > MAX_ENDPOINT) revert CommitteeRegistry_BadEndpoint(length);
        Member storage member = _members[role][msg.sender];
        if (member.leavingAt != 0) revert CommitteeRegistry_IsLeaving(role, msg.sender);
        if (ownerOfKey[key] != msg.sender) {
            if (key == address(0) || ownerOfKey[key] != address(0)) revert CommitteeRegistry_BadKey(key);
            if (key != msg.sender && !_signed(key, keyDigest(msg.sender), proof)) revert CommitteeRegistry_BadKey(key);
            ownerOfKey[key] = msg.sender;
        }
        (member.key, member.shareKey, member.endpoint) = (key, shareKey, endpoint);
        emit MemberSet(role, msg.sender, key, shareKey, endpoint);
        if (msg.value != 0) _stake(role, member);
    }

    /// @inheritdoc ICommitteeRegistry
    function stake(bytes32 role) external payable {
        Member storage member = _memberOf(role, msg.sender);
        if (member.leavingAt != 0) revert CommitteeRegistry_IsLeaving(role, msg.sender);
        _stake(role, member);
    }

    /// @inheritdoc ICommitteeRegistry
    function leave(bytes32 role) external {
        Member storage member = _memberOf(role, msg.sender);
        if (member.leavingAt != 0) revert CommitteeRegistry_IsLeaving(role, msg.sender);
        member.leavingAt = uint64(block.timestamp) + _roles[role].unbonding;
        emit Leaving(role, msg.sender, member.leavingAt);
    }

    /// @inheritdoc ICommitteeRegistry
    function withdraw(bytes32 role, address to) external {
        Member storage member = _memberOf(role, msg.sender);
        if (member.leavingAt == 0 || block.timestamp < member.leavingAt || member.locks != 0)
            revert CommitteeRegistry_NotYet(member.leavingAt, member.locks);
        uint256 amount = member.stake;
        // The key stays its member's: nobody else may sign for what it did.
        delete _members[role][msg.sender];
        emit Withdrawn(role, msg.sender, to, amount);
        _pay(to, amount);
    }

    /// @inheritdoc ICommitteeRegistry
    function formEpoch(uint64 activation, Committee[] calldata committees) external returns (uint64 epoch) {
        if (msg.sender != systemConfig.operator() && msg.sender != systemConfig.owner())
            revert CommitteeRegistry_Unauthorized(msg.sender);
        uint64 earliest = uint64(block.timestamp) + notice;
        uint256 count = _activations.length;
        if (count != 0 && _activations[count - 1] > earliest) earliest = _activations[count - 1];
        if (activation < earliest) revert CommitteeRegistry_TooEarly(activation, earliest);
        if (committees.length == 0 || committees.length > MAX_COMMITTEES)
            revert CommitteeRegistry_BadThreshold(0, 0, committees.length);
        _activations.push(activation);
        epoch = uint64(count + 1);
        for (uint256 i = 0; i < committees.length; i++) _form(epoch, committees[i]);
        emit EpochFormed(epoch, activation);
    }

    /// @inheritdoc ICommitteeRegistry
    function slash(
        bytes32 role,
        address member,
        uint256 amount,
        address finder,
        bytes32 reason
    ) external onlySlasher(role) returns (uint256 taken) {
        return _slash(role, member, amount, finder, reason);
    }

    /// @inheritdoc ICommitteeRegistry
    function lock(bytes32 role, address member) external onlySlasher(role) {
        _memberOf(role, member).locks++;
    }

    /// @inheritdoc ICommitteeRegistry
    function unlock(bytes32 role, address member) external onlySlasher(role) {
        _memberOf(role, member).locks--;
    }

    /// @inheritdoc ICommitteeRegistry
    function slashEquivocation(
        Receipt calldata a,
        bytes calldata signatureA,
        Receipt calldata b,
        bytes calldata signatureB
    ) external {
        (bytes32 hashA, bytes32 hashB) = (VaultMessages.hash(a), VaultMessages.hash(b));
        if (
            a.node != b.node ||
            a.project != b.project ||
            a.sequence != b.sequence ||
            hashA == hashB ||
            !_signed(a.node, VaultMessages.digest(storeDomain, hashA), signatureA) ||
            !_signed(b.node, VaultMessages.digest(storeDomain, hashB), signatureB)
        ) revert CommitteeRegistry_NoEquivocation();
        address member = ownerOfKey[a.node];
        if (_slash(Roles.KEYS, member, type(uint256).max, msg.sender, "equivocation") == 0)
            revert CommitteeRegistry_Nothing();
    }

    /// @inheritdoc ICommitteeRegistry
    function claimCredit(address to) external {
        uint256 amount = credit[msg.sender];
        if (amount == 0) revert CommitteeRegistry_Nothing();
        credit[msg.sender] = 0;
        emit CreditClaimed(msg.sender, amount);
        _pay(to, amount);
    }

    /// @inheritdoc ICommitteeRegistry
    function parametersOf(bytes32 role) external view returns (RoleParameters memory) {
        return _roles[role];
    }

    /// @inheritdoc ICommitteeRegistry
    function memberOf(bytes32 role, address member) external view returns (Member memory) {
        return _members[role][member];
    }

    /// @inheritdoc ICommitteeRegistry
    function epochCount() external view returns (uint64) {
        return uint64(_activations.length);
    }

    /// @inheritdoc ICommitteeRegistry
    function currentEpoch() external view returns (uint64) {
        // The newest few are formed ahead at most.
        uint256 epoch = _activations.length;
        while (epoch != 0 && _activations[epoch - 1] > block.timestamp) epoch--;
        return uint64(epoch);
    }

    /// @inheritdoc ICommitteeRegistry
    function epochTimes(uint64 epoch) external view returns (uint64 from, uint64 until) {
        if (epoch == 0 || epoch > _activations.length) return (0, 0);
        from = _activations[epoch - 1];
        until = epoch == _activations.length ? type(uint64).max : _activations[epoch];
    }

    /// @inheritdoc ICommitteeRegistry
    function membersAt(uint64 epoch, bytes32 role) external view returns (uint8 threshold, Seat[] memory seats) {
        Formed storage formed = _committees[epoch][role];
        return (formed.threshold, formed.seats);
    }

    /// @inheritdoc ICommitteeRegistry
    function thresholdAt(uint64 epoch, bytes32 role) external view returns (uint8) {
        return _committees[epoch][role].threshold;
    }

    /// @inheritdoc ICommitteeRegistry
    function seatOf(uint64 epoch, bytes32 role, address key) external view returns (uint256 place) {
        return _committees[epoch][role].places[key];
    }

    /// @inheritdoc ICommitteeRegistry
    function isStanding(uint64 epoch, bytes32 role, address key) external view returns (bool) {
        if (_committees[epoch][role].places[key] == 0) return false;
        Member storage member = _members[role][ownerOfKey[key]];
        return member.key != address(0) && member.leavingAt == 0 && member.stake >= _roles[role].minStake;
    }

    /// @inheritdoc ICommitteeRegistry
    function keyDigest(address member) public view returns (bytes32) {
        return
            MessageHashUtils.toEthSignedMessageHash(
                keccak256(abi.encode("animechain committee key", block.chainid, address(this), member))
            );
    }

    function _form(uint64 epoch, Committee calldata committee) private {
        bytes32 role = committee.role;
        uint256 count = committee.members.length;
        uint256 minStake = _roles[role].minStake;
        if (minStake == 0) revert CommitteeRegistry_UnknownRole(role);
        if (committee.threshold == 0 || committee.threshold > count || count > MAX_SEATS)
            revert CommitteeRegistry_BadThreshold(role, committee.threshold, count);
        Formed storage formed = _committees[epoch][role];
        if (formed.threshold != 0) revert CommitteeRegistry_Duplicate(role, address(0));
        formed.threshold = committee.threshold;
        for (uint256 i = 0; i < count; i++) {
            address account = committee.members[i];
            Member storage member = _memberOf(role, account);
            if (member.leavingAt != 0) revert CommitteeRegistry_IsLeaving(role, account);
            if (member.stake < minStake) revert CommitteeRegistry_StakeTooSmall(account, member.stake, minStake);
            if (formed.places[member.key] != 0) revert CommitteeRegistry_Duplicate(role, member.key);
            formed.places[member.key] = i + 1;
            formed.seats.push(Seat(account, member.key, member.shareKey));
        }
    }

    function _stake(bytes32 role, Member storage member) private {
        if (msg.value == 0) revert CommitteeRegistry_Nothing();
        member.stake += msg.value;
        emit Staked(role, msg.sender, msg.value);
    }

    function _slash(
        bytes32 role,
        address account,
        uint256 amount,
        address finder,
        bytes32 reason
    ) private returns (uint256 taken) {
        Member storage member = _memberOf(role, account);
        taken = amount < member.stake ? amount : member.stake;
        if (taken == 0) return 0;
        member.stake -= taken;
        uint256 reward;
        if (finder != address(0)) {
            reward = taken / REWARD_DIVISOR;
            if (reward > MAX_REWARD) reward = MAX_REWARD;
            credit[finder] += reward;
        }
        emit Slashed(role, account, taken, finder, reward, reason);
        _pay(BURN, taken - reward);
    }

    function _setRole(bytes32 role, uint128 minStake, uint64 unbonding) private {
        if (role == 0 || minStake == 0 || unbonding < MIN_UNBONDING || unbonding > MAX_UNBONDING)
            revert CommitteeRegistry_BadRole(role);
        _roles[role] = RoleParameters(minStake, unbonding);
        emit RoleSet(role, minStake, unbonding);
    }

    function _setSlasher(bytes32 role, address slasher, bool allowed) private {
        if (_roles[role].unbonding == 0) revert CommitteeRegistry_UnknownRole(role);
        isSlasher[role][slasher] = allowed;
        emit SlasherSet(role, slasher, allowed);
    }

    function _pay(address to, uint256 amount) private {
        (bool paid, ) = to.call{value: amount}("");
        if (!paid) revert CommitteeRegistry_TransferFailed(to);
    }

    function _memberOf(bytes32 role, address account) private view returns (Member storage member) {
        member = _members[role][account];
        if (member.key == address(0)) revert CommitteeRegistry_NotAMember(role, account);
    }

    function _signed(address key, bytes32 digest, bytes calldata signature) private pure returns (bool) {
        (address signer, ECDSA.RecoverError failure, ) = ECDSA.tryRecoverCalldata(digest, signature);
        return failure == ECDSA.RecoverError.NoError && signer == key;
    }
}
