// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ISystemConfig} from "../../l1/interfaces/ISystemConfig.sol";

/// @title IStakeRegistry
/// @notice Who vouches for what with which stake, by role. ETH is weight and cover; a token that the owner of the chain listed is cover in
/// that token only. Weights are read by epoch, never from the present. On L1. docs/spec/network.md, section 1.
///
/// What a slasher takes is kept for it until it collects it, so that no receiver and no token can hold up a case. The asset zero is ETH.
interface IStakeRegistry {
    /// @notice What a role asks.
    /// @param minStake Least stake of an active member, wei.
    /// @param unbonding Time between asking to leave and being paid, seconds; zero where there is no such role.
    /// @param maxActive Places of active members.
    /// @param cap Greatest weight of a member, parts per million of all active stake; 1,000,000 for none. For good.
    struct RoleParameters {
        uint96 minStake;
        uint40 unbonding;
        uint8 maxActive;
        uint32 cap;
    }

    /// @notice A role at the installation.
    /// @param role Its id.
    /// @param parameters What it asks.
    /// @param slashers Contracts that may take stake of this role.
    struct RoleSetup {
        bytes32 role;
        RoleParameters parameters;
        address[] slashers;
    }

    /// @notice A member of a role.
    /// @param key The account that it attests with.
    /// @param since First epoch that it can be active in.
    /// @param leavingAt When it can be paid, seconds; zero unless it asked to leave.
    /// @param place Its place among the active, counted from 1; zero if it has none.
    /// @param stake Wei.
    /// @param locks Open certificates that it signed: nothing is paid meanwhile.
    /// @param endpoint URL of its node.
    struct Member {
        address key;
        uint40 since;
        uint40 leavingAt;
        uint8 place;
        uint96 stake;
        uint64 locks;
        string endpoint;
    }

    /// @notice Who attested, as far as a certificate is concerned.
    /// @param owners The members, in the order of the keys.
    /// @param stakes Their ETH stake now, wei.
    /// @param weight Sum of their weights at the epoch.
    /// @param total Weight of all that were active at the epoch.
    struct Signers {
        address[] owners;
        uint256[] stakes;
        uint256 weight;
        uint256 total;
    }

    /// @notice A role was set.
    /// @param role Its id.
    /// @param parameters What it asks.
    event RoleSet(bytes32 indexed role, RoleParameters parameters);

    /// @notice A contract may take stake of a role, or no longer may.
    /// @param role The role.
    /// @param slasher The contract.
    /// @param allowed Whether it may.
    event SlasherSet(bytes32 indexed role, address indexed slasher, bool allowed);

    /// @notice A token is taken as stake, or no longer is. What is there stays stake.
    /// @param token The token.
    /// @param listed Whether it is taken.
    event TokenSet(address indexed token, bool listed);

    /// @notice Somebody joined, or named another key or endpoint.
    /// @param role The role.
    /// @param member Its owner account.
    /// @param key The account that it attests with, from the next epoch on.
    /// @param since First epoch that it can be active in.
    /// @param endpoint URL of its node.
    event MemberSet(bytes32 indexed role, address indexed member, address indexed key, uint64 since, string endpoint);

    /// @notice Stake came in.
    /// @param role The role.
    /// @param member The member.
    /// @param asset The token; zero for ETH.
    /// @param amount In the smallest unit.
    event Staked(bytes32 indexed role, address indexed member, address indexed asset, uint256 amount);

    /// @notice A member has a place among the active from the next epoch on, or none.
    /// @param role The role.
    /// @param member The member.
    /// @param active Whether it has.
    event Seated(bytes32 indexed role, address indexed member, bool active);

    /// @notice A member asked to leave.
    /// @param role The role.
    /// @param member The member.
    /// @param leavingAt When it can be paid, seconds.
    event Leaving(bytes32 indexed role, address indexed member, uint64 leavingAt);

    /// @notice A member was paid.
    /// @param role The role.
    /// @param member The member.
    /// @param asset The token; zero for ETH, with which the membership ends.
    /// @param to Whom it was paid to.
    /// @param amount In the smallest unit.
    event Withdrawn(bytes32 indexed role, address indexed member, address indexed asset, address to, uint256 amount);

