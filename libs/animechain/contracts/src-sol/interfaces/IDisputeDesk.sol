// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @notice What a dispute is about: what a work derives from, or the breach of a licence.
enum DisputeKind {
    None,
    Edges,
    Breach
}

/// @notice Where a dispute stands. `Notice` waits for an answer, `Draw` for a panel, `Panel` for votes, `Verdict` for an appeal or its execution; `NoVerdict`
/// waits for its execution, which changes nothing.
enum Stage {
    None,
    Notice,
    Draw,
    Panel,
    Verdict,
    NoVerdict,
    Closed
}

/// @notice A dispute.
/// @param kind What it is about.
/// @param stage Where it stands.
/// @param isAppealed Whether the first verdict was appealed.
/// @param isUpheld The newest verdict: whether the claim holds.
/// @param attempt Which panel of the instance it is: 1, or 2 when too few of the first one voted.
/// @param rounds Panels so far, of both instances.
/// @param openedAt When notice was given, seconds.
/// @param deadline When the stage ends, seconds: for an answer, for a draw, for reveals, for an appeal.
/// @param subject The work, or the licence.
/// @param target The registry of works, or the contract of the licence.
/// @param claimant Who gave notice.
/// @param respondent Who answered; zero before.
/// @param appellant Who appealed; zero without an appeal.
/// @param bond What claimant and respondent bonded each, smallest units.
/// @param appealBond What the appellant bonded; 0 without an appeal, and once it was returned.
struct Dispute {
    DisputeKind kind;
    Stage stage;
    bool isAppealed;
    bool isUpheld;
    uint8 attempt;
    uint8 rounds;
    uint64 openedAt;
    uint64 deadline;
    uint256 subject;
    address target;
    address claimant;
    address respondent;
    address appellant;
    uint256 bond;
    uint256 appealBond;
}

/// @notice A panel.
/// @param drawBlock The block whose randomness draws it.
/// @param before Randomness of the block in which `drawBlock` was fixed; the draw needs another one.
/// @param commitUntil Until when votes are committed, seconds, exclusive; 0 before the draw. Reveals follow.
/// @param upholding Votes for the claim.
/// @param dismissing Votes against it.
/// @param jurors Who sits, in the order of the draw.
struct Panel {
    uint64 drawBlock;
    bytes32 before;
    uint64 commitUntil;
    uint8 upholding;
    uint8 dismissing;
    address[] jurors;
}

/// @title IDisputeDesk
/// @notice Disputes of what a work derives from, and of breaches of licences. From the notice on, the disputed share of a work's money is held back; elected
/// jurors decide. The desk cannot name a receiver of escrow, move a work to another owner, or touch what was pushed before the notice.
interface IDisputeDesk {
    /// @notice Notice was given.
    /// @param id The dispute, counted from 1.
    /// @param kind What it is about.
    /// @param subject The work, or the licence.
    /// @param claimant Who gave notice.
    /// @param bond What it bonded.
    /// @param grounds Vault asset with the grounds.
    /// @param parents The parents that are claimed.
    /// @param shares Their shares, bps.
    event Noticed(
        uint256 indexed id,
        DisputeKind indexed kind,
        uint256 indexed subject,
        address claimant,
        uint256 bond,
        bytes32 grounds,
        uint256[] parents,
        uint16[] shares
    );

    /// @notice The notice was answered.
    /// @param id The dispute.
    /// @param respondent Who answered.
    /// @param grounds Vault asset with the grounds.
    event Answered(uint256 indexed id, address indexed respondent, bytes32 grounds);

    /// @notice The block of a draw was fixed.
    /// @param id The dispute.
    /// @param round The panel, counted from 1.
    /// @param drawBlock The block.
    event DrawFixed(uint256 indexed id, uint256 indexed round, uint256 drawBlock);

    /// @notice A panel was drawn.
    /// @param id The dispute.
    /// @param round The panel.
    /// @param jurors Who sits.
    event Drawn(uint256 indexed id, uint256 indexed round, address[] jurors);

    /// @notice A juror committed to a vote.
    /// @param id The dispute.
    /// @param round The panel.
    /// @param juror Who.
    event VoteCommitted(uint256 indexed id, uint256 indexed round, address indexed juror);

    /// @notice A juror revealed a vote.
    /// @param id The dispute.
    /// @param round The panel.
    /// @param juror Who.
    /// @param isUpheld Whether it is for the claim.
    event VoteRevealed(uint256 indexed id, uint256 indexed round, address indexed juror, bool isUpheld);

    /// @notice A panel decided.
    /// @param id The dispute.
    /// @param round The panel.
    /// @param isUpheld Whether the claim holds.
    /// @param isFinal Whether it cannot be appealed.
    event VerdictGiven(uint256 indexed id, uint256 indexed round, bool isUpheld, bool isFinal);

