// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Evidence, RevokeNow} from "../VaultMessages.sol";
import {IAccessPolicy} from "./IAccessPolicy.sol";
import {IAccessRegistry} from "./IAccessRegistry.sol";

/// @title IGrantPolicy
/// @notice What the policies `Grants` and `BlindGrants` have in common: grants that are passed on, and taken back.
interface IGrantPolicy is IAccessPolicy {
    /// @notice A grant was taken back for the project, and with it all that pass it on.
    /// @param project The project.
    /// @param key EIP-712 hash of the grant; of a blind one, its leaf.
    event Revoked(bytes32 indexed project, bytes32 indexed key);

    /// @notice Every grant of a project was taken back that had begun by then.
    /// @param project The project.
    /// @param begunBy Grants with `notBefore` up to then count no more, seconds.
    event AllRevoked(bytes32 indexed project, uint64 begunBy);

    /// @notice Who gave a grant took it back.
    /// @param giver Who took it back; without effect unless it is who gave it.
    /// @param key EIP-712 hash of the grant; of a blind one, its leaf.
    event TakenBack(address indexed giver, bytes32 indexed key);

    /// @notice The caller, or whoever signed, may not do this.
    /// @param project The project.
    /// @param account Who wanted to; zero where the signature is nobody's who may.
    error GrantPolicy_Unauthorized(bytes32 project, address account);

    /// @notice Takes a grant back, or all that have begun. The owner, or a delegate with `REVOKE`. Also before it was given, and for good.
    /// @param project The project.
    /// @param grant EIP-712 hash of the grant; zero for every one whose `notBefore` is not in the future.
    function revoke(bytes32 project, bytes32 grant) external;

    /// @notice The same by an order that was signed; anybody may send it, so that key nodes see on chain what they were told.
    /// @param order The order.
    /// @param signature EIP-712 signature of the owner or a delegate with `REVOKE`.
    function revokeBySignature(RevokeNow calldata order, bytes calldata signature) external;

    /// @notice Takes back a grant that the caller gave: passed on, or signed as a delegate.
    /// @param grant EIP-712 hash of the grant.
    function takeBack(bytes32 grant) external;

    /// @notice Whether a grant was taken back for the project by its hash.
    /// @param project The project.
    /// @param grant EIP-712 hash of the grant.
    /// @return Whether it was.
    function isRevoked(bytes32 project, bytes32 grant) external view returns (bool);

    /// @notice Until when grants must not have begun to count.
    /// @param project The project.
    /// @return Seconds; those with `notBefore` up to then were taken back.
    function allRevokedAt(bytes32 project) external view returns (uint64);

    /// @notice Where projects are registered.
    /// @return The registry.
    function registry() external view returns (IAccessRegistry);

    /// @notice Decodes evidence; reverts where it is none.
    /// @param evidence ABI bytes.
    /// @return The evidence.
    function decodeEvidence(bytes calldata evidence) external pure returns (Evidence memory);
}
