// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title AddressAliasHelper
/// @notice A contract on L1 appears on L2 under its address plus an offset, so that it cannot act for another contract that has
/// the same address there. The offset is that of the OP Stack and Arbitrum.
library AddressAliasHelper {
    uint160 internal constant OFFSET = uint160(0x1111000000000000000000000000000000001111);

    /// @notice Address under which an L1 contract appears on L2.
    function applyL1ToL2Alias(address l1Address) internal pure returns (address) {
        unchecked {
            return address(uint160(l1Address) + OFFSET);
        }
    }

    /// @notice L1 contract that appears on L2 under this address.
    function undoL1ToL2Alias(address l2Address) internal pure returns (address) {
        unchecked {
            return address(uint160(l2Address) - OFFSET);
        }
    }
}
