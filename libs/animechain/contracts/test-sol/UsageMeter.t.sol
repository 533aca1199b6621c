// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IAIRA} from "../src-sol/interfaces/IAIRA.sol";
import {Channel, IUsageMeter, Voucher} from "../src-sol/interfaces/IUsageMeter.sol";
import {AIRA} from "../src-sol/AIRA.sol";
import {UsageMeter} from "../src-sol/UsageMeter.sol";
import {AIRASetup} from "./AIRASetup.sol";
import {Money} from "./Money.sol";

/// @notice A payer with code: accepts what one key signed, and opens a channel.
contract Wallet is IERC1271 {
    address private immutable _key;

    constructor(address key) {
        _key = key;
    }

    function open(UsageMeter meter, address payee, IAIRA aira, IERC20 token, uint256 deposit) external {
        token.approve(address(meter), deposit);
        meter.open(payee, aira, token, deposit, 0);
    }

    function isValidSignature(bytes32 hash, bytes memory signature) external view returns (bytes4) {
        (bytes32 r, bytes32 s, uint8 v) = abi.decode(signature, (bytes32, bytes32, uint8));
        return ecrecover(hash, v, r, s) == _key ? IERC1271.isValidSignature.selector : bytes4(0);
    }
}

abstract contract MeterSetup is AIRASetup {
    uint256 internal constant PAYER_KEY = 0x9a7e;
    address internal immutable PAYER = vm.addr(PAYER_KEY);
    address internal immutable PAYEE = makeAddress("payee");

    UsageMeter internal meter;
    AIRA internal aira;

    function setUp() public virtual override {
        super.setUp();
        meter = new UsageMeter(modules);
        modules.place(keccak256("UsageMeter"), address(meter));
        aira = _mint(_terms());
        _fund(gold, PAYER, 1_000e18, address(meter));
    }

    function _open(uint256 deposit, bytes32 salt) internal returns (bytes32) {
        vm.prank(PAYER);
        return meter.open(PAYEE, aira, gold, deposit, salt);
    }

    function _voucher(bytes32 channel, uint256 units, uint256 amount) internal pure returns (Voucher memory) {
        return Voucher(channel, units, amount, keccak256(abi.encode("outputs", units)));
    }

    function _settle(uint256 key, Voucher memory voucher) internal {
        (Voucher[] memory vouchers, bytes[] memory signatures) = (new Voucher[](1), new bytes[](1));
        (vouchers[0], signatures[0]) = (voucher, _sign(key, meter.digestOf(voucher)));
        meter.settle(vouchers, signatures);
    }

    function _refused(uint256 key, Voucher memory voucher, bytes memory reason) internal {
        (Voucher[] memory vouchers, bytes[] memory signatures) = (new Voucher[](1), new bytes[](1));
        (vouchers[0], signatures[0]) = (voucher, _sign(key, meter.digestOf(voucher)));
        vm.expectRevert(reason);
        meter.settle(vouchers, signatures);
    }
}

