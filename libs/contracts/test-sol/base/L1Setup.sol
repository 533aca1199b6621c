// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ProxyAdmin} from "@openzeppelin/contracts/proxy/transparent/ProxyAdmin.sol";
import {
    ITransparentUpgradeableProxy,
    TransparentUpgradeableProxy
} from "@openzeppelin/contracts/proxy/transparent/TransparentUpgradeableProxy.sol";
import {AnchorStateRegistry} from "../../src-sol/l1/AnchorStateRegistry.sol";
import {BlobDA} from "../../src-sol/l1/BlobDA.sol";
import {Bootstrap} from "../../src-sol/l1/Bootstrap.sol";
import {CalldataDA} from "../../src-sol/l1/CalldataDA.sol";
import {ChallengeTree} from "../../src-sol/l1/ChallengeTree.sol";
import {DisputeGameFactory} from "../../src-sol/l1/DisputeGameFactory.sol";
import {Inbox} from "../../src-sol/l1/Inbox.sol";
import {OptimismPortal} from "../../src-sol/l1/OptimismPortal.sol";
import {SystemConfig} from "../../src-sol/l1/SystemConfig.sol";
import {IAssertionGame} from "../../src-sol/l1/interfaces/IAssertionGame.sol";
import {IChallengeTree} from "../../src-sol/l1/interfaces/IChallengeTree.sol";
import {IDataAvailability} from "../../src-sol/l1/interfaces/IDataAvailability.sol";
import {IDisputeGame} from "../../src-sol/l1/interfaces/IDisputeGame.sol";
import {IFastExits} from "../../src-sol/network/interfaces/IFastExits.sol";
import {BatchHeader, L1Context} from "../../src-sol/shared/Types.sol";
import {Test} from "./Test.sol";
import {ToyProver} from "./ToyProver.sol";

