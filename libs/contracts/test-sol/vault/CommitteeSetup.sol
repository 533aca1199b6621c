// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {TransparentUpgradeableProxy} from "@openzeppelin/contracts/proxy/transparent/TransparentUpgradeableProxy.sol";
import {ISystemConfig} from "../../src-sol/l1/interfaces/ISystemConfig.sol";
import {ISemver} from "../../src-sol/shared/ISemver.sol";
import {AvailabilityChallenge} from "../../src-sol/vault/AvailabilityChallenge.sol";
import {Availability} from "../../src-sol/vault/Certificates.sol";
import {CommitteeRegistry} from "../../src-sol/vault/CommitteeRegistry.sol";
import {PrivateDA} from "../../src-sol/vault/PrivateDA.sol";
import {Roles} from "../../src-sol/vault/Roles.sol";
import {VaultMessages} from "../../src-sol/vault/VaultMessages.sol";
import {IAvailabilityChallenge} from "../../src-sol/vault/interfaces/IAvailabilityChallenge.sol";
import {ICommitteeRegistry} from "../../src-sol/vault/interfaces/ICommitteeRegistry.sol";
import {Test} from "../base/Test.sol";

/// @notice The roles of a chain that the registry asks for.
contract Config {
    address public owner = address(0x0111e4);
    address public operator = address(0x0be4a7);
}

/// @title CommitteeSetup
/// @notice The store's contracts of L1, and five nodes that store and hold keys, each with an account for its stake and a key to sign with.
abstract contract CommitteeSetup is Test {
    uint128 internal constant STAKE = 4 ether;
    uint64 internal constant UNBONDING = 35 days;
    uint64 internal constant NOTICE = 1 days;
    uint64 internal constant RETENTION = 30 days;
    uint64 internal constant GRACE = 1 hours;
    uint64 internal constant RESPONSE = 1 days;
    uint128 internal constant BOND = 0.05 ether;
    uint256 internal constant L2_CHAIN = 4242;
    address internal constant ACCESS_REGISTRY = 0x4200000000000000000000000000000000001000;
    address internal constant BURN = 0x000000000000000000000000000000000000dEaD;
    bytes32 internal constant KEY_HASH = keccak256("key 5");

    Config internal config;
    CommitteeRegistry internal registry;
    PrivateDA internal adapter;
    AvailabilityChallenge internal challenge;
    bytes32[16] internal keyPath;
    bytes32 internal keyRoot;

    function setUp() public virtual {
        config = new Config();
        registry = CommitteeRegistry(
            address(
                new TransparentUpgradeableProxy(
                    address(new CommitteeRegistry()),
                    address(0xad317),
                    abi.encodeCall(ISemver.version, ())
                )
            )
        );
        challenge = new AvailabilityChallenge(registry, IAvailabilityChallenge.Parameters(STAKE, BOND, RESPONSE, 2));
        ICommitteeRegistry.RoleSetup[] memory roles = new ICommitteeRegistry.RoleSetup[](2);
        address[] memory slashers = new address[](1);
        slashers[0] = address(challenge);
        roles[0] = ICommitteeRegistry.RoleSetup(Roles.STORAGE, STAKE, UNBONDING, slashers);
        roles[1] = ICommitteeRegistry.RoleSetup(Roles.KEYS, STAKE, UNBONDING, new address[](0));
        registry.initialize(ISystemConfig(address(config)), L2_CHAIN, ACCESS_REGISTRY, NOTICE, roles);
        // The key is leaf 5 of the tree.
        bytes32 node = KEY_HASH;
        for (uint256 i = 0; i < 16; i++) {
            keyPath[i] = keccak256(abi.encode("sibling", i));
            node =
                (5 >> i) & 1 == 1 ? keccak256(abi.encode(keyPath[i], node)) : keccak256(abi.encode(node, keyPath[i]));
        }
        keyRoot = node;
        adapter = new PrivateDA(registry, keyRoot, RETENTION, GRACE);
        for (uint256 i = 0; i < 6; i++) join(Roles.STORAGE, i, STAKE);
    }

    function member(uint256 i) internal pure returns (address) {
        return address(uint160(0x3e3be400 + i));
    }

    function keyOf(uint256 i) internal pure returns (uint256) {
        return 0x6e0de00 + i;
    }

    function sign(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    function join(bytes32 role, uint256 i, uint256 amount) internal {
        vm.deal(member(i), amount);
        bytes memory proof = sign(keyOf(i), registry.keyDigest(member(i)));
        vm.prank(member(i));
        registry.join{value: amount}(role, vm.addr(keyOf(i)), bytes32(i + 1), "https://node.example", proof);
    }

    function committee(
        bytes32 role,
        uint8 threshold,
        uint256 count
    ) internal pure returns (ICommitteeRegistry.Committee memory formed) {
        formed = ICommitteeRegistry.Committee(role, threshold, new address[](count));
        for (uint256 i = 0; i < count; i++) formed.members[i] = member(i);
    }

    /// Forms a committee of the first nodes for storage, and lets it be in force.
    function form(uint8 threshold, uint256 count) internal returns (uint64 epoch) {
        ICommitteeRegistry.Committee[] memory all = new ICommitteeRegistry.Committee[](1);
        all[0] = committee(Roles.STORAGE, threshold, count);
        vm.prank(config.operator());
        epoch = registry.formEpoch(uint64(block.timestamp) + NOTICE, all);
        vm.warp(block.timestamp + NOTICE);
    }

    function availability(uint64 epoch) internal view returns (Availability memory) {
        return Availability("blob", KEY_HASH, 262_160, epoch, uint64(block.timestamp) + RETENTION);
    }

    /// Signatures of the first nodes, in the order of their keys' addresses.
    function signatures(Availability memory what, uint256 count) internal view returns (bytes[] memory signed) {
        uint256[] memory keys = new uint256[](count);
        for (uint256 i = 0; i < count; i++) {
            uint256 key = keyOf(i);
            uint256 at = i;
            while (at > 0 && vm.addr(keys[at - 1]) > vm.addr(key)) {
                keys[at] = keys[at - 1];
                at--;
            }
            keys[at] = key;
        }
        signed = new bytes[](count);
        bytes32 digest = adapter.hashOf(what);
        for (uint256 i = 0; i < count; i++) signed[i] = sign(keys[i], digest);
    }

    function storeDigest(bytes32 structHash) internal pure returns (bytes32) {
        return VaultMessages.digest(VaultMessages.domainSeparator(L2_CHAIN, ACCESS_REGISTRY), structHash);
    }
}
