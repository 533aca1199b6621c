// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";

/// @notice Licences that a test gives.
contract StandinLicences is ERC721 {
    constructor() ERC721("Licences", "LIC") {}

    function give(address to, uint256 id) external {
        _mint(to, id);
    }
}
