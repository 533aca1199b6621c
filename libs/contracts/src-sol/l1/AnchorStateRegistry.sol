// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Initializable} from "@openzeppelin/contracts-upgradeable/proxy/utils/Initializable.sol";
import {GameStatus} from "../shared/Types.sol";
import {ISemver} from "../shared/ISemver.sol";
import {IAnchorStateRegistry} from "./interfaces/IAnchorStateRegistry.sol";
import {IAssertionGame} from "./interfaces/IAssertionGame.sol";
import {IDisputeGame} from "./interfaces/IDisputeGame.sol";
import {IDisputeGameFactory} from "./interfaces/IDisputeGameFactory.sol";
import {ISystemConfig} from "./interfaces/ISystemConfig.sol";

/// @title AnchorStateRegistry
/// @notice See IAnchorStateRegistry.
contract AnchorStateRegistry is Initializable, IAnchorStateRegistry, ISemver {
    /// @inheritdoc ISemver
    string public constant version = "2.0.0";

    /// @notice Names the owner.
    ISystemConfig public systemConfig;

    /// @inheritdoc IAnchorStateRegistry
    uint32 public respectedGameType;

    /// @inheritdoc IAnchorStateRegistry
    IDisputeGameFactory public disputeGameFactory;

    /// @inheritdoc IAnchorStateRegistry
    IDisputeGame public anchorGame;

    /// @inheritdoc IAnchorStateRegistry
    uint256 public disputeGameFinalityDelaySeconds;

    /// @inheritdoc IAnchorStateRegistry
    uint64 public retirementTimestamp;

    /// @inheritdoc IAnchorStateRegistry
    bytes32 public genesisOutputRoot;

    /// @inheritdoc IAnchorStateRegistry
    mapping(IDisputeGame => bool) public disputeGameBlacklist;

    /// @dev Refuses everybody but the owner that SystemConfig names.
    modifier onlyOwner() {
        if (msg.sender != systemConfig.owner()) revert AnchorStateRegistry_Unauthorized(msg.sender);
        _;
    }

    /// @dev The implementation itself stays without an owner; only proxies are initialised.
    constructor() {
        _disableInitializers();
    }

    /// @notice Sets everything once. Only through the proxy, in the transaction that installs it.
    /// @param systemConfig_ Names the owner.
    /// @param factory Where games are created.
    /// @param respectedGameType_ Type of the games that withdrawals can be proven against.
    /// @param finalityDelaySeconds Time between the end of a game and its being final, seconds.
    /// @param genesisRoot Output root of L2 block 0; not zero.
    function initialize(
        ISystemConfig systemConfig_,
        IDisputeGameFactory factory,
        uint32 respectedGameType_,
        uint256 finalityDelaySeconds,
        bytes32 genesisRoot
    ) external initializer {
        if (genesisRoot == 0) revert AnchorStateRegistry_NoGenesisOutputRoot();
        systemConfig = systemConfig_;
        disputeGameFactory = factory;
        respectedGameType = respectedGameType_;
        disputeGameFinalityDelaySeconds = finalityDelaySeconds;
        genesisOutputRoot = genesisRoot;
        emit RespectedGameTypeSet(respectedGameType_);
    }

    /// @inheritdoc IAnchorStateRegistry
    function setAnchorState(IDisputeGame game) external {
        if (!isGameClaimValid(game)) revert AnchorStateRegistry_InvalidGame(game);
        (, uint256 anchorBlock) = getAnchorRoot();
        uint256 gameBlock = game.l2SequenceNumber();
        if (gameBlock <= anchorBlock) revert AnchorStateRegistry_NotNewer(gameBlock, anchorBlock);
        anchorGame = game;
        emit AnchorUpdated(game);
    }

    /// @inheritdoc IAnchorStateRegistry
    function blacklistDisputeGame(IDisputeGame game) external {
        if (msg.sender != systemConfig.owner() && !_isOnBarred(game))
            revert AnchorStateRegistry_Unauthorized(msg.sender);
        if (!isGameRegistered(game)) revert AnchorStateRegistry_InvalidGame(game);
        if (isGameClaimValid(game)) revert AnchorStateRegistry_AlreadyFinal(game);
        disputeGameBlacklist[game] = true;
        emit DisputeGameBlacklisted(game);
    }

    /// @inheritdoc IAnchorStateRegistry
    function updateRetirementTimestamp() external onlyOwner {
        retirementTimestamp = uint64(block.timestamp);
        emit RetirementTimestampSet(retirementTimestamp);
    }

    /// @inheritdoc IAnchorStateRegistry
    function setRespectedGameType(uint32 gameType) external onlyOwner {
        if (disputeGameFactory.gameImpls(gameType) == address(0) || disputeGameFactory.initBonds(gameType) == 0)
            revert AnchorStateRegistry_NoSuchGame(gameType);
        respectedGameType = gameType;
        emit RespectedGameTypeSet(gameType);
    }

    /// @inheritdoc IAnchorStateRegistry
    function anchors(uint32) external view returns (bytes32, uint256) {
        return getAnchorRoot();
    }

    /// @inheritdoc IAnchorStateRegistry
    function getAnchorRoot() public view returns (bytes32, uint256) {
        // A game that was final when it became the anchor can be neither barred nor retired.
        if (address(anchorGame) == address(0)) return (genesisOutputRoot, 0);
        return (anchorGame.rootClaim(), anchorGame.l2SequenceNumber());
    }

    /// @inheritdoc IAnchorStateRegistry
    function isGameRegistered(IDisputeGame game) public view returns (bool) {
        return disputeGameFactory.isGame(game);
    }

    /// @inheritdoc IAnchorStateRegistry
    function isGameBlacklisted(IDisputeGame game) public view returns (bool) {
        return disputeGameBlacklist[game];
    }

    /// @inheritdoc IAnchorStateRegistry
    function isGameRespected(IDisputeGame game) public view returns (bool) {
        return game.wasRespectedGameTypeWhenCreated();
    }

    /// @inheritdoc IAnchorStateRegistry
    function isGameRetired(IDisputeGame game) public view returns (bool) {
        if (game.createdAt() > retirementTimestamp) return false;
        return
            game.status() != GameStatus.DEFENDER_WINS ||
            game.resolvedAt() + disputeGameFinalityDelaySeconds > retirementTimestamp;
    }

    /// @inheritdoc IAnchorStateRegistry
    function isGameProper(IDisputeGame game) public view returns (bool) {
        return isGameRegistered(game) && !isGameBlacklisted(game) && !isGameRetired(game);
    }

    /// @inheritdoc IAnchorStateRegistry
    function isGameResolved(IDisputeGame game) public view returns (bool) {
        return game.resolvedAt() != 0 && game.status() != GameStatus.IN_PROGRESS;
    }

    /// @inheritdoc IAnchorStateRegistry
    function isGameFinalized(IDisputeGame game) public view returns (bool) {
        return isGameResolved(game) && block.timestamp >= game.resolvedAt() + disputeGameFinalityDelaySeconds;
    }

    /// @inheritdoc IAnchorStateRegistry
    function isGameClaimValid(IDisputeGame game) public view returns (bool) {
        return
            isGameProper(game) &&
            isGameRespected(game) &&
            isGameFinalized(game) &&
            game.status() == GameStatus.DEFENDER_WINS;
    }

    /// @dev Whether a game continues one that is barred.
    function _isOnBarred(IDisputeGame game) private view returns (bool) {
        return isGameRegistered(game) && isGameBlacklisted(IAssertionGame(address(game)).parent());
    }
}
