// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAssertionGame} from "../../src-sol/l1/interfaces/IAssertionGame.sol";
import {IDisputeGame} from "../../src-sol/l1/interfaces/IDisputeGame.sol";
import {Attestation, Body, Signer, Vote} from "../../src-sol/network/NetworkMessages.sol";
import {IFastExits} from "../../src-sol/network/interfaces/IFastExits.sol";
import {IStakeRegistry} from "../../src-sol/network/interfaces/IStakeRegistry.sol";
import {BatchHeader} from "../../src-sol/shared/Types.sol";
import {Dispute} from "../base/Dispute.sol";
import {NetworkSetup} from "./NetworkSetup.sol";
import {StakeSetup} from "./StakeSetup.sol";

/// @notice A certificate that was posted, and what was paid under it.
struct Posted {
    Body body;
    IAssertionGame winner;
    bool right;
    bool settled;
    uint256 ether_;
    uint256 tokens;
    uint256 signers;
}

/// @notice Ten verifiers that join, stake, leave, sign whatever is claimed, and are slashed for it in any order; claims of four withdrawals each that turn
/// out right or wrong. What comes to nothing is discarded: forge counts it as such, and draws another.
contract NetworkWorld is NetworkSetup {
    uint256 private constant ACTORS = 10;
    address private constant FINDER = address(0xf1d);
    address private constant OTHER = address(0x07e3);

    Posted[] private _posted;
    mapping(uint256 => Signer[]) private _signersOf;
    /// @dev Certificates of the claim that is open, from this one on.
    uint256 private _first;
    bool private _open;
    IDisputeGame private _parent;
    Body[] private _lies;
    IAssertionGame[] private _winners;
    uint256 private _nonce;
    uint256 public start;
    uint256 public tokenStart;
    uint256 public paidRight;
    uint256 public tokensRight;
    uint256 public gifts;
    bool public short;
    bool public overCover;

    constructor() {
        setUp();
        for (uint256 i = VERIFIERS; i < ACTORS; i++) _sortIn(i);
        vm.prank(owner);
        stakes.setSlasher(VERIFIER, OTHER, true);
        // As much as a long run pays.
        vm.deal(address(portal), 1_000_000 ether);
        token.mint(address(this), 100_000_000);
        token.approve(address(bridge), 100_000_000);
        bridge.donateERC20(address(token), REMOTE, 100_000_000);
        start = address(portal).balance;
        tokenStart = bridge.deposits(address(token), REMOTE);
        token.mint(alice, 1_000_000);
        vm.prank(alice);
        token.approve(address(fast), 1_000_000);
        vm.deal(alice, 1_000_000 ether);
    }

    // --- verifiers

    function enter(uint256 i, uint256 amount) external {
        i %= ACTORS;
        IStakeRegistry.Member memory member = stakes.memberOf(VERIFIER, _member(i));
        vm.assume(member.leavingAt == 0);
        _enter(i, bound(amount, 1 ether, 40 ether));
        if (amount % 2 == 0) _stakeTokens(i, 1 + (amount % 3_000));
    }

    function depart(uint256 i) external {
        i %= ACTORS;
        IStakeRegistry.Member memory member = stakes.memberOf(VERIFIER, _member(i));
        vm.assume(member.key != address(0));
        if (member.leavingAt == 0) {
            vm.assume(i % 2 == 0);
            _leave(i);
            return;
        }
        vm.startPrank(_member(i));
        try stakes.withdraw(VERIFIER, _member(i)) {
            if (stakes.tokenStakeOf(VERIFIER, _member(i), address(token)) != 0)
                stakes.withdrawToken(VERIFIER, address(token), _member(i));
        } catch {
            vm.assume(false);
        }
        vm.stopPrank();
    }

    function pass(uint256 time) external {
        _pass(bound(time, 1, 2_000));
    }

    // --- claims

    function claim(uint256 seed) external {
        vm.assume(!_open);
        _open = true;
        delete ws;
        if (address(_parent) != address(0)) _appendNow();
        _nonce += 4;
        // Most verifiers have tens of ether, so cover is about a hundred, of which one exit takes a tenth.
        uint256 some = bound(seed, 0.1 ether, 8 ether);
        _add(_plain(bob, some));
        _add(_plain(bob, some / 2 + _nonce));
        _add(_etherMessage(_nonce, bob, some / 3));
        _add(_tokenMessage(_nonce + 1, bob, 1 + (seed % 600)));
        gameIndex = factory.gameCount();
        game = _assert(proposer, _parent, _outputRoot());
        _pass(MIN_AGE);
        for (uint256 i = 0; i < 4; i++) _prove(i);
        _first = _posted.length;
        if (seed % 8 != 0) _post(seed);
    }

    /// A batch of the present: what is too old is refused, and a long run takes weeks.
    function _appendNow() private {
        BatchHeader memory header = _nextHeader(1, uint64(inbox.depositCount()));
        header.lastTimestamp = uint64(block.timestamp);
        _append(header, abi.encode("batch", _nonce));
    }

    /// Posts a certificate of all that were active and are members still, at times but one.
    function certify(uint256 seed) external {
        vm.assume(_open);
        if (!_post(seed)) {
            // In another epoch another certificate can be posted.
            _pass(EPOCH);
            vm.assume(_post(seed));
        }
    }

    function _post(uint256 seed) private returns (bool) {
        Body memory body = _body(game);
        if (fast.certificateOf(_idOf(body)).status != IFastExits.Status.None) return false;
        (Vote[] memory votes, Signer[] memory signers) = _willing(body, seed);
        try fast.certify(body, votes) {
            uint256 at = _posted.length;
            _posted.push(Posted(body, IAssertionGame(address(0)), false, false, 0, 0, signers.length));
            for (uint256 i = 0; i < signers.length; i++) _signersOf[at].push(signers[i]);
            return true;
        } catch {
            return false;
        }
    }

    function _willing(
        Body memory body,
        uint256 seed
    ) private view returns (Vote[] memory votes, Signer[] memory signers) {
        votes = new Vote[](ACTORS);
        signers = new Signer[](ACTORS);
        uint256 count = 0;
        for (uint256 i = 0; i < ACTORS; i++) {
            uint256 verifier = order[i];
            IStakeRegistry.Member memory member = stakes.memberOf(VERIFIER, _member(verifier));
            bool active = stakes.weightAt(VERIFIER, _key(verifier), body.epoch) != 0 && member.since <= body.epoch;
            if (member.key == address(0) || !active || verifier == seed % 30) continue;
            votes[count] = _vote(verifier, body);
            signers[count++] = Signer(_member(verifier), member.stake);
        }
        assembly ("memory-safe") {
            mstore(votes, count)
            mstore(signers, count)
        }
    }

    function exit(uint256 which, uint256 of_) external {
        vm.assume(_open && _posted.length > _first);
        uint256 at = _first + (of_ % (_posted.length - _first));
        for (uint256 i = 0; i < 4; i++) if (_pay(((which % 4) + i) % 4, at)) return;
        vm.assume(false);
    }

    function _pay(uint256 i, uint256 at) private returns (bool) {
        Posted storage it = _posted[at];
        uint256 fee = _etherFee(ws[i]);
        vm.prank(alice);
        try portal.finalizeFast{value: fee}(ws[i], alice, it.body, new Vote[](0), _signersOf[at]) {
            if (i == 3) it.tokens += _tokensOf();
            else it.ether_ += ws[i].value;
            _checkCover(at, i == 3 ? address(token) : address(0));
            return true;
        } catch {
            return false;
        }
    }

    /// @dev I2 when it is made.
    function _checkCover(uint256 at, address asset) private {
        address[] memory members = new address[](_signersOf[at].length);
        for (uint256 i = 0; i < members.length; i++) members[i] = _signersOf[at][i].member;
        if (fast.reserved(asset) * 2 > stakes.stakeOf(VERIFIER, members, asset)) overCover = true;
    }

    /// @dev Amount of the message in tokens.
    function _tokensOf() private view returns (uint256 amount) {
        bytes memory data = ws[3].data;
        assembly ("memory-safe") {
            mstore(0, 0)
            amount := mload(add(add(data, 32), 360))
        }
    }

    function decide(uint256 seed) external {
        vm.assume(_open && (_posted.length > _first || seed % 8 == 0));
        _open = false;
        bool right = seed % 3 == 0;
        IAssertionGame winner = game;
        if (right) _accept();
        else winner = _acceptRival(keccak256(abi.encode("right", _nonce)));
        if (!right) {
            Body memory body = _body(game);
            if (seed % 5 == 0) drills.set(body.outputRoot);
            _lies.push(body);
            _winners.push(winner);
        }
        for (uint256 i = _first; i < _posted.length; i++) (_posted[i].winner, _posted[i].right) = (winner, right);
        _parent = winner;
    }

    // --- ends

    function settle(uint256 at) external {
        vm.assume(_posted.length != 0);
        at %= _posted.length;
        // The next one that is decided and not settled.
        for (uint256 i = 0; i < _posted.length; i++) {
            Posted storage it = _posted[(at + i) % _posted.length];
            if (it.settled || address(it.winner) == address(0)) continue;
            vm.prank(FINDER);
            fast.settle(it.body, it.winner, _signersOf[(at + i) % _posted.length]);
            it.settled = true;
            if (it.right) (paidRight, tokensRight) = (paidRight + it.ether_, tokensRight + it.tokens);
            if (fast.owed() != 0) short = true;
            bytes32 id = _idOf(it.body);
            if (!it.right && it.tokens != 0) {
                fast.refillToken(id, address(token), REMOTE);
                if (fast.pairReservedOf(id, address(token), REMOTE) != 0) short = true;
            }
            if (it.right && fast.feesOf(id, address(token)) != 0)
                fast.shareFees(it.body, address(token), _signersOf[(at + i) % _posted.length]);
            return;
        }
        vm.assume(false);
    }

    function wrong(uint256 i, uint256 which) external {
        vm.assume(_lies.length != 0);
        which %= _lies.length;
        i %= ACTORS;
        Body memory body = _lies[which];
        Attestation memory attestation = _attestation(i, body);
        bytes memory signature = _attest(i, body);
        vm.prank(FINDER);
        try fast.slashWrong(attestation, signature, _winners[which]) {} catch {
            vm.assume(false);
        }
    }

    function equivocate(uint256 i) external {
        i %= ACTORS;
        vm.assume(_open && i < 2);
        Body memory a = _body(game);
        Body memory b = _body(game);
        b.outputRoot = LIE;
        Attestation memory one = _attestation(i, a);
        Attestation memory two = _attestation(i, b);
        bytes memory first = _attest(i, a);
        bytes memory second = _attest(i, b);
        vm.prank(FINDER);
        try fast.slashEquivocation(one, first, two, second) {} catch {
            vm.assume(false);
        }
    }

    /// Another slasher takes a tenth, and leaves 70% of it to the insurance.
    function take(uint256 i) external {
        i %= ACTORS;
        uint256 stake = stakes.memberOf(VERIFIER, _member(i)).stake;
        vm.assume(stake != 0 && i < 4);
        vm.startPrank(OTHER);
        uint256 taken = stakes.slash(VERIFIER, _member(i), stake / 10 + 1);
        stakes.collect(address(0));
        uint256 gift = (taken * 7 + 9) / 10;
        fast.insure{value: gift}();
        vm.stopPrank();
        gifts += gift;
    }

    function credit(uint256 i) external {
        address account = i % 4 == 0 ? FINDER : _member(i % ACTORS);
        vm.startPrank(account);
        bool any = false;
        if (fast.credit(address(0), account) != 0) {
            fast.claimCredit(address(0), account);
            any = true;
        }
        if (fast.credit(address(token), account) != 0) {
            fast.claimCredit(address(token), account);
            any = true;
        }
        vm.stopPrank();
        vm.assume(any);
    }

    // --- what must hold

    /// What fast exits hold for somebody.
    function heldByExits(address asset) external view returns (uint256 sum) {
        sum = fast.insurance(asset) + fast.credit(asset, FINDER);
        for (uint256 i = 0; i < ACTORS; i++) sum += fast.credit(asset, _member(i));
        for (uint256 i = 0; i < _posted.length; i++) sum += fast.feesOf(_idOf(_posted[i].body), asset);
    }

    /// What the registry holds for somebody.
    function heldByRegistry(address asset) external view returns (uint256 sum) {
        sum = stakes.seized(address(fast), asset) + stakes.seized(OTHER, asset);
        address[] memory members = new address[](ACTORS);
        for (uint256 i = 0; i < ACTORS; i++) members[i] = _member(i);
        sum += stakes.stakeOf(VERIFIER, members, asset);
    }

    /// Locks of all members, and those that open certificates ask for.
    function locks() external view returns (uint256 found, uint256 expected) {
        for (uint256 i = 0; i < ACTORS; i++) found += stakes.memberOf(VERIFIER, _member(i)).locks;
        for (uint256 i = 0; i < _posted.length; i++) if (!_posted[i].settled) expected += _posted[i].signers;
    }

    /// Reservations of certificates that are not settled.
    function reservations() external view returns (uint256 eth, uint256 tokens) {
        for (uint256 i = 0; i < _posted.length; i++)
            if (!_posted[i].settled) (eth, tokens) = (eth + _posted[i].ether_, tokens + _posted[i].tokens);
    }

    function world()
        external
        view
        returns (address portal_, address fast_, address stakes_, address token_, address bridge_, uint256 locked)
    {
        locked = bridge.deposits(address(token), REMOTE);
        return (address(portal), address(fast), address(stakes), address(token), address(bridge), locked);
    }

    function state() external view returns (uint256 eth, uint256 tokens, uint256 owed) {
        return (fast.reserved(address(0)), fast.reserved(address(token)), fast.owed());
    }
}

