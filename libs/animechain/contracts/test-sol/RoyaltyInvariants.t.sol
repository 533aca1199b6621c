// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Test} from "@animechain/testing/Test.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {RoyaltyVaults} from "../src-sol/RoyaltyVaults.sol";
import {StandinToken} from "./standins/StandinToken.sol";
import {RegistrySetup} from "./RegistrySetup.sol";

/// @notice Six works that derive from each other in several ways, three tokens of 18, 6 and 2 decimals, four accounts; pays, pushes, claims, disputes and judges
/// at random. Counts what payers paid and what was given.
contract RoyaltyWorld is RegistrySetup {
    uint256 public constant WORKS = 6;

    StandinToken[3] public tokens;
    address[4] public accounts;
    mapping(IERC20 which => uint256) public paid;
    mapping(IERC20 which => uint256) public given;
    mapping(uint256 work => uint256) public dispute;
    uint256 private _disputes;

    function setUp() public override {
        super.setUp();
        modules.place(vaults.OUTPUT_REGISTRY(), address(this));
        tokens = [token, _token(6), _token(2)];
        accounts = [OWNER, address(0xa), address(0xb), address(0xf1)];
        _root();
        _root();
        uint256[] memory parents = new uint256[](2);
        uint16[] memory shares = new uint16[](2);
        (parents[0], parents[1], shares[0], shares[1]) = (1, 2, 3_333, 3_333);
        _register(parents, shares);
        _child(3, 9_999);
        (parents[0], parents[1], shares[0], shares[1]) = (3, 4, 1, 4_999);
        _register(parents, shares);
        (parents[0], parents[1], shares[0], shares[1]) = (1, 5, 5_000, 5_000);
        uint256 last = _register(parents, shares);
        assertEq(last, WORKS, "works");
        vaults.fixBeneficiary(last, accounts[3], 2_500);
    }

    function pay(uint256 work, uint256 which, uint256 amount) external {
        StandinToken in_ = tokens[which % 3];
        amount = bound(amount, 1, which % 2 == 0 ? 30 : 1e24);
        _list(in_, true);
        _pay(_id(work), in_, amount);
        paid[in_] += amount;
    }

    function push(uint256 work, uint256 which) external {
        // Tops a work up where nothing is pending, or most pushes would come to nothing.
        (StandinToken in_, uint256 id) = (tokens[which % 3], _id(work));
        if (_pending(id, in_) == 0) {
            _list(in_, true);
            _pay(id, in_, 7);
            paid[in_] += 7;
        }
        vaults.push(id, in_);
        assertEq(_pending(id, in_), 0, "a push leaves nothing pending");
    }

    function claim(uint256 which, uint256 who) external {
        (StandinToken in_, address account) = (tokens[which % 3], accounts[who % 4]);
        uint256 before = in_.balanceOf(account);
        uint256 due = vaults.claimable(in_, account);
        vm.assume(due > 0);
        assertEq(vaults.claim(in_, account), due, "claimed");
        assertEq(in_.balanceOf(account) - before, due, "to the account itself");
    }

    function share(uint256 work, uint16 bps, uint256 number) external {
        uint256 id = _id(work);
        (, , , uint16 taken) = vaults.beneficiariesOf(id);
        uint16 whole = 10_000 - taken;
        number = number % 4;
        (address[] memory to, uint16[] memory parts) = (new address[](number), new uint16[](number));
        for (uint256 i = 0; i < number; i++) (to[i], parts[i]) = (accounts[i], uint16(bound(bps, 1, whole / 4)));
        if (number > 0) parts[0] = whole - uint16(number - 1) * parts[0];
        vm.prank(registry.ownerOf(id));
        vaults.setBeneficiaries(id, to, parts);
    }

    function sell(uint256 work, uint256 to) external {
        uint256 id = _id(work);
        address owner = registry.ownerOf(id);
        vm.prank(owner);
        registry.transferFrom(owner, accounts[to % 3], id);
    }

    function notice(uint256 work, uint256 parent, uint16 bps) external {
        uint256 id = bound(work, 2, WORKS);
        vm.assume(dispute[id] == 0);
        (uint256[] memory parents, uint16[] memory shares) = _edge(
            bound(parent, 1, id - 1),
            uint16(bound(bps, 1, 9_999))
        );
        (uint256[] memory now_, uint16[] memory nowShares) = registry.edgesOf(id);
        if (now_.length == 1 && now_[0] == parents[0] && nowShares[0] == shares[0]) shares[0]++;
        dispute[id] = ++_disputes;
        assertGe(vaults.freeze(id, _disputes, parents, shares), 1, "something is disputed");
    }

    function verdict(uint256 work, bool upheld) external {
        uint256 id = bound(work, 2, WORKS);
        for (uint256 i = 0; i < WORKS && dispute[id] == 0; i++) id = id == WORKS ? 2 : id + 1;
        vm.assume(dispute[id] != 0);
        (, , uint256[] memory parents, uint16[] memory shares) = vaults.freezeOf(id);
        vaults.release(id, dispute[id], upheld);
        if (upheld) registry.reparent(id, parents, shares);
        dispute[id] = 0;
        assertEq(vaults.tokensOf(id).length, 0, "a verdict leaves nothing");
    }

    function give(uint256 which, uint256 amount) external {
        StandinToken in_ = tokens[which % 3];
        amount = bound(amount, 1, 1e18);
        in_.mint(address(vaults), amount);
        given[in_] += amount;
    }

    function unlist(uint256 which) external {
        _list(tokens[which % 3], false);
    }

    function theVaults() external view returns (RoyaltyVaults) {
        return vaults;
    }

    function _list(StandinToken which, bool listed) private {
        if (vaults.isListed(which) == listed) return;
        vm.prank(GOVERNANCE);
        vaults.listToken(which, listed);
    }

    function _id(uint256 work) private pure returns (uint256) {
        return bound(work, 1, WORKS);
    }
}

