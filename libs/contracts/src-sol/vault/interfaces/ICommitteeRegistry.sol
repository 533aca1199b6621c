// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ISystemConfig} from "../../l1/interfaces/ISystemConfig.sol";
import {Receipt} from "../VaultMessages.sol";

/// @title ICommitteeRegistry
/// @notice Who stores and who holds keys, with what at stake, and who sits in which committee. Stake is held by role, so that further
/// roles can be added; each role has its own slashers. On L1. docs/spec/contracts.md, "Committees".
interface ICommitteeRegistry {
    /// @notice A role at the installation.
    /// @param role Its id.
    /// @param minStake Least stake of a member that is given a seat, wei.
    /// @param unbonding Time between asking to leave and being paid, seconds.
    /// @param slashers Contracts that may take stake of this role.
    struct RoleSetup {
        bytes32 role;
        uint128 minStake;
        uint64 unbonding;
        address[] slashers;
    }

    /// @notice What a role asks.
    /// @param minStake Least stake of a member that is given a seat, wei.
    /// @param unbonding Time between asking to leave and being paid, seconds; zero where there is no such role.
    struct RoleParameters {
        uint128 minStake;
        uint64 unbonding;
    }

    /// @notice A member of a role.
    /// @param key The account that its node signs with.
    /// @param leavingAt When it is paid, seconds; zero unless it asked to leave.
    /// @param locks Open cases against it: nothing is paid meanwhile.
    /// @param stake Wei.
    /// @param shareKey X25519 key that shares are sealed to; zero where the role needs none.
    /// @param endpoint URL of its node.
    struct Member {
        address key;
        uint64 leavingAt;
        uint32 locks;
        uint256 stake;
        bytes32 shareKey;
        string endpoint;
    }

    /// @notice A committee of one role that is to be formed.
    /// @param role The role.
    /// @param threshold How many must act together.
    /// @param members Accounts of the members, in their order.
    struct Committee {
        bytes32 role;
        uint8 threshold;
        address[] members;
    }

    /// @notice A seat of a committee, as it was given.
    /// @param member Account of the member.
    /// @param key The account that its node signs with in this epoch.
    /// @param shareKey X25519 key that shares of this epoch are sealed to.
    struct Seat {
        address member;
        address key;
        bytes32 shareKey;
    }

    /// @notice There is a role, or it asks something else.
    /// @param role The role.
    /// @param minStake Least stake of a member that is given a seat, wei.
    /// @param unbonding Time between asking to leave and being paid, seconds.
    event RoleSet(bytes32 indexed role, uint128 minStake, uint64 unbonding);

    /// @notice A contract may take stake of a role, or no longer.
    /// @param role The role.
    /// @param slasher The contract.
    /// @param allowed Whether it may.
    event SlasherSet(bytes32 indexed role, address indexed slasher, bool allowed);

    /// @notice Somebody joined a role, or has other keys from the next epoch on.
    /// @param role The role.
    /// @param member The member.
    /// @param key The account that its node signs with.
    /// @param shareKey X25519 key that shares are sealed to.
    /// @param endpoint URL of its node.
    event MemberSet(
        bytes32 indexed role,
        address indexed member,
        address indexed key,
        bytes32 shareKey,
        string endpoint
    );

    /// @notice A member staked.
    /// @param role The role.
    /// @param member The member.
    /// @param amount Wei.
    event Staked(bytes32 indexed role, address indexed member, uint256 amount);

    /// @notice A member asked to leave.
    /// @param role The role.
    /// @param member The member.
    /// @param leavingAt When it is paid, seconds.
    event Leaving(bytes32 indexed role, address indexed member, uint64 leavingAt);

    /// @notice A member was paid its stake.
    /// @param role The role.
    /// @param member The member.
    /// @param to Who was paid.
    /// @param amount Wei.
    event Withdrawn(bytes32 indexed role, address indexed member, address to, uint256 amount);

    /// @notice A member lost stake.
    /// @param role The role.
    /// @param member The member.
    /// @param amount Wei that it lost.
    /// @param finder Who is credited a part.
    /// @param reward That part, wei; the rest is burned.
    /// @param reason What for.
    event Slashed(
        bytes32 indexed role,
        address indexed member,
        uint256 amount,
        address finder,
        uint256 reward,
        bytes32 reason
    );

    /// @notice A credit was paid.
    /// @param account Who had it.
    /// @param amount Wei.
    event CreditClaimed(address indexed account, uint256 amount);

    /// @notice A committee epoch was formed, for good.
    /// @param epoch Its number, counted from 1.
    /// @param activation From when it is in force, seconds.
    event EpochFormed(uint64 indexed epoch, uint64 activation);

