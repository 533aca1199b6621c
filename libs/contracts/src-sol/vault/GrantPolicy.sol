// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Denials} from "./Denials.sol";
import {Subjects} from "./Subjects.sol";
import {Evidence, Grant, GrantEvidence, RevokeNow, VaultMessages} from "./VaultMessages.sol";
import {IAccessPolicy} from "./interfaces/IAccessPolicy.sol";
import {IAccessRegistry} from "./interfaces/IAccessRegistry.sol";
import {IGrantPolicy} from "./interfaces/IGrantPolicy.sol";

/// @title GrantPolicy
/// @notice See IGrantPolicy. What differs between its two kinds is how they know that a grant was given.
abstract contract GrantPolicy is IGrantPolicy {
    /// @notice What a key node asks.
    /// @param object Id of the object.
    /// @param rendition Number of the rendition.
    /// @param purpose One purpose, a bit.
    /// @param subject Who asks.
    struct Question {
        bytes32 object;
        uint8 rendition;
        uint32 purpose;
        bytes subject;
    }

    /// @notice Where the check of a chain of grants stands.
    /// @param project The project of all of them.
    /// @param era The project's.
    /// @param objects The objects from the project down to the one that is asked for.
    /// @param separator Domain separator of the store.
    /// @param above Hash of the grant above; zero for the owner's.
    /// @param depth Place in `objects` of the scope of the grant above.
    /// @param until When the first of those so far is over, seconds.
    struct Progress {
        bytes32 project;
        uint64 era;
        bytes32[] objects;
        bytes32 separator;
        bytes32 above;
        uint256 depth;
        uint64 until;
    }

    /// @notice Grants of a chain at most: the owner's, and two that pass it on.
    uint256 public constant MAX_CHAIN = 3;
    /// @notice Salts of a path at most.
    uint256 public constant MAX_PATH = 8;
    /// @notice Bytes of evidence at most.
    uint256 public constant MAX_EVIDENCE = 32_768;
    /// @notice All purposes there are.
    uint32 public constant ALL_PURPOSES = 63;

    uint8 internal constant POWER_GRANT = 1;
    uint8 internal constant POWER_REVOKE = 2;

    /// @inheritdoc IGrantPolicy
    IAccessRegistry public registry;

    /// @inheritdoc IGrantPolicy
    mapping(bytes32 project => uint64) public allRevokedAt;

    mapping(bytes32 project => mapping(bytes32 key => bool)) private _revoked;
    mapping(address giver => mapping(bytes32 key => bool)) private _takenBack;

    /// @notice Names the registry. In the genesis, where no constructor runs, its storage has the same.
    /// @param registry_ Where projects are registered.
    constructor(IAccessRegistry registry_) {
        registry = registry_;
    }

    /// @inheritdoc IGrantPolicy
    function revoke(bytes32 project, bytes32 grant) external {
        _requirePower(project, POWER_REVOKE);
        _revoke(project, grant, uint64(block.timestamp));
    }

    /// @inheritdoc IGrantPolicy
    function revokeBySignature(RevokeNow calldata order, bytes calldata signature) external {
        _requireSigned(order.project, POWER_REVOKE, VaultMessages.hash(order), signature);
        uint64 now_ = uint64(block.timestamp);
        _revoke(order.project, order.grant, order.issuedAt < now_ ? order.issuedAt : now_);
    }

    /// @inheritdoc IGrantPolicy
    function takeBack(bytes32 grant) external {
        bytes32 key = _key(grant);
        _takenBack[msg.sender][key] = true;
        emit TakenBack(msg.sender, key);
    }

    /// @inheritdoc IAccessPolicy
    function mayRelease(
        bytes32 object,
        uint8 rendition,
        bytes calldata subject,
        uint32 purpose,
        bytes calldata evidence
    ) external view returns (uint64, bytes4) {
        if (evidence.length > MAX_EVIDENCE || purpose == 0 || purpose & (purpose - 1) != 0)
            return (0, Denials.MALFORMED);
        try this.decodeEvidence(evidence) returns (Evidence memory shown) {
            return _decide(Question(object, rendition, purpose, subject), shown);
        } catch {
            return (0, Denials.MALFORMED);
        }
    }

    /// @inheritdoc IGrantPolicy
    function isRevoked(bytes32 project, bytes32 grant) external view returns (bool) {
        return _revoked[project][_key(grant)];
    }

    /// @inheritdoc IGrantPolicy
    function decodeEvidence(bytes calldata evidence) external pure returns (Evidence memory) {
        return abi.decode(evidence, (Evidence));
    }

    /// @dev What stands for a grant in the storage of this kind.
    function _key(bytes32 grant) internal pure virtual returns (bytes32);

    /// @dev Whether a grant was given, why not, and by whom: zero where it is not known or does not matter. `giver` is the account that the grant above
    /// names, zero for the owner's own grant. `era` is the project's.
    function _given(
        GrantEvidence memory shown,
        bytes32 id,
        address giver,
        uint64 era
    ) internal view virtual returns (address by, bytes4 reason);

    function _markRevoked(bytes32 project, bytes32 key) internal {
        _revoked[project][key] = true;
        emit Revoked(project, key);
    }

    function _requirePower(bytes32 project, uint8 power) internal view {
        if (registry.powersOf(project, msg.sender) & power != power)
            revert GrantPolicy_Unauthorized(project, msg.sender);
    }

    /// @dev Who signed, by key or contract; reverts unless it may.
    function _requireSigned(
        bytes32 project,
        uint8 power,
        bytes32 structHash,
        bytes calldata signature
    ) internal view returns (address signer) {
        bytes32 digest = VaultMessages.digest(registry.domainSeparator(), structHash);
        signer = registry.signerFor(project, power, digest, signature);
        if (signer == address(0)) revert GrantPolicy_Unauthorized(project, address(0));
    }

    function _revoke(bytes32 project, bytes32 grant, uint64 at) private {
        if (grant != bytes32(0)) return _markRevoked(project, _key(grant));
        // An older order changes nothing.
        if (at <= allRevokedAt[project]) return;
        allRevokedAt[project] = at;
        emit AllRevoked(project, at);
    }

    function _decide(Question memory asked, Evidence memory shown) private view returns (uint64, bytes4) {
        GrantEvidence[] memory chain = shown.chain;
        if (chain.length == 0 || chain.length > MAX_CHAIN || shown.path.length > MAX_PATH)
            return (0, Denials.MALFORMED);
        Progress memory at;
        at.project = chain[0].grant.project;
        IAccessRegistry.Project memory project = registry.projectOf(at.project);
        if (project.owner == address(0)) return (0, Denials.UNKNOWN_PROJECT);
        at.era = project.era;
        at.objects = _objects(at.project, shown.path);
        if (at.objects[shown.path.length] != asked.object) return (0, Denials.WRONG_SCOPE);
        if (registry.isErased(at.project, shown.path)) return (0, Denials.ERASED);
        at.separator = registry.domainSeparator();
        at.until = type(uint64).max;
        for (uint256 i = 0; i < chain.length; i++) {
            bytes4 reason = _check(asked, at, chain[i], i == 0 ? chain[i].grant : chain[i - 1].grant);
            if (reason != 0) return (0, reason);
        }
        Grant memory last = chain[chain.length - 1].grant;
        uint64 held = Subjects.matches(last.subjectKind, last.subject, asked.subject);
        if (held == 0) return (0, Denials.WRONG_SUBJECT);
        return (held < at.until ? held : at.until, 0);
    }

    /// @dev Checks the next grant of the chain; `above` is the one before it, or the grant itself where it is the owner's.
    function _check(
        Question memory asked,
        Progress memory at,
        GrantEvidence memory shown,
        Grant memory above
    ) private view returns (bytes4) {
        Grant memory grant = shown.grant;
        if (grant.project != at.project) return Denials.OTHER_PROJECT;
        if (grant.parent != at.above) return Denials.WRONG_DELEGATION;
        address giver;
        if (at.above != 0) {
            giver = Subjects.local(above.subject);
            if (giver == address(0) || !_isWithin(grant, above)) return Denials.WRONG_DELEGATION;
        }
        bytes32 id = VaultMessages.digest(at.separator, VaultMessages.hash(grant));
        (address by, bytes4 reason) = _given(shown, id, giver, at.era);
        if (reason != 0) return reason;
        if (_isTakenBack(at.project, _key(id), by, grant.notBefore)) return Denials.REVOKED;
        if (block.timestamp < grant.notBefore) return Denials.NOT_YET;
        if (block.timestamp >= grant.expiry) return Denials.EXPIRED;
        uint256 depth = at.depth;
        // The scope must be at or below that of the grant above, and at or above the object.
        while (at.objects[depth] != grant.scope) if (++depth == at.objects.length) return Denials.WRONG_SCOPE;
        if (grant.renditions & (1 << asked.rendition) == 0) return Denials.WRONG_RENDITION;
        if (grant.purposes & asked.purpose == 0) return Denials.WRONG_PURPOSE;
        at.above = id;
        at.depth = depth;
        if (grant.expiry < at.until) at.until = grant.expiry;
        return 0;
    }

    function _isTakenBack(bytes32 project, bytes32 key, address by, uint64 notBefore) private view returns (bool) {
        return
            _revoked[project][key] || notBefore <= allRevokedAt[project] || (by != address(0) && _takenBack[by][key]);
    }

    /// @dev Whether a grant that passes another one on is for an account, as the one above is, and nowhere wider. Scopes are compared on the path.
    function _isWithin(Grant memory grant, Grant memory above) internal pure returns (bool) {
        return
            grant.subjectKind == Subjects.ACCOUNT &&
            above.subjectKind == Subjects.ACCOUNT &&
            grant.delegation < above.delegation &&
            grant.renditions & ~above.renditions == 0 &&
            grant.purposes & ~above.purposes == 0 &&
            grant.notBefore >= above.notBefore &&
            grant.expiry <= above.expiry;
    }

    function _objects(bytes32 project, bytes32[] memory path) private pure returns (bytes32[] memory objects) {
        objects = new bytes32[](path.length + 1);
        objects[0] = project;
        for (uint256 i = 0; i < path.length; i++) objects[i + 1] = keccak256(abi.encodePacked(objects[i], path[i]));
    }
}
