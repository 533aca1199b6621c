// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice What an owner, or who may pass on, allows. docs/spec/vault.md, section 4.
/// @param project The project that it is about.
/// @param scope The object that it covers, with everything below it; the project itself covers all.
/// @param subjectKind What `subject` is: 0 an account, 1 the holder of a token, 2 holders of a collection, 3 who has a licence.
/// @param subject Whom it is for.
/// @param renditions Bit r for rendition r.
/// @param purposes Bits of the purposes.
/// @param notBefore When it begins, seconds.
/// @param expiry When it is over, seconds.
/// @param delegation How many times it may be passed on, 0 to 2.
/// @param parent EIP-712 hash of the grant that it passes on; zero if it is the owner's.
/// @param nonce Random; blinds the hash.
struct Grant {
    bytes32 project;
    bytes32 scope;
    uint8 subjectKind;
    bytes subject;
    uint256 renditions;
    uint32 purposes;
    uint64 notBefore;
    uint64 expiry;
    uint8 delegation;
    bytes32 parent;
    bytes32 nonce;
}

/// @notice One grant of the chain that leads to the requester, with what shows that it was given.
/// @param grant The grant.
/// @param signature EIP-712 signature of who gave it; may be empty where the policy does not need it.
/// @param proof `BlindGrants`: path of its leaf to the project's root. Empty for `Grants`.
struct GrantEvidence {
    Grant grant;
    bytes signature;
    bytes32[] proof;
}

/// @notice What a requester shows the policies `Grants` and `BlindGrants`.
/// @param chain One to three grants, the owner's first, each passed on by the next.
/// @param path Salts from the project down to the object; the scope of every grant is on it.
struct Evidence {
    GrantEvidence[] chain;
    bytes32[] path;
}

/// @notice The owner, or a delegate, takes grants back.
/// @param project The project.
/// @param grant EIP-712 hash of the grant; zero for every grant that has begun by then.
/// @param issuedAt When it was signed, seconds.
struct RevokeNow {
    bytes32 project;
    bytes32 grant;
    uint64 issuedAt;
}

/// @notice The owner, or a delegate, has an object destroyed.
/// @param project The project.
/// @param object The object; everything below it goes too.
/// @param issuedAt When it was signed, seconds.
struct Erase {
    bytes32 project;
    bytes32 object;
    uint64 issuedAt;
}

/// @notice The root of a project's blind grants, signed so that somebody else may send it.
/// @param project The project.
/// @param root Root over the leaves; zero for none.
/// @param version One more than that of the root before.
struct GrantsRoot {
    bytes32 project;
    bytes32 root;
    uint64 version;
}

/// @notice What a key node decided, in its chain of decisions.
/// @param node The node's account.
/// @param project Whose object was asked for; zero where the body did not say.
/// @param sequence Counts from 0 without a gap, for each node and project.
/// @param previous EIP-712 hash of the receipt before; zero for the first.
/// @param request EIP-712 hash of the request.
/// @param released Whether a share was released.
/// @param share keccak256 of what the answer carries; zero where it denied.
/// @param reason Why not; zero where it was released.
/// @param blockNumber L2 block that the policy was asked at.
/// @param blockHash Hash of that block.
/// @param until What the policy answered, seconds.
/// @param timestamp When, by the node's clock, seconds.
struct Receipt {
    address node;
    bytes32 project;
    uint64 sequence;
    bytes32 previous;
    bytes32 request;
    bool released;
    bytes32 share;
    bytes4 reason;
    uint64 blockNumber;
    bytes32 blockHash;
    uint64 until;
    uint64 timestamp;
}

/// @notice A storage node has a shard on disk, synced.
/// @param node The node's account.
/// @param blob Id of the sealed bytes.
/// @param shard Number of the shard, 0 to 4.
/// @param eraser Whose order to erase frees the node of it; zero for batches.
/// @param length Bytes of the shard.
/// @param committee Epoch of the committee.
/// @param until Kept until, seconds.
struct Acknowledgement {
    address node;
    bytes32 blob;
    uint8 shard;
    address eraser;
    uint64 length;
    uint64 committee;
    uint64 until;
}

/// @notice What a rendition of an object is, signed by the project's owner or a delegate.
/// @param project The project.
/// @param object The object.
/// @param path Salts from the project to the object.
/// @param rendition Number of the rendition.
/// @param version Of the content, counted from 1.
/// @param epoch Of the key, counted from 1.
/// @param blob Id of the sealed bytes.
/// @param committee Epoch of the committee that got the shares.
/// @param threshold Shares that open the key.
/// @param shareCommitments Of share 1, 2, and so on.
/// @param ownerWrap The data key sealed to the owner.
/// @param createdAt When, seconds.
struct Manifest {
    bytes32 project;
    bytes32 object;
    bytes32[] path;
    uint8 rendition;
    uint32 version;
    uint32 epoch;
    bytes32 blob;
    uint64 committee;
    uint8 threshold;
    bytes32[] shareCommitments;
    bytes ownerWrap;
    uint64 createdAt;
}

