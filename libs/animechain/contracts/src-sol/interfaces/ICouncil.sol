// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title ICouncil
/// @notice May stop what makes new obligations, for a bounded time. It can do nothing else: it upgrades nothing, moves no money and delays no vote.
interface ICouncil {
    /// @notice The members were named; what was confirmed before is void.
    /// @param version How often that happened.
    /// @param members Who they are.
    /// @param isExternal Which of them are independent of the chain's operator.
    event MembersSet(uint32 indexed version, address[] members, bool[] isExternal);

    /// @notice A member confirmed a pause, or the end of one.
    /// @param key The module.
    /// @param pausing Whether it is to be paused; else resumed.
    /// @param member Who confirmed.
    /// @param confirmations How many have.
    /// @param needed How many must.
    event Confirmed(
        bytes32 indexed key,
        bool indexed pausing,
        address indexed member,
        uint256 confirmations,
        uint256 needed
    );

    /// @notice A module makes no new obligations.
    /// @param key The module.
    /// @param until Until when, seconds.
    event Paused(bytes32 indexed key, uint256 until);

    /// @notice A pause ended before its time.
    /// @param key The module.
    event Resumed(bytes32 indexed key);

    /// @notice The caller may not do this.
    /// @param caller Who called.
    /// @param expected Who may; zero where any member may.
    error Council_Unauthorized(address caller, address expected);

    /// @notice There are too few members or too many, or the two lists differ in length.
    /// @param got The length.
    /// @param least Least length.
    /// @param most Greatest length.
    error Council_Length(uint256 got, uint256 least, uint256 most);

    /// @notice Fewer than half of the members are external.
    /// @param got How many are.
    /// @param least How many must be.
    error Council_TooFewExternal(uint256 got, uint256 least);

    /// @notice A member is zero, or named twice.
    /// @param member Who.
    error Council_BadMember(address member);

    /// @notice The member has confirmed this already.
    /// @param member Who.
    /// @param key The module.
    error Council_Confirmed(address member, bytes32 key);

    /// @notice The module was paused too recently.
    /// @param key The module.
    /// @param from From when on it may be paused again, seconds.
    error Council_TooSoon(bytes32 key, uint256 from);

    /// @notice The module is not paused, so that nothing can be resumed.
    /// @param key The module.
    error Council_NotPaused(bytes32 key);

    /// @notice Names the members. By governance; voids what was confirmed before, but ends no pause.
    /// @param members 8 to 32 accounts, each once.
    /// @param isExternal Which of them are independent of the chain's operator; half at least.
    function setMembers(address[] calldata members, bool[] calldata isExternal) external;

    /// @notice Confirms a pause of a module. The confirmation that makes 75% pauses it for 14 days, if it was not paused in the last 90. Confirmations count
    /// together for 7 days from the first one. By a member.
    /// @param key The module: `keccak256` of its name. It must be placed.
    function pause(bytes32 key) external;

    /// @notice Confirms the end of a pause. The confirmation that makes 75% ends it. By a member.
    /// @param key The module.
    function resume(bytes32 key) external;

    /// @notice Whether a module may make no new obligations now.
    /// @param key The module: `keccak256` of its name.
    /// @return Whether it is paused.
    function isPaused(bytes32 key) external view returns (bool);

    /// @notice Until when a module was last paused.
    /// @param key The module.
    /// @return Seconds, exclusive; 0 if never.
    function pausedUntil(bytes32 key) external view returns (uint256);

    /// @notice From when on a module can be paused again.
    /// @param key The module.
    /// @return Seconds; 0 if it never was.
    function pausableFrom(bytes32 key) external view returns (uint256);

    /// @notice The members.
    /// @return members Who they are.
    /// @return isExternal Which of them are independent of the chain's operator.
    function council() external view returns (address[] memory members, bool[] memory isExternal);

    /// @notice Confirmations that a decision needs: 75% of the members, rounded up.
    /// @return The number.
    function needed() external view returns (uint256);
}
