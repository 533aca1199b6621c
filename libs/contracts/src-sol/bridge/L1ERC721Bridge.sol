// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Predeploys} from "../l2/Predeploys.sol";
import {ERC721Bridge} from "./ERC721Bridge.sol";
import {L1Bridge} from "./L1Bridge.sol";

/// @title L1ERC721Bridge
/// @notice The L1 end for ERC-721.
contract L1ERC721Bridge is ERC721Bridge, L1Bridge {
    function _l2Bridge() internal pure override returns (address) {
        return Predeploys.L2_ERC721_BRIDGE;
    }
}
