// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Initializable} from "@openzeppelin/contracts-upgradeable/proxy/utils/Initializable.sol";
import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {GameStatus} from "../shared/Types.sol";
import {ISemver} from "../shared/ISemver.sol";
import {IAnchorStateRegistry} from "./interfaces/IAnchorStateRegistry.sol";
import {IAssertionGame} from "./interfaces/IAssertionGame.sol";
import {IDisputeGame} from "./interfaces/IDisputeGame.sol";
import {IDisputeGameFactory} from "./interfaces/IDisputeGameFactory.sol";
import {IInbox} from "./interfaces/IInbox.sol";
import {ISystemConfig} from "./interfaces/ISystemConfig.sol";

/// @title DisputeGameFactory
/// @notice See IDisputeGameFactory.
contract DisputeGameFactory is Initializable, IDisputeGameFactory, ISemver {
    /// @notice What is kept of a game.
    /// @param gameType Its type.
    /// @param timestamp When it was created, seconds since the epoch.
    /// @param proxy The game.
    struct GameRecord {
        uint32 gameType;
        uint64 timestamp;
        address proxy;
    }

    /// @inheritdoc ISemver
    string public constant version = "1.0.0";

    /// @notice Least bond of an assertion, wei: without one, assertions would cost nothing.
    uint256 public constant MIN_BOND = 0.001 ether;

    /// @notice Largest bond of an assertion, wei: nobody could pay more.
    uint256 public constant MAX_BOND = 1_000 ether;

    /// @notice Names the owner and the proposer.
    ISystemConfig public systemConfig;

    /// @inheritdoc IDisputeGameFactory
    uint64 public listingDelay;

    /// @notice Has the batches that assertions are about.
    IInbox public inbox;

    /// @notice Says which games are respected and barred.
    IAnchorStateRegistry public anchorStateRegistry;

    /// @inheritdoc IDisputeGameFactory
    mapping(uint32 => address) public gameImpls;

    /// @inheritdoc IDisputeGameFactory
    mapping(uint32 => uint256) public initBonds;

    /// @notice The claim for a batch, by its index, that is shown to clients while it stands; zero if there is none.
    mapping(uint256 => IDisputeGame) public leadingGame;
    mapping(uint256 => IDisputeGame) private _accepted;
    mapping(bytes32 => GameRecord) private _games;
    GameRecord[] private _list;

    /// @dev Refuses everybody but the owner that SystemConfig names.
    modifier onlyOwner() {
        if (msg.sender != systemConfig.owner()) revert Unauthorized(msg.sender);
        _;
    }

    /// @dev The implementation itself stays without an owner; only proxies are initialised.
    constructor() {
        _disableInitializers();
    }

    /// @notice Sets everything once. Only through the proxy, in the transaction that installs it.
    /// @param systemConfig_ Names the owner and the proposer.
    /// @param inbox_ Has the batches that assertions are about.
    /// @param anchorStateRegistry_ Says which games are respected and barred.
    /// @param listingDelay_ How long a game by somebody else than the proposer must stand before it is listed, seconds.
    /// @param gameType Type of the first games.
    /// @param impl Their implementation.
    /// @param bond Their bond, wei.
    function initialize(
        ISystemConfig systemConfig_,
        IInbox inbox_,
        IAnchorStateRegistry anchorStateRegistry_,
        uint64 listingDelay_,
        uint32 gameType,
        address impl,
        uint256 bond
    ) external initializer {
        systemConfig = systemConfig_;
        inbox = inbox_;
        anchorStateRegistry = anchorStateRegistry_;
        listingDelay = listingDelay_;
        _setImplementation(gameType, impl);
        _setInitBond(gameType, bond);
    }

    /// @inheritdoc IDisputeGameFactory
    function create(
        uint32 gameType,
        bytes32 rootClaim,
        bytes calldata extraData
    ) external payable returns (IDisputeGame game) {
        address impl = gameImpls[gameType];
        if (impl == address(0)) revert NoImplementation(gameType);
        if (msg.value != initBonds[gameType]) revert IncorrectBondAmount(msg.value, initBonds[gameType]);
        uint256 batchIndex = _checkBatch(extraData);

        bytes32 uuid = getGameUUID(gameType, rootClaim, extraData);
        address before = _games[uuid].proxy;
        // A dispute that nobody decided must not bar the claim for good.
        if (before != address(0) && !IAssertionGame(before).voided()) revert GameAlreadyExists(uuid);

        // The address follows from the content, so that after an L1 reorg a challenge cannot hit another claim than it was meant for.
        game = IDisputeGame(
            Clones.cloneDeterministicWithImmutableArgs(
                impl,
                abi.encodePacked(msg.sender, rootClaim, extraData),
                bytes32(uint256(uint160(before)))
            )
        );
        GameRecord memory entry = GameRecord(gameType, uint64(block.timestamp), address(game));
        _games[uuid] = entry;
        _list.push(entry);
        _lead(batchIndex, game);
        game.initialize{value: msg.value}();
        emit DisputeGameCreated(address(game), gameType, rootClaim);
    }

    /// @inheritdoc IDisputeGameFactory
    function accept(uint256 batchIndex) external {
        IAssertionGame game = IAssertionGame(msg.sender);
        (IDisputeGame registered, ) = games(game.gameType(), game.rootClaim(), game.extraData());
        if (address(registered) != msg.sender || game.batchIndex() != batchIndex) revert Unauthorized(msg.sender);
        _accepted[batchIndex] = game;
        emit GameAccepted(msg.sender, batchIndex);
    }

    /// @notice Sets the code of games that are created from now on; games that run keep theirs.
    /// @param gameType The type.
    /// @param impl What its games delegate to; zero if no more shall be created.
    function setImplementation(uint32 gameType, address impl) external onlyOwner {
        _setImplementation(gameType, impl);
    }

    /// @notice Sets the bond of games that are created from now on.
    /// @param gameType The type.
    /// @param bond Wei, from MIN_BOND to MAX_BOND.
    function setInitBond(uint32 gameType, uint256 bond) external onlyOwner {
        _setInitBond(gameType, bond);
    }

    /// @inheritdoc IDisputeGameFactory
    function gameCount() external view returns (uint256) {
        return _list.length;
    }

    /// @inheritdoc IDisputeGameFactory
    function gameAtIndex(uint256 index) external view returns (uint32, uint64, IDisputeGame) {
        GameRecord memory entry = _list[index];
        return (entry.gameType, entry.timestamp, IDisputeGame(entry.proxy));
    }

    /// @inheritdoc IDisputeGameFactory
    function findLatestGames(
        uint32 gameType,
        uint256 start,
        uint256 n
    ) external view returns (GameSearchResult[] memory found) {
        if (start >= _list.length || n == 0) return found;
        if (n > start + 1) n = start + 1;
        found = new GameSearchResult[](n);
        uint256 count = 0;
        for (uint256 i = start + 1; i > 0 && count < n; i--) {
            GameRecord memory entry = _list[i - 1];
            if (entry.gameType != gameType || !isListed(IDisputeGame(entry.proxy))) continue;
            found[count++] = GameSearchResult({
                index: i - 1,
                metadata: bytes32(
                    (uint256(entry.gameType) << 224) | (uint256(entry.timestamp) << 160) | uint160(entry.proxy)
                ),
                timestamp: entry.timestamp,
                rootClaim: IDisputeGame(entry.proxy).rootClaim(),
                extraData: IDisputeGame(entry.proxy).extraData()
            });
        }
        assembly ("memory-safe") {
            mstore(found, count)
        }
    }

    /// @inheritdoc IDisputeGameFactory
    function games(
        uint32 gameType,
        bytes32 rootClaim,
        bytes memory extraData
    ) public view returns (IDisputeGame proxy, uint64 timestamp) {
        GameRecord memory entry = _games[getGameUUID(gameType, rootClaim, extraData)];
        return (IDisputeGame(entry.proxy), entry.timestamp);
    }

    /// @inheritdoc IDisputeGameFactory
    function getGameUUID(uint32 gameType, bytes32 rootClaim, bytes memory extraData) public pure returns (bytes32) {
        return keccak256(abi.encode(gameType, rootClaim, extraData));
    }

    /// @inheritdoc IDisputeGameFactory
    function acceptedGame(uint256 batchIndex) public view returns (IDisputeGame game) {
        game = _accepted[batchIndex];
        if (address(game) != address(0) && anchorStateRegistry.isGameBlacklisted(game)) return IDisputeGame(address(0));
    }

    /// @inheritdoc IDisputeGameFactory
    function isListed(IDisputeGame game) public view returns (bool) {
        if (anchorStateRegistry.isGameBlacklisted(game)) return false;
        GameStatus status = game.status();
        if (status != GameStatus.IN_PROGRESS) return status == GameStatus.DEFENDER_WINS;
        IAssertionGame assertion = IAssertionGame(address(game));
        uint256 batchIndex = assertion.batchIndex();
        if (leadingGame[batchIndex] != game || assertion.challenger() != address(0)) return false;
        if (address(acceptedGame(batchIndex)) != address(0)) return false;
        return game.gameCreator() == systemConfig.proposer() || block.timestamp >= game.createdAt() + listingDelay;
    }

    /// @dev A later claim takes the lead when the present one fell, or when it is the proposer's and the present one is not. Nobody
    /// else can unseat a claim that stands, except by challenging it with a bond.
    function _lead(uint256 batchIndex, IDisputeGame game) private {
        IDisputeGame leading = leadingGame[batchIndex];
        if (address(leading) != address(0)) {
            bool fell =
                leading.status() == GameStatus.CHALLENGER_WINS ||
                    IAssertionGame(address(leading)).challenger() != address(0) ||
                    anchorStateRegistry.isGameBlacklisted(leading);
            address proposer = systemConfig.proposer();
            if (!fell && (msg.sender != proposer || leading.gameCreator() == proposer)) return;
        }
        leadingGame[batchIndex] = game;
    }

    function _checkBatch(bytes calldata extraData) private view returns (uint256) {
        if (extraData.length != 96) revert BadExtraData();
        (uint256 l2BlockNumber, uint256 batchIndex, bytes32 acc) = abi.decode(extraData, (uint256, uint256, bytes32));
        if (batchIndex >= inbox.batchCount()) revert BatchMismatch(batchIndex, 0, 0);
        (bytes32 batchAcc, uint64 lastBlock, , ) = inbox.batchAt(batchIndex + 1);
        if (l2BlockNumber != lastBlock || acc != batchAcc) revert BatchMismatch(batchIndex, lastBlock, batchAcc);
        return batchIndex;
    }

    /// @dev Zero retires a type that is not respected any more.
    function _setImplementation(uint32 gameType, address impl) private {
        if (impl == address(0)) {
            if (gameType == anchorStateRegistry.respectedGameType()) revert BadImplementation(gameType, impl);
        } else if (!_isOwnGame(gameType, impl)) revert BadImplementation(gameType, impl);
        gameImpls[gameType] = impl;
        emit ImplementationSet(impl, gameType);
    }

    function _isOwnGame(uint32 gameType, address impl) private view returns (bool) {
        if (impl.code.length == 0) return false;
        IAssertionGame game = IAssertionGame(impl);
        return
            game.gameType() == gameType &&
            address(game.factory()) == address(this) &&
            game.anchorStateRegistry() == anchorStateRegistry;
    }

    function _setInitBond(uint32 gameType, uint256 bond) private {
        if (bond < MIN_BOND || bond > MAX_BOND) revert BadBond(bond, MIN_BOND, MAX_BOND);
        initBonds[gameType] = bond;
        emit InitBondUpdated(gameType, bond);
    }
}
