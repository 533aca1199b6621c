// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20Errors, IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IIPRegistry} from "../src-sol/interfaces/IIPRegistry.sol";
import {IRoyaltyVaults} from "../src-sol/interfaces/IRoyaltyVaults.sol";
import {StandinToken} from "./standins/StandinToken.sol";
import {RegistrySetup} from "./RegistrySetup.sol";

contract RoyaltyVaultsTest is RegistrySetup {
    address private constant ALICE = address(0xa11ce);
    address private constant BOB = address(0xb0b);

    /// @dev Registered before the tests' transaction.
    uint256 private old;

    function setUp() public override {
        super.setUp();
        modules.place(vaults.OUTPUT_REGISTRY(), address(this));
        old = _root();
    }

    function _claimable(address account) private view returns (uint256) {
        return vaults.claimable(token, account);
    }

    function _two(address a, uint16 x, address b, uint16 y) private pure returns (address[] memory, uint16[] memory) {
        (address[] memory accounts, uint16[] memory bps) = (new address[](2), new uint16[](2));
        (accounts[0], accounts[1], bps[0], bps[1]) = (a, b, x, y);
        return (accounts, bps);
    }

    function _set(uint256 work, address a, uint16 x, address b, uint16 y) private {
        (address[] memory accounts, uint16[] memory bps) = _two(a, x, b, y);
        vm.prank(OWNER);
        vaults.setBeneficiaries(work, accounts, bps);
    }

    function _unauthorized(address caller, address expected) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IRoyaltyVaults.RoyaltyVaults_Unauthorized.selector, caller, expected);
    }

    function _unlisted(IERC20 which) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IRoyaltyVaults.RoyaltyVaults_NotListed.selector, which);
    }

    // -- payments and pushes

    function test_oneHopAPush() public {
        uint256 parent = _child(old, 5_000);
        uint256 child = _child(parent, 2_000);
        vm.prank(OWNER);
        registry.transferFrom(OWNER, ALICE, child);
        _pay(child, 1_000_000);
        assertEq(_pending(child, token), 1_000_000, "pending");
        vaults.push(child, token);
        assertEq(_claimable(ALICE), 800_000, "the child's owner");
        assertEq(_pending(parent, token), 200_000, "the parent's book");
        vaults.push(parent, token);
        assertEq(_claimable(OWNER), 100_000, "the parent's owner");
        assertEq(_pending(old, token), 100_000, "the grandparent's book");
        assertEq(vaults.tokensOf(child).length, 0, "nothing is left in the child's");
        vaults.push(old, token);
        assertEq(vaults.claim(token, OWNER), 200_000, "claimed for the owner");
        assertEq(token.balanceOf(OWNER), 200_000, "paid to the owner");
        (uint256 total, uint256 open, uint256 paidOut) = vaults.sumsOf(token);
        assertEq(total, 800_000, "left for the child's owner");
        assertEq(open, 0, "all of it claimable");
        assertEq(paidOut, 200_000, "paid out");
        assertEq(vaults.paidIn(child, token), 1_000_000, "paid to the child");
        assertEq(vaults.paidIn(old, token), 100_000, "paid to the grandparent");
        assertEq(vaults.claim(token, OWNER), 0, "once");
    }

    function test_pushingNothingDoesNothing() public {
        vaults.push(old, token);
        vaults.push(99, StandinToken(address(1)));
        assertEq(_claimable(OWNER), 0, "nothing");
    }

    function test_theRestTakesWhatCannotBeDivided() public {
        (uint256[] memory parents, uint16[] memory shares) = (new uint256[](8), new uint16[](8));
        for (uint256 i = 0; i < 8; i++) (parents[i], shares[i]) = (_root(), 1);
        uint256 child = _register(parents, shares);
        _pay(child, 9_999);
        vaults.push(child, token);
        assertEq(_claimable(OWNER), 9_999, "less than a unit for each parent");
        // One more: what each parent is owed of both is a unit, and the payment has but one. The others wait, and lose nothing.
        _pay(child, 1);
        vaults.push(child, token);
        assertEq(_pending(parents[0], token), 1, "the first parent");
        assertEq(_pending(parents[7], token), 0, "the last parent waits");
        _pay(child, 990_000);
        vaults.push(child, token);
        for (uint256 i = 0; i < 8; i++) assertEq(_pending(parents[i], token), 100, "1 bps of a million");
        assertEq(_claimable(OWNER), 999_200, "the rest");
    }

    function test_smallPaymentsDoNotRoundParentsDown() public {
        StandinToken cents = _token(2);
        uint256 child = _child(old, 1_000);
        for (uint256 i = 0; i < 100; i++) {
            _pay(child, cents, 5);
            vaults.push(child, cents);
        }
        assertEq(_pending(old, cents), 50, "a tenth of 500 cents");
        assertEq(vaults.claimable(cents, OWNER), 450, "the rest");
    }

    function testFuzz_whoPushesWhenChangesNothing(uint16[8] memory drawn, uint32[12] memory amounts) public {
        (uint256[] memory parents, uint16[] memory shares) = (new uint256[](8), new uint16[](8));
        for (uint256 i = 0; i < 8; i++) (parents[i], shares[i]) = (_root(), uint16(bound(drawn[i], 1, 1_250)));
        uint256 child = _register(parents, shares);
        uint256 sum = 0;
        for (uint256 i = 0; i < amounts.length; i++) {
            // Every other payment is dust.
            uint256 amount = bound(amounts[i], 1, i % 2 == 0 ? 9 : type(uint32).max);
            sum += amount;
            _pay(child, amount);
            vaults.push(child, token);
        }
        uint256 toParents = 0;
        for (uint256 i = 0; i < 8; i++) {
            uint256 due = (sum * shares[i]) / 10_000;
            uint256 got = vaults.paidIn(parents[i], token);
            toParents += got;
            assertLe(got, due, "no parent is ahead");
            assertGe(got + 8, due, "no parent is behind by more than a unit for each");
        }
        assertEq(toParents + _claimable(OWNER), sum, "to the unit");
    }

    function test_aPaymentIsForAWorkThatExists() public {
        token.mint(address(this), 2);
        token.approve(address(vaults), 2);
        vm.expectRevert(abi.encodeWithSelector(IERC721Errors.ERC721NonexistentToken.selector, 99));
        vaults.pay(99, token, 1);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltyVaults.RoyaltyVaults_Zero.selector, "amount"));
        vaults.pay(old, token, 0);
        vm.expectRevert(_unlisted(StandinToken(address(1))));
        vaults.pay(old, StandinToken(address(1)), 1);
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(vaults), 2, 3)
        );
        vaults.pay(old, token, 3);
    }

    function test_theBooksCountToTwoToThe128() public {
        _pay(old, type(uint128).max - 5);
        token.mint(address(this), 6);
        token.approve(address(vaults), type(uint256).max);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltyVaults.RoyaltyVaults_TooMuch.selector, token, 6, 5));
        vaults.pay(old, token, 6);
        vm.expectRevert(
            abi.encodeWithSelector(IRoyaltyVaults.RoyaltyVaults_TooMuch.selector, token, type(uint256).max, 5)
        );
        vaults.pay(old, token, type(uint256).max);
        vaults.pay(old, token, 5);
        vaults.push(old, token);
        assertEq(vaults.claim(token, OWNER), type(uint128).max, "all of it");
    }

    function test_whatIsPendingBelongsToWhoOwnsTheWorkAtThePush() public {
        _pay(old, 100);
        vm.prank(OWNER);
        registry.transferFrom(OWNER, ALICE, old);
        vaults.push(old, token);
        assertEq(_claimable(ALICE), 100, "the new owner");
    }

    function test_aGiftIsNobodys() public {
        token.mint(address(vaults), 7);
        _pay(old, 100);
        vaults.push(old, token);
        vaults.claim(token, OWNER);
        assertEq(token.balanceOf(address(vaults)), 7, "stays");
        (uint256 total, , ) = vaults.sumsOf(token);
        assertEq(total, 0, "in no book");
    }

    // -- a thousand derivatives

    function test_aHopOfAChainOfAThousandCostsTheSame() public {
        uint256[3] memory gas;
        uint256 work = old;
        uint256 first = old + 1;
        for (uint256 i = 0; i < 999; i++) work = _child(work, 9_999);
        _pay(work, 1 ether);
        for (; work > old; work--) {
            uint256 hop = first + 999 - work;
            uint256 before = gasleft();
            vaults.push(work, token);
            uint256 used = before - gasleft();
            if (hop == 1) gas[0] = used;
            if (hop == 500) gas[1] = used;
            if (hop == 999) gas[2] = used;
        }
        vaults.push(old, token);
        assertEq(_claimable(OWNER), 1 ether, "to the wei");
        _say("gas of hop 1", gas[0]);
        _say("gas of hop 500", gas[1]);
        _say("gas of hop 999", gas[2]);
        // The first one finds cold what the others find warm in this one transaction, and makes the slots of the owner.
        assertLe(gas[1], gas[0], "hop 500");
        assertLe(gas[2], gas[1] + 100, "hop 999");
        assertLe(gas[0], 200_000, "hop 1");
    }

    function test_theWidestHopIsBounded() public {
        (uint256[] memory parents, uint16[] memory shares) = (new uint256[](8), new uint16[](8));
        for (uint256 i = 0; i < 8; i++) (parents[i], shares[i]) = (_root(), 1_111);
        uint256 child = _register(parents, shares);
        vaults.fixBeneficiary(child, address(0xf1), 3_333);
        (address[] memory accounts, uint16[] memory bps) = (new address[](15), new uint16[](15));
        for (uint256 i = 0; i < 15; i++) (accounts[i], bps[i]) = (address(uint160(0x100 + i)), 444);
        bps[0] = 6_667 - 14 * 444;
        vm.prank(OWNER);
        vaults.setBeneficiaries(child, accounts, bps);
        StandinToken[8] memory all;
        all[0] = token;
        for (uint256 i = 1; i < 8; i++) all[i] = _token(6);
        for (uint256 i = 0; i < 8; i++) _pay(child, all[i], 1_000_003);
        uint256 before = gasleft();
        vaults.push(child, token);
        uint256 used = before - gasleft();
        _say("gas of a push to 8 parents and 16 beneficiaries", used);
        assertLe(used, 1_500_000, "one push");
        (parents, shares) = _edge(old, 10_000);
        before = gasleft();
        vaults.freeze(child, 1, parents, shares);
        used = before - gasleft();
        _say("gas of a freeze that pushes 7 tokens so", used);
        assertLe(used, 9_000_000, "a freeze");
        for (uint256 i = 0; i < 8; i++) _pay(child, all[i], 1_000_003);
        before = gasleft();
        vaults.release(child, 1, false);
        used = before - gasleft();
        _say("gas of a release of 8 tokens so", used);
        assertLe(used, 6_000_000, "a release");
        for (uint256 i = 0; i < 8; i++) {
            (uint256 total, uint256 open, ) = vaults.sumsOf(all[i]);
            assertEq(total, 2_000_006, "to the unit");
            assertEq(open, 8 * vaults.paidIn(old + 1, all[i]), "the parents' part");
        }
    }

    // -- beneficiaries

    function test_beneficiariesShareWhatComesFromThenOn() public {
        _pay(old, 1_000);
        _set(old, ALICE, 7_001, BOB, 2_999);
        assertEq(_claimable(OWNER), 1_000, "what came before");
        _pay(old, 9_999);
        vaults.push(old, token);
        assertEq(_claimable(BOB), 2_998, "29.99%, rounded down");
        assertEq(_claimable(ALICE), 7_001, "the first takes the rest");
        _pay(old, 1);
        vaults.push(old, token);
        assertEq(_claimable(BOB), 2_999, "the fraction was kept");
        assertEq(_claimable(ALICE), 7_001, "and was the first's");
        vm.prank(OWNER);
        registry.transferFrom(OWNER, address(0xcafe), old);
        _pay(old, 10_000);
        vm.prank(address(0xcafe));
        vaults.setBeneficiaries(old, new address[](0), new uint16[](0));
        assertEq(_claimable(BOB), 5_998, "the list stayed when the work changed hands");
        _pay(old, 10);
        vaults.push(old, token);
        assertEq(_claimable(address(0xcafe)), 10, "the owner alone again");
    }

    function test_aListOfBeneficiariesIsBounded() public {
        (address[] memory accounts, uint16[] memory bps) = _two(ALICE, 5_000, BOB, 5_000);
        vm.expectRevert(_unauthorized(address(this), OWNER));
        vaults.setBeneficiaries(old, accounts, bps);
        vm.startPrank(OWNER);
        bps[1] = 5_001;
        vm.expectRevert(abi.encodeWithSelector(IRoyaltyVaults.RoyaltyVaults_BadShares.selector, 10_001, 10_000));
        vaults.setBeneficiaries(old, accounts, bps);
        bps[1] = 0;
        vm.expectRevert(abi.encodeWithSelector(IRoyaltyVaults.RoyaltyVaults_Zero.selector, "bps"));
        vaults.setBeneficiaries(old, accounts, bps);
        accounts[0] = address(vaults);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltyVaults.RoyaltyVaults_BadAccount.selector, vaults));
        vaults.setBeneficiaries(old, accounts, bps);
        accounts[0] = address(0);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltyVaults.RoyaltyVaults_BadAccount.selector, address(0)));
        vaults.setBeneficiaries(old, accounts, bps);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltyVaults.RoyaltyVaults_Length.selector, "bps", 1, 2, 2));
        vaults.setBeneficiaries(old, accounts, new uint16[](1));
        vm.expectRevert(abi.encodeWithSelector(IRoyaltyVaults.RoyaltyVaults_Length.selector, "accounts", 16, 0, 15));
        vaults.setBeneficiaries(old, new address[](16), new uint16[](16));
        vm.stopPrank();
    }

    function test_aFixedBeneficiaryStays() public {
        uint256 work = _root();
        vaults.fixBeneficiary(work, BOB, 3_000);
        _pay(work, 1_000);
        vaults.push(work, token);
        assertEq(_claimable(BOB), 300, "30%");
        assertEq(_claimable(OWNER), 700, "the owner has the rest");
        (address[] memory accounts, uint16[] memory bps) = _two(ALICE, 5_000, OWNER, 5_000);
        vm.prank(OWNER);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltyVaults.RoyaltyVaults_BadShares.selector, 10_000, 7_000));
        vaults.setBeneficiaries(work, accounts, bps);
        // Whoever sets a list again and again does not reset what the fixed one is owed.
        for (uint256 i = 0; i < 10; i++) {
            _set(work, ALICE, 3_500, OWNER, 3_500);
            _pay(work, 1);
        }
        vaults.push(work, token);
        assertEq(_claimable(BOB), 303, "30% to the unit");
        (accounts, bps, accounts[0], bps[0]) = vaults.beneficiariesOf(work);
        assertEq(accounts[0], ALICE, "listed");
        assertEq(bps[1], 3_500, "share");
        vm.expectRevert(abi.encodeWithSelector(IRoyaltyVaults.RoyaltyVaults_HasBeneficiaries.selector, work));
        vaults.fixBeneficiary(work, ALICE, 1);
    }

    function test_onlyTheOutputRegistryFixesAndOnlyWhatItRegisters() public {
        uint256 work = _root();
        address stranger = address(0xbad);
        vm.prank(stranger);
        vm.expectRevert(_unauthorized(stranger, address(this)));
        vaults.fixBeneficiary(work, BOB, 1);
        vm.expectRevert(_unauthorized(address(this), address(0)));
        vaults.fixBeneficiary(old, BOB, 1);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltyVaults.RoyaltyVaults_BadAccount.selector, address(0)));
        vaults.fixBeneficiary(work, address(0), 1);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltyVaults.RoyaltyVaults_Zero.selector, "bps"));
        vaults.fixBeneficiary(work, BOB, 0);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltyVaults.RoyaltyVaults_BadShares.selector, 10_001, 10_000));
        vaults.fixBeneficiary(work, BOB, 10_001);
        _set(work, ALICE, 5_000, BOB, 5_000);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltyVaults.RoyaltyVaults_HasBeneficiaries.selector, work));
        vaults.fixBeneficiary(work, BOB, 1);
        work = _root();
        vaults.fixBeneficiary(work, BOB, 10_000);
        _pay(work, 10);
        vaults.push(work, token);
        assertEq(_claimable(BOB), 10, "all of it");
    }

    // -- disputes

    function test_aVerdictReparentsAtDepthFiveAndEscrowReachesTheRightParent() public {
        uint256 wronged = _root();
        vm.prank(OWNER);
        registry.transferFrom(OWNER, ALICE, wronged);
        uint256 work = old;
        for (uint256 i = 0; i < 4; i++) work = _child(work, 4_000);
        uint256 parent = work;
        work = _child(parent, 4_000);
        vm.prank(OWNER);
        registry.transferFrom(OWNER, BOB, work);

        _pay(work, 1_000);
        (uint256[] memory parents, uint16[] memory shares) = _edge(wronged, 5_000);
        // 40% to the parent or to the claimant, and 10% more to the claimant or to the owner.
        assertEq(vaults.freeze(work, 7, parents, shares), 5_000, "disputed");
        assertEq(_pending(parent, token), 400, "what came before the notice goes the old way");
        assertEq(_claimable(BOB), 600, "and its rest too");
        _pay(work, 10_000);
        vaults.push(work, token);
        assertEq(_escrowed(work, token), 5_000, "held back");
        assertEq(_claimable(BOB), 5_600, "nobody disputes half");
        _pay(work, 2_000);
        (parents, shares) = (new uint256[](0), new uint16[](0));
        vm.expectRevert(abi.encodeWithSelector(IRoyaltyVaults.RoyaltyVaults_Frozen.selector, work, 7));
        registry.reparent(work, parents, shares);

        vaults.release(work, 7, true);
        (parents, shares) = _edge(wronged, 5_000);
        registry.reparent(work, parents, shares);
        assertEq(_pending(wronged, token), 6_000, "half of what came since the notice");
        assertEq(_pending(parent, token), 400, "the old parent has no more");
        assertEq(_claimable(BOB), 6_600, "and the owner half");
        _pay(work, 100);
        vaults.push(work, token);
        vaults.push(wronged, token);
        assertEq(_claimable(ALICE), 6_050, "along the new edges from then on");
        (uint256 dispute, , , ) = vaults.freezeOf(work);
        assertEq(dispute, 0, "over");
    }

    function test_aClaimThatFailsLeavesAllAsItWas() public {
        uint256 work = _child(old, 4_000);
        uint256 other = _root();
        work = _child(old, 4_000);
        (uint256[] memory parents, uint16[] memory shares) = _edge(other, 5_000);
        vaults.freeze(work, 7, parents, shares);
        _pay(work, 10_000);
        vaults.release(work, 7, false);
        assertEq(_pending(old, token), 4_000, "the parent");
        assertEq(_claimable(OWNER), 6_000, "the rest");
        assertEq(vaults.paidIn(other, token), 0, "the claimant");
        assertEq(vaults.tokensOf(work).length, 0, "nothing is left");
        vaults.freeze(work, 8, parents, shares);
        (, uint16 disputedBps, , ) = vaults.freezeOf(work);
        assertEq(disputedBps, 5_000, "can be disputed again");
    }

    function _random(
        uint256 id,
        uint256 seed,
        uint256 number
    ) private pure returns (uint256[] memory p, uint16[] memory s) {
        (p, s) = (new uint256[](number), new uint16[](number));
        uint256 first = 0;
        for (uint256 i = 0; i < number; i++) {
            seed = uint256(keccak256(abi.encode(seed)));
            first = bound(seed, first + 1, id - (number - i));
            (p[i], s[i]) = (first, uint16(bound(seed >> 128, 1, 10_000 / number)));
        }
    }

    function testFuzz_everyVerdictPaysWhatItsEdgesSay(uint256 seed, uint64[6] memory amounts, bool upheld) public {
        for (uint256 i = 0; i < 11; i++) _root();
        (uint256[] memory parents, uint16[] memory shares) = _random(13, seed, seed % 9);
        uint256 work = _register(parents, shares);
        (uint256[] memory claimed, uint16[] memory claimedShares) = _random(13, ~seed, (seed >> 64) % 9);
        if (keccak256(abi.encode(parents, shares)) == keccak256(abi.encode(claimed, claimedShares))) return;
        vaults.freeze(work, 1, claimed, claimedShares);
        uint256 sum = 0;
        for (uint256 i = 0; i < amounts.length; i++) {
            uint256 amount = bound(amounts[i], 1, i % 2 == 0 ? 99 : type(uint64).max);
            sum += amount;
            _pay(work, amount);
            vaults.push(work, token);
        }
        vaults.release(work, 1, upheld);
        if (upheld) {
            registry.reparent(work, claimed, claimedShares);
            (parents, shares) = (claimed, claimedShares);
        }
        uint256 paid = 0;
        for (uint256 id = 1; id <= 12; id++) {
            uint256 due = 0;
            for (uint256 i = 0; i < parents.length; i++) if (parents[i] == id) due = (sum * shares[i]) / 10_000;
            uint256 got = vaults.paidIn(id, token);
            assertGe(got + 12, due, "a receiver lacks no more than what was rounded");
            assertLe(got, due + 12, "nor has more");
            paid += got;
        }
        assertEq(paid + _claimable(OWNER), sum, "to the unit");
        assertEq(_escrowed(work, token), 0, "nothing is left in escrow");
    }

    function test_aFreezeIsTheDesksAndBounded() public {
        uint256 work = _child(old, 4_000);
        (uint256[] memory parents, uint16[] memory shares) = _edge(old, 4_000);
        vm.prank(OWNER);
        vm.expectRevert(_unauthorized(OWNER, address(this)));
        vaults.freeze(work, 1, parents, shares);
        vm.prank(OWNER);
        vm.expectRevert(_unauthorized(OWNER, address(this)));
        vaults.release(work, 1, true);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltyVaults.RoyaltyVaults_Zero.selector, "dispute"));
        vaults.freeze(work, 0, parents, shares);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltyVaults.RoyaltyVaults_NothingDisputed.selector, work));
        vaults.freeze(work, 1, parents, shares);
        shares[0] = 4_001;
        vm.expectRevert(abi.encodeWithSelector(IIPRegistry.IPRegistry_BadParent.selector, old, old));
        vaults.freeze(old, 1, parents, shares);
        assertEq(vaults.freeze(work, 1, parents, shares), 1, "one of 10,000");
        vm.expectRevert(abi.encodeWithSelector(IRoyaltyVaults.RoyaltyVaults_Frozen.selector, work, 1));
        vaults.freeze(work, 2, parents, shares);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltyVaults.RoyaltyVaults_NotFrozen.selector, work, 2, 1));
        vaults.release(work, 2, true);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltyVaults.RoyaltyVaults_NotFrozen.selector, old, 0, 0));
        vaults.release(old, 0, true);
        vm.expectRevert(_unauthorized(address(this), address(registry)));
        vaults.checkpoint(work);
    }

    // -- tokens

    function test_aTokenThatTakesFeesIsRefused() public {
        token.mint(address(this), 300);
        token.approve(address(vaults), 300);
        token.turn(StandinToken.Mode.TakesFee);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltyVaults.RoyaltyVaults_InexactToken.selector, token, 99, 100));
        vaults.pay(old, token, 100);
        token.turn(StandinToken.Mode.AnswersFalse);
        vm.expectRevert(abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, token));
        vaults.pay(old, token, 100);
        token.turn(StandinToken.Mode.Honest);
        vaults.pay(old, token, 100);
        vaults.push(old, token);
        token.turn(StandinToken.Mode.TakesFeeFromSender);
        token.mint(address(vaults), 1_000);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltyVaults.RoyaltyVaults_InexactToken.selector, token, 101, 100));
        vaults.claim(token, OWNER);
        token.turn(StandinToken.Mode.TakesFee);
        assertEq(vaults.claim(token, OWNER), 100, "a fee of who receives stops no claim");
    }

    function test_aTokenThatCallsBackGetsNowhere() public {
        bytes memory refused = abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        _pay(old, 100);
        vaults.push(old, token);
        token.mint(address(this), 100);
        token.approve(address(vaults), 100);
        token.reenter(address(vaults), abi.encodeCall(vaults.claim, (token, OWNER)));
        vm.expectRevert(refused);
        vaults.claim(token, OWNER);
        token.reenter(address(vaults), abi.encodeCall(vaults.push, (old, token)));
        vm.expectRevert(refused);
        vaults.pay(old, token, 1);
    }

    function test_aBadTokenStopsNothingButItself() public {
        StandinToken[5] memory bad;
        uint256 work = _child(old, 4_000);
        uint256 other = _root();
        work = _child(old, 4_000);
        for (uint256 i = 0; i < 5; i++) {
            bad[i] = _token(18);
            _pay(work, bad[i], 1_000);
        }
        _pay(work, 1_000);
        bad[0].turn(StandinToken.Mode.Reverts);
        bad[1].turn(StandinToken.Mode.AnswersFalse);
        bad[2].turn(StandinToken.Mode.TakesFeeFromSender);
        bad[3].shrink(address(vaults), 1_000);
        bad[4].reenter(address(vaults), abi.encodeCall(vaults.push, (work, token)));

        (uint256[] memory parents, uint16[] memory shares) = _edge(other, 5_000);
        vaults.freeze(work, 1, parents, shares);
        _pay(work, 1_000);
        (address[] memory accounts, uint16[] memory bps) = _two(ALICE, 9_000, BOB, 1_000);
        vm.prank(OWNER);
        vaults.setBeneficiaries(work, accounts, bps);
        vaults.release(work, 1, true);
        registry.reparent(work, parents, shares);
        for (uint256 i = 0; i < 5; i++) {
            vaults.push(old, bad[i]);
            assertEq(vaults.claimable(bad[i], OWNER), 1_000, "in the books");
        }
        assertEq(_pending(other, token), 500, "the verdict's parent");
        vaults.push(old, token);
        assertEq(vaults.claim(token, OWNER), 1_500, "the good token is paid");
        vm.expectRevert(StandinToken.Bad.selector);
        vaults.claim(bad[0], OWNER);
        vm.expectRevert(abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, bad[1]));
        vaults.claim(bad[1], OWNER);
        bad[0].turn(StandinToken.Mode.Honest);
        assertEq(vaults.claim(bad[0], OWNER), 1_000, "once it is good again");
    }

    function test_governanceListsEightTokens() public {
        vm.expectRevert(_unauthorized(address(this), GOVERNANCE));
        vaults.listToken(token, false);
        StandinToken[9] memory all;
        all[0] = token;
        for (uint256 i = 1; i < 8; i++) all[i] = _token(6);
        for (uint256 i = 0; i < 8; i++) _pay(old, all[i], 100);
        assertEq(vaults.tokensOf(old).length, 8, "in use");
        all[8] = new StandinToken(6);
        vm.expectRevert(_unlisted(all[8]));
        vaults.pay(old, all[8], 100);
        vm.startPrank(GOVERNANCE);
        bytes memory full = abi.encodeWithSelector(
            IRoyaltyVaults.RoyaltyVaults_TooManyTokens.selector,
            address(all[8]),
            8
        );
        vm.expectRevert(full);
        vaults.listToken(all[8], true);
        vm.expectRevert(abi.encodeWithSelector(IRoyaltyVaults.RoyaltyVaults_NoCode.selector, address(1)));
        vaults.listToken(StandinToken(address(1)), true);
        vaults.listToken(all[3], false);
        vm.expectRevert(full);
        vaults.listToken(all[8], true);
        vm.stopPrank();
        assertFalse(vaults.isListed(all[3]), "taken off");
        vm.expectRevert(_unlisted(all[3]));
        vaults.pay(old, all[3], 1);
        vaults.push(old, all[3]);
        vm.prank(GOVERNANCE);
        vaults.listToken(all[8], true);
        assertEq(address(vaults.tokens()[3]), address(all[8]), "in its place");
        _pay(old, all[8], 100);
        assertEq(address(vaults.tokensOf(old)[3]), address(all[8]), "in use");
        assertEq(vaults.claim(all[3], OWNER), 100, "what is taken off stays claimable");
        vm.startPrank(GOVERNANCE);
        vaults.listToken(all[0], false);
        vaults.listToken(all[0], true);
        vm.expectRevert(
            abi.encodeWithSelector(IRoyaltyVaults.RoyaltyVaults_TooManyTokens.selector, address(all[3]), 8)
        );
        vaults.listToken(all[3], true);
        vm.stopPrank();
        assertTrue(vaults.isListed(all[0]), "back where it was");
    }
}
