// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Publication} from "../src-sol/interfaces/IModelRegistry.sol";
import {TrainingLeaf} from "../src-sol/interfaces/ITrainingCommit.sol";
import {ModelRegistry} from "../src-sol/ModelRegistry.sol";
import {TrainingSetup} from "./TrainingSetup.sol";
import {Trees} from "./Trees.sol";

/// @notice A registry of models over real commitments.
abstract contract ModelSetup is TrainingSetup {
    ModelRegistry internal models;

    function setUp() public virtual override {
        super.setUp();
        models = new ModelRegistry(modules, "Animechain models", "MODEL");
        modules.place(models.MODEL_REGISTRY(), address(models));
    }

    /// @dev A final commitment of the trainer to as many new items, of opt-in, licensed, public domain and opt-out in turn, of weight 1, 2, 3 and so on.
    function _trained(uint256 number) internal returns (uint256) {
        (TrainingLeaf[] memory leaves, uint256[] memory weights) = _items(number);
        return _final(Trees.build(leaves, weights));
    }

    function _publication(uint256 id, uint256[] memory parents) internal pure returns (Publication memory) {
        return Publication(parents, id, keccak256("weights"), keccak256("runtime"), keccak256("evaluation"));
    }

    function _publish(uint256 id, uint256[] memory parents) internal returns (uint256) {
        Publication memory publication = _publication(id, parents);
        vm.prank(TRAINER);
        return models.publish(publication, 0, new bytes[](parents.length));
    }

    function _root() internal returns (uint256) {
        return _publish(_trained(1), new uint256[](0));
    }
}
