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
    event Challenged(address indexed challenger, uint256 bond);
    event Resolved(uint8 indexed status);
    event Voided();
    event CreditClaimed(address indexed account, uint256 amount);

    error AssertionGame_NotFactory();
    error AssertionGame_AlreadyInitialized();
    error AssertionGame_AlreadyResolved();
    error AssertionGame_AlreadyChallenged(address challenger);
    /// @notice The challenge period is over.
    error AssertionGame_TooLate(uint64 end);
    /// @notice May be resolved from `notBefore` on, seconds, or as soon as the resolver decides.
    error AssertionGame_TooEarly(uint64 notBefore);
    error AssertionGame_WrongBond(uint256 sent, uint256 expected);
    /// @notice Another assertion for the same batch was accepted and is not final yet.
    error AssertionGame_RivalNotFinal(address rival);
    error AssertionGame_NoCredit(address account);
    error AssertionGame_TransferFailed(address account);

    /// @notice A period or bond with which no game could be played.
    error AssertionGame_BadParameters();

    /// @notice Where its games are created.
    function factory() external view returns (IDisputeGameFactory);

    /// @notice Which says what games are respected and final.
    function anchorStateRegistry() external view returns (IAnchorStateRegistry);

    /// @notice Disputes the assertion with a bond of `challengeBond` wei. Anyone, until the challenge period is over.
    function challenge() external payable;

    /// @notice Pays out what an account has won or got back. Anyone may call; the money goes to the account only.
    function claimCredit(address account) external;

    /// @notice wei that an account may claim
    function credit(address account) external view returns (uint256);

    function batchIndex() external view returns (uint256);
    /// @notice Accumulator of the inbox after that batch.
    function batchAcc() external view returns (bytes32);

    /// @notice Zero while unchallenged.
    function challenger() external view returns (address);
    /// @notice seconds
    function challengedAt() external view returns (uint64);
    /// @notice Whether it ended because the resolver was silent.
    function voided() external view returns (bool);
    /// @notice wei staked by the asserter
    function bond() external view returns (uint256);

    /// @notice wei
    function challengeBond() external view returns (uint256);
    /// @notice seconds
    function challengePeriod() external view returns (uint64);
    /// @notice seconds
    function resolutionPeriod() external view returns (uint64);
    function resolver() external view returns (IDisputeResolver);
}
