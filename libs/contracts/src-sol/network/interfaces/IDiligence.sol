// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAssertionGame} from "../../l1/interfaces/IAssertionGame.sol";
import {Attestation, Body} from "../NetworkMessages.sol";

/// @title IDiligence
/// @notice Asks verifiers now and then to show that they derived what they attested to, and rewards those who can. On L1.
/// docs/spec/network.md, sections 8 and 9.
///
/// An epoch e goes through these stages:
/// - e: ether that comes in is its pot;
/// - e + 1: those who were active at e check in (`checkIn`);
/// - from e + 2 on: anybody fixes a block to come (`openDraw`), and then its randomness (`draw`); who is drawn has `revealTime` to `reveal`;
/// - then anybody takes the penalty of those who did not (`missed`), or did not even check in (`absent`), and shares the pot (`close`).
/// Without a draw by the end of e + 8 nobody is drawn, and the pot is shared.
interface IDiligence {
    /// @notice What became of a check-in.
    /// @dev None: there is none. CheckedIn: it was not asked, or did not answer yet. Revealed: it was drawn, and answered. Missed: it was drawn, and did
    /// not answer, or had not checked in. Disproved: what it answered is wrong.
    enum Status {
        None,
        CheckedIn,
        Revealed,
        Missed,
        Disproved
    }

    /// @notice What a member says of an epoch.
    /// @param root Root over the batches that it attested to, in the order of their indices: leaf i is
    /// `H(H(abi.encode(uint256 i, bytes32 bodyId, bytes32 blocksRoot, uint256 firstBlock, uint256 blocks)))`.
    /// @param key The key that it attested with.
    /// @param firstBatch Index of the first of these batches. Batch of leaf i: `firstBatch + i · interval` of its game.
    /// @param count Number of leaves.
    /// @param status What became of it.
    struct CheckIn {
        bytes32 root;
        address key;
        uint48 firstBatch;
        uint32 count;
        Status status;
    }

    /// @notice How far an epoch has come.
    /// @param seed Its randomness; zero before it is drawn.
    /// @param drawBlock L1 block whose randomness counts; zero before it is fixed.
    /// @param revealUntil Last time to answer, seconds; zero before it is drawn.
    /// @param closed Whether its pot is shared.
    struct Epoch {
        bytes32 seed;
        uint64 drawBlock;
        uint64 revealUntil;
        bool closed;
    }

    /// @notice What a member was drawn for.
    /// @param drawn Whether it was.
    /// @param leaf Leaf of its check-in.
    /// @param word Picks the block: `firstBlock + word % blocks`.
    struct Pick {
        bool drawn;
        uint256 leaf;
        uint256 word;
    }

    /// @notice What a member that was drawn shows.
    /// @param body What its attestation to the batch has in common with those of others.
    /// @param blocksRoot What it has not.
    /// @param signature Its signature, 65 bytes.
    /// @param checkInPath Siblings of the leaf of the check-in, from below.
    /// @param salt Salt of the tree of blocks.
    /// @param outputRoot Output root of the block that was drawn.
    /// @param blockPath Siblings of the leaf `H(H(key(20) ‖ salt ‖ uint256 number ‖ outputRoot))` under blocksRoot, from below.
    struct Opening {
        Body body;
        bytes32 blocksRoot;
        bytes signature;
        bytes32[] checkInPath;
        bytes32 salt;
        bytes32 outputRoot;
        bytes32[] blockPath;
    }

    /// @notice What a member answered.
    /// @param batchIndex The batch.
    /// @param batchAcc Accumulator of the inbox after it.
    /// @param blockNumber L2 block.
    /// @param outputRoot Its output root, as the member has it.
    struct Answer {
        uint256 batchIndex;
        bytes32 batchAcc;
        uint256 blockNumber;
        bytes32 outputRoot;
    }

    /// @notice Ether came in for those who are diligent.
    /// @param epoch The epoch whose pot it is in.
    /// @param from Who sent it.
    /// @param amount Wei.
    event Received(uint64 indexed epoch, address indexed from, uint256 amount);

