// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC721Bridge} from "../bridge/ERC721Bridge.sol";
import {L2Bridge} from "./L2Bridge.sol";

/// @title L2ERC721Bridge
/// @notice The L2 end for ERC-721. Genesis sets slot 0 (`otherBridge`): the L1ERC721Bridge.
contract L2ERC721Bridge is ERC721Bridge, L2Bridge {}
