// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Availability} from "../Certificates.sol";
import {BlobDescriptor} from "../Shards.sol";
import {Acknowledgement, Erase, Manifest} from "../VaultMessages.sol";

/// @title IAvailabilityChallenge
/// @notice A storage node that signed that it has a shard shows a leaf of it that L1's randomness picks, or loses stake.
/// docs/spec/contracts.md, "Committees".
interface IAvailabilityChallenge {
    /// @notice What challenges ask and cost.
    /// @param penalty What a node loses that does not answer, wei.
    /// @param bond Least bond, wei; for a node with n open challenges it is n + 1 times that.
    /// @param responseTime Time to answer from the draw on, seconds.
    /// @param drawDelay L1 blocks from the opening to the block whose randomness counts.
    struct Parameters {
        uint128 penalty;
        uint128 bond;
        uint64 responseTime;
        uint32 drawDelay;
    }

    /// @notice Where a challenge stands.
    enum Status {
        None,
        Opened,
        Drawn,
        Closed
    }

    /// @notice A challenge.
    /// @param status Where it stands.
    /// @param shard Number of the shard.
    /// @param drawBlock L1 block whose randomness picks the leaf.
    /// @param openedAt When it was opened, seconds.
    /// @param deadline Until when it must be answered, seconds; zero until the leaf is drawn.
    /// @param length Bytes of all chunks of the blob.
    /// @param challenger Who opened it.
    /// @param member Who must answer.
    /// @param bond Wei.
    /// @param blob Id of the sealed bytes.
    /// @param shardRoot Root of the shard.
    /// @param project Whose the blob is; zero for batches of a rollup.
    /// @param eraser Whose order to erase frees the node; zero for batches.
    /// @param seed What the leaf follows from; zero until it is drawn.
    struct Challenge {
        Status status;
        uint8 shard;
        uint64 drawBlock;
        uint64 openedAt;
        uint64 deadline;
        uint64 length;
        address challenger;
        address member;
        uint256 bond;
        bytes32 blob;
        bytes32 shardRoot;
        bytes32 project;
        address eraser;
        bytes32 seed;
    }

    /// @notice A challenge was opened.
    /// @param id Its number.
    /// @param member Who must answer.
    /// @param blob Id of the sealed bytes.
    /// @param shard Number of the shard.
    /// @param drawBlock L1 block whose randomness picks the leaf.
    event ChallengeOpened(
        uint256 indexed id,
        address indexed member,
        bytes32 indexed blob,
        uint8 shard,
        uint64 drawBlock
    );

    /// @notice The leaf was drawn.
    /// @param id Number of the challenge.
    /// @param stripe Stripe of the unit.
    /// @param leaf Place of the leaf in the unit.
    /// @param deadline Until when it must be shown, seconds.
    event LeafDrawn(uint256 indexed id, uint256 stripe, uint256 leaf, uint64 deadline);

    /// @notice A challenge is over.
    /// @param id Its number.
    /// @param answered Whether the node answered, or nobody drew in time; else it lost stake.
    event ChallengeClosed(uint256 indexed id, bool answered);

    /// @notice A credit was paid.
    /// @param account Who had it.
    /// @param amount Wei.
    event CreditClaimed(address indexed account, uint256 amount);

    /// @notice The descriptor is not that of the blob.
    /// @param blob Id that it gives.
    /// @param expected Id that was signed for.
    error AvailabilityChallenge_WrongBlob(bytes32 blob, bytes32 expected);

    /// @notice What was signed does not oblige anybody that can be challenged here.
    error AvailabilityChallenge_NoPromise();

    /// @notice The promise ends before an answer would be due.
    /// @param until When it ends, seconds.
    /// @param earliest When it would have to end at the earliest, seconds.
    error AvailabilityChallenge_TooLate(uint64 until, uint64 earliest);

    /// @notice The shard of such a small blob is empty.
    error AvailabilityChallenge_NothingHeld();

    /// @notice The node has enough to answer.
    /// @param open Its open challenges.
    error AvailabilityChallenge_TooMany(uint256 open);

    /// @notice The bond is another.
    /// @param sent Wei.
    /// @param expected Wei.
    error AvailabilityChallenge_WrongBond(uint256 sent, uint256 expected);

    /// @notice A project's blob is challenged by whom the node owes it, the eraser of its acknowledgement.
    /// @param caller Who called.
    error AvailabilityChallenge_Unauthorized(address caller);