    /// @notice A member checked in.
    /// @param epoch The epoch.
    /// @param member The member.
    /// @param key The key that it attested with.
    /// @param root Root over its batches.
    /// @param firstBatch Index of the first.
    /// @param count Their number.
    /// @param weight Its weight at the epoch, wei.
    event CheckedIn(
        uint64 indexed epoch,
        address indexed member,
        address key,
        bytes32 root,
        uint48 firstBatch,
        uint32 count,
        uint256 weight
    );

    /// @notice The block is fixed whose randomness draws the members of an epoch.
    /// @param epoch The epoch.
    /// @param drawBlock The L1 block.
    event DrawOpened(uint64 indexed epoch, uint64 drawBlock);

    /// @notice The members of an epoch are drawn.
    /// @param epoch The epoch.
    /// @param seed Its randomness; `pickOf` says what follows from it.
    /// @param revealUntil Last time to answer, seconds.
    event Drawn(uint64 indexed epoch, bytes32 seed, uint64 revealUntil);

    /// @notice A member that was drawn answered.
    /// @param epoch The epoch.
    /// @param member The member.
    /// @param answer What it answered. The transaction has its attestation.
    event Revealed(uint64 indexed epoch, address indexed member, Answer answer);

    /// @notice A member that was drawn did not answer, or had not checked in.
    /// @param epoch The epoch.
    /// @param member The member.
    event Missed(uint64 indexed epoch, address indexed member);

    /// @notice What a member answered is wrong.
    /// @param epoch The epoch.
    /// @param member The member.
    /// @param game The accepted game that says so.
    event Disproved(uint64 indexed epoch, address indexed member, address game);

    /// @notice A member attested to one root with two trees of blocks.
    /// @param member The member.
    /// @param batchIndex The batch.
    /// @param batchAcc Accumulator of the inbox after it.
    event Contradicted(address indexed member, uint256 indexed batchIndex, bytes32 batchAcc);

    /// @notice ETH that was taken from stake went its ways; what is not named here is insurance.
    /// @param member Whose it was.
    /// @param taken Wei.
    /// @param finder Who found it.
    /// @param reward Credited to the finder, wei.
    /// @param burned Burned, wei.
    event Distributed(address indexed member, uint256 taken, address indexed finder, uint256 reward, uint256 burned);

    /// @notice The pot of an epoch was shared.
    /// @param epoch The epoch.
    /// @param pot Wei.
    /// @param batches The number of batches that half of the weight checked in at least.
    /// @param points Sum of what the shares were counted by; zero where nobody has one.
    /// @param carried What went on to the pot of the present epoch, wei.
    event EpochClosed(uint64 indexed epoch, uint256 pot, uint256 batches, uint256 points, uint256 carried);

    /// @notice An account was credited.
    /// @param account The account.
    /// @param amount Wei.
    event Credited(address indexed account, uint256 amount);

    /// @notice Credit was paid.
    /// @param account Whose it was.
    /// @param amount Wei.
    event CreditClaimed(address indexed account, uint256 amount);

    /// @notice The caller may not do this.
    /// @param caller The account that called.
    error Diligence_Unauthorized(address caller);

    /// @notice The epoch is not at the stage that this asks for.
    /// @param epoch The epoch.
    /// @param current The present one.
    error Diligence_WrongTime(uint64 epoch, uint64 current);

    /// @notice The key had no weight at the epoch, or its member was paid since.
    /// @param key The key.
    /// @param epoch The epoch.
    error Diligence_NotActive(address key, uint64 epoch);

    /// @notice A check-in has a root exactly if it has batches, and at most 1,000,000 of them.
    /// @param root The root.
    /// @param count Number of batches.
    error Diligence_BadCheckIn(bytes32 root, uint32 count);

    /// @notice The check-in is not in the state that this asks for.
    /// @param epoch The epoch.
    /// @param member The member.
    /// @param status Its state.
    error Diligence_WrongStatus(uint64 epoch, address member, Status status);

