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

    /// @notice What clients are shown of the games of a tournament.
    /// @param proposed The newest by the proposer, or the one that it endorsed; zero if there is none.
    /// @param count Number of the games.
    struct Contest {
        address proposed;
        uint64 count;
    }

    /// @notice How a game stands by itself, whatever it continues.
    /// @dev Hidden: not to be shown. Accepted: to be shown. Open: to be shown if its parent is.
    enum Standing {
        Hidden,
        Accepted,
        Open
    }

    /// @dev Length of the extra data of a game.
    uint256 private constant EXTRA_DATA = 160;

    /// @dev What `findLatestGames` knows of a game.
    bytes1 private constant SHOWN = 0x01;
    bytes1 private constant HIDDEN = 0x02;

    /// @inheritdoc ISemver
    string public constant version = "2.0.0";

    /// @notice Names the owner and the proposer.
    ISystemConfig public systemConfig;

    /// @inheritdoc IDisputeGameFactory
    uint64 public listingDelay;

    /// @notice Says which games are respected, barred and retired.
    IAnchorStateRegistry public anchorStateRegistry;

    /// @inheritdoc IDisputeGameFactory
    mapping(uint32 => address) public gameImpls;

    /// @inheritdoc IDisputeGameFactory
    mapping(uint32 => uint256) public initBonds;
    mapping(uint32 => mapping(bytes32 => Contest)) private _contests;
    mapping(uint32 => mapping(bytes32 => address)) private _accepted;
    mapping(bytes32 => GameRecord) private _games;

    /// @dev Index of a game in the list, counted from 1.
    mapping(address => uint256) private _numbers;
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
    /// @param anchorStateRegistry_ Says which games are respected, barred and retired.
    /// @param listingDelay_ How long a game by somebody else than the proposer must stand before it is listed, seconds.
    /// @param gameType Type of the first games.
    /// @param impl Their implementation.
    function initialize(
        ISystemConfig systemConfig_,
        IAnchorStateRegistry anchorStateRegistry_,
        uint64 listingDelay_,
        uint32 gameType,
        address impl
    ) external initializer {
        systemConfig = systemConfig_;
        anchorStateRegistry = anchorStateRegistry_;
        listingDelay = listingDelay_;
        _setImplementation(gameType, impl);
    }

    /// @inheritdoc IDisputeGameFactory
    function create(
        uint32 gameType,
        bytes32 rootClaim,
        bytes calldata data
    ) external payable returns (IDisputeGame game) {
        address impl = gameImpls[gameType];
        if (impl == address(0)) revert NoImplementation(gameType);
        if (msg.value != initBonds[gameType]) revert IncorrectBondAmount(msg.value, initBonds[gameType]);
        if (data.length < EXTRA_DATA) revert BadExtraData(data.length, EXTRA_DATA);
        bytes32 uuid = getGameUUID(gameType, rootClaim, data[:EXTRA_DATA]);
        address before = _games[uuid].proxy;
        // What was retired may be asserted anew.
        if (before != address(0) && !anchorStateRegistry.isGameRetired(IDisputeGame(before)))
            revert GameAlreadyExists(uuid);

        // The address follows from the content, so that after an L1 reorg a move cannot hit another claim than it was meant for.
        game = IDisputeGame(
            Clones.cloneDeterministicWithImmutableArgs(
                impl,
                abi.encodePacked(msg.sender, rootClaim, data[:EXTRA_DATA]),
                bytes32(uint256(uint160(before)))
            )
        );
        GameRecord memory entry = GameRecord(gameType, uint64(block.timestamp), address(game));
        _games[uuid] = entry;
        _list.push(entry);
        _numbers[address(game)] = _list.length;
        game.initialize{value: msg.value}(data[EXTRA_DATA:]);
        Contest storage contest = _contests[gameType][IAssertionGame(address(game)).tournament()];
        contest.count++;
        if (msg.sender == systemConfig.proposer()) contest.proposed = address(game);
        emit DisputeGameCreated(address(game), gameType, rootClaim);
    }

    /// @inheritdoc IDisputeGameFactory
    function accept(bytes32 tournament) external {
        uint256 number = _numbers[msg.sender];
        if (number == 0) revert Unauthorized(msg.sender);
        _accepted[_list[number - 1].gameType][tournament] = msg.sender;
        emit GameAccepted(msg.sender, IAssertionGame(msg.sender).batchIndex(), tournament);
    }

    /// @inheritdoc IDisputeGameFactory
    function endorse(IDisputeGame game) external {
        uint256 number = _numbers[address(game)];
        if (msg.sender != systemConfig.proposer() || number == 0) revert Unauthorized(msg.sender);
        bytes32 tournament = IAssertionGame(address(game)).tournament();
        _contests[_list[number - 1].gameType][tournament].proposed = address(game);
        emit GameEndorsed(address(game), tournament);
    }

    /// @notice Gives a type its implementation, once and for good. Owner only.
    /// @param gameType The type.
    /// @param impl What its games delegate to; their bond is what it says.
    function setImplementation(uint32 gameType, address impl) external onlyOwner {
        _setImplementation(gameType, impl);
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
        bytes memory known = new bytes(start + 1);
        uint256 count = 0;
        for (uint256 i = start + 1; i > 0 && count < n; i--) {
            GameRecord memory entry = _list[i - 1];
            if (entry.gameType != gameType || !_isShown(i - 1, known)) continue;
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
    function isListed(IDisputeGame game) external view returns (bool) {
        uint256 number = _numbers[address(game)];
        return number != 0 && _isShown(number - 1, new bytes(number));
    }

    /// @notice How a game stands by itself. Fails for a game of another shape, which is not shown then.
    /// @param index Its position in the list of all games.
    /// @return standing Whether it is to be shown.
    /// @return parent The game that it continues, if that decides; zero for the genesis output.
    function standing(uint256 index) external view returns (Standing, IDisputeGame parent) {
        GameRecord memory entry = _list[index];
        IAssertionGame game = IAssertionGame(entry.proxy);
        GameStatus status = game.status();
        // It will be asked for what it claims.
        (game.rootClaim(), game.extraData());
        if (
            status == GameStatus.CHALLENGER_WINS ||
            !anchorStateRegistry.isGameRespected(game) ||
            !anchorStateRegistry.isGameProper(game)
        ) return (Standing.Hidden, parent);
        if (status == GameStatus.DEFENDER_WINS) return (Standing.Accepted, parent);
        bytes32 tournament = game.tournament();
        Contest memory contest = _contests[entry.gameType][tournament];
        bool shown =
            contest.proposed == address(0)
                ? contest.count == 1 && block.timestamp >= entry.timestamp + listingDelay
                : contest.proposed == entry.proxy;
        if (!shown || address(acceptedGame(entry.gameType, tournament)) != address(0)) return (Standing.Hidden, parent);
        return (Standing.Open, game.parent());
    }

    /// @inheritdoc IDisputeGameFactory
    function isGame(IDisputeGame game) external view returns (bool) {
        return _numbers[address(game)] != 0;
    }

    /// @inheritdoc IDisputeGameFactory
    function proposedGame(uint32 gameType, bytes32 tournament) external view returns (IDisputeGame) {
        return IDisputeGame(_contests[gameType][tournament].proposed);
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
    function acceptedGame(uint32 gameType, bytes32 tournament) public view returns (IDisputeGame game) {
        game = IDisputeGame(_accepted[gameType][tournament]);
        if (address(game) != address(0) && !anchorStateRegistry.isGameProper(game)) return IDisputeGame(address(0));
    }

    /// @dev Whether a game is shown: it and all open games that it continues must stand. What is found is kept for each game on the way, as a parent
    /// has a lower index than what continues it.
    function _isShown(uint256 index, bytes memory known) private view returns (bool) {
        bytes1 verdict = 0;
        uint256 at = index;
        while (verdict == 0) {
            verdict = known[at];
            if (verdict == 0) (verdict, at) = _next(at);
        }
        // The same way again, to the first game that was known or decided it.
        while (known[index] == 0) {
            known[index] = verdict;
            (bytes1 decided, uint256 parent) = _next(index);
            if (decided != 0) break;
            index = parent;
        }
        return verdict == SHOWN;
    }

    /// @dev What is known of a game by itself, or else the index of its parent, which decides.
    function _next(uint256 index) private view returns (bytes1, uint256) {
        try this.standing(index) returns (Standing how, IDisputeGame parent) {
            if (how == Standing.Hidden) return (HIDDEN, index);
            if (how == Standing.Accepted || address(parent) == address(0)) return (SHOWN, index);
            uint256 number = _numbers[address(parent)];
            return number == 0 || number > index ? (HIDDEN, index) : (bytes1(0), number - 1);
        } catch {
            return (HIDDEN, index);
        }
    }

    function _setImplementation(uint32 gameType, address impl) private {
        if (gameImpls[gameType] != address(0) || !_isOwnGame(gameType, impl)) revert BadImplementation(gameType, impl);
        uint256 bond = IAssertionGame(impl).bond();
        if (bond == 0) revert BadImplementation(gameType, impl);
        gameImpls[gameType] = impl;
        initBonds[gameType] = bond;
        emit ImplementationSet(impl, gameType);
        emit InitBondUpdated(gameType, bond);
    }

    function _isOwnGame(uint32 gameType, address impl) private view returns (bool) {
        if (impl.code.length == 0) return false;
        IAssertionGame game = IAssertionGame(impl);
        return
            game.gameType() == gameType &&
            address(game.factory()) == address(this) &&
            game.anchorStateRegistry() == anchorStateRegistry;
    }
}
