// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {MintTerms, Waterfall} from "./IAIRAFactory.sol";
import {ITransferPolicy} from "./ITransferPolicy.sol";

/// @title IAIRA
/// @notice Right to use a model on a work and share in what it earns, in one ERC-20 of fixed supply. Both accrue to who holds; a transfer moves neither.
interface IAIRA {
    /// @notice A token is taken from now on.
    /// @param token The token.
    event TokenOpened(IERC20 indexed token);

    /// @notice A payment went down the waterfall.
    /// @param token The token.
    /// @param payer Who paid; this token where it collected from the royalty vaults.
    /// @param amount How much, smallest units: the sum of the four that follow.
    /// @param protocol To the treasury.
    /// @param work To the work's book in the royalty vaults, with what the other divisions left.
    /// @param holders Into the stream of the holders.
    /// @param providers To who provided data to the version.
    event Paid(
        IERC20 indexed token,
        address indexed payer,
        uint256 amount,
        uint256 protocol,
        uint256 work,
        uint256 holders,
        uint256 providers
    );

    /// @notice Part of a payment began to stream to the holders, evenly until it ends.
    /// @param token The token.
    /// @param amount How much, smallest units.
    /// @param endsAt When it will have been streamed, seconds.
    event Streaming(IERC20 indexed token, uint256 amount, uint256 endsAt);

    /// @notice A holder's revenue was paid.
    /// @param token The token.
    /// @param account Whose, and to whom.
    /// @param amount How much, smallest units.
    event Claimed(IERC20 indexed token, address indexed account, uint256 amount);

    /// @notice Usage credits were spent.
    /// @param account Whose.
    /// @param meter Who spent them.
    /// @param units How many.
    event CreditsSpent(address indexed account, address indexed meter, uint256 units);

    /// @notice Credits that a meter took and did not use came back.
    /// @param account Whose.
    /// @param meter Who had taken them.
    /// @param units How many.
    event CreditsReturned(address indexed account, address indexed meter, uint256 units);

    /// @notice Usage was bought.
    /// @param buyer Who bought, and has the credits.
    /// @param units How many.
    /// @param token Paid in.
    /// @param amount Paid, smallest units.
    event UsageBought(address indexed buyer, uint256 units, IERC20 indexed token, uint256 amount);

    /// @notice The price of usage will change.
    /// @param token What it will be paid in.
    /// @param perUnit Price of a unit, smallest units; 0 ends the sale.
    /// @param from From when, seconds.
    event PriceAnnounced(IERC20 indexed token, uint256 perUnit, uint256 from);

    /// @notice Transfers are free from now on, for good.
    /// @param policy What had been asked.
    event PolicyDropped(ITransferPolicy indexed policy);

    /// @notice The caller may not do this.
    /// @param caller Who called.
    /// @param expected Who may.
    error AIRA_Unauthorized(address caller, address expected);

    /// @notice The token was set up before.
    error AIRA_Initialized();

    /// @notice This AIRA does not take the token: its work's owner has not opened it.
    /// @param token The token.
    error AIRA_NotOpen(IERC20 token);

    /// @notice The token is taken already.
    /// @param token The token.
    error AIRA_Open(IERC20 token);

    /// @notice The royalty vaults do not list the token.
    /// @param token The token.
    error AIRA_NotListed(IERC20 token);

    /// @notice A pull brought another amount than was asked for.
    /// @param token The token.
    /// @param got What came, smallest units.
    /// @param expected What was asked for.
    error AIRA_InexactToken(IERC20 token, uint256 got, uint256 expected);

    /// @notice A number must not be zero.
    /// @param what Which one.
    error AIRA_Zero(string what);

    /// @notice A number is above its bound.
    /// @param what Which one.
    /// @param got The number.
    /// @param most The bound.
    error AIRA_Above(string what, uint256 got, uint256 most);

    /// @notice An account has fewer credits than would be spent.
    /// @param account Whose.
    /// @param got How many it has, units.
    /// @param expected How many would be spent.
    error AIRA_CreditsShort(address account, uint256 got, uint256 expected);

    /// @notice A meter would return more credits than it took.
    /// @param meter Who.
    /// @param got How many, units.
    /// @param most How many it took and has not returned.
    error AIRA_NotTaken(address meter, uint256 got, uint256 most);

    /// @notice Usage is not for sale.
    error AIRA_NotForSale();

    /// @notice The policy of transfers refused one.
    /// @param policy The policy.
    /// @param from Who would give.
    /// @param to Who would get.
    /// @param amount How much, smallest units.
    error AIRA_Refused(ITransferPolicy policy, address from, address to, uint256 amount);

    /// @notice The token cannot hold itself: what it earned would be nobody's.
    error AIRA_ToItself();

    /// @notice The work.
    /// @return Its id.
    function work() external view returns (uint256);

