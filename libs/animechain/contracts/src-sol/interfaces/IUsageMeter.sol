// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IAIRA} from "./IAIRA.sol";

/// @notice What a payer signs for each use, without gas. All of it counts from the channel's start, so that the newest voucher is all of them.
/// @param channel The channel.
/// @param cumulativeUnits Units of use so far.
/// @param cumulativeAmount What they cost so far, smallest units; 0 in a channel of credits.
/// @param outputsRoot Root over everything that was made so far.
struct Voucher {
    bytes32 channel;
    uint256 cumulativeUnits;
    uint256 cumulativeAmount;
    bytes32 outputsRoot;
}

/// @notice A channel from a payer to who runs the model.
/// @param payer Who signs, and gets back what is left.
/// @param payee Who takes vouchers; may close at once.
/// @param aira Which right is used, and gets the money.
/// @param token What it is paid in; zero for usage credits of `aira`.
/// @param deposit What is in it, smallest units, or units in a channel of credits.
/// @param settledAmount What of that went to `aira`, smallest units.
/// @param settledUnits Units of use that were settled.
/// @param closingAt From when anybody may close it, seconds; 0 while its closing was not asked for.
/// @param closed Whether it is over.
struct Channel {
    address payer;
    address payee;
    IAIRA aira;
    IERC20 token;
    uint256 deposit;
    uint256 settledAmount;
    uint256 settledUnits;
    uint256 closingAt;
    bool closed;
}

/// @title IUsageMeter
/// @notice Pays for many small uses with one transaction: a deposit, a voucher signed for each use, and the newest voucher settled whenever somebody likes.
interface IUsageMeter {
    /// @notice A channel was opened.
    /// @param channel Its id.
    /// @param payer Who pays.
    /// @param payee Who takes vouchers.
    /// @param aira Which right is used.
    /// @param token What it is paid in; zero for credits.
    /// @param deposit What is in it, smallest units, or units.
    event ChannelOpened(
        bytes32 indexed channel,
        address indexed payer,
        address indexed payee,
        IAIRA aira,
        IERC20 token,
        uint256 deposit
    );

    /// @notice A channel has more in it.
    /// @param channel The channel.
    /// @param amount How much more, smallest units, or units.
    /// @param deposit What is in it now.
    event ToppedUp(bytes32 indexed channel, uint256 amount, uint256 deposit);

    /// @notice A voucher was settled: the receipt of what was made under it.
    /// @param channel The channel.
    /// @param cumulativeUnits Units so far.
    /// @param cumulativeAmount Paid so far, smallest units.
    /// @param outputsRoot Root over everything that was made so far.
    event Settled(bytes32 indexed channel, uint256 cumulativeUnits, uint256 cumulativeAmount, bytes32 outputsRoot);

    /// @notice What was settled waits: the royalty vaults do not list the token now.
    /// @param aira Which right it is for.
    /// @param token The token.
    /// @param amount How much, smallest units.
    event Held(IAIRA indexed aira, IERC20 indexed token, uint256 amount);

    /// @notice The payer asked to close.
    /// @param channel The channel.
    /// @param closingAt From when anybody may, seconds.
    event CloseRequested(bytes32 indexed channel, uint256 closingAt);

    /// @notice A channel is over.
    /// @param channel The channel.
    /// @param returned What went back to the payer, smallest units, or units.
    event ChannelClosed(bytes32 indexed channel, uint256 returned);

    /// @notice The council stopped new deposits.
    error UsageMeter_Paused();

    /// @notice The caller may not do this.
    /// @param caller Who called.
    /// @param expected Who may.
    error UsageMeter_Unauthorized(address caller, address expected);

    /// @notice Not a token that the factory made.
    /// @param aira The address.
    error UsageMeter_NoAIRA(IAIRA aira);

    /// @notice The royalty vaults do not list the token, or the right's owner has not opened it.
    /// @param token The token.
    error UsageMeter_NotTaken(IERC20 token);

    /// @notice A pull brought another amount than was asked for.
    /// @param token The token.
    /// @param got What came, smallest units.
    /// @param expected What was asked for.
    error UsageMeter_InexactToken(IERC20 token, uint256 got, uint256 expected);

    /// @notice A number or an address must not be zero.
    /// @param what Which one.
    error UsageMeter_Zero(string what);

    /// @notice A number is above its bound.
    /// @param what Which one.
    /// @param got The number.
    /// @param most The bound.
    error UsageMeter_Above(string what, uint256 got, uint256 most);