    /// @notice No panel could be drawn, or too few voted, in both attempts of an instance.
    /// @param id The dispute.
    /// @param isAppeal Whether that was the appeal; then the first verdict stands.
    event NoVerdictGiven(uint256 indexed id, bool isAppeal);

    /// @notice The first verdict was appealed.
    /// @param id The dispute.
    /// @param appellant Who.
    /// @param bond What it bonded.
    event Appealed(uint256 indexed id, address indexed appellant, uint256 bond);

    /// @notice A dispute was closed.
    /// @param id The dispute.
    /// @param isUpheld Whether the claim was carried out.
    event Executed(uint256 indexed id, bool isUpheld);

    /// @notice An account can claim more.
    /// @param account Who.
    /// @param dispute Out of which dispute.
    /// @param amount How much more, smallest units.
    event Credited(address indexed account, uint256 indexed dispute, uint256 amount);

    /// @notice An account was paid.
    /// @param account Who.
    /// @param amount How much.
    event Claimed(address indexed account, uint256 amount);

    /// @notice Governance changed what a notice costs, or how long it waits for an answer.
    /// @param bond Bond of a notice, smallest units.
    /// @param answerTime Time for an answer, seconds.
    event TermsSet(uint256 bond, uint256 answerTime);

    /// @notice The caller may not do this.
    /// @param caller Who called.
    /// @param expected Who may; zero where several may.
    error DisputeDesk_Unauthorized(address caller, address expected);

    /// @notice The council paused new disputes.
    error DisputeDesk_Paused();

    /// @notice A number is out of its bounds.
    /// @param what Which one.
    /// @param got The number.
    /// @param least The least.
    /// @param most The most.
    error DisputeDesk_OutOfBounds(string what, uint256 got, uint256 least, uint256 most);

    /// @notice The parents are not strictly ascending and below the work.
    /// @param index The first that is not.
    error DisputeDesk_BadParent(uint256 index);

    /// @notice The claim gives each receiver what it has now.
    /// @param work The work.
    error DisputeDesk_NothingDisputed(uint256 work);

    /// @notice The subject is in a dispute.
    /// @param dispute Which one.
    error DisputeDesk_InDispute(uint256 dispute);

    /// @notice The claimant lost about the same subject too recently.
    /// @param until Until when it may not give notice again, seconds.
    error DisputeDesk_CoolingOff(uint256 until);

    /// @notice There are too few jurors to judge.
    /// @param got How many there are.
    /// @param least How many are needed.
    error DisputeDesk_TooFewJurors(uint256 got, uint256 least);

    /// @notice The dispute is in another stage.
    /// @param got The stage.
    /// @param expected The stage for this.
    error DisputeDesk_WrongStage(Stage got, Stage expected);

    /// @notice It is too early or too late for this.
    /// @param from From when on, seconds.
    /// @param until Until when, seconds, exclusive.
    error DisputeDesk_NotNow(uint256 from, uint256 until);

    /// @notice The header is not that of the block whose randomness draws, or the chain does not know its hash.
    /// @param drawBlock The block.
    /// @param got Hash of the header.
    /// @param expected Hash of the block; 0 if it is not known.
    error DisputeDesk_WrongHeader(uint256 drawBlock, bytes32 got, bytes32 expected);

    /// @notice The block of the draw is still to come, or its hash is known: there is no need of another one.
    /// @param drawBlock The block.
    error DisputeDesk_NotMissed(uint256 drawBlock);

    /// @notice The vote and the salt are not those of the commitment.
    /// @param got Hash of what was revealed.
    /// @param expected The commitment; 0 if there is none or it was revealed.
    error DisputeDesk_WrongReveal(bytes32 got, bytes32 expected);

    /// @notice The token moved another amount.
    /// @param got How much came.
    /// @param expected How much should have.
    error DisputeDesk_InexactToken(uint256 got, uint256 expected);

    /// @notice Says that a work derives from other works than it says, or owes them other shares. Holds back what is disputed. By anyone with a bond, which
    /// doubles for each notice about this work that was dismissed in the last 180 days.
    /// @param work The work.
    /// @param parents What it derives from: at most 8, ascending, below `work`.
    /// @param shares What each is owed, bps; 1 at least, 10,000 together at most.
    /// @param grounds Vault asset with the grounds.
    /// @return id The dispute.
    function notice(
        uint256 work,
        uint256[] calldata parents,
        uint16[] calldata shares,
        bytes32 grounds
    ) external returns (uint256 id);