    /// @notice The version of a model.
    /// @return Its id.
    function modelVersion() external view returns (uint256);

    /// @notice Who gets a payment, bps; frozen.
    /// @return The shares.
    function waterfall() external view returns (Waterfall memory);

    /// @notice What a published output owes this token, bps of the rest of its revenue; frozen.
    /// @return bps.
    function publishBps() external view returns (uint16);

    /// @notice Usage credits that a whole token earns a day; frozen.
    /// @return Units.
    function creditsPerTokenDay() external view returns (uint32);

    /// @notice What is asked before a transfer; zero where transfers are free.
    /// @return The policy.
    function policy() external view returns (ITransferPolicy);

    /// @notice The tokens that are taken.
    /// @return In the order in which they were opened, 8 at most.
    function tokens() external view returns (IERC20[] memory);

    /// @notice What buys a unit of usage now.
    /// @return token What it is paid in.
    /// @return perUnit Smallest units; 0 while nothing is for sale.
    function price() external view returns (IERC20 token, uint256 perUnit);

    /// @notice What streams to the holders in a token.
    /// @param token The token.
    /// @return deposited What came in all, smallest units.
    /// @return streamed What of it has been streamed by now, rounded down.
    /// @return claimed What of that was paid.
    function streamOf(IERC20 token) external view returns (uint256 deposited, uint256 streamed, uint256 claimed);

    /// @notice What an account can claim now.
    /// @param token The token.
    /// @param account Who.
    /// @return Smallest units, rounded down; the fraction stays the account's.
    function claimable(IERC20 token, address account) external view returns (uint256);

    /// @notice The view of draft ERC-7641, whose snapshots there are none of here: the same as `claimable` for snapshot 0, nothing for another.
    /// @param account Who.
    /// @param snapshotId 0.
    /// @param token The token.
    /// @return Smallest units.
    function claimableERC20(address account, uint256 snapshotId, address token) external view returns (uint256);

    /// @notice The view of draft ERC-7641: nothing is redeemed by burning, for nothing burns.
    /// @param amount How much would burn, smallest units.
    /// @param token The token.
    /// @return 0.
    function redeemableERC20OnBurn(uint256 amount, address token) external view returns (uint256);

    /// @notice Usage credits that an account has now: those that accrued and those that it bought, less those that it spent.
    /// @param account Who.
    /// @return Units, rounded down; the fraction stays the account's.
    function creditsOf(address account) external view returns (uint256);

    /// @notice Credits that a meter took and has not returned.
    /// @param meter Who.
    /// @return Units.
    function takenBy(address meter) external view returns (uint256);

    /// @notice Sets a new clone up. By the factory that made it, once.
    /// @param terms What it was minted for.
    function initialize(MintTerms calldata terms) external;

    /// @notice Takes a token from now on. By the work's owner, or by governance, so that nobody holds back what the vaults owe in it.
    /// @param token A token that the royalty vaults list; the ninth is refused.
    function openToken(IERC20 token) external;

    /// @notice Pulls a payment and sends it down the waterfall. By anyone; the usage meter pays fees so.
    /// @param token A token that the royalty vaults list.
    /// @param amount How much, smallest units.
    function pay(IERC20 token, uint256 amount) external;

    /// @notice Claims what the royalty vaults owe this token as a beneficiary of published outputs, and sends it down the waterfall, with whatever else this
    /// contract has that is nobody's. By anyone.
    /// @param token The token.
    /// @return amount How much.
    function collect(IERC20 token) external returns (uint256 amount);

    /// @notice Pays an account its revenue, to itself. By anyone. No policy is asked.
    /// @param token The token.
    /// @param account Who.
    /// @return amount How much, smallest units.
    function claim(IERC20 token, address account) external returns (uint256 amount);

    /// @notice Buys usage for the caller; the price goes down the waterfall.
    /// @param units How many.
    /// @param maxPrice The most that the caller pays for all of them, smallest units.
    /// @return cost What they cost, smallest units.
    function buyUsage(uint256 units, uint256 maxPrice) external returns (uint256 cost);

    /// @notice Announces another price of usage, 7 days before it holds; replaces what was announced and does not hold yet. By the work's owner.
    /// @param token What it is paid in, of those that are taken.
    /// @param perUnit Price of a unit, smallest units; 0 ends the sale.
    function announcePrice(IERC20 token, uint256 perUnit) external;

    /// @notice Frees transfers for good. By the work's owner. No policy can be set later.
    function dropPolicy() external;

    /// @notice Spends usage credits of an account. By the usage meter.
    /// @param account Whose.
    /// @param units How many.
    function spendCredits(address account, uint256 units) external;

    /// @notice Gives back credits that the caller took and did not use. By a meter, also by one that was replaced since.
    /// @param account Whose.
    /// @param units How many, of those that the caller took.
    function returnCredits(address account, uint256 units) external;
}
