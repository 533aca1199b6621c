// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Governor as BaseGovernor} from "@openzeppelin/contracts/governance/Governor.sol";
import {GovernorCountingSimple} from "@openzeppelin/contracts/governance/extensions/GovernorCountingSimple.sol";
import {GovernorCrosschain} from "@openzeppelin/contracts/governance/extensions/GovernorCrosschain.sol";
import {GovernorPreventLateQuorum} from "@openzeppelin/contracts/governance/extensions/GovernorPreventLateQuorum.sol";
import {GovernorSettings} from "@openzeppelin/contracts/governance/extensions/GovernorSettings.sol";
import {GovernorTimelockControl} from "@openzeppelin/contracts/governance/extensions/GovernorTimelockControl.sol";
import {GovernorVotes} from "@openzeppelin/contracts/governance/extensions/GovernorVotes.sol";
import {GovernorVotesQuorumFraction} from "@openzeppelin/contracts/governance/extensions/GovernorVotesQuorumFraction.sol";
import {IVotes} from "@openzeppelin/contracts/governance/utils/IVotes.sol";
import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";

/// @title Governor
/// @notice Holders of the native token decide. Votes count as they were one day after the proposal, so that tokens that are borrowed for a transaction have none.
/// What passed waits in the timelock, where rights holders may object. Reaches L1 by `relayCrosschain` and the gateway, only by the ordinary withdrawal.
contract Governor is
    BaseGovernor,
    GovernorSettings,
    GovernorCountingSimple,
    GovernorVotes,
    GovernorVotesQuorumFraction,
    GovernorPreventLateQuorum,
    GovernorTimelockControl,
    GovernorCrosschain
{
    /// @notice Names what it governs by.
    /// @param name_ Name, also of its EIP-712 domain.
    /// @param token_ Whose holders vote.
    /// @param timelock_ What carries out.
    /// @param threshold Votes that a proposer needs, smallest units.
    constructor(
        string memory name_,
        IVotes token_,
        TimelockController timelock_,
        uint256 threshold
    )
        BaseGovernor(name_)
        GovernorSettings(1 days, 7 days, threshold)
        GovernorVotes(token_)
        GovernorVotesQuorumFraction(4)
        GovernorPreventLateQuorum(2 days)
        GovernorTimelockControl(timelock_)
    {}

    /// @notice When voting on a proposal ends: later than it began with, if the quorum was reached late.
    /// @param proposalId The proposal.
    /// @return Seconds.
    function proposalDeadline(
        uint256 proposalId
    ) public view override(BaseGovernor, GovernorPreventLateQuorum) returns (uint256) {
        return super.proposalDeadline(proposalId);
    }

    /// @notice Where a proposal stands.
    /// @param proposalId The proposal.
    /// @return Its state.
    function state(
        uint256 proposalId
    ) public view override(BaseGovernor, GovernorTimelockControl) returns (ProposalState) {
        return super.state(proposalId);
    }

    /// @notice Whether a proposal goes through the timelock: each does.
    /// @param proposalId The proposal.
    /// @return Always true.
    function proposalNeedsQueuing(
        uint256 proposalId
    ) public view override(BaseGovernor, GovernorTimelockControl) returns (bool) {
        return super.proposalNeedsQueuing(proposalId);
    }

    /// @notice Votes that a proposer needs.
    /// @return Smallest units.
    function proposalThreshold() public view override(BaseGovernor, GovernorSettings) returns (uint256) {
        return super.proposalThreshold();
    }

    function _tallyUpdated(uint256 proposalId) internal override(BaseGovernor, GovernorPreventLateQuorum) {
        super._tallyUpdated(proposalId);
    }

    function _queueOperations(
        uint256 proposalId,
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(BaseGovernor, GovernorTimelockControl) returns (uint48) {
        return super._queueOperations(proposalId, targets, values, calldatas, descriptionHash);
    }

    function _executeOperations(
        uint256 proposalId,
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(BaseGovernor, GovernorTimelockControl) {
        super._executeOperations(proposalId, targets, values, calldatas, descriptionHash);
    }

    function _cancel(
        address[] memory targets,
        uint256[] memory values,
        bytes[] memory calldatas,
        bytes32 descriptionHash
    ) internal override(BaseGovernor, GovernorTimelockControl) returns (uint256) {
        return super._cancel(targets, values, calldatas, descriptionHash);
    }

    function _executor() internal view override(BaseGovernor, GovernorTimelockControl) returns (address) {
        return super._executor();
    }
}
