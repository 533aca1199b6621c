// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ISemver} from "../shared/ISemver.sol";
import {Denials} from "./Denials.sol";
import {GrantPolicy} from "./GrantPolicy.sol";
import {Subjects} from "./Subjects.sol";
import {Grant, GrantEvidence, VaultMessages} from "./VaultMessages.sol";
import {IAccessRegistry} from "./interfaces/IAccessRegistry.sol";

/// @title Grants
/// @notice A policy with every grant on chain, readable by all. `BlindGrants` tells nobody who may see what.
contract Grants is GrantPolicy, ISemver {
    /// @notice That a grant was given.
    /// @param giver Who gave it; zero for a grant that nobody gave.
    /// @param era In which era of the project.
    struct Given {
        address giver;
        uint64 era;
    }

    /// @notice Times that a grant may be passed on at most.
    uint8 public constant MAX_DELEGATION = 2;
    /// @notice Bytes of a subject at most.
    uint256 public constant MAX_SUBJECT = 64;

    /// @inheritdoc ISemver
    string public constant version = "1.0.0";

    /// @notice Who gave a grant, by its EIP-712 hash, and in which era of its project.
    mapping(bytes32 grant => Given) public given;

    /// @notice A grant was given.
    /// @param project The project.
    /// @param id EIP-712 hash of the grant.
    /// @param giver Who gave it: the owner, a delegate, or the account that the grant above names.
    /// @param grant The grant.
    event Granted(bytes32 indexed project, bytes32 indexed id, address indexed giver, Grant grant);

    /// @notice The grant is one that could never let anybody see anything, or is passed on wider than it was given.
    /// @param id EIP-712 hash of the grant.
    error Grants_BadGrant(bytes32 id);

    /// @notice The grant above was not given, or to an owner before.
    /// @param parent EIP-712 hash of the grant above.
    error Grants_UnknownParent(bytes32 parent);

    /// @notice Names the registry.
    /// @param registry_ Where projects are registered.
    constructor(IAccessRegistry registry_) GrantPolicy(registry_) {}

    /// @notice Gives a grant of the owner's. Anybody may send it with a signature. Giving it again changes nothing.
    /// @param message The grant; `parent` is zero.
    /// @param signature EIP-712 signature of the owner or a delegate with `GRANT`; empty where the caller is one.
    /// @return id EIP-712 hash of the grant.
    function grant(Grant calldata message, bytes calldata signature) external returns (bytes32 id) {
        bytes32 structHash = VaultMessages.hash(message);
        id = VaultMessages.digest(registry.domainSeparator(), structHash);
        if (message.parent != bytes32(0)) revert Grants_BadGrant(id);
        address giver = msg.sender;
        if (signature.length == 0) _requirePower(message.project, POWER_GRANT);
        else giver = _requireSigned(message.project, POWER_GRANT, structHash, signature);
        _give(id, giver, message);
    }

    /// @notice Passes a grant on. Anybody may send it with a signature.
    /// @param parent The grant above, which was given to an account of this chain.
    /// @param message The grant, nowhere wider than the one above; whether its scope is below that one's shows when it is used.
    /// @param signature EIP-712 signature of the account that the grant above names; empty where the caller is that.
    /// @return id EIP-712 hash of the grant.
    function passOn(
        Grant calldata parent,
        Grant calldata message,
        bytes calldata signature
    ) external returns (bytes32 id) {
        bytes32 separator = registry.domainSeparator();
        bytes32 above = VaultMessages.digest(separator, VaultMessages.hash(parent));
        id = VaultMessages.digest(separator, VaultMessages.hash(message));
        Given memory it = given[above];
        if (it.giver == address(0) || it.era != registry.projectOf(parent.project).era)
            revert Grants_UnknownParent(above);
        if (message.parent != above || message.project != parent.project || !_isWithin(message, parent))
            revert Grants_BadGrant(id);
        address giver = Subjects.local(parent.subject);
        bool may = signature.length == 0 ? msg.sender == giver : Subjects.signed(giver, id, signature);
        if (giver == address(0) || !may) revert GrantPolicy_Unauthorized(message.project, giver);
        _give(id, giver, message);
    }

    function _give(bytes32 id, address giver, Grant calldata message) private {
        if (
            message.delegation > MAX_DELEGATION ||
            message.expiry <= message.notBefore ||
            message.renditions == 0 ||
            message.purposes == 0 ||
            message.purposes > ALL_PURPOSES ||
            message.subject.length > MAX_SUBJECT ||
            !Subjects.isWellFormed(message.subjectKind, message.subject)
        ) revert Grants_BadGrant(id);
        uint64 era = registry.projectOf(message.project).era;
        if (given[id].giver != address(0) && given[id].era == era) return;
        given[id] = Given(giver, era);
        emit Granted(message.project, id, giver, message);
    }

    function _key(bytes32 id) internal pure override returns (bytes32) {
        return id;
    }

    function _given(
        GrantEvidence memory,
        bytes32 id,
        address,
        uint64 era
    ) internal view override returns (address by, bytes4 reason) {
        Given memory it = given[id];
        if (it.giver == address(0)) return (address(0), Denials.NO_GRANT);
        return (it.giver, it.era == era ? bytes4(0) : Denials.REVOKED);
    }
}
