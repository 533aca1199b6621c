// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {MachineState, MachineStates} from "../proving/MachineState.sol";
import {IOneStepProver} from "../proving/interfaces/IOneStepProver.sol";
import {ISemver} from "../shared/ISemver.sol";
import {GameStatus} from "../shared/Types.sol";
import {AssertionGame} from "./AssertionGame.sol";
import {IAnchorStateRegistry} from "./interfaces/IAnchorStateRegistry.sol";
import {IAssertionGame} from "./interfaces/IAssertionGame.sol";
import {IChallengeTree} from "./interfaces/IChallengeTree.sol";
import {IDisputeGame} from "./interfaces/IDisputeGame.sol";
import {IDisputeGameFactory} from "./interfaces/IDisputeGameFactory.sol";
import {IInbox} from "./interfaces/IInbox.sol";

/// @title ChallengeTree
/// @notice See IChallengeTree. It has no owner and no proxy: another set of rules is another tree, of another game type.
///
/// What an edge binds is hashed into its mutual on the way down, so that little of it has to be stored: a move that needs an edge's place or
/// what stands to the left of it shows the way down again.
contract ChallengeTree is IChallengeTree, ISemver {
    using MachineStates for MachineState;

    /// @notice An edge as it is stored, in one slot.
    /// @param mover See IChallengeTree.
    /// @param time See IChallengeTree, seconds.
    /// @param top See IChallengeTree.
    /// @param place Level times 64, plus the height.
    /// @param flags EXISTS and so on.
    struct Node {
        address mover;
        uint40 time;
        uint40 top;
        uint8 place;
        uint8 flags;
    }

    /// @dev Flags of a node.
    uint8 private constant EXISTS = 1;
    uint8 private constant FIRST = 2;
    uint8 private constant REWARDED = 4;
    uint8 private constant FREE_USED = 8;

    /// @dev Nobody has the key of this address.
    address private constant BURN = 0x000000000000000000000000000000000000dEaD;

    /// @dev What tells apart the children of an edge, see docs/spec/game.md, section 2.
    uint256 private constant LOWER = 1;
    uint256 private constant UPPER = 2;
    uint256 private constant REFINED = 3;

    /// @dev Levels; the last has the steps of the machine.
    uint8 private constant BLOCKS = 0;
    uint8 private constant SPANS = 1;
    uint8 private constant STEPS = 2;

    /// @dev What the parts of `_rewards` are for.
    uint256 private constant ASSERT = 0;
    uint256 private constant BISECT = 1;
    uint256 private constant REFINE = 2;
    uint256 private constant PROVE = 3;

    /// @notice Timer of an edge that is proven.
    uint40 public constant UNBOUNDED = type(uint40).max;

    /// @notice One part in this many of what is lost is burned, rounded up.
    uint256 public constant BURN_DIVISOR = 5;

    /// @notice Longest challenge period, seconds: beyond it funds would be locked.
    uint64 public constant MAX_PERIOD = 60 days;

    /// @notice Greatest depth of a level.
    uint8 public constant MAX_HEIGHT = 32;

    /// @notice Least bond and stake, wei: without one, junk would cost nothing.
    uint256 public constant MIN_BOND = 0.001 ether;

    /// @notice Largest bond and stake, wei: nobody could pay more.
    uint256 public constant MAX_BOND = 1_000 ether;

    /// @inheritdoc ISemver
    string public constant version = "1.0.0";

    /// @inheritdoc IChallengeTree
    IAssertionGame public immutable game;

    /// @inheritdoc IChallengeTree
    uint64 public immutable challengePeriod;

    /// @inheritdoc IChallengeTree
    uint256 public immutable assertionBond;

    IDisputeGameFactory private immutable _factory;
    IAnchorStateRegistry private immutable _registry;
    IInbox private immutable _inbox;
    IOneStepProver private immutable _prover;
    bytes32 private immutable _clonePrefix;
    uint32 private immutable _gameType;
    uint8 private immutable _blocksHeight;
    uint8 private immutable _spansHeight;
    uint8 private immutable _stepsHeight;
    uint64 private immutable _interval;
    uint256 private immutable _spansStake;
    uint256 private immutable _stepsStake;
    uint256 private immutable _assertReward;
    uint256 private immutable _bisectReward;
    uint256 private immutable _refineReward;
    uint256 private immutable _proveReward;
    bytes32 private immutable _codeRoot;
    bytes32 private immutable _ramRoot;
    uint32 private immutable _pages;
    bytes32 private immutable _rulesHash;

    /// @inheritdoc IChallengeTree
    mapping(address => uint256) public credit;

    mapping(bytes32 => Node) private _edges;
    mapping(bytes32 => Rivalry) private _rivalries;
    mapping(uint40 => Root) private _roots;
    mapping(bytes32 => Origin) private _origins;
    mapping(bytes32 => Tournament) private _tournaments;

    /// @dev The first confirmed root edge, by the number that stands for its mutual.
    mapping(uint40 => bytes32) private _winners;
    uint40 private _rootCount;

    /// @dev Whether the ether of this call was credited before, by the batch that it is part of.
    bool private transient _inBatch;

    /// @dev Credits what was sent along, once for a whole batch.
    modifier funded() {
        if (!_inBatch && msg.value > 0) credit[msg.sender] += msg.value;
        _;
    }

    /// @dev Refuses everybody but the assertions of this tree: clones of `game`, which the factory has initialised.
    modifier onlyGame() {
        bytes memory code = new bytes(45);
        assembly ("memory-safe") {
            extcodecopy(caller(), add(code, 32), 0, 45)
        }
        if (keccak256(code) != _clonePrefix) revert ChallengeTree_NotAGame(msg.sender);
        _;
    }

    /// @notice Fixes the rules, and creates the code of the assertions.
    /// @param p The rules.
    constructor(Parameters memory p) {
        _check(p);
        challengePeriod = p.challengePeriod;
        assertionBond = p.stakes[BLOCKS];
        _factory = p.factory;
        _registry = p.anchorStateRegistry;
        _inbox = p.inbox;
        _prover = p.prover;
        _gameType = p.gameType;
        _blocksHeight = p.heights[BLOCKS];
        _spansHeight = p.heights[SPANS];
        _stepsHeight = p.heights[STEPS];
        _interval = p.interval;
        _spansStake = p.stakes[SPANS];
        _stepsStake = p.stakes[STEPS];
        _assertReward = p.rewards[ASSERT];
        _bisectReward = p.rewards[BISECT];
        _refineReward = p.rewards[REFINE];
        _proveReward = p.rewards[PROVE];
        _codeRoot = p.codeRoot;
        _ramRoot = p.ramRoot;
        _pages = p.pages;
        _rulesHash = p.rulesHash;
        game = new AssertionGame(
            p.factory,
            p.anchorStateRegistry,
            p.inbox,
            p.gameType,
            p.challengePeriod,
            p.heights[BLOCKS],
            p.interval,
            p.stakes[BLOCKS]
        );
        // The code of a clone (ERC-1167), before its arguments.
        _clonePrefix = keccak256(
            abi.encodePacked(hex"363d3d373d3d3d363d73", address(game), hex"5af43d82803e903d91602b57fd5bf3")
        );
    }

    /// @inheritdoc IChallengeTree
    function open(bytes32 id, bytes32 root, address asserter) external payable onlyGame {
        if (msg.value != assertionBond) revert ChallengeTree_WrongBond(msg.value, assertionBond);
        bytes32 won = winner(id);
        if (won != 0) revert ChallengeTree_Closed(id, won);
        Tournament storage t = _tournaments[id];
        if (t.game == address(0)) t.game = msg.sender;
        (bytes32 edgeId, uint40 number) = _makeRoot(id, root, BLOCKS, asserter);
        _roots[number].parent = bytes32(uint256(uint160(msg.sender)));
        _roots[number].stake = StakeStatus.Held;
        emit Opened(id, msg.sender, edgeId, number);
    }

    /// @inheritdoc IChallengeTree
    function conclude(bytes32 id, bytes32 root, Outcome outcome) external onlyGame {
        emit Concluded(id, msg.sender, outcome);
        if (outcome == Outcome.Accepted) {
            Tournament storage t = _tournaments[id];
            (t.accepted, t.decidedAt) = (msg.sender, uint64(block.timestamp));
        }
        uint40 number = _edges[_hash(id, root)].top;
        Root storage r = _roots[number];
        // A refinement that it backs may have cost it the bond.
        if (r.stake != StakeStatus.Held) return;
        if (outcome == Outcome.Lost) {
            _lose(id, number, r);
        } else if (outcome == Outcome.Orphaned) {
            r.stake = StakeStatus.Lost;
            _burn(assertionBond);
        } else if (outcome == Outcome.Annulled || r.unconfirmed == 0) {
            _return(id, number, r);
        }
    }

    /// @inheritdoc IChallengeTree
    function multicall(bytes[] calldata calls) external payable funded {
        bool outermost = !_inBatch;
        _inBatch = true;
        for (uint256 i = 0; i < calls.length; i++) {
            (bool ok, bytes memory result) = address(this).delegatecall(calls[i]);
            if (!ok) {
                assembly ("memory-safe") {
                    revert(add(result, 32), mload(result))
                }
            }
        }
        if (outermost) _inBatch = false;
    }

    /// @inheritdoc IChallengeTree
    function bisect(bytes32 mutual, bytes32 left, bytes32 right) external payable funded {
        bytes32 id = _hash(mutual, _hash(left, right));
        Node storage e = _known(id);
        if (e.mover != address(0)) return;
        uint8 place = e.place;
        if (place % 64 == 0) revert ChallengeTree_NotDivisible(id);
        Rivalry memory r = _rivalries[mutual];
        if (r.rivalledAt == 0) revert ChallengeTree_NoRival(id);
        if (_winners[r.top] != 0) return;
        e.mover = msg.sender;
        uint40 top = e.top;
        _make(_lower(mutual), left, place - 1, top, r.top);
        _make(_upper(mutual, left), right, place - 1, top, r.top);
        emit Bisected(id, mutual, left, right, msg.sender);
    }

    /// @inheritdoc IChallengeTree
    function refine(
        Leaf calldata leaf,
        bytes32 root,
        bytes32[] calldata lastProof,
        MachineState calldata last
    ) external payable funded {
        if (leaf.level >= STEPS) revert ChallengeTree_WrongLevel(leaf.level);
        (bytes32 mutual, bytes32 parent) = _locate(leaf);
        bytes32 next = _hash(mutual, bytes32(REFINED));
        bytes32 id = _hash(next, root);
        if (_edges[id].flags != 0) return;
        Rivalry memory rivals = _rivalries[mutual];
        if (rivals.rivalledAt == 0) revert ChallengeTree_NoRival(parent);
        if (_winners[rivals.top] != 0 || winner(next) != 0) return;

        Origin storage begin = _origins[next];
        if (begin.tournament == 0) _begin(begin, leaf);
        _checkLast(leaf, root, lastProof, last, begin.start);
        _refine(parent, next, root, leaf.level + 1);
    }

    /// @inheritdoc IChallengeTree
    function prove(
        Leaf calldata leaf,
        MachineState calldata state,
        bytes32[] calldata proof,
        bytes calldata data
    ) external payable funded {
        if (leaf.level != STEPS) revert ChallengeTree_WrongLevel(leaf.level);
        (, bytes32 id) = _locate(leaf);
        Node storage e = _edges[id];
        if (e.mover != address(0)) return;
        bytes32 before = _before(leaf);
        bytes32 got = state.hash();
        if (got != before) revert ChallengeTree_WrongStateBefore(before, got);
        // Whatever makes this call fail, want of gas too, fails the move: nothing is recorded but the one next state.
        bytes32 next = _prover.step(state, proof, data);
        if (next != leaf.root) revert ChallengeTree_WrongStep(leaf.root, next);
        (e.mover, e.time) = (msg.sender, UNBOUNDED);
        emit Proven(id, msg.sender);
    }

    /// @inheritdoc IChallengeTree
    function update(Update[] calldata updates) external payable funded {
        for (uint256 i = 0; i < updates.length; i++) _update(updates[i]);
    }

    /// @inheritdoc IChallengeTree
    function slash(bytes32 mutual, bytes32 root) external payable funded {
        bytes32 id = _hash(mutual, root);
        uint40 number = _rootOf(id);
        Root storage r = _roots[number];
        bytes32 won = winner(mutual);
        if (number == 0 || r.level == BLOCKS || won == 0 || won == id) revert ChallengeTree_NotRefuted(id);
        if (r.backer != 0) {
            number = r.backer;
            r = _roots[number];
        }
        if (r.stake == StakeStatus.Held) _lose(_origins[mutual].tournament, number, r);
    }

    /// @inheritdoc IChallengeTree
    function claimStake(bytes32 mutual, bytes32 root) external payable funded {
        bytes32 id = _hash(mutual, root);
        uint40 number = _rootOf(id);
        Root storage r = _roots[number];
        if (r.stake != StakeStatus.Held) revert ChallengeTree_NoStake(id);
        bytes32 at = r.level == BLOCKS ? mutual : _origins[mutual].tournament;
        bool won = winner(mutual) == id && r.unconfirmed == 0;
        // The bond of an assertion that is not accepted has its way out with the end of that assertion.
        bool waits = r.level == BLOCKS && _tournaments[at].accepted != address(uint160(uint256(r.parent)));
        if (!won || waits) {
            uint256 end = waits ? type(uint256).max : _end(at, 3);
            if (block.timestamp < end) revert ChallengeTree_StakeBound(end);
        }
        _return(at, number, r);
    }

    /// @inheritdoc IChallengeTree
    function reward(bytes32 id, Step[] calldata path) external payable funded {
        if (!_decidedForGood(id)) revert ChallengeTree_NotDecided(id);
        bytes32 mutual = id;
        bytes32 root = IAssertionGame(_tournaments[id].accepted).history();
        _reward(id, mutual, root);
        for (uint256 i = 0; i < path.length; i++) {
            (mutual, root) = _follow(mutual, root, path[i]);
            _reward(id, mutual, root);
        }
    }

    /// @inheritdoc IChallengeTree
    function close(bytes32 id) external payable funded {
        uint256 end = _end(id, 4);
        if (block.timestamp < end) revert ChallengeTree_TooEarly(end);
        Tournament storage t = _tournaments[id];
        uint256 amount = t.pot;
        t.closed = true;
        t.pot = 0;
        emit Closed(id, amount);
        _burn(amount);
    }

    /// @inheritdoc IChallengeTree
    function discard(bytes32 id, address assertion) external payable funded {
        IAssertionGame barred = IAssertionGame(assertion);
        // Only an assertion of this tree has a root edge that says so.
        bytes32 edgeId = _hash(id, barred.history());
        Root storage r = _roots[_rootOf(edgeId)];
        if (r.parent != bytes32(uint256(uint160(assertion))) || !_registry.isGameBlacklisted(barred))
            revert ChallengeTree_NotBarred(assertion);
        if (r.barred) return;
        r.barred = true;
        uint40 top = _rivalries[id].top;
        if (_winners[top] == edgeId) _winners[top] = 0;
        Tournament storage t = _tournaments[id];
        if (t.accepted == assertion) (t.accepted, t.decidedAt) = (address(0), 0);
        emit Discarded(id, edgeId);
        if (r.stake != StakeStatus.Held || barred.status() == GameStatus.IN_PROGRESS) return;
        r.stake = StakeStatus.Lost;
        _burn(assertionBond);
    }

    /// @inheritdoc IChallengeTree
    function confirm(bytes32 mutual, bytes32 root) external returns (bool won, uint256 time) {
        bytes32 id = _hash(mutual, root);
        time = _timer(mutual, root);
        _confirm(mutual, id, time);
        won = time != 0 && winner(mutual) == id;
    }

    /// @inheritdoc IChallengeTree
    function claimCredit(address account) external {
        if (_inBatch) revert ChallengeTree_NotInBatch();
        uint256 amount = credit[account];
        if (amount == 0) revert ChallengeTree_NoCredit(account);
        credit[account] = 0;
        emit CreditClaimed(account, amount);
        (bool ok, ) = account.call{value: amount}("");
        if (!ok) revert ChallengeTree_TransferFailed(account);
    }

    /// @inheritdoc IChallengeTree
    function edge(bytes32 id) external view returns (Edge memory) {
        Node memory e = _edges[id];
        return
            Edge({
                mover: e.mover,
                time: e.time,
                top: e.top,
                level: e.place / 64,
                height: e.place % 64,
                exists: e.flags & EXISTS != 0,
                first: e.flags & FIRST != 0,
                rewarded: e.flags & REWARDED != 0,
                refined: e.flags & FREE_USED != 0
            });
    }

    /// @inheritdoc IChallengeTree
    function rivalry(bytes32 mutual) external view returns (Rivalry memory) {
        return _rivalries[mutual];
    }

    /// @inheritdoc IChallengeTree
    function rootEdge(uint256 number) external view returns (Root memory) {
        return _roots[uint40(number)];
    }

    /// @inheritdoc IChallengeTree
    function origin(bytes32 mutual) external view returns (Origin memory) {
        return _origins[mutual];
    }

    /// @inheritdoc IChallengeTree
    function tournament(bytes32 id) external view returns (Tournament memory) {
        return _tournaments[id];
    }

    /// @inheritdoc IChallengeTree
    function timer(bytes32 mutual, bytes32 root) external view returns (uint256) {
        return _timer(mutual, root);
    }

    /// @inheritdoc IChallengeTree
    function parameters() external view returns (Parameters memory) {
        return
            Parameters({
                factory: _factory,
                anchorStateRegistry: _registry,
                inbox: _inbox,
                prover: _prover,
                gameType: _gameType,
                challengePeriod: challengePeriod,
                heights: [_blocksHeight, _spansHeight, _stepsHeight],
                interval: _interval,
                stakes: [assertionBond, _spansStake, _stepsStake],
                rewards: [_assertReward, _bisectReward, _refineReward, _proveReward],
                codeRoot: _codeRoot,
                ramRoot: _ramRoot,
                pages: _pages,
                rulesHash: _rulesHash
            });
    }

    /// @inheritdoc IChallengeTree
    function winner(bytes32 mutual) public view returns (bytes32) {
        return _winners[_rivalries[mutual].top];
    }

    // --- edges

    /// @dev Makes an edge unless it is there. The second one with a mutual ends the time of the first.
    function _make(
        bytes32 mutual,
        bytes32 root,
        uint8 place,
        uint40 top,
        uint40 mutualTop
    ) private returns (bytes32 id) {
        id = _hash(mutual, root);
        Node storage e = _edges[id];
        if (e.flags != 0) return id;
        Rivalry storage r = _rivalries[mutual];
        bool first = r.firstAt == 0;
        if (first) (r.firstAt, r.top) = (uint40(block.timestamp), mutualTop);
        else if (r.rivalledAt == 0) r.rivalledAt = uint40(block.timestamp);
        (e.top, e.place, e.flags) = (top, place, first ? EXISTS | FIRST : EXISTS);
    }

    /// @dev Makes a root edge that is not there.
    function _makeRoot(
        bytes32 mutual,
        bytes32 root,
        uint8 level,
        address maker
    ) private returns (bytes32 id, uint40 number) {
        number = ++_rootCount;
        id = _make(mutual, root, level * 64 + _heightOf(level), number, number);
        (_roots[number].maker, _roots[number].level) = (maker, level);
    }

    /// @dev Number of a root edge; 0 if it is none.
    function _rootOf(bytes32 id) private view returns (uint40) {
        Node storage e = _edges[id];
        uint8 place = e.place;
        return e.flags == 0 || place % 64 != _heightOf(place / 64) ? 0 : e.top;
    }

    function _known(bytes32 id) private view returns (Node storage e) {
        e = _edges[id];
        if (e.flags == 0) revert ChallengeTree_UnknownEdge(id);
    }

    /// @dev Whether an edge is one that has its time from its refinements.
    function _isRefinable(uint8 place) private pure returns (bool) {
        return place % 64 == 0 && place / 64 != STEPS;
    }

    /// @dev The edge that a leaf names. Its mutual is a hash over the way down, so the way that leads to an edge that exists is the one it was
    /// made on.
    function _locate(Leaf calldata leaf) private view returns (bytes32 mutual, bytes32 id) {
        uint256 position = leaf.position;
        uint256 at = _heightOf(leaf.level);
        if (position >> at != 0) revert ChallengeTree_BadPath();
        mutual = leaf.top;
        uint256 used = 0;
        while (at > 0) {
            at--;
            if ((position >> at) & 1 == 0) {
                mutual = _lower(mutual);
            } else {
                if (used == leaf.lefts.length) revert ChallengeTree_BadPath();
                mutual = _upper(mutual, leaf.lefts[used++]);
            }
        }
        if (used != leaf.lefts.length) revert ChallengeTree_BadPath();
        id = _hash(mutual, leaf.root);
        if (_known(id).place != leaf.level * 64) revert ChallengeTree_UnknownEdge(id);
    }

    /// @dev What the rivals agree on before a leaf that was located: the last leaf of the nearest left half, or the start of the level.
    function _before(Leaf calldata leaf) private view returns (bytes32) {
        uint256 position = leaf.position;
        if (position == 0) {
            if (leaf.beforeProof.length != 0) revert ChallengeTree_BadPath();
            if (leaf.level == BLOCKS) return IAssertionGame(_tournaments[leaf.top].game).agreedRoot();
            return _origins[leaf.top].start;
        }
        uint256 height = 0;
        while ((position >> height) & 1 == 0) height++;
        if (leaf.beforeProof.length != height) revert ChallengeTree_BadPath();
        bytes32 expected = leaf.lefts[leaf.lefts.length - 1];
        bytes32 got = _last(leaf.before, leaf.beforeProof);
        if (got != expected) revert ChallengeTree_WrongStateBefore(expected, got);
        return leaf.before;
    }

    /// @dev Root of the tree of which this is the last leaf.
    function _last(bytes32 node, bytes32[] calldata siblings) private pure returns (bytes32) {
        for (uint256 i = 0; i < siblings.length; i++) node = _hash(siblings[i], node);
        return node;
    }

    /// @dev Records what the refinements with a mutual share: the machine state that they begin with.
    function _begin(Origin storage begin, Leaf calldata leaf) private {
        bytes32 before = _before(leaf);
        if (leaf.level == BLOCKS) {
            IAssertionGame first = IAssertionGame(_tournaments[leaf.top].game);
            bytes32 inputs = keccak256(
                abi.encode(before, first.batchAcc(), first.parentBlock() + 1 + leaf.position, _rulesHash)
            );
            begin.start = _firstState(inputs);
            begin.tournament = leaf.top;
        } else {
            begin.start = before;
            begin.tournament = _origins[leaf.top].tournament;
        }
    }

    function _firstState(bytes32 inputs) private view returns (bytes32) {
        return MachineStates.first(_codeRoot, _ramRoot, _pages, inputs).hash();
    }

    /// @dev The last leaf of a refinement is bound to the edge that it refines.
    function _checkLast(
        Leaf calldata leaf,
        bytes32 root,
        bytes32[] calldata lastProof,
        MachineState calldata last,
        bytes32 start
    ) private view {
        bytes32 node = leaf.root;
        if (leaf.level == BLOCKS) {
            if (
                last.status != MachineStates.HALTED ||
                last.output != leaf.root ||
                last.codeRoot != _codeRoot ||
                _firstState(last.inputs) != start
            ) revert ChallengeTree_WrongLastState();
            node = last.hash();
        }
        if (lastProof.length != _heightOf(leaf.level + 1)) revert ChallengeTree_BadPath();
        node = _last(node, lastProof);
        if (node != root) revert ChallengeTree_WrongLastLeaf(root, node);
    }

    // --- timers

    function _update(Update calldata u) private {
        bytes32 id = _hash(u.mutual, u.root);
        Node storage e = _known(id);
        // An edge that can be refined has its time from its refinements, and needs none but them.
        if (_isRefinable(e.place)) return;
        uint256 time = _own(u.mutual, e.flags);
        if (u.left != 0 || u.right != 0) {
            // All leaves must stand.
            if (e.mover == address(0) || _hash(u.left, u.right) != u.root)
                revert ChallengeTree_UnknownEdge(_hash(u.left, u.right));
            uint256 lower = _timer(_lower(u.mutual), u.left);
            uint256 upper = _timer(_upper(u.mutual, u.left), u.right);
            time += lower < upper ? lower : upper;
        }
        _raise(e, id, time);
        _confirm(u.mutual, id, e.time);
    }

    function _raise(Node storage e, bytes32 id, uint256 time) private {
        if (time > UNBOUNDED) time = UNBOUNDED;
        if (time <= e.time) return;
        e.time = uint40(time);
        emit Updated(id, time);
    }

    /// @dev Remembers the winner of a mutual of root edges, and tells the edge that this one refines of its time. By the id of that very
    /// edge: a refinement of a rival has the same mutual.
    function _confirm(bytes32 mutual, bytes32 id, uint256 time) private {
        uint40 number = _rootOf(id);
        if (number == 0) return;
        Root storage r = _roots[number];
        if (r.level != BLOCKS) _raise(_edges[r.parent], r.parent, time);
        if (time < challengePeriod || r.barred) return;
        uint40 top = _rivalries[mutual].top;
        if (_winners[top] != 0) return;
        _winners[top] = id;
        if (r.backer != 0) _roots[r.backer].unconfirmed--;
        emit Confirmed(mutual, id);
    }

    function _timer(bytes32 mutual, bytes32 root) private view returns (uint256) {
        Node memory e = _edges[_hash(mutual, root)];
        if (e.flags == 0) return 0;
        uint256 own = _own(mutual, e.flags);
        if (_isRefinable(e.place)) return own + e.time;
        return own > e.time ? own : e.time;
    }

    /// @dev How long an edge stood without a rival.
    function _own(bytes32 mutual, uint8 flags) private view returns (uint256) {
        if (flags & FIRST == 0) return 0;
        Rivalry memory r = _rivalries[mutual];
        uint256 end = r.rivalledAt;
        return (end == 0 ? block.timestamp : end) - r.firstAt;
    }

    // --- money

    /// @dev Makes a root edge of level 1 or 2 under an edge, with a stake, or backed by who has one.
    function _refine(bytes32 parent, bytes32 next, bytes32 root, uint8 level) private {
        uint40 backer = _backer(parent);
        if (backer == 0) {
            uint256 amount = _stakeAt(level);
            uint256 available = credit[msg.sender];
            if (available < amount) revert ChallengeTree_InsufficientCredit(available, amount);
            credit[msg.sender] = available - amount;
        }
        (bytes32 id, uint40 number) = _makeRoot(next, root, level, msg.sender);
        Root storage r = _roots[number];
        r.parent = parent;
        if (backer == 0) r.stake = StakeStatus.Held;
        else r.backer = backer;
        emit Refined(_origins[next].tournament, parent, id, next, root, msg.sender, number, backer);
    }

    /// @dev Number of the root edge whose stake backs a refinement of an edge by the sender; 0 if it takes a stake of its own.
    function _backer(bytes32 parent) private returns (uint40 backer) {
        Node storage e = _edges[parent];
        Root storage top = _roots[e.top];
        if (top.maker != msg.sender || e.flags & FREE_USED != 0) return 0;
        backer = top.backer == 0 ? e.top : top.backer;
        if (_roots[backer].stake != StakeStatus.Held) return 0;
        _roots[backer].unconfirmed++;
        e.flags |= FREE_USED;
    }

    function _stakeAt(uint8 level) private view returns (uint256) {
        if (level == BLOCKS) return assertionBond;
        return level == SPANS ? _spansStake : _stepsStake;
    }

    function _return(bytes32 at, uint40 number, Root storage r) private {
        uint256 amount = _stakeAt(r.level);
        r.stake = StakeStatus.Returned;
        credit[r.maker] += amount;
        emit Unstaked(at, number, r.maker, amount);
    }

    /// @dev Burns a fifth of a stake, and puts the rest into the pot; all of it is burned once that is closed.
    function _lose(bytes32 at, uint40 number, Root storage r) private {
        uint256 amount = _stakeAt(r.level);
        r.stake = StakeStatus.Lost;
        Tournament storage t = _tournaments[at];
        uint256 burned = t.closed ? amount : _burnedOf(amount);
        t.pot += amount - burned;
        emit Slashed(at, number, r.maker, amount);
        _burn(burned);
    }

    function _burnedOf(uint256 amount) private pure returns (uint256) {
        return (amount + BURN_DIVISOR - 1) / BURN_DIVISOR;
    }

    function _burn(uint256 amount) private {
        if (amount == 0) return;
        (bool ok, ) = BURN.call{value: amount}("");
        if (!ok) revert ChallengeTree_TransferFailed(BURN);
    }

    /// @dev The next edge of a path of rewards.
    function _follow(bytes32 mutual, bytes32 root, Step calldata s) private view returns (bytes32, bytes32) {
        if (s.turn == Turn.Refined) {
            bytes32 next = _hash(mutual, bytes32(REFINED));
            bytes32 id = _hash(next, s.left);
            uint40 number = _rootOf(id);
            if (number == 0 || winner(next) != id || _roots[number].parent != _hash(mutual, root))
                revert ChallengeTree_NotWinning(id);
            return (next, s.left);
        }
        if (_hash(s.left, s.right) != root) revert ChallengeTree_BadPath();
        if (s.turn == Turn.Lower) return (_lower(mutual), s.left);
        return (_upper(mutual, s.left), s.right);
    }

    /// @dev Pays what an edge on the winning side has not paid yet: to who made it, if it is a root edge, and to who moved for it.
    function _reward(bytes32 id, bytes32 mutual, bytes32 root) private {
        bytes32 edgeId = _hash(mutual, root);
        Node storage e = _edges[edgeId];
        if (e.flags == 0) revert ChallengeTree_NotWinning(edgeId);
        bool rivalled = _rivalries[mutual].rivalledAt != 0;
        uint40 number = _rootOf(edgeId);
        Root storage r = _roots[number];
        if (number != 0 && !r.rewarded && (rivalled || r.level != BLOCKS))
            r.rewarded = _pay(id, r.maker, r.level == BLOCKS ? _assertReward : _refineReward);
        // Without a rival there was nothing to prove.
        if (e.mover != address(0) && e.flags & REWARDED == 0 && rivalled)
            if (_pay(id, e.mover, e.place % 64 == 0 ? _proveReward : _bisectReward)) e.flags |= REWARDED;
    }

    /// @dev Pays a reward if the pot has all of it; says whether it did. Later it may have.
    function _pay(bytes32 id, address account, uint256 amount) private returns (bool) {
        Tournament storage t = _tournaments[id];
        uint256 pot = t.pot;
        if (amount == 0 || pot < amount) return false;
        t.pot = pot - amount;
        credit[account] += amount;
        emit Rewarded(id, account, amount);
        return true;
    }

    // --- the end of a tournament

    /// @dev When this many challenge periods are over since a tournament was decided, or since it cannot be any more; the greatest number before.
    function _end(bytes32 id, uint256 periods) private view returns (uint256) {
        Tournament storage t = _tournaments[id];
        uint256 wait = periods * challengePeriod;
        if (_stands(t.accepted)) return t.decidedAt + wait;
        IDisputeGame first = IDisputeGame(t.game);
        if (address(first) == address(0)) return type(uint256).max;
        if (_registry.isGameRetired(first)) return _registry.retirementTimestamp() + wait;
        IDisputeGame parent = IAssertionGame(address(first)).parent();
        if (address(parent) == address(0)) return type(uint256).max;
        bool fell = parent.status() == GameStatus.CHALLENGER_WINS || !_stands(address(parent));
        return fell && parent.resolvedAt() != 0 ? parent.resolvedAt() + wait : type(uint256).max;
    }

    function _stands(address assertion) private view returns (bool) {
        if (assertion == address(0)) return false;
        return
            !_registry.isGameBlacklisted(IDisputeGame(assertion)) && !_registry.isGameRetired(IDisputeGame(assertion));
    }

    /// @dev Once the accepted assertion is final it can be barred no more.
    function _decidedForGood(bytes32 id) private view returns (bool) {
        address accepted = _tournaments[id].accepted;
        return _stands(accepted) && _registry.isGameFinalized(IDisputeGame(accepted));
    }

    // --- hashes

    function _heightOf(uint8 level) private view returns (uint8) {
        if (level == BLOCKS) return _blocksHeight;
        if (level == SPANS) return _spansHeight;
        if (level == STEPS) return _stepsHeight;
        revert ChallengeTree_WrongLevel(level);
    }

    function _lower(bytes32 mutual) private pure returns (bytes32) {
        return _hash(mutual, bytes32(LOWER));
    }

    function _upper(bytes32 mutual, bytes32 left) private pure returns (bytes32) {
        return keccak256(abi.encode(mutual, UPPER, left));
    }

    function _hash(bytes32 left, bytes32 right) private pure returns (bytes32 value) {
        assembly ("memory-safe") {
            mstore(0, left)
            mstore(32, right)
            value := keccak256(0, 64)
        }
    }

    // --- the rules

    function _check(Parameters memory p) private view {
        if (address(p.factory) == address(0)) revert ChallengeTree_BadParameter("factory");
        if (address(p.anchorStateRegistry) == address(0)) revert ChallengeTree_BadParameter("anchorStateRegistry");
        if (address(p.inbox) == address(0)) revert ChallengeTree_BadParameter("inbox");
        if (address(p.prover).code.length == 0) revert ChallengeTree_BadParameter("prover");
        if (p.challengePeriod == 0 || p.challengePeriod > MAX_PERIOD)
            revert ChallengeTree_BadParameter("challengePeriod");
        for (uint256 i = 0; i < 3; i++)
            if (p.heights[i] == 0 || p.heights[i] > MAX_HEIGHT) revert ChallengeTree_BadParameter("heights");
        if (p.interval == 0) revert ChallengeTree_BadParameter("interval");
        if (p.codeRoot == 0) revert ChallengeTree_BadParameter("codeRoot");
        if (p.ramRoot == 0) revert ChallengeTree_BadParameter("ramRoot");
        if (p.rulesHash == 0) revert ChallengeTree_BadParameter("rulesHash");
        _checkMoney(p);
    }

    /// @dev What a root edge that loses leaves in the pot must pay for the moves that it forces. At the place where it parts from the right
    /// commitment two edges may be refined without a stake: the wrong one, and the right one with junk.
    function _checkMoney(Parameters memory p) private pure {
        for (uint256 i = 0; i < 4; i++) if (p.rewards[i] > MAX_BOND) revert ChallengeTree_BadParameter("rewards");
        uint256 cost = p.rewards[PROVE];
        for (uint256 level = 3; level > 0; level--) {
            if (level < 3) cost = 2 * cost + p.rewards[REFINE];
            cost += p.heights[level - 1] * p.rewards[BISECT] + (level == 1 ? p.rewards[ASSERT] : 0);
            uint256 stake = p.stakes[level - 1];
            if (stake < MIN_BOND || stake > MAX_BOND || stake - _burnedOf(stake) < cost)
                revert ChallengeTree_BadParameter("stakes");
        }
    }
}
