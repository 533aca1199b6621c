// SPDX-License-Identifier: MIT
// Callers know the strings of this contract.
// solhint-disable gas-custom-errors
pragma solidity 0.8.30;

/// @title Multicall3
/// @notice Many calls in one, with the interface that clients know by this name. Holds nothing and owns nothing.
contract Multicall3 {
    /// @notice A call without value that must succeed.
    /// @param target Contract to call.
    /// @param callData Input of the call.
    struct Call {
        address target;
        bytes callData;
    }

    /// @notice A call without value that says itself whether it may fail.
    /// @param target Contract to call.
    /// @param allowFailure Whether the whole goes on when this call fails.
    /// @param callData Input of the call.
    struct Call3 {
        address target;
        bool allowFailure;
        bytes callData;
    }

    /// @notice A call with value that says itself whether it may fail.
    /// @param target Contract to call.
    /// @param allowFailure Whether the whole goes on when this call fails.
    /// @param value Wei to send along.
    /// @param callData Input of the call.
    struct Call3Value {
        address target;
        bool allowFailure;
        uint256 value;
        bytes callData;
    }

    /// @notice Outcome of one call.
    /// @param success Whether the call returned and did not revert.
    /// @param returnData What the call returned, or the data it reverted with.
    struct Result {
        bool success;
        bytes returnData;
    }

    /// @notice Makes all calls; fails if one fails.
    /// @param calls What to call, in order.
    /// @return blockNumber Number of the block that this runs in.
    /// @return returnData What each call returned, in the order of `calls`.
    function aggregate(
        Call[] calldata calls
    ) external payable returns (uint256 blockNumber, bytes[] memory returnData) {
        blockNumber = block.number;
        returnData = new bytes[](calls.length);
        for (uint256 i = 0; i < calls.length; i++) {
            bool success;
            (success, returnData[i]) = calls[i].target.call(calls[i].callData);
            require(success, "Multicall3: call failed");
        }
    }

    /// @notice Makes all calls; fails if one fails and `requireSuccess` is set.
    /// @param requireSuccess Whether every call must succeed.
    /// @param calls What to call, in order.
    /// @return returnData Outcome of each call, in the order of `calls`.
    function tryAggregate(
        bool requireSuccess,
        Call[] calldata calls
    ) public payable returns (Result[] memory returnData) {
        returnData = new Result[](calls.length);
        for (uint256 i = 0; i < calls.length; i++) {
            (bool success, bytes memory data) = calls[i].target.call(calls[i].callData);
            require(success || !requireSuccess, "Multicall3: call failed");
            returnData[i] = Result(success, data);
        }
    }

    /// @notice As `tryAggregate`, and tells the block.
    /// @param requireSuccess Whether every call must succeed.
    /// @param calls What to call, in order.
    /// @return blockNumber Number of the block that this runs in.
    /// @return blockHash Always zero: the EVM knows no hash of the block that it runs in.
    /// @return returnData Outcome of each call, in the order of `calls`.
    function tryBlockAndAggregate(
        bool requireSuccess,
        Call[] calldata calls
    ) public payable returns (uint256 blockNumber, bytes32 blockHash, Result[] memory returnData) {
        blockNumber = block.number;
        blockHash = blockhash(block.number);
        returnData = tryAggregate(requireSuccess, calls);
    }

    /// @notice As `aggregate`, and tells the block.
    /// @param calls What to call, in order.
    /// @return blockNumber Number of the block that this runs in.
    /// @return blockHash Always zero: the EVM knows no hash of the block that it runs in.
    /// @return returnData Outcome of each call, in the order of `calls`.
    function blockAndAggregate(
        Call[] calldata calls
    ) external payable returns (uint256 blockNumber, bytes32 blockHash, Result[] memory returnData) {
        return tryBlockAndAggregate(true, calls);
    }

    /// @notice Makes all calls; fails if one fails that may not.
    /// @param calls What to call, in order.
    /// @return returnData Outcome of each call, in the order of `calls`.
    function aggregate3(Call3[] calldata calls) external payable returns (Result[] memory returnData) {
        returnData = new Result[](calls.length);
        for (uint256 i = 0; i < calls.length; i++) {
            Call3 calldata item = calls[i];
            (bool success, bytes memory data) = item.target.call(item.callData);
            require(success || item.allowFailure, "Multicall3: call failed");
            returnData[i] = Result(success, data);
        }
    }

    /// @notice As `aggregate3`, each call with its own value; together the values must be what was sent along.
    /// @param calls What to call, in order.
    /// @return returnData Outcome of each call, in the order of `calls`.
    function aggregate3Value(Call3Value[] calldata calls) external payable returns (Result[] memory returnData) {
        uint256 spent = 0;
        returnData = new Result[](calls.length);
        for (uint256 i = 0; i < calls.length; i++) {
            Call3Value calldata item = calls[i];
            spent += item.value;
            (bool success, bytes memory data) = item.target.call{value: item.value}(item.callData);
            require(success || item.allowFailure, "Multicall3: call failed");
            returnData[i] = Result(success, data);
        }
        require(msg.value == spent, "Multicall3: value mismatch");
    }

    /// @notice Hash of an earlier block.
    /// @param blockNumber Number of one of the 256 blocks before this one.
    /// @return blockHash Its hash; zero for any other number.
    function getBlockHash(uint256 blockNumber) external view returns (bytes32 blockHash) {
        return blockhash(blockNumber);
    }

    /// @notice Number of the block that the call runs in.
    /// @return blockNumber The number.
    function getBlockNumber() external view returns (uint256 blockNumber) {
        return block.number;
    }

    /// @notice Beneficiary of the block that the call runs in.
    /// @return coinbase Account that receives its priority fees.
    function getCurrentBlockCoinbase() external view returns (address coinbase) {
        return block.coinbase;
    }

    /// @notice Randomness of the block that the call runs in (EIP-4399), under its name from before the merge.
    /// @return difficulty The value of PREVRANDAO.
    function getCurrentBlockDifficulty() external view returns (uint256 difficulty) {
        return block.prevrandao;
    }

    /// @notice Gas limit of the block that the call runs in.
    /// @return gaslimit The limit, gas.
    function getCurrentBlockGasLimit() external view returns (uint256 gaslimit) {
        return block.gaslimit;
    }

    /// @notice Timestamp of the block that the call runs in.
    /// @return timestamp Seconds since the epoch.
    function getCurrentBlockTimestamp() external view returns (uint256 timestamp) {
        return block.timestamp;
    }

    /// @notice Ether of an account.
    /// @param addr The account.
    /// @return balance Its balance, wei.
    function getEthBalance(address addr) external view returns (uint256 balance) {
        return addr.balance;
    }

    /// @notice Hash of the block before the one that the call runs in.
    /// @return blockHash The hash.
    function getLastBlockHash() external view returns (bytes32 blockHash) {
        return blockhash(block.number - 1);
    }

    /// @notice Base fee of the block that the call runs in.
    /// @return basefee The fee, wei per gas.
    function getBasefee() external view returns (uint256 basefee) {
        return block.basefee;
    }

    /// @notice Chain that the call runs on.
    /// @return chainid Its id (EIP-155).
    function getChainId() external view returns (uint256 chainid) {
        return block.chainid;
    }
}
