// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IAIRA} from "../src-sol/interfaces/IAIRA.sol";
import {IAIRAFactory, MintTerms} from "../src-sol/interfaces/IAIRAFactory.sol";
import {AIRA} from "../src-sol/AIRA.sol";
import {AIRAFactory} from "../src-sol/AIRAFactory.sol";
import {AIRASetup} from "./AIRASetup.sol";
import {Money} from "./Money.sol";

/// @notice Signs whatever it is asked, by ERC-1271.
contract Studio is IERC1271 {
    function isValidSignature(bytes32, bytes memory signature) external pure returns (bytes4) {
        return signature.length == 1 ? IERC1271.isValidSignature.selector : bytes4(0);
    }
}

contract AIRAFactoryTest is AIRASetup {
    function _refused(MintTerms memory terms, bytes memory reason) private {
        bytes memory signature = _agree(terms);
        vm.prank(OWNER);
        vm.expectRevert(reason);
        factory.mint(terms, block.timestamp, signature);
    }

    function test_aPairHasOneTokenWithFrozenTerms() public {
        AIRA aira = _mint(_terms());
        assertEq(factory.airaOf(work, model), address(aira), "the pair's");
        assertEq(aira.work(), work, "work");
        assertEq(aira.modelVersion(), model, "version");
        assertEq(aira.waterfall().protocol, 200, "protocol");
        assertEq(aira.waterfall().providers, 1_000, "providers");
        assertEq(aira.publishBps(), 1_500, "publish");
        assertEq(factory.publishBpsOf(address(aira)), 1_500, "publish, by the factory");
        assertEq(aira.creditsPerTokenDay(), 10, "credits");
        assertEq(aira.totalSupply(), 1_000e18, "supply");
        assertEq(aira.balanceOf(ALICE), 750e18, "alice");
        assertEq(bytes(aira.name()), "AIRA 1/1", "name");
        assertEq(bytes(aira.symbol()), "AIRA-1-1", "symbol");
        assertEq(aira.tokens().length, 2, "tokens");
        assertTrue(factory.isAIRA(address(aira)), "known");
        assertFalse(factory.isAIRA(address(this)), "a stranger");
        assertEq(factory.publishBpsOf(address(this)), 0, "a stranger's share");
        _refused(_terms(), abi.encodeWithSelector(IAIRAFactory.AIRAFactory_Minted.selector, address(aira)));
    }

    function test_mintGas() public {
        MintTerms memory terms = _terms();
        bytes memory signature = _agree(terms);
        vm.prank(OWNER);
        uint256 before = gasleft();
        factory.mint(terms, block.timestamp, signature);
        emit log_named_uint("gas of a mint", before - gasleft());
        assertLe(before - gasleft(), 1_000_000, "gas of a mint");
    }

    function test_onlyTheWorksOwnerMintsAndOnlyWithTheModelOwner() public {
        MintTerms memory terms = _terms();
        bytes memory signature = _agree(terms);
        vm.expectRevert(abi.encodeWithSelector(IAIRAFactory.AIRAFactory_Unauthorized.selector, address(this), OWNER));
        factory.mint(terms, block.timestamp, signature);
        terms.publishBps = 1;
        vm.prank(OWNER);
        vm.expectRevert(abi.encodeWithSelector(IAIRAFactory.AIRAFactory_BadSignature.selector, MODEL_OWNER, 0));
        factory.mint(terms, block.timestamp, signature);
        vm.prank(OWNER);
        vm.expectRevert(
            abi.encodeWithSelector(IAIRAFactory.AIRAFactory_Expired.selector, block.timestamp - 1, block.timestamp)
        );
        factory.mint(_terms(), block.timestamp - 1, signature);
        vm.prank(OWNER);
        factory.mint(_terms(), block.timestamp, signature);
        assertEq(factory.nonces(MODEL_OWNER), 1, "used once");
    }

    function test_aStudioSignsByItsCodeAndAnOwnerOfBothNeedNotSign() public {
        MintTerms memory terms = _terms();
        terms.version = models.publish(address(new Studio()), 1);
        vm.prank(OWNER);
        factory.mint(terms, block.timestamp, hex"01");
        terms.version = models.publish(OWNER, 1);
        vm.prank(OWNER);
        factory.mint(terms, block.timestamp, "");
        assertTrue(factory.airaOf(work, 3) != address(0), "both minted");
    }

    function test_taintAndPauseStopMints() public {
        models.taint(model, true);
        _refused(_terms(), abi.encodeWithSelector(IAIRAFactory.AIRAFactory_NotMintable.selector, model));
        models.taint(model, false);
        council.pause(keccak256("AIRAFactory"), true);
        _refused(_terms(), abi.encodeWithSelector(IAIRAFactory.AIRAFactory_Paused.selector));
    }

    function test_theWaterfallIsWholeAndTheProtocolsShareGovernances() public {
        MintTerms memory terms = _terms();
        terms.waterfall.work -= 1;
        _refused(terms, abi.encodeWithSelector(IAIRAFactory.AIRAFactory_Shares.selector, 9_999, 10_000));
        terms = _terms();
        terms.waterfall.protocol = 100;
        _refused(terms, abi.encodeWithSelector(IAIRAFactory.AIRAFactory_ProtocolShare.selector, 100, 200));
        terms = _terms();
        terms.publishBps = 10_001;
        _refused(terms, abi.encodeWithSelector(IAIRAFactory.AIRAFactory_Above.selector, "publish", 10_001, 10_000));
        vm.expectRevert(
            abi.encodeWithSelector(IAIRAFactory.AIRAFactory_Unauthorized.selector, address(this), TREASURY)
        );
        factory.setProtocolBps(300);
        vm.prank(TREASURY);
        vm.expectRevert(abi.encodeWithSelector(IAIRAFactory.AIRAFactory_Above.selector, "protocol", 501, 500));
        factory.setProtocolBps(501);
        AIRA aira = _mint(_terms());
        vm.prank(TREASURY);
        factory.setProtocolBps(500);
        assertEq(aira.waterfall().protocol, 200, "what was minted keeps its share");
    }

    function test_supplyAndListsAreBounded() public {
        MintTerms memory terms = _terms();
        terms.amounts[1] = 0;
        _refused(terms, abi.encodeWithSelector(IAIRAFactory.AIRAFactory_Zero.selector, "amount"));
        terms.amounts[1] = type(uint112).max;
        _refused(
            terms,
            abi.encodeWithSelector(
                IAIRAFactory.AIRAFactory_Above.selector,
                "supply",
                uint256(type(uint112).max) + 750e18,
                type(uint112).max
            )
        );
        terms.amounts[1] = type(uint256).max;
        _refused(
            terms,
            abi.encodeWithSelector(
                IAIRAFactory.AIRAFactory_Above.selector,
                "supply",
                type(uint256).max,
                type(uint112).max
            )
        );
        terms = _terms();
        terms.amounts = new uint256[](1);
        _refused(terms, abi.encodeWithSelector(IAIRAFactory.AIRAFactory_Length.selector, "amounts", 1, 2, 2));
        terms.holders = new address[](17);
        _refused(terms, abi.encodeWithSelector(IAIRAFactory.AIRAFactory_Length.selector, "holders", 17, 1, 16));
        terms = _terms();
        terms.tokens = new IERC20[](9);
        _refused(terms, abi.encodeWithSelector(IAIRAFactory.AIRAFactory_Length.selector, "tokens", 9, 0, 8));
    }

    function test_tokensAreListedAndThePricesAmongThem() public {
        MintTerms memory terms = _terms();
        Money other = new Money(6);
        terms.tokens[1] = other;
        _refused(terms, abi.encodeWithSelector(IAIRA.AIRA_NotListed.selector, other));
        terms.tokens[1] = gold;
        _refused(terms, abi.encodeWithSelector(IAIRA.AIRA_Open.selector, gold));
        terms = _terms();
        terms.priceToken = other;
        _refused(terms, abi.encodeWithSelector(IAIRA.AIRA_NotOpen.selector, other));
    }

    function test_aReplacedFactorysTokensStayThoseOfTheirPairs() public {
        AIRA aira = _mint(_terms());
        factory = new AIRAFactory(modules, factory);
        assertEq(factory.airaOf(work, model), address(aira), "the pair's");
        assertEq(factory.publishBpsOf(address(aira)), 1_500, "its share");
        assertTrue(factory.isAIRA(address(aira)), "known");
        _refused(_terms(), abi.encodeWithSelector(IAIRAFactory.AIRAFactory_Minted.selector, address(aira)));
    }

    function test_nobodySetsATokenUpAgain() public {
        AIRA aira = _mint(_terms());
        vm.expectRevert(abi.encodeWithSelector(IAIRA.AIRA_Unauthorized.selector, address(this), address(factory)));
        aira.initialize(_terms());
        vm.prank(address(factory));
        vm.expectRevert(IAIRA.AIRA_Initialized.selector);
        aira.initialize(_terms());
        AIRA implementation = factory.implementation();
        vm.expectRevert(abi.encodeWithSelector(IAIRA.AIRA_Unauthorized.selector, address(this), address(factory)));
        implementation.initialize(_terms());
    }

    function testFuzz_anySharesOfTheWholeAreTaken(uint16 w, uint16 h) public {
        MintTerms memory terms = _terms();
        w = uint16(bound(w, 0, 9_800));
        h = uint16(bound(h, 0, 9_800 - w));
        (terms.waterfall.work, terms.waterfall.holders) = (w, h);
        terms.waterfall.providers = 9_800 - w - h;
        AIRA aira = _mint(terms);
        _pay(aira, yen, 9_999);
        (uint256 deposited, , ) = aira.streamOf(yen);
        assertEq(deposited, (uint256(9_999) * h) / 10_000, "holders");
        assertEq(yen.balanceOf(TREASURY), 199, "protocol");
        assertEq(
            vaults.paidIn(work, yen),
            9_999 - 199 - deposited - (uint256(9_999) * terms.waterfall.providers) / 10_000,
            "the work has what is left"
        );
    }
}
