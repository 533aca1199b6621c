// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IDisputeResolver
/// @notice Decides whether a challenged assertion is right. An assertion keeps the resolver that its implementation was built with.
interface IDisputeResolver {
    /// @notice What a resolver decided.
    /// @dev Undecided: no decision yet, the only value that can change. AsserterWins: the claim is right.
    /// ChallengerWins: the claim is wrong.
    enum Outcome {
        Undecided,
        AsserterWins,
        ChallengerWins
    }

    /// @notice An assertion was challenged; the caller is the assertion. Must not fail for want of anything the challenger does not control.
    /// @param challenger Account that disputes the assertion.
    function disputeOpened(address challenger) external;

    /// @notice The decision on an assertion. Once it is not Undecided it never changes.
    /// @param assertion The game.
    /// @return The decision.
    function outcome(address assertion) external view returns (Outcome);
}
