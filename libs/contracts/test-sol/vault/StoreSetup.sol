// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AccessRegistry} from "../../src-sol/vault/AccessRegistry.sol";
import {BlindGrants} from "../../src-sol/vault/BlindGrants.sol";
import {Grants} from "../../src-sol/vault/Grants.sol";
import {Subjects} from "../../src-sol/vault/Subjects.sol";
import {Evidence, Grant, GrantEvidence, VaultMessages} from "../../src-sol/vault/VaultMessages.sol";
import {IAccessPolicy} from "../../src-sol/vault/interfaces/IAccessPolicy.sol";
import {Test} from "../base/Test.sol";

/// @notice A wallet that is a contract. It says yes to one digest, or misbehaves.
contract Wallet {
    error No();

    bytes32 public digest;
    uint256 public mood;

    constructor(bytes32 digest_, uint256 mood_) {
        (digest, mood) = (digest_, mood_);
    }

    function isValidSignature(bytes32 hash, bytes calldata) external view returns (bytes4) {
        bytes4 magic = this.isValidSignature.selector;
        if (mood == 1) {
            // More than one word.
            assembly {
                mstore(0, magic)
                mstore(32, magic)
                return(0, 64)
            }
        }
        if (mood == 2) while (true) hash = keccak256(abi.encode(hash));
        if (mood == 3) revert No();
        if (mood == 4) {
            // The right first bytes, and others after them.
            assembly {
                mstore(0, or(magic, 1))
                return(0, 32)
            }
        }
        if (mood == 5) return 0xffffffff;
        return hash == digest ? magic : bytes4(0);
    }
}

/// @title StoreSetup
/// @notice The store's contracts of L2, a project with an episode and an asset, and keys of those who act.
abstract contract StoreSetup is Test {
    uint256 internal constant OWNER = 0xa11ce;
    uint256 internal constant DELEGATE = 0xde1e;
    uint256 internal constant ANIMATOR = 0xa2;
    uint256 internal constant ASSISTANT = 0xa3;
    uint256 internal constant INTERN = 0xa4;
    uint64 internal constant WEEK = 7 days;
    uint8 internal constant PROXY = 1;
    uint32 internal constant VIEW = 1;

    AccessRegistry internal store;
    Grants internal grants;
    BlindGrants internal blind;
    bytes32 internal project;
    bytes32 internal constant EPISODE_SALT = keccak256("episode");
    bytes32 internal constant ASSET_SALT = keccak256("asset");

    function setUp() public virtual {
        store = new AccessRegistry();
        grants = new Grants(store);
        blind = new BlindGrants(store);
        vm.prank(vm.addr(OWNER));
        project = store.createProject("salt", grants);
    }

    function child(bytes32 parent, bytes32 salt) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(parent, salt));
    }

    function episode() internal view returns (bytes32) {
        return child(project, EPISODE_SALT);
    }

    function asset() internal view returns (bytes32) {
        return child(episode(), ASSET_SALT);
    }

    function path() internal pure returns (bytes32[] memory salts) {
        salts = new bytes32[](2);
        (salts[0], salts[1]) = (EPISODE_SALT, ASSET_SALT);
    }

    function account(uint256 key) internal view returns (bytes memory) {
        return Subjects.encode(vm.addr(key));
    }

    /// A grant of the owner's for a week: the episode's proxies and thumbnails, to view and edit, twice to be passed on.
    function ownersGrant(uint256 to) internal view returns (Grant memory) {
        return
            Grant({
                project: project,
                scope: episode(),
                subjectKind: 0,
                subject: account(to),
                renditions: 6,
                purposes: 3,
                notBefore: uint64(block.timestamp),
                expiry: uint64(block.timestamp) + WEEK,
                delegation: 2,
                parent: 0,
                nonce: keccak256("nonce")
            });
    }

    function passedOn(Grant memory above, uint256 to) internal view returns (Grant memory grant) {
        grant = abi.decode(abi.encode(above), (Grant));
        grant.parent = idOf(above);
        grant.subject = account(to);
        grant.delegation--;
    }

    function idOf(Grant memory grant) internal view returns (bytes32) {
        return
            VaultMessages.digest(
                VaultMessages.domainSeparator(block.chainid, address(store)),
                VaultMessages.hash(grant)
            );
    }

    function digestOf(bytes32 structHash) internal view returns (bytes32) {
        return VaultMessages.digest(VaultMessages.domainSeparator(block.chainid, address(store)), structHash);
    }

    function sign(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    /// The same signature in its other form.
    function malleable(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        uint256 order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
        return abi.encodePacked(r, bytes32(order - uint256(s)), v == 27 ? uint8(28) : uint8(27));
    }

    function give(Grant memory grant) internal {
        grants.grant(grant, sign(OWNER, idOf(grant)));
    }

    function evidenceOf(Grant memory grant) internal pure returns (Evidence memory shown) {
        shown.chain = new GrantEvidence[](1);
        shown.chain[0].grant = grant;
        shown.path = path();
    }

    function ask(
        IAccessPolicy policy,
        bytes32 object,
        uint8 rendition,
        uint256 who,
        uint32 purpose,
        Evidence memory shown
    ) internal view returns (uint64 until, bytes4 reason) {
        return policy.mayRelease(object, rendition, account(who), purpose, abi.encode(shown));
    }

    function expectDenied(IAccessPolicy policy, uint256 who, Evidence memory shown, string memory name) internal view {
        (uint64 until, bytes4 reason) = ask(policy, asset(), PROXY, who, VIEW, shown);
        assertEq(until, 0, name);
        assertEq(bytes32(reason), bytes32(bytes4(keccak256(bytes(name)))), name);
    }

    function expectAllowed(IAccessPolicy policy, uint256 who, Evidence memory shown, uint64 expected) internal view {
        (uint64 until, bytes4 reason) = ask(policy, asset(), PROXY, who, VIEW, shown);
        assertEq(bytes32(reason), 0, "reason");
        assertEq(until, expected, "until");
    }
}
