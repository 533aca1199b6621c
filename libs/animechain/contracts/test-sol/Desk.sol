// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {RLP} from "@openzeppelin/contracts/utils/RLP.sol";
import {DisputeDesk} from "../src-sol/DisputeDesk.sol";
import {House} from "./House.sol";
import {StandinLicences} from "./standins/StandinLicences.sol";
import {DeskRoyaltyVaults} from "./standins/DeskRoyaltyVaults.sol";
import {DeskToken} from "./standins/DeskToken.sol";

/// @notice A desk with 40 jurors, and a work with a parent whose owners have tokens.
abstract contract Desk is House {
    using RLP for RLP.Encoder;

    uint256 internal constant BOND = 101;
    uint256 internal constant JURORS = 40;
    address internal constant OWNER = address(0x0123);
    address internal constant PARENT = address(0x0456);
    address internal constant CLAIMANT = address(0x0789);
    bytes32 internal constant SALT = "salt";

    DisputeDesk internal desk;
    DeskRoyaltyVaults internal vaults;
    StandinLicences internal licences;
    DeskToken internal bonds;
    uint256 internal other;
    uint256 internal work;

    function _place() internal virtual override {
        bonds = new DeskToken();
        vaults = new DeskRoyaltyVaults(address(timelock));
        desk = new DisputeDesk(modules, bonds, BOND, 100, 10_000, 10);
        licences = new StandinLicences(1);
        modules.place(keccak256("DisputeDesk"), address(desk));
        modules.place(keccak256("RoyaltyVaults"), address(vaults));
        modules.place(LICENCES, address(licences));
    }

    function setUp() public virtual override {
        super.setUp();
        (uint256[] memory parents, uint16[] memory shares) = _edge(_work(PARENT), 1_000);
        other = _work(CLAIMANT);
        work = _child(OWNER, parents, shares);
        _fund(OWNER);
        _fund(PARENT);
        _fund(CLAIMANT);
        _join(JURORS, 12);
        _elect(JURORS);
    }

    function _fund(address account) internal {
        bonds.mint(account, 1_000_000);
        vm.prank(account);
        bonds.approve(address(desk), type(uint256).max);
    }

    function _edge(uint256 parent, uint16 share) internal pure returns (uint256[] memory p, uint16[] memory s) {
        (p, s) = (new uint256[](1), new uint16[](1));
        (p[0], s[0]) = (parent, share);
    }

    /// @dev The claim that the work derives from the claimant's.
    function _notice() internal returns (uint256) {
        (uint256[] memory parents, uint16[] memory shares) = _edge(other, 3_000);
        vm.prank(CLAIMANT);
        return desk.notice(work, parents, shares, "grounds");
    }

    function _answer(uint256 id) internal {
        vm.prank(OWNER);
        desk.answer(id, "grounds");
    }

    function _header(uint256 number, bytes32 randomness) internal pure returns (bytes memory) {
        RLP.Encoder memory header = RLP.encoder();
        for (uint256 i = 0; i < 2; i++) header = header.push(bytes32(i + 1));
        header = header.push(address(1));
        for (uint256 i = 0; i < 3; i++) header = header.push(bytes32(i + 3));
        header = header.push(new bytes(256)).push(uint256(0)).push(number);
        header = header.push(uint256(30_000_000)).push(uint256(0)).push(uint256(1_700_000_000)).push(new bytes(0));
        return header.push(randomness).push(abi.encodePacked(bytes8(0))).encode();
    }

    /// @dev Brings the chain past the block of the draw.
    function _pass(uint256 id, bytes32 randomness) internal returns (bytes memory header) {
        uint256 drawBlock = desk.panelOf(id, desk.disputeOf(id).rounds).drawBlock;
        header = _header(drawBlock, randomness);
        vm.roll(drawBlock + 1);
        vm.setBlockhash(drawBlock, keccak256(header));
    }

    function _draw(uint256 id) internal returns (address[] memory) {
        bytes memory header = _pass(id, keccak256(abi.encode(id, block.number)));
        assertTrue(desk.draw(id, header), "drawn");
        return desk.panelOf(id, desk.disputeOf(id).rounds).jurors;
    }

    /// @dev `upholding` jurors of the panel vote for the claim, `dismissing` against it, the others not at all; then counts.
    function _decide(uint256 id, address[] memory jurors, uint256 upholding, uint256 dismissing) internal {
        uint256 round = desk.disputeOf(id).rounds;
        for (uint256 i = 0; i < upholding + dismissing; i++) {
            bytes32 commitment = desk.commitmentOf(id, round, jurors[i], i < upholding, SALT);
            vm.prank(jurors[i]);
            desk.commit(id, commitment);
        }
        vm.warp(desk.panelOf(id, round).commitUntil);
        for (uint256 i = 0; i < upholding + dismissing; i++) {
            vm.prank(jurors[i]);
            desk.reveal(id, i < upholding, SALT);
        }
        if (upholding + dismissing < jurors.length) vm.warp(desk.disputeOf(id).deadline);
        desk.tally(id);
    }

    function _stage(uint256 id) internal view returns (uint256) {
        return uint256(desk.disputeOf(id).stage);
    }
}
