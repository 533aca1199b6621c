// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ChallengeTree} from "../../src-sol/l1/ChallengeTree.sol";
import {IAssertionGame} from "../../src-sol/l1/interfaces/IAssertionGame.sol";
import {IChallengeTree} from "../../src-sol/l1/interfaces/IChallengeTree.sol";
import {IDisputeGame} from "../../src-sol/l1/interfaces/IDisputeGame.sol";
import {MachineState, MachineStates} from "../../src-sol/proving/MachineState.sol";
import {GameStatus} from "../../src-sol/shared/Types.sol";
import {Dispute} from "../base/Dispute.sol";

/// @notice A commitment that somebody made, right or not.
struct Made {
    uint8 level;
    bytes32 top;
    uint256 block_;
    uint256 span;
    bytes32[] leaves;
}

/// @notice Liars that claim, bisect and refine at random about one batch, and one honest player who looks in every few seconds. What liars try and what
/// is refused is discarded: forge counts it as such, and draws another.
contract Arena is Dispute {
    using MachineStates for MachineState;

    address private constant HONEST = address(0x4041e57);

    /// @dev Seconds between two looks of the honest player. Ten answers, one for each level and height and the claim, take less than the period.
    uint256 private constant LOOK = 9;

    Made[] private _made;
    IAssertionGame[] public games;
    uint256 public staked;
    uint256 public paid;
    uint256 public burnedBefore;
    bool public panicked;

    constructor() {
        setUp();
        burnedBefore = BURN.balance;
        vm.deal(HONEST, 1_000 ether);
    }

    function count() external view returns (uint256) {
        return games.length;
    }

    function players() public pure returns (address[4] memory) {
        return [address(0xa11ce000), address(0xa11ce001), address(0xa11ce002), HONEST];
    }

    function world() external view returns (ChallengeTree, bytes32) {
        return (tree, _rootOf(_rightLeaves()));
    }

    // --- liars

    function _liar(uint256 seed) private returns (address liar) {
        liar = address(uint160(0xa11ce000 + (seed % 3)));
        vm.deal(liar, 1_000 ether);
    }

    /// A history that is wrong from some block on.
    function claim(uint256 seed, uint8 from, uint8 lie) external {
        bytes32[] memory leaves = _wrong(from % 4, bytes32(uint256(lie % 8)));
        _claim(_liar(seed), leaves);
    }

    function _claim(address who, bytes32[] memory leaves) private {
        bytes memory data = _data(NO_PARENT, leaves);
        vm.prank(who);
        try factory.create{value: ASSERTION_BOND}(0, leaves[3], data) returns (IDisputeGame game) {
            games.push(IAssertionGame(address(game)));
            staked += ASSERTION_BOND;
            _made.push(Made(0, IAssertionGame(address(game)).tournament(), 0, 0, leaves));
        } catch (bytes memory reason) {
            _refused(reason);
        }
    }

    /// The highest edge that can be bisected on the way to some leaf of some commitment.
    function bisect(uint256 seed, uint256 which, uint8 position) external {
        vm.assume(_made.length != 0);
        for (uint256 i = 0; i < _made.length * 4; i++) {
            Made memory made = _made[((which % _made.length) + i / 4) % _made.length];
            if (_tryBisect(_liar(seed), made, ((position % 4) + i) % 4)) return;
        }
        vm.assume(false);
    }

    function _tryBisect(address who, Made memory made, uint256 position) private returns (bool) {
        for (uint256 height = 2; height > 0; height--) {
            bytes32 mutual = _mutualAt(made.top, made.leaves, position, height);
            IChallengeTree.Edge memory e = tree.edge(_id(mutual, _node(made.leaves, height, position >> height)));
            if (e.mover != address(0)) continue;
            if (!e.exists || tree.rivalry(mutual).rivalledAt == 0 || tree.winner(mutual) != 0) return false;
            _bisect(who, made.top, made.leaves, position, height);
            return true;
        }
        return false;
    }

    /// A refinement of some leaf, with what is false somewhere in it; under a right leaf too.
    function refine(uint256 seed, uint256 which, uint8 position, uint8 from) external {
        vm.assume(_made.length != 0);
        for (uint256 i = 0; i < _made.length * 4; i++) {
            Made memory made = _made[((which % _made.length) + i / 4) % _made.length];
            if (made.level == 2) continue;
            if (_tryRefine(_liar(seed), made, ((position % 4) + i) % 4, from % 4)) return;
        }
        vm.assume(false);
    }

    function _tryRefine(address who, Made memory made, uint256 position, uint256 from) private returns (bool) {
        bytes32 mutual = _mutualAt(made.top, made.leaves, position, 0);
        bytes32 leaf = made.leaves[position];
        if (!tree.edge(_id(mutual, leaf)).exists || tree.rivalry(mutual).rivalledAt == 0) return false;
        bytes32[] memory below =
            made.level == 0 ? _wrongSpans(position, from, leaf) : _wrongSteps(made.block_, position, from, leaf);
        MachineState memory last;
        if (made.level == 0) last = _falseEnd(position, leaf);
        bytes32 id = _id(_next(mutual), _rootOf(below));
        if (tree.edge(id).exists || tree.winner(mutual) != 0 || tree.winner(_next(mutual)) != 0) return false;
        IChallengeTree.Leaf memory at = _leaf(made.level, made.top, made.leaves, position);
        return _refineAs(who, made, at, below, last);
    }

    /// Free if it can be, else with a stake.
    function _refineAs(
        address who,
        Made memory made,
        IChallengeTree.Leaf memory at,
        bytes32[] memory below,
        MachineState memory last
    ) private returns (bool) {
        uint256 stake = made.level == 0 ? STAKE1 : STAKE2;
        uint256 credit = tree.credit(who);
        uint256 value = credit >= stake ? 0 : stake - credit;
        staked += value;
        bytes32[] memory proof = _lastProof(below);
        bytes32 root = _rootOf(below);
        vm.prank(who);
        try tree.refine{value: value}(at, root, proof, last) {
            bytes32 top = _next(_mutualAt(made.top, made.leaves, at.position, 0));
            uint256 block_ = made.level == 0 ? at.position : made.block_;
            _made.push(Made(made.level + 1, top, block_, made.level == 0 ? 0 : at.position, below));
            return true;
        } catch (bytes memory reason) {
            staked -= value;
            if (bytes4(reason) == bytes4(keccak256("Panic(uint256)"))) panicked = true;
            return false;
        }
    }

    // --- the honest player

    /// Time, in small pieces: after each the honest player looks.
    function wait(uint8 pieces) external {
        for (uint256 i = 0; i < 1 + (pieces % 12); i++) {
            vm.roll(block.number + 1);
            vm.warp(block.timestamp + LOOK);
            _look();
        }
    }

    function _look() private {
        if (games.length == 0) return;
        bytes32 top = games[0].tournament();
        bytes32[] memory leaves = _rightLeaves();
        if (tree.winner(top) == 0 && !tree.edge(_id(top, _rootOf(leaves))).exists) _claim(HONEST, leaves);
        _defend(Made(0, top, 0, 0, leaves), 2, 0);
        for (uint256 i = 0; i < games.length; i++) {
            if (games[i].status() != GameStatus.IN_PROGRESS || games[i].rootClaim() != leaves[3]) continue;
            try games[i].resolve() {} catch (bytes memory reason) {
                if (bytes4(reason) == bytes4(keccak256("Panic(uint256)"))) panicked = true;
            }
        }
    }

    /// One answer for each edge that waits for one, and timers from below.
    function _defend(Made memory made, uint256 height, uint256 index) private {
        uint256 position = index << height;
        bytes32 mutual = _mutualAt(made.top, made.leaves, position, height);
        bytes32 root = _node(made.leaves, height, index);
        IChallengeTree.Edge memory e = tree.edge(_id(mutual, root));
        if (!e.exists) return;
        if (tree.rivalry(mutual).rivalledAt != 0) {
            if (height == 0) {
                _answerLeaf(made, position, mutual, e);
            } else if (e.mover == address(0)) {
                _bisect(HONEST, made.top, made.leaves, position, height);
            } else {
                _defend(made, height - 1, 2 * index);
                _defend(made, height - 1, 2 * index + 1);
                IChallengeTree.Update[] memory u = new IChallengeTree.Update[](1);
                u[0] = IChallengeTree.Update(
                    mutual,
                    root,
                    _node(made.leaves, height - 1, 2 * index),
                    _node(made.leaves, height - 1, 2 * index + 1)
                );
                // Where the level was closed before, nothing was bisected.
                if (tree.edge(_id(mutual, root)).mover != address(0)) tree.update(u);
                return;
            }
        }
        _updateAlone(mutual, root);
    }

    function _answerLeaf(Made memory made, uint256 position, bytes32 mutual, IChallengeTree.Edge memory e) private {
        if (made.level == 2) {
            if (e.mover == address(0))
                _prove(
                    HONEST,
                    _leaf(2, made.top, made.leaves, position),
                    _stateAt(made.block_, 4 * made.span + position)
                );
            return;
        }
        bytes32[] memory below = made.level == 0 ? _rightSpans(position) : _rightSteps(made.block_, position);
        bytes32 next = _next(mutual);
        if (!tree.edge(_id(next, _rootOf(below))).exists) {
            if (tree.winner(mutual) != 0 || tree.winner(next) != 0) return;
            MachineState memory last;
            if (made.level == 0) last = _stateAt(position, 16);
            _refineAs(HONEST, made, _leaf(made.level, made.top, made.leaves, position), below, last);
            return;
        }
        Made memory inner = Made(
            made.level + 1,
            next,
            made.level == 0 ? position : made.block_,
            made.level == 0 ? 0 : position,
            below
        );
        _defend(inner, 2, 0);
    }

    // --- what follows

    function end(uint256 which) external {
        vm.assume(games.length != 0);
        for (uint256 i = 0; i < games.length; i++) {
            IAssertionGame game = games[((which % games.length) + i) % games.length];
            if (game.status() != GameStatus.IN_PROGRESS) continue;
            try game.resolve() {
                return;
            } catch (bytes memory reason) {
                if (bytes4(reason) == bytes4(keccak256("Panic(uint256)"))) panicked = true;
            }
        }
        vm.assume(false);
    }

    function slash(uint256 which) external {
        vm.assume(_made.length != 0);
        for (uint256 i = 0; i < _made.length; i++) {
            Made memory made = _made[((which % _made.length) + i) % _made.length];
            bytes32 won = tree.winner(made.top);
            if (made.level == 0 || won == 0 || won == _id(made.top, _rootOf(made.leaves))) continue;
            tree.slash(made.top, _rootOf(made.leaves));
            return;
        }
        vm.assume(false);
    }

    function take(uint256 which) external {
        vm.assume(_made.length != 0);
        for (uint256 i = 0; i < _made.length; i++) {
            Made memory made = _made[((which % _made.length) + i) % _made.length];
            try tree.claimStake(made.top, _rootOf(made.leaves)) {
                return;
            } catch (bytes memory reason) {
                if (bytes4(reason) == bytes4(keccak256("Panic(uint256)"))) panicked = true;
            }
        }
        vm.assume(false);
    }

    function reward(uint8 position) external {
        vm.assume(games.length != 0);
        try tree.reward(games[0].tournament(), _pathTo(_rightLeaves(), position % 4)) {} catch {
            try tree.reward(games[0].tournament(), new IChallengeTree.Step[](0)) {} catch (bytes memory reason) {
                _refused(reason);
            }
        }
    }

    function close() external {
        vm.assume(games.length != 0);
        try tree.close(games[0].tournament()) {} catch (bytes memory reason) {
            _refused(reason);
        }
    }

    function pay(uint256 which) external {
        for (uint256 i = 0; i < 4; i++) {
            address player = players()[((which % 4) + i) % 4];
            uint256 amount = tree.credit(player);
            if (amount == 0) continue;
            tree.claimCredit(player);
            paid += amount;
            return;
        }
        vm.assume(false);
    }

    function _refused(bytes memory reason) private {
        if (bytes4(reason) == bytes4(keccak256("Panic(uint256)"))) panicked = true;
        vm.assume(false);
    }

    // --- what must hold

    /// What is held for somebody: credit, pot, stakes and bonds.
    function owed() external view returns (uint256 sum) {
        for (uint256 i = 0; i < 4; i++) sum += tree.credit(players()[i]);
        if (games.length != 0) sum += tree.tournament(games[0].tournament()).pot;
        uint256[3] memory stakes = [ASSERTION_BOND, STAKE1, STAKE2];
        for (uint256 i = 1; tree.rootEdge(i).maker != address(0); i++)
            if (tree.rootEdge(i).stake == IChallengeTree.StakeStatus.Held) sum += stakes[tree.rootEdge(i).level];
    }

    /// A wrong commitment under a right one, or a wrong claim, that won; and a right one that cannot.
    function wrongWinner() external view returns (bool) {
        bytes32[] memory leaves = _rightLeaves();
        for (uint256 i = 0; i < _made.length; i++) {
            Made memory made = _made[i];
            if (made.level != 0) continue;
            bytes32 won = tree.winner(made.top);
            if (won != 0 && won != _id(made.top, _rootOf(leaves))) return true;
        }
        return false;
    }

    /// The honest player lost a stake.
    function honestLost() external view returns (bool) {
        for (uint256 i = 1; tree.rootEdge(i).maker != address(0); i++) {
            IChallengeTree.Root memory r = tree.rootEdge(i);
            if (r.maker == HONEST && r.stake == IChallengeTree.StakeStatus.Lost) return true;
        }
        return false;
    }
}

contract DisputeInvariantsTest is Dispute {
    Arena private arena;

    function setUp() public override {
        arena = new Arena();
        targetContract(address(arena));
        excludeSelector(address(arena), Dispute.setUp.selector);
    }

    /// Every wei that came in is owed to somebody, was paid out or was burned, and what is owed is there. With an honest player that answers in time
    /// nothing wrong is accepted, and it loses nothing. No timer, count or balance ever underflows.
    /// forge-config: default.invariant.runs = 8
    function invariant_theHonestPlayerWinsAndNoWeiIsLost() external view {
        (ChallengeTree tree_, bytes32 right_) = arena.world();
        uint256 burned = BURN.balance - arena.burnedBefore();
        assertEq(address(tree_).balance + arena.paid() + burned, arena.staked(), "in and out");
        assertEq(arena.owed(), address(tree_).balance, "owed");
        for (uint256 i = 0; i < arena.count(); i++) {
            IAssertionGame game = arena.games(i);
            assertFalse(game.status() == GameStatus.DEFENDER_WINS && game.history() != right_, "accepted");
        }
        assertFalse(arena.wrongWinner(), "confirmed");
        assertFalse(arena.honestLost(), "slashed");
        assertFalse(arena.panicked(), "panic");
    }
}
