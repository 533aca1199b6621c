// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {
    ERC7579Utils,
    Mode,
    ModePayload,
    ModeSelector
} from "@openzeppelin/contracts/account/utils/draft-ERC7579Utils.sol";
import {IGovernor} from "@openzeppelin/contracts/governance/IGovernor.sol";
import {IERC7786GatewaySource} from "@openzeppelin/contracts/interfaces/draft-IERC7786.sol";
import {InteroperableAddress} from "@openzeppelin/contracts/utils/draft-InteroperableAddress.sol";
import {Vm} from "@animechain/testing/Vm.sol";
import {L2ToL1MessagePasser} from "@animechain/rollup/l2/L2ToL1MessagePasser.sol";
import {InsuredClasses} from "@animechain/rollup/network/InsuredClasses.sol";
import {WithdrawalTransaction} from "@animechain/rollup/shared/Types.sol";
import {Bucket, Grant} from "../src-sol/interfaces/INativeToken.sol";
import {IL1Gateway} from "../src-sol/interfaces/IL1Gateway.sol";
import {IL2Gateway} from "../src-sol/interfaces/IL2Gateway.sol";
import {Governor} from "../src-sol/Governor.sol";
import {L1Executor} from "../src-sol/L1Executor.sol";
import {L1Gateway} from "../src-sol/L1Gateway.sol";
import {IPortal, L2Gateway} from "../src-sol/L2Gateway.sol";
import {NativeToken} from "../src-sol/NativeToken.sol";
import {Vesting} from "../src-sol/Vesting.sol";
import {House} from "./House.sol";
import {StandinPortal} from "./standins/StandinPortal.sol";
import {DeskRoyaltyVaults} from "./standins/DeskRoyaltyVaults.sol";

/// @notice Both ends, each of which names the other.
contract Ends {
    L2Gateway public onL1;
    L1Gateway public onL2;

    constructor(IPortal portal, uint256 l1ChainId) {
        address second = address(uint160(uint256(keccak256(abi.encodePacked(hex"d694", address(this), hex"02")))));
        onL1 = new L2Gateway(portal, second);
        onL2 = new L1Gateway(l1ChainId, address(onL1), 1_000_000);
    }
}

/// @notice A contract of L1 that governance owns.
contract Owned {
    address private immutable owner;
    uint256 public value;
    bool public isBroken;

    error NotOwner(address caller);
    error Broken();

    constructor(address owner_) {
        owner = owner_;
    }

    function setBroken(bool isBroken_) external {
        isBroken = isBroken_;
    }

    function set(uint256 value_) external {
        if (msg.sender != owner) revert NotOwner(msg.sender);
        if (isBroken) revert Broken();
        value = value_;
    }
}

/// @notice Lends tokens for the time of a call.
contract Lender {
    NativeToken private immutable token;

    constructor(NativeToken token_) {
        token = token_;
    }

    function flash(uint256 amount, address to, bytes calldata data) external returns (bool success) {
        token.transfer(to, amount);
        (success, ) = to.call(data);
        token.transferFrom(to, address(this), amount);
    }
}

