// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice A factory that remembers what it is told.
contract StandinAIRAFactory {
    mapping(uint256 work => mapping(uint256 version => address)) public airaOf;
    mapping(address aira => uint16) public publishBpsOf;

    function set(uint256 work, uint256 version, address aira, uint16 bps) external {
        (airaOf[work][version], publishBpsOf[aira]) = (aira, bps);
    }
}
