// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Denials
/// @notice Why a policy refuses: the first four bytes of keccak256 of a name, as in libs/vault/protocol/src/denials.ts.
library Denials {
    bytes4 internal constant MALFORMED = bytes4(keccak256("VAULT_MALFORMED"));
    bytes4 internal constant BAD_SIGNATURE = bytes4(keccak256("VAULT_BAD_SIGNATURE"));
    bytes4 internal constant OTHER_PROJECT = bytes4(keccak256("VAULT_OTHER_PROJECT"));
    bytes4 internal constant UNKNOWN_PROJECT = bytes4(keccak256("VAULT_UNKNOWN_PROJECT"));
    bytes4 internal constant NO_GRANT = bytes4(keccak256("VAULT_NO_GRANT"));
    bytes4 internal constant REVOKED = bytes4(keccak256("VAULT_REVOKED"));
    bytes4 internal constant NOT_YET = bytes4(keccak256("VAULT_NOT_YET"));
    bytes4 internal constant EXPIRED = bytes4(keccak256("VAULT_EXPIRED"));
    bytes4 internal constant WRONG_SUBJECT = bytes4(keccak256("VAULT_WRONG_SUBJECT"));
    bytes4 internal constant WRONG_SCOPE = bytes4(keccak256("VAULT_WRONG_SCOPE"));
    bytes4 internal constant WRONG_RENDITION = bytes4(keccak256("VAULT_WRONG_RENDITION"));
    bytes4 internal constant WRONG_PURPOSE = bytes4(keccak256("VAULT_WRONG_PURPOSE"));
    bytes4 internal constant WRONG_DELEGATION = bytes4(keccak256("VAULT_WRONG_DELEGATION"));
    bytes4 internal constant ERASED = bytes4(keccak256("VAULT_ERASED"));
}
