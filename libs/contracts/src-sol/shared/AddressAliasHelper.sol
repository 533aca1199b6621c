// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title AddressAliasHelper
/// @notice A contract on L1 appears on L2 under its address plus an offset, so that it cannot act for another contract that has
/// the same address there. The offset is that of the OP Stack and Arbitrum.
library AddressAliasHelper {
    /// @dev Added to an L1 address, modulo 2^160.
    uint160 internal constant OFFSET = uint160(0x1111000000000000000000000000000000001111);

    /// @notice Address under which an L1 contract appears on L2.
    /// @param l1Address Contract on L1.
    /// @return Its alias on L2, the sender of the deposits it makes.
    function applyL1ToL2Alias(address l1Address) internal pure returns (address) {
        unchecked {
            return address(uint160(l1Address) + OFFSET);
        }
    }

    /// @notice L1 contract that appears on L2 under this address.
    /// @param l2Address Alias on L2, as it appears as the sender of a deposit.
    /// @return Contract on L1.
    function undoL1ToL2Alias(address l2Address) internal pure returns (address) {
        unchecked {
            return address(uint160(l2Address) - OFFSET);
        }
    }
}