contract GovernanceTest is House {
    uint256 private constant SUPPLY = 1_000_000_000e18;
    uint256 private constant L1_CHAIN = 900;
    address private constant VOTER = address(0xaaaa);
    address private constant OTHER = address(0xbbbb);

    NativeToken private token;
    Governor private governor;
    DeskRoyaltyVaults private vaults;
    Lender private lender;

    address[] private targets = [address(0)];
    uint256[] private values = [0];
    bytes[] private calls = [bytes("")];

    function _place() internal override {
        Grant[] memory grants = new Grant[](6);
        grants[0] = Grant(Bucket.Ecosystem, address(timelock), (SUPPLY * 30) / 100);
        grants[1] = Grant(Bucket.Ecosystem, address(0x1e4de2), (SUPPLY * 10) / 100);
        grants[2] = Grant(Bucket.Contributors, VOTER, (SUPPLY * 18) / 100);
        grants[3] = Grant(Bucket.Team, address(0x7ea), (SUPPLY * 16) / 100);
        grants[4] = Grant(Bucket.Backers, OTHER, (SUPPLY * 16) / 100);
        grants[5] = Grant(Bucket.Strategic, address(0x57a), (SUPPLY * 10) / 100);
        token = new NativeToken("Anima", "ANIMA", grants);
        governor = new Governor("Animechain Governor", token, timelock, 1_000_000e18);
        timelock.grantRole(timelock.PROPOSER_ROLE(), address(governor));
        timelock.grantRole(timelock.CANCELLER_ROLE(), address(governor));
        vaults = new DeskRoyaltyVaults(address(timelock));
        modules.place(keccak256("RoyaltyVaults"), address(vaults));
        lender = new Lender(token);
        vm.prank(address(0x1e4de2));
        token.transfer(address(lender), (SUPPLY * 10) / 100);
    }

    function setUp() public override {
        super.setUp();
        vm.prank(VOTER);
        token.delegate(VOTER);
        vm.prank(OTHER);
        token.delegate(OTHER);
        vm.warp(block.timestamp + 1);
    }

    function _propose(address target, bytes memory data, string memory description) private returns (uint256) {
        (targets[0], calls[0]) = (target, data);
        vm.prank(VOTER);
        return governor.propose(targets, values, calls, description);
    }

    function _vote(uint256 id, address voter, uint8 support) private {
        vm.prank(voter);
        governor.castVote(id, support);
    }

    /// @dev Proposes, votes and queues; the operation of the timelock.
    function _queue(address target, bytes memory data, string memory description) private returns (uint256, bytes32) {
        uint256 id = _propose(target, data, description);
        vm.warp(block.timestamp + 1 days + 1);
        _vote(id, VOTER, 1);
        vm.warp(governor.proposalDeadline(id) + 1);
        governor.queue(targets, values, calls, keccak256(bytes(description)));
        bytes32 salt = bytes20(address(governor)) ^ keccak256(bytes(description));
        return (id, timelock.hashOperationBatch(targets, values, calls, 0, salt));
    }

    function _execute(string memory description) private {
        governor.execute(targets, values, calls, keccak256(bytes(description)));
    }

    function test_tokensOfAFlashLoanHaveNoVote() public {
        uint256 id = _propose(address(council), "", "one");
        vm.warp(block.timestamp + 1 days + 1);
        // 10% of the supply, against the quorum of 4%, for the time of a transaction.
        assertTrue(
            lender.flash((SUPPLY * 10) / 100, address(this), abi.encodeCall(this.attack, (id))),
            "the attack itself runs"
        );
        assertEq(token.balanceOf(address(lender)), (SUPPLY * 10) / 100, "paid back");
        (uint256 against, uint256 forVotes, ) = governor.proposalVotes(id);
        assertEq(against + forVotes, 0, "the votes of the snapshot: none");
        vm.warp(governor.proposalDeadline(id) + 1);
        assertTrue(governor.state(id) == IGovernor.ProposalState.Defeated, "no quorum");
    }

    /// @notice Called by the lender with the loan.
    function attack(uint256 id) external {
        token.delegate(address(this));
        // Nor enough to propose.
        try governor.propose(targets, values, calls, "by a loan") returns (uint256) {
            revert Failed("proposed with a loan");
        } catch (bytes memory reason) {
            bytes memory expected = abi.encodeWithSelector(
                IGovernor.GovernorInsufficientProposerVotes.selector,
                address(this),
                0,
                1_000_000e18
            );
            assertEq(reason, expected, "no votes at the clock before");
        }
        assertEq(governor.castVote(id, 1), 0, "no weight");
        token.approve(address(lender), type(uint256).max);
    }

    function test_aQuorumThatComesLateExtendsTheVote() public {
        uint256 id = _propose(address(council), "", "late");
        uint256 deadline = governor.proposalDeadline(id);
        assertEq(deadline, block.timestamp + 8 days, "one day of delay, seven of voting");
        vm.warp(deadline - 1 hours);
        _vote(id, VOTER, 1);
        assertEq(governor.proposalDeadline(id), block.timestamp + 2 days, "two days to answer it");
        vm.warp(deadline + 1 days);
        _vote(id, OTHER, 0);
        assertEq(governor.proposalDeadline(id), deadline - 1 hours + 2 days, "extended once");
        vm.warp(deadline + 2 days);
        assertTrue(governor.state(id) == IGovernor.ProposalState.Succeeded, "18% against 16%");
        id = _propose(address(council), "", "early");
        deadline = governor.proposalDeadline(id);
        vm.warp(block.timestamp + 1 days + 1);
        _vote(id, OTHER, 1);
        assertEq(governor.proposalDeadline(id), deadline, "an early quorum extends nothing");
    }

    function test_rightsHoldersVetoARoyaltyChangeAndNotThePauseOfTheCouncil() public {
        _join(100, 12);
        bytes memory data = abi.encodeCall(vaults.listToken, (address(token), true));
        (uint256 id, bytes32 operation) = _queue(address(vaults), data, "list");
        for (uint256 i = 0; i < 10; i++) {
            vm.prank(_member(i));
            house.object(operation);
        }
        vm.warp(block.timestamp + 46 days);
        vm.expectRevert();
        _execute("list");
        assertFalse(vaults.isListed(address(token)), "stopped");
        for (uint256 i = 0; i < 6; i++) {
            vm.prank(address(uint160(0x1000 + i)));
            council.pause(keccak256("RoyaltyVaults"));
        }
        assertTrue(council.isPaused(keccak256("RoyaltyVaults")), "a security fix is not");
        assertTrue(governor.state(id) == IGovernor.ProposalState.Queued, "queued");
        timelock.dismiss(operation);
        assertTrue(governor.state(id) == IGovernor.ProposalState.Canceled, "cancelled");
        // Its members had 90 days to leave: now it can be delayed, not blocked.
        vm.warp(block.timestamp + 90 days);
        (, operation) = _queue(address(vaults), data, "list, once more");
        for (uint256 i = 0; i < 20; i++) {
            vm.prank(_member(i));
            house.object(operation);
        }
        vm.warp(block.timestamp + 45 days);
        _execute("list, once more");
        assertTrue(vaults.isListed(address(token)), "governance is not stopped for ever");
    }

    function test_aProposalIsCarriedOutAfterFiveDays() public {
        _join(3, 12);
        bytes memory data = abi.encodeCall(house.setIssuer, (OTHER, 5));
        (uint256 id, ) = _queue(address(house), data, "issuer");
        uint256 start = block.timestamp;
        vm.warp(start + 5 days - 1);
        vm.expectRevert();
        _execute("issuer");
        vm.warp(start + 5 days);
        _execute("issuer");
        (uint32 perEpoch, , ) = house.issuers(OTHER);
        assertEq(perEpoch, 5, "done");
        assertTrue(governor.state(id) == IGovernor.ProposalState.Executed, "executed");
    }

    function _onL1() private returns (StandinPortal portal, Ends ends, L1Executor executor, Owned owned) {
        vm.etch(0x4200000000000000000000000000000000000016, type(L2ToL1MessagePasser).runtimeCode);
        portal = new StandinPortal();
        ends = new Ends(IPortal(address(portal)), L1_CHAIN);
        executor = new L1Executor(ends.onL1(), block.chainid, address(governor));
        owned = new Owned(address(executor));
    }

    /// @dev Lets governance send a call to L1; the withdrawal that it becomes.
    function _send(
        Ends ends,
        address executor,
        address target,
        bytes memory data
    ) private returns (WithdrawalTransaction memory w) {
        Mode mode = ERC7579Utils.encodeMode(
            ERC7579Utils.CALLTYPE_SINGLE,
            ERC7579Utils.EXECTYPE_DEFAULT,
            ModeSelector.wrap(0),
            ModePayload.wrap(0)
        );
        bytes memory call = abi.encodePacked(target, uint256(0), data);
        bytes memory to = InteroperableAddress.formatEvmV1(L1_CHAIN, executor);
        _queue(
            address(governor),
            abi.encodeCall(governor.relayCrosschain, (address(ends.onL2()), to, mode, call)),
            "L1"
        );
        vm.warp(block.timestamp + 5 days);
        vm.recordLogs();
        _execute("L1");
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; i++) {
            if (logs[i].topics[0] != L2ToL1MessagePasser.MessagePassed.selector) continue;
            (w.nonce, w.sender) = (uint256(logs[i].topics[1]), address(uint160(uint256(logs[i].topics[2]))));
            w.target = address(uint160(uint256(logs[i].topics[3])));
            (w.value, w.gasLimit, w.data, ) = abi.decode(logs[i].data, (uint256, uint256, bytes, bytes32));
        }
        assertEq(w.target, address(ends.onL1()), "a withdrawal to the other end");
    }

    function test_governanceActsOnL1ByTheSlowWayOnly() public {
        (StandinPortal portal, Ends ends, L1Executor executor, Owned owned) = _onL1();
        WithdrawalTransaction memory w = _send(ends, address(executor), address(owned), abi.encodeCall(owned.set, (7)));
        InsuredClasses.Known memory known = InsuredClasses.Known(
            address(portal),
            address(1),
            address(2),
            address(3),
            address(4),
            address(5)
        );
        vm.expectRevert(InsuredClasses.InsuredClasses_NotInsured.selector);
        this.classify(w, known);
        // Not even if the end on L1 were what the classes know.
        known.messenger = w.target;
        vm.expectRevert(InsuredClasses.InsuredClasses_NotInsured.selector);
        this.classify(w, known);
        assertTrue(portal.finalize(w), "finalised");
        assertEq(owned.value(), 7, "done on L1");
        w.sender = OTHER;
        assertFalse(portal.finalize(w), "another sender on L2 is refused");
        (bytes memory sender, bytes memory payload) = ("", "");
        L2Gateway onL1 = ends.onL1();
        vm.expectRevert(abi.encodeWithSelector(IL2Gateway.L2Gateway_Unauthorized.selector, address(this), address(0)));
        onL1.deliver(0, sender, address(executor), payload);
        vm.expectRevert(abi.encodeWithSelector(IL2Gateway.L2Gateway_Unauthorized.selector, address(this), address(0)));
        onL1.sendMessage("", "", new bytes[](0));
    }

    /// @notice Gives the library calldata.
    function classify(WithdrawalTransaction calldata w, InsuredClasses.Known calldata known) external pure {
        InsuredClasses.classify(w, known);
    }

    function test_whatFailsOnL1IsTriedAgain() public {
        (StandinPortal portal, Ends ends, L1Executor executor, Owned owned) = _onL1();
        WithdrawalTransaction memory w = _send(ends, address(executor), address(owned), abi.encodeCall(owned.set, (7)));
        owned.setBroken(true);
        assertTrue(portal.finalize(w), "the withdrawal is final");
        assertEq(owned.value(), 0, "the call failed");
        (bytes32 id, bytes memory sender, address recipient, bytes memory payload) = this.parts(w.data);
        L2Gateway onL1 = ends.onL1();
        onL1.retry(id, sender, recipient, payload);
        assertEq(owned.value(), 0, "and again");
        owned.setBroken(false);
        vm.expectRevert(abi.encodeWithSelector(IL2Gateway.L2Gateway_NotWaiting.selector, id));
        onL1.retry(id, sender, recipient, abi.encodePacked(payload, "x"));
        onL1.retry(id, sender, recipient, payload);
        assertEq(owned.value(), 7, "until it does not");
        vm.expectRevert(abi.encodeWithSelector(IL2Gateway.L2Gateway_NotWaiting.selector, id));
        onL1.retry(id, sender, recipient, payload);
    }

    /// @notice What a withdrawal delivers.
    function parts(bytes calldata data) external pure returns (bytes32, bytes memory, address, bytes memory) {
        return abi.decode(data[4:], (bytes32, bytes, address, bytes));
    }

    function test_onlyTheGovernorMovesTheExecutor() public {
        (StandinPortal portal, Ends ends, L1Executor executor, Owned owned) = _onL1();
        vm.recordLogs();
        // Anyone sends; the executor obeys one.
        Mode mode = Mode.wrap(0);
        bytes memory payload = abi.encodePacked(
            mode,
            abi.encodePacked(address(owned), uint256(0), abi.encodeCall(owned.set, (7)))
        );
        bytes memory to = InteroperableAddress.formatEvmV1(L1_CHAIN, address(executor));
        L1Gateway onL2 = ends.onL2();
        onL2.sendMessage(to, payload, new bytes[](0));
        Vm.Log[] memory logs = vm.getRecordedLogs();
        WithdrawalTransaction memory w;
        (w.sender, w.target) = (address(onL2), address(ends.onL1()));
        (, , w.data, ) = abi.decode(logs[1].data, (uint256, uint256, bytes, bytes32));
        portal.finalize(w);
        assertEq(owned.value(), 0, "not this contract");
        vm.expectRevert(abi.encodeWithSelector(IL1Gateway.L1Gateway_WrongChain.selector, 901, L1_CHAIN));
        onL2.sendMessage(InteroperableAddress.formatEvmV1(901, address(1)), payload, new bytes[](0));
        vm.expectRevert(abi.encodeWithSelector(IERC7786GatewaySource.UnsupportedAttribute.selector, bytes4("abcd")));
        bytes[] memory attributes = new bytes[](1);
        attributes[0] = "abcd";
        onL2.sendMessage(to, payload, attributes);
        vm.deal(address(this), 1);
        vm.expectRevert(abi.encodeWithSelector(IL1Gateway.L1Gateway_Value.selector, 1));
        onL2.sendMessage{value: 1}(to, payload, new bytes[](0));
        assertFalse(onL2.supportsAttribute("abcd"), "no attribute");
    }

    function test_whatIsLockedHasNoVote() public {
        Vesting vesting = new Vesting(OTHER, uint64(block.timestamp), 4 * 365 days, 365 days);
        vm.prank(VOTER);
        token.transfer(address(vesting), 1_000e18);
        uint256 start = block.timestamp;
        vm.warp(start + 365 days - 1);
        assertEq(vesting.releasable(address(token)), 0, "nothing before the cliff");
        assertEq(token.getVotes(OTHER), (SUPPLY * 16) / 100, "no vote of what is locked");
        vm.warp(start + 365 days);
        vesting.release(address(token));
        assertEq(token.getVotes(OTHER), (SUPPLY * 16) / 100 + 250e18, "a quarter at the cliff, with votes");
        vm.warp(start + 4 * 365 days);
        vesting.release(address(token));
        assertEq(token.balanceOf(address(vesting)), 0, "all in the end");
        vm.prank(OTHER);
        vm.expectRevert(Vesting.Vesting_NeedsBeneficiary.selector);
        vesting.renounceOwnership();
    }
}
