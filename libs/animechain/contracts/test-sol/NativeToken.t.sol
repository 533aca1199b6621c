// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Test} from "@animechain/testing/Test.sol";
import {Bucket, Grant, INativeToken} from "../src-sol/interfaces/INativeToken.sol";
import {NativeToken} from "../src-sol/NativeToken.sol";

contract NativeTokenTest is Test {
    function _grants(uint256 unit) private pure returns (Grant[] memory grants) {
        grants = new Grant[](5);
        for (uint256 i = 0; i < 5; i++) grants[i] = Grant(Bucket(i), address(uint160(i + 1)), 16 * unit);
        (grants[0].amount, grants[1].amount, grants[4].amount) = (40 * unit, 18 * unit, 10 * unit);
    }

    function testFuzz_eachBucketGetsExactlyItsShare(uint128 unit) public {
        unit = uint128(bound(unit, 1, 1e30));
        NativeToken token = new NativeToken("Anima", "ANIMA", _grants(unit));
        assertEq(token.totalSupply(), uint256(unit) * 100, "the whole");
        assertEq(token.balanceOf(address(1)), uint256(unit) * 40, "ecosystem");
        assertEq(token.balanceOf(address(2)), uint256(unit) * 18, "contributors");
        assertEq(token.balanceOf(address(5)), uint256(unit) * 10, "strategic");
        assertEq(bytes(token.symbol()), "ANIMA", "a setting");
        assertEq(token.clock(), block.timestamp, "votes by time");
        assertEq(bytes(token.CLOCK_MODE()), "mode=timestamp", "as it says");
    }

    function testFuzz_aUnitTooMuchIsRefused(uint256 which, uint128 unit) public {
        which = bound(which, 0, 4);
        Grant[] memory grants = _grants(bound(unit, 1, 1e30));
        grants[which].amount++;
        vm.expectPartialRevert(INativeToken.NativeToken_Share.selector);
        new NativeToken("Anima", "ANIMA", grants);
    }

    function test_grantsAreChecked() public {
        vm.expectRevert(abi.encodeWithSelector(INativeToken.NativeToken_Grants.selector, 0, 128));
        new NativeToken("Anima", "ANIMA", new Grant[](0));
        vm.expectRevert(abi.encodeWithSelector(INativeToken.NativeToken_Grants.selector, 129, 128));
        new NativeToken("Anima", "ANIMA", new Grant[](129));
        Grant[] memory grants = _grants(1);
        grants[3].holder = address(0);
        vm.expectRevert(abi.encodeWithSelector(INativeToken.NativeToken_EmptyGrant.selector, 3));
        new NativeToken("Anima", "ANIMA", grants);
        grants = _grants(1);
        grants[2].amount = 0;
        vm.expectRevert(abi.encodeWithSelector(INativeToken.NativeToken_EmptyGrant.selector, 2));
        new NativeToken("Anima", "ANIMA", grants);
    }

    function test_aPermitServesOnce() public {
        address owner = vm.addr(0xa11ce);
        Grant[] memory grants = _grants(1e18);
        grants[0].holder = owner;
        NativeToken token = new NativeToken("Anima", "ANIMA", grants);
        bytes32 permit = keccak256(
            abi.encode(
                keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"),
                owner,
                address(this),
                5,
                token.nonces(owner),
                block.timestamp
            )
        );
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", token.DOMAIN_SEPARATOR(), permit));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(0xa11ce, digest);
        token.permit(owner, address(this), 5, block.timestamp, v, r, s);
        assertEq(token.allowance(owner, address(this)), 5, "allowed");
        vm.expectPartialRevert(bytes4(keccak256("ERC2612InvalidSigner(address,address)")));
        token.permit(owner, address(this), 5, block.timestamp, v, r, s);
    }
}
