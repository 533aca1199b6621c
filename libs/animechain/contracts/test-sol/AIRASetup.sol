// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Test} from "@animechain/testing/Test.sol";
import {IAIRAFactory, MintTerms, Waterfall} from "../src-sol/interfaces/IAIRAFactory.sol";
import {ITransferPolicy} from "../src-sol/interfaces/ITransferPolicy.sol";
import {Work} from "../src-sol/interfaces/IIPRegistry.sol";
import {AIRA} from "../src-sol/AIRA.sol";
import {AIRAFactory} from "../src-sol/AIRAFactory.sol";
import {IPRegistry} from "../src-sol/IPRegistry.sol";
import {Modules} from "../src-sol/Modules.sol";
import {Money} from "./Money.sol";
import {StandinCouncil} from "./standins/aira/StandinCouncil.sol";
import {StandinModelRegistry} from "./standins/aira/StandinModelRegistry.sol";
import {StandinProviderRewards} from "./standins/aira/StandinProviderRewards.sol";
import {StandinRoyaltyVaults} from "./standins/aira/StandinRoyaltyVaults.sol";

/// @notice A work, a version, two listed tokens (of 18 and of 2 decimals), and a factory.
abstract contract AIRASetup is Test {
    /// @dev What forge prints.
    // solhint-disable-next-line event-name-capwords
    event log_named_uint(string key, uint256 val);

    address internal constant TREASURY = address(0x90);
    uint256 internal constant OWNER_KEY = 0x0111;
    uint256 internal constant MODEL_KEY = 0x0222;

    address internal immutable OWNER = vm.addr(OWNER_KEY);
    address internal immutable MODEL_OWNER = vm.addr(MODEL_KEY);
    address internal immutable ALICE = makeAddress("alice");
    address internal immutable BOB = makeAddress("bob");

    Modules internal modules;
    IPRegistry internal works;
    StandinRoyaltyVaults internal vaults;
    StandinModelRegistry internal models;
    StandinCouncil internal council;
    AIRAFactory internal factory;
    Money internal gold;
    Money internal yen;
    uint256 internal work;
    uint256 internal model;

    function setUp() public virtual {
        // Noon, so that no payment of a test begins at the start of a day by accident.
        vm.warp(1_700_006_400 + 12 hours);
        modules = new Modules(TREASURY, new bytes32[](0));
        works = new IPRegistry(modules, "Animechain works", "WORK");
        (vaults, models, council) = (new StandinRoyaltyVaults(), new StandinModelRegistry(), new StandinCouncil());
        factory = new AIRAFactory(modules, IAIRAFactory(address(0)));
        modules.place(keccak256("IPRegistry"), address(works));
        modules.place(keccak256("RoyaltyVaults"), address(vaults));
        modules.place(keccak256("ModelRegistry"), address(models));
        modules.place(keccak256("Council"), address(council));
        modules.place(keccak256("AIRAFactory"), address(factory));
        _placeRewards();
        (gold, yen) = (new Money(18), new Money(2));
        vaults.listToken(gold, true);
        vaults.listToken(yen, true);
        work = _register(OWNER);
        model = models.publish(MODEL_OWNER, 1);
    }

    function _placeRewards() internal virtual {
        modules.place(keccak256("ProviderRewards"), address(new StandinProviderRewards()));
    }

    function _register(address owner) internal returns (uint256) {
        address[] memory authors = new address[](1);
        authors[0] = OWNER;
        uint256 number = works.count() + 1;
        Work memory entry = Work(
            1,
            keccak256(abi.encode("asset", number)),
            keccak256(abi.encode("root", number)),
            0,
            authors,
            new uint256[](0),
            new uint16[](0)
        );
        bytes[] memory signatures = new bytes[](1);
        uint256[] memory licences = new uint256[](0);
        bytes32 digest = works.digestOf(entry, owner, licences, "cid", works.nonces(OWNER), block.timestamp);
        signatures[0] = _sign(OWNER_KEY, digest);
        return works.register(entry, owner, licences, "cid", block.timestamp, signatures);
    }

    function _sign(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    /// 1,000 tokens, three quarters to Alice and a quarter to Bob; 2% to the protocol, 38% to the work, 50% to holders, 10% to providers.
    function _terms() internal view returns (MintTerms memory terms) {
        terms.work = work;
        terms.version = model;
        terms.waterfall = Waterfall(200, 3_800, 5_000, 1_000);
        terms.publishBps = 1_500;
        terms.creditsPerTokenDay = 10;
        (terms.holders, terms.amounts) = (new address[](2), new uint256[](2));
        (terms.holders[0], terms.holders[1]) = (ALICE, BOB);
        (terms.amounts[0], terms.amounts[1]) = (750e18, 250e18);
        terms.tokens = new IERC20[](2);
        (terms.tokens[0], terms.tokens[1]) = (gold, yen);
        terms.policy = ITransferPolicy(address(0));
        (terms.priceToken, terms.pricePerUnit) = (gold, 1e16);
    }

    function _agree(MintTerms memory terms) internal view returns (bytes memory) {
        return _sign(MODEL_KEY, factory.digestOf(terms, OWNER, factory.nonces(MODEL_OWNER), block.timestamp));
    }

    function _mint(MintTerms memory terms) internal returns (AIRA) {
        bytes memory signature = _agree(terms);
        vm.prank(OWNER);
        return AIRA(factory.mint(terms, block.timestamp, signature));
    }

    function _fund(Money token, address account, uint256 amount, address spender) internal {
        token.mint(account, amount);
        vm.prank(account);
        token.approve(spender, type(uint256).max);
    }

    function _pay(AIRA aira, Money token, uint256 amount) internal {
        token.mint(address(this), amount);
        token.approve(address(aira), amount);
        aira.pay(token, amount);
    }

    function _pass(uint256 time) internal {
        vm.warp(block.timestamp + time);
    }
}
