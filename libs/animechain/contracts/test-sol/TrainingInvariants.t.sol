// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Test} from "@animechain/testing/Test.sol";
import {Commitment, Demand, Opening, TrainingLeaf, TrainingStatus} from "../src-sol/interfaces/ITrainingCommit.sol";
import {TrainingCommit} from "../src-sol/TrainingCommit.sol";
import {TrainingSetup} from "./TrainingSetup.sol";
import {Tree, Trees} from "./Trees.sol";

/// @notice Commits, good and bad, challenges, demands, answers, and lets time pass. Knows which commitment is bad.
contract TrainingWorld is TrainingSetup {
    using Trees for Tree;

    uint256 private constant NUMBER = 4;

    mapping(uint256 id => bool) public bad;
    mapping(uint256 id => uint256) public bondOf;
    /// @dev Everything that came in, and that went out.
    uint256 public paidIn;
    uint256 public paidOut;

    function setUp() public override {
        super.setUp();
        _items(NUMBER);
    }

    /// @dev Leaf 2 of a bad one names a consent that is not there.
    function _tree(bool wrong) private view returns (TrainingLeaf[] memory leaves, Tree memory tree) {
        leaves = new TrainingLeaf[](NUMBER);
        uint256[] memory weights = new uint256[](NUMBER);
        for (uint256 i = 0; i < NUMBER; i++) {
            bytes32 item = consents.itemOf(PROVIDER, bytes32(i + 1));
            leaves[i] = TrainingLeaf(uint64(i), item, wrong && i == 2 ? 1_000 : i + 1, uint32(i + 1));
            weights[i] = (i + 1) << (64 * i);
        }
        tree = Trees.build(leaves, weights);
    }

    function _open(uint256 id, uint64 position) private view returns (Opening memory) {
        (TrainingLeaf[] memory leaves, Tree memory tree) = _tree(bad[id]);
        return tree.open(leaves[position], position);
    }

    /// @dev The newest that are open, so that moves meet.
    function _pick(uint256 draw, TrainingStatus status) private view returns (uint256) {
        uint256 count = training.count();
        for (uint256 i = 0; i < 8 && i < count; i++) {
            uint256 id = count - (((draw % 8) + i) % (count < 8 ? count : 8));
            if (training.statusOf(id) == status) return id;
        }
        return 0;
    }

    function commit(bool wrong, uint256 amount) external {
        amount = bound(amount, 100, 1e5);
        vm.prank(GOVERNANCE);
        training.setBond(token, amount);
        (, Tree memory tree) = _tree(wrong);
        uint256 id = _commit(tree);
        (bad[id], bondOf[id]) = (wrong, amount);
        paidIn += amount;
    }

    function challenge(uint256 draw) external {
        uint256 id = _pick(draw, TrainingStatus.Open);
        vm.assume(id != 0 && block.timestamp < training.commitmentOf(id).endsAt);
        Opening memory opening = _open(id, 2);
        vm.prank(CHALLENGER);
        (bool held, ) = address(training).call(abi.encodeCall(training.challenge, (id, opening)));
        assertEq(held, bad[id], "a challenge holds against a bad one, and not against a good one");
    }

    function demand(uint256 draw, uint64 position) external {
        uint256 id = _pick(draw, TrainingStatus.Open);
        position = uint64(bound(position, 0, NUMBER - 1));
        vm.assume(id != 0 && block.timestamp <= training.commitmentOf(id).endsAt - 2 days);
        vm.assume(training.demandOf(id, position).demander == address(0));
        vm.prank(CHALLENGER);
        training.demand(id, position);
        paidIn += training.demandOf(id, position).stake;
    }

    function answer(uint256 draw, uint64 position) external {
        uint256 id = _pick(draw, TrainingStatus.Open);
        position = uint64(bound(position, 0, NUMBER - 1));
        Demand memory wanted = training.demandOf(id, position);
        vm.assume(id != 0 && !wanted.settled && block.timestamp <= wanted.until && !(bad[id] && position == 2));
        training.answer(id, _open(id, position), 0, new bytes32[](0));
    }

    function expire(uint256 draw, uint64 position) external {
        uint256 id = _pick(draw, TrainingStatus.Open);
        position = uint64(bound(position, 0, NUMBER - 1));
        Demand memory wanted = training.demandOf(id, position);
        vm.assume(id != 0 && wanted.demander != address(0) && !wanted.settled && block.timestamp > wanted.until);
        training.expire(id, position);
    }

    function reclaim(uint256 draw, uint64 position) external {
        uint256 id = _pick(draw, TrainingStatus.Tainted);
        position = uint64(bound(position, 0, NUMBER - 1));
        Demand memory wanted = training.demandOf(id, position);
        vm.assume(id != 0 && wanted.demander != address(0) && !wanted.settled);
        training.reclaim(id, position);
    }

    function finalize(uint256 draw) external {
        uint256 id = _pick(draw, TrainingStatus.Open);
        vm.assume(id != 0);
        Commitment memory c = training.commitmentOf(id);
        vm.assume(block.timestamp + 1 days >= c.endsAt && c.openDemands == 0);
        if (block.timestamp < c.endsAt) vm.warp(c.endsAt);
        training.finalize(id);
    }

    function claim(uint256 draw) external {
        address account = [TRAINER, CHALLENGER, GOVERNANCE, PROVIDER][draw % 4];
        vm.assume(training.claimable(token, account) != 0);
        uint256 before = token.balanceOf(account);
        uint256 amount = training.claim(token, account);
        assertEq(token.balanceOf(account) - before, amount, "to the account itself");
        paidOut += amount;
    }

    function pass(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 1 minutes, 18 hours));
    }

    function parts() external view returns (TrainingCommit, IERC20) {
        return (training, token);
    }

    function accounts() external view returns (address[4] memory) {
        return [TRAINER, CHALLENGER, GOVERNANCE, PROVIDER];
    }
}