contract NetworkInvariantsTest is StakeSetup {
    // A name that forge knows.
    // solhint-disable-next-line event-name-capwords
    event log_named_uint(string key, uint256 value);

    NetworkWorld private world;

    function setUp() public override {
        world = new NetworkWorld();
        targetContract(address(world));
        excludeSelector(address(world), Dispute.setUp.selector);
    }

    /// I1: portal and bridge have what L2 is owed, less what is reserved, to the wei. I2: reservations are covered when they are made, and every wrong one is
    /// refilled in full. I5: what comes in is held for somebody, burned or paid.
    /// forge-config: default.invariant.runs = 8
    /// forge-config: long.invariant.runs = 100000
    /// forge-config: books.invariant.runs = 10
    function invariant_theBridgeIsWholeAndNoWeiIsLost() external view {
        (address portal_, address fast_, address stakes_, address token_, address bridge_, uint256 locked) = world
            .world();
        (uint256 eth, uint256 tokens, uint256 owed) = world.state();
        assertEq(portal_.balance + eth, world.start() - world.paidRight(), "I1 of ether");
        assertEq(locked + tokens, world.tokenStart() - world.tokensRight(), "I1 of tokens");
        assertEq(StakeToken(token_).balanceOf(bridge_), locked, "what is locked is there");
        (uint256 openEther, uint256 openTokens) = world.reservations();
        assertEq(eth, openEther, "reserved ether");
        assertEq(tokens, openTokens, "reserved tokens");
        assertEq(owed, 0, "I2: nothing is owed");
        assertFalse(world.short(), "I2: refilled in full");
        assertFalse(world.overCover(), "I2: covered when made");
        assertEq(world.heldByExits(address(0)), fast_.balance, "I5 of exits");
        assertEq(world.heldByRegistry(address(0)), stakes_.balance, "I5 of the registry");
        assertEq(
            world.heldByExits(token_) + world.heldByRegistry(token_),
            StakeToken(token_).balanceOf(fast_) +
                StakeToken(token_).balanceOf(stakes_) +
                // What was seized stands in both books until it is collected.
                StakeRegistryBooks(stakes_).seized(fast_, token_),
            "I5 of tokens"
        );
        (uint256 found, uint256 expected) = world.locks();
        assertEq(found, expected, "locks");
    }

    /// The sums at the end of a run, for `-vv`.
    function afterInvariant() external {
        (address portal_, address fast_, address stakes_, address token_, address bridge_, uint256 locked) = world
            .world();
        emit log_named_uint("portal, wei", portal_.balance);
        emit log_named_uint("paid for right claims, wei", world.paidRight());
        emit log_named_uint("exits hold, wei", fast_.balance);
        emit log_named_uint("of it owed to somebody, wei", world.heldByExits(address(0)));
        emit log_named_uint("registry holds, wei", stakes_.balance);
        emit log_named_uint("of it owed to somebody, wei", world.heldByRegistry(address(0)));
        emit log_named_uint("burned, wei", address(0xdEaD).balance);
        emit log_named_uint("bridge holds, tokens", StakeToken(token_).balanceOf(bridge_));
        emit log_named_uint("of it locked for L2, tokens", locked);
    }
}

interface StakeToken {
    function balanceOf(address account) external view returns (uint256);
}

interface StakeRegistryBooks {
    function seized(address slasher, address asset) external view returns (uint256);
}