contract UsageMeterTest is MeterSetup {
    function test_theNewestVoucherIsAllOfThem() public {
        bytes32 channel = _open(10e18, 0);
        Voucher memory voucher = _voucher(channel, 100, 1e18);
        vm.expectEmit(address(meter));
        emit IUsageMeter.Settled(channel, 100, 1e18, voucher.outputsRoot);
        _settle(PAYER_KEY, voucher);
        assertEq(vaults.paidIn(work, gold), 0.38e18, "the work");
        assertEq(gold.balanceOf(TREASURY), 0.02e18, "protocol");
        (uint256 deposited, , ) = aira.streamOf(gold);
        assertEq(deposited, 0.5e18, "holders");
        _settle(PAYER_KEY, _voucher(channel, 101, 10e18));
        assertEq(gold.balanceOf(address(meter)), 0, "all went on");
        Channel memory got = meter.channelOf(channel);
        assertEq(got.settledUnits, 101, "units");
        assertEq(got.settledAmount, 10e18, "amount");
        assertEq(got.payer, PAYER, "payer");
        assertEq(got.payee, PAYEE, "payee");
        assertEq(address(got.aira), address(aira), "right");
        assertEq(address(got.token), address(gold), "token");
        assertEq(meter.channelOf(0).payer, address(0), "none");
    }

    function test_replaysRollbacksAndWhatTheDepositDoesNotCoverAreRefused() public {
        bytes32 channel = _open(10e18, 0);
        _settle(PAYER_KEY, _voucher(channel, 100, 1e18));
        bytes4 notAbove = IUsageMeter.UsageMeter_NotAbove.selector;
        _refused(PAYER_KEY, _voucher(channel, 100, 1e18), abi.encodeWithSelector(notAbove, channel, "units", 100, 100));
        _refused(PAYER_KEY, _voucher(channel, 99, 2e18), abi.encodeWithSelector(notAbove, channel, "units", 99, 100));
        _refused(
            PAYER_KEY,
            _voucher(channel, 101, 1e18),
            abi.encodeWithSelector(notAbove, channel, "amount", 1e18, 1e18)
        );
        _refused(
            PAYER_KEY,
            _voucher(channel, 101, 10e18 + 1),
            abi.encodeWithSelector(IUsageMeter.UsageMeter_AboveDeposit.selector, channel, 10e18 + 1, 10e18)
        );
        _refused(
            PAYER_KEY,
            _voucher(channel, 2 ** 64, 2e18),
            abi.encodeWithSelector(IUsageMeter.UsageMeter_Above.selector, "units", 2 ** 64, uint256(type(uint64).max))
        );
    }

    function test_aVoucherTwiceInOneCallSettlesNothing() public {
        bytes32 channel = _open(10e18, 0);
        (Voucher[] memory vouchers, bytes[] memory signatures) = (new Voucher[](2), new bytes[](2));
        for (uint256 i = 0; i < 2; i++) {
            vouchers[i] = _voucher(channel, 1, 1e18);
            signatures[i] = _sign(PAYER_KEY, meter.digestOf(vouchers[i]));
        }
        vm.expectRevert(abi.encodeWithSelector(IUsageMeter.UsageMeter_NotAbove.selector, channel, "units", 1, 1));
        meter.settle(vouchers, signatures);
        assertEq(meter.channelOf(channel).settledUnits, 0, "nothing");
    }

    function test_aVoucherIsOfOneChannelOneMeterAndOnePayer() public {
        bytes32 one = _open(10e18, 0);
        bytes32 two = _open(10e18, bytes32(uint256(1)));
        Voucher memory voucher = _voucher(one, 1, 1e18);
        (Voucher[] memory vouchers, bytes[] memory signatures) = (new Voucher[](1), new bytes[](1));
        signatures[0] = _sign(PAYER_KEY, meter.digestOf(voucher));
        voucher.channel = two;
        vouchers[0] = voucher;
        vm.expectRevert(abi.encodeWithSelector(IUsageMeter.UsageMeter_BadSignature.selector, two, PAYER));
        meter.settle(vouchers, signatures);
        // By somebody else, and for another meter.
        _refused(0xbad, voucher, abi.encodeWithSelector(IUsageMeter.UsageMeter_BadSignature.selector, two, PAYER));
        signatures[0] = _sign(PAYER_KEY, new UsageMeter(modules).digestOf(voucher));
        vm.expectRevert(abi.encodeWithSelector(IUsageMeter.UsageMeter_BadSignature.selector, two, PAYER));
        meter.settle(vouchers, signatures);
        voucher.channel = bytes32(uint256(5));
        _refused(
            PAYER_KEY,
            voucher,
            abi.encodeWithSelector(IUsageMeter.UsageMeter_NoChannel.selector, voucher.channel)
        );
    }

    function test_aWalletWithCodePays() public {
        Wallet wallet = new Wallet(vm.addr(0xabc));
        gold.mint(address(wallet), 1e18);
        wallet.open(meter, PAYEE, aira, gold, 1e18);
        bytes32 channel = meter.channelId(address(wallet), PAYEE, aira, gold, 0);
        (Voucher[] memory vouchers, bytes[] memory signatures) = (new Voucher[](1), new bytes[](1));
        vouchers[0] = _voucher(channel, 1, 1e18);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(0xabd, meter.digestOf(vouchers[0]));
        signatures[0] = abi.encode(r, s, v);
        vm.expectRevert(abi.encodeWithSelector(IUsageMeter.UsageMeter_BadSignature.selector, channel, address(wallet)));
        meter.settle(vouchers, signatures);
        (v, r, s) = vm.sign(0xabc, meter.digestOf(vouchers[0]));
        signatures[0] = abi.encode(r, s, v);
        meter.settle(vouchers, signatures);
        assertEq(meter.channelOf(channel).settledAmount, 1e18, "settled");
    }

    function test_aPayeeSettlesUntilTheEndAndAPayerLeavesAfterADay() public {
        bytes32 channel = _open(10e18, 0);
        vm.expectRevert(abi.encodeWithSelector(IUsageMeter.UsageMeter_Unauthorized.selector, address(this), PAYER));
        meter.requestClose(channel);
        vm.expectRevert(abi.encodeWithSelector(IUsageMeter.UsageMeter_Closing.selector, channel, 0));
        meter.close(channel);
        uint256 closingAt = block.timestamp + 1 days;
        vm.startPrank(PAYER);
        meter.requestClose(channel);
        bytes memory closing = abi.encodeWithSelector(IUsageMeter.UsageMeter_Closing.selector, channel, closingAt);
        vm.expectRevert(closing);
        meter.requestClose(channel);
        vm.expectRevert(closing);
        meter.topUp(channel, 1);
        _pass(1 days - 1);
        vm.expectRevert(closing);
        meter.close(channel);
        vm.stopPrank();
        // Whatever the council stopped, and after the day too as long as nobody closed.
        council.pause(keccak256("UsageMeter"), true);
        _settle(PAYER_KEY, _voucher(channel, 1, 1e18));
        _pass(10);
        _settle(PAYER_KEY, _voucher(channel, 2, 3e18));
        meter.close(channel);
        assertEq(gold.balanceOf(PAYER), 997e18, "the rest came back");
        _refused(
            PAYER_KEY,
            _voucher(channel, 3, 4e18),
            abi.encodeWithSelector(IUsageMeter.UsageMeter_Closed.selector, channel)
        );
        vm.expectRevert(abi.encodeWithSelector(IUsageMeter.UsageMeter_Closed.selector, channel));
        meter.close(channel);
        council.pause(keccak256("UsageMeter"), false);
        // Its vouchers would serve in a second life.
        vm.prank(PAYER);
        vm.expectRevert(abi.encodeWithSelector(IUsageMeter.UsageMeter_Exists.selector, channel));
        meter.open(PAYEE, aira, gold, 1, 0);
    }

    function test_thePayeeMayCloseAtOnce() public {
        bytes32 channel = _open(10e18, 0);
        vm.prank(PAYEE);
        meter.close(channel);
        assertEq(gold.balanceOf(PAYER), 1_000e18, "back");
        assertTrue(meter.channelOf(channel).closed, "over");
    }

    function test_whatIsOpened() public {
        vm.startPrank(PAYER);
        vm.expectRevert(abi.encodeWithSelector(IUsageMeter.UsageMeter_Zero.selector, "payee"));
        meter.open(address(0), aira, gold, 1, 0);
        vm.expectRevert(abi.encodeWithSelector(IUsageMeter.UsageMeter_Zero.selector, "amount"));
        meter.open(PAYEE, aira, gold, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(IUsageMeter.UsageMeter_NoAIRA.selector, address(vaults)));
        meter.open(PAYEE, IAIRA(address(vaults)), gold, 1, 0);
        Money other = new Money(18);
        vm.expectRevert(abi.encodeWithSelector(IUsageMeter.UsageMeter_NotTaken.selector, other));
        meter.open(PAYEE, aira, other, 1, 0);
        vm.expectRevert(abi.encodeWithSelector(IUsageMeter.UsageMeter_Above.selector, "deposit", 2 ** 96, 2 ** 96 - 1));
        meter.open(PAYEE, aira, gold, 2 ** 96, 0);
        vm.stopPrank();
        vaults.listToken(gold, false);
        vm.expectRevert(abi.encodeWithSelector(IUsageMeter.UsageMeter_NotTaken.selector, gold));
        meter.open(PAYEE, aira, gold, 1, 0);
        council.pause(keccak256("UsageMeter"), true);
        vm.expectRevert(IUsageMeter.UsageMeter_Paused.selector);
        meter.open(PAYEE, aira, gold, 1, 0);
    }

    function testFuzz_feesOnTransfersAreRefused(uint256 amount, uint256 fee) public {
        amount = bound(amount, 1, 1_000e18);
        fee = bound(fee, 1, amount);
        gold.setFee(fee);
        vm.prank(PAYER);
        vm.expectRevert(
            abi.encodeWithSelector(IUsageMeter.UsageMeter_InexactToken.selector, gold, amount - fee, amount)
        );
        meter.open(PAYEE, aira, gold, amount, 0);
    }

    function test_anyoneTopsUp() public {
        bytes32 channel = _open(1, 0);
        _fund(gold, BOB, 5, address(meter));
        vm.prank(BOB);
        meter.topUp(channel, 5);
        assertEq(meter.channelOf(channel).deposit, 6, "both");
        vm.expectRevert(abi.encodeWithSelector(IUsageMeter.UsageMeter_NoChannel.selector, bytes32(0)));
        meter.topUp(0, 1);
        council.pause(keccak256("UsageMeter"), true);
        vm.expectRevert(IUsageMeter.UsageMeter_Paused.selector);
        meter.topUp(channel, 1);
    }

    function test_whatIsSettledInATokenOffTheListWaits() public {
        bytes32 channel = _open(10e18, 0);
        vaults.listToken(gold, false);
        _settle(PAYER_KEY, _voucher(channel, 1, 1e18));
        assertEq(meter.heldFor(aira, gold), 1e18, "waits");
        vm.expectRevert(abi.encodeWithSelector(IUsageMeter.UsageMeter_NotTaken.selector, gold));
        meter.forward(aira, gold);
        vm.prank(PAYEE);
        meter.close(channel);
        assertEq(gold.balanceOf(PAYER), 999e18, "the rest came back");
        vaults.listToken(gold, true);
        meter.forward(aira, gold);
        assertEq(vaults.paidIn(work, gold), 0.38e18, "and went on");
        vm.expectRevert(abi.encodeWithSelector(IUsageMeter.UsageMeter_Zero.selector, "held"));
        meter.forward(aira, gold);
    }

    function test_creditsAreTakenWhenTheChannelOpens() public {
        _pass(1 days);
        vm.startPrank(BOB);
        vm.expectRevert(abi.encodeWithSelector(IAIRA.AIRA_CreditsShort.selector, BOB, 2_500, 2_501));
        meter.open(PAYEE, aira, IERC20(address(0)), 2_501, 0);
        vm.expectRevert(abi.encodeWithSelector(IUsageMeter.UsageMeter_Above.selector, "deposit", 2 ** 64, 2 ** 64 - 1));
        meter.open(PAYEE, aira, IERC20(address(0)), 2 ** 64, 0);
        vm.stopPrank();
    }

    function test_creditsPayByUnits() public {
        uint256 key = 0xc0de;
        address user = vm.addr(key);
        vm.prank(BOB);
        aira.transfer(user, 250e18);
        _pass(1 days);
        vm.prank(user);
        bytes32 channel = meter.open(PAYEE, aira, IERC20(address(0)), 1_000, 0);
        assertEq(aira.creditsOf(user), 1_500, "taken");
        vm.expectRevert(abi.encodeWithSelector(IUsageMeter.UsageMeter_Unauthorized.selector, address(this), user));
        meter.topUp(channel, 1);
        vm.prank(user);
        meter.topUp(channel, 500);
        _refused(
            key,
            _voucher(channel, 1_501, 0),
            abi.encodeWithSelector(IUsageMeter.UsageMeter_AboveDeposit.selector, channel, 1_501, 1_500)
        );
        _refused(
            key,
            _voucher(channel, 1, 1),
            abi.encodeWithSelector(IUsageMeter.UsageMeter_Above.selector, "amount", 1, 0)
        );
        _settle(key, _voucher(channel, 1_200, 0));
        // Replaced meters end what they began.
        UsageMeter old = meter;
        vm.prank(PAYEE);
        old.close(channel);
        assertEq(aira.creditsOf(user), 1_300, "the rest came back");
        assertEq(aira.takenBy(address(old)), 1_200, "used");
    }

    function test_listsAreBounded() public {
        vm.expectRevert(abi.encodeWithSelector(IUsageMeter.UsageMeter_Length.selector, 0, 0, 10_000));
        meter.settle(new Voucher[](0), new bytes[](0));
        vm.expectRevert(abi.encodeWithSelector(IUsageMeter.UsageMeter_Length.selector, 1, 2, 10_000));
        meter.settle(new Voucher[](1), new bytes[](2));
        vm.expectRevert(abi.encodeWithSelector(IUsageMeter.UsageMeter_Length.selector, 10_001, 10_001, 10_000));
        meter.settle(new Voucher[](10_001), new bytes[](10_001));
    }

    function testFuzz_paidIsWhatTheNewestVoucherSays(uint256 deposit, uint256[6] memory cuts) public {
        deposit = bound(deposit, 6, 1_000e18);
        bytes32 channel = _open(deposit, 0);
        uint256 total = 0;
        for (uint256 i = 0; i < cuts.length; i++) {
            if (total == deposit) break;
            total += bound(cuts[i], 1, deposit - total);
            _settle(PAYER_KEY, _voucher(channel, i + 1, total));
        }
        assertEq(gold.balanceOf(address(meter)), deposit - total, "the rest");
        (uint256 deposited, , ) = aira.streamOf(gold);
        assertEq(
            gold.balanceOf(TREASURY) +
                vaults.paidIn(work, gold) +
                deposited +
                gold.balanceOf(modules.moduleOf(keccak256("ProviderRewards"))),
            total,
            "and all of the vouchers went down"
        );
    }
}

