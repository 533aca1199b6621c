// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Test} from "@animechain/testing/Test.sol";
import {EpochStatus, RewardNode, RewardPlace} from "../src-sol/interfaces/IProviderRewards.sol";
import {Channel, Voucher} from "../src-sol/interfaces/IUsageMeter.sol";
import {AIRA} from "../src-sol/AIRA.sol";
import {ProviderRewards} from "../src-sol/ProviderRewards.sol";
import {UsageMeter} from "../src-sol/UsageMeter.sol";
import {Money} from "./Money.sol";
import {RewardsSetup} from "./ProviderRewards.t.sol";
import {RewardTree} from "./RewardTree.sol";
import {StandinRoyaltyVaults} from "./standins/aira/StandinRoyaltyVaults.sol";

/// @notice Six accounts hold, pay, sign, use, claim and are rewarded in any order, in a token of 18 decimals and one of 2. Beside the contracts runs a model
/// that knows each payment's beginning and end and everybody's balance, and nothing of accumulators.
contract MoneyWorld is RewardsSetup {
    using RewardTree for RewardNode[][];

    /// @dev What streams to the holders, of one payment.
    struct Deposit {
        uint256 amount;
        uint256 from;
        uint256 end;
    }

    uint256 private constant ACTORS = 6;
    uint256 private constant KEYS = 0x7000;
    uint256 public constant START = 1_700_006_400 + 12 hours;

    AIRA public aira;
    UsageMeter public meter;
    address[] public actors;
    bytes32[] public channels;
    mapping(bytes32 channel => uint256 key) private _keyOf;
    mapping(Money token => Deposit[]) private _deposits;
    mapping(Money token => uint256) private _noted;
    mapping(Money token => mapping(address account => uint256)) private _earned;
    mapping(Money token => mapping(address account => uint256)) public claimed;
    mapping(Money token => uint256) public paid;
    mapping(uint256 epoch => uint256) private _nextLeaf;
    uint256 public bought;
    uint256 private _salt;

    constructor() {
        setUp();
        meter = new UsageMeter(modules);
        modules.place(keccak256("UsageMeter"), address(meter));
        aira = _mint(_terms());
        actors = [ALICE, BOB, CAROL];
        for (uint256 i = actors.length; i < ACTORS; i++) actors.push(vm.addr(KEYS + i));
        for (uint256 i = 0; i < ACTORS; i++) {
            vm.startPrank(actors[i]);
            gold.approve(address(meter), type(uint256).max);
            yen.approve(address(meter), type(uint256).max);
            gold.approve(address(aira), type(uint256).max);
            vm.stopPrank();
        }
        gold.approve(address(aira), type(uint256).max);
        yen.approve(address(aira), type(uint256).max);
        gold.approve(address(vaults), type(uint256).max);
        yen.approve(address(vaults), type(uint256).max);
    }

    function tokenOf(uint256 seed) public view returns (Money) {
        return seed % 2 == 0 ? gold : yen;
    }

    function book() external view returns (StandinRoyaltyVaults, ProviderRewards, Money, Money, Money) {
        return (vaults, rewards, gold, yen, bonds);
    }

    function ids() external view returns (uint256, uint256, address) {
        return (work, model, TREASURY);
    }

    function actorCount() external pure returns (uint256) {
        return ACTORS;
    }

    function channelCount() external view returns (uint256) {
        return channels.length;
    }

    /// What the model says an account earned, smallest units, rounded down.
    function earnedOf(Money token, address account) external view returns (uint256) {
        return _earned[token][account] >> 64;
    }

    /// Amounts from one unit to a great deal.
    function _amount(uint256 seed) private pure returns (uint256) {
        return bound(seed, 1, 10 ** (1 + (seed % 23)));
    }

    function _actor(uint256 seed) private view returns (address) {
        return actors[seed % ACTORS];
    }

    /// Writes down what began to stream.
    function _note(Money token) private {
        (uint256 deposited, , ) = aira.streamOf(token);
        if (deposited == _noted[token]) return;
        uint256 end = block.timestamp + 7 days;
        if (end % 1 days != 0) end += 1 days - (end % 1 days);
        _deposits[token].push(Deposit(deposited - _noted[token], block.timestamp, end));
        _noted[token] = deposited;
    }

    function _elapse(Money token, uint256 time) private {
        Deposit[] storage deposits = _deposits[token];
        uint256 supply = aira.totalSupply();
        uint256 i = 0;
        while (i < deposits.length) {
            Deposit memory deposit = deposits[i];
            uint256 until = block.timestamp + time < deposit.end ? block.timestamp + time : deposit.end;
            uint256 seconds_ = until - block.timestamp;
            for (uint256 a = 0; a < ACTORS; a++)
                _earned[token][actors[a]] +=
                    ((deposit.amount * seconds_ * aira.balanceOf(actors[a])) << 64) /
                    ((deposit.end - deposit.from) * supply);
            if (until == deposit.end) {
                deposits[i] = deposits[deposits.length - 1];
                deposits.pop();
            } else {
                i++;
            }
        }
    }

    function _wait(uint256 time) private {
        _elapse(gold, time);
        _elapse(yen, time);
        _pass(time);
    }

    // --- moves

    function pay(uint256 seed, uint256 drawn) external {
        Money token = tokenOf(seed);
        vm.assume(vaults.isListed(token));
        uint256 amount = _amount(drawn);
        token.mint(address(this), amount);
        aira.pay(token, amount);
        paid[token] += amount;
        _note(token);
    }

    /// A published output earned, or somebody gave.
    function collect(uint256 seed, uint256 drawn) external {
        Money token = tokenOf(seed);
        vm.assume(vaults.isListed(token));
        uint256 amount = _amount(drawn);
        token.mint(address(this), amount);
        if (seed % 3 == 0) token.transfer(address(aira), amount);
        else vaults.owe(token, address(aira), amount);
        if (seed % 5 == 0 && seed % 3 != 0) vaults.claim(token, address(aira));
        assertEq(aira.collect(token), amount, "all that is nobody's");
        paid[token] += amount;
        _note(token);
    }

    function move(uint256 from, uint256 to, uint256 amount) external {
        uint256 balance = aira.balanceOf(_actor(from));
        vm.assume(balance != 0);
        vm.prank(_actor(from));
        aira.transfer(_actor(to), bound(amount, 0, balance));
    }

    function claim(uint256 who, uint256 seed) external {
        Money token = tokenOf(seed);
        vm.assume(aira.claimable(token, _actor(who)) != 0);
        claimed[token][_actor(who)] += aira.claim(token, _actor(who));
    }

    function buy(uint256 who, uint256 units) external {
        vm.assume(vaults.isListed(gold));
        units = bound(units, 1, 1_000);
        gold.mint(_actor(who), units * 1e16);
        vm.prank(_actor(who));
        paid[gold] += aira.buyUsage(units, type(uint256).max);
        bought += units;
        _note(gold);
    }

    function open(uint256 seed, uint256 drawn) external {
        uint256 i = 3 + (seed % 3);
        address payer = actors[i];
        IERC20 token = IERC20(address(0));
        uint256 amount = aira.creditsOf(payer);
        if (seed % 5 != 0 || amount == 0) {
            token = tokenOf(seed);
            vm.assume(vaults.isListed(token));
            amount = _amount(drawn);
            Money(address(token)).mint(payer, amount);
        } else {
            amount = bound(drawn, 1, amount > type(uint64).max ? type(uint64).max : amount);
        }
        vm.prank(payer);
        bytes32 channel = meter.open(OPERATOR, aira, token, amount, bytes32(++_salt));
        channels.push(channel);
        _keyOf[channel] = KEYS + i;
    }

    function settle(uint256 seed, uint256 drawn) external {
        (bytes32 id, Channel memory channel) = _channel(seed);
        bool credits = address(channel.token) == address(0);
        uint256 left = channel.deposit - (credits ? channel.settledUnits : channel.settledAmount);
        vm.assume(left != 0);
        uint256 part = bound(drawn, 1, left);
        (Voucher[] memory vouchers, bytes[] memory signatures) = (new Voucher[](1), new bytes[](1));
        vouchers[0] = Voucher(
            id,
            channel.settledUnits + (credits ? part : 1),
            credits ? 0 : channel.settledAmount + part,
            keccak256(abi.encode(seed))
        );
        signatures[0] = _sign(_keyOf[id], meter.digestOf(vouchers[0]));
        meter.settle(vouchers, signatures);
        if (credits) return;
        Money token = Money(address(channel.token));
        if (vaults.isListed(token)) paid[token] += part;
        _note(token);
    }

    function close(uint256 seed) external {
        (bytes32 id, Channel memory channel) = _channel(seed);
        if (seed % 2 == 0) {
            vm.prank(OPERATOR);
            meter.close(id);
            return;
        }
        vm.prank(channel.payer);
        meter.requestClose(id);
        _wait(1 days);
        meter.close(id);
    }

    function _channel(uint256 seed) private view returns (bytes32 id, Channel memory channel) {
        vm.assume(channels.length != 0);
        // One of the newest, of which some are open.
        uint256 number = channels.length < 4 ? channels.length : 4;
        id = channels[channels.length - 1 - (seed % number)];
        channel = meter.channelOf(id);
        vm.assume(!channel.closed && channel.closingAt == 0);
    }

    /// The operator divides an epoch, once in three times wrongly, which is found.
    function divide(uint256 seed) external {
        uint256 epoch = rewards.openEpochOf(model);
        if (seed % 3 != 0) {
            _wait(1 days);
            _propose(epoch, _honestTree());
            return;
        }
        _wait(1 days);
        (address[] memory accounts, uint256[] memory sums) = _honest();
        accounts[4] = OPERATOR;
        RewardNode[][] memory tree = RewardTree.build(accounts, sums);
        _propose(epoch, tree);
        RewardNode[] memory proof = tree.proof(0, 4);
        vm.prank(CHALLENGER);
        rewards.demand(model, epoch, seed % LEAVES);
        bytes32[] memory leafProof = new bytes32[](trainingTree.length - 1);
        for (uint256 i = 0; i < leafProof.length; i++) leafProof[i] = trainingTree[i][(4 >> i) ^ 1];
        vm.prank(CHALLENGER);
        rewards.challenge(model, epoch, RewardPlace(0, 4), tree[0][4], proof, _leaf(4), leafProof);
        rewards.returnDemand(model, epoch, rewards.attempts(model, epoch), seed % LEAVES);
        rewards.withdraw(bonds, CHALLENGER);
        _propose(epoch, _honestTree());
    }

    /// Of the last epoch that was divided, the next node is claimed in both tokens; now and then what is left goes on.
    function reward(uint256 seed) external {
        uint256 epoch = rewards.openEpochOf(model) - 1;
        vm.assume(epoch != 0);
        (EpochStatus status, ) = rewards.statusOf(model, epoch);
        if (status == EpochStatus.Proposed) {
            _wait(2 days + 1);
            rewards.releaseBond(model, epoch);
            rewards.withdraw(bonds, OPERATOR);
        }
        if (seed % 16 == 0) {
            _wait(2 * 365 days + 1);
            for (uint256 t = 0; t < 2; t++) {
                (uint256 funded, uint256 before) = rewards.fundsOf(model, epoch, tokenOf(t));
                if (funded != before) rewards.roll(model, epoch, tokenOf(t));
            }
            return;
        }
        (, uint256 finalAt) = rewards.statusOf(model, epoch);
        vm.assume(block.timestamp <= finalAt + 2 * 365 days);
        uint256 i = _nextLeaf[epoch];
        vm.assume(i < LEAVES);
        RewardNode[][] memory tree = _honestTree();
        if (tree[0][i].account == address(0)) i++;
        vm.assume(i < LEAVES);
        RewardPlace memory place = tree.whole(i);
        RewardNode[] memory proof = tree.proof(place.height, place.position);
        for (uint256 t = 0; t < 2; t++)
            rewards.claim(model, epoch, tokenOf(t), place, tree[place.height][place.position], proof);
        _nextLeaf[epoch] = i + (1 << place.height);
    }

    function relist(uint256 seed) external {
        Money token = tokenOf(seed);
        bool listed = vaults.isListed(token);
        // Off the list one time in four, so that most is paid.
        vm.assume(!listed || seed % 8 < 2);
        vaults.listToken(token, !listed);
        uint256 held = meter.heldFor(aira, token);
        if (listed || held == 0) return;
        meter.forward(aira, token);
        paid[token] += held;
        _note(token);
    }

    function pass(uint256 time) external {
        _wait(bound(time, 1, 3 days));
    }
}

