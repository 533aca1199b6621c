// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDisputeGame} from "./IDisputeGame.sol";

/// @title IDisputeGameFactory
/// @notice Creates dispute games and lists those that a withdrawal should be proven against. The functions are those of the OP Stack.
interface IDisputeGameFactory {
    /// @notice A game as clients search for it.
    /// @param index Position in the list of all games, which `proveWithdrawalTransaction` asks for.
    /// @param metadata Type (4 bytes), creation time (8 bytes) and address (20 bytes) of the game.
    /// @param timestamp When it was created, seconds since the epoch.
    /// @param rootClaim Output root that it claims.
    /// @param extraData `abi.encode(uint256 l2BlockNumber, uint256 batchIndex, bytes32 batchAcc)`
    struct GameSearchResult {
        uint256 index;
        bytes32 metadata;
        uint64 timestamp;
        bytes32 rootClaim;
        bytes extraData;
    }

    /// @notice A game was created.
    /// @param disputeProxy The game.
    /// @param gameType Its type.
    /// @param rootClaim Output root that it claims.
    event DisputeGameCreated(address indexed disputeProxy, uint32 indexed gameType, bytes32 indexed rootClaim);

    /// @notice Games of a type have this code from now on.
    /// @param impl What they delegate to; zero if no more can be created.
    /// @param gameType The type.
    event ImplementationSet(address indexed impl, uint32 indexed gameType);

    /// @notice Games of a type cost this bond from now on.
    /// @param gameType The type.
    /// @param newBond Amount, in wei.
    event InitBondUpdated(uint32 indexed gameType, uint256 indexed newBond);

    /// @notice A game was won by its defender. Rivals for the same batch lose once this is final.
    /// @param disputeProxy The game.
    /// @param batchIndex The batch that it was about.
    event GameAccepted(address indexed disputeProxy, uint256 indexed batchIndex);

    /// @notice No game of this type can be created.
    /// @param gameType The type.
    error NoImplementation(uint32 gameType);

    /// @notice An implementation must have code, be of its type, and belong to this factory and its registry. The
    /// respected type must have one.
    /// @param gameType The type.
    /// @param impl What was to become its implementation.
    error BadImplementation(uint32 gameType, address impl);

    /// @notice Without a bond assertions would cost nothing; nobody could pay one above the maximum.
    /// @param bond What was named, in wei.
    /// @param min Lower bound, in wei.
    /// @param max Upper bound, in wei.
    error BadBond(uint256 bond, uint256 min, uint256 max);

    /// @notice A game with this type, claim and extra data was created before, and did not end for want of a decision.
    /// @param uuid See `getGameUUID`.
    error GameAlreadyExists(bytes32 uuid);

    /// @notice The ether sent along is not the bond.
    /// @param sent What was sent along, in wei.
    /// @param expected What was to be sent along, in wei.
    error IncorrectBondAmount(uint256 sent, uint256 expected);

    /// @notice `extraData` must be `abi.encode(uint256 l2BlockNumber, uint256 batchIndex, bytes32 batchAcc)`.
    error BadExtraData();

    /// @notice The inbox has no such batch, or it ends at another block, or has another accumulator.
    /// @param batchIndex The batch that was named.
    /// @param lastBlock Number of its last L2 block; 0 if there is no such batch.
    /// @param batchAcc Accumulator after it; 0 if there is no such batch.
    error BatchMismatch(uint256 batchIndex, uint256 lastBlock, bytes32 batchAcc);

    /// @notice The caller is not the owner, or no game of this factory.
    /// @param caller The account that called.
    error Unauthorized(address caller);

    /// @notice Creates a game. The caller stakes exactly `initBonds(gameType)` wei.
    /// @param gameType Type of the game.
    /// @param rootClaim Output root that it claims.
    /// @param extraData `abi.encode(uint256 l2BlockNumber, uint256 batchIndex, bytes32 batchAcc)`
    /// @return The game.
    function create(
        uint32 gameType,
        bytes32 rootClaim,
        bytes calldata extraData
    ) external payable returns (IDisputeGame);

    /// @notice Records that the calling game was won by its defender. Games of this factory only.
    /// @param batchIndex The batch that the game is about.
    function accept(uint256 batchIndex) external;

    /// @notice Number of games that were created.
    /// @return The number.
    function gameCount() external view returns (uint256);

    /// @notice A game by its position in the list of all games.
    /// @dev Fails with a panic (0x32) beyond the end of the list.
    /// @param index Counted from 0.
    /// @return gameType Its type.
    /// @return timestamp When it was created, seconds since the epoch.
    /// @return proxy The game.
    function gameAtIndex(uint256 index) external view returns (uint32 gameType, uint64 timestamp, IDisputeGame proxy);

    /// @notice The game with this type, claim and extra data.
    /// @param gameType Type of the game.
    /// @param rootClaim Output root that it claims.
    /// @param extraData `abi.encode(uint256 l2BlockNumber, uint256 batchIndex, bytes32 batchAcc)`
    /// @return proxy The game; zero if there is none.
    /// @return timestamp When it was created, seconds since the epoch; 0 if there is none.
    function games(
        uint32 gameType,
        bytes32 rootClaim,
        bytes calldata extraData
    ) external view returns (IDisputeGame proxy, uint64 timestamp);

    /// @notice Identifies a game: there is one at a time for a type, claim and extra data.
    /// @param gameType Type of the game.
    /// @param rootClaim Output root that it claims.
    /// @param extraData `abi.encode(uint256 l2BlockNumber, uint256 batchIndex, bytes32 batchAcc)`
    /// @return keccak256 over the ABI encoding of the three.
    function getGameUUID(uint32 gameType, bytes32 rootClaim, bytes calldata extraData) external pure returns (bytes32);

    /// @notice What the games of a type delegate to.
    /// @param gameType The type.
    /// @return The implementation; zero if no game of the type can be created.
    function gameImpls(uint32 gameType) external view returns (address);

    /// @notice What whoever creates a game of a type must stake.
    /// @param gameType The type.
    /// @return Amount, in wei.
    function initBonds(uint32 gameType) external view returns (uint256);

    /// @notice Games of a type from index `start` downwards, the newest first. Leaves out what a withdrawal should not
    /// be proven against: see `isListed`.
    /// @param gameType The type.
    /// @param start Index to begin at, usually `gameCount() - 1`.
    /// @param n Greatest number of games.
    /// @return Games that are listed; empty if `start` is beyond the end.
    function findLatestGames(
        uint32 gameType,
        uint256 start,
        uint256 n
    ) external view returns (GameSearchResult[] memory);

    /// @notice Whether a game was won by its defender, or stands unchallenged as the leading claim for its batch. The leading claim is
    /// the first one, or the first one by the proposer; one that is not by the proposer must have stood for `listingDelay`.
    /// @param game A game of this factory.
    /// @return Whether clients should be shown it.
    function isListed(IDisputeGame game) external view returns (bool);

    /// @notice How long a game by somebody else than the proposer must stand before it is listed: the time that
    /// challengers have to mark a wrong one before clients see it. It has no effect on what is accepted.
    /// @return The delay, seconds.
    function listingDelay() external view returns (uint64);

    /// @notice The game that was accepted for a batch.
    /// @param batchIndex Index in the inbox, counted from 0.
    /// @return The game; zero if there is none, or if it was blacklisted.
    function acceptedGame(uint256 batchIndex) external view returns (IDisputeGame);
}
