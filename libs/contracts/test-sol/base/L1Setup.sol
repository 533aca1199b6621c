// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ProxyAdmin} from "@openzeppelin/contracts/proxy/transparent/ProxyAdmin.sol";
import {
    ITransparentUpgradeableProxy,
    TransparentUpgradeableProxy
} from "@openzeppelin/contracts/proxy/transparent/TransparentUpgradeableProxy.sol";
import {AnchorStateRegistry} from "../../src-sol/l1/AnchorStateRegistry.sol";
import {AssertionGame} from "../../src-sol/l1/AssertionGame.sol";
import {BlobDA} from "../../src-sol/l1/BlobDA.sol";
import {Bootstrap} from "../../src-sol/l1/Bootstrap.sol";
import {CalldataDA} from "../../src-sol/l1/CalldataDA.sol";
import {DisputeGameFactory} from "../../src-sol/l1/DisputeGameFactory.sol";
import {GuardianDisputeResolver} from "../../src-sol/l1/GuardianDisputeResolver.sol";
import {Inbox} from "../../src-sol/l1/Inbox.sol";
import {OptimismPortal} from "../../src-sol/l1/OptimismPortal.sol";
import {SystemConfig} from "../../src-sol/l1/SystemConfig.sol";
import {IAssertionGame} from "../../src-sol/l1/interfaces/IAssertionGame.sol";
import {IDataAvailability} from "../../src-sol/l1/interfaces/IDataAvailability.sol";
import {IDisputeGame} from "../../src-sol/l1/interfaces/IDisputeGame.sol";
import {BatchHeader, L1Context} from "../../src-sol/shared/Types.sol";
import {Test} from "./Test.sol";

