// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {BlockHeader} from "@openzeppelin/contracts/utils/BlockHeader.sol";
import {Blockhash} from "@openzeppelin/contracts/utils/Blockhash.sol";
import {Memory} from "@openzeppelin/contracts/utils/Memory.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ICouncil} from "./interfaces/ICouncil.sol";
import {Dispute, DisputeKind, IDisputeDesk, Panel, Stage} from "./interfaces/IDisputeDesk.sol";
import {IIPRegistry} from "./interfaces/IIPRegistry.sol";
import {ILicences} from "./interfaces/ILicences.sol";
import {IModules} from "./interfaces/IModules.sol";
import {IRightsHouse} from "./interfaces/IRightsHouse.sol";
import {IRoyaltyVaults} from "./interfaces/IRoyaltyVaults.sol";

/// @title DisputeDesk
/// @notice See IDisputeDesk. No proxy. Holds the bonds of open disputes and what is claimable, and nothing else.
contract DisputeDesk is IDisputeDesk, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @notice Notices about a subject that were dismissed.
    /// @param count How many, since the last pause of `COOLING_OFF`.
    /// @param lastAt When the newest was, seconds.
    struct Dismissals {
        uint8 count;
        uint64 lastAt;
    }

    /// @notice Semantic version of this contract.
    string public constant version = "1.0.0";
    /// @notice Jurors of the first panel.
    uint256 public constant PANEL = 7;
    /// @notice Jurors of the panel of an appeal.
    uint256 public constant APPEAL_PANEL = 21;
    /// @notice Jurors of a smaller first panel at least, where there are not enough.
    uint256 public constant MIN_PANEL = 5;
    /// @notice Jurors of a smaller panel of an appeal at least.
    uint256 public constant MIN_APPEAL_PANEL = 15;
    /// @notice Jurors in the house at least, for a notice: both panels, without a juror in both.
    uint256 public constant MIN_JURORS = 28;
    /// @notice Time for committing votes, seconds.
    uint256 public constant COMMIT_TIME = 3 days;
    /// @notice Time for revealing them, seconds.
    uint256 public constant REVEAL_TIME = 2 days;
    /// @notice Time for an appeal, seconds.
    uint256 public constant APPEAL_TIME = 7 days;
    /// @notice Time in which a panel must be drawn, seconds.
    uint256 public constant DRAW_TIME = 7 days;
    /// @notice How long a claimant who lost gives no notice about the same subject, and for how long a dismissal raises the bond, seconds.
    uint256 public constant COOLING_OFF = 180 days;
    /// @notice A bond doubles so often at most.
    uint256 public constant MAX_DOUBLINGS = 8;
    /// @notice Who did not vote so often in a term is not drawn any more in it.
    uint256 public constant MAX_ABSENCES = 3;
    /// @notice Bytes of a header at most.
    uint256 public constant MAX_HEADER = 2_048;
    /// @notice Least time for an answer, seconds.
    uint256 public constant MIN_ANSWER_TIME = 10 days;
    /// @notice Greatest time for an answer, seconds.
    uint256 public constant MAX_ANSWER_TIME = 30 days;

    /// @dev Bounds of what a work derives from, as in IPRegistry.
    uint256 private constant MAX_PARENTS = 8;
    uint256 private constant ALL = 10_000;

    /// @notice Where the other contracts are.
    IModules public immutable modules;
    /// @inheritdoc IDisputeDesk
    IERC20 public immutable token;
    /// @notice Least bond of a notice, smallest units.
    uint256 public immutable minBond;
    /// @notice Greatest bond of a notice, without its doublings.
    uint256 public immutable maxBond;
    /// @notice Blocks from the fixing of a draw's block to that block: long enough that L1's randomness changed in between.
    uint256 public immutable drawDelay;

    /// @notice Bond of a notice, smallest units.
    uint256 public bond;
    /// @notice Time for an answer, seconds.
    uint256 public answerTime;
    /// @notice Number of disputes.
    uint256 public count;
    /// @notice What the bonds of open disputes and all that is claimable come to: what this contract holds.
    uint256 public total;
    /// @inheritdoc IDisputeDesk
    mapping(address account => uint256) public claimable;
    /// @notice How often a juror did not vote in a term.
    mapping(uint256 term => mapping(address juror => uint256)) public absences;
    /// @notice Until when an account gives no notice about a subject, seconds.
    mapping(DisputeKind kind => mapping(uint256 subject => mapping(address account => uint256))) public coolingOff;
    /// @inheritdoc IDisputeDesk
    mapping(DisputeKind kind => mapping(uint256 subject => uint256 id)) public openDisputeOf;
    /// @notice Notices about a subject that were dismissed.
    mapping(DisputeKind kind => mapping(uint256 subject => Dismissals)) public dismissals;
    /// @notice What a juror committed to; 0 before, and once it is revealed.
    mapping(uint256 id => mapping(uint256 round => mapping(address juror => bytes32))) public commitments;

    mapping(uint256 id => Dispute) private _disputes;
    mapping(uint256 id => uint256[]) private _parents;
    mapping(uint256 id => uint16[]) private _shares;
    mapping(uint256 id => mapping(uint256 round => Panel)) private _panels;
    mapping(uint256 id => mapping(uint256 round => mapping(address juror => bool))) private _sits;
    mapping(uint256 id => mapping(uint256 round => mapping(address juror => bool))) private _voted;
    /// @dev Everyone who voted, in all panels of a dispute.
    mapping(uint256 id => address[]) private _voters;

    /// @notice Names what never changes, and the first terms.
    /// @param modules_ Where the other contracts are.
    /// @param token_ Token of the bonds.
    /// @param bond_ Bond of a notice, smallest units.
    /// @param minBond_ Its least value.
    /// @param maxBond_ Its greatest value.
    /// @param drawDelay_ Blocks to that of a draw, 1 to 100,000.
    constructor(
        IModules modules_,
        IERC20 token_,
        uint256 bond_,
        uint256 minBond_,
        uint256 maxBond_,
        uint256 drawDelay_
    ) {
        _requireBounds("minBond", minBond_, 2, maxBond_);
        _requireBounds("maxBond", maxBond_, minBond_, type(uint128).max);
        _requireBounds("drawDelay", drawDelay_, 1, 100_000);
        (modules, token, minBond, maxBond, drawDelay) = (modules_, token_, minBond_, maxBond_, drawDelay_);
        _setTerms(bond_, 14 days);
    }

    /// @inheritdoc IDisputeDesk
    function setTerms(uint256 bond_, uint256 answerTime_) external {
        address governance = modules.governance();
        if (msg.sender != governance) revert DisputeDesk_Unauthorized(msg.sender, governance);
        _setTerms(bond_, answerTime_);
    }

    /// @inheritdoc IDisputeDesk
    function notice(
        uint256 work,
        uint256[] calldata parents,
        uint16[] calldata shares,
        bytes32 grounds
    ) external nonReentrant returns (uint256 id) {
        IERC721 works = _works();
        // Reverts where there is none.
        works.ownerOf(work);
        _requireEdges(work, parents, shares);
        id = _open(DisputeKind.Edges, work, address(works));
        (_parents[id], _shares[id]) = (parents, shares);
        emit Noticed(id, DisputeKind.Edges, work, msg.sender, _disputes[id].bond, grounds, parents, shares);
        if (_vaults().freeze(work, id, parents, shares) == 0) revert DisputeDesk_NothingDisputed(work);
    }

    /// @inheritdoc IDisputeDesk
    function noticeBreach(uint256 licence, bytes32 grounds) external nonReentrant returns (uint256 id) {
        address licences = modules.moduleOf(keccak256("Licences"));
        IERC721(licences).ownerOf(licence);
        id = _open(DisputeKind.Breach, licence, licences);
        (uint256[] memory parents, uint16[] memory shares) = (new uint256[](0), new uint16[](0));
        emit Noticed(id, DisputeKind.Breach, licence, msg.sender, _disputes[id].bond, grounds, parents, shares);
    }

    /// @inheritdoc IDisputeDesk
    function answer(uint256 id, bytes32 grounds) external nonReentrant {
        Dispute storage dispute = _requireStage(id, Stage.Notice);
        if (block.timestamp >= dispute.deadline) revert DisputeDesk_NotNow(dispute.openedAt, dispute.deadline);
        _requireDefender(id);
        dispute.respondent = msg.sender;
        emit Answered(id, msg.sender, grounds);
        _pull(dispute.bond);
        _openInstance(id);
    }

    /// @inheritdoc IDisputeDesk
    function draw(uint256 id, bytes calldata header) external returns (bool isDrawn) {
        Dispute storage dispute = _requireStage(id, Stage.Draw);
        if (block.timestamp >= dispute.deadline) revert DisputeDesk_NotNow(0, dispute.deadline);
        uint256 round = dispute.rounds;
        Panel storage panel = _panels[id][round];
        bytes32 randomness = _randomnessOf(panel.drawBlock, header);
        if (randomness == panel.before) {
            _fix(id, round);
            return false;
        }
        address[] memory jurors = _seat(id, round, keccak256(abi.encode(randomness, address(this), id, round)));
        panel.jurors = jurors;
        panel.commitUntil = uint64(block.timestamp + COMMIT_TIME);
        (dispute.stage, dispute.deadline) = (Stage.Panel, panel.commitUntil + uint64(REVEAL_TIME));
        emit Drawn(id, round, jurors);
        return true;
    }

    /// @inheritdoc IDisputeDesk
    function fixAgain(uint256 id) external {
        Dispute storage dispute = _requireStage(id, Stage.Draw);
        uint256 drawBlock = _panels[id][dispute.rounds].drawBlock;
        if (block.number <= drawBlock || Blockhash.blockHash(drawBlock) != 0) revert DisputeDesk_NotMissed(drawBlock);
        _fix(id, dispute.rounds);
    }

    /// @inheritdoc IDisputeDesk
    function lapse(uint256 id) external {
        Dispute storage dispute = _requireStage(id, Stage.Draw);
        if (block.timestamp < dispute.deadline) revert DisputeDesk_NotNow(dispute.deadline, type(uint256).max);
        _noVerdict(id);
    }

    /// @inheritdoc IDisputeDesk
    function commit(uint256 id, bytes32 commitment) external {
        uint256 round = _requireJuror(id);
        uint256 until = _panels[id][round].commitUntil;
        if (block.timestamp >= until) revert DisputeDesk_NotNow(until - COMMIT_TIME, until);
        commitments[id][round][msg.sender] = commitment;
        emit VoteCommitted(id, round, msg.sender);
    }

    /// @inheritdoc IDisputeDesk
    function reveal(uint256 id, bool isUpheld, bytes32 salt) external {
        uint256 round = _requireJuror(id);
        Panel storage panel = _panels[id][round];
        (uint256 from, uint256 until) = (panel.commitUntil, _disputes[id].deadline);
        if (block.timestamp < from || block.timestamp >= until) revert DisputeDesk_NotNow(from, until);
        bytes32 got = commitmentOf(id, round, msg.sender, isUpheld, salt);
        bytes32 expected = commitments[id][round][msg.sender];
        if (got != expected) revert DisputeDesk_WrongReveal(got, expected);
        delete commitments[id][round][msg.sender];
        _voted[id][round][msg.sender] = true;
        _voters[id].push(msg.sender);
        if (isUpheld) panel.upholding++;
        else panel.dismissing++;
        emit VoteRevealed(id, round, msg.sender, isUpheld);
    }

    /// @inheritdoc IDisputeDesk
    function tally(uint256 id) external {
        Dispute storage dispute = _requireStage(id, Stage.Panel);
        uint256 round = dispute.rounds;
        Panel storage panel = _panels[id][round];
        uint256 size = panel.jurors.length;
        uint256 votes = uint256(panel.upholding) + panel.dismissing;
        if (votes < size && block.timestamp < dispute.deadline)
            revert DisputeDesk_NotNow(dispute.deadline, type(uint256).max);
        if (votes < size) _noteAbsences(id, round);
        if (votes * 2 <= size) {
            if (dispute.attempt == 2) _noVerdict(id);
            else {
                dispute.attempt = 2;
                _openRound(id);
            }
            return;
        }
        // A tie leaves things as they are: the work's edges, or in an appeal the first verdict.
        if (panel.upholding != panel.dismissing) dispute.isUpheld = panel.upholding > panel.dismissing;
        dispute.stage = Stage.Verdict;
        dispute.deadline = uint64(block.timestamp + (dispute.isAppealed ? 0 : APPEAL_TIME));
        emit VerdictGiven(id, round, dispute.isUpheld, dispute.isAppealed);
    }

    /// @inheritdoc IDisputeDesk
    function appeal(uint256 id) external nonReentrant {
        Dispute storage dispute = _requireStage(id, Stage.Verdict);
        if (dispute.isAppealed || block.timestamp >= dispute.deadline)
            revert DisputeDesk_NotNow(dispute.deadline - APPEAL_TIME, dispute.deadline);
        address loser = dispute.isUpheld ? dispute.respondent : dispute.claimant;
        if (msg.sender != loser) {
            // A respondent who sides with the claimant must not lose for all others.
            if (!dispute.isUpheld) revert DisputeDesk_Unauthorized(msg.sender, loser);
            _requireDefender(id);
        }
        (dispute.isAppealed, dispute.appellant, dispute.appealBond) = (true, msg.sender, 2 * dispute.bond);
        emit Appealed(id, msg.sender, dispute.appealBond);
        _pull(dispute.appealBond);
        _openInstance(id);
    }

    /// @inheritdoc IDisputeDesk
    function execute(uint256 id) external nonReentrant {
        Dispute storage dispute = _disputes[id];
        Stage stage = dispute.stage;
        if (stage != Stage.Notice && stage != Stage.Verdict && stage != Stage.NoVerdict)
            revert DisputeDesk_WrongStage(stage, Stage.Verdict);
        if (stage != Stage.NoVerdict && block.timestamp < dispute.deadline)
            revert DisputeDesk_NotNow(dispute.deadline, type(uint256).max);
        if (stage == Stage.Notice) dispute.isUpheld = true;
        dispute.stage = Stage.Closed;
        (DisputeKind kind, uint256 subject, bool isUpheld) = (dispute.kind, dispute.subject, dispute.isUpheld);
        delete openDisputeOf[kind][subject];
        if (stage == Stage.Verdict) _settle(id);
        else {
            // Nobody lost.
            _credit(id, dispute.claimant, dispute.bond);
            if (stage == Stage.NoVerdict) _credit(id, dispute.respondent, dispute.bond);
        }
        if (!isUpheld) _noteDismissal(kind, subject);
        if (!isUpheld && stage == Stage.Verdict)
            coolingOff[kind][subject][dispute.claimant] = block.timestamp + COOLING_OFF;
        emit Executed(id, isUpheld);
        if (kind == DisputeKind.Edges) {
            _vaults().release(subject, id, isUpheld);
            if (isUpheld) IIPRegistry(dispute.target).reparent(subject, _parents[id], _shares[id]);
        } else if (isUpheld) ILicences(dispute.target).terminate(subject, id);
    }

    /// @inheritdoc IDisputeDesk
    function claim(address account) external nonReentrant returns (uint256 amount) {
        amount = claimable[account];
        delete claimable[account];
        total -= amount;
        emit Claimed(account, amount);
        token.safeTransfer(account, amount);
    }

    /// @inheritdoc IDisputeDesk
    function disputeOf(uint256 id) external view returns (Dispute memory) {
        return _disputes[id];
    }

    /// @inheritdoc IDisputeDesk
    function claimOf(uint256 id) external view returns (uint256[] memory parents, uint16[] memory shares) {
        return (_parents[id], _shares[id]);
    }

    /// @inheritdoc IDisputeDesk
    function panelOf(uint256 id, uint256 round) external view returns (Panel memory) {
        return _panels[id][round];
    }

    /// @inheritdoc IDisputeDesk
    function bondFor(DisputeKind kind, uint256 subject) public view returns (uint256) {
        Dismissals storage before = dismissals[kind][subject];
        if (block.timestamp >= before.lastAt + COOLING_OFF) return bond;
        return bond << (before.count < MAX_DOUBLINGS ? before.count : MAX_DOUBLINGS);
    }

    /// @inheritdoc IDisputeDesk
    function commitmentOf(
        uint256 id,
        uint256 round,
        address juror,
        bool isUpheld,
        bytes32 salt
    ) public pure returns (bytes32) {
        return keccak256(abi.encode(id, round, juror, isUpheld, salt));
    }

    function _open(DisputeKind kind, uint256 subject, address target) private returns (uint256 id) {
        if (ICouncil(modules.moduleOf(keccak256("Council"))).isPaused(keccak256("DisputeDesk")))
            revert DisputeDesk_Paused();
        uint256 other = openDisputeOf[kind][subject];
        if (other != 0) revert DisputeDesk_InDispute(other);
        uint256 until = coolingOff[kind][subject][msg.sender];
        if (block.timestamp < until) revert DisputeDesk_CoolingOff(until);
        // Money is held back only where there is a court.
        uint256 jurors = _house().jurors().length;
        if (jurors < MIN_JURORS) revert DisputeDesk_TooFewJurors(jurors, MIN_JURORS);
        id = ++count;
        openDisputeOf[kind][subject] = id;
        Dispute storage dispute = _disputes[id];
        (dispute.kind, dispute.stage, dispute.subject) = (kind, Stage.Notice, subject);
        (dispute.target, dispute.claimant, dispute.bond) = (target, msg.sender, bondFor(kind, subject));
        dispute.openedAt = uint64(block.timestamp);
        dispute.deadline = uint64(block.timestamp + answerTime);
        _pull(dispute.bond);
    }

    /// @dev Draws without repetition; an odd number, if there are not enough for a whole panel.
    function _seat(uint256 id, uint256 round, bytes32 seed) private returns (address[] memory jurors) {
        address[] memory pool = _eligible(id);
        (uint256 size, uint256 least) = _disputes[id].isAppealed
            ? (APPEAL_PANEL, MIN_APPEAL_PANEL)
            : (PANEL, MIN_PANEL);
        if (pool.length < least) revert DisputeDesk_TooFewJurors(pool.length, least);
        if (pool.length < size) size = (pool.length - 1) | 1;
        jurors = new address[](size);
        for (uint256 i = 0; i < size; i++) {
            uint256 j = i + (uint256(keccak256(abi.encode(seed, i))) % (pool.length - i));
            (jurors[i], pool[j]) = (pool[j], pool[i]);
            _sits[id][round][jurors[i]] = true;
        }
    }

    function _openInstance(uint256 id) private {
        _disputes[id].attempt = 1;
        _openRound(id);
    }

    function _openRound(uint256 id) private {
        Dispute storage dispute = _disputes[id];
        dispute.stage = Stage.Draw;
        dispute.deadline = uint64(block.timestamp + DRAW_TIME);
        _fix(id, ++dispute.rounds);
    }

    function _fix(uint256 id, uint256 round) private {
        Panel storage panel = _panels[id][round];
        (panel.drawBlock, panel.before) = (uint64(block.number + drawDelay), bytes32(block.prevrandao));
        emit DrawFixed(id, round, panel.drawBlock);
    }

    function _noVerdict(uint256 id) private {
        Dispute storage dispute = _disputes[id];
        emit NoVerdictGiven(id, dispute.isAppealed);
        if (!dispute.isAppealed) {
            dispute.stage = Stage.NoVerdict;
            return;
        }
        _credit(id, dispute.appellant, dispute.appealBond);
        (dispute.stage, dispute.deadline, dispute.appealBond) = (Stage.Verdict, uint64(block.timestamp), 0);
    }

    /// @dev Who won gets its bond back. Of what the losers bonded, half goes to all who voted, in equal parts, and the rest to the winner: to who appealed,
    /// if that was its side.
    function _settle(uint256 id) private {
        Dispute storage dispute = _disputes[id];
        (address winner, uint256 lost) = (dispute.isUpheld ? dispute.claimant : dispute.respondent, dispute.bond);
        _credit(id, winner, dispute.bond);
        if (dispute.appealBond != 0) {
            // Only the claimant appeals a dismissal.
            bool hasWon = (dispute.appellant == dispute.claimant) == dispute.isUpheld;
            if (hasWon) {
                winner = dispute.appellant;
                _credit(id, winner, dispute.appealBond);
            } else lost += dispute.appealBond;
        }
        address[] storage voters = _voters[id];
        uint256 length = voters.length;
        uint256 each = lost / 2 / length;
        for (uint256 i = 0; i < length; i++) _credit(id, voters[i], each);
        _credit(id, winner, lost - each * length);
    }

    function _noteAbsences(uint256 id, uint256 round) private {
        uint256 term = _house().term();
        address[] storage jurors = _panels[id][round].jurors;
        uint256 length = jurors.length;
        for (uint256 i = 0; i < length; i++) if (!_voted[id][round][jurors[i]]) absences[term][jurors[i]]++;
    }

    function _noteDismissal(DisputeKind kind, uint256 subject) private {
        Dismissals storage before = dismissals[kind][subject];
        uint256 number = block.timestamp < before.lastAt + COOLING_OFF ? before.count : 0;
        before.count = uint8(number < MAX_DOUBLINGS ? number + 1 : MAX_DOUBLINGS);
        before.lastAt = uint64(block.timestamp);
    }

    function _setTerms(uint256 bond_, uint256 answerTime_) private {
        _requireBounds("bond", bond_, minBond, maxBond);
        _requireBounds("answerTime", answerTime_, MIN_ANSWER_TIME, MAX_ANSWER_TIME);
        (bond, answerTime) = (bond_, answerTime_);
        emit TermsSet(bond_, answerTime_);
    }

    function _pull(uint256 amount) private {
        total += amount;
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), amount);
        uint256 got = token.balanceOf(address(this)) - before;
        if (got != amount) revert DisputeDesk_InexactToken(got, amount);
    }

    function _credit(uint256 id, address account, uint256 amount) private {
        claimable[account] += amount;
        emit Credited(account, id, amount);
    }

    /// @dev Jurors who may sit: no parties, nobody who was absent too often in this term, nobody who voted in this dispute, and in a second attempt nobody who
    /// sat in it at all.
    function _eligible(uint256 id) private view returns (address[] memory pool) {
        Dispute storage dispute = _disputes[id];
        pool = _house().jurors();
        address[] memory parties = _partiesOf(id);
        uint256 term = _house().term();
        uint256 left = 0;
        for (uint256 i = 0; i < pool.length; i++) {
            address juror = pool[i];
            bool sits = absences[term][juror] < MAX_ABSENCES;
            for (uint256 j = 0; sits && j < parties.length; j++) sits = parties[j] != juror;
            for (uint256 round = 1; sits && round < dispute.rounds; round++)
                sits = !_sits[id][round][juror] || (dispute.attempt == 1 && !_voted[id][round][juror]);
            if (sits) pool[left++] = juror;
        }
        assembly ("memory-safe") {
            mstore(pool, left)
        }
    }

    /// @dev Who must not judge: claimant and respondent, who may defend, and the owners of the works that are claimed as parents, or of the licensed work. 19
    /// at most.
    function _partiesOf(uint256 id) private view returns (address[] memory parties) {
        Dispute storage dispute = _disputes[id];
        IERC721 works = _works();
        uint256[] memory others = _parents[id];
        if (dispute.kind == DisputeKind.Breach) {
            others = new uint256[](1);
            (others[0], ) = ILicences(dispute.target).termsOf(dispute.subject);
        }
        address[] memory defenders = _defendersOf(id);
        parties = new address[](2 + defenders.length + others.length);
        (parties[0], parties[1]) = (dispute.claimant, dispute.respondent);
        for (uint256 i = 0; i < defenders.length; i++) parties[2 + i] = defenders[i];
        for (uint256 i = 0; i < others.length; i++) parties[2 + defenders.length + i] = works.ownerOf(others[i]);
    }

    /// @dev Who may answer: the owners of the work and of its present parents, or the holder of the licence. 9 at most.
    function _defendersOf(uint256 id) private view returns (address[] memory defenders) {
        Dispute storage dispute = _disputes[id];
        uint256 subject = dispute.subject;
        if (dispute.kind == DisputeKind.Breach) {
            defenders = new address[](1);
            defenders[0] = IERC721(dispute.target).ownerOf(subject);
            return defenders;
        }
        IERC721 works = _works();
        uint256[] memory present = IIPRegistry(address(works)).workOf(subject).parents;
        defenders = new address[](1 + present.length);
        defenders[0] = works.ownerOf(subject);
        for (uint256 i = 0; i < present.length; i++) defenders[1 + i] = works.ownerOf(present[i]);
    }

    function _requireDefender(uint256 id) private view {
        address[] memory defenders = _defendersOf(id);
        bool isOne = false;
        for (uint256 i = 0; i < defenders.length; i++) if (defenders[i] == msg.sender) isOne = true;
        if (!isOne || msg.sender == _disputes[id].claimant) revert DisputeDesk_Unauthorized(msg.sender, defenders[0]);
    }

    function _randomnessOf(uint256 drawBlock, bytes calldata header) private view returns (bytes32) {
        _requireBounds("header", header.length, 1, MAX_HEADER);
        (bytes32 got, bytes32 expected) = (keccak256(header), Blockhash.blockHash(drawBlock));
        if (got != expected) revert DisputeDesk_WrongHeader(drawBlock, got, expected);
        Memory.Slice[] memory fields = BlockHeader.parseHeader(header);
        return BlockHeader.getPrevRandao(fields);
    }

    function _requireStage(uint256 id, Stage expected) private view returns (Dispute storage dispute) {
        dispute = _disputes[id];
        if (dispute.stage != expected) revert DisputeDesk_WrongStage(dispute.stage, expected);
    }

    function _requireJuror(uint256 id) private view returns (uint256 round) {
        round = _requireStage(id, Stage.Panel).rounds;
        if (!_sits[id][round][msg.sender]) revert DisputeDesk_Unauthorized(msg.sender, address(0));
    }

    function _works() private view returns (IERC721) {
        return IERC721(modules.moduleOf(keccak256("IPRegistry")));
    }

    function _house() private view returns (IRightsHouse) {
        return IRightsHouse(modules.moduleOf(keccak256("RightsHouse")));
    }

    function _vaults() private view returns (IRoyaltyVaults) {
        return IRoyaltyVaults(modules.moduleOf(keccak256("RoyaltyVaults")));
    }

    function _requireEdges(uint256 work, uint256[] calldata parents, uint16[] calldata shares) private pure {
        _requireBounds("parents", parents.length, 0, MAX_PARENTS);
        _requireBounds("shares", shares.length, parents.length, parents.length);
        uint256 before = 0;
        uint256 sum = 0;
        for (uint256 i = 0; i < parents.length; i++) {
            if (parents[i] <= before || parents[i] >= work) revert DisputeDesk_BadParent(i);
            _requireBounds("share", shares[i], 1, ALL);
            before = parents[i];
            sum += shares[i];
        }
        _requireBounds("shares together", sum, 0, ALL);
    }

    function _requireBounds(string memory what, uint256 got, uint256 least, uint256 most) private pure {
        if (got < least || got > most) revert DisputeDesk_OutOfBounds(what, got, least, most);
    }
}