    /// @notice There is a channel with this payer, payee, right, token and salt; there can be no second, not even after it was closed.
    /// @param channel Its id.
    error UsageMeter_Exists(bytes32 channel);

    /// @notice There is no channel of this id.
    /// @param channel The id.
    error UsageMeter_NoChannel(bytes32 channel);

    /// @notice The channel is over.
    /// @param channel The channel.
    error UsageMeter_Closed(bytes32 channel);

    /// @notice The channel is being closed, or not yet to be closed by the caller.
    /// @param channel The channel.
    /// @param closingAt From when anybody may close it, seconds; 0 while its closing was not asked for.
    error UsageMeter_Closing(bytes32 channel, uint256 closingAt);

    /// @notice A voucher is not above what was settled: it was settled before, or is an older one.
    /// @param channel The channel.
    /// @param what Which number.
    /// @param got The voucher's.
    /// @param settled What was settled.
    error UsageMeter_NotAbove(bytes32 channel, string what, uint256 got, uint256 settled);

    /// @notice A voucher is above what is in the channel.
    /// @param channel The channel.
    /// @param got The voucher's, smallest units, or units.
    /// @param deposit What is in it.
    error UsageMeter_AboveDeposit(bytes32 channel, uint256 got, uint256 deposit);

    /// @notice The payer did not sign the voucher.
    /// @param channel The channel.
    /// @param payer Who should have.
    error UsageMeter_BadSignature(bytes32 channel, address payer);

    /// @notice The lists differ in length, or are longer than one transaction takes.
    /// @param vouchers Number of vouchers.
    /// @param signatures Number of signatures.
    /// @param most The most.
    error UsageMeter_Length(uint256 vouchers, uint256 signatures, uint256 most);

    /// @notice A channel.
    /// @param channel Its id.
    /// @return The channel; all zero where there is none.
    function channelOf(bytes32 channel) external view returns (Channel memory);

    /// @notice The id that a channel has or would have.
    /// @param payer Who pays.
    /// @param payee Who takes vouchers.
    /// @param aira Which right is used.
    /// @param token What it is paid in; zero for credits.
    /// @param salt Tells channels of the same five apart.
    /// @return The id.
    function channelId(
        address payer,
        address payee,
        IAIRA aira,
        IERC20 token,
        bytes32 salt
    ) external pure returns (bytes32);

    /// @notice What a payer signs (EIP-712); the receipt to which outputs refer.
    /// @param voucher The voucher.
    /// @return The digest.
    function digestOf(Voucher calldata voucher) external view returns (bytes32);

    /// @notice What was settled for a right while the royalty vaults did not list its token.
    /// @param aira The right.
    /// @param token The token.
    /// @return Smallest units.
    function heldFor(IAIRA aira, IERC20 token) external view returns (uint256);

    /// @notice Opens a channel with a deposit of the caller.
    /// @param payee Who takes vouchers.
    /// @param aira Which right is used.
    /// @param token What it is paid in; zero to use up the caller's usage credits.
    /// @param deposit How much, smallest units, below 2^96; or units, below 2^64.
    /// @param salt Tells channels of the same five apart.
    /// @return channel Its id.
    function open(
        address payee,
        IAIRA aira,
        IERC20 token,
        uint256 deposit,
        bytes32 salt
    ) external returns (bytes32 channel);

    /// @notice Adds to a channel. By anyone; of credits by the payer. Not once its closing was asked for.
    /// @param channel The channel.
    /// @param amount How much more, smallest units, or units.
    function topUp(bytes32 channel, uint256 amount) external;

    /// @notice Settles vouchers, all or none. By anyone, until the channel is closed, whatever is paused. What goes to one right in one token in a row is paid
    /// once: sort by these.
    /// @param vouchers 1 to 10,000 of them. Of one channel the newest is enough.
    /// @param signatures The payers', in their order; by ERC-1271 of an account with code.
    function settle(Voucher[] calldata vouchers, bytes[] calldata signatures) external;

    /// @notice Pays on what was settled while the royalty vaults did not list the token. By anyone.
    /// @param aira The right.
    /// @param token The token.
    function forward(IAIRA aira, IERC20 token) external;

    /// @notice Asks for the closing of a channel, a day ahead. By its payer.
    /// @param channel The channel.
    function requestClose(bytes32 channel) external;

    /// @notice Ends a channel and gives the payer what is left. By its payee at any time; by anyone a day after the payer asked.
    /// @param channel The channel.
    function close(bytes32 channel) external;
}
