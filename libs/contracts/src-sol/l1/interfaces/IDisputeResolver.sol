// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IDisputeResolver
/// @notice Decides whether a challenged assertion is right. An assertion keeps the resolver that its implementation was built with.
interface IDisputeResolver {
    enum Outcome {
        Undecided,
        AsserterWins,
        ChallengerWins
    }

    /// @notice An assertion was challenged; the caller is the assertion. Must not fail for want of anything the challenger does not control.
    function disputeOpened(address challenger) external;

    /// @notice The decision on an assertion. Once it is not Undecided it never changes.
    function outcome(address assertion) external view returns (Outcome);
}