    /// @notice Stake was taken.
    /// @param role The role.
    /// @param member Whose it was.
    /// @param slasher Who took it.
    /// @param asset The token; zero for ETH.
    /// @param amount In the smallest unit.
    event Slashed(bytes32 indexed role, address indexed member, address indexed slasher, address asset, uint256 amount);

    /// @notice A slasher collected what it took.
    /// @param slasher The contract.
    /// @param asset The token; zero for ETH.
    /// @param amount In the smallest unit.
    event Collected(address indexed slasher, address indexed asset, uint256 amount);

    /// @notice The caller may not do this.
    /// @param caller The account that called.
    error StakeRegistry_Unauthorized(address caller);

    /// @notice Epochs must have a length, and the first one must not be in the future.
    /// @param length Length, seconds.
    /// @param start When the first begins, seconds.
    error StakeRegistry_BadEpochs(uint64 length, uint64 start);

    /// @notice A slasher that holds members back stays one.
    /// @param slasher The contract.
    /// @param locks How many it holds back, each as often as it does.
    error StakeRegistry_HasLocks(address slasher, uint256 locks);

    /// @notice A role needs an id, a least stake, an unbonding of up to a year, 1 to 64 places and a cap of up to 1,000,000, which stays.
    /// @param role Its id.
    error StakeRegistry_BadRole(bytes32 role);

    /// @notice There is no such role.
    /// @param role Its id.
    error StakeRegistry_UnknownRole(bytes32 role);

    /// @notice Only so many tokens are ever listed, none of them zero.
    /// @param token The token.
    /// @param count Tokens that were listed before.
    error StakeRegistry_TooManyTokens(address token, uint256 count);

    /// @notice The token is not taken as stake.
    /// @param token The token.
    error StakeRegistry_NotListed(address token);

    /// @notice The key is zero, belongs to another member, or did not sign for the member.
    /// @param key The key.
    error StakeRegistry_BadKey(address key);

    /// @notice A URL has 1 to 256 bytes.
    /// @param length Bytes of what came.
    error StakeRegistry_BadEndpoint(uint256 length);

    /// @notice The account is no member of the role.
    /// @param role The role.
    /// @param member The account.
    error StakeRegistry_NotAMember(bytes32 role, address member);

    /// @notice The member asked to leave.
    /// @param role The role.
    /// @param member The member.
    error StakeRegistry_IsLeaving(bytes32 role, address member);

    /// @notice The member can not be paid yet.
    /// @param leavingAt When it can be, seconds; zero if it did not ask to leave.
    /// @param locks Open certificates that it signed.
    error StakeRegistry_NotYet(uint64 leavingAt, uint64 locks);

    /// @notice There is no place for the member: it has one, its stake is too small, or it is not a tenth more than the least.
    /// @param stake Its stake, wei.
    /// @param needed Least stake that would have a place, wei; zero if it has one.
    error StakeRegistry_NoPlace(uint256 stake, uint256 needed);

    /// @notice The key was not active at the epoch, or its member has gone since.
    /// @param key The key.
    /// @param epoch The epoch.
    error StakeRegistry_NotActive(address key, uint64 epoch);

    /// @notice There is nothing to stake or to pay.
    error StakeRegistry_Nothing();

    /// @notice More stake than can be counted.
    /// @param amount In the smallest unit.
    error StakeRegistry_TooMuch(uint256 amount);

    /// @notice The account did not take the ETH.
    /// @param to The account.
    error StakeRegistry_TransferFailed(address to);

    /// @notice Sets what a role asks. Owner of the chain only. Members that are active stay so until their stake changes.
    /// @param role Its id.
    /// @param parameters What it asks.
    function setRole(bytes32 role, RoleParameters calldata parameters) external;

    /// @notice Lets a contract take stake of a role, or no longer, which is refused while it holds members back. Owner of the chain only.
    /// @param role The role.
    /// @param slasher The contract.
    /// @param allowed Whether it may.
    function setSlasher(bytes32 role, address slasher, bool allowed) external;