    /// @notice The caller may not do this.
    /// @param caller Who called.
    error CommitteeRegistry_Unauthorized(address caller);

    /// @notice There is no such role.
    /// @param role The id.
    error CommitteeRegistry_UnknownRole(bytes32 role);

    /// @notice A role cannot ask this.
    /// @param role The role.
    error CommitteeRegistry_BadRole(bytes32 role);

    /// @notice The key is another member's, zero, or did not sign that it is the member's.
    /// @param key The key.
    error CommitteeRegistry_BadKey(address key);

    /// @notice The URL is empty or too long.
    /// @param length Its length, bytes.
    error CommitteeRegistry_BadEndpoint(uint256 length);

    /// @notice The account is no member of the role.
    /// @param role The role.
    /// @param member The account.
    error CommitteeRegistry_NotAMember(bytes32 role, address member);

    /// @notice The member asked to leave.
    /// @param role The role.
    /// @param member The member.
    error CommitteeRegistry_IsLeaving(bytes32 role, address member);

    /// @notice The member is not paid yet.
    /// @param leavingAt When it is, seconds; zero where it has not asked to leave.
    /// @param locks Open cases against it.
    error CommitteeRegistry_NotYet(uint64 leavingAt, uint32 locks);

    /// @notice The member has too little at stake for a seat.
    /// @param member The member.
    /// @param stake What it has, wei.
    /// @param minStake What it needs, wei.
    error CommitteeRegistry_StakeTooSmall(address member, uint256 stake, uint256 minStake);

    /// @notice A committee has members, and a threshold from 1 to their number.
    /// @param role The role.
    /// @param threshold What it was.
    /// @param members Their number.
    error CommitteeRegistry_BadThreshold(bytes32 role, uint8 threshold, uint256 members);

    /// @notice An epoch names a role, or a role a member or key, twice.
    /// @param role The role.
    /// @param key The key; zero where the role comes twice.
    error CommitteeRegistry_Duplicate(bytes32 role, address key);

    /// @notice Epochs come one after another, with notice.
    /// @param activation What was asked for, seconds.
    /// @param earliest What is possible, seconds.
    error CommitteeRegistry_TooEarly(uint64 activation, uint64 earliest);

    /// @notice The receipts are not two of one node with one project and sequence.
    error CommitteeRegistry_NoEquivocation();

    /// @notice There is nothing to take or to pay.
    error CommitteeRegistry_Nothing();

    /// @notice A payment failed.
    /// @param to Who was to be paid.
    error CommitteeRegistry_TransferFailed(address to);

    /// @notice Adds a role, or changes what it asks. The owner only. Who is leaving is paid as was said then.
    /// @param role The role.
    /// @param minStake Least stake of a member that is given a seat, wei; not zero.
    /// @param unbonding Time between asking to leave and being paid, seconds; MIN_UNBONDING to MAX_UNBONDING.
    function setRole(bytes32 role, uint128 minStake, uint64 unbonding) external;

    /// @notice Lets a contract take stake of a role, or no longer. The owner only.
    /// @param role The role.
    /// @param slasher The contract.
    /// @param allowed Whether it may.
    function setSlasher(bytes32 role, address slasher, bool allowed) external;

    /// @notice Joins a role, or sets other keys and another URL; what is sent along is staked. Keys of epochs that were formed stay.
    /// @param role The role.
    /// @param key The account that the node signs with; never another member's.
    /// @param shareKey X25519 key that shares are sealed to; zero where the role needs none.
    /// @param endpoint URL of the node.
    /// @param proof The key's signature of `keyDigest(member)`; empty where the key is the caller's account, or the member's already.
    function join(
        bytes32 role,
        address key,
        bytes32 shareKey,
        string calldata endpoint,
        bytes calldata proof
    ) external payable;

    /// @notice Adds to the stake of the caller.
    /// @param role The role.
    function stake(bytes32 role) external payable;

    /// @notice Asks to leave: no seats any more, its signatures of certificates do not count, and after the role's unbonding it is paid.
    /// @param role The role.
    function leave(bytes32 role) external;

    /// @notice Pays a member that asked to leave. The member only.
    /// @param role The role.
    /// @param to Who is paid.
    function withdraw(bytes32 role, address to) external;

    /// @notice Forms the next epoch, for good. The operator of the chain, or its owner.
    /// @param activation From when it is in force, seconds; `notice` ahead at least, not before the epoch before it.
    /// @param committees The committees, one for each role.
    /// @return epoch Its number.
    function formEpoch(uint64 activation, Committee[] calldata committees) external returns (uint64 epoch);

