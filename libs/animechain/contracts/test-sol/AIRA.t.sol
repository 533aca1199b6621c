// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IAIRA} from "../src-sol/interfaces/IAIRA.sol";
import {MintTerms} from "../src-sol/interfaces/IAIRAFactory.sol";
import {IModules} from "../src-sol/interfaces/IModules.sol";
import {ITransferPolicy} from "../src-sol/interfaces/ITransferPolicy.sol";
import {AIRA} from "../src-sol/AIRA.sol";
import {AIRASetup} from "./AIRASetup.sol";
import {Money} from "./Money.sol";
import {StandinProviderRewards} from "./standins/aira/StandinProviderRewards.sol";

/// @notice Lets one account give and nobody else; reverts, or burns all gas, when it is told to.
contract Policy is ITransferPolicy {
    address private immutable _free;
    uint256 public mode;

    error Broken();

    constructor(address free) {
        _free = free;
    }

    function set(uint256 mode_) external {
        mode = mode_;
    }

    function canTransfer(address from, address, uint256) external view returns (bool) {
        if (mode == 1) revert Broken();
        while (mode == 2) {}
        return from == _free;
    }
}

contract AIRATest is AIRASetup {
    AIRA private aira;

    function setUp() public override {
        super.setUp();
        aira = _mint(_terms());
    }

    function _rewards() private view returns (StandinProviderRewards) {
        return StandinProviderRewards(modules.moduleOf(keccak256("ProviderRewards")));
    }

    // --- the waterfall

    function test_aPaymentGoesDownTheWaterfallToTheUnit() public {
        _pay(aira, yen, 10_003);
        assertEq(yen.balanceOf(TREASURY), 200, "protocol");
        assertEq(_rewards().funded(model, yen), 1_000, "providers");
        assertEq(yen.balanceOf(address(aira)), 5_001, "holders");
        assertEq(vaults.paidIn(work, yen), 3_802, "the work, with what is left");
        assertEq(yen.allowance(address(aira), address(vaults)), 0, "no allowance is left");
    }

    function test_oneUnitOfATwoDecimalTokenIsTheWorks() public {
        _pay(aira, yen, 1);
        assertEq(vaults.paidIn(work, yen), 1, "the work");
    }

    function test_whatIsNotTakenIsRefused() public {
        Money other = new Money(18);
        vm.expectRevert(abi.encodeWithSelector(IAIRA.AIRA_NotOpen.selector, other));
        aira.pay(other, 1);
        vm.expectRevert(abi.encodeWithSelector(IAIRA.AIRA_NotOpen.selector, other));
        aira.collect(other);
        vm.expectRevert(abi.encodeWithSelector(IAIRA.AIRA_Zero.selector, "amount"));
        aira.pay(gold, 0);
        vaults.listToken(gold, false);
        vm.expectRevert(abi.encodeWithSelector(IAIRA.AIRA_NotListed.selector, gold));
        aira.pay(gold, 1);
    }

    function testFuzz_feesOnTransfersAreRefused(uint256 amount, uint256 fee) public {
        amount = bound(amount, 1, type(uint128).max);
        fee = bound(fee, 1, amount);
        gold.mint(address(this), amount);
        gold.approve(address(aira), amount);
        gold.setFee(fee);
        vm.expectRevert(abi.encodeWithSelector(IAIRA.AIRA_InexactToken.selector, gold, amount - fee, amount));
        aira.pay(gold, amount);
    }

    function test_theOwnerOrGovernanceOpensTokensUpToEight() public {
        Money other = new Money(18);
        vm.expectRevert(abi.encodeWithSelector(IAIRA.AIRA_Unauthorized.selector, address(this), OWNER));
        aira.openToken(other);
        vm.startPrank(OWNER);
        vm.expectRevert(abi.encodeWithSelector(IAIRA.AIRA_NotListed.selector, other));
        aira.openToken(other);
        vm.stopPrank();
        for (uint256 i = 2; i < 8; i++) {
            other = new Money(18);
            vaults.listToken(other, true);
            vm.prank(i % 2 == 0 ? OWNER : TREASURY);
            aira.openToken(other);
        }
        other = new Money(18);
        vaults.listToken(other, true);
        vaults.listToken(aira, true);
        vm.startPrank(OWNER);
        vm.expectRevert(abi.encodeWithSelector(IAIRA.AIRA_Above.selector, "tokens", 9, 8));
        aira.openToken(other);
        vm.stopPrank();
    }

    function test_itDoesNotTakeItself() public {
        vaults.listToken(aira, true);
        vm.prank(OWNER);
        vm.expectRevert(IAIRA.AIRA_ToItself.selector);
        aira.openToken(aira);
        vm.prank(ALICE);
        vm.expectRevert(IAIRA.AIRA_ToItself.selector);
        aira.transfer(address(aira), 1);
    }

    function test_whatPublishedOutputsEarnComesDownTheSameWaterfall() public {
        gold.mint(address(this), 5_000);
        gold.approve(address(vaults), 4_000);
        vaults.owe(gold, address(aira), 4_000);
        assertEq(aira.collect(gold), 4_000, "collected");
        assertEq(gold.balanceOf(TREASURY), 80, "protocol");
        (uint256 deposited, , ) = aira.streamOf(gold);
        assertEq(deposited, 2_000, "holders");
        assertEq(aira.collect(gold), 0, "once");
        // Whoever claimed for the token before did no harm, and a gift goes the same way.
        gold.transfer(address(aira), 1_000);
        assertEq(aira.collect(gold), 1_000, "a gift");
        (deposited, , ) = aira.streamOf(gold);
        assertEq(deposited, 2_500, "holders");
    }

    // --- the stream

    function test_revenueStreamsToTheEndOfTheDayAfterSevenDays() public {
        _pay(aira, gold, 2e18);
        (uint256 deposited, uint256 streamed, ) = aira.streamOf(gold);
        assertEq(deposited, 1e18, "half is the holders'");
        assertEq(streamed, 0, "nothing at once");
        // Paid at noon, it ends at midnight after seven days: 7.5 days.
        _pass(3.75 days);
        (, streamed, ) = aira.streamOf(gold);
        assertEq(streamed, 0.5e18 - 1, "half of it");
        assertEq(aira.claimable(gold, ALICE), 0.375e18 - 1, "three quarters");
        _pass(3.75 days);
        (, streamed, ) = aira.streamOf(gold);
        assertGe(streamed, 1e18 - 1, "all, but for a fraction");
        uint256 alice = aira.claim(gold, ALICE);
        _pass(1_000 days);
        assertLe(alice + aira.claim(gold, BOB), 1e18, "no more than came in");
        assertGe(gold.balanceOf(ALICE) + gold.balanceOf(BOB), 1e18 - 2, "dust is less than a unit a holder");
        assertEq(aira.claim(gold, ALICE), 0, "nothing is left");
    }

    function test_fractionsAreKeptForTheNextDeposit() public {
        for (uint256 i = 0; i < 400; i++) {
            _pay(aira, yen, 2);
            _pass(1 + (i % 7) * 1_000);
        }
        _pass(8 days);
        // 400 payments of which 1 each is the holders': all of them arrive.
        assertGe(aira.claim(yen, ALICE) + aira.claim(yen, BOB), 398, "claimed");
        (uint256 deposited, uint256 streamed, ) = aira.streamOf(yen);
        assertEq(deposited, 400, "deposited");
        assertGe(streamed, 399, "streamed");
    }

    function test_dustDoesNotStretchWhatOthersPaid() public {
        _pay(aira, gold, 2e18);
        for (uint256 i = 0; i < 30; i++) {
            _pass(6 hours);
            _pay(aira, gold, 2);
        }
        // 7.5 days are over.
        assertGe(aira.claimable(gold, ALICE), 0.75e18 - 1, "the first payment is through");
    }

    function test_aFlashBuyBeforeADepositEarnsNothing() public {
        vm.prank(ALICE);
        aira.transfer(BOB, 750e18);
        address flash = address(0xf1a5);
        _pay(aira, gold, 2e18);
        _pass(1 days);
        uint256 before = aira.claimable(gold, BOB);
        vm.prank(BOB);
        aira.transfer(flash, 1_000e18);
        _pay(aira, gold, 2_000_000e18);
        vm.prank(flash);
        aira.transfer(BOB, 1_000e18);
        assertEq(aira.claimable(gold, flash), 0, "nothing in the same block");
        assertEq(aira.claimable(gold, BOB), before, "nothing lost");
        // Held for a block of two seconds.
        vm.prank(BOB);
        aira.transfer(flash, 1_000e18);
        _pass(2);
        vm.prank(flash);
        aira.transfer(BOB, 1_000e18);
        assertLe(aira.claimable(gold, flash) * 10_000, 1_000_001e18, "less than 0.01%");
        assertGe(aira.claimable(gold, flash), 1, "and yet what two seconds stream");
    }

    function testFuzz_atMostAnInstantOfWhatWasDeposited(uint256 held, uint256 amount, uint256 offset) public {
        _pass(bound(offset, 0, 10 days));
        amount = bound(amount, 2, type(uint120).max);
        _pay(aira, gold, amount);
        held = bound(held, 0, 60);
        _pass(held);
        uint256 both = aira.claimable(gold, ALICE) + aira.claimable(gold, BOB);
        assertLe(both * 10_000, amount / 2, "of one minute less than 0.01%");
        _pass(8 days);
        both = aira.claim(gold, ALICE) + aira.claim(gold, BOB);
        assertGe(both + 3, amount / 2, "all");
        assertLe(both, amount / 2, "and no more");
    }

    function test_aTransferMovesNeitherStream() public {
        _pay(aira, gold, 2e18);
        _pass(1 days);
        (uint256 revenue, uint256 credits) = (aira.claimable(gold, ALICE), aira.creditsOf(ALICE));
        assertEq(credits, 7_500, "750 tokens of 10 units a day");
        vm.prank(ALICE);
        aira.transfer(BOB, 750e18);
        _pass(1 days);
        assertEq(aira.claimable(gold, ALICE), revenue, "revenue stayed");
        assertEq(aira.creditsOf(ALICE), credits, "credits stayed");
        assertEq(aira.creditsOf(BOB), 2_500 + 10_000, "and go on for who holds");
        vm.prank(BOB);
        aira.transfer(BOB, 1e18);
        assertEq(aira.creditsOf(BOB), 12_500, "to oneself too");
    }

    function test_aContractThatHoldsIsOwedLikeAnybody() public {
        vm.prank(ALICE);
        aira.transfer(address(vaults), 750e18);
        _pay(aira, gold, 2e18);
        _pass(8 days);
        aira.claim(gold, address(vaults));
        assertGe(gold.balanceOf(address(vaults)), 0.76e18 + 0.75e18 - 1, "its share and the work's");
        assertEq(aira.claim(gold, address(0)), 0, "nobody holds nothing");
    }

    function test_oneTokenThatFailsStopsItsOwnClaimsOnly() public {
        _pay(aira, gold, 2e18);
        _pay(aira, yen, 200);
        _pass(8 days);
        gold.setBarred(ALICE);
        vm.expectRevert(Money.Barred.selector);
        aira.claim(gold, ALICE);
        assertGe(aira.claim(yen, ALICE), 74, "the other");
        assertGe(aira.claim(gold, BOB), 0.25e18 - 1, "another holder");
    }

    function test_aTokenOffTheListStaysClaimable() public {
        _pay(aira, gold, 2e18);
        _pass(8 days);
        vaults.listToken(gold, false);
        assertGe(aira.claim(gold, ALICE), 0.75e18 - 1, "claimed");
    }

    function test_depositsEndAtTheBoundAndItsProductsFit() public {
        _pay(aira, gold, type(uint128).max);
        uint256 half = uint256(type(uint128).max) / 2;
        _pay(aira, gold, type(uint128).max);
        gold.mint(address(this), 100_000);
        gold.approve(address(aira), 100_000);
        vm.expectRevert(
            abi.encodeWithSelector(IAIRA.AIRA_Above.selector, "deposited", half * 2 + 50_000, type(uint128).max)
        );
        aira.pay(gold, 100_000);
        // And the products of the whole fit.
        _pass(5 days);
        vm.prank(ALICE);
        aira.transfer(BOB, 750e18);
        _pass(5 days);
        aira.claim(gold, ALICE);
        aira.claim(gold, BOB);
        assertGe(gold.balanceOf(ALICE) + gold.balanceOf(BOB), half * 2 - 2, "all of it");
    }

    function test_transferGasIsBoundedByTheTokens() public {
        for (uint256 i = 2; i < 8; i++) {
            Money other = new Money(18);
            vaults.listToken(other, true);
            vm.prank(OWNER);
            aira.openToken(other);
        }
        IERC20[] memory all = aira.tokens();
        for (uint256 i = 0; i < 8; i++) _pay(aira, Money(address(all[i])), 1e18);
        _pass(8 days);
        vm.cool(address(aira));
        vm.prank(ALICE);
        uint256 before = gasleft();
        aira.transfer(BOB, 1e18);
        uint256 gas = before - gasleft();
        emit log_named_uint("gas of the worst transfer", gas);
        // The worst there is: eight tokens, each with eight days to walk and accounts that were never settled.
        assertLe(gas, 1_500_000, "gas of the worst transfer");
    }

    function test_gasOfAPaymentAClaimAndATransfer() public {
        for (uint256 i = 0; i < 3; i++) {
            _pay(aira, gold, 1e18);
            _pass(1 days);
            aira.claim(gold, ALICE);
            aira.claim(gold, BOB);
        }
        gold.mint(address(this), 1e18);
        gold.approve(address(aira), 1e18);
        vm.cool(address(aira));
        uint256 before = gasleft();
        aira.pay(gold, 1e18);
        emit log_named_uint("gas of a payment", before - gasleft());
        assertLe(before - gasleft(), 300_000, "gas of a payment");
        _pass(1 hours);
        vm.cool(address(aira));
        vm.prank(ALICE);
        before = gasleft();
        aira.transfer(BOB, 1e18);
        emit log_named_uint("gas of a transfer, one token streaming", before - gasleft());
        assertLe(before - gasleft(), 150_000, "gas of a transfer");
        _pass(1 hours);
        vm.cool(address(aira));
        before = gasleft();
        aira.claim(gold, ALICE);
        emit log_named_uint("gas of a claim", before - gasleft());
        assertLe(before - gasleft(), 150_000, "gas of a claim");
    }

    // --- usage

    function test_buyersAreAccountedCreditsAndThePriceGoesDownTheWaterfall() public {
        address buyer = address(0xb0);
        _fund(gold, buyer, 10e18, address(aira));
        vm.startPrank(buyer);
        vm.expectRevert(abi.encodeWithSelector(IAIRA.AIRA_Above.selector, "price", 1e16, 1e16 - 1));
        aira.buyUsage(100, 1e18 - 1);
        assertEq(aira.buyUsage(100, 1e18), 1e18, "cost");
        vm.expectRevert(abi.encodeWithSelector(IAIRA.AIRA_Zero.selector, "units"));
        aira.buyUsage(0, 0);
        vm.expectRevert(abi.encodeWithSelector(IAIRA.AIRA_Above.selector, "units", 2 ** 64, uint256(type(uint64).max)));
        aira.buyUsage(2 ** 64, type(uint256).max);
        vm.stopPrank();
        assertEq(aira.creditsOf(buyer), 100, "credits");
        assertEq(vaults.paidIn(work, gold), 0.38e18, "the work's part");
    }

    function test_aPriceChangesWithNotice() public {
        vm.expectRevert(abi.encodeWithSelector(IAIRA.AIRA_Unauthorized.selector, address(this), OWNER));
        aira.announcePrice(yen, 5);
        vm.startPrank(OWNER);
        aira.announcePrice(yen, 5);
        _pass(7 days - 1);
        (IERC20 token, uint256 perUnit) = aira.price();
        assertEq(address(token), address(gold), "still the old one");
        _pass(1);
        (token, perUnit) = aira.price();
        assertEq(address(token), address(yen), "the new one");
        assertEq(perUnit, 5, "its price");
        aira.announcePrice(yen, 0);
        _pass(1 days);
        (, perUnit) = aira.price();
        assertEq(perUnit, 5, "what held goes on");
        _pass(6 days);
        vm.expectRevert(IAIRA.AIRA_NotForSale.selector);
        aira.buyUsage(1, 5);
        Money other = new Money(18);
        vm.expectRevert(abi.encodeWithSelector(IAIRA.AIRA_NotOpen.selector, other));
        aira.announcePrice(other, 1);
        vm.stopPrank();
    }

    function test_onlyTheMeterSpendsAndReturnsWhatItTook() public {
        _pass(1 days);
        vm.expectRevert(abi.encodeWithSelector(IModules.Modules_Missing.selector, keccak256("UsageMeter")));
        aira.spendCredits(ALICE, 1);
        modules.place(keccak256("UsageMeter"), address(this));
        aira.spendCredits(ALICE, 7_000);
        assertEq(aira.creditsOf(ALICE), 500, "left");
        vm.expectRevert(abi.encodeWithSelector(IAIRA.AIRA_CreditsShort.selector, ALICE, 500, 501));
        aira.spendCredits(ALICE, 501);
        vm.prank(BOB);
        vm.expectRevert(abi.encodeWithSelector(IAIRA.AIRA_Unauthorized.selector, BOB, address(this)));
        aira.spendCredits(ALICE, 1);
        vm.prank(BOB);
        vm.expectRevert(abi.encodeWithSelector(IAIRA.AIRA_NotTaken.selector, BOB, 1, 0));
        aira.returnCredits(BOB, 1);
        aira.returnCredits(ALICE, 2_000);
        assertEq(aira.creditsOf(ALICE), 2_500, "returned");
        assertEq(aira.takenBy(address(this)), 5_000, "taken");
        vm.expectRevert(abi.encodeWithSelector(IAIRA.AIRA_NotTaken.selector, address(this), 5_001, 5_000));
        aira.returnCredits(ALICE, 5_001);
    }

    function test_creditsSpentWhileTheBuyerPaysAreSpent() public {
        modules.place(keccak256("UsageMeter"), address(this));
        _pass(1 days);
        _fund(gold, ALICE, 1e18, address(aira));
        gold.setHook(address(this), abi.encodeCall(this.spendOnce, ()));
        vm.prank(ALICE);
        aira.buyUsage(100, 1e18);
        assertEq(aira.creditsOf(ALICE), 600, "7,500 less 7,000, and 100");
    }

    bool private _spent;

    /// What the token calls while the buyer pays.
    function spendOnce() external {
        if (_spent) return;
        _spent = true;
        aira.spendCredits(ALICE, 7_000);
    }

    function test_nothingThatMovesMoneyIsEnteredTwice() public {
        gold.setHook(address(aira), abi.encodeCall(aira.collect, (gold)));
        _pass(1);
        gold.approve(address(aira), 1);
        vm.expectPartialRevert(bytes4(keccak256("ReentrancyGuardReentrantCall()")));
        aira.pay(gold, 1);
    }

    // --- policy, votes, permit, views

    function test_aPolicyStopsTransfersAndNeverClaims() public {
        Policy policy = new Policy(ALICE);
        MintTerms memory terms = _terms();
        terms.policy = policy;
        terms.version = model = models.publish(MODEL_OWNER, 1);
        aira = _mint(terms);
        bytes memory refused = abi.encodeWithSelector(IAIRA.AIRA_Refused.selector, policy, BOB, ALICE, 1);
        vm.prank(ALICE);
        aira.transfer(BOB, 1);
        for (uint256 mode = 0; mode < 3; mode++) {
            policy.set(mode);
            vm.prank(BOB);
            vm.expectRevert(refused);
            aira.transfer(ALICE, 1);
        }
        _pay(aira, gold, 2e18);
        _pass(8 days);
        assertGe(aira.claim(gold, BOB), 0.25e18 - 1, "claimed");
        vm.expectRevert(abi.encodeWithSelector(IAIRA.AIRA_Unauthorized.selector, address(this), OWNER));
        aira.dropPolicy();
        vm.startPrank(OWNER);
        aira.dropPolicy();
        vm.expectRevert(abi.encodeWithSelector(IAIRA.AIRA_Zero.selector, "policy"));
        aira.dropPolicy();
        vm.stopPrank();
        vm.prank(BOB);
        aira.transfer(ALICE, 1);
        assertEq(aira.balanceOf(ALICE), 750e18, "free");
    }

    function test_aPolicyWithoutCodeIsANo() public {
        MintTerms memory terms = _terms();
        terms.policy = ITransferPolicy(address(0x1234));
        terms.version = model = models.publish(MODEL_OWNER, 1);
        aira = _mint(terms);
        vm.prank(ALICE);
        vm.expectRevert(abi.encodeWithSelector(IAIRA.AIRA_Refused.selector, terms.policy, ALICE, BOB, 1));
        aira.transfer(BOB, 1);
    }

    function test_votesCountByTheSecond() public {
        vm.prank(ALICE);
        aira.delegate(BOB);
        assertEq(bytes(aira.CLOCK_MODE()), "mode=timestamp", "mode");
        assertEq(aira.clock(), block.timestamp, "clock");
        _pass(10);
        assertEq(aira.getPastVotes(BOB, block.timestamp - 1), 750e18, "delegated");
        assertEq(aira.getPastTotalSupply(block.timestamp - 1), 1_000e18, "supply");
    }

    function test_permitsAreOfThisToken() public {
        address signer = vm.addr(0xabc);
        bytes32 permit = keccak256(
            abi.encode(
                keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"),
                signer,
                BOB,
                5,
                0,
                block.timestamp
            )
        );
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", aira.DOMAIN_SEPARATOR(), permit));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(0xabc, digest);
        aira.permit(signer, BOB, 5, block.timestamp, v, r, s);
        assertEq(aira.allowance(signer, BOB), 5, "allowed");
        (, string memory name, string memory version, , address at, , ) = aira.eip712Domain();
        assertEq(bytes(name), "AIRA", "name");
        assertEq(bytes(version), "1", "version");
        assertEq(at, address(aira), "the clone's own");
    }

    function test_theViewsOfTheDraftAnswerWhatHolds() public {
        _pay(aira, gold, 2e18);
        _pass(1 days);
        assertEq(aira.claimableERC20(ALICE, 0, address(gold)), aira.claimable(gold, ALICE), "now");
        assertEq(aira.claimableERC20(ALICE, 1, address(gold)), 0, "no snapshots");
        assertEq(aira.redeemableERC20OnBurn(1, address(gold)), 0, "nothing burns");
    }
}
