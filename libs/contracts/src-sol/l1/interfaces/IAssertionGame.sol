// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAnchorStateRegistry} from "./IAnchorStateRegistry.sol";
import {IDisputeGame} from "./IDisputeGame.sol";
import {IDisputeGameFactory} from "./IDisputeGameFactory.sol";
import {IDisputeResolver} from "./IDisputeResolver.sol";

/// @title IAssertionGame
/// @notice "After batch i of the inbox the output root is X", with a bond. docs/spec/protocol.md, section 5.
///
/// It ends in one of these ways:
/// - nobody challenged it for `challengePeriod`: accepted, the bond goes back;
/// - challenged, and the resolver decided: the winner gets the own bond and the loser's less a fifth, which is burned, so that to
///   challenge oneself costs something;
/// - challenged, and the resolver was silent for `resolutionPeriod`: not accepted, both bonds go back, the same claim may be made anew;
/// - another assertion for the same batch was accepted before and is final: lost, as if that one's asserter had challenged it, unless somebody did.
interface IAssertionGame is IDisputeGame {
    /// @notice The assertion was disputed.
    /// @param challenger Account that staked against it.
    /// @param bond Its stake, wei.
    event Challenged(address indexed challenger, uint256 bond);

    /// @notice The game ended.
    /// @param status A `GameStatus` other than IN_PROGRESS.
    event Resolved(uint8 indexed status);

    /// @notice Follows Resolved: the game ended because the resolver was silent, and both bonds went back.
    event Voided();

    /// @notice What an account had won or got back was paid out to it.
    /// @param account The account.
    /// @param amount Amount, in wei.
    event CreditClaimed(address indexed account, uint256 amount);

    /// @notice Only the factory starts a game.
    error AssertionGame_NotFactory();

    /// @notice The game was started before, or this is the implementation that the games delegate to, which is none.
    error AssertionGame_AlreadyInitialized();

    /// @notice The game has ended.
    error AssertionGame_AlreadyResolved();

    /// @notice Another account disputes the assertion already.
    /// @param challenger That account.
    error AssertionGame_AlreadyChallenged(address challenger);

    /// @notice The challenge period is over.
    /// @param end When it ended, seconds since the epoch.
    error AssertionGame_TooLate(uint64 end);

    /// @notice The game cannot end yet: its period runs, and the resolver has not decided.
    /// @param notBefore When it may be resolved without a decision, seconds since the epoch.
    error AssertionGame_TooEarly(uint64 notBefore);

    /// @notice The ether sent along is not the bond.
    /// @param sent What was sent along, in wei.
    /// @param expected What was to be sent along, in wei.
    error AssertionGame_WrongBond(uint256 sent, uint256 expected);

    /// @notice Another assertion for the same batch was accepted and is not final yet.
    /// @param rival That assertion.
    error AssertionGame_RivalNotFinal(address rival);

    /// @notice There is nothing to pay out to this account.
    /// @param account The account.
    error AssertionGame_NoCredit(address account);

    /// @notice The account did not take the ether; what it may claim is unchanged.
    /// @param account The account.
    error AssertionGame_TransferFailed(address account);

    /// @notice A period or bond with which no game could be played.
    /// @dev Periods are 1 second to MAX_PERIOD, the bond is 1 wei to MAX_BOND.
    error AssertionGame_BadParameters();

    /// @notice Where the games of this implementation are created.
    /// @return The factory.
    function factory() external view returns (IDisputeGameFactory);

    /// @notice Says which games are respected and final.
    /// @return The registry.
    function anchorStateRegistry() external view returns (IAnchorStateRegistry);

    /// @notice Disputes the assertion with a bond of `challengeBond` wei. Anyone, until the challenge period is over.
    function challenge() external payable;

    /// @notice Pays out what an account has won or got back. Anyone may call; the money goes to the account only.
    /// @param account Whom to pay.
    function claimCredit(address account) external;

    /// @notice What an account may claim from this game.
    /// @param account The account.
    /// @return Amount, in wei.
    function credit(address account) external view returns (uint256);

    /// @notice The batch that the assertion is about.
    /// @return Index in the inbox, counted from 0.
    function batchIndex() external view returns (uint256);

    /// @notice Accumulator of the inbox after that batch: which chain of batches the assertion is about.
    /// @return The accumulator.
    function batchAcc() external view returns (bytes32);

    /// @notice Account that disputes the assertion.
    /// @return The account; zero while nobody does.
    function challenger() external view returns (address);

    /// @notice When the assertion was disputed.
    /// @return Seconds since the epoch; 0 while it is not.
    function challengedAt() external view returns (uint64);

    /// @notice Whether the game ended because the resolver was silent. The same claim may then be made anew.
    /// @return True after such an end.
    function voided() external view returns (bool);

    /// @notice What the asserter staked.
    /// @return Amount, in wei.
    function bond() external view returns (uint256);

    /// @notice What a challenger must stake.
    /// @return Amount, in wei.
    function challengeBond() external view returns (uint256);

    /// @notice How long after its creation an assertion can be challenged.
    /// @return Duration, in seconds.
    function challengePeriod() external view returns (uint64);

    /// @notice How long after a challenge the resolver has to decide.
    /// @return Duration, in seconds.
    function resolutionPeriod() external view returns (uint64);

    /// @notice Decides the game once it is challenged.
    /// @return The resolver, the same for the game's whole life.
    function resolver() external view returns (IDisputeResolver);
}
