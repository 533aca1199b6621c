// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {Test} from "@animechain/testing/Test.sol";
import {IIPRegistry, Work} from "../src-sol/interfaces/IIPRegistry.sol";
import {Terms, USE_DERIVE} from "../src-sol/interfaces/ILicences.sol";
import {IRoyaltyVaults} from "../src-sol/interfaces/IRoyaltyVaults.sol";
import {IPRegistry} from "../src-sol/IPRegistry.sol";
import {RegistrySetup} from "./RegistrySetup.sol";

contract IPRegistryTest is RegistrySetup {
    function _refused(Work memory work, bytes memory reason) private {
        uint256[] memory under = new uint256[](work.parents.length);
        bytes[] memory signatures = _sign(work, OWNER, under, block.timestamp);
        vm.expectRevert(reason);
        registry.register(work, OWNER, under, CID, block.timestamp, signatures);
    }

    function _refused(
        uint256[] memory parents,
        uint16[] memory shares,
        address owner,
        uint256[] memory under,
        bytes memory reason
    ) private {
        Work memory work = _work(parents, shares);
        bytes[] memory signatures = _sign(work, owner, under, block.timestamp);
        vm.expectRevert(reason);
        registry.register(work, owner, under, CID, block.timestamp, signatures);
    }

    function test_aDerivativeNamesItsParent() public {
        uint256 parent = _root();
        (uint256[] memory parents, uint16[] memory shares) = _edge(parent, 2_000);
        uint256 id = _register(parents, shares);
        assertEq(id, 2, "counted from 1");
        assertEq(registry.ownerOf(id), OWNER, "owner");
        assertEq(registry.workOf(id).parents[0], parent, "parent");
        assertEq(registry.workOf(id).shares[0], 2_000, "share");
        (address receiver, uint256 royalty) = registry.royaltyInfo(id, 999);
        assertEq(receiver, OWNER, "receiver");
        assertEq(royalty, 49, "5%, rounded down");
        assertTrue(registry.supportsInterface(0x2a55205a), "ERC-2981");
    }

    function test_signaturesServeOnceAndForOneOwner() public {
        Work memory work = _work(new uint256[](0), new uint16[](0));
        uint256[] memory under = new uint256[](work.parents.length);
        bytes[] memory signatures = _sign(work, OWNER, under, block.timestamp);
        bytes memory refused = abi.encodeWithSelector(IIPRegistry.IPRegistry_BadSignature.selector, work.authors[0], 0);
        vm.expectRevert(refused);
        registry.register(work, address(0xbad), under, CID, block.timestamp, signatures);
        registry.register(work, OWNER, under, CID, block.timestamp, signatures);
        refused = abi.encodeWithSelector(IIPRegistry.IPRegistry_BadSignature.selector, work.authors[0], 1);
        vm.expectRevert(refused);
        registry.register(work, OWNER, under, CID, block.timestamp, signatures);
        vm.warp(block.timestamp + 1);
        vm.expectRevert(
            abi.encodeWithSelector(IIPRegistry.IPRegistry_Expired.selector, block.timestamp - 1, block.timestamp)
        );
        registry.register(work, OWNER, under, CID, block.timestamp - 1, signatures);
    }

    function test_everyAuthorSigns() public {
        Work memory work = _work(new uint256[](0), new uint16[](0));
        uint256[] memory under = new uint256[](work.parents.length);
        bytes[] memory signatures = _sign(work, OWNER, under, block.timestamp);
        signatures[1] = signatures[0];
        vm.expectRevert(abi.encodeWithSelector(IIPRegistry.IPRegistry_BadSignature.selector, work.authors[1], 0));
        registry.register(work, OWNER, under, CID, block.timestamp, signatures);
        work.authors[1] = work.authors[0];
        _refused(work, abi.encodeWithSelector(IIPRegistry.IPRegistry_NotAscending.selector, "authors", 1));
        work.authors = new address[](0);
        _refused(work, abi.encodeWithSelector(IIPRegistry.IPRegistry_Length.selector, "authors", 0, 1, 16));
    }

    function test_onlyTheDeskReparents() public {
        uint256 a = _root();
        uint256 b = _root();
        (uint256[] memory parents, uint16[] memory shares) = _edge(a, 1_000);
        uint256 child = _register(parents, shares);
        (parents, shares) = _edge(b, 3_000);
        vm.prank(OWNER);
        vm.expectRevert(abi.encodeWithSelector(IIPRegistry.IPRegistry_Unauthorized.selector, OWNER, address(this)));
        registry.reparent(child, parents, shares);
        registry.reparent(child, parents, shares);
        assertEq(registry.workOf(child).parents[0], b, "the verdict's parent");
        assertEq(registry.edgesVersion(child), 1, "once");
        vm.expectRevert(abi.encodeWithSelector(IIPRegistry.IPRegistry_BadParent.selector, b, a));
        registry.reparent(a, parents, shares);
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, 9));
        registry.reparent(9, parents, shares);
    }

    function test_aDerivativeOfAnothersWorkShowsALicence() public {
        address artist = address(0xa27);
        uint256 parent = _root();
        (uint256[] memory parents, uint16[] memory shares) = _edge(parent, 1_000);
        uint256[] memory under = new uint256[](1);
        _refused(
            parents,
            shares,
            artist,
            under,
            abi.encodeWithSelector(IIPRegistry.IPRegistry_NoLicence.selector, parent, artist, OWNER)
        );
        under[0] = 1;
        _refused(
            parents,
            shares,
            artist,
            under,
            abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, 1)
        );
        under[0] = _licence(parent, _terms(), artist);
        uint256 derived = _register(parents, shares, artist, under);
        assertEq(registry.ownerOf(derived), artist, "registered");

        shares[0] = 999;
        bytes memory refused = abi.encodeWithSelector(IIPRegistry.IPRegistry_ShareBelow.selector, parent, 999, 1_000);
        _refused(parents, shares, artist, under, refused);
        shares[0] = 1_001;
        _register(parents, shares, artist, under);
        refused = abi.encodeWithSelector(IIPRegistry.IPRegistry_NotAllowed.selector, under[0], address(0xbad));
        _refused(parents, shares, address(0xbad), under, refused);
        refused = abi.encodeWithSelector(IIPRegistry.IPRegistry_NotAllowed.selector, under[0], artist);
        vm.warp(block.timestamp + 100 days + 1);
        _refused(parents, shares, artist, under, refused);

        Terms memory terms = _terms();
        terms.uses = ~USE_DERIVE & licences.USES();
        under[0] = _licence(parent, terms, artist);
        refused = abi.encodeWithSelector(IIPRegistry.IPRegistry_NotAllowed.selector, under[0], artist);
        _refused(parents, shares, artist, under, refused);
        under[0] = _licence(parent, _terms(), artist);
        _register(parents, shares, artist, under);
        licences.terminate(under[0], 1);
        refused = abi.encodeWithSelector(IIPRegistry.IPRegistry_NotAllowed.selector, under[0], artist);
        _refused(parents, shares, artist, under, refused);

        under[0] = _licence(derived, _terms(), artist);
        refused = abi.encodeWithSelector(IIPRegistry.IPRegistry_WrongLicence.selector, under[0], derived, parent);
        _refused(parents, shares, artist, under, refused);
        refused = abi.encodeWithSelector(IIPRegistry.IPRegistry_Length.selector, "licences", 0, 1, 1);
        _refused(parents, shares, artist, new uint256[](0), refused);
    }

    function test_signaturesAreBoundToTheLicences() public {
        uint256 parent = _root();
        uint256[] memory under = new uint256[](1);
        (uint256[] memory parents, uint16[] memory shares) = _edge(parent, 1_000);
        Work memory work = _work(parents, shares);
        bytes[] memory signatures = _sign(work, OWNER, under, block.timestamp);
        under[0] = _licence(parent, _terms(), OWNER);
        vm.expectRevert(abi.encodeWithSelector(IIPRegistry.IPRegistry_BadSignature.selector, work.authors[0], 1));
        registry.register(work, OWNER, under, CID, block.timestamp, signatures);
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("IPRegistry"),
                keccak256("1"),
                block.chainid,
                address(registry)
            )
        );
        bytes32 message = keccak256(
            abi.encode(
                keccak256(
                    "Register(bytes32 work,address owner,uint256[] licences,bytes32 assetCid,uint256 nonce,uint256 deadline)"
                ),
                keccak256(abi.encode(work)),
                OWNER,
                keccak256(abi.encode(under[0])),
                keccak256(bytes(CID)),
                1,
                5
            )
        );
        assertEq(
            registry.digestOf(work, OWNER, under, CID, 1, 5),
            keccak256(abi.encodePacked(hex"1901", domain, message)),
            "EIP-712"
        );
    }

    function test_theCouncilPausesRegistrations() public {
        council.pause(registry.IP_REGISTRY(), true);
        _refused(
            _work(new uint256[](0), new uint16[](0)),
            abi.encodeWithSelector(IIPRegistry.IPRegistry_Paused.selector)
        );
        council.pause(registry.IP_REGISTRY(), false);
        assertEq(_root(), 1, "registered");
    }

    function test_aVerdictWaitsForWhatIsPending() public {
        uint256 a = _root();
        uint256 b = _root();
        (uint256[] memory parents, uint16[] memory shares) = _edge(a, 1_000);
        uint256 child = _register(parents, shares);
        (parents, shares) = _edge(b, 1_000);
        _pay(child, 100);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltyVaults.RoyaltyVaults_Pending.selector, child, token));
        registry.reparent(child, parents, shares);
        vaults.push(child, token);
        registry.reparent(child, parents, shares);
        (parents, shares) = registry.edgesOf(child);
        assertEq(parents[0], b, "the verdict's parent");
        assertEq(shares[0], 1_000, "its share");
    }

    function test_onlyTheOneWhoRegistersIsTheRegistrar() public {
        uint256 first = _root();
        assertEq(registry.registrarOf(first), address(this), "in the same transaction");
        uint256 second = _root();
        assertEq(registry.registrarOf(first), address(0), "only the last one");
        assertEq(registry.registrarOf(second), address(this), "the last one");
        assertEq(registry.registrarOf(0), address(0), "none");
    }

    function testFuzz_sharesNeverExceedTheWhole(uint16[8] memory drawn, uint256 number) public {
        number = bound(number, 1, 8);
        (uint256[] memory parents, uint16[] memory shares) = (new uint256[](number), new uint16[](number));
        uint256 sum = 0;
        for (uint256 i = 0; i < number; i++) {
            (parents[i], shares[i]) = (_root(), uint16(bound(drawn[i], 1, 2_500)));
            sum += shares[i];
        }
        if (sum <= 10_000) assertEq(_register(parents, shares), number + 1, "registered");
        else
            _refused(
                _work(parents, shares),
                abi.encodeWithSelector(IIPRegistry.IPRegistry_SharesAbove.selector, sum, 10_000)
            );
    }

    function testFuzz_parentsComeFirst(uint256 parent) public {
        uint256 next = _root() + 1;
        (uint256[] memory parents, uint16[] memory shares) = _edge(bound(parent, next, type(uint256).max), 1);
        _refused(
            _work(parents, shares),
            abi.encodeWithSelector(IIPRegistry.IPRegistry_BadParent.selector, parents[0], next)
        );
    }
}

