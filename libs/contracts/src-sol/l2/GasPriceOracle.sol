// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ISemver} from "../shared/ISemver.sol";
import {L1Block} from "./L1Block.sol";
import {Predeploys} from "./Predeploys.sol";

/// @title GasPriceOracle
/// @notice Tells what a transaction costs. The L1 data fee is that of docs/spec/protocol.md, section 4, computed from the same
/// storage of L1Block as the execution engines use. Has no storage of its own.
contract GasPriceOracle is ISemver {
    /// @notice Decimals of the scalars: they are parts per million.
    uint256 public constant DECIMALS = 6;

    /// @notice Bytes that a signature adds to an unsigned transaction: r and s of 32 bytes with their prefixes, and the parity.
    /// All are taken as non-zero, the dearer case.
    uint256 public constant SIGNATURE_BYTES = 68;

    /// @dev Gas of a zero byte of calldata on L1 (EIP-2028).
    uint256 private constant ZERO_BYTE_GAS = 4;

    /// @dev Gas of any other byte of calldata on L1 (EIP-2028).
    uint256 private constant NON_ZERO_BYTE_GAS = 16;

    /// @dev The 16 gas of a calldata byte, times the million of the scalars.
    uint256 private constant FEE_DIVISOR = 16_000_000;

    /// @inheritdoc ISemver
    string public constant version = "1.0.0";

    /// @notice L1 data fee of a transaction.
    /// @param _data The serialised transaction without its signature.
    /// @return Amount, in wei.
    function getL1Fee(bytes calldata _data) external view returns (uint256) {
        return _fee(getL1GasUsed(_data));
    }

    /// @notice The most that a transaction of this size can pay as L1 data fee.
    /// @param _unsignedTxSize Bytes of the serialised transaction without its signature.
    /// @return Amount, in wei.
    function getL1FeeUpperBound(uint256 _unsignedTxSize) external view returns (uint256) {
        return _fee((_unsignedTxSize + SIGNATURE_BYTES) * NON_ZERO_BYTE_GAS);
    }

    /// @notice Gas that the bytes of a transaction would cost as calldata on L1, signature included.
    /// @param _data The serialised transaction without its signature.
    /// @return Amount of gas.
    function getL1GasUsed(bytes calldata _data) public pure returns (uint256) {
        uint256 length = _data.length;
        uint256 zeros;
        unchecked {
            for (uint256 i; i < length; ++i) if (_data[i] == 0) ++zeros;
            return zeros * ZERO_BYTE_GAS + (length - zeros + SIGNATURE_BYTES) * NON_ZERO_BYTE_GAS;
        }
    }

    /// @notice There is no operator fee.
    /// @return Always 0, wei.
    function getOperatorFee(uint256) external pure returns (uint256) {
        return 0;
    }

    /// @notice L2 base fee of this block.
    /// @return Wei per gas.
    function gasPrice() external view returns (uint256) {
        return block.basefee;
    }

    /// @notice L2 base fee of this block, under its newer name.
    /// @return Wei per gas.
    function baseFee() external view returns (uint256) {
        return block.basefee;
    }

    /// @notice L1 base fee in force for L1 data fees.
    /// @return Wei per gas.
    function l1BaseFee() public view returns (uint256) {
        return _l1Block().basefee();
    }

    /// @notice L1 blob base fee in force for L1 data fees.
    /// @return Wei per blob gas.
    function blobBaseFee() public view returns (uint256) {
        return _l1Block().blobBaseFee();
    }

    /// @notice Scalar of the L1 base fee in the L1 data fee.
    /// @return Parts per million.
    function baseFeeScalar() public view returns (uint32) {
        return _l1Block().baseFeeScalar();
    }

    /// @notice Scalar of the L1 blob base fee in the L1 data fee.
    /// @return Parts per million.
    function blobBaseFeeScalar() public view returns (uint32) {
        return _l1Block().blobBaseFeeScalar();
    }

    /// @notice Decimals of the scalars.
    /// @return Always 6.
    function decimals() external pure returns (uint256) {
        return DECIMALS;
    }

    /// @notice Fixed part of the L1 gas, of which there is none. Kept for older clients.
    /// @return Always 0, gas.
    function overhead() external pure returns (uint256) {
        return 0;
    }

    /// @notice Scalar of the L1 base fee. Kept for older clients.
    /// @return Parts per million.
    function scalar() external view returns (uint256) {
        return baseFeeScalar();
    }

    /// @notice The fee has a base fee part and a blob base fee part.
    /// @return Always true.
    function isEcotone() external pure returns (bool) {
        return true;
    }

    /// @notice The fee counts bytes; it does not estimate a compressed size.
    /// @return Always false.
    function isFjord() external pure returns (bool) {
        return false;
    }

    /// @notice There is no operator fee, which Isthmus brought.
    /// @return Always false.
    function isIsthmus() external pure returns (bool) {
        return false;
    }

    function _fee(uint256 gasUsed) private view returns (uint256) {
        uint256 price = 16 * uint256(baseFeeScalar()) * l1BaseFee() + uint256(blobBaseFeeScalar()) * blobBaseFee();
        return (gasUsed * price) / FEE_DIVISOR;
    }

    function _l1Block() private pure returns (L1Block) {
        return L1Block(Predeploys.L1_BLOCK);
    }
}
