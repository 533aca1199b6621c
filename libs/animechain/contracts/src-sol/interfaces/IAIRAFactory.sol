// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ITransferPolicy} from "./ITransferPolicy.sol";

/// @notice Who gets a payment to an AIRA token, bps, 10,000 together; frozen at the mint.
/// @param protocol The treasury, 500 at most.
/// @param work The work, whose vault owes its parents out of it and leaves the rest to its owner.
/// @param holders Holders of the token.
/// @param providers Who provided data to the version.
struct Waterfall {
    uint16 protocol;
    uint16 work;
    uint16 holders;
    uint16 providers;
}

/// @notice What an AIRA token is minted for. The owner of the version signs all of it.
/// @param work The work.
/// @param version The version of a model.
/// @param waterfall Who gets a payment; frozen.
/// @param publishBps What a published output owes the token, bps of the rest of its revenue; frozen.
/// @param creditsPerTokenDay Usage credits that a whole token (10^18 smallest units) earns a day; frozen.
/// @param holders Who gets the supply, 1 to 16 accounts.
/// @param amounts How much each gets, smallest units; together below 2^112. Nothing is minted later.
/// @param tokens The tokens that are taken from the start, 8 at most, of those that the royalty vaults list.
/// @param policy What is asked before a transfer; zero for free transfers. It can be dropped later and never replaced.
/// @param priceToken What usage is paid in, of `tokens`; zero where none is for sale.
/// @param pricePerUnit Price of a unit of usage, smallest units; 0 where none is for sale.
struct MintTerms {
    uint256 work;
    uint256 version;
    Waterfall waterfall;
    uint16 publishBps;
    uint32 creditsPerTokenDay;
    address[] holders;
    uint256[] amounts;
    IERC20[] tokens;
    ITransferPolicy policy;
    IERC20 priceToken;
    uint256 pricePerUnit;
}

/// @title IAIRAFactory
/// @notice Mints one AIRA token for a work and a version of a model.
interface IAIRAFactory {
    /// @notice A token was minted.
    /// @param work The work.
    /// @param version The version of a model.
    /// @param aira The token.
    /// @param owner Owner of the work, who minted.
    /// @param modelOwner Owner of the version, who agreed.
    /// @param terms What it was minted for.
    event AIRAMinted(
        uint256 indexed work,
        uint256 indexed version,
        address indexed aira,
        address owner,
        address modelOwner,
        MintTerms terms
    );

    /// @notice Another protocol share holds for tokens minted from now on.
    /// @param before What it was, bps.
    /// @param bps What it is.
    event ProtocolShareSet(uint16 before, uint16 bps);

    /// @notice The caller may not do this.
    /// @param caller Who called.
    /// @param expected Who may.
    error AIRAFactory_Unauthorized(address caller, address expected);

    /// @notice The council stopped mints.
    error AIRAFactory_Paused();

    /// @notice The signature is too old.
    /// @param deadline Until when it served, seconds.
    /// @param timestamp What time it is, seconds.
    error AIRAFactory_Expired(uint256 deadline, uint256 timestamp);

    /// @notice The owner of the version did not sign these terms with this nonce.
    /// @param modelOwner Who.
    /// @param nonce The nonce that is next.
    error AIRAFactory_BadSignature(address modelOwner, uint256 nonce);

    /// @notice The work and the version have a token.
    /// @param aira The token.
    error AIRAFactory_Minted(address aira);

    /// @notice The version or one of its ancestors is tainted.
    /// @param version The version.
    error AIRAFactory_NotMintable(uint256 version);

    /// @notice The waterfall gives the protocol another share than governance set.
    /// @param got The share, bps.
    /// @param expected What governance set, bps.
    error AIRAFactory_ProtocolShare(uint256 got, uint256 expected);

    /// @notice The shares are not the whole.
    /// @param got Their sum, bps.
    /// @param expected The whole, bps.
    error AIRAFactory_Shares(uint256 got, uint256 expected);

    /// @notice A number is above its bound.
    /// @param what Which one.
    /// @param got The number.
    /// @param most The bound.
    error AIRAFactory_Above(string what, uint256 got, uint256 most);

    /// @notice A list is shorter or longer than it may be, or two that go together differ.
    /// @param what Which list.
    /// @param got Its length.
    /// @param least Least length.
    /// @param most Greatest length.
    error AIRAFactory_Length(string what, uint256 got, uint256 least, uint256 most);

    /// @notice A number must not be zero.
    /// @param what Which one.
    error AIRAFactory_Zero(string what);

    /// @notice The token of a work and a version; zero where there is none.
    /// @param work The work.
    /// @param version The version of a model.
    /// @return The token.
    function airaOf(uint256 work, uint256 version) external view returns (address);

    /// @notice What a published output owes a token, bps of the rest of its revenue; frozen at the mint. 0 for a stranger.
    /// @param aira The token.
    /// @return bps.
    function publishBpsOf(address aira) external view returns (uint16);

    /// @notice Whether this factory, or one before it, made a token.
    /// @param aira The token.
    /// @return Whether one did.
    function isAIRA(address aira) external view returns (bool);

    /// @notice The protocol share that a waterfall must have.
    /// @return bps, 500 at most.
    function protocolBps() external view returns (uint16);

    /// @notice The nonce that the owner of a version signs next.
    /// @param modelOwner Who.
    /// @return The nonce.
    function nonces(address modelOwner) external view returns (uint256);

    /// @notice What the owner of a version signs (EIP-712).
    /// @param terms What is minted.
    /// @param owner Owner of the work, who mints.
    /// @param nonce The signer's nonce.
    /// @param deadline Until when it may be used, seconds.
    /// @return The digest.
    function digestOf(
        MintTerms calldata terms,
        address owner,
        uint256 nonce,
        uint256 deadline
    ) external view returns (bytes32);

    /// @notice Mints the token of a work and a version, once. By the owner of the work, with the signature of the version's owner.
    /// @param terms What is minted.
    /// @param deadline Until when the signature serves, seconds.
    /// @param signature By the version's owner, by ERC-1271 where that is a contract; may be empty where the caller owns both.
    /// @return aira The token.
    function mint(MintTerms calldata terms, uint256 deadline, bytes calldata signature) external returns (address aira);

    /// @notice Sets the protocol share of tokens that are minted from now on. By governance.
    /// @param bps 500 at most.
    function setProtocolBps(uint16 bps) external;
}
