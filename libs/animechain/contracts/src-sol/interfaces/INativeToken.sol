// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice Whom a part of the supply is for.
enum Bucket {
    Ecosystem,
    Contributors,
    Team,
    Backers,
    Strategic
}

/// @notice A part of the supply, minted once.
/// @param bucket Whom it is for.
/// @param holder Who gets it: a vesting wallet, or the treasury.
/// @param amount How much, smallest units.
struct Grant {
    Bucket bucket;
    address holder;
    uint256 amount;
}

/// @title INativeToken
/// @notice Token of governance and gas. Its supply is minted at the deployment and never changes: 40% for the ecosystem, 18% for contributors, 16% for the
/// team, 16% for backers, 10% strategic.
interface INativeToken {
    /// @notice A part of the supply was minted.
    /// @param bucket Whom it is for.
    /// @param holder Who got it.
    /// @param amount How much, smallest units.
    event Granted(Bucket indexed bucket, address indexed holder, uint256 amount);

    /// @notice There are too many grants, or none.
    /// @param got How many there are.
    /// @param most How many there may be.
    error NativeToken_Grants(uint256 got, uint256 most);

    /// @notice A grant is to nobody, or of nothing.
    /// @param index Which one.
    error NativeToken_EmptyGrant(uint256 index);

    /// @notice The grants of a bucket are not exactly its share of the supply.
    /// @param bucket Which one.
    /// @param got What they come to, times 100.
    /// @param expected Its share, times 100.
    error NativeToken_Share(Bucket bucket, uint256 got, uint256 expected);

    /// @notice Share of a bucket.
    /// @param bucket Which one.
    /// @return Percent of the supply.
    function percentOf(Bucket bucket) external pure returns (uint256);
}
