// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {AIRA, Frozen} from "./AIRA.sol";
import {IAIRAFactory, MintTerms, Waterfall} from "./interfaces/IAIRAFactory.sol";
import {ICouncil} from "./interfaces/ICouncil.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IModules} from "./interfaces/IModules.sol";

/// @title AIRAFactory
/// @notice See IAIRAFactory. Tokens are clones (EIP-1167) of one implementation, which nobody can change, and have what is frozen in their code.
contract AIRAFactory is IAIRAFactory, EIP712 {
    /// @notice Semantic version of this contract.
    string public constant version = "1.0.0";
    /// @notice The whole, bps.
    uint256 public constant ALL = 10_000;
    /// @notice The protocol's share at most, bps.
    uint16 public constant MAX_PROTOCOL = 500;
    /// @notice The protocol's share until governance sets another, bps.
    uint16 public constant START_PROTOCOL = 200;
    /// @notice Accounts among which a supply is divided at most.
    uint256 public constant MAX_HOLDERS = 16;
    /// @notice Tokens that are taken at most.
    uint256 public constant MAX_TOKENS = 8;
    /// @notice Supply at most, smallest units.
    uint256 public constant MAX_SUPPLY = type(uint112).max;
    /// @notice Key of this contract for the council.
    bytes32 public constant FACTORY = keccak256("AIRAFactory");
    /// @notice Key of the council in the directory.
    bytes32 public constant COUNCIL = keccak256("Council");
    /// @notice Key of the registry of works in the directory.
    bytes32 public constant WORKS = keccak256("IPRegistry");
    /// @notice Key of the registry of models in the directory.
    bytes32 public constant MODELS = keccak256("ModelRegistry");
    /// @notice Type of what the owner of a version signs (EIP-712).
    bytes32 public constant MINT_TYPEHASH = keccak256(
        "Mint(bytes32 terms,address owner,uint256 nonce,uint256 deadline)"
    );

    /// @notice Where the other contracts are.
    IModules public immutable modules;
    /// @notice The factory before this one, whose tokens stay those of their pairs; zero for the first.
    IAIRAFactory public immutable previous;
    /// @notice What every token is a clone of.
    AIRA public immutable implementation;
    /// @inheritdoc IAIRAFactory
    uint16 public protocolBps = START_PROTOCOL;
    /// @inheritdoc IAIRAFactory
    mapping(address modelOwner => uint256) public nonces;

    mapping(uint256 work => mapping(uint256 version => address)) private _airas;
    /// @dev One more than the bps, so that 0 is a stranger.
    mapping(address aira => uint256) private _publish;

    /// @notice Names the directory and the factory that this one replaces.
    /// @param modules_ Where the other contracts are.
    /// @param previous_ The factory before; zero for the first.
    constructor(IModules modules_, IAIRAFactory previous_) EIP712("AIRAFactory", "1") {
        (modules, previous) = (modules_, previous_);
        implementation = new AIRA(modules_);
    }

    /// @inheritdoc IAIRAFactory
    function mint(
        MintTerms calldata terms,
        uint256 deadline,
        bytes calldata signature
    ) external returns (address aira) {
        if (ICouncil(modules.moduleOf(COUNCIL)).isPaused(FACTORY)) revert AIRAFactory_Paused();
        if (block.timestamp > deadline) revert AIRAFactory_Expired(deadline, block.timestamp);
        address owner = IERC721(modules.moduleOf(WORKS)).ownerOf(terms.work);
        if (msg.sender != owner) revert AIRAFactory_Unauthorized(msg.sender, owner);
        aira = airaOf(terms.work, terms.version);
        if (aira != address(0)) revert AIRAFactory_Minted(aira);
        IModelRegistry models = IModelRegistry(modules.moduleOf(MODELS));
        if (!models.isMintable(terms.version)) revert AIRAFactory_NotMintable(terms.version);
        _requireTerms(terms);
        address modelOwner = models.ownerOf(terms.version);
        if (modelOwner != owner) _requireSigned(terms, owner, modelOwner, deadline, signature);
        aira = Clones.cloneDeterministicWithImmutableArgs(
            address(implementation),
            abi.encode(Frozen(terms.work, terms.version, terms.waterfall, terms.publishBps, terms.creditsPerTokenDay)),
            keccak256(abi.encode(terms.work, terms.version))
        );
        _airas[terms.work][terms.version] = aira;
        _publish[aira] = uint256(terms.publishBps) + 1;
        emit AIRAMinted(terms.work, terms.version, aira, owner, modelOwner, terms);
        AIRA(aira).initialize(terms);
    }

    /// @inheritdoc IAIRAFactory
    function setProtocolBps(uint16 bps) external {
        address governance = modules.governance();
        if (msg.sender != governance) revert AIRAFactory_Unauthorized(msg.sender, governance);
        if (bps > MAX_PROTOCOL) revert AIRAFactory_Above("protocol", bps, MAX_PROTOCOL);
        emit ProtocolShareSet(protocolBps, bps);
        protocolBps = bps;
    }

    /// @inheritdoc IAIRAFactory
    function publishBpsOf(address aira) external view returns (uint16) {
        uint256 known = _publish[aira];
        if (known != 0) return uint16(known - 1);
        return address(previous) == address(0) ? 0 : previous.publishBpsOf(aira);
    }

    /// @inheritdoc IAIRAFactory
    function isAIRA(address aira) external view returns (bool) {
        return _publish[aira] != 0 || (address(previous) != address(0) && previous.isAIRA(aira));
    }

    /// @inheritdoc IAIRAFactory
    function airaOf(uint256 work, uint256 version_) public view returns (address aira) {
        aira = _airas[work][version_];
        if (aira == address(0) && address(previous) != address(0)) aira = previous.airaOf(work, version_);
    }

    /// @inheritdoc IAIRAFactory
    function digestOf(
        MintTerms calldata terms,
        address owner,
        uint256 nonce,
        uint256 deadline
    ) public view returns (bytes32) {
        bytes32 hash = keccak256(abi.encode(terms));
        return _hashTypedDataV4(keccak256(abi.encode(MINT_TYPEHASH, hash, owner, nonce, deadline)));
    }

    function _requireSigned(
        MintTerms calldata terms,
        address owner,
        address modelOwner,
        uint256 deadline,
        bytes calldata signature
    ) private {
        uint256 nonce = nonces[modelOwner]++;
        bytes32 digest = digestOf(terms, owner, nonce, deadline);
        if (!SignatureChecker.isValidSignatureNowCalldata(modelOwner, digest, signature))
            revert AIRAFactory_BadSignature(modelOwner, nonce);
    }

    function _requireTerms(MintTerms calldata terms) private view {
        Waterfall calldata shares = terms.waterfall;
        if (shares.protocol != protocolBps) revert AIRAFactory_ProtocolShare(shares.protocol, protocolBps);
        uint256 sum = uint256(shares.protocol) + shares.work + shares.holders + shares.providers;
        if (sum != ALL) revert AIRAFactory_Shares(sum, ALL);
        if (terms.publishBps > ALL) revert AIRAFactory_Above("publish", terms.publishBps, ALL);
        uint256 length = terms.holders.length;
        _requireLength("holders", length, 1, MAX_HOLDERS);
        _requireLength("amounts", terms.amounts.length, length, length);
        _requireLength("tokens", terms.tokens.length, 0, MAX_TOKENS);
        uint256 supply = 0;
        for (uint256 i = 0; i < length; i++) {
            uint256 amount = terms.amounts[i];
            if (amount == 0) revert AIRAFactory_Zero("amount");
            // Each by itself first, so that no sum overflows.
            if (amount > MAX_SUPPLY) revert AIRAFactory_Above("supply", amount, MAX_SUPPLY);
            supply += amount;
        }
        if (supply > MAX_SUPPLY) revert AIRAFactory_Above("supply", supply, MAX_SUPPLY);
    }

    function _requireLength(string memory what, uint256 got, uint256 least, uint256 most) private pure {
        if (got < least || got > most) revert AIRAFactory_Length(what, got, least, most);
    }
}
