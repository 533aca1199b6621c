// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ISemver} from "../shared/ISemver.sol";
import {IAltDA} from "./interfaces/IAltDA.sol";
import {IDataAvailability} from "./interfaces/IDataAvailability.sol";
import {ISystemConfig} from "./interfaces/ISystemConfig.sol";

/// @title AltDA
/// @notice See IAltDA. Has no owner and no proxy: another adapter is named in the inbox, and bonds stay where they are until they are
/// withdrawn.
contract AltDA is IAltDA, ISemver {
    /// @notice What is known of a commitment.
    /// @param announcedAt L1 block of the newest announcement; 0 before the first.
    /// @param challengedAt L1 block of the challenge of that announcement; 0 where there is none.
    /// @param resolved Whether the bytes stand in L1's calldata.
    /// @param challenger Whose bond is held; zero where none is.
    struct Commitment {
        uint64 announcedAt;
        uint64 challengedAt;
        bool resolved;
        address challenger;
    }

    /// @notice Greatest length of the bytes: as CalldataDA has it, they must fit in one L1 transaction.
    uint256 public constant MAX_LENGTH = 120_000;

    /// @notice Greatest length of each window, L1 blocks: a week at 12 seconds.
    uint64 public constant MAX_WINDOW = 50_400;

    /// @notice Greatest bond, wei: beyond it nobody could challenge.
    uint256 public constant MAX_BOND = 100 ether;

    /// @notice Gas of a resolution without its bytes, see snapshots/gas.json.
    uint256 public constant RESOLVE_GAS = 90_000;

    /// @notice Gas of a byte: the floor for calldata that is not zero (EIP-7623), and hashing.
    uint256 public constant RESOLVE_GAS_PER_BYTE = 41;

    /// @notice Parts of the cost of a resolution that the resolver gets; one of five is burned, so that a challenge by the resolver's own
    /// other account is never free.
    uint256 private constant PAID_FIFTHS = 4;
    address private constant BURN = 0x000000000000000000000000000000000000dEaD;

    /// @inheritdoc IDataAvailability
    uint8 public constant kind = 3;

    /// @inheritdoc ISemver
    string public constant version = "1.0.0";

    /// @inheritdoc IAltDA
    ISystemConfig public immutable systemConfig;

    /// @inheritdoc IAltDA
    uint64 public immutable challengeWindow;

    /// @inheritdoc IAltDA
    uint64 public immutable resolveWindow;

    /// @inheritdoc IAltDA
    uint64 public immutable takeWindow;

    /// @inheritdoc IAltDA
    uint256 public immutable bond;

    /// @inheritdoc IAltDA
    mapping(address => uint256) public credit;
    mapping(bytes32 => Commitment) private _commitments;

    /// @notice Sets everything once.
    /// @param systemConfig_ Whose batcher may announce.
    /// @param challengeWindow_ L1 blocks, 1 to MAX_WINDOW. Well below the inbox's forceDelay: a batch must read the deposits that became
    /// overdue while it was announced.
    /// @param resolveWindow_ L1 blocks, 1 to MAX_WINDOW.
    /// @param takeWindow_ L1 blocks, 1 to MAX_WINDOW.
    /// @param bond_ wei, 1 to MAX_BOND. Where it is less than `RESOLVE_GAS + MAX_LENGTH * RESOLVE_GAS_PER_BYTE` at the base fee, the resolver
    /// pays the rest.
    constructor(
        ISystemConfig systemConfig_,
        uint64 challengeWindow_,
        uint64 resolveWindow_,
        uint64 takeWindow_,
        uint256 bond_
    ) {
        _requireBetween(challengeWindow_, 1, MAX_WINDOW);
        _requireBetween(resolveWindow_, 1, MAX_WINDOW);
        _requireBetween(takeWindow_, 1, MAX_WINDOW);
        _requireBetween(bond_, 1, MAX_BOND);
        systemConfig = systemConfig_;
        challengeWindow = challengeWindow_;
        resolveWindow = resolveWindow_;
        takeWindow = takeWindow_;
        bond = bond_;
    }

    /// @inheritdoc IDataAvailability
    function commit(bytes calldata evidence) external view returns (bytes memory) {
        if (evidence.length != 33 || evidence[0] != 0) revert AltDA_BadEvidence();
        bytes32 hash = bytes32(evidence[1:]);
        (State state, ) = stateOf(hash);
        if (state != State.Available) revert AltDA_NotAvailable(hash, state);
        return abi.encodePacked(kind, evidence);
    }

    /// @inheritdoc IAltDA
    function announce(bytes32 hash) external {
        if (msg.sender != systemConfig.batcher()) revert AltDA_NotBatcher(msg.sender);
        (State state, ) = stateOf(hash);
        if (state == State.Expired) _release(hash);
        else if (state != State.None && state != State.Stale) revert AltDA_WrongState(hash, state);
        _commitments[hash].announcedAt = uint64(block.number);
        emit Announced(hash, uint64(block.number) + challengeWindow);
    }

    /// @inheritdoc IAltDA
    function challenge(bytes32 hash) external payable {
        if (msg.value != bond) revert AltDA_WrongBond(msg.value, bond);
        (State state, ) = stateOf(hash);
        if (state != State.Open) revert AltDA_WrongState(hash, state);
        Commitment storage commitment = _commitments[hash];
        commitment.challengedAt = uint64(block.number);
        commitment.challenger = msg.sender;
        emit Challenged(hash, msg.sender, uint64(block.number) + resolveWindow);
    }

    /// @inheritdoc IAltDA
    function resolve(bytes calldata data) external {
        // solhint-disable-next-line avoid-tx-origin
        if (msg.sender != tx.origin || msg.sender.code.length != 0) revert AltDA_NotTopLevel(msg.sender);
        if (data.length > MAX_LENGTH) revert AltDA_TooLong(data.length, MAX_LENGTH);
        bytes32 hash = keccak256(data);
        (State state, ) = stateOf(hash);
        if (state != State.Challenged) revert AltDA_WrongState(hash, state);
        Commitment storage commitment = _commitments[hash];
        address challenger = commitment.challenger;
        commitment.resolved = true;
        commitment.challenger = address(0);

        uint256 cost = (RESOLVE_GAS + data.length * RESOLVE_GAS_PER_BYTE) * block.basefee;
        if (cost > bond) cost = bond;
        uint256 paid = (cost * PAID_FIFTHS) / 5;
        credit[msg.sender] += paid;
        credit[challenger] += bond - cost;
        emit Resolved(hash, msg.sender, paid, cost - paid);
        _send(BURN, cost - paid);
    }

    /// @inheritdoc IAltDA
    function expire(bytes32 hash) external {
        (State state, ) = stateOf(hash);
        if (state != State.Expired) revert AltDA_WrongState(hash, state);
        _release(hash);
    }

    /// @inheritdoc IAltDA
    function withdraw(address account) external {
        uint256 amount = credit[account];
        if (amount == 0) revert AltDA_NoCredit(account);
        credit[account] = 0;
        emit Withdrawn(account, amount);
        _send(account, amount);
    }

    /// @inheritdoc IAltDA
    function stateOf(bytes32 hash) public view returns (State state, uint64 until) {
        Commitment memory commitment = _commitments[hash];
        // What stands in L1's calldata stays available.
        if (commitment.resolved) return (State.Available, 0);
        if (commitment.announcedAt == 0) return (State.None, 0);
        if (commitment.challengedAt != 0) {
            until = commitment.challengedAt + resolveWindow;
            return block.number <= until ? (State.Challenged, until) : (State.Expired, 0);
        }
        until = commitment.announcedAt + challengeWindow;
        if (block.number <= until) return (State.Open, until);
        until += takeWindow;
        return block.number <= until ? (State.Available, until) : (State.Stale, 0);
    }

    /// @dev Forgets an expired commitment, and gives back the bond of its challenge.
    function _release(bytes32 hash) private {
        address challenger = _commitments[hash].challenger;
        delete _commitments[hash];
        credit[challenger] += bond;
        emit Expired(hash, challenger);
    }

    function _send(address to, uint256 amount) private {
        (bool ok, ) = to.call{value: amount}("");
        if (!ok) revert AltDA_TransferFailed(to);
    }

    function _requireBetween(uint256 value, uint256 min, uint256 max) private pure {
        if (value < min || value > max) revert AltDA_BadParameter(value, min, max);
    }
}
