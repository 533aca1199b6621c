// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ICouncil} from "./interfaces/ICouncil.sol";
import {IModules} from "./interfaces/IModules.sol";

/// @title Council
/// @notice See ICouncil. No proxy; the timelock names its members and has no other power over it.
contract Council is ICouncil {
    /// @notice What the members confirmed of one decision.
    /// @param version Of the members who confirmed.
    /// @param startedAt When the first of them did, seconds.
    /// @param confirmations Bit set of their places.
    struct Round {
        uint32 version;
        uint64 startedAt;
        uint32 confirmations;
    }

    /// @notice Semantic version of this contract.
    string public constant version = "1.0.0";
    /// @notice Members at least.
    uint256 public constant MIN_MEMBERS = 8;
    /// @notice Members at most: the bits of a round.
    uint256 public constant MAX_MEMBERS = 32;
    /// @notice Share of the members that decides, bps of 10,000.
    uint256 public constant THRESHOLD = 7_500;
    /// @notice How long a pause lasts, seconds.
    uint256 public constant PAUSE = 14 days;
    /// @notice From the beginning of a module's pause to that of its next one at least, seconds.
    uint256 public constant INTERVAL = 90 days;
    /// @notice How long confirmations count together, seconds.
    uint256 public constant ROUND = 7 days;

    /// @notice Where the other contracts are.
    IModules public immutable modules;
    /// @notice How often the members were named.
    uint32 public membersVersion;
    /// @inheritdoc ICouncil
    mapping(bytes32 key => uint256) public pausedUntil;
    /// @inheritdoc ICouncil
    mapping(bytes32 key => uint256) public pausableFrom;

    address[] private _members;
    bool[] private _isExternal;
    mapping(bytes32 key => mapping(bool pausing => Round)) private _rounds;

    /// @notice Names the first members.
    /// @param modules_ Where the other contracts are.
    /// @param members As in `setMembers`.
    /// @param isExternal As in `setMembers`.
    constructor(IModules modules_, address[] memory members, bool[] memory isExternal) {
        modules = modules_;
        _setMembers(members, isExternal);
    }

    /// @inheritdoc ICouncil
    function setMembers(address[] calldata members, bool[] calldata isExternal) external {
        address governance = modules.governance();
        if (msg.sender != governance) revert Council_Unauthorized(msg.sender, governance);
        _setMembers(members, isExternal);
    }

    /// @inheritdoc ICouncil
    function pause(bytes32 key) external {
        modules.moduleOf(key);
        uint256 from = pausableFrom[key];
        if (block.timestamp < from) revert Council_TooSoon(key, from);
        if (!_confirm(key, true)) return;
        uint256 until = block.timestamp + PAUSE;
        (pausedUntil[key], pausableFrom[key]) = (until, block.timestamp + INTERVAL);
        emit Paused(key, until);
    }

    /// @inheritdoc ICouncil
    function resume(bytes32 key) external {
        if (!isPaused(key)) revert Council_NotPaused(key);
        if (!_confirm(key, false)) return;
        pausedUntil[key] = block.timestamp;
        emit Resumed(key);
    }

    /// @inheritdoc ICouncil
    function council() external view returns (address[] memory members, bool[] memory isExternal) {
        return (_members, _isExternal);
    }

    /// @inheritdoc ICouncil
    function isPaused(bytes32 key) public view returns (bool) {
        return block.timestamp < pausedUntil[key];
    }

    /// @inheritdoc ICouncil
    function needed() public view returns (uint256) {
        return (_members.length * THRESHOLD + 9_999) / 10_000;
    }

    /// @dev Counts the caller; whether the decision is taken, which ends the round.
    function _confirm(bytes32 key, bool pausing) private returns (bool decided) {
        uint32 bit = uint32(1 << _placeOf(msg.sender));
        Round memory round = _rounds[key][pausing];
        if (round.version != membersVersion || block.timestamp >= round.startedAt + ROUND)
            round = Round(membersVersion, uint64(block.timestamp), 0);
        if (round.confirmations & bit != 0) revert Council_Confirmed(msg.sender, key);
        round.confirmations |= bit;
        uint256 confirmations = _count(round.confirmations);
        emit Confirmed(key, pausing, msg.sender, confirmations, needed());
        decided = confirmations >= needed();
        if (decided) {
            // Nothing that was confirmed before a decision counts for the next one.
            delete _rounds[key][true];
            delete _rounds[key][false];
        } else _rounds[key][pausing] = round;
    }

    function _setMembers(address[] memory members, bool[] memory isExternal) private {
        uint256 length = members.length;
        if (length < MIN_MEMBERS || length > MAX_MEMBERS) revert Council_Length(length, MIN_MEMBERS, MAX_MEMBERS);
        if (isExternal.length != length) revert Council_Length(isExternal.length, length, length);
        uint256 external_ = 0;
        for (uint256 i = 0; i < length; i++) {
            if (members[i] == address(0)) revert Council_BadMember(address(0));
            for (uint256 j = 0; j < i; j++) if (members[i] == members[j]) revert Council_BadMember(members[i]);
            if (isExternal[i]) external_++;
        }
        uint256 least = (length + 1) / 2;
        if (external_ < least) revert Council_TooFewExternal(external_, least);
        (_members, _isExternal) = (members, isExternal);
        emit MembersSet(++membersVersion, members, isExternal);
    }

    function _placeOf(address member) private view returns (uint256) {
        for (uint256 i = 0; i < _members.length; i++) if (_members[i] == member) return i;
        revert Council_Unauthorized(member, address(0));
    }

    function _count(uint32 bits) private pure returns (uint256 count) {
        for (; bits != 0; bits &= bits - 1) count++;
    }
}
