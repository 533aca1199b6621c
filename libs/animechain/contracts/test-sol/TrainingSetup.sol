// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ConsentTerms} from "../src-sol/interfaces/IConsentRegistry.sol";
import {TrainingLeaf} from "../src-sol/interfaces/ITrainingCommit.sol";
import {TrainingCommit} from "../src-sol/TrainingCommit.sol";
import {TrainingTree} from "../src-sol/TrainingTree.sol";
import {ConsentSetup} from "./ConsentSetup.sol";
import {StandinRoyaltyVaults} from "./standins/StandinRoyaltyVaults.sol";
import {Tree, Trees} from "./Trees.sol";

/// @notice A token with 2 decimals that can be told to keep a fee of each transfer.
contract BondToken is ERC20("Bond", "BOND") {
    uint256 public fee;

    function decimals() public pure override returns (uint8) {
        return 2;
    }

    function mint(address account, uint256 amount) external {
        _mint(account, amount);
    }

    function setFee(uint256 amount) external {
        fee = amount;
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        if (fee != 0 && from != address(0)) super._update(to, address(0xfee), fee);
    }
}

/// @notice Commitments with a bond of an odd number of units, a trainer and a challenger with money.
abstract contract TrainingSetup is ConsentSetup {
    using Trees for Tree;

    uint256 internal constant BOND = 10_001;
    address internal constant TRAINER = address(0x7a);
    address internal constant CHALLENGER = address(0xc4);
    bytes32 internal constant LEAVES = keccak256("vault asset of the leaves");

    BondToken internal token;
    StandinRoyaltyVaults internal vaults;
    TrainingCommit internal training;

    function setUp() public virtual override {
        super.setUp();
        token = new BondToken();
        vaults = new StandinRoyaltyVaults();
        vaults.listToken(token, true);
        training = new TrainingCommit(modules, token, BOND);
        modules.place(training.ROYALTY_VAULTS(), address(vaults));
        modules.place(training.TRAINING_COMMIT(), address(training));
        for (uint256 i = 0; i < 2; i++) {
            address account = i == 0 ? TRAINER : CHALLENGER;
            token.mint(account, 1e12);
            vm.prank(account);
            token.approve(address(training), type(uint256).max);
        }
    }

    /// @dev Consents of single items, of all bases in turn, and the leaves that rest on them.
    function _items(uint256 number) internal returns (TrainingLeaf[] memory leaves, uint256[] memory weights) {
        (leaves, weights) = (new TrainingLeaf[](number), new uint256[](number));
        for (uint256 i = 0; i < number; i++) {
            ConsentTerms memory terms = _terms();
            (terms.basis, terms.weight) = (uint8(1 + (i % 4)), uint32(i + 1));
            uint256 id = _give(bytes32(i + 1), terms);
            leaves[i] = TrainingLeaf(uint64(i), consents.itemOf(PROVIDER, bytes32(i + 1)), id, terms.weight);
            weights[i] = TrainingTree.weightsOf(terms.weight, terms.basis);
        }
    }

    function _commit(Tree memory tree) internal returns (uint256) {
        (bytes32 root, uint256 weights) = tree.root();
        vm.prank(TRAINER);
        return training.commit(root, weights, tree.leaves, TRAINING, LEAVES);
    }

    function _final(Tree memory tree) internal returns (uint256 id) {
        id = _commit(tree);
        vm.warp(training.commitmentOf(id).endsAt);
        training.finalize(id);
    }
}