    /// @notice The challenge is not at that point.
    /// @param id Its number.
    error AvailabilityChallenge_WrongStatus(uint256 id);

    /// @notice It is too early, or too late, for this.
    /// @param id Number of the challenge.
    error AvailabilityChallenge_WrongTime(uint256 id);

    /// @notice The header is not that of the block.
    /// @param drawBlock The block.
    error AvailabilityChallenge_WrongHeader(uint64 drawBlock);

    /// @notice The leaf or its path is wrong.
    /// @param id Number of the challenge.
    error AvailabilityChallenge_WrongAnswer(uint256 id);

    /// @notice There is nothing to pay.
    error AvailabilityChallenge_NoCredit();

    /// @notice A payment failed.
    /// @param to Who was to be paid.
    error AvailabilityChallenge_TransferFailed(address to);

    /// @notice Challenges a member that signed a certificate of a rollup's batch. The member in place p has shard (p - 1) mod 5. With a bond.
    /// @param adapter The adapter that it signed for.
    /// @param what What it certified.
    /// @param signature The member's signature.
    /// @param blob What the blob's id is the hash of; its project is zero.
    /// @return id Number of the challenge.
    function openCertified(
        address adapter,
        Availability calldata what,
        bytes calldata signature,
        BlobDescriptor calldata blob
    ) external payable returns (uint256 id);

    /// @notice Challenges a member that acknowledged a shard. With a bond. A project's blob is challenged by the acknowledgement's eraser alone, which
    /// gets no reward: a delegate may have had the shard erased, whose order L1 cannot judge, and nobody must gain by that.
    /// @param what What it acknowledged.
    /// @param signature The member's signature.
    /// @param blob What the blob's id is the hash of.
    /// @return id Number of the challenge.
    function openAcknowledged(
        Acknowledgement calldata what,
        bytes calldata signature,
        BlobDescriptor calldata blob
    ) external payable returns (uint256 id);

    /// @notice Draws the leaf. Anybody, within 256 blocks after `drawBlock` and within DRAW_TIME.
    /// @param id Number of the challenge.
    /// @param header RLP of the header of `drawBlock`.
    function draw(uint256 id, bytes calldata header) external;

    /// @notice Shows the leaf. Anybody, until the deadline; the member is credited four fifths of the bond, the rest is burned.
    /// @param id Number of the challenge.
    /// @param leaf Bytes of the leaf.
    /// @param unitPath Path from the leaf to the root of its unit.
    /// @param shardPath Path from the unit to the root of the shard.
    function answer(
        uint256 id,
        bytes calldata leaf,
        bytes32[] calldata unitPath,
        bytes32[] calldata shardPath
    ) external;

    /// @notice Shows that the eraser had the blob's object, or what that is a part of, erased. Anybody, until the deadline or the draw; counts as an answer.
    /// @param id Number of the challenge.
    /// @param manifest Manifest that names object and blob.
    /// @param manifestSignature The eraser's signature of it.
    /// @param order The order to erase the object, or one that it is below.
    /// @param orderSignature The eraser's signature of that.
    function answerErased(
        uint256 id,
        Manifest calldata manifest,
        bytes calldata manifestSignature,
        Erase calldata order,
        bytes calldata orderSignature
    ) external;

    /// @notice Ends a challenge whose deadline passed: the member loses `penalty`, the challenger has its bond back. Anybody.
    /// @param id Number of the challenge.
    function fail(uint256 id) external;

    /// @notice Ends a challenge whose leaf nobody drew in time; the challenger has four fifths of its bond back. Anybody.
    /// @param id Number of the challenge.
    function expire(uint256 id) external;

    /// @notice Pays the caller's credit.
    /// @param to Who is paid.
    function claimCredit(address to) external;

    /// @notice A challenge.
    /// @param id Its number, counted from 1.
    /// @return The challenge.
    function challengeOf(uint256 id) external view returns (Challenge memory);

    /// @notice The leaf that a challenge asks for.
    /// @param id Number of the challenge, whose leaf is drawn.
    /// @return stripe Stripe of the unit.
    /// @return leaf Place of the leaf in the unit.
    /// @return length Bytes of the leaf.
    function leafOf(uint256 id) external view returns (uint256 stripe, uint256 leaf, uint256 length);

    /// @notice The bond of the next challenge of a member.
    /// @param member The member.
    /// @return Wei.
    function bondFor(address member) external view returns (uint256);
}
