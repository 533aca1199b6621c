// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDisputeGame} from "./IDisputeGame.sol";

/// @title IDisputeGameFactory
/// @notice Creates dispute games and lists those that a withdrawal should be proven against. The functions are those of the OP Stack.
interface IDisputeGameFactory {
    struct GameSearchResult {
        uint256 index;
        bytes32 metadata;
        uint64 timestamp;
        bytes32 rootClaim;
        bytes extraData;
    }

    event DisputeGameCreated(address indexed disputeProxy, uint32 indexed gameType, bytes32 indexed rootClaim);
    event ImplementationSet(address indexed impl, uint32 indexed gameType);
    event InitBondUpdated(uint32 indexed gameType, uint256 indexed newBond);
    event GameAccepted(address indexed disputeProxy, uint256 indexed batchIndex);

    error NoImplementation(uint32 gameType);
    /// @notice Must have code, be of this type, and belong to this factory and its registry. The respected type must have one.
    error BadImplementation(uint32 gameType, address impl);
    /// @notice Without a bond assertions would cost nothing; nobody could pay one above the maximum.
    error BadBond(uint256 bond, uint256 min, uint256 max);
    error GameAlreadyExists(bytes32 uuid);
    error IncorrectBondAmount(uint256 sent, uint256 expected);
    /// @notice `extraData` must be `abi.encode(uint256 l2BlockNumber, uint256 batchIndex, bytes32 batchAcc)`.
    error BadExtraData();
    /// @notice The inbox has no such batch, or it ends at another block, or has another accumulator.
    error BatchMismatch(uint256 batchIndex, uint256 lastBlock, bytes32 batchAcc);
    error Unauthorized(address caller);

    /// @notice Creates a game. The caller stakes exactly `initBonds(gameType)` wei.
    function create(
        uint32 gameType,
        bytes32 rootClaim,
        bytes calldata extraData
    ) external payable returns (IDisputeGame);

    /// @notice Records that the calling game was won by its defender. Games of this factory only.
    function accept(uint256 batchIndex) external;

    function gameCount() external view returns (uint256);
    function gameAtIndex(uint256 index) external view returns (uint32 gameType, uint64 timestamp, IDisputeGame proxy);
    function games(
        uint32 gameType,
        bytes32 rootClaim,
        bytes calldata extraData
    ) external view returns (IDisputeGame proxy, uint64 timestamp);
    function getGameUUID(uint32 gameType, bytes32 rootClaim, bytes calldata extraData) external pure returns (bytes32);
    function gameImpls(uint32 gameType) external view returns (address);
    /// @notice wei
    function initBonds(uint32 gameType) external view returns (uint256);

    /// @notice The newest games first, from index `start` downwards, at most `n`. Leaves out what a withdrawal should not be proven
    /// against: see `isListed`.
    function findLatestGames(
        uint32 gameType,
        uint256 start,
        uint256 n
    ) external view returns (GameSearchResult[] memory);

    /// @notice Whether a game was won by its defender, or stands unchallenged as the leading claim for its batch. The leading claim is
    /// the first one, or the first one by the proposer; one that is not by the proposer must have stood for `listingDelay`.
    function isListed(IDisputeGame game) external view returns (bool);

    /// @notice How long a game by somebody else than the proposer must stand before it is listed, seconds: the time that
    /// challengers have to mark a wrong one before clients see it. It has no effect on what is accepted.
    function listingDelay() external view returns (uint64);

    /// @notice Game that was accepted for a batch, or zero.
    function acceptedGame(uint256 batchIndex) external view returns (IDisputeGame);
}
