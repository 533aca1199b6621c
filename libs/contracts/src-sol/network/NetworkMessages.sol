// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

/// @notice "The assertion `game` is right; I derived it myself." docs/spec/network.md, section 2.
/// @param game The assertion.
/// @param batchIndex Batch after which the output holds, counted from 0.
/// @param batchAcc Accumulator of the inbox after that batch.
/// @param l2BlockNumber L2 block after which the output holds.
/// @param outputRoot The output root.
/// @param blocksRoot Root over what the verifier found for each block.
/// @param epoch Epoch of the stake registry when it was signed.
struct Attestation {
    address game;
    uint256 batchIndex;
    bytes32 batchAcc;
    uint256 l2BlockNumber;
    bytes32 outputRoot;
    bytes32 blocksRoot;
    uint64 epoch;
}

/// @notice What the attestations of a certificate have in common.
/// @param game See Attestation.
/// @param batchIndex See Attestation.
/// @param batchAcc See Attestation.
/// @param l2BlockNumber See Attestation.
/// @param outputRoot See Attestation.
/// @param epoch See Attestation.
struct Body {
    address game;
    uint256 batchIndex;
    bytes32 batchAcc;
    uint256 l2BlockNumber;
    bytes32 outputRoot;
    uint64 epoch;
}

/// @notice What a signer adds.
/// @param blocksRoot See Attestation.
/// @param r First word of the signature.
/// @param vs Second word with the parity in the top bit (EIP-2098); `s` in the lower half.
struct Vote {
    bytes32 blocksRoot;
    bytes32 r;
    bytes32 vs;
}

/// @notice A signer of a certificate as it is shown again after it was posted.
/// @param member Owner account of the member, in the order of the keys.
/// @param stake Its ETH stake when the certificate was posted, wei.
struct Signer {
    address member;
    uint256 stake;
}

/// @title NetworkMessages
/// @notice EIP-712 digests of what verifiers sign, and ids of certificates.
library NetworkMessages {
    /// @notice EIP-712 type of an attestation.
    bytes32 internal constant ATTESTATION_TYPEHASH = keccak256(
        "Attestation(address game,uint256 batchIndex,bytes32 batchAcc,uint256 l2BlockNumber,bytes32 outputRoot,bytes32 blocksRoot,uint64 epoch)"
    );

    /// @notice Id of a certificate.
    /// @param body What its attestations have in common.
    /// @return The id.
    function idOf(Body memory body) internal pure returns (bytes32) {
        return keccak256(abi.encode(body));
    }

    /// @notice What an attestation has in common with those of a certificate.
    /// @param a The attestation.
    /// @return The body.
    function bodyOf(Attestation calldata a) internal pure returns (Body memory) {
        return Body(a.game, a.batchIndex, a.batchAcc, a.l2BlockNumber, a.outputRoot, a.epoch);
    }

    /// @notice What a key signs.
    /// @param domain EIP-712 domain separator of the stake registry.
    /// @param body What the attestation has in common with others.
    /// @param blocksRoot What it has not.
    /// @return The digest.
    function digest(bytes32 domain, Body memory body, bytes32 blocksRoot) internal pure returns (bytes32) {
        return
            MessageHashUtils.toTypedDataHash(
                domain,
                keccak256(
                    abi.encode(
                        ATTESTATION_TYPEHASH,
                        body.game,
                        body.batchIndex,
                        body.batchAcc,
                        body.l2BlockNumber,
                        body.outputRoot,
                        blocksRoot,
                        body.epoch
                    )
                )
            );
    }

    /// @notice Who signed a vote.
    /// @param domain EIP-712 domain separator of the stake registry.
    /// @param body What the attestations have in common.
    /// @param vote The rest, and the signature.
    /// @return key The account; zero if the signature is none, or its `s` is in the upper half.
    function signerOf(bytes32 domain, Body memory body, Vote calldata vote) internal pure returns (address key) {
        (key, , ) = ECDSA.tryRecover(digest(domain, body, vote.blocksRoot), vote.r, vote.vs);
    }
}
