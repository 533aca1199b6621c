// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AnchorStateRegistry} from "../../src-sol/l1/AnchorStateRegistry.sol";
import {DisputeGameFactory} from "../../src-sol/l1/DisputeGameFactory.sol";
import {Inbox} from "../../src-sol/l1/Inbox.sol";
import {OptimismPortal} from "../../src-sol/l1/OptimismPortal.sol";
import {IAssertionGame} from "../../src-sol/l1/interfaces/IAssertionGame.sol";
import {IDisputeGame} from "../../src-sol/l1/interfaces/IDisputeGame.sol";
import {BatchHeader} from "../../src-sol/shared/Types.sol";
import {L1Setup} from "../base/L1Setup.sol";
import {Test} from "../base/Test.sol";

/// @notice Anything that anybody may do, in any order, with the accounts it needs. A move that is refused is discarded: forge counts
/// it as such, and draws another.
contract World is Test {
    Inbox public inbox;
    OptimismPortal public portal;
    DisputeGameFactory public factory;
    AnchorStateRegistry public registry;
    address public batcher;
    uint256 public deposited;
    IAssertionGame[] public games;

    constructor(
        Inbox inbox_,
        OptimismPortal portal_,
        DisputeGameFactory factory_,
        AnchorStateRegistry registry_,
        address batcher_
    ) {
        (inbox, portal, factory, registry, batcher) = (inbox_, portal_, factory_, registry_, batcher_);
    }

    function _player(uint256 seed) private returns (address player) {
        player = address(uint160(0xa11ce000 + (seed % 4)));
        vm.deal(player, 1_000_000 ether);
    }

    function _game(uint256 seed) private view returns (IAssertionGame) {
        return games[seed % games.length];
    }

    function count() external view returns (uint256) {
        return games.length;
    }

    function pass(uint16 time) external {
        vm.roll(block.number + 1);
        vm.warp(block.timestamp + (time % 5 == 0 ? 310 : time % 130));
    }

    function deposit(uint256 seed, uint96 value, uint64 gas) external {
        address player = _player(seed);
        gas = uint64(bound(gas, 21_000, 3_000_000));
        vm.prank(player, player);
        try portal.depositTransaction{value: value}(player, value, gas, false, "") {
            deposited += value;
        } catch {
            vm.assume(false);
        }
    }

    function context() external {
        try inbox.appendContext() {} catch {
            vm.assume(false);
        }
    }

    function batch(uint32 blocks, uint64 ahead, uint64 read, bytes calldata data) external {
        (, uint64 lastBlock, uint64 lastTimestamp, uint64 before) = inbox.batchAt(inbox.batchCount());
        blocks = uint32(bound(blocks, 1, 4));
        BatchHeader memory header = BatchHeader(
            lastBlock + 1,
            blocks,
            uint64(bound(read, before, inbox.depositCount())),
            lastTimestamp + blocks + (ahead % 30)
        );
        bytes32 parentAcc = inbox.batchAcc(inbox.batchCount());
        bytes32 depositAcc = inbox.depositAcc(header.depositsReadAfter);
        vm.prank(batcher, batcher);
        try inbox.appendBatch(header, parentAcc, depositAcc, 1, data) {} catch {
            vm.assume(false);
        }
    }

    function force(uint256 seed) external {
        address player = _player(seed);
        bytes32 parentAcc = inbox.batchAcc(inbox.batchCount());
        vm.prank(player, player);
        try inbox.forceBatch(parentAcc, 0, 0, "") {} catch {
            vm.assume(false);
        }
    }

    /// Anything about the next batch on any game, or on none.
    function claim(uint256 seed, uint256 which, uint8 root) external {
        vm.assume(inbox.batchCount() != 0);
        IDisputeGame parent = games.length == 0 || which % 3 == 0 ? IDisputeGame(address(0)) : _game(which);
        uint256 batchIndex = address(parent) == address(0) ? 0 : _game(which).batchIndex() + 1;
        vm.assume(batchIndex < inbox.batchCount());
        (bytes32 acc, uint64 lastBlock, , ) = inbox.batchAt(batchIndex + 1);
        uint256 bond = factory.initBonds(0);
        bytes32 leaf = bytes32(uint256(root % 3));
        bytes32 pair = keccak256(abi.encode(leaf, leaf));
        bytes32 history = keccak256(abi.encode(pair, pair));
        vm.prank(_player(seed));
        try
            factory.create{value: bond}(
                0,
                leaf,
                abi.encode(uint256(lastBlock), batchIndex, acc, parent, history, leaf, pair)
            )
        returns (IDisputeGame game) {
            games.push(IAssertionGame(address(game)));
        } catch {
            vm.assume(false);
        }
    }

    function resolve(uint256 which) external {
        vm.assume(games.length != 0);
        try _game(which).resolve() {} catch {
            vm.assume(false);
        }
    }

    function anchor(uint256 which) external {
        vm.assume(games.length != 0);
        try registry.setAnchorState(IDisputeGame(address(_game(which)))) {} catch {
            vm.assume(false);
        }
    }
}

contract InvariantsTest is L1Setup {
    World private world;

    function setUp() public override {
        super.setUp();
        world = new World(inbox, portal, factory, registry, batcher);
        targetContract(address(world));
    }

    /// At most one valid claim exists for a batch.
    function invariant_claimsForABatchNeverContradict() external view {
        for (uint256 i = 0; i < world.count(); i++) {
            for (uint256 j = i + 1; j < world.count(); j++) {
                IAssertionGame a = world.games(i);
                IAssertionGame b = world.games(j);
                if (a.tournament() != b.tournament()) continue;
                bool both =
                    registry.isGameClaimValid(IDisputeGame(address(a))) &&
                        registry.isGameClaimValid(IDisputeGame(address(b)));
                assertFalse(both, "two valid claims for one batch");
            }
        }
    }

    /// For each batch at most one game that is still open is shown to clients.
    function invariant_oneLeadingClaimForABatch() external view {
        for (uint256 i = 0; i < world.count(); i++) {
            for (uint256 j = i + 1; j < world.count(); j++) {
                IAssertionGame a = world.games(i);
                IAssertionGame b = world.games(j);
                if (a.tournament() != b.tournament()) continue;
                assertFalse(
                    factory.isListed(IDisputeGame(address(a))) && factory.isListed(IDisputeGame(address(b))),
                    "two listed claims for one batch"
                );
            }
        }
    }

    /// What came in by deposits is still there, as nothing was withdrawn.
    function invariant_depositsAreLocked() external view {
        assertEq(address(portal).balance, world.deposited(), "locked");
    }

    /// Batches are contiguous in blocks, advance in time by a second a block at least, and read deposits forwards.
    function invariant_batchesAreInOrder() external view {
        for (uint256 i = 0; i < inbox.batchCount(); i++) {
            (, uint64 block0, uint64 time0, uint64 read0) = inbox.batchAt(i);
            (, uint64 block1, uint64 time1, uint64 read1) = inbox.batchAt(i + 1);
            assertGe(block1, block0 + 1, "blocks");
            assertGe(time1, time0 + (block1 - block0), "time");
            assertGe(read1, read0, "deposits");
            (, , uint64 gas0, , ) = inbox.depositAt(read0);
            (, , uint64 gas1, , ) = inbox.depositAt(read1);
            assertLe(gas1 - gas0, 30_000_000, "deposit gas");
        }
    }
}