    /// @notice Says that the holder of a licence broke it. Holds nothing back. By anyone with a bond.
    /// @param licence The licence.
    /// @param grounds Vault asset with the grounds.
    /// @return id The dispute.
    function noticeBreach(uint256 licence, bytes32 grounds) external returns (uint256 id);

    /// @notice Answers a notice in time, with the same bond. By the owner of the work or of one of its present parents, or by the holder of the licence; not
    /// by the claimant. The first one is the respondent.
    /// @param id The dispute.
    /// @param grounds Vault asset with the grounds.
    function answer(uint256 id, bytes32 grounds) external;

    /// @notice Draws a panel by the randomness of the block that was fixed. If that is still the one of before, it fixes another block. By anyone.
    /// @param id The dispute.
    /// @param header Header of that block, RLP.
    /// @return isDrawn Whether the panel was drawn.
    function draw(uint256 id, bytes calldata header) external returns (bool isDrawn);

    /// @notice Fixes another block, when the chain does not know the hash of the one that was fixed any more. By anyone.
    /// @param id The dispute.
    function fixAgain(uint256 id) external;

    /// @notice Ends an instance for which no panel was drawn in time. By anyone.
    /// @param id The dispute.
    function lapse(uint256 id) external;

    /// @notice Commits to a vote, or replaces the commitment. By a juror of the panel, for 3 days after the draw.
    /// @param id The dispute.
    /// @param commitment `commitmentOf` the vote.
    function commit(uint256 id, bytes32 commitment) external;

    /// @notice Reveals a vote. By the juror, in the 2 days after.
    /// @param id The dispute.
    /// @param isUpheld Whether the claim holds.
    /// @param salt What hid the vote.
    function reveal(uint256 id, bool isUpheld, bytes32 salt) external;

    /// @notice Counts, once the time for reveals is over or all have voted. A majority of those who voted decides, if more than half of the panel did; a tie
    /// dismisses the claim, or lets the first verdict stand. By anyone.
    /// @param id The dispute.
    function tally(uint256 id) external;

    /// @notice Appeals the first verdict, with twice the bond, within 7 days. By who lost; a claim that was upheld also by everyone who could have answered.
    /// @param id The dispute.
    function appeal(uint256 id) external;

    /// @notice Closes a dispute: pays the bonds, releases what was held back, and carries out a claim that was upheld or not answered. By anyone.
    /// @param id The dispute.
    function execute(uint256 id) external;

    /// @notice Pays an account what it can claim, to itself. By anyone.
    /// @param account Who.
    /// @return amount How much, smallest units.
    function claim(address account) external returns (uint256 amount);

    /// @notice Changes what a notice costs and how long it waits for an answer, for the notices to come. By governance.
    /// @param bond Bond of a notice, within the bounds of this contract.
    /// @param answerTime Time for an answer, seconds, 10 to 30 days.
    function setTerms(uint256 bond, uint256 answerTime) external;

    /// @notice A dispute.
    /// @param id The dispute.
    /// @return The dispute; its stage is `None` where there is none.
    function disputeOf(uint256 id) external view returns (Dispute memory);

    /// @notice The edges that a dispute claims.
    /// @param id The dispute.
    /// @return parents The parents.
    /// @return shares Their shares, bps.
    function claimOf(uint256 id) external view returns (uint256[] memory parents, uint16[] memory shares);

    /// @notice A panel of a dispute.
    /// @param id The dispute.
    /// @param round The panel, counted from 1.
    /// @return The panel.
    function panelOf(uint256 id, uint256 round) external view returns (Panel memory);

    /// @notice What a juror commits to.
    /// @param id The dispute.
    /// @param round The panel.
    /// @param juror Who votes.
    /// @param isUpheld Whether the claim holds.
    /// @param salt 32 random bytes.
    /// @return The commitment.
    function commitmentOf(
        uint256 id,
        uint256 round,
        address juror,
        bool isUpheld,
        bytes32 salt
    ) external pure returns (bytes32);

    /// @notice What a notice about a work or a licence costs now.
    /// @param kind What it is about.
    /// @param subject The work, or the licence.
    /// @return Smallest units of the bond's token.
    function bondFor(DisputeKind kind, uint256 subject) external view returns (uint256);

    /// @notice Whether the desk holds back or judges something about a subject.
    /// @param kind What it is about.
    /// @param subject The work, or the licence.
    /// @return The dispute; 0 for none.
    function openDisputeOf(DisputeKind kind, uint256 subject) external view returns (uint256);

    /// @notice Token of the bonds.
    /// @return The token.
    function token() external view returns (IERC20);

    /// @notice What an account can claim.
    /// @param account Who.
    /// @return Smallest units.
    function claimable(address account) external view returns (uint256);
}