/// @title VaultMessages
/// @notice EIP-712 hashes of the messages of the private store that contracts read. libs/vault/protocol/src/typedData.ts has the same types.
library VaultMessages {
    bytes32 private constant DOMAIN = keccak256(
        "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
    );
    bytes32 private constant GRANT = keccak256(
        "Grant(bytes32 project,bytes32 scope,uint8 subjectKind,bytes subject,uint256 renditions,uint32 purposes,uint64 notBefore,uint64 expiry,uint8 delegation,bytes32 parent,bytes32 nonce)"
    );
    bytes32 private constant REVOKE_NOW = keccak256("RevokeNow(bytes32 project,bytes32 grant,uint64 issuedAt)");
    bytes32 private constant ERASE = keccak256("Erase(bytes32 project,bytes32 object,uint64 issuedAt)");
    bytes32 private constant GRANTS_ROOT = keccak256("GrantsRoot(bytes32 project,bytes32 root,uint64 version)");
    bytes32 private constant RECEIPT = keccak256(
        "Receipt(address node,bytes32 project,uint64 sequence,bytes32 previous,bytes32 request,bool released,bytes32 share,bytes4 reason,uint64 blockNumber,bytes32 blockHash,uint64 until,uint64 timestamp)"
    );
    bytes32 private constant MANIFEST = keccak256(
        "Manifest(bytes32 project,bytes32 object,bytes32[] path,uint8 rendition,uint32 version,uint32 epoch,bytes32 blob,uint64 committee,uint8 threshold,bytes32[] shareCommitments,bytes ownerWrap,uint64 createdAt)"
    );
    bytes32 private constant ACKNOWLEDGEMENT = keccak256(
        "Acknowledgement(address node,bytes32 blob,uint8 shard,address eraser,uint64 length,uint64 committee,uint64 until)"
    );

    /// @notice Domain separator of the store: where its signatures count.
    /// @param chainId Chain id of the L2 that has the registry.
    /// @param registry The access registry there.
    /// @return separator EIP-712 domain separator.
    function domainSeparator(uint256 chainId, address registry) internal pure returns (bytes32 separator) {
        return keccak256(abi.encode(DOMAIN, keccak256("Animechain Vault"), keccak256("1"), chainId, registry));
    }

    /// @notice What is signed.
    /// @param separator Domain separator.
    /// @param structHash Hash of the message.
    /// @return id EIP-712 hash.
    function digest(bytes32 separator, bytes32 structHash) internal pure returns (bytes32 id) {
        return keccak256(abi.encodePacked(hex"1901", separator, structHash));
    }

    /// @notice Struct hash of a grant.
    /// @param message The grant.
    /// @return structHash Its hash, without the domain.
    function hash(Grant memory message) internal pure returns (bytes32 structHash) {
        return
            keccak256(
                abi.encode(
                    GRANT,
                    message.project,
                    message.scope,
                    message.subjectKind,
                    keccak256(message.subject),
                    message.renditions,
                    message.purposes,
                    message.notBefore,
                    message.expiry,
                    message.delegation,
                    message.parent,
                    message.nonce
                )
            );
    }

    /// @notice Struct hash of a revocation.
    /// @param message The revocation.
    /// @return structHash Its hash, without the domain.
    function hash(RevokeNow memory message) internal pure returns (bytes32 structHash) {
        return keccak256(abi.encode(REVOKE_NOW, message));
    }

    /// @notice Struct hash of an order to erase.
    /// @param message The order.
    /// @return structHash Its hash, without the domain.
    function hash(Erase memory message) internal pure returns (bytes32 structHash) {
        return keccak256(abi.encode(ERASE, message));
    }

    /// @notice Struct hash of a root of blind grants.
    /// @param message The root.
    /// @return structHash Its hash, without the domain.
    function hash(GrantsRoot memory message) internal pure returns (bytes32 structHash) {
        return keccak256(abi.encode(GRANTS_ROOT, message));
    }

    /// @notice Struct hash of a receipt.
    /// @param message The receipt.
    /// @return structHash Its hash, without the domain.
    function hash(Receipt memory message) internal pure returns (bytes32 structHash) {
        return keccak256(abi.encode(RECEIPT, message));
    }

    /// @notice Struct hash of a manifest.
    /// @param message The manifest.
    /// @return structHash Its hash, without the domain.
    function hash(Manifest memory message) internal pure returns (bytes32 structHash) {
        return
            keccak256(
                abi.encode(
                    MANIFEST,
                    message.project,
                    message.object,
                    keccak256(abi.encodePacked(message.path)),
                    message.rendition,
                    message.version,
                    message.epoch,
                    message.blob,
                    message.committee,
                    message.threshold,
                    keccak256(abi.encodePacked(message.shareCommitments)),
                    keccak256(message.ownerWrap),
                    message.createdAt
                )
            );
    }

    /// @notice Struct hash of an acknowledgement.
    /// @param message The acknowledgement.
    /// @return structHash Its hash, without the domain.
    function hash(Acknowledgement memory message) internal pure returns (bytes32 structHash) {
        return keccak256(abi.encode(ACKNOWLEDGEMENT, message));
    }
}
