// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {FeeVault} from "./FeeVault.sol";

/// @title L1FeeVault
/// @notice Collects the L1 data fees.
contract L1FeeVault is FeeVault {}
