// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {Terms} from "../../src-sol/interfaces/ILicences.sol";

/// @notice Licences of one work, which anyone mints.
contract StandinLicences is ERC721("Licences", "LIC") {
    uint256 private immutable work;
    mapping(uint256 id => uint256 dispute) public terminatedBy;

    constructor(uint256 work_) {
        work = work_;
    }

    function mint(address to, uint256 id) external {
        _mint(to, id);
    }

    function termsOf(uint256) external view returns (uint256 of_, Terms memory terms) {
        terms.from = 0;
        return (work, terms);
    }

    function terminate(uint256 id, uint256 breach) external {
        terminatedBy[id] = breach;
    }
}
