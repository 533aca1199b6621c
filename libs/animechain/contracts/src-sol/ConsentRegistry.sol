// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Consent, ConsentTerms, IConsentRegistry} from "./interfaces/IConsentRegistry.sol";
import {ICouncil} from "./interfaces/ICouncil.sol";
import {IModules} from "./interfaces/IModules.sol";

/// @title ConsentRegistry
/// @notice See IConsentRegistry. No owner, no proxy.
contract ConsentRegistry is IConsentRegistry, EIP712 {
    /// @notice Semantic version of this contract.
    string public constant version = "1.0.0";
    /// @notice Consents that one call gives or revokes at most.
    uint256 public constant MAX_BATCH = 100;
    /// @notice The greatest basis: opt-out.
    uint8 public constant MAX_BASIS = 4;
    /// @notice The whole, bps.
    uint16 public constant ALL = 10_000;
    /// @notice Key of the council in the directory.
    bytes32 public constant COUNCIL = keccak256("Council");
    /// @notice Key of this module in the directory.
    bytes32 public constant CONSENT_REGISTRY = keccak256("ConsentRegistry");
    /// @notice Type of the terms in what a provider signs (EIP-712).
    bytes32 public constant TERMS_TYPEHASH = keccak256(
        "ConsentTerms(uint32 purposes,uint8 basis,uint64 from,uint64 until,uint32 weight,bool dataSets)"
    );
    /// @notice Type of what a provider signs to give (EIP-712).
    bytes32 public constant GIVE_TYPEHASH = keccak256(
        "Give(address provider,bytes32[] commitments,ConsentTerms terms,uint256 nonce,uint256 deadline)ConsentTerms(uint32 purposes,uint8 basis,uint64 from,uint64 until,uint32 weight,bool dataSets)"
    );
    /// @notice Type of what a provider signs to revoke (EIP-712).
    bytes32 public constant REVOKE_TYPEHASH = keccak256("Revoke(uint256[] consents,uint256 nonce,uint256 deadline)");

    /// @notice Where the other contracts are.
    IModules public immutable modules;
    /// @inheritdoc IConsentRegistry
    uint256 public count;
    /// @inheritdoc IConsentRegistry
    uint16 public minOptInBps;
    /// @inheritdoc IConsentRegistry
    mapping(address provider => uint256) public nonces;
    /// @inheritdoc IConsentRegistry
    mapping(uint256 id => bool) public isDataSet;

    mapping(uint256 id => Consent) private _consents;

    /// @notice Names the directory.
    /// @param modules_ Where the other contracts are.
    constructor(IModules modules_) EIP712("ConsentRegistry", "1") {
        modules = modules_;
    }

    /// @inheritdoc IConsentRegistry
    function give(
        address provider,
        bytes32[] calldata commitments,
        ConsentTerms calldata terms,
        uint256 deadline,
        bytes calldata signature
    ) external returns (uint256 first) {
        if (ICouncil(modules.moduleOf(COUNCIL)).isPaused(CONSENT_REGISTRY)) revert ConsentRegistry_Paused();
        _requireLength("commitments", commitments.length);
        _requireTerms(terms);
        if (msg.sender != provider) {
            uint256 nonce = nonces[provider]++;
            bytes32 digest = digestOfGive(provider, commitments, terms, nonce, deadline);
            _requireSigned(provider, nonce, digest, deadline, signature);
        }
        first = count + 1;
        count += commitments.length;
        for (uint256 i = 0; i < commitments.length; i++) _give(first + i, provider, commitments[i], terms);
    }

    /// @inheritdoc IConsentRegistry
    function revoke(uint256[] calldata ids, uint256 deadline, bytes calldata signature) external {
        _requireLength("ids", ids.length);
        address provider = _requireConsent(ids[0]).provider;
        if (msg.sender != provider) {
            uint256 nonce = nonces[provider]++;
            _requireSigned(provider, nonce, digestOfRevoke(ids, nonce, deadline), deadline, signature);
        }
        for (uint256 i = 0; i < ids.length; i++) {
            Consent storage consent = _requireConsent(ids[i]);
            if (consent.provider != provider) revert ConsentRegistry_Unauthorized(provider, consent.provider);
            if (consent.revokedAt != 0) revert ConsentRegistry_Revoked(ids[i], consent.revokedAt);
            consent.revokedAt = uint64(block.timestamp);
            emit ConsentRevoked(ids[i], provider, consent.revokedAt);
        }
    }

    /// @inheritdoc IConsentRegistry
    function setMinOptInBps(uint16 bps) external {
        address governance = modules.governance();
        if (msg.sender != governance) revert ConsentRegistry_Unauthorized(msg.sender, governance);
        if (bps <= minOptInBps || bps > ALL) revert ConsentRegistry_MustRise(bps, minOptInBps);
        emit MinOptInRaised(minOptInBps, bps);
        minOptInBps = bps;
    }

    /// @inheritdoc IConsentRegistry
    function consentOf(uint256 id) external view returns (Consent memory) {
        return _requireConsent(id);
    }

    /// @inheritdoc IConsentRegistry
    function validAt(uint256 id, bytes32 item, uint32 purpose, uint64 at) external view returns (bool) {
        Consent storage consent = _consents[id];
        // Where there is no consent, `provider` is zero.
        return
            consent.provider != address(0) &&
            consent.item == item &&
            purpose != 0 &&
            consent.purposes & purpose == purpose &&
            consent.from <= at &&
            at <= consent.until &&
            (consent.revokedAt == 0 || at < consent.revokedAt);
    }

    /// @inheritdoc IConsentRegistry
    function digestOfGive(
        address provider,
        bytes32[] calldata commitments,
        ConsentTerms calldata terms,
        uint256 nonce,
        uint256 deadline
    ) public view returns (bytes32) {
        bytes32 items = keccak256(abi.encodePacked(commitments));
        bytes32 allowed = keccak256(abi.encode(TERMS_TYPEHASH, terms));
        return _hashTypedDataV4(keccak256(abi.encode(GIVE_TYPEHASH, provider, items, allowed, nonce, deadline)));
    }

    /// @inheritdoc IConsentRegistry
    function digestOfRevoke(uint256[] calldata ids, uint256 nonce, uint256 deadline) public view returns (bytes32) {
        bytes32 consents = keccak256(abi.encodePacked(ids));
        return _hashTypedDataV4(keccak256(abi.encode(REVOKE_TYPEHASH, consents, nonce, deadline)));
    }

    /// @inheritdoc IConsentRegistry
    function itemOf(address provider, bytes32 commitment) public pure returns (bytes32) {
        return keccak256(abi.encode(provider, commitment));
    }

    function _give(uint256 id, address provider, bytes32 commitment, ConsentTerms calldata terms) private {
        if (commitment == 0) revert ConsentRegistry_Zero("commitment");
        bytes32 item = itemOf(provider, commitment);
        _consents[id] = Consent({
            item: item,
            provider: provider,
            purposes: terms.purposes,
            basis: terms.basis,
            from: terms.from,
            until: terms.until,
            revokedAt: 0,
            weight: terms.weight
        });
        if (terms.dataSets) isDataSet[id] = true;
        emit ConsentGiven(
            id,
            provider,
            item,
            terms.purposes,
            terms.basis,
            terms.from,
            terms.until,
            terms.weight,
            terms.dataSets
        );
    }

    function _requireSigned(
        address provider,
        uint256 nonce,
        bytes32 digest,
        uint256 deadline,
        bytes calldata signature
    ) private view {
        if (block.timestamp > deadline) revert ConsentRegistry_Expired(deadline, block.timestamp);
        if (!SignatureChecker.isValidSignatureNowCalldata(provider, digest, signature))
            revert ConsentRegistry_BadSignature(provider, nonce);
    }

    function _requireTerms(ConsentTerms calldata terms) private view {
        if (terms.purposes == 0) revert ConsentRegistry_Zero("purposes");
        if (terms.basis == 0 || terms.basis > MAX_BASIS) revert ConsentRegistry_BadBasis(terms.basis, MAX_BASIS);
        if (terms.from < block.timestamp) revert ConsentRegistry_Retroactive(terms.from, block.timestamp);
        if (terms.until < terms.from) revert ConsentRegistry_EndsBefore(terms.from, terms.until);
        if (terms.weight == 0) revert ConsentRegistry_Zero("weight");
    }

    function _requireConsent(uint256 id) private view returns (Consent storage consent) {
        consent = _consents[id];
        if (consent.provider == address(0)) revert ConsentRegistry_Missing(id, count);
    }

    function _requireLength(string memory what, uint256 got) private pure {
        if (got == 0 || got > MAX_BATCH) revert ConsentRegistry_Length(what, got, 1, MAX_BATCH);
    }
}
