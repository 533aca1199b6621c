// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {IDataAvailability} from "../l1/interfaces/IDataAvailability.sol";
import {ISemver} from "../shared/ISemver.sol";
import {Availability, Certificates} from "./Certificates.sol";
import {Roles} from "./Roles.sol";
import {ICommitteeRegistry} from "./interfaces/ICommitteeRegistry.sol";

/// @title PrivateDA
/// @notice The batch is sealed and with a storage committee; the evidence is its certificate,
/// `abi.encode(Availability, bytes[] signatures, uint256 keyIndex, bytes32[16] keyPath)`, the signatures in the order of their signers. The key is one
/// that whoever has the chain's view key has. docs/spec/vault.md, section 6.
contract PrivateDA is IDataAvailability, ISemver {
    /// @notice Bytes of all chunks of a batch at most: three chunks with their tags.
    uint64 public constant MAX_LENGTH = 786_480;
    /// @notice Bytes of evidence at most.
    uint256 public constant MAX_EVIDENCE = 16_384;

    /// @notice Least threshold of a committee: with one signer that lies there are still the three shards that make a batch.
    uint8 public constant MIN_THRESHOLD = 4;
    /// @notice Levels of the tree of keys.
    uint256 public constant KEY_DEPTH = 16;

    /// @inheritdoc IDataAvailability
    uint8 public constant kind = 4;

    /// @inheritdoc ISemver
    string public constant version = "1.0.0";

    /// @notice Where the committees are.
    ICommitteeRegistry public immutable registry;
    /// @notice Root over the hashes of all keys that batches may be sealed with.
    bytes32 public immutable keyRoot;
    /// @notice Least time from the batch on that its shards are kept, seconds.
    uint64 public immutable retention;
    /// @notice How long certificates of an epoch count after the next one began, seconds.
    uint64 public immutable grace;

    /// @notice The evidence is too long.
    /// @param length Its length, bytes.
    /// @param max Upper bound, bytes.
    error PrivateDA_TooLong(uint256 length, uint256 max);

    /// @notice A batch has bytes, and three chunks at most.
    /// @param length What the certificate says, bytes.
    /// @param max Upper bound, bytes.
    error PrivateDA_BadLength(uint64 length, uint64 max);

    /// @notice The shards are not kept for long enough.
    /// @param until Until when they are, seconds.
    /// @param earliest Until when they must be, seconds.
    error PrivateDA_KeptTooShort(uint64 until, uint64 earliest);

    /// @notice The epoch is not in force, nor the one before for less than `grace`.
    /// @param epoch Its number.
    error PrivateDA_WrongEpoch(uint64 epoch);

    /// @notice The chain has no root of keys.
    error PrivateDA_NoKeys();

    /// @notice The key is not one of the chain's: who has the view key might not have it.
    /// @param keyHash keccak256 of the key.
    error PrivateDA_ForeignKey(bytes32 keyHash);

    /// @notice The committee may act with too few.
    /// @param threshold Its threshold; zero where the epoch has no such committee.
    /// @param min Lower bound.
    error PrivateDA_BadThreshold(uint256 threshold, uint256 min);

    /// @notice Too few members signed.
    /// @param got Signatures.
    /// @param needed The committee's threshold.
    error PrivateDA_TooFew(uint256 got, uint256 needed);

    /// @notice These bytes are no signature in its only form.
    /// @param index Which one, counted from 0.
    error PrivateDA_BadSignature(uint256 index);

    /// @notice Signers come in the order of their addresses, each once.
    /// @param signer Who came too late.
    error PrivateDA_NotSorted(address signer);

    /// @notice Who signed has no seat, asked to leave, or has too little at stake.
    /// @param signer The key.
    error PrivateDA_NotAMember(address signer);

    /// @notice Names the committees, and what certificates must promise.
    /// @param registry_ Where the committees are.
    /// @param keyRoot_ Root over the hashes of all keys that batches may be sealed with; not zero.
    /// @param retention_ Least time that shards are kept, seconds.
    /// @param grace_ How long certificates of an epoch count after the next one began, seconds.
    constructor(ICommitteeRegistry registry_, bytes32 keyRoot_, uint64 retention_, uint64 grace_) {
        if (keyRoot_ == bytes32(0)) revert PrivateDA_NoKeys();
        (registry, keyRoot, retention, grace) = (registry_, keyRoot_, retention_, grace_);
    }

    /// @inheritdoc IDataAvailability
    function commit(bytes calldata evidence) external view returns (bytes memory commitment) {
        if (evidence.length > MAX_EVIDENCE) revert PrivateDA_TooLong(evidence.length, MAX_EVIDENCE);
        (Availability memory what, bytes[] memory signatures, uint256 keyIndex, bytes32[16] memory keyPath) = abi
            .decode(evidence, (Availability, bytes[], uint256, bytes32[16]));
        if (what.length == 0 || what.length > MAX_LENGTH) revert PrivateDA_BadLength(what.length, MAX_LENGTH);
        uint64 earliest = uint64(block.timestamp) + retention;
        if (what.until < earliest) revert PrivateDA_KeptTooShort(what.until, earliest);
        if (!_isOwnKey(what.keyHash, keyIndex, keyPath)) revert PrivateDA_ForeignKey(what.keyHash);
        _requireInForce(what.committee);
        _requireCertified(what, signatures);
        return abi.encodePacked(kind, uint8(1), what.blob, what.keyHash, what.length, what.committee);
    }

    /// @notice Whether `commit` would take the evidence now. Never reverts, given gas.
    /// @param evidence The evidence.
    /// @return valid Whether it would.
    /// @return reason Selector of the error otherwise; zero where the bytes are no evidence.
    function isValid(bytes calldata evidence) external view returns (bool valid, bytes4 reason) {
        try this.commit(evidence) returns (bytes memory) {
            return (true, 0);
        } catch (bytes memory failure) {
            return (false, failure.length < 4 ? bytes4(0) : bytes4(failure));
        }
    }

    /// @notice What members sign.
    /// @param what What they certify.
    /// @return EIP-712 hash.
    function hashOf(Availability memory what) external view returns (bytes32) {
        return Certificates.hash(address(this), what);
    }

    /// @notice Where certificates count.
    /// @return EIP-712 domain separator.
    function domainSeparator() external view returns (bytes32) {
        return Certificates.domainSeparator(address(this));
    }

    function _requireCertified(Availability memory what, bytes[] memory signatures) private view {
        uint256 needed = registry.thresholdAt(what.committee, Roles.STORAGE);
        if (needed < MIN_THRESHOLD) revert PrivateDA_BadThreshold(needed, MIN_THRESHOLD);
        if (signatures.length < needed) revert PrivateDA_TooFew(signatures.length, needed);
        bytes32 digest = Certificates.hash(address(this), what);
        address last;
        for (uint256 i = 0; i < signatures.length; i++) {
            (address signer, ECDSA.RecoverError failure, ) = ECDSA.tryRecover(digest, signatures[i]);
            if (failure != ECDSA.RecoverError.NoError) revert PrivateDA_BadSignature(i);
            if (signer <= last) revert PrivateDA_NotSorted(signer);
            if (!registry.isStanding(what.committee, Roles.STORAGE, signer)) revert PrivateDA_NotAMember(signer);
            last = signer;
        }
    }

    function _requireInForce(uint64 epoch) private view {
        (uint64 from, uint64 until) = registry.epochTimes(epoch);
        bool old = uint256(epoch) + 1 < registry.currentEpoch();
        // The end of an epoch with no successor is the greatest number.
        bool over = until < block.timestamp && block.timestamp - until > grace;
        if (from == 0 || from > block.timestamp || over || old) revert PrivateDA_WrongEpoch(epoch);
    }

    /// @dev Bit k of the index is 1 where the node of level k is the right one.
    function _isOwnKey(bytes32 node, uint256 index, bytes32[16] memory path) private view returns (bool) {
        if (index >> KEY_DEPTH != 0) return false;
        for (uint256 i = 0; i < KEY_DEPTH; i++)
            node = (index >> i) & 1 == 1 ? keccak256(abi.encode(path[i], node)) : keccak256(abi.encode(node, path[i]));
        return node == keyRoot;
    }
}
