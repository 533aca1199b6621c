// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";

/// @notice Proposals whose states a test sets.
contract StandinGovernor {
    mapping(uint256 id => IGovernor.ProposalState) private _states;
    mapping(uint256 id => bool) private _known;

    function set(uint256 id, IGovernor.ProposalState to) external {
        (_states[id], _known[id]) = (to, true);
    }

    function state(uint256 id) external view returns (IGovernor.ProposalState) {
        if (!_known[id]) revert IGovernor.GovernorNonexistentProposal(id);
        return _states[id];
    }
}
