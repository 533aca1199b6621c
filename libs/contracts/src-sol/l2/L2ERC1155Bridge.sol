// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC1155Bridge} from "../bridge/ERC1155Bridge.sol";
import {L2Bridge} from "./L2Bridge.sol";

/// @title L2ERC1155Bridge
/// @notice The L2 end for ERC-1155. Genesis sets slot 0 (`otherBridge`): the L1ERC1155Bridge.
contract L2ERC1155Bridge is ERC1155Bridge, L2Bridge {}
