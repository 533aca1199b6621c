// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice What members of a storage committee certify: they have the shards of these sealed bytes and keep them.
/// @param blob Id of the sealed bytes.
/// @param keyHash keccak256 of the key that opens them.
/// @param length Bytes of all chunks.
/// @param committee Epoch of the committee.
/// @param until Kept until, seconds.
struct Availability {
    bytes32 blob;
    bytes32 keyHash;
    uint64 length;
    uint64 committee;
    uint64 until;
}

/// @title Certificates
/// @notice EIP-712 hashes of what members of storage committees certify to L1. libs/vault/protocol/src/certificate.ts has the same types.
library Certificates {
    bytes32 private constant DOMAIN = keccak256(
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    );
    bytes32 private constant AVAILABILITY = keccak256(
        "Availability(bytes32 blob,bytes32 keyHash,uint64 length,uint64 committee,uint64 until)"
    );

    /// @notice Domain separator of an adapter on this chain: where its certificates count.
    /// @param adapter The adapter.
    /// @return separator EIP-712 domain separator.
    function domainSeparator(address adapter) internal view returns (bytes32 separator) {
        return keccak256(abi.encode(DOMAIN, keccak256("Animechain DA"), keccak256("1"), block.chainid, adapter));
    }

    /// @notice What members sign.
    /// @param adapter The adapter that it is for.
    /// @param what What they certify.
    /// @return digest EIP-712 hash.
    function hash(address adapter, Availability memory what) internal view returns (bytes32 digest) {
        bytes32 structHash = keccak256(abi.encode(AVAILABILITY, what));
        return keccak256(abi.encodePacked(hex"1901", domainSeparator(adapter), structHash));
    }
}