    /// @notice Takes a token as stake, or no longer. Owner of the chain only. It must neither take fees on transfers nor change balances by itself.
    /// @param token The token.
    /// @param listed Whether it is taken.
    function setToken(address token, bool listed) external;

    /// @notice Makes the sender a member of a role, or changes its key and endpoint. Ether that is sent along is stake. Takes a place among the active
    /// if there is one.
    /// @param role The role.
    /// @param key The account that it attests with; one key for good belongs to one member.
    /// @param endpoint URL of its node.
    /// @param proof Signature of `keyDigest(msg.sender)` by the key, 65 bytes. Not read where the key is the sender or was the sender's before.
    function join(bytes32 role, address key, string calldata endpoint, bytes calldata proof) external payable;

    /// @notice Adds the ether that is sent along to the sender's stake. Takes a place among the active if there is one.
    /// @param role The role.
    function stake(bytes32 role) external payable;

    /// @notice Adds tokens to the sender's stake.
    /// @param role The role.
    /// @param token A listed token; the sender must have approved it.
    /// @param amount In the smallest unit; counted is what arrives.
    function stakeToken(bytes32 role, address token, uint256 amount) external;

    /// @notice Takes a place among the active for a member that has none: one that is free, or that of the least, whose stake is a tenth less.
    /// Anybody.
    /// @param role The role.
    /// @param member The member.
    function takePlace(bytes32 role, address member) external;

    /// @notice Starts the sender's unbonding. It has no weight from the next epoch on; all of its stake can be taken until it is paid.
    /// @param role The role.
    function leave(bytes32 role) external;

    /// @notice Pays the sender's ETH after its unbonding, with no certificate open that it signed. The membership ends; the key stays its.
    /// @param role The role.
    /// @param to Whom to pay.
    function withdraw(bytes32 role, address to) external;

    /// @notice Pays the sender's tokens under the same conditions, or after the membership ended.
    /// @param role The role.
    /// @param token The token.
    /// @param to Whom to pay.
    function withdrawToken(bytes32 role, address token, address to) external;

    /// @notice Takes ETH stake. Slashers of the role only.
    /// @param role The role.
    /// @param member Whose stake.
    /// @param amount Wei at most.
    /// @return taken What was taken, wei.
    function slash(bytes32 role, address member, uint256 amount) external returns (uint256 taken);

    /// @notice Takes token stake. Slashers of the role only.
    /// @param role The role.
    /// @param member Whose stake.
    /// @param token The token.
    /// @param amount In the smallest unit, at most.
    /// @return taken What was taken, in the smallest unit.
    function slashToken(bytes32 role, address member, address token, uint256 amount) external returns (uint256 taken);

    /// @notice Takes a part of all that members have at stake, ETH and tokens. Slashers of the role only.
    /// @param role The role.
    /// @param members Whose stake.
    /// @param part Parts per million, rounded up.
    /// @return eth ETH that was taken, wei.
    /// @return amounts Tokens that were taken, in the order of `tokens`, in the smallest unit.
    function slashAll(
        bytes32 role,
        address[] calldata members,
        uint256 part
    ) external returns (uint256 eth, uint256[] memory amounts);

    /// @notice Pays a slasher what it took.
    /// @param asset The token; zero for ETH.
    /// @return amount In the smallest unit; zero if there is nothing.
    function collect(address asset) external returns (uint256 amount);

    /// @notice Holds members back from being paid. Slashers of the role only.
    /// @param role The role.
    /// @param members The members.
    function lock(bytes32 role, address[] calldata members) external;

    /// @notice Undoes one `lock` of each. Slashers of the role only.
    /// @param role The role.
    /// @param members The members.
    function unlock(bytes32 role, address[] calldata members) external;

    /// @notice Looks up who attested with these keys. Fails unless all were active at the epoch, and are members since then.
    /// @param role The role.
    /// @param epoch The epoch.
    /// @param keys Their keys; the caller has seen to it that none is there twice.
    /// @return Members, stakes and weights.
    function signersAt(bytes32 role, uint64 epoch, address[] calldata keys) external view returns (Signers memory);

