// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Test} from "@animechain/testing/Test.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Work} from "../src-sol/interfaces/IIPRegistry.sol";
import {Terms} from "../src-sol/interfaces/ILicences.sol";
import {IPRegistry} from "../src-sol/IPRegistry.sol";
import {Licences} from "../src-sol/Licences.sol";
import {Modules} from "../src-sol/Modules.sol";
import {RoyaltyVaults} from "../src-sol/RoyaltyVaults.sol";
import {StandinCouncil} from "./standins/StandinCouncil.sol";
import {StandinToken} from "./standins/StandinToken.sol";

/// @notice A registry and its vaults, a listed token, two authors in ascending order, and this contract as the dispute desk.
abstract contract RegistrySetup is Test {
    string internal constant CID = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy";
    address internal constant OWNER = address(0x0123);
    address internal constant GOVERNANCE = address(0x90);
    address private constant CONSOLE = 0x000000000000000000636F6e736F6c652e6c6f67;

    Modules internal modules;
    IPRegistry internal registry;
    RoyaltyVaults internal vaults;
    Licences internal licences;
    StandinCouncil internal council;
    StandinToken internal token;
    uint256[2] internal keys;

    function setUp() public virtual {
        modules = new Modules(GOVERNANCE, new bytes32[](0));
        registry = new IPRegistry(modules, "Animechain works", "WORK");
        vaults = new RoyaltyVaults(modules);
        licences = new Licences(modules, "Animechain licences", "LICENCE");
        council = new StandinCouncil();
        modules.place(registry.IP_REGISTRY(), address(registry));
        modules.place(registry.ROYALTY_VAULTS(), address(vaults));
        modules.place(registry.LICENCES(), address(licences));
        modules.place(registry.COUNCIL(), address(council));
        modules.place(registry.DISPUTE_DESK(), address(this));
        token = _token(18);
        keys = [uint256(0xa), 0xb];
        if (vm.addr(keys[0]) > vm.addr(keys[1])) keys = [uint256(0xb), 0xa];
    }

    /// @notice A new listed token.
    function _token(uint8 decimals) internal returns (StandinToken made) {
        made = new StandinToken(decimals);
        vm.prank(GOVERNANCE);
        vaults.listToken(made, true);
    }

    function _pay(uint256 work, StandinToken in_, uint256 amount) internal {
        in_.mint(address(this), amount);
        in_.approve(address(vaults), amount);
        vaults.pay(work, in_, amount);
    }

    function _pay(uint256 work, uint256 amount) internal {
        _pay(work, token, amount);
    }

    function _pending(uint256 work, IERC20 in_) internal view returns (uint256 pending) {
        (pending, ) = vaults.bookOf(work, in_);
    }

    function _escrowed(uint256 work, IERC20 in_) internal view returns (uint256 escrowed) {
        (, escrowed) = vaults.bookOf(work, in_);
    }

    function _work(uint256[] memory parents, uint16[] memory shares) internal view returns (Work memory work) {
        address[] memory authors = new address[](2);
        (authors[0], authors[1]) = (vm.addr(keys[0]), vm.addr(keys[1]));
        work = Work(1, keccak256("asset"), keccak256("root"), 0, authors, parents, shares);
    }

    function _sign(
        Work memory work,
        address owner,
        uint256[] memory under,
        uint256 deadline
    ) internal view returns (bytes[] memory signatures) {
        signatures = new bytes[](work.authors.length);
        for (uint256 i = 0; i < signatures.length; i++) {
            uint256 nonce = registry.nonces(work.authors[i]);
            bytes32 digest = registry.digestOf(work, owner, under, CID, nonce, deadline);
            (uint8 v, bytes32 r, bytes32 s) = vm.sign(keys[i], digest);
            signatures[i] = abi.encodePacked(r, s, v);
        }
    }

    function _register(uint256[] memory parents, uint16[] memory shares) internal returns (uint256) {
        return _register(parents, shares, OWNER, new uint256[](parents.length));
    }

    function _register(
        uint256[] memory parents,
        uint16[] memory shares,
        address owner,
        uint256[] memory under
    ) internal returns (uint256) {
        Work memory work = _work(parents, shares);
        bytes[] memory signatures = _sign(work, owner, under, block.timestamp);
        return registry.register(work, owner, under, CID, block.timestamp, signatures);
    }

    function _root() internal returns (uint256) {
        return _register(new uint256[](0), new uint16[](0));
    }

    function _child(uint256 parent, uint16 share) internal returns (uint256) {
        (uint256[] memory parents, uint16[] memory shares) = _edge(parent, share);
        return _register(parents, shares);
    }

    function _edge(uint256 parent, uint16 share) internal pure returns (uint256[] memory p, uint16[] memory s) {
        (p, s) = (new uint256[](1), new uint16[](1));
        (p[0], s[0]) = (parent, share);
    }

    /// @notice Terms of all that the tables have, from now for a hundred days, for nothing.
    function _terms() internal view returns (Terms memory) {
        uint64 now_ = uint64(block.timestamp);
        return
            Terms({
                uses: licences.USES(),
                media: licences.MEDIA(),
                territory: licences.TERRITORIES(),
                from: now_,
                until: now_ + 100 days,
                exclusive: false,
                depth: 8,
                shareBps: 1_000,
                price: 0,
                currency: address(token)
            });
    }

    /// @notice Offers and takes a licence of a work.
    function _licence(uint256 work, Terms memory terms, address holder) internal returns (uint256 id) {
        vm.prank(registry.ownerOf(work));
        uint256 offer = licences.offer(work, terms);
        vm.prank(holder);
        return licences.take(offer, terms.price);
    }

    /// @notice A number for whoever runs forge with -vv.
    function _say(string memory what, uint256 number) internal view {
        (bool said, ) = CONSOLE.staticcall(abi.encodeWithSignature("log(string,uint256)", what, number));
        assertTrue(said, "forge logs");
    }
}