/// @notice What one transaction settles. A block of this chain has 16,000,000 gas.
contract UsageMeterGasTest is MeterSetup {
    uint256 private constant BLOCK = 16_000_000;
    uint256 private constant CHANNELS = 100;

    bytes32[] private _channels;

    function setUp() public override {
        super.setUp();
        for (uint256 i = 0; i < CHANNELS; i++) {
            uint256 key = 0x10000 + i;
            _fund(gold, vm.addr(key), 1e18, address(meter));
            vm.prank(vm.addr(key));
            _channels.push(meter.open(PAYEE, aira, gold, 1e18, 0));
        }
    }

    /// Gas of a call that settles these: of its execution, and of its calldata with what a transaction costs.
    function _measure(Voucher[] memory vouchers, bytes[] memory signatures) private returns (uint256, uint256 data) {
        bytes memory call = abi.encodeCall(meter.settle, (vouchers, signatures));
        for (uint256 i = 0; i < call.length; i++) data += call[i] == 0 ? 4 : 16;
        vm.cool(address(meter));
        vm.cool(address(aira));
        return (_call(call), data + 21_000);
    }

    /// By hand: Solidity copies what it sends, and memory of megabytes costs more than what is measured.
    function _call(bytes memory data) private returns (uint256 used) {
        address to = address(meter);
        bool done;
        assembly ("memory-safe") {
            used := gas()
            done := call(gas(), to, 0, add(data, 32), mload(data), 0, 0)
            used := sub(used, gas())
        }
        assertTrue(done, "settled");
    }

    /// What the hundredth vouchers of some channels cost, each of which signed a hundred.
    function _settleNewest(uint256 first, uint256 number) private returns (uint256) {
        (Voucher[] memory vouchers, bytes[] memory signatures) = (new Voucher[](number), new bytes[](number));
        for (uint256 i = 0; i < number; i++) {
            vouchers[i] = _voucher(_channels[first + i], 100, 1e16);
            signatures[i] = _sign(0x10000 + first + i, meter.digestOf(vouchers[i]));
        }
        (uint256 gas, uint256 data) = _measure(vouchers, signatures);
        for (uint256 i = 0; i < number; i++) assertEq(meter.channelOf(_channels[first + i]).settledUnits, 100, "units");
        return gas + data;
    }

    function test_tenThousandVouchersOfAHundredChannelsSettleInOneTransaction() public {
        uint256 all = _settleNewest(0, CHANNELS);
        emit log_named_uint("gas of 10,000 vouchers of 100 channels", all);
        assertLe(all, 2_500_000, "gas of 10,000 vouchers of 100 channels");
    }

    function test_nineHundredChannelsFitInABlock() public {
        uint256 some = _settleNewest(0, 10);
        // The second payment finds what the first wrote, which is less than a tenth of the difference.
        uint256 more = _settleNewest(10, 90);
        uint256 each = (more - some) / 80;
        emit log_named_uint("gas of a channel", each);
        emit log_named_uint("gas of a payment, once", some - 10 * each);
        assertLe(some + 890 * each, BLOCK, "900 channels");
    }

    /// With nothing left out: each voucher of a hundred channels is there and checked. The long profile signs all 10,000, more gas than a block of this chain has.
    function test_allVouchersAreTakenInOneCall() public {
        uint256 each = keccak256(bytes(vm.envOr("FOUNDRY_PROFILE", ""))) == keccak256("long") ? 100 : 10;
        uint256 number = each * CHANNELS;
        (Voucher[] memory vouchers, bytes[] memory signatures) = (new Voucher[](number), new bytes[](number));
        for (uint256 i = 0; i < number; i++) {
            vouchers[i] = _voucher(_channels[i / each], (i % each) + 1, ((i % each) + 1) * 1e14);
            signatures[i] = _sign(0x10000 + i / each, meter.digestOf(vouchers[i]));
        }
        uint256 gas = _call(abi.encodeCall(meter.settle, (vouchers, signatures))) / number;
        emit log_named_uint("gas a voucher where all are there, without calldata", gas);
        assertLe(gas, 12_000, "gas a voucher, without calldata");
        (uint256 deposited, , ) = aira.streamOf(gold);
        assertEq(deposited, (CHANNELS * each * 1e14) / 2, "half of what the newest say");
    }
}
