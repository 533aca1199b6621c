// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

/// @title ProductionToken
/// @notice An ERC-20 of one anime production: its owner, the studio, mints it to those whose work is used.
contract ProductionToken is ERC20, Ownable {
    constructor(string memory name_, string memory symbol_, address studio) ERC20(name_, symbol_) Ownable(studio) {}

    /// @notice Mints `amount` units to a contributor.
    function mint(address to, uint256 amount) external onlyOwner {
        _mint(to, amount);
    }
}
