// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AddressAliasHelper} from "../../src-sol/shared/AddressAliasHelper.sol";
import {Erase, VaultMessages} from "../../src-sol/vault/VaultMessages.sol";
import {IAccessPolicy} from "../../src-sol/vault/interfaces/IAccessPolicy.sol";
import {IAccessRegistry} from "../../src-sol/vault/interfaces/IAccessRegistry.sol";
import {StoreSetup, Wallet} from "./StoreSetup.sol";

contract AccessRegistryTest is StoreSetup {
    address private alice = makeAddress("alice");
    address private bob = makeAddress("bob");

    function _unauthorized(address who) private view returns (bytes memory) {
        return abi.encodeWithSelector(IAccessRegistry.AccessRegistry_Unauthorized.selector, project, who);
    }

    function testFuzz_anIdSaysChainRegistryOwnerAndSalt(address owner, bytes32 salt) external {
        vm.assume(owner != vm.addr(OWNER));
        bytes32 expected = keccak256(abi.encode(block.chainid, store, owner, salt));
        vm.prank(owner);
        assertEq(store.createProject(salt, IAccessPolicy(address(0))), expected, "id");
        assertEq(store.projectOf(expected).owner, owner, "owner");
        assertEq(store.powersOf(expected, owner), 31, "powers");
        vm.expectRevert(abi.encodeWithSelector(IAccessRegistry.AccessRegistry_ProjectExists.selector, expected));
        vm.prank(owner);
        store.createProject(salt, IAccessPolicy(address(0)));
    }

    function test_aPolicyIsAContract() external {
        vm.startPrank(vm.addr(OWNER));
        vm.expectRevert(abi.encodeWithSelector(IAccessRegistry.AccessRegistry_BadPolicy.selector, alice));
        store.createProject("other", IAccessPolicy(alice));
        vm.expectRevert(abi.encodeWithSelector(IAccessRegistry.AccessRegistry_BadPolicy.selector, alice));
        store.setPolicy(project, IAccessPolicy(alice));
        store.setPolicy(project, blind);
        assertEq(address(store.projectOf(project).policy), address(blind), "policy");
        store.setPolicy(project, IAccessPolicy(address(0)));
    }

    function test_aProjectPassesInTwoSteps_andWithItNoDelegates() external {
        address owner = vm.addr(OWNER);
        vm.startPrank(owner);
        store.setDelegate(project, bob, 31);
        store.transferOwnership(project, alice);
        vm.stopPrank();
        assertEq(store.projectOf(project).owner, owner, "still");
        vm.expectRevert(_unauthorized(bob));
        vm.prank(bob);
        store.acceptOwnership(project);
        vm.prank(alice);
        store.acceptOwnership(project);
        assertEq(store.projectOf(project).owner, alice, "owner");
        assertEq(store.projectOf(project).era, 1, "era");
        assertEq(store.powersOf(project, bob), 0, "delegate of the owner before");
        assertEq(store.powersOf(project, owner), 0, "owner before");
        vm.expectRevert(_unauthorized(alice));
        vm.prank(alice);
        store.acceptOwnership(project);
        // Not when it comes back either.
        vm.prank(alice);
        store.transferOwnership(project, owner);
        vm.prank(owner);
        store.acceptOwnership(project);
        assertEq(store.powersOf(project, bob), 0, "delegate of an era before");
    }

    function test_anOfferIsTakenBack() external {
        vm.startPrank(vm.addr(OWNER));
        store.transferOwnership(project, alice);
        store.transferOwnership(project, address(0));
        vm.stopPrank();
        vm.expectRevert(_unauthorized(alice));
        vm.prank(alice);
        store.acceptOwnership(project);
    }

    function testFuzz_theOwnerAloneSays(address who) external {
        vm.assume(who != vm.addr(OWNER));
        vm.startPrank(who);
        vm.expectRevert(_unauthorized(who));
        store.transferOwnership(project, who);
        vm.expectRevert(_unauthorized(who));
        store.setPolicy(project, blind);
        vm.expectRevert(_unauthorized(who));
        store.setDelegate(project, who, 31);
        vm.expectRevert(_unauthorized(who));
        store.erase(project, asset());
    }

    function testFuzz_aDelegateHasItsPowersAlone(uint8 powers, uint8 power) external {
        powers &= 31;
        power = uint8(1 << (power % 5));
        vm.prank(vm.addr(OWNER));
        store.setDelegate(project, vm.addr(DELEGATE), powers);
        assertEq(store.powersOf(project, vm.addr(DELEGATE)), powers, "powers");
        address signer = store.signerFor(project, power, "digest", sign(DELEGATE, "digest"));
        assertEq(signer, powers & power == 0 ? address(0) : vm.addr(DELEGATE), "signer");
        vm.prank(vm.addr(DELEGATE));
        if (powers & 8 == 0) vm.expectRevert(_unauthorized(vm.addr(DELEGATE)));
        store.erase(project, asset());
    }

    function test_thereAreFivePowers() external {
        vm.expectRevert(abi.encodeWithSelector(IAccessRegistry.AccessRegistry_BadPowers.selector, 32));
        vm.prank(vm.addr(OWNER));
        store.setDelegate(project, alice, 32);
    }

    function test_whatIsErasedTakesWhatIsBelowWithIt() external {
        assertFalse(store.isErased(project, path()), "before");
        vm.prank(vm.addr(OWNER));
        store.erase(project, episode());
        assertTrue(store.tombstone(project, episode()), "named");
        assertFalse(store.tombstone(project, asset()), "not named");
        assertTrue(store.isErased(project, path()), "below");
        bytes32[] memory other = new bytes32[](1);
        other[0] = ASSET_SALT;
        assertFalse(store.isErased(project, other), "beside");
        assertFalse(store.isErased("other", path()), "of another project");
        vm.prank(vm.addr(OWNER));
        store.erase(project, project);
        assertTrue(store.isErased(project, other), "all");
    }

    function test_anybodySendsASignedOrderToErase() external {
        Erase memory order = Erase(project, asset(), uint64(block.timestamp));
        bytes32 digest = digestOf(VaultMessages.hash(order));
        vm.expectRevert(_unauthorized(address(0)));
        store.eraseBySignature(order, sign(ANIMATOR, digest));
        vm.expectRevert(_unauthorized(address(0)));
        store.eraseBySignature(order, malleable(OWNER, digest));
        vm.expectRevert(_unauthorized(address(0)));
        store.eraseBySignature(Erase(project, episode(), order.issuedAt), sign(OWNER, digest));
        store.eraseBySignature(order, sign(OWNER, digest));
        assertTrue(store.tombstone(project, asset()), "erased");
    }

    function test_aContractOwnsAndSigns_andOthersThatLieDoNot() external {
        for (uint256 mood = 0; mood < 6; mood++) {
            Wallet wallet = new Wallet("digest", mood);
            vm.prank(address(wallet));
            bytes32 its = store.createProject("wallet", grants);
            address signer = store.signerFor(its, 1, "digest", "anything");
            assertEq(signer, mood == 0 ? address(wallet) : address(0), "signer");
            assertEq(store.signerFor(its, 1, "another", "anything"), address(0), "another digest");
        }
    }

    function test_nobodySignsForAProjectThatIsNot() external view {
        assertEq(store.signerFor("none", 1, "digest", sign(OWNER, "digest")), address(0), "signer");
        assertEq(store.signerFor("none", 1, "digest", ""), address(0), "nothing");
        assertEq(store.powersOf("none", address(0)), 0, "powers");
    }

    function test_aNodeAnchorsForwards() external {
        vm.startPrank(alice);
        store.anchorReceipts(0, "root 0");
        vm.expectRevert(abi.encodeWithSelector(IAccessRegistry.AccessRegistry_NotNewer.selector, 0, 0));
        store.anchorReceipts(0, "root 1");
        store.anchorReceipts(7, "root 7");
        vm.stopPrank();
        (uint64 sequence, uint64 timestamp, bytes32 root) = store.anchorOf(alice);
        assertEq(sequence, 7, "sequence");
        assertEq(timestamp, block.timestamp, "timestamp");
        assertEq(root, "root 7", "root");
        (, timestamp, ) = store.anchorOf(bob);
        assertEq(timestamp, 0, "of nobody");
    }

    /// A transaction forced through L1 comes from the same address, if that has no code there, and from its alias if it has.
    function test_aForcedTransactionCanWhatItsSenderCan_andAnAliasNothing() external {
        vm.prank(vm.addr(OWNER), vm.addr(OWNER));
        store.erase(project, asset());
        address wallet = address(new Wallet("digest", 0));
        vm.prank(wallet);
        bytes32 its = store.createProject("wallet", grants);
        address alias_ = AddressAliasHelper.applyL1ToL2Alias(wallet);
        vm.startPrank(alias_, alias_);
        vm.expectRevert(abi.encodeWithSelector(IAccessRegistry.AccessRegistry_Unauthorized.selector, its, alias_));
        store.setPolicy(its, blind);
        vm.expectRevert(abi.encodeWithSelector(IAccessRegistry.AccessRegistry_Unauthorized.selector, its, alias_));
        store.erase(its, its);
    }
}