contract RoyaltyInvariantsTest is Test {
    RoyaltyWorld private world;
    RoyaltyVaults private vaults;

    function setUp() public {
        world = new RoyaltyWorld();
        world.setUp();
        vaults = world.theVaults();
        targetContract(address(world));
        bytes4[9] memory views = [
            world.setUp.selector,
            world.theVaults.selector,
            world.WORKS.selector,
            world.tokens.selector,
            world.accounts.selector,
            world.paid.selector,
            world.given.selector,
            world.dispute.selector,
            world.targetContracts.selector
        ];
        for (uint256 i = 0; i < views.length; i++) excludeSelector(address(world), views[i]);
    }

    function invariant_everyUnitIsInOneBook() public view {
        for (uint256 i = 0; i < 3; i++) {
            StandinToken token = world.tokens(i);
            uint256 open = 0;
            uint256 inUse = 0;
            for (uint256 id = 1; id <= world.WORKS(); id++) {
                (uint256 pending, uint256 escrowed) = vaults.bookOf(id, token);
                open += pending + escrowed;
                if (pending + escrowed > 0) inUse++;
                if (world.dispute(id) == 0) assertEq(escrowed, 0, "escrow outside of a dispute");
                IERC20[] memory used = vaults.tokensOf(id);
                for (uint256 j = 0; j < used.length; j++) if (used[j] == token) inUse--;
            }
            assertEq(inUse, 0, "in use is what has money");
            uint256 due = 0;
            for (uint256 j = 0; j < 4; j++) due += vaults.claimable(token, world.accounts(j));
            (uint256 total, uint256 counted, uint256 paidOut) = vaults.sumsOf(token);
            assertEq(counted, open, "pending and escrowed");
            assertEq(total, open + due, "pending, escrowed and claimable");
            assertEq(total + paidOut, world.paid(token), "what payers paid");
            assertEq(token.balanceOf(address(vaults)), total + world.given(token), "what is held");
        }
    }
}
