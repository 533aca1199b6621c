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
    /// @param extraData `abi.encode(uint256 l2BlockNumber, uint256 batchIndex, bytes32 batchAcc, address parent, bytes32 history)`
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

    /// @notice Games of a type have this code.
    /// @param impl What they delegate to.
    /// @param gameType The type.
    event ImplementationSet(address indexed impl, uint32 indexed gameType);

    /// @notice Games of a type cost this bond.
    /// @param gameType The type.
    /// @param newBond Amount, in wei.
    event InitBondUpdated(uint32 indexed gameType, uint256 indexed newBond);

    /// @notice A game was accepted. Its rivals lose once this is final.
    /// @param disputeProxy The game.
    /// @param batchIndex The batch that it was about.
    /// @param tournament What it and its rivals have in common.
    event GameAccepted(address indexed disputeProxy, uint256 indexed batchIndex, bytes32 indexed tournament);

    /// @notice The proposer takes a game of somebody else for its own: clients are shown it.
    /// @param disputeProxy The game.
    /// @param tournament What it and its rivals have in common.
    event GameEndorsed(address indexed disputeProxy, bytes32 indexed tournament);

    /// @notice No game of this type can be created.
    /// @param gameType The type.
    error NoImplementation(uint32 gameType);

    /// @notice An implementation must have code, be of its type, belong to this factory and its registry, and ask for a bond. A type
    /// has one for good: other rules are another type, so that rivals always meet under the same ones.
    /// @param gameType The type.
    /// @param impl What was to become its implementation.
    error BadImplementation(uint32 gameType, address impl);

    /// @notice A game with this type, claim and extra data was created before, and was not retired.
    /// @param uuid See `getGameUUID`.
    error GameAlreadyExists(bytes32 uuid);

    /// @notice The ether sent along is not the bond.
    /// @param sent What was sent along, in wei.
    /// @param expected What was to be sent along, in wei.
    error IncorrectBondAmount(uint256 sent, uint256 expected);

    /// @notice What is given besides type and claim must begin with
    /// `abi.encode(uint256 l2BlockNumber, uint256 batchIndex, bytes32 batchAcc, address parent, bytes32 history)`.
    /// @param length Length of what came, in bytes.
    /// @param min Length of these, in bytes.
    error BadExtraData(uint256 length, uint256 min);

    /// @notice The caller is not the owner or not the proposer, as the function asks, or no game of this factory.
    /// @param caller The account that called.
    error Unauthorized(address caller);

    /// @notice Creates a game. The caller stakes exactly `initBonds(gameType)` wei.
    /// @param gameType Type of the game.
    /// @param rootClaim Output root that it claims.
    /// @param data The extra data, `abi.encode(uint256 l2BlockNumber, uint256 batchIndex, bytes32 batchAcc, address parent, bytes32 history)`,
    /// followed by the siblings of the history's last leaf, from its own up, one word each.
    /// @return The game.
    function create(uint32 gameType, bytes32 rootClaim, bytes calldata data) external payable returns (IDisputeGame);

    /// @notice Records that the calling game was accepted. Games of this factory only.
    /// @param tournament What the game and its rivals have in common.
    function accept(bytes32 tournament) external;

    /// @notice Takes a game for the proposer's own, so that clients are shown it: somebody else made the same claim first. Proposer only.
    /// @param game A game of this factory.
    function endorse(IDisputeGame game) external;

    /// @notice Whether this factory created a game.
    /// @param game The game in question; any address.
    /// @return Whether it did.
    function isGame(IDisputeGame game) external view returns (bool);

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

    /// @notice The newest game with this type, claim and extra data.
    /// @param gameType Type of the game.
    /// @param rootClaim Output root that it claims.
    /// @param extraData `abi.encode(uint256 l2BlockNumber, uint256 batchIndex, bytes32 batchAcc, address parent, bytes32 history)`
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
    /// @param extraData `abi.encode(uint256 l2BlockNumber, uint256 batchIndex, bytes32 batchAcc, address parent, bytes32 history)`
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

    /// @notice Whether clients should be shown a game: it was accepted, or it runs, all games that it continues are accepted or shown too, and
    /// - it is the newest by the proposer in its tournament, or the proposer endorsed it, or
    /// - the proposer has none there, and it has stood for `listingDelay` without a rival.
    /// It is neither barred nor retired, and its type was the respected one when it was created.
    /// @param game The game in question; any address.
    /// @return Whether clients should be shown it.
    function isListed(IDisputeGame game) external view returns (bool);

    /// @notice How long a game by somebody else than the proposer must stand before it is listed: the time that
    /// others have to make a rival of a wrong one before clients see it. It has no effect on what is accepted.
    /// @return The delay, seconds.
    function listingDelay() external view returns (uint64);

    /// @notice The game of a tournament that the proposer made or endorsed.
    /// @param gameType Type of the games.
    /// @param tournament The tournament.
    /// @return The game; zero if there is none.
    function proposedGame(uint32 gameType, bytes32 tournament) external view returns (IDisputeGame);

    /// @notice The game that was accepted in a tournament.
    /// @param gameType Type of the games.
    /// @param tournament The tournament.
    /// @return The game; zero if there is none, or if it was barred or retired.
    function acceptedGame(uint32 gameType, bytes32 tournament) external view returns (IDisputeGame);
}
