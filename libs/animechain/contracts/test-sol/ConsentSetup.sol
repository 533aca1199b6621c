// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {Test} from "@animechain/testing/Test.sol";
import {ConsentTerms} from "../src-sol/interfaces/IConsentRegistry.sol";
import {ConsentRegistry} from "../src-sol/ConsentRegistry.sol";
import {Modules} from "../src-sol/Modules.sol";
import {StandinCouncil} from "./standins/StandinCouncil.sol";

/// @notice An account of two owners, both of whom sign.
contract SharedAccount is IERC1271 {
    address private immutable _a;
    address private immutable _b;

    constructor(address a, address b) {
        (_a, _b) = (a, b);
    }

    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        if (signature.length != 130) return 0xffffffff;
        bool both = ECDSA.recover(hash, signature[:65]) == _a && ECDSA.recover(hash, signature[65:]) == _b;
        return both ? IERC1271.isValidSignature.selector : bytes4(0xffffffff);
    }
}

/// @notice A registry of consents, a council, and a provider with a key.
abstract contract ConsentSetup is Test {
    uint32 internal constant TRAINING = 1;
    uint32 internal constant FINE_TUNING = 2;
    address internal constant GOVERNANCE = address(0x90);
    uint256 internal constant KEY = 0xa11ce;
    address internal immutable PROVIDER = vm.addr(KEY);

    Modules internal modules;
    StandinCouncil internal council;
    ConsentRegistry internal consents;

    function setUp() public virtual {
        modules = new Modules(GOVERNANCE, new bytes32[](0));
        council = new StandinCouncil();
        consents = new ConsentRegistry(modules);
        modules.place(consents.COUNCIL(), address(council));
        modules.place(consents.CONSENT_REGISTRY(), address(consents));
    }

    function _terms() internal view returns (ConsentTerms memory) {
        return ConsentTerms(TRAINING, 1, uint64(block.timestamp), uint64(block.timestamp + 365 days), 1, false);
    }

    function _list(bytes32 commitment) internal pure returns (bytes32[] memory list) {
        list = new bytes32[](1);
        list[0] = commitment;
    }

    function _ids(uint256 id) internal pure returns (uint256[] memory list) {
        list = new uint256[](1);
        list[0] = id;
    }

    function _give(bytes32 commitment, ConsentTerms memory terms) internal returns (uint256) {
        vm.prank(PROVIDER);
        return consents.give(PROVIDER, _list(commitment), terms, 0, "");
    }

    function _revoke(uint256 id) internal {
        vm.prank(PROVIDER);
        consents.revoke(_ids(id), 0, "");
    }

    function _signed(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }
}
