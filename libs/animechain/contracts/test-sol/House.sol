// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Test} from "@animechain/testing/Test.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {AnchorKind} from "../src-sol/interfaces/IRightsHouse.sol";
import {Work} from "../src-sol/interfaces/IIPRegistry.sol";
import {Council} from "../src-sol/Council.sol";
import {IPRegistry} from "../src-sol/IPRegistry.sol";
import {Modules} from "../src-sol/Modules.sol";
import {RightsHouse} from "../src-sol/RightsHouse.sol";
import {Timelock} from "../src-sol/Timelock.sol";
import {StandinConsentRegistry} from "./standins/StandinConsentRegistry.sol";

/// @notice A timelock that this contract proposes to, the directory under it, works, consents, the house of rights holders and the council.
abstract contract House is Test {
    string internal constant CID = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";
    uint256 internal constant AUTHOR = 0xa;
    address internal constant ISSUER = address(0x155);
    bytes32 internal constant LICENCES = keccak256("Licences");
    bytes32 internal constant PAYMASTER = keccak256("Paymaster");

    Timelock internal timelock;
    Modules internal modules;
    IPRegistry internal registry;
    StandinConsentRegistry internal consents;
    RightsHouse internal house;
    Council internal council;

    function setUp() public virtual {
        timelock = new Timelock(address(this));
        bytes32[] memory permanent = new bytes32[](3);
        (permanent[0], permanent[1], permanent[2]) = (
            keccak256("IPRegistry"),
            keccak256("RightsHouse"),
            keccak256("Council")
        );
        modules = new Modules(address(timelock), permanent);
        registry = new IPRegistry(modules, "Animechain works", "WORK");
        consents = new StandinConsentRegistry();
        house = new RightsHouse(modules);
        address[] memory members = new address[](8);
        bool[] memory isExternal = new bool[](8);
        for (uint256 i = 0; i < 8; i++) (members[i], isExternal[i]) = (address(uint160(0x1000 + i)), i < 4);
        council = new Council(modules, members, isExternal);
        modules.place(keccak256("IPRegistry"), address(registry));
        modules.place(keccak256("RightsHouse"), address(house));
        modules.place(keccak256("Council"), address(council));
        modules.place(keccak256("ConsentRegistry"), address(consents));
        _place();
        modules.seal();
        timelock.setModules(modules);
        timelock.grantRole(timelock.PROPOSER_ROLE(), address(this));
        timelock.grantRole(timelock.CANCELLER_ROLE(), address(this));
        timelock.grantRole(timelock.EXECUTOR_ROLE(), address(0));
        timelock.renounceRole(timelock.DEFAULT_ADMIN_ROLE(), address(this));
        _governed(address(house), abi.encodeCall(house.setIssuer, (ISSUER, 10_000)));
    }

    /// @dev More modules, before the seal.
    function _place() internal virtual {}

    /// @dev A call that nobody objects to.
    function _governed(address target, bytes memory data) internal {
        bytes32 salt = bytes32(block.timestamp);
        timelock.schedule(target, 0, data, 0, salt, 5 days);
        vm.warp(block.timestamp + 5 days);
        timelock.execute(target, 0, data, 0, salt);
    }

    function _member(uint256 i) internal pure returns (address) {
        return address(uint160(0x10000 + i));
    }

    function _work(address owner) internal returns (uint256) {
        address[] memory authors = new address[](1);
        authors[0] = vm.addr(AUTHOR);
        Work memory work = Work(1, keccak256("a"), keccak256("r"), 0, authors, new uint256[](0), new uint16[](0));
        return _registered(work, owner);
    }

    function _child(address owner, uint256[] memory parents, uint16[] memory shares) internal returns (uint256) {
        address[] memory authors = new address[](1);
        authors[0] = vm.addr(AUTHOR);
        // Who owns the parents derives without a licence: they are lent for the moment.
        address[] memory lenders = new address[](parents.length);
        for (uint256 i = 0; i < parents.length; i++) {
            lenders[i] = registry.ownerOf(parents[i]);
            vm.prank(lenders[i]);
            registry.transferFrom(lenders[i], owner, parents[i]);
        }
        Work memory work = Work(1, keccak256("a"), keccak256("r"), 0, authors, parents, shares);
        uint256 id = _registered(work, owner);
        for (uint256 i = 0; i < parents.length; i++) {
            vm.prank(owner);
            registry.transferFrom(owner, lenders[i], parents[i]);
        }
        return id;
    }

    function _registered(Work memory work, address owner) private returns (uint256) {
        uint256[] memory licences = new uint256[](work.parents.length);
        uint256 nonce = registry.nonces(work.authors[0]);
        bytes32 digest = registry.digestOf(work, owner, licences, CID, nonce, block.timestamp);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(AUTHOR, digest);
        bytes[] memory signatures = new bytes[](1);
        signatures[0] = abi.encodePacked(r, s, v);
        return registry.register(work, owner, licences, CID, block.timestamp, signatures);
    }

    function _sell(uint256 work, address from, address to) internal {
        vm.prank(from);
        IERC721(address(registry)).transferFrom(from, to, work);
    }

    function _anchorConsent(address account) internal {
        uint256 id = consents.put(account);
        vm.prank(account);
        house.anchor(AnchorKind.Consent, id);
    }

    /// @dev Makes members 0 to `count` - 1, for `epochs` epochs. Takes 30 days and a second.
    function _join(uint256 count, uint256 epochs) internal {
        for (uint256 i = 0; i < count; i++) _anchorConsent(_member(i));
        vm.warp(block.timestamp + 30 days);
        uint32 last = uint32(house.epochOf(block.timestamp) + epochs);
        for (uint256 i = 0; i < count; i++) _issue(_member(i), 1, last);
        vm.warp(block.timestamp + 1);
    }

    function _issue(address account, uint8 kind, uint32 lastEpoch) internal {
        vm.prank(ISSUER);
        house.issue(account, kind, lastEpoch);
    }

    function _lastEpoch() internal view returns (uint32) {
        return uint32(house.epochOf(block.timestamp) + 12);
    }

    /// @dev An election that the first `count` members stand in; each names itself.
    function _elect(uint256 count) internal {
        house.openElection();
        for (uint256 i = 0; i < count; i++) {
            vm.prank(_member(i));
            house.stand();
        }
        vm.warp(block.timestamp + 7 days);
        for (uint256 i = 0; i < count; i++) {
            uint8[] memory choice = new uint8[](1);
            choice[0] = uint8(i);
            vm.prank(_member(i));
            house.vote(choice);
        }
        vm.warp(block.timestamp + 7 days);
        house.closeElection();
    }
}
