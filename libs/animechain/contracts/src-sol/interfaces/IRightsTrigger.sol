// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";

/// @notice What must become true: a work was paid so much, it is so late, or governance executed a proposal.
enum Predicate {
    Revenue,
    Time,
    Vote
}

/// @notice Where a trigger is.
enum TriggerStatus {
    None,
    Armed,
    Fired,
    Returned
}

/// @notice What is escrowed, for whom, and until what.
/// @param collection The registry of works, or of licences.
/// @param right The work or the licence.
/// @param to Who gets it once the predicate holds.
/// @param predicate What must become true.
/// @param subject Of `Revenue` the work, of `Vote` the governor's proposal; 0 of `Time`.
/// @param token Of `Revenue` the token; zero of the others.
/// @param threshold Of `Revenue` what the work must have been paid in all, smallest units; of `Time` from when, seconds; 0 of `Vote`.
/// @param until Until when it can fire, seconds; after that the right goes back.
struct Arming {
    IERC721 collection;
    uint256 right;
    address to;
    Predicate predicate;
    uint256 subject;
    IERC20 token;
    uint256 threshold;
    uint64 until;
}

/// @notice A trigger.
/// @param owner Who armed it, gets what the right earns meanwhile, and the right back if it never fires.
/// @param status Where it is.
/// @param governor Of `Vote`, the governor that was asked when it was armed.
/// @param box What holds the right.
/// @param arming What was agreed.
struct Trigger {
    address owner;
    TriggerStatus status;
    address governor;
    address box;
    Arming arming;
}

/// @title IRightsTrigger
/// @notice Hands a right over once something became true, by itself: nobody decides.
interface IRightsTrigger {
    /// @notice A right is in escrow.
    /// @param id The trigger, counted from 1.
    /// @param owner Who armed it.
    /// @param to Who gets the right.
    /// @param box What holds it.
    /// @param arming What was agreed.
    event Armed(uint256 indexed id, address indexed owner, address indexed to, address box, Arming arming);

    /// @notice The right went to whom it was for.
    /// @param id The trigger.
    /// @param to Who.
    event Fired(uint256 indexed id, address indexed to);

    /// @notice The right went back.
    /// @param id The trigger.
    /// @param owner To whom.
    event Returned(uint256 indexed id, address indexed owner);

    /// @notice What the right earned in escrow was paid.
    /// @param id The trigger.
    /// @param token The token.
    /// @param owner To whom.
    /// @param amount How much, smallest units.
    event Swept(uint256 indexed id, IERC20 indexed token, address indexed owner, uint256 amount);

    /// @notice The council stopped new triggers.
    error RightsTrigger_Paused();

    /// @notice Only rights of the registry of works and of licences can be escrowed.
    /// @param collection What was named.
    error RightsTrigger_BadCollection(IERC721 collection);

    /// @notice A number or an address must not be zero.
    /// @param what Which one.
    error RightsTrigger_Zero(string what);

    /// @notice A number or an address has no meaning with this predicate and must be zero.
    /// @param what Which one.
    error RightsTrigger_NotZero(string what);

    /// @notice A time is before it may be.
    /// @param what Which one.
    /// @param got The time, seconds.
    /// @param after_ What it must be after, seconds.
    error RightsTrigger_Early(string what, uint256 got, uint256 after_);

    /// @notice A time is after it may be.
    /// @param what Which one.
    /// @param got The time, seconds.
    /// @param until What it must not be after, seconds.
    error RightsTrigger_Late(string what, uint256 got, uint256 until);

    /// @notice The trigger is not armed.
    /// @param id The trigger.
    /// @param status Where it is.
    error RightsTrigger_NotArmed(uint256 id, TriggerStatus status);

    /// @notice The predicate does not hold.
    /// @param id The trigger.
    /// @param got What is: smallest units, seconds, or the state of the proposal.
    /// @param expected What must be.
    error RightsTrigger_NotYet(uint256 id, uint256 got, uint256 expected);

    /// @notice Number of triggers.
    /// @return The number, also the newest id.
    function count() external view returns (uint256);

    /// @notice A trigger.
    /// @param id The trigger.
    /// @return The trigger; all zero where there is none.
    function triggerOf(uint256 id) external view returns (Trigger memory);

    /// @notice Whether the predicate of a trigger holds now.
    /// @param id The trigger.
    /// @return Whether it does.
    /// @return got What is: smallest units, seconds, or the state of the proposal.
    /// @return expected What must be.
    function holds(uint256 id) external view returns (bool, uint256 got, uint256 expected);

    /// @notice Puts a right of the caller into escrow; the caller approved this contract for it.
    /// @param arming What is agreed.
    /// @return id The trigger.
    function arm(Arming calldata arming) external returns (uint256 id);

    /// @notice Hands the right over if the predicate holds. By anyone, once, in time.
    /// @param id The trigger.
    function fire(uint256 id) external;

    /// @notice Gives the right back once it cannot fire any more. By anyone.
    /// @param id The trigger.
    function giveBack(uint256 id) external;

    /// @notice Pays whoever armed a trigger what the right earned while it was in escrow. By anyone.
    /// @param id The trigger.
    /// @param token The token.
    /// @return amount How much, smallest units.
    function sweep(uint256 id, IERC20 token) external returns (uint256 amount);
}
