// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Predeploys} from "../l2/Predeploys.sol";
import {ERC1155Bridge} from "./ERC1155Bridge.sol";
import {L1Bridge} from "./L1Bridge.sol";

/// @title L1ERC1155Bridge
/// @notice The L1 end for ERC-1155.
contract L1ERC1155Bridge is ERC1155Bridge, L1Bridge {
    function _l2Bridge() internal pure override returns (address) {
        return Predeploys.L2_ERC1155_BRIDGE;
    }
}
