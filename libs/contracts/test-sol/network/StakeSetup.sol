// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {NetworkRoles} from "../../src-sol/network/NetworkRoles.sol";
import {StakeRegistry} from "../../src-sol/network/StakeRegistry.sol";
import {IStakeRegistry} from "../../src-sol/network/interfaces/IStakeRegistry.sol";
import {Dispute} from "../base/Dispute.sol";
import {NetworkToken} from "./NetworkTokens.sol";

/// @title StakeSetup
/// @notice The stake registry on the contracts of a chain, and verifiers with keys that can sign.
abstract contract StakeSetup is Dispute {
    bytes32 internal constant VERIFIER = NetworkRoles.VERIFIER;
    uint64 internal constant EPOCH = 1_000;
    uint40 internal constant UNBONDING = 3_000;
    uint96 internal constant MIN_STAKE = 1 ether;

    StakeRegistry internal stakes;
    NetworkToken internal token;

    function setUp() public virtual override {
        super.setUp();
        if (address(stakes) == address(0)) _makeRegistry();
    }

    function _makeRegistry() internal {
        token = new NetworkToken();
        stakes = _newRegistry(_role(), _tokens(), new address[](0));
    }

    function _role() internal view virtual returns (IStakeRegistry.RoleParameters memory) {
        return IStakeRegistry.RoleParameters(MIN_STAKE, UNBONDING, 16, 1_000_000);
    }

    function _tokens() internal view virtual returns (address[] memory list) {
        list = new address[](1);
        list[0] = address(token);
    }

    function _newRegistry(
        IStakeRegistry.RoleParameters memory role,
        address[] memory tokens,
        address[] memory slashers
    ) internal returns (StakeRegistry) {
        IStakeRegistry.RoleSetup[] memory roles = new IStakeRegistry.RoleSetup[](1);
        roles[0] = IStakeRegistry.RoleSetup(VERIFIER, role, slashers);
        address implementation = address(new StakeRegistry());
        bytes memory init = abi.encodeCall(StakeRegistry.initialize, (config, EPOCH, 0, roles, tokens));
        return StakeRegistry(address(new ERC1967Proxy(implementation, init)));
    }

    /// @notice Private key of a verifier.
    function _secret(uint256 i) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode("verifier", i)));
    }

    function _key(uint256 i) internal pure returns (address) {
        return vm.addr(_secret(i));
    }

    function _member(uint256 i) internal pure returns (address) {
        return address(uint160(uint256(keccak256(abi.encode("member", i)))));
    }

    function _sign(uint256 secret, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(secret, digest);
        return abi.encodePacked(r, s, v);
    }

    /// @notice A verifier joins, or stakes more, with its own key.
    function _enter(uint256 i, uint256 amount) internal {
        address member = _member(i);
        vm.deal(member, member.balance + amount);
        bytes memory proof = _sign(_secret(i), stakes.keyDigest(member));
        address key = _key(i);
        vm.prank(member);
        stakes.join{value: amount}(VERIFIER, key, "https://verifier.example", proof);
    }

    function _stakeTokens(uint256 i, uint256 amount) internal {
        token.mint(_member(i), amount);
        vm.startPrank(_member(i));
        token.approve(address(stakes), amount);
        stakes.stakeToken(VERIFIER, address(token), amount);
        vm.stopPrank();
    }

    function _leave(uint256 i) internal {
        vm.prank(_member(i));
        stakes.leave(VERIFIER);
    }

    /// @notice Goes on to the next epoch.
    function _nextEpoch() internal {
        _pass(EPOCH);
    }
}
