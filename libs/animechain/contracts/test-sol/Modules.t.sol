// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Test} from "@animechain/testing/Test.sol";
import {IModules} from "../src-sol/interfaces/IModules.sol";
import {Modules} from "../src-sol/Modules.sol";

contract ModulesTest is Test {
    bytes32 private constant VAULTS = keccak256("RoyaltyVaults");
    bytes32 private constant LICENCES = keccak256("Licences");
    address private constant GOVERNANCE = address(0x90);

    Modules private modules;
    address private other;

    function setUp() public {
        bytes32[] memory permanent = new bytes32[](1);
        permanent[0] = VAULTS;
        modules = new Modules(GOVERNANCE, permanent);
        other = address(new Modules(GOVERNANCE, new bytes32[](0)));
    }

    function _sealed() private {
        modules.place(VAULTS, address(this));
        modules.place(LICENCES, address(this));
        modules.seal();
    }

    function test_governanceReplacesWhatIsNotPermanent() public {
        _sealed();
        vm.prank(GOVERNANCE);
        modules.place(LICENCES, other);
        assertEq(modules.moduleOf(LICENCES), other, "replaced");
        vm.prank(GOVERNANCE);
        vm.expectRevert(abi.encodeWithSelector(IModules.Modules_Placed.selector, VAULTS, address(this)));
        modules.place(VAULTS, other);
        assertEq(modules.moduleOf(VAULTS), address(this), "what holds money stays");
    }

    function test_theDeployerPlacesOnceAndNotAfterTheSeal() public {
        modules.place(LICENCES, address(this));
        vm.expectRevert(abi.encodeWithSelector(IModules.Modules_Placed.selector, LICENCES, address(this)));
        modules.place(LICENCES, other);
        vm.expectRevert(abi.encodeWithSelector(IModules.Modules_Missing.selector, VAULTS));
        modules.seal();
        modules.place(VAULTS, address(this));
        modules.seal();
        assertTrue(modules.isSealed(), "sealed");
        bytes memory refused = abi.encodeWithSelector(
            IModules.Modules_Unauthorized.selector,
            address(this),
            GOVERNANCE
        );
        vm.expectRevert(refused);
        modules.place(LICENCES, other);
        vm.expectRevert(refused);
        modules.seal();
    }

    function test_anAddressWithoutCodeIsNoModule() public {
        vm.expectRevert(abi.encodeWithSelector(IModules.Modules_NoCode.selector, address(1)));
        modules.place(LICENCES, address(1));
    }

    function testFuzz_nobodyElsePlaces(address caller, bytes32 key, bool late) public {
        if (late) _sealed();
        address may = late ? GOVERNANCE : address(this);
        vm.assume(caller != may);
        vm.prank(caller);
        vm.expectRevert(abi.encodeWithSelector(IModules.Modules_Unauthorized.selector, caller, may));
        modules.place(key, other);
    }
}
