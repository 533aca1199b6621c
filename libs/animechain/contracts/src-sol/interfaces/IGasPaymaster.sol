// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IRateSource
/// @notice Says what the native token is worth.
interface IRateSource {
    /// @notice Price of ETH in the native token.
    /// @return Smallest units of the token for 10^18 wei.
    function tokenPerNative() external view returns (uint256);
}

/// @title IGasPaymaster
/// @notice Pays the gas of user operations (ERC-4337): out of governance's pool, for the native token; or out of what a sponsor paid in, for accounts and up to
/// limits that the sponsor signed. Neither can spend the other's ETH.
interface IGasPaymaster {
    /// @notice The price of gas in the native token changed.
    /// @param rate Smallest units of the token for 10^18 wei.
    event RateSet(uint256 rate);

    /// @notice Governance named a source of the price.
    /// @param source The source; zero for none.
    event RateSourceSet(address indexed source);

    /// @notice The pool grew or shrank, beside what gas took.
    /// @param pool What is in it, wei.
    event PoolSet(uint256 pool);

    /// @notice A sponsor paid in or out.
    /// @param sponsor Who.
    /// @param balance What it has now, wei.
    event SponsorSet(address indexed sponsor, uint256 balance);

    /// @notice A sponsor paid for an operation.
    /// @param userOpHash The operation.
    /// @param sponsor Who paid.
    /// @param cost What it cost, wei.
    event GasSponsored(bytes32 indexed userOpHash, address indexed sponsor, uint256 cost);

    /// @notice The caller may not do this.
    /// @param caller Who called.
    /// @param expected Who may.
    error GasPaymaster_Unauthorized(address caller, address expected);

    /// @notice The rate is out of its bounds.
    /// @param got The rate.
    /// @param least The least.
    /// @param most The greatest.
    error GasPaymaster_RateOutOfBounds(uint256 got, uint256 least, uint256 most);

    /// @notice There is no source of the price.
    error GasPaymaster_NoSource();

    /// @notice There is less to take out.
    /// @param got What there is, wei.
    /// @param asked What was asked for.
    error GasPaymaster_TooLittle(uint256 got, uint256 asked);

    /// @notice Pays into the pool from which gas is paid for the token. By anyone.
    function deposit() external payable;

    /// @notice Takes ETH out of the pool. By governance.
    /// @param to Who gets it.
    /// @param amount How much, wei.
    function withdraw(address payable to, uint256 amount) external;

    /// @notice Takes tokens that were paid for gas. By governance.
    /// @param to Who gets them.
    /// @param amount How many, smallest units.
    function withdrawTokens(address to, uint256 amount) external;

    /// @notice Pays in for a sponsor. By anyone.
    /// @param sponsor Whose signatures spend it.
    function depositFor(address sponsor) external payable;

    /// @notice Takes out what the caller has as a sponsor.
    /// @param to Who gets it.
    /// @param amount How much, wei.
    function withdrawSponsored(address payable to, uint256 amount) external;

    /// @notice Sets the price of gas, within the bounds of this contract. By governance.
    /// @param rate Smallest units of the token for 10^18 wei.
    function setRate(uint256 rate) external;

    /// @notice Names a source of the price, or none. By governance.
    /// @param source The source.
    function setRateSource(IRateSource source) external;

    /// @notice Takes the price of the source, cut to the bounds. By anyone, so that no operation reads another contract when it is validated.
    /// @return rate The price.
    function update() external returns (uint256 rate);

    /// @notice Stakes at the entry point, as bundlers ask of a paymaster with storage. By governance.
    /// @param unstakeDelay For how long it stays after `unlockStake`, seconds.
    function addStake(uint32 unstakeDelay) external payable;

    /// @notice Begins to take the stake back. By governance.
    function unlockStake() external;

    /// @notice Takes the stake back. By governance.
    /// @param to Who gets it.
    function withdrawStake(address payable to) external;

    /// @notice What a sponsor signs (EIP-712): `Sponsorship(address account,uint128 limit,uint48 validAfter,uint48 validUntil)`.
    /// @param account Whose operations it pays.
    /// @param limit For how much in all, wei.
    /// @param validAfter Only later than this, seconds.
    /// @param validUntil Until when, seconds; 0 for ever.
    /// @return The digest.
    function sponsorshipDigest(
        address account,
        uint128 limit,
        uint48 validAfter,
        uint48 validUntil
    ) external view returns (bytes32);

    /// @notice What a sponsorship paid so far.
    /// @param sponsor Who signed it.
    /// @param digest The sponsorship.
    /// @return Wei.
    function spent(address sponsor, bytes32 digest) external view returns (uint256);

    /// @notice What a sponsor has.
    /// @param sponsor Who.
    /// @return Wei.
    function balanceOf(address sponsor) external view returns (uint256);
}