    /// @notice The block that is fixed is still to come or still known.
    /// @param drawBlock The L1 block.
    error Diligence_BlockFixed(uint64 drawBlock);

    /// @notice The header is not that of the fixed block, which is to come, or is so old that L1 no longer knows its hash: then a new one is fixed.
    /// @param drawBlock The L1 block; zero where none is fixed.
    error Diligence_WrongHeader(uint64 drawBlock);

    /// @notice The member was not drawn.
    /// @param epoch The epoch.
    /// @param member The member.
    error Diligence_NotDrawn(uint64 epoch, address member);

    /// @notice Less than half of the weight of the epoch checked in a batch, so that nobody missed one.
    /// @param epoch The epoch.
    error Diligence_NoBatches(uint64 epoch);

    /// @notice The time to do this is over, or has not come.
    /// @param time Last or first time, seconds.
    error Diligence_OutOfTime(uint64 time);

    /// @notice The attestation is not by the member's key about the batch that was drawn, or not about an assertion of the epoch.
    /// @param game The assertion that came.
    error Diligence_WrongAttestation(address game);

    /// @notice The leaf is not in the tree.
    /// @param root Root of the tree.
    /// @param leaf The leaf.
    error Diligence_NotInTree(bytes32 root, bytes32 leaf);

    /// @notice This is not what the member answered.
    /// @param epoch The epoch.
    /// @param member The member.
    error Diligence_WrongAnswer(uint64 epoch, address member);

    /// @notice The game is not accepted for good, or is about another batch.
    /// @param game The game.
    error Diligence_NotDecided(address game);

    /// @notice Nothing wrong is shown.
    error Diligence_NotWrong();

    /// @notice There is nothing to do or to pay.
    error Diligence_Nothing();

    /// @notice The account did not take the ETH.
    /// @param to The account.
    error Diligence_TransferFailed(address to);

    /// @notice Commits to the batches that a member attested to in the epoch before the present one. By its owner account or its present key, once.
    /// @param epoch The epoch.
    /// @param key The key that it attested with then.
    /// @param root Root over the batches; zero for none.
    /// @param firstBatch Index of the first of them; not read where there is none.
    /// @param count Their number, without a gap; who checks in fewer than others earns less.
    function checkIn(uint64 epoch, address key, bytes32 root, uint48 firstBatch, uint32 count) external;

    /// @notice Fixes the L1 block whose randomness draws the members of an epoch: one to come; or another one when that is so long ago that its hash is not
    /// known any more. Anybody, once check-ins are over.
    /// @param epoch The epoch.
    function openDraw(uint64 epoch) external;

    /// @notice Draws the members of an epoch. Anybody, once the fixed block is there.
    /// @param epoch The epoch.
    /// @param header Header of that block, RLP.
    function draw(uint64 epoch, bytes calldata header) external;

    /// @notice Answers for a member that was drawn. Anybody, up to `revealUntil`.
    /// @param epoch The epoch.
    /// @param member The member.
    /// @param opening What it shows.
    function reveal(uint64 epoch, address member, Opening calldata opening) external;

    /// @notice Takes the penalty from a member that was drawn and did not answer, or checked in no batch although the epoch had some (`hadBatches`). Anybody,
    /// after `revealUntil`, who is credited with a tenth of it.
    /// @param epoch The epoch.
    /// @param member The member.
    function missed(uint64 epoch, address member) external;

    /// @notice Takes the penalty from a member that was active at an epoch that had batches (`hadBatches`), was drawn, and did not check in. As `missed`.
    /// @param epoch The epoch.
    /// @param key The key that it had then.
    function absent(uint64 epoch, address key) external;