contract MoneyInvariantsTest is Test {
    MoneyWorld private world;
    AIRA private aira;
    UsageMeter private meter;
    StandinRoyaltyVaults private vaults;
    ProviderRewards private rewards;
    Money private gold;
    Money private yen;
    Money private bonds;
    uint256 private work;
    uint256 private model;
    address private treasury;

    function setUp() public {
        world = new MoneyWorld();
        (aira, meter) = (world.aira(), world.meter());
        (vaults, rewards, gold, yen, bonds) = world.book();
        (work, model, treasury) = world.ids();
        targetContract(address(world));
        excludeSelector(address(world), world.setUp.selector);
    }

    /// All of it in one invariant: forge runs each of several on its own. Seconds by default; the long profile makes 1,000,000 calls and more.
    /// forge-config: default.invariant.runs = 4
    /// forge-config: default.invariant.depth = 100
    function invariant_moneyIsConservedToTheWei() public view {
        for (uint256 t = 0; t < 2; t++) {
            Money token = world.tokenOf(t);
            _conserved(token);
            _metered(token);
            _rewarded(token);
            _streamed(token);
        }
        assertEq(rewards.held(bonds), bonds.balanceOf(address(rewards)), "bonds");
        _credited();
    }

    /// What was paid is where the waterfall sends it, and no token is anywhere else.
    function _conserved(Money token) private view {
        (uint256 deposited, , uint256 claimed) = aira.streamOf(token);
        uint256 providers = 0;
        for (uint256 epoch = 1; epoch <= rewards.openEpochOf(model); epoch++) {
            (uint256 funded, ) = rewards.fundsOf(model, epoch, token);
            providers += funded;
        }
        assertEq(
            token.balanceOf(treasury) + vaults.paidIn(work, token) + deposited + providers,
            world.paid(token),
            "paid in"
        );
        assertEq(token.balanceOf(address(aira)), deposited - claimed, "the stream's balance");
        uint256 all =
            token.balanceOf(treasury) +
                token.balanceOf(address(vaults)) +
                token.balanceOf(address(aira)) +
                token.balanceOf(address(meter)) +
                token.balanceOf(address(rewards));
        for (uint256 i = 0; i < world.actorCount(); i++) all += token.balanceOf(world.actors(i));
        assertEq(all, token.totalSupply(), "all there is");
    }

    function _metered(Money token) private view {
        uint256 open = meter.heldFor(aira, token);
        for (uint256 i = 0; i < world.channelCount(); i++) {
            Channel memory channel = meter.channelOf(world.channels(i));
            if (channel.token == token && !channel.closed) open += channel.deposit - channel.settledAmount;
        }
        assertEq(token.balanceOf(address(meter)), open, "what is in channels, and what waits");
    }

    function _rewarded(Money token) private view {
        uint256 left = 0;
        for (uint256 epoch = 1; epoch <= rewards.openEpochOf(model); epoch++) {
            (uint256 funded, uint256 paid) = rewards.fundsOf(model, epoch, token);
            assertLe(paid, funded, "paid of an epoch");
            left += funded - paid;
        }
        assertEq(rewards.held(token), left, "what was not claimed");
        assertEq(token.balanceOf(address(rewards)), left, "and is there");
    }

    /// Earned at most what was streamed, that at most what came in; less is dust below a unit a holder; and to each what the model says.
    function _streamed(Money token) private view {
        (uint256 deposited, uint256 streamed, uint256 claimed) = aira.streamOf(token);
        assertLe(streamed, deposited, "streamed");
        uint256 earned = claimed;
        for (uint256 i = 0; i < world.actorCount(); i++) {
            address account = world.actors(i);
            uint256 claimable = aira.claimable(token, account);
            earned += claimable;
            uint256 got = world.claimed(token, account) + claimable;
            uint256 expected = world.earnedOf(token, account);
            // The model rounds down at each step, the contract once and with a fraction of 2^-128 that still streams.
            assertGe(got + 1, expected, "earned, by the model");
            assertLe(got, expected + 1, "no more than by the model");
        }
        assertLe(earned, streamed, "earned");
        assertLe(streamed - earned, world.actorCount(), "dust");
    }

    /// Credits of all, and those that the meter took, are what accrued and what was bought.
    function _credited() private view {
        uint256 credits = aira.takenBy(address(meter));
        for (uint256 i = 0; i < world.actorCount(); i++) credits += aira.creditsOf(world.actors(i));
        uint256 all = world.bought() + (aira.totalSupply() * 10 * (block.timestamp - world.START())) / (1 days * 1e18);
        assertLe(credits, all, "credits");
        assertLe(all - credits, world.actorCount(), "fractions of credits");
    }
}