contract TrainingInvariantsTest is Test {
    TrainingWorld private world;
    TrainingCommit private training;
    IERC20 private token;

    function setUp() public {
        world = new TrainingWorld();
        world.setUp();
        (training, token) = world.parts();
        targetContract(address(world));
        bytes4[7] memory views = [
            world.setUp.selector,
            world.bad.selector,
            world.bondOf.selector,
            world.paidIn.selector,
            world.paidOut.selector,
            world.parts.selector,
            world.accounts.selector
        ];
        for (uint256 i = 0; i < 7; i++) excludeSelector(address(world), views[i]);
    }

    /// forge-config: default.invariant.runs = 8
    /// @dev What it holds is what came in less what went out, and is bonds, stakes, and what is owed, to the unit.
    function invariant_everyUnitIsSomebodys() public view {
        uint256 held = token.balanceOf(address(training));
        assertEq(held, world.paidIn() - world.paidOut(), "in less out");
        assertEq(held, training.total(token), "total");
        uint256 sum = 0;
        address[4] memory accounts = world.accounts();
        for (uint256 i = 0; i < 4; i++) sum += training.claimable(token, accounts[i]);
        for (uint256 id = 1; id <= training.count(); id++) {
            Commitment memory c = training.commitmentOf(id);
            assertEq(c.bond, c.status == TrainingStatus.Open ? world.bondOf(id) : 0, "bond");
            sum += c.bond;
            uint256 open = 0;
            for (uint64 position = 0; position < 4; position++) {
                Demand memory wanted = training.demandOf(id, position);
                if (wanted.demander == address(0) || wanted.settled) continue;
                sum += wanted.stake;
                open++;
            }
            assertEq(c.openDemands, open, "demands");
            if (c.status == TrainingStatus.Final) assertEq(open, 0, "final with nothing to show");
        }
        assertEq(sum, held, "bonds, stakes and credits");
    }
}
