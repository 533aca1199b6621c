// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ISemver} from "../shared/ISemver.sol";
import {IDisputeResolver} from "./interfaces/IDisputeResolver.sol";
import {ISystemConfig} from "./interfaces/ISystemConfig.sol";

/// @title GuardianDisputeResolver
/// @notice The guardian decides disputes, by a key and not by a proof: whoever holds that key is trusted. It stands here until
/// an interactive fraud proof takes its place as the resolver of new assertions.
contract GuardianDisputeResolver is IDisputeResolver, ISemver {
    /// @inheritdoc ISemver
    string public constant version = "1.0.0";

    /// @notice Names the guardian.
    ISystemConfig public immutable systemConfig;

    /// @notice Who challenged an assertion, by the assertion; zero when no dispute was opened.
    mapping(address => address) public challengers;

    mapping(address => Outcome) private _outcomes;

    /// @notice An assertion was challenged and waits for a decision.
    /// @param assertion The game. Anybody can open a dispute in its own name, so only games of the factory count.
    /// @param challenger Account that disputes it.
    event DisputeOpened(address indexed assertion, address indexed challenger);

    /// @notice The guardian decided a dispute, for good.
    /// @param assertion The game.
    /// @param outcome The decision.
    event Decided(address indexed assertion, Outcome outcome);

    /// @notice Only the guardian decides.
    /// @param caller The account that called.
    error GuardianDisputeResolver_NotGuardian(address caller);

    /// @notice Nobody challenged the assertion.
    /// @param assertion The game.
    error GuardianDisputeResolver_NoDispute(address assertion);

    /// @notice A decision never changes.
    /// @param assertion The game.
    error GuardianDisputeResolver_AlreadyDecided(address assertion);

    /// @notice Undecided is no decision.
    error GuardianDisputeResolver_BadOutcome();

    /// @notice Names who decides.
    /// @param systemConfig_ Names the guardian.
    constructor(ISystemConfig systemConfig_) {
        systemConfig = systemConfig_;
    }

    /// @inheritdoc IDisputeResolver
    function disputeOpened(address challenger) external {
        challengers[msg.sender] = challenger;
        emit DisputeOpened(msg.sender, challenger);
    }

    /// @notice Decides an open dispute for good. Guardian only.
    /// @param assertion The game.
    /// @param result AsserterWins or ChallengerWins.
    function decide(address assertion, Outcome result) external {
        if (msg.sender != systemConfig.guardian()) revert GuardianDisputeResolver_NotGuardian(msg.sender);
        if (result == Outcome.Undecided) revert GuardianDisputeResolver_BadOutcome();
        if (challengers[assertion] == address(0)) revert GuardianDisputeResolver_NoDispute(assertion);
        if (_outcomes[assertion] != Outcome.Undecided) revert GuardianDisputeResolver_AlreadyDecided(assertion);
        _outcomes[assertion] = result;
        emit Decided(assertion, result);
    }

    /// @inheritdoc IDisputeResolver
    function outcome(address assertion) external view returns (Outcome) {
        return _outcomes[assertion];
    }
}