/// @title L1Setup
/// @notice All L1 contracts as the deployment leaves them, and one account for each role.
abstract contract L1Setup is Test {
    uint64 internal constant CHALLENGE_PERIOD = 100;
    uint64 internal constant FINALITY_DELAY = 20;
    uint64 internal constant MATURITY_DELAY = 200;
    uint64 internal constant FORCE_DELAY = 300;
    uint64 internal constant CONTEXT_INTERVAL = 60;
    uint64 internal constant LISTING_DELAY = 30;
    uint64 internal constant PAUSE_DURATION = 1000;
    uint256 internal constant ASSERTION_BOND = 1 ether;
    uint256 internal constant STAKE1 = 0.7 ether + 3;
    uint256 internal constant STAKE2 = 0.3 ether + 1;
    IDisputeGame internal constant NO_PARENT = IDisputeGame(address(0));
    bytes32 internal constant GENESIS = "genesis";
    bytes32 internal constant CODE = "code root";
    bytes32 internal constant RAM = "ram root";
    bytes32 internal constant RULES = "rules hash";
    uint32 internal constant PAGES = 3;
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
    ToyProver internal prover;
    ChallengeTree internal tree;
    IAssertionGame internal gameImpl;
    uint64 internal genesisTimestamp;

    function setUp() public virtual {
        genesisTimestamp = uint64(block.timestamp) - 10;
        bootstrap = new Bootstrap(address(this));
        config = SystemConfig(_proxy());
        inbox = Inbox(_proxy());
        portal = OptimismPortal(payable(_proxy()));
        factory = DisputeGameFactory(_proxy());
        registry = AnchorStateRegistry(_proxy());
        prover = new ToyProver();
        tree = new ChallengeTree(_parameters());
        gameImpl = tree.game();

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
            abi.encodeCall(OptimismPortal.initialize, (config, inbox, registry, MATURITY_DELAY, _fastExits()))
        );
        all[3] = _installation(
            address(factory),
            address(new DisputeGameFactory()),
            abi.encodeCall(DisputeGameFactory.initialize, (config, registry, LISTING_DELAY, 0, address(gameImpl)))
        );
        all[4] = _installation(
            address(registry),
            address(new AnchorStateRegistry()),
            abi.encodeCall(AnchorStateRegistry.initialize, (config, factory, 0, FINALITY_DELAY, GENESIS))
        );
        bootstrap.install(all, owner);

        address[6] memory rich = [batcher, proposer, challenger, alice, bob, guardian];
        for (uint256 i = 0; i < rich.length; i++) vm.deal(rich[i], 10_000 ether);
    }

    /// @notice The rules of the tree. Levels of four leaves, so that a whole dispute fits a test.
    function _parameters() internal view virtual returns (IChallengeTree.Parameters memory p) {
        p.factory = factory;
        p.anchorStateRegistry = registry;
        p.inbox = inbox;
        p.prover = prover;
        p.challengePeriod = CHALLENGE_PERIOD;
        p.heights = [2, 2, 2];
        p.interval = 1;
        p.stakes = [ASSERTION_BOND, STAKE1, STAKE2];
        p.rewards = [uint256(0.02 ether), 0.01 ether, 0.015 ether, 0.1 ether];
        p.codeRoot = CODE;
        p.ramRoot = RAM;
        p.pages = PAGES;
        p.rulesHash = RULES;
    }

    /// @notice What the portal is installed with for fast exits.
    function _fastExits() internal virtual returns (IFastExits) {
        return IFastExits(address(0));
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

    /// @notice Root of the tree over these leaves, or another node of it, by its height and place.
    function _node(bytes32[] memory leaves, uint256 height, uint256 index) internal pure returns (bytes32) {
        if (height == 0) return leaves[index];
        return keccak256(abi.encode(_node(leaves, height - 1, 2 * index), _node(leaves, height - 1, 2 * index + 1)));
    }

    function _depth(bytes32[] memory leaves) internal pure returns (uint256 depth) {
        while (1 << depth < leaves.length) depth++;
    }

    function _rootOf(bytes32[] memory leaves) internal pure returns (bytes32) {
        return _node(leaves, _depth(leaves), 0);
    }

    /// @notice Siblings of the last leaf, from its own up.
    function _lastProof(bytes32[] memory leaves) internal pure returns (bytes32[] memory proof) {
        uint256 depth = _depth(leaves);
        proof = new bytes32[](depth);
        for (uint256 i = 0; i < depth; i++) proof[i] = _node(leaves, i, ((leaves.length - 1) >> i) - 1);
    }

    /// @notice A history of four blocks that all have this output root.
    function _flat(bytes32 root) internal pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](4);
        for (uint256 i = 0; i < 4; i++) leaves[i] = root;
    }

    /// @notice What a claim about the next batch on a parent says besides the root.
    function _extraData(IDisputeGame parent, bytes32 history) internal view returns (bytes memory) {
        uint256 batchIndex = address(parent) == address(0) ? 0 : IAssertionGame(address(parent)).batchIndex() + 1;
        (bytes32 acc, uint64 lastBlock, , ) = inbox.batchAt(batchIndex + 1);
        return abi.encode(uint256(lastBlock), batchIndex, acc, parent, history);
    }

    /// @notice What `create` is given for a claim with this history.
    function _data(IDisputeGame parent, bytes32[] memory leaves) internal view returns (bytes memory) {
        return abi.encodePacked(_extraData(parent, _rootOf(leaves)), _lastProof(leaves));
    }

    /// @notice Asserts a history of the blocks after a parent.
    function _assert(address who, IDisputeGame parent, bytes32[] memory leaves) internal returns (IAssertionGame) {
        bytes memory data = _data(parent, leaves);
        vm.prank(who);
        return IAssertionGame(address(factory.create{value: ASSERTION_BOND}(0, leaves[leaves.length - 1], data)));
    }

    /// @notice Asserts that all blocks after a parent have this output root.
    function _assert(address who, IDisputeGame parent, bytes32 root) internal returns (IAssertionGame) {
        return _assert(who, parent, _flat(root));
    }

    /// @notice Gives the factory games of type 1, and respects those only.
    function _respectAnotherType() internal returns (ChallengeTree other) {
        IChallengeTree.Parameters memory p = _parameters();
        p.gameType = 1;
        other = new ChallengeTree(p);
        address impl = address(other.game());
        vm.startPrank(owner);
        factory.setImplementation(1, impl);
        registry.setRespectedGameType(1);
        vm.stopPrank();
    }
}