/// @title L1Setup
/// @notice All L1 contracts as the deployment leaves them, and one account for each role.
abstract contract L1Setup is Test {
    uint64 internal constant CHALLENGE_PERIOD = 100;
    uint64 internal constant RESOLUTION_PERIOD = 500;
    uint64 internal constant FINALITY_DELAY = 20;
    uint64 internal constant MATURITY_DELAY = 200;
    uint64 internal constant FORCE_DELAY = 300;
    uint64 internal constant CONTEXT_INTERVAL = 60;
    uint64 internal constant LISTING_DELAY = 30;
    uint64 internal constant PAUSE_DURATION = 1000;
    uint256 internal constant ASSERTION_BOND = 1 ether;
    uint256 internal constant CHALLENGE_BOND = 0.7 ether + 3;
    /// @dev Slots of the inbox's lists, see snapshots/storage.txt; their items take two each, the accumulator first.
    bytes32 internal constant DEPOSITS = bytes32(uint256(4));
    bytes32 internal constant BATCHES = bytes32(uint256(5));
    address internal constant BURN = 0x000000000000000000000000000000000000dEaD;

    address internal owner = makeAddress("owner");
    address internal operator = makeAddress("operator");
    address internal guardian = makeAddress("guardian");
    address internal sequencer = makeAddress("sequencer");
    address internal batcher = makeAddress("batcher");
    address internal proposer = makeAddress("proposer");
    address internal challenger = makeAddress("challenger");
    address internal alice = makeAddress("alice");
    address internal bob = makeAddress("bob");

    Bootstrap internal bootstrap;
    SystemConfig internal config;
    Inbox internal inbox;
    OptimismPortal internal portal;
    DisputeGameFactory internal factory;
    AnchorStateRegistry internal registry;
    GuardianDisputeResolver internal resolver;
    AssertionGame internal gameImpl;
    uint64 internal genesisTimestamp;

    function setUp() public virtual {
        genesisTimestamp = uint64(block.timestamp) - 10;
        bootstrap = new Bootstrap(address(this));
        config = SystemConfig(_proxy());
        inbox = Inbox(_proxy());
        portal = OptimismPortal(payable(_proxy()));
        factory = DisputeGameFactory(_proxy());
        registry = AnchorStateRegistry(_proxy());
        resolver = new GuardianDisputeResolver(config);
        gameImpl = new AssertionGame(factory, registry, resolver, CHALLENGE_PERIOD, RESOLUTION_PERIOD, CHALLENGE_BOND);

        Bootstrap.Installation[] memory all = new Bootstrap.Installation[](5);
        all[0] = _installation(
            address(config),
            address(new SystemConfig()),
            abi.encodeCall(
                SystemConfig.initialize,
                (
                    SystemConfig.Parameters(
                        owner,
                        operator,
                        guardian,
                        sequencer,
                        batcher,
                        proposer,
                        challenger,
                        30_000_000,
                        500_000,
                        400_000,
                        PAUSE_DURATION
                    )
                )
            )
        );
        IDataAvailability[] memory further = _furtherAdapters();
        IDataAvailability[] memory adapters = new IDataAvailability[](2 + further.length);
        adapters[0] = new CalldataDA();
        adapters[1] = new BlobDA();
        for (uint256 i = 0; i < further.length; i++) adapters[2 + i] = further[i];
        all[1] = _installation(
            address(inbox),
            address(new Inbox()),
            abi.encodeCall(
                Inbox.initialize,
                (config, address(portal), genesisTimestamp, FORCE_DELAY, CONTEXT_INTERVAL, adapters)
            )
        );
        all[2] = _installation(
            address(portal),
            address(new OptimismPortal()),
            abi.encodeCall(OptimismPortal.initialize, (config, inbox, registry, MATURITY_DELAY))
        );
        all[3] = _installation(
            address(factory),
            address(new DisputeGameFactory()),
            abi.encodeCall(
                DisputeGameFactory.initialize,
                (config, inbox, registry, LISTING_DELAY, 0, address(gameImpl), ASSERTION_BOND)
            )
        );
        all[4] = _installation(
            address(registry),
            address(new AnchorStateRegistry()),
            abi.encodeCall(AnchorStateRegistry.initialize, (config, factory, 0, FINALITY_DELAY, bytes32("genesis")))
        );
        bootstrap.install(all, owner);

        address[6] memory rich = [batcher, proposer, challenger, alice, bob, guardian];
        for (uint256 i = 0; i < rich.length; i++) vm.deal(rich[i], 10_000 ether);
    }

    /// @notice Adapters that the inbox is installed with besides those of every deployment.
    function _furtherAdapters() internal virtual returns (IDataAvailability[] memory further) {}

    function _proxy() internal returns (address) {
        return
            address(
                new TransparentUpgradeableProxy(
                    address(bootstrap),
                    address(bootstrap),
                    abi.encodeCall(Bootstrap.idle, ())
                )
            );
    }

    function _admin(address proxy) internal view returns (ProxyAdmin) {
        bytes32 slot = bytes32(uint256(keccak256("eip1967.proxy.admin")) - 1);
        return ProxyAdmin(address(uint160(uint256(vm.load(proxy, slot)))));
    }

    function _installation(
        address proxy,
        address implementation,
        bytes memory data
    ) internal view returns (Bootstrap.Installation memory) {
        return Bootstrap.Installation(_admin(proxy), ITransparentUpgradeableProxy(proxy), implementation, data);
    }

    /// @notice Lets L1 go on by one block and this many seconds.
    function _pass(uint256 time) internal {
        vm.roll(block.number + 1);
        vm.warp(block.timestamp + time);
    }

    /// @notice The header of the next batch that follows all rules.
    function _nextHeader(uint32 blocks, uint64 depositsReadAfter) internal view returns (BatchHeader memory) {
        (, uint64 lastBlock, uint64 lastTimestamp, ) = inbox.batchAt(inbox.batchCount());
        return BatchHeader(lastBlock + 1, blocks, depositsReadAfter, lastTimestamp + blocks);
    }

    /// @notice What the inbox records with an entry that it appends now.
    function _context() internal view returns (L1Context memory) {
        return
            L1Context(
                uint64(block.number),
                uint64(block.timestamp),
                block.basefee,
                block.blobbasefee,
                blockhash(block.number - 1),
                30_000_000,
                500_000,
                400_000
            );
    }

    function _append(BatchHeader memory header, bytes memory data) internal {
        vm.prank(batcher, batcher);
        _appendAs(header, 1, data);
    }

    /// @notice Appends a batch on top of what is there, as whoever `vm.prank` says.
    function _appendAs(BatchHeader memory header, uint8 kind, bytes memory evidence) internal {
        (bytes32 parentAcc, bytes32 depositAcc) = _base(header.depositsReadAfter);
        inbox.appendBatch(header, parentAcc, depositAcc, kind, evidence);
    }

    /// @notice Forces a batch on top of what is there, as whoever `vm.prank` says.
    function _force(bytes memory evidence) internal {
        uint64 count = uint64(uint256(vm.load(address(inbox), DEPOSITS)));
        (bytes32 parentAcc, bytes32 depositAcc) = _base(count);
        inbox.forceBatch(parentAcc, count, depositAcc, evidence);
    }

    /// @notice Accumulators of the last batch and of the first `deposits` entries. Read from storage: a call would be what an expected
    /// revert or a prank is about.
    function _base(uint64 deposits) internal view returns (bytes32 parentAcc, bytes32 depositAcc) {
        parentAcc = _acc(BATCHES, uint256(vm.load(address(inbox), BATCHES)));
        depositAcc = _acc(DEPOSITS, deposits);
    }

    function _acc(bytes32 list, uint256 count) private view returns (bytes32) {
        if (count == 0) return 0;
        return vm.load(address(inbox), bytes32(uint256(keccak256(abi.encode(list))) + 2 * (count - 1)));
    }

    /// @notice Appends a batch of this many blocks that reads the whole queue.
    function _appendNext(uint32 blocks) internal returns (uint256 index) {
        index = inbox.batchCount();
        _append(_nextHeader(blocks, uint64(inbox.depositCount())), abi.encode("batch", index));
    }

    function _extraData(uint256 batchIndex) internal view returns (bytes memory) {
        (bytes32 acc, uint64 lastBlock, , ) = inbox.batchAt(batchIndex + 1);
        return abi.encode(uint256(lastBlock), batchIndex, acc);
    }

    function _assert(address who, uint256 batchIndex, bytes32 root) internal returns (IAssertionGame) {
        bytes memory extraData = _extraData(batchIndex);
        vm.prank(who);
        return IAssertionGame(address(factory.create{value: ASSERTION_BOND}(0, root, extraData)));
    }

    /// @notice Gives the factory games of type 1, and respects those only.
    function _respectAnotherType() internal {
        AssertionGame impl = new AssertionGame(factory, registry, resolver, 1, 1, 1);
        vm.mockCall(address(impl), abi.encodeCall(IDisputeGame.gameType, ()), abi.encode(uint32(1)));
        vm.startPrank(owner);
        factory.setImplementation(1, address(impl));
        factory.setInitBond(1, 1 ether);
        registry.setRespectedGameType(1);
        vm.stopPrank();
    }

    function _challenge(address who, IAssertionGame game) internal {
        vm.prank(who);
        game.challenge{value: CHALLENGE_BOND}();
    }
}
