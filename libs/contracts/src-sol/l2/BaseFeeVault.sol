// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {FeeVault} from "./FeeVault.sol";

/// @title BaseFeeVault
/// @notice Collects the base fees, which Ethereum would burn.
contract BaseFeeVault is FeeVault {}
