// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Test} from "@animechain/testing/Test.sol";
import {IEntryPoint, PackedUserOperation} from "@openzeppelin/contracts/interfaces/IERC4337.sol";
import {IGasPaymaster, IRateSource} from "../src-sol/interfaces/IGasPaymaster.sol";
import {Modules} from "../src-sol/Modules.sol";
import {Paymaster} from "../src-sol/Paymaster.sol";
import {DeskToken} from "./standins/DeskToken.sol";

/// @notice An account that signs everything and does what it is told.
contract Account {
    uint256 public calls;

    error Refused();

    constructor(DeskToken token, address paymaster) {
        token.approve(paymaster, type(uint256).max);
    }

    function validateUserOp(PackedUserOperation calldata, bytes32, uint256) external pure returns (uint256) {
        return 0;
    }

    function work(bool fails) external {
        if (fails) revert Refused();
        calls++;
    }
}

/// @notice A price that anyone sets.
contract Price is IRateSource {
    uint256 public tokenPerNative;

    function set(uint256 price) external {
        tokenPerNative = price;
    }
}

/// @notice Against the entry point 0.8 itself, by the code that the genesis of L2 has.
contract PaymasterTest is Test {
    IEntryPoint private constant ENTRY_POINT = IEntryPoint(0x4337084D9E255Ff0702461CF8895CE9E3b5Ff108);
    address private constant GOVERNANCE = address(0x90);
    address private constant BUNDLER = address(0xb0b);
    uint256 private constant SPONSOR_KEY = 0x5b0;
    // 2,000 tokens of two decimals for an ETH.
    uint256 private constant RATE = 200_000;

    Paymaster private paymaster;
    DeskToken private token;
    Account private account;
    address private sponsor = vm.addr(SPONSOR_KEY);

    function setUp() public {
        vm.etch(address(ENTRY_POINT), _entryPointCode());
        Modules modules = new Modules(GOVERNANCE, new bytes32[](0));
        token = new DeskToken();
        paymaster = new Paymaster(modules, ENTRY_POINT, token, RATE, 100_000, 400_000);
        account = new Account(token, address(paymaster));
        token.mint(address(account), 1_000_000);
        vm.deal(address(this), 100 ether);
        paymaster.deposit{value: 1 ether}();
        paymaster.depositFor{value: 1 ether}(sponsor);
    }

    /// @dev The object in the module that the contracts of the rollup generate is JSON.
    function _entryPointCode() private view returns (bytes memory) {
        bytes memory file = bytes(vm.readFile("../../contracts/src/preinstalls/generated/code.ts"));
        (uint256 from, uint256 to) = (0, file.length);
        while (file[from] != "{") from++;
        while (file[to - 1] != "}") to--;
        string memory json;
        assembly ("memory-safe") {
            json := add(file, from)
            mstore(json, sub(to, from))
        }
        return vm.parseJsonBytes(json, ".entryPoint08.code");
    }

    function _op(bytes memory paymasterData, bool fails) private view returns (PackedUserOperation[] memory ops) {
        ops = new PackedUserOperation[](1);
        ops[0].sender = address(account);
        ops[0].nonce = ENTRY_POINT.getNonce(address(account), 0);
        ops[0].callData = abi.encodeCall(Account.work, (fails));
        ops[0].accountGasLimits = bytes32(abi.encodePacked(uint128(100_000), uint128(100_000)));
        ops[0].preVerificationGas = 50_000;
        ops[0].gasFees = bytes32(abi.encodePacked(uint128(1e9), uint128(10e9)));
        ops[0].paymasterAndData = abi.encodePacked(paymaster, uint128(200_000), uint128(100_000), paymasterData);
    }

    function _handle(PackedUserOperation[] memory ops) private {
        vm.prank(BUNDLER, BUNDLER);
        ENTRY_POINT.handleOps(ops, payable(BUNDLER));
    }

    function _refused(PackedUserOperation[] memory ops, string memory reason) private {
        vm.prank(BUNDLER, BUNDLER);
        vm.expectRevert(abi.encodeWithSignature("FailedOp(uint256,string)", 0, reason));
        ENTRY_POINT.handleOps(ops, payable(BUNDLER));
    }

    /// @dev `paymasterData` of a sponsorship of the account.
    function _sponsored(uint256 key, uint128 limit, uint48 until) private view returns (bytes memory) {
        uint48 from = uint48(block.timestamp - 1);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(
            key,
            paymaster.sponsorshipDigest(address(account), limit, from, until)
        );
        return abi.encodePacked(uint8(1), sponsor, limit, from, until, r, s, v);
    }

    /// @dev What the entry point has for the paymaster covers what that owes.
    function _solvent() private view {
        uint256 owed = paymaster.pool() + paymaster.balanceOf(sponsor);
        assertGe(ENTRY_POINT.balanceOf(address(paymaster)), owed, "no more is owed than is there");
    }

    function test_anAccountPaysGasWithTheToken() public {
        _handle(_op("", false));
        assertEq(account.calls(), 1, "done");
        uint256 paid = 1_000_000 - token.balanceOf(address(account));
        uint256 gas = 1 ether - paymaster.pool();
        assertEq(paid, (gas * RATE + 1e18 - 1) / 1e18, "for what gas took of the pool, rounded up");
        assertTrue(paid > 0 && paid == token.balanceOf(address(paymaster)), "kept by the paymaster");
        assertEq(paymaster.balanceOf(sponsor), 1 ether, "the sponsor's is untouched");
        assertGe(gas, BUNDLER.balance, "the bundler was paid out of it");
        _solvent();
        _handle(_op(hex"00", true));
        assertEq(account.calls(), 1, "an operation that fails pays as well");
        assertGe(1_000_000 - token.balanceOf(address(account)), paid + 1, "more");
        _solvent();
        vm.prank(GOVERNANCE);
        paymaster.withdrawTokens(GOVERNANCE, type(uint256).max);
        assertEq(token.balanceOf(address(paymaster)), 0, "to governance");
    }

    function test_withoutTokensOrPoolNothingIsPaid() public {
        _refused(_op(hex"02", false), "AA34 signature error");
        uint256 pool = paymaster.pool();
        vm.prank(GOVERNANCE);
        paymaster.withdraw(payable(GOVERNANCE), pool);
        assertEq(GOVERNANCE.balance, 1 ether, "taken out");
        _refused(_op("", false), "AA34 signature error");
        paymaster.deposit{value: 1 ether}();
        vm.prank(address(account));
        token.transfer(address(this), 1_000_000);
        _refused(_op("", false), "AA34 signature error");
    }

    function test_aSponsorPaysUpToWhatItSigned() public {
        uint128 limit = 0.012 ether;
        bytes memory data = _sponsored(SPONSOR_KEY, limit, uint48(block.timestamp + 1 days));
        _handle(_op(data, false));
        assertEq(account.calls(), 1, "done");
        uint256 cost = 1 ether - paymaster.balanceOf(sponsor);
        bytes32 digest = paymaster.sponsorshipDigest(
            address(account),
            limit,
            uint48(block.timestamp - 1),
            uint48(block.timestamp + 1 days)
        );
        assertEq(paymaster.spent(sponsor, digest), cost, "counted");
        assertTrue(cost > 0 && cost >= BUNDLER.balance, "out of what the sponsor has");
        assertEq(token.balanceOf(address(account)), 1_000_000, "no token");
        assertEq(paymaster.pool(), 1 ether, "not out of the pool");
        _solvent();
        uint256 more = 0;
        // Each time the most that it can cost must fit the limit: 550,000 gas and what comes after it, at 10 gwei.
        for (; more < 100; more++) {
            if (paymaster.spent(sponsor, digest) + 0.0064 ether > limit) break;
            _handle(_op(data, false));
        }
        assertGe(more, 5, "again and again");
        _refused(_op(data, false), "AA34 signature error");
        _solvent();
    }

    function test_aSponsorshipIsForOneAccountAndATime() public {
        uint48 until = uint48(block.timestamp + 1 days);
        _refused(_op(_sponsored(0xbad, 1 ether, until), false), "AA34 signature error");
        bytes memory data = _sponsored(SPONSOR_KEY, 1 ether, until);
        Account other = new Account(token, address(paymaster));
        PackedUserOperation[] memory ops = _op(data, false);
        ops[0].sender = address(other);
        _refused(ops, "AA34 signature error");
        vm.prank(sponsor);
        paymaster.withdrawSponsored(payable(sponsor), 1 ether - 0.001 ether);
        _refused(_op(data, false), "AA34 signature error");
        paymaster.depositFor{value: 1 ether}(sponsor);
        vm.warp(until + 1);
        _refused(_op(data, false), "AA32 paymaster expired or not due");
        vm.prank(sponsor);
        vm.expectRevert(abi.encodeWithSelector(IGasPaymaster.GasPaymaster_TooLittle.selector, 1.001 ether, 2 ether));
        paymaster.withdrawSponsored(payable(sponsor), 2 ether);
    }

    function test_thePriceStaysWithinItsBounds() public {
        vm.startPrank(GOVERNANCE);
        paymaster.setRate(400_000);
        vm.expectRevert(
            abi.encodeWithSelector(IGasPaymaster.GasPaymaster_RateOutOfBounds.selector, 400_001, 100_000, 400_000)
        );
        paymaster.setRate(400_001);
        vm.expectRevert(IGasPaymaster.GasPaymaster_NoSource.selector);
        paymaster.update();
        Price price = new Price();
        paymaster.setRateSource(price);
        vm.stopPrank();
        paymaster.update();
        assertEq(paymaster.rate(), 100_000, "a source that says 0 is cut");
        price.set(250_000);
        paymaster.update();
        assertEq(paymaster.rate(), 250_000, "within");
        price.set(type(uint256).max);
        paymaster.update();
        assertEq(paymaster.rate(), 400_000, "cut above");
    }

    function test_governanceAloneHoldsThePool() public {
        bytes memory refused = abi.encodeWithSelector(
            IGasPaymaster.GasPaymaster_Unauthorized.selector,
            address(this),
            GOVERNANCE
        );
        vm.expectRevert(refused);
        paymaster.withdraw(payable(BUNDLER), 1);
        vm.expectRevert(refused);
        paymaster.withdrawTokens(address(this), 1);
        vm.expectRevert(refused);
        paymaster.setRate(RATE);
        vm.expectRevert(refused);
        paymaster.setRateSource(IRateSource(address(0)));
        vm.expectRevert(refused);
        paymaster.addStake{value: 1}(1);
        vm.expectRevert(refused);
        paymaster.unlockStake();
        vm.expectRevert(refused);
        paymaster.withdrawStake(payable(BUNDLER));
        vm.deal(GOVERNANCE, 1 ether);
        vm.startPrank(GOVERNANCE);
        vm.expectRevert(abi.encodeWithSelector(IGasPaymaster.GasPaymaster_TooLittle.selector, 1 ether, 1 ether + 1));
        paymaster.withdraw(payable(GOVERNANCE), 1 ether + 1);
        paymaster.addStake{value: 1 ether}(1 days);
        paymaster.unlockStake();
        vm.warp(block.timestamp + 1 days);
        paymaster.withdrawStake(payable(GOVERNANCE));
        assertEq(GOVERNANCE.balance, 1 ether, "the stake comes back");
    }
}