/// @notice Registers and re-parents at random; what comes to nothing is no move here, for every draw is brought into its bounds.
contract RegistryWorld is RegistrySetup {
    /// @dev Not in the constructor: the desk must have code.
    function setUp() public override {
        super.setUp();
        _root();
    }

    function derive(uint256 parent, uint16 share) external {
        (uint256[] memory p, uint16[] memory s) = _edge(
            bound(parent, 1, registry.count()),
            uint16(bound(share, 1, 10_000))
        );
        _register(p, s);
    }

    function verdict(uint256 id, uint256 parent, uint16 share) external {
        uint256 count = registry.count();
        if (count < 2) return;
        id = bound(id, 2, count);
        (uint256[] memory p, uint16[] memory s) = _edge(bound(parent, 1, id - 1), uint16(bound(share, 1, 10_000)));
        registry.reparent(id, p, s);
    }

    function works() external view returns (IPRegistry) {
        return registry;
    }
}

contract IPRegistryInvariantsTest is Test {
    IPRegistry private registry;

    function setUp() public {
        RegistryWorld world = new RegistryWorld();
        world.setUp();
        registry = world.works();
        targetContract(address(world));
        excludeSelector(address(world), world.setUp.selector);
        excludeSelector(address(world), world.works.selector);
    }

    function invariant_everyParentIsOlderAndTheSharesFit() public view {
        for (uint256 id = 1; id <= registry.count(); id++) {
            (uint256[] memory parents, uint16[] memory shares) = registry.edgesOf(id);
            uint256 sum = 0;
            for (uint256 i = 0; i < parents.length; i++) {
                assertTrue(parents[i] > 0 && parents[i] < id, "a parent is older");
                sum += shares[i];
            }
            assertLe(sum, 10_000, "shares of a work");
        }
    }
}