    /// @notice Takes stake of a member. Slashers of the role only.
    /// @param role The role.
    /// @param member The member.
    /// @param amount Wei; what it has where that is less.
    /// @param finder Who is credited a tenth, 5 ether at most; the rest is burned. Zero: all is.
    /// @param reason What for.
    /// @return taken Wei that it lost.
    function slash(
        bytes32 role,
        address member,
        uint256 amount,
        address finder,
        bytes32 reason
    ) external returns (uint256 taken);

    /// @notice Opens a case against a member: it is not paid while one is open. Slashers of the role only.
    /// @param role The role.
    /// @param member The member.
    function lock(bytes32 role, address member) external;

    /// @notice Closes a case. Slashers of the role only.
    /// @param role The role.
    /// @param member The member.
    function unlock(bytes32 role, address member) external;

    /// @notice Two receipts of a key node with one project and sequence cost it all that it has at stake for keys. Anybody.
    /// @param a A receipt.
    /// @param signatureA The node's signature of it.
    /// @param b Another one.
    /// @param signatureB The node's signature of that.
    function slashEquivocation(
        Receipt calldata a,
        bytes calldata signatureA,
        Receipt calldata b,
        bytes calldata signatureB
    ) external;

    /// @notice Pays the caller's credit.
    /// @param to Who is paid.
    function claimCredit(address to) external;

    /// @notice What a role asks.
    /// @param role The role.
    /// @return The parameters.
    function parametersOf(bytes32 role) external view returns (RoleParameters memory);

    /// @notice A member of a role.
    /// @param role The role.
    /// @param member Its account.
    /// @return The member; its key is zero where it is none.
    function memberOf(bytes32 role, address member) external view returns (Member memory);

    /// @notice Whose a key is, for good.
    /// @param key An account that a node signs with.
    /// @return The member; zero for nobody.
    function ownerOfKey(address key) external view returns (address);

    /// @notice Whether a contract may take stake of a role.
    /// @param role The role.
    /// @param slasher The contract.
    /// @return Whether it may.
    function isSlasher(bytes32 role, address slasher) external view returns (bool);

    /// @notice What was credited to an account and not paid.
    /// @param account The account.
    /// @return Wei.
    function credit(address account) external view returns (uint256);

    /// @notice Number of epochs that were formed.
    /// @return The newest one; zero for none.
    function epochCount() external view returns (uint64);

    /// @notice The epoch that is in force.
    /// @return Its number; zero for none.
    function currentEpoch() external view returns (uint64);

    /// @notice When an epoch is in force.
    /// @param epoch Its number.
    /// @return from When it begins, seconds; zero where there is no such epoch.
    /// @return until When the next one begins, seconds; the greatest number where none is formed.
    function epochTimes(uint64 epoch) external view returns (uint64 from, uint64 until);

    /// @notice The seats of a role in an epoch, for ever.
    /// @param epoch The epoch.
    /// @param role The role.
    /// @return threshold How many must act together; zero where the epoch has no such committee.
    /// @return seats The seats in their order.
    function membersAt(uint64 epoch, bytes32 role) external view returns (uint8 threshold, Seat[] memory seats);

    /// @notice How many of a committee must act together.
    /// @param epoch The epoch.
    /// @param role The role.
    /// @return The threshold; zero where the epoch has no such committee.
    function thresholdAt(uint64 epoch, bytes32 role) external view returns (uint8);

    /// @notice The place of a key in a committee.
    /// @param epoch The epoch.
    /// @param role The role.
    /// @param key An account that a node signs with.
    /// @return place Counted from 1; zero where it has no seat.
    function seatOf(uint64 epoch, bytes32 role, address key) external view returns (uint256 place);

    /// @notice Whether a key has a seat and its member stands for what it signs: it has not asked to leave and still has the least stake.
    /// @param epoch The epoch.
    /// @param role The role.
    /// @param key An account that a node signs with.
    /// @return Whether its signature counts.
    function isStanding(uint64 epoch, bytes32 role, address key) external view returns (bool);

    /// @notice What a key signs to become a member's: an EIP-191 message over this contract, its chain and the member.
    /// @param member The member.
    /// @return The hash that is signed.
    function keyDigest(address member) external view returns (bytes32);

    /// @notice Whose owner sets roles and slashers, and whose operator forms epochs.
    /// @return The configuration of the chain.
    function systemConfig() external view returns (ISystemConfig);

    /// @notice Least time between forming an epoch and its being in force.
    /// @return Seconds.
    function notice() external view returns (uint64);

    /// @notice Where receipts are signed: the EIP-712 domain of the access registry on L2.
    /// @return The domain separator.
    function storeDomain() external view returns (bytes32);
}
