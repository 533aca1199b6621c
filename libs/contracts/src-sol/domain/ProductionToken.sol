// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

/// @title ProductionToken
/// @notice An ERC-20 of one anime production: its owner, the studio, mints it to those whose work is used.
contract ProductionToken is ERC20, Ownable {
    /// @notice Makes the token of a production.
    /// @param name_ Name of the token.
    /// @param symbol_ Short name of the token.
    /// @param studio Who mints.
    constructor(string memory name_, string memory symbol_, address studio) ERC20(name_, symbol_) Ownable(studio) {}

    /// @notice Mints tokens to a contributor. The studio only.
    /// @param to Who receives them.
    /// @param amount In the smallest unit; a token is 10^18.
    function mint(address to, uint256 amount) external onlyOwner {
        _mint(to, amount);
    }
}
