// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC20Votes} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Votes.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {Bucket, Grant, INativeToken} from "./interfaces/INativeToken.sol";

/// @title NativeToken
/// @notice See INativeToken. No owner, no minter, no proxy. Votes are counted by time; what nobody delegated has none, as the locked part in vesting wallets.
contract NativeToken is INativeToken, ERC20, ERC20Permit, ERC20Votes {
    /// @notice Semantic version of this contract.
    string public constant version = "1.0.0";
    /// @notice Grants at most.
    uint256 public constant MAX_GRANTS = 128;

    /// @notice Mints the supply: what the grants come to.
    /// @param name_ Name.
    /// @param symbol_ Short name.
    /// @param grants Who gets what; each bucket exactly its share.
    constructor(
        string memory name_,
        string memory symbol_,
        Grant[] memory grants
    ) ERC20(name_, symbol_) ERC20Permit(name_) {
        if (grants.length == 0 || grants.length > MAX_GRANTS) revert NativeToken_Grants(grants.length, MAX_GRANTS);
        uint256[5] memory sums;
        for (uint256 i = 0; i < grants.length; i++) {
            Grant memory grant = grants[i];
            if (grant.holder == address(0) || grant.amount == 0) revert NativeToken_EmptyGrant(i);
            sums[uint256(grant.bucket)] += grant.amount;
            _mint(grant.holder, grant.amount);
            emit Granted(grant.bucket, grant.holder, grant.amount);
        }
        for (uint256 i = 0; i < 5; i++) {
            Bucket bucket = Bucket(i);
            uint256 expected = totalSupply() * percentOf(bucket);
            if (sums[i] * 100 != expected) revert NativeToken_Share(bucket, sums[i] * 100, expected);
        }
    }

    /// @notice Next nonce of an account, for permits and delegations by signature.
    /// @param owner Whose.
    /// @return The nonce.
    function nonces(address owner) public view override(ERC20Permit, Nonces) returns (uint256) {
        return super.nonces(owner);
    }

    /// @notice Clock of the votes (ERC-6372).
    /// @return Seconds.
    function clock() public view override returns (uint48) {
        return uint48(block.timestamp);
    }

    /// @notice Kind of the clock (ERC-6372).
    /// @return The mode.
    function CLOCK_MODE() public pure override returns (string memory) {
        return "mode=timestamp";
    }

    /// @inheritdoc INativeToken
    function percentOf(Bucket bucket) public pure returns (uint256) {
        if (bucket == Bucket.Ecosystem) return 40;
        if (bucket == Bucket.Contributors) return 18;
        return bucket == Bucket.Strategic ? 10 : 16;
    }

    function _update(address from, address to, uint256 value) internal override(ERC20, ERC20Votes) {
        super._update(from, to, value);
    }
}
