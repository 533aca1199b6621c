// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ISemver} from "../shared/ISemver.sol";

/// @title L1Block
/// @notice What L2 knows of L1: the context of the newest inbox entry that was read. The execution engines read the fee
/// parameters straight from storage, so the layout is part of the protocol (docs/spec/contracts.md). Genesis leaves it empty.
contract L1Block is ISemver {
    /// @notice Only the depositor account may write, and nobody has its key.
    /// @param caller The account that called.
    error L1Block_NotDepositor(address caller);

    /// @notice Sender of the L1 attributes deposit.
    address public constant DEPOSITOR_ACCOUNT = 0xDeaDDEaDDeAdDeAdDEAdDEaddeAddEAdDEAd0001;

    /// @notice An update moves a fee by at most 1/32 of its present value. An L1 base fee itself moves by at most 1/8 a block
    /// (EIP-1559), a blob base fee likewise; but a context may be many L1 blocks younger than the one before it.
    uint256 public constant MAX_CHANGE_DENOMINATOR = 32;

    /// @inheritdoc ISemver
    string public constant version = "1.0.0";

    /// @notice Slot 0. L1 base fee that L1 data fees are computed with, wei per gas.
    uint256 public basefee;

    /// @notice Slot 1. L1 blob base fee that L1 data fees are computed with, wei per blob gas.
    uint256 public blobBaseFee;

    /// @notice Slot 2, bytes 0 to 3 from the low end. Scalar of the L1 base fee, parts per million.
    uint32 public baseFeeScalar;

    /// @notice Slot 2, bytes 4 to 7. Scalar of the L1 blob base fee, parts per million.
    uint32 public blobBaseFeeScalar;

    /// @notice Slot 2, bytes 8 to 15. Number of the L1 block in which the inbox entry was appended.
    uint64 public number;

    /// @notice Slot 2, bytes 16 to 23. Timestamp of that L1 block, seconds.
    uint64 public timestamp;

    /// @notice Slot 3. Hash of the parent of that L1 block: the newest that a contract on L1 can know.
    bytes32 public hash;

    /// @notice Slot 4. Position of the entry in the deposit queue, counted from 0.
    uint64 public sequenceNumber;

    /// @notice Takes over the context of the newest inbox entry read by this block. The two fees follow smoothly.
    /// @param _number L1 block number.
    /// @param _timestamp L1 timestamp, seconds.
    /// @param _baseFee L1 base fee, wei per gas.
    /// @param _blobBaseFee L1 blob base fee, wei per blob gas.
    /// @param _hash Hash of the parent of the L1 block.
    /// @param _index Position in the deposit queue.
    /// @param _baseFeeScalar Scalar of the L1 base fee, parts per million.
    /// @param _blobBaseFeeScalar Scalar of the L1 blob base fee, parts per million.
    function setL1BlockValues(
        uint64 _number,
        uint64 _timestamp,
        uint256 _baseFee,
        uint256 _blobBaseFee,
        bytes32 _hash,
        uint64 _index,
        uint32 _baseFeeScalar,
        uint32 _blobBaseFeeScalar
    ) external {
        if (msg.sender != DEPOSITOR_ACCOUNT) revert L1Block_NotDepositor(msg.sender);
        // No L1 contract can live in block 0, so a number of 0 says that nothing was ever written.
        bool first = number == 0;
        basefee = first ? _baseFee : _follow(basefee, _baseFee);
        blobBaseFee = first ? _blobBaseFee : _follow(blobBaseFee, _blobBaseFee);
        baseFeeScalar = _baseFeeScalar;
        blobBaseFeeScalar = _blobBaseFeeScalar;
        number = _number;
        timestamp = _timestamp;
        hash = _hash;
        sequenceNumber = _index;
    }

    /// @notice The batcher's key is found in SystemConfig on L1, not in the attributes.
    /// @return Always zero.
    function batcherHash() external pure returns (bytes32) {
        return bytes32(0);
    }

    /// @notice Fixed part of the L1 gas, of which there is none.
    /// @return Always 0, gas.
    function l1FeeOverhead() external pure returns (uint256) {
        return 0;
    }

    /// @notice Scalar of the L1 base fee, under its older name.
    /// @return Parts per million.
    function l1FeeScalar() external view returns (uint256) {
        return baseFeeScalar;
    }

    /// @notice Gas is paid in ETH.
    /// @return Always false.
    function isCustomGasToken() external pure returns (bool) {
        return false;
    }

    /// @notice The token that gas is paid in: ETH.
    /// @return The marker address of ETH.
    /// @return Its decimals.
    function gasPayingToken() external pure returns (address, uint8) {
        return (0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE, 18);
    }

    /// @notice Name of the token that gas is paid in.
    /// @return Always "Ether".
    function gasPayingTokenName() external pure returns (string memory) {
        return "Ether";
    }

    /// @notice Symbol of the token that gas is paid in.
    /// @return Always "ETH".
    function gasPayingTokenSymbol() external pure returns (string memory) {
        return "ETH";
    }

    /// @dev `target`, but at most one step away from `present`. Cannot overflow or underflow for any input: the deposit that
    /// calls it must never fail.
    function _follow(uint256 present, uint256 target) private pure returns (uint256) {
        uint256 step = present / MAX_CHANGE_DENOMINATOR;
        if (step == 0) step = 1;
        if (target > present) return target - present > step ? present + step : target;
        return present - target > step ? present - step : target;
    }
}
