// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ICouncil} from "./interfaces/ICouncil.sol";
import {IModules} from "./interfaces/IModules.sol";
import {Arming, IRightsTrigger, Predicate, Trigger, TriggerStatus} from "./interfaces/IRightsTrigger.sol";
import {IRoyaltyVaults} from "./interfaces/IRoyaltyVaults.sol";
import {RightsBox} from "./RightsBox.sol";

/// @title RightsTrigger
/// @notice See IRightsTrigger. No owner, no proxy.
contract RightsTrigger is IRightsTrigger, ReentrancyGuardTransient {
    /// @notice Semantic version of this contract.
    string public constant version = "1.0.0";
    /// @notice Key of this contract for the council.
    bytes32 public constant TRIGGER = keccak256("RightsTrigger");
    /// @notice Key of the council in the directory.
    bytes32 public constant COUNCIL = keccak256("Council");
    /// @notice Key of the governor in the directory.
    bytes32 public constant GOVERNOR = keccak256("Governor");
    /// @notice Key of the registry of works in the directory.
    bytes32 public constant WORKS = keccak256("IPRegistry");
    /// @notice Key of the licences in the directory.
    bytes32 public constant LICENCES = keccak256("Licences");
    /// @notice Key of the royalty vaults in the directory.
    bytes32 public constant VAULTS = keccak256("RoyaltyVaults");

    /// @notice Where the other contracts are.
    IModules public immutable modules;
    /// @notice What every box is a clone of.
    RightsBox public immutable box;
    /// @inheritdoc IRightsTrigger
    uint256 public count;

    mapping(uint256 id => Trigger) private _triggers;

    /// @notice Names the directory.
    /// @param modules_ Where the other contracts are.
    constructor(IModules modules_) {
        modules = modules_;
        box = new RightsBox();
    }

    /// @inheritdoc IRightsTrigger
    function arm(Arming calldata arming) external nonReentrant returns (uint256 id) {
        if (ICouncil(modules.moduleOf(COUNCIL)).isPaused(TRIGGER)) revert RightsTrigger_Paused();
        _requireCollection(arming.collection);
        if (arming.to == address(0)) revert RightsTrigger_Zero("to");
        if (arming.until <= block.timestamp) revert RightsTrigger_Early("until", arming.until, block.timestamp);
        id = ++count;
        Trigger storage trigger = _triggers[id];
        trigger.governor = _requirePredicate(arming);
        (trigger.owner, trigger.status) = (msg.sender, TriggerStatus.Armed);
        trigger.box = Clones.clone(address(box));
        trigger.arming = arming;
        emit Armed(id, msg.sender, arming.to, trigger.box, arming);
        arming.collection.transferFrom(msg.sender, trigger.box, arming.right);
    }

    /// @inheritdoc IRightsTrigger
    function fire(uint256 id) external nonReentrant {
        Trigger storage trigger = _requireArmed(id);
        if (block.timestamp > trigger.arming.until)
            revert RightsTrigger_Late("fire", block.timestamp, trigger.arming.until);
        (bool now_, uint256 got, uint256 expected) = holds(id);
        if (!now_) revert RightsTrigger_NotYet(id, got, expected);
        trigger.status = TriggerStatus.Fired;
        emit Fired(id, trigger.arming.to);
        RightsBox(trigger.box).give(trigger.arming.collection, trigger.arming.right, trigger.arming.to);
    }

    /// @inheritdoc IRightsTrigger
    function giveBack(uint256 id) external nonReentrant {
        Trigger storage trigger = _requireArmed(id);
        if (block.timestamp <= trigger.arming.until)
            revert RightsTrigger_Early("giveBack", block.timestamp, trigger.arming.until);
        trigger.status = TriggerStatus.Returned;
        emit Returned(id, trigger.owner);
        RightsBox(trigger.box).give(trigger.arming.collection, trigger.arming.right, trigger.owner);
    }

    /// @inheritdoc IRightsTrigger
    function sweep(uint256 id, IERC20 token) external nonReentrant returns (uint256 amount) {
        Trigger storage trigger = _triggers[id];
        if (trigger.status == TriggerStatus.None) revert RightsTrigger_NotArmed(id, trigger.status);
        IRoyaltyVaults vaults = IRoyaltyVaults(modules.moduleOf(VAULTS));
        if (vaults.claimable(token, trigger.box) != 0) vaults.claim(token, trigger.box);
        amount = RightsBox(trigger.box).empty(token, trigger.owner);
        emit Swept(id, token, trigger.owner, amount);
    }

    /// @inheritdoc IRightsTrigger
    function triggerOf(uint256 id) external view returns (Trigger memory) {
        return _triggers[id];
    }

    /// @inheritdoc IRightsTrigger
    function holds(uint256 id) public view returns (bool, uint256 got, uint256 expected) {
        Trigger storage trigger = _triggers[id];
        if (trigger.status == TriggerStatus.None) revert RightsTrigger_NotArmed(id, trigger.status);
        Arming storage arming = trigger.arming;
        if (arming.predicate == Predicate.Vote) {
            got = uint256(IGovernor(trigger.governor).state(arming.subject));
            expected = uint256(IGovernor.ProposalState.Executed);
            return (got == expected, got, expected);
        }
        expected = arming.threshold;
        if (arming.predicate == Predicate.Time) got = block.timestamp;
        else got = IRoyaltyVaults(modules.moduleOf(VAULTS)).paidIn(arming.subject, arming.token);
        return (got >= expected, got, expected);
    }

    /// @dev Refuses what could never become true, or means nothing; answers the governor that is asked.
    function _requirePredicate(Arming calldata arming) private view returns (address governor) {
        if (arming.predicate == Predicate.Vote) {
            if (arming.threshold != 0) revert RightsTrigger_NotZero("threshold");
            governor = modules.moduleOf(GOVERNOR);
            // Reverts where there is no such proposal.
            IGovernor(governor).state(arming.subject);
        } else if (arming.threshold == 0) {
            revert RightsTrigger_Zero("threshold");
        }
        if (arming.predicate == Predicate.Revenue) {
            IERC721(modules.moduleOf(WORKS)).ownerOf(arming.subject);
            if (address(arming.token) == address(0)) revert RightsTrigger_Zero("token");
            return governor;
        }
        if (address(arming.token) != address(0)) revert RightsTrigger_NotZero("token");
        if (arming.predicate == Predicate.Vote) return governor;
        if (arming.subject != 0) revert RightsTrigger_NotZero("subject");
        if (arming.threshold > arming.until) revert RightsTrigger_Late("threshold", arming.threshold, arming.until);
    }

    function _requireCollection(IERC721 collection) private view {
        if (address(collection) == modules.moduleOf(WORKS)) return;
        if (address(collection) != modules.moduleOf(LICENCES)) revert RightsTrigger_BadCollection(collection);
    }

    function _requireArmed(uint256 id) private view returns (Trigger storage trigger) {
        trigger = _triggers[id];
        if (trigger.status != TriggerStatus.Armed) revert RightsTrigger_NotArmed(id, trigger.status);
    }
}