    /// @notice Takes a tenth of the ETH stake of a member whose answer is wrong. Anybody, who is credited with a tenth of that, 5 ether at most.
    /// @param epoch The epoch.
    /// @param member The member.
    /// @param answer What it answered.
    /// @param game An accepted and final game for the same batch.
    /// @param outputRoot What the game's history has for that block.
    /// @param path Siblings of that leaf of the history, from below.
    function disprove(
        uint64 epoch,
        address member,
        Answer calldata answer,
        IAssertionGame game,
        bytes32 outputRoot,
        bytes32[] calldata path
    ) external;

    /// @notice Takes a tenth of the ETH stake of a member that attested to one output root of a batch with two trees of blocks: one of them is not what it
    /// derived. Anybody, once for a member and batch, who is credited as by `disprove`.
    /// @param a One attestation.
    /// @param signatureA Its signature, 65 bytes.
    /// @param b The other one.
    /// @param signatureB Its signature, 65 bytes.
    function contradict(
        Attestation calldata a,
        bytes calldata signatureA,
        Attestation calldata b,
        bytes calldata signatureB
    ) external;

    /// @notice Shares the pot of an epoch among those who checked in and did not miss a draw, by weight and by the part of the batches that they checked in.
    /// Anybody, once the time to answer is over.
    /// @param epoch The epoch.
    function close(uint64 epoch) external;

    /// @notice Pays the sender's credit.
    /// @param to Whom to pay.
    function claimCredit(address to) external;

    /// @notice Hands what waits for it to the insurance of fast exits. Anybody; each slashing tries it too.
    function insure() external;

    /// @notice What a member said of an epoch.
    /// @param epoch The epoch.
    /// @param member The member.
    /// @return The check-in; nothing but zeros if there is none.
    function checkInOf(uint64 epoch, address member) external view returns (CheckIn memory);

    /// @notice Who checked in.
    /// @param epoch The epoch.
    /// @return members The members, in the order of their check-ins.
    /// @return weights Their weights at the epoch, wei.
    function checkedIn(uint64 epoch) external view returns (address[] memory members, uint256[] memory weights);

    /// @notice How far an epoch has come.
    /// @param epoch The epoch.
    /// @return The stages.
    function epochOf(uint64 epoch) external view returns (Epoch memory);

    /// @notice What a member was drawn for.
    /// @param epoch The epoch.
    /// @param member The member.
    /// @return The pick; nothing but zeros if the epoch is not drawn, or the member checked in no batch.
    function pickOf(uint64 epoch, address member) external view returns (Pick memory);

    /// @notice Whether a draw meets an account, whatever it checked in, and whether it is a member or not.
    /// @param epoch The epoch.
    /// @param member The account.
    /// @return Whether it does; not before the draw.
    function isDrawn(uint64 epoch, address member) external view returns (bool);

    /// @notice Whether those who checked in batches of an epoch have half of its weight at least. Then there were some, and whoever was active had to check in.
    /// @param epoch The epoch.
    /// @return Whether they have.
    function hadBatches(uint64 epoch) external view returns (bool);

    /// @notice Hash of what a member answered.
    /// @param epoch The epoch.
    /// @param member The member.
    /// @return `keccak256(abi.encode(Answer))`; zero if it did not.
    function answerHashOf(uint64 epoch, address member) external view returns (bytes32);

    /// @notice What came in for an epoch and is not shared.
    /// @param epoch The epoch.
    /// @return Wei.
    function potOf(uint64 epoch) external view returns (uint256);

    /// @notice What was credited to an account and not paid.
    /// @param account The account.
    /// @return Wei.
    function credit(address account) external view returns (uint256);

    /// @notice What waits to be handed to the insurance of fast exits.
    /// @return Wei.
    function uninsured() external view returns (uint256);

    /// @notice What a member loses that was drawn and does not answer.
    /// @return Wei.
    function penalty() external view returns (uint128);

    /// @notice Time to answer.
    /// @return Seconds.
    function revealTime() external view returns (uint64);

    /// @notice L1 blocks from `openDraw` to the block whose randomness counts.
    /// @return Number of blocks.
    function drawDelay() external view returns (uint32);

    /// @notice One member in so many is drawn.
    /// @return The number.
    function oneIn() external view returns (uint32);
}
