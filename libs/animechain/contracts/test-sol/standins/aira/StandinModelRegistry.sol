// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";

/// @notice Versions that a test makes and taints.
contract StandinModelRegistry is ERC721 {
    uint256 public count;
    mapping(uint256 version => bool) public tainted;
    mapping(uint256 version => address) public operators;
    mapping(uint256 version => uint256) public trainingCommitOf;

    constructor() ERC721("Models", "MODEL") {}

    function publish(address owner, uint256 trainingCommit) external returns (uint256 version) {
        version = ++count;
        trainingCommitOf[version] = trainingCommit;
        _mint(owner, version);
    }

    function taint(uint256 version, bool isTainted) external {
        tainted[version] = isTainted;
    }

    function setOperator(uint256 version, address operator) external {
        operators[version] = operator;
    }

    function isMintable(uint256 version) external view returns (bool) {
        return version != 0 && version <= count && !tainted[version];
    }

    function operatorOf(uint256 version) external view returns (address) {
        address owner = _requireOwned(version);
        return operators[version] == address(0) ? owner : operators[version];
    }

    function ownerOf(uint256 version) public view override returns (address) {
        return super.ownerOf(version);
    }
}