    /// @notice Stake of members now.
    /// @param role The role.
    /// @param members The members.
    /// @param asset The token; zero for ETH.
    /// @return Sum, in the smallest unit.
    function stakeOf(bytes32 role, address[] calldata members, address asset) external view returns (uint256);

    /// @notice Weight of a key at an epoch.
    /// @param role The role.
    /// @param key The key.
    /// @param epoch The epoch; one in the future can still change.
    /// @return Weight, wei; zero if it was not active.
    function weightAt(bytes32 role, address key, uint64 epoch) external view returns (uint256);

    /// @notice Weight of all that were active at an epoch.
    /// @param role The role.
    /// @param epoch The epoch; one in the future can still change.
    /// @return Weight, wei.
    function totalWeightAt(bytes32 role, uint64 epoch) external view returns (uint256);

    /// @notice Who has a place among the active from the next epoch on.
    /// @param role The role.
    /// @return members Their owner accounts, in no order.
    /// @return stakes Their stake, wei.
    function activeOf(bytes32 role) external view returns (address[] memory members, uint256[] memory stakes);

    /// @notice A member of a role.
    /// @param role The role.
    /// @param member The owner account.
    /// @return The member; nothing but zeros if it is none.
    function memberOf(bytes32 role, address member) external view returns (Member memory);

    /// @notice First epoch that a member answers for with its stake: of its last joining.
    /// @param role The role.
    /// @param member The owner account.
    /// @return The epoch; zero if it is no member.
    function sinceOf(bytes32 role, address member) external view returns (uint64);

    /// @notice Token stake of a member.
    /// @param role The role.
    /// @param member The owner account.
    /// @param token The token.
    /// @return In the smallest unit.
    function tokenStakeOf(bytes32 role, address member, address token) external view returns (uint256);

    /// @notice What a role asks.
    /// @param role The role.
    /// @return Its parameters; nothing but zeros if there is no such role.
    function parametersOf(bytes32 role) external view returns (RoleParameters memory);

    /// @notice Tokens that were ever listed.
    /// @return The tokens.
    function tokens() external view returns (address[] memory);

    /// @notice Whether a token is taken as stake.
    /// @param token The token.
    /// @return Whether it is.
    function isListed(address token) external view returns (bool);

    /// @notice Whom a key belongs to, for good.
    /// @param key The key.
    /// @return The owner account; zero if nobody named it.
    function ownerOfKey(address key) external view returns (address);

    /// @notice Whether a contract may take stake of a role.
    /// @param role The role.
    /// @param slasher The contract.
    /// @return Whether it may.
    function isSlasher(bytes32 role, address slasher) external view returns (bool);

    /// @notice How many members a slasher holds back, each as often as it does.
    /// @param role The role.
    /// @param slasher The contract.
    /// @return Number of locks.
    function locksOf(bytes32 role, address slasher) external view returns (uint256);

    /// @notice What a slasher took and did not collect.
    /// @param slasher The contract.
    /// @param asset The token; zero for ETH.
    /// @return In the smallest unit.
    function seized(address slasher, address asset) external view returns (uint256);

    /// @notice The epoch that it is now.
    /// @return Counted from 1.
    function currentEpoch() external view returns (uint64);

    /// @notice Length of an epoch.
    /// @return Seconds.
    function epochLength() external view returns (uint64);

    /// @notice When the first epoch began.
    /// @return Seconds since the epoch of Unix.
    function epochStart() external view returns (uint64);

    /// @notice Names the owner of the chain.
    /// @return The system configuration.
    function systemConfig() external view returns (ISystemConfig);

    /// @notice EIP-712 domain separator of all messages of the network.
    /// @return The separator.
    function domainSeparator() external view returns (bytes32);

    /// @notice What a key signs to belong to a member: EIP-712, `Key(address member)`.
    /// @param member The owner account.
    /// @return The digest.
    function keyDigest(address member) external view returns (bytes32);
}
