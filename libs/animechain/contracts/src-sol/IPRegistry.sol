// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {IERC2981} from "@openzeppelin/contracts/interfaces/IERC2981.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {Edges} from "./Edges.sol";
import {ICouncil} from "./interfaces/ICouncil.sol";
import {IIPRegistry, Work} from "./interfaces/IIPRegistry.sol";
import {ILicences, Terms, USE_DERIVE} from "./interfaces/ILicences.sol";
import {IModules} from "./interfaces/IModules.sol";
import {IRoyaltyVaults} from "./interfaces/IRoyaltyVaults.sol";

/// @title IPRegistry
/// @notice See IIPRegistry. No owner, no proxy.
contract IPRegistry is IIPRegistry, ERC721, EIP712, IERC2981 {
    /// @notice What authors sign, except the nonce of each.
    /// @param work Hash of the work.
    /// @param owner Who will own it.
    /// @param licences Hash of the licences.
    /// @param assetCid Hash of the CID of the ciphertext.
    /// @param deadline Until when it may be used, seconds.
    struct Registration {
        bytes32 work;
        address owner;
        bytes32 licences;
        bytes32 assetCid;
        uint256 deadline;
    }

    /// @notice Semantic version of this contract.
    string public constant version = "1.0.0";
    /// @notice Parents of a work at most: what bounds the cost of a payment's hop.
    uint256 public constant MAX_PARENTS = Edges.MAX_PARENTS;
    /// @notice Authors of a work at most.
    uint256 public constant MAX_AUTHORS = 16;
    /// @notice The whole, bps.
    uint256 public constant ALL = Edges.ALL;
    /// @notice Royalty of a resale, bps.
    uint256 public constant RESALE = 500;
    /// @notice Key of the dispute desk in the directory.
    bytes32 public constant DISPUTE_DESK = keccak256("DisputeDesk");
    /// @notice Key of the royalty vaults in the directory.
    bytes32 public constant ROYALTY_VAULTS = keccak256("RoyaltyVaults");
    /// @notice Key of the licences in the directory.
    bytes32 public constant LICENCES = keccak256("Licences");
    /// @notice Key of the council in the directory.
    bytes32 public constant COUNCIL = keccak256("Council");
    /// @notice Key of this contract in the directory, under which the council pauses it.
    bytes32 public constant IP_REGISTRY = keccak256("IPRegistry");
    /// @notice Type of what an author signs (EIP-712).
    bytes32 public constant REGISTER_TYPEHASH = keccak256(
        "Register(bytes32 work,address owner,uint256[] licences,bytes32 assetCid,uint256 nonce,uint256 deadline)"
    );

    /// @dev A CID in base 32 has 59 characters, one with a hash of 64 bytes 111.
    uint256 private constant MAX_CID = 128;

    /// @notice Where the other contracts are.
    IModules public immutable modules;
    /// @inheritdoc IIPRegistry
    uint256 public count;
    /// @inheritdoc IIPRegistry
    mapping(uint256 id => uint32) public edgesVersion;
    /// @inheritdoc IIPRegistry
    mapping(address author => uint256) public nonces;

    mapping(uint256 id => Work) private _works;
    uint256 private transient _registered;
    address private transient _registrar;

    /// @notice Names the directory and the collection.
    /// @param modules_ Where the other contracts are.
    /// @param name_ Name of the collection.
    /// @param symbol_ Short name of the collection.
    constructor(
        IModules modules_,
        string memory name_,
        string memory symbol_
    ) ERC721(name_, symbol_) EIP712("IPRegistry", "1") {
        modules = modules_;
    }

    /// @inheritdoc IIPRegistry
    function register(
        Work calldata work,
        address owner,
        uint256[] calldata licences,
        string calldata assetCid,
        uint256 deadline,
        bytes[] calldata signatures
    ) external returns (uint256 id) {
        if (ICouncil(modules.moduleOf(COUNCIL)).isPaused(IP_REGISTRY)) revert IPRegistry_Paused();
        if (block.timestamp > deadline) revert IPRegistry_Expired(deadline, block.timestamp);
        if (work.kind == 0) revert IPRegistry_Zero("kind");
        if (work.vaultAsset == 0) revert IPRegistry_Zero("vaultAsset");
        if (work.contentRoot == 0) revert IPRegistry_Zero("contentRoot");
        _requireLength("assetCid", bytes(assetCid).length, 1, MAX_CID);
        id = ++count;
        Edges.check(id, work.parents, work.shares);
        _requireLicensed(work, owner, licences);
        _requireSigned(work.authors, _registration(work, owner, licences, assetCid, deadline), signatures);
        _record(id, work, owner, licences);
        emit Commit(msg.sender, assetCid, Strings.toString(id));
        // Not _safeMint: a stranger registers for the owner, whose code must not run in between.
        _mint(owner, id);
    }

    /// @inheritdoc IIPRegistry
    function reparent(uint256 id, uint256[] calldata parents, uint16[] calldata shares) external {
        address desk = modules.moduleOf(DISPUTE_DESK);
        if (msg.sender != desk) revert IPRegistry_Unauthorized(msg.sender, desk);
        _requireOwned(id);
        Edges.check(id, parents, shares);
        // Money that came under the old edges must not go along the new ones.
        IRoyaltyVaults(modules.moduleOf(ROYALTY_VAULTS)).checkpoint(id);
        (_works[id].parents, _works[id].shares) = (parents, shares);
        emit WorkReparented(id, ++edgesVersion[id], parents, shares);
    }

    /// @inheritdoc IIPRegistry
    function workOf(uint256 id) external view returns (Work memory) {
        _requireOwned(id);
        return _works[id];
    }

    /// @inheritdoc IIPRegistry
    function edgesOf(uint256 id) external view returns (uint256[] memory parents, uint16[] memory shares) {
        return (_works[id].parents, _works[id].shares);
    }

    /// @inheritdoc IIPRegistry
    function registrarOf(uint256 id) external view returns (address) {
        return id == _registered ? _registrar : address(0);
    }

    /// @inheritdoc IERC2981
    function royaltyInfo(
        uint256 id,
        uint256 salePrice
    ) external view returns (address receiver, uint256 royaltyAmount) {
        receiver = _requireOwned(id);
        // In two parts, so that no price overflows.
        royaltyAmount = (salePrice / ALL) * RESALE + ((salePrice % ALL) * RESALE) / ALL;
    }

    /// @inheritdoc IIPRegistry
    function digestOf(
        Work calldata work,
        address owner,
        uint256[] calldata licences,
        string calldata assetCid,
        uint256 nonce,
        uint256 deadline
    ) public view returns (bytes32) {
        return _digest(_registration(work, owner, licences, assetCid, deadline), nonce);
    }

    /// @inheritdoc IIPRegistry
    function ownerOf(uint256 id) public view override(ERC721, IIPRegistry) returns (address) {
        return super.ownerOf(id);
    }

    /// @inheritdoc IERC165
    function supportsInterface(bytes4 interfaceId) public view override(ERC721, IERC165) returns (bool) {
        return interfaceId == type(IERC2981).interfaceId || super.supportsInterface(interfaceId);
    }

    function _record(uint256 id, Work calldata work, address owner, uint256[] calldata licences) private {
        _works[id] = work;
        (_registered, _registrar) = (id, msg.sender);
        emit WorkRegistered(
            id,
            owner,
            work.kind,
            work.vaultAsset,
            work.contentRoot,
            work.parents,
            work.shares,
            licences
        );
    }

    function _requireSigned(
        address[] calldata authors,
        Registration memory registration,
        bytes[] calldata signatures
    ) private {
        uint256 length = authors.length;
        _requireLength("authors", length, 1, MAX_AUTHORS);
        _requireLength("signatures", signatures.length, length, length);
        address before = address(0);
        for (uint256 i = 0; i < length; i++) {
            address author = authors[i];
            if (author <= before) revert IPRegistry_NotAscending("authors", i);
            before = author;
            uint256 nonce = nonces[author]++;
            bytes32 digest = _digest(registration, nonce);
            if (!SignatureChecker.isValidSignatureNowCalldata(author, digest, signatures[i]))
                revert IPRegistry_BadSignature(author, nonce);
        }
    }

    function _digest(Registration memory registration, uint256 nonce) private view returns (bytes32) {
        return
            _hashTypedDataV4(
                keccak256(
                    abi.encode(
                        REGISTER_TYPEHASH,
                        registration.work,
                        registration.owner,
                        registration.licences,
                        registration.assetCid,
                        nonce,
                        registration.deadline
                    )
                )
            );
    }

    /// @dev For each parent a licence that the owner of the new work has allows derivatives now and wants no more than the edge gives, or both works have one owner.
    function _requireLicensed(Work calldata work, address owner, uint256[] calldata licences) private view {
        uint256 length = work.parents.length;
        _requireLength("licences", licences.length, length, length);
        for (uint256 i = 0; i < length; i++) {
            uint256 parent = work.parents[i];
            uint256 licence = licences[i];
            if (licence == 0) {
                address holder = ownerOf(parent);
                if (holder != owner) revert IPRegistry_NoLicence(parent, owner, holder);
                continue;
            }
            ILicences module = ILicences(modules.moduleOf(LICENCES));
            (uint256 licensed, Terms memory terms) = module.termsOf(licence);
            if (licensed != parent) revert IPRegistry_WrongLicence(licence, licensed, parent);
            if (!module.allows(licence, owner, USE_DERIVE, 0, 0, uint64(block.timestamp)))
                revert IPRegistry_NotAllowed(licence, owner);
            if (work.shares[i] < terms.shareBps) revert IPRegistry_ShareBelow(parent, work.shares[i], terms.shareBps);
        }
    }

    function _registration(
        Work calldata work,
        address owner,
        uint256[] calldata licences,
        string calldata assetCid,
        uint256 deadline
    ) private pure returns (Registration memory) {
        return
            Registration(
                keccak256(abi.encode(work)),
                owner,
                keccak256(abi.encodePacked(licences)),
                keccak256(bytes(assetCid)),
                deadline
            );
    }

    function _requireLength(string memory what, uint256 got, uint256 least, uint256 most) private pure {
        if (got < least || got > most) revert IPRegistry_Length(what, got, least, most);
    }
}
