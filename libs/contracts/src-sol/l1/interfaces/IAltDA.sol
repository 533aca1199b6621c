// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDataAvailability} from "./IDataAvailability.sol";
import {ISystemConfig} from "./ISystemConfig.sol";

/// @title IAltDA
/// @notice Commitments to bytes that are with alt-DA servers. L1 takes one only after everybody had time to say that the bytes are not
/// to be had: the batcher announces it, for `challengeWindow` blocks anybody may challenge it with a bond, and then it fails unless
/// somebody posts the bytes to L1 within `resolveWindow` blocks. So an expired commitment never gets into the inbox, and what the inbox
/// has is never taken back. docs/spec/protocol.md, section 1.3.
interface IAltDA is IDataAvailability {
    /// @notice Where a commitment stands.
    enum State {
        /// Never announced.
        None,
        /// Announced, and may be challenged.
        Open,
        /// Challenged; waits for its bytes.
        Challenged,
        /// Challenged, and nobody posted the bytes in time. May be announced again.
        Expired,
        /// The inbox takes it.
        Available,
        /// The window passed too long ago: may be announced again.
        Stale
    }

    /// @notice A commitment was announced, and may be challenged from now on.
    /// @param hash keccak256 of the bytes.
    /// @param challengeUntil Last L1 block in which it may be challenged.
    event Announced(bytes32 indexed hash, uint64 challengeUntil);

    /// @notice Somebody says that the bytes are not to be had.
    /// @param hash keccak256 of the bytes.
    /// @param challenger Whose bond it is.
    /// @param resolveUntil Last L1 block in which the bytes may be posted.
    event Challenged(bytes32 indexed hash, address indexed challenger, uint64 resolveUntil);

    /// @notice The bytes stand in the input of this transaction.
    /// @param hash keccak256 of the bytes.
    /// @param resolver Who posted them.
    /// @param paid What the resolver got of the bond, wei.
    /// @param burned What nobody gets, wei.
    event Resolved(bytes32 indexed hash, address indexed resolver, uint256 paid, uint256 burned);

    /// @notice Nobody posted the bytes in time: the challenger has the bond back.
    /// @param hash keccak256 of the bytes.
    /// @param challenger Whose bond it was.
    event Expired(bytes32 indexed hash, address indexed challenger);

    /// @notice Credit was paid out.
    /// @param account Whose credit it was.
    /// @param amount wei.
    event Withdrawn(address indexed account, uint256 amount);

    /// @notice The evidence is not `0x00 ‖ keccak256(data)`, 33 bytes.
    error AltDA_BadEvidence();

    /// @notice The inbox does not take the commitment now.
    /// @param hash keccak256 of the bytes.
    /// @param state Where it stands.
    error AltDA_NotAvailable(bytes32 hash, State state);

    /// @notice The caller is not the batcher of the chain.
    /// @param caller Who called.
    error AltDA_NotBatcher(address caller);

    /// @notice What was asked for does not fit where the commitment stands.
    /// @param hash keccak256 of the bytes.
    /// @param state Where it stands.
    error AltDA_WrongState(bytes32 hash, State state);

    /// @notice The value is not the bond.
    /// @param got wei.
    /// @param expected wei.
    error AltDA_WrongBond(uint256 got, uint256 expected);

    /// @notice The bytes are more than one L1 transaction holds.
    /// @param length Length of the bytes.
    /// @param max Upper bound.
    error AltDA_TooLong(uint256 length, uint256 max);

    /// @notice The caller is a contract, or not the sender of the transaction: the bytes would not stand in its input.
    /// @param caller Who called.
    error AltDA_NotTopLevel(address caller);

    /// @notice A parameter of the installation is out of its bounds.
    /// @param value What came.
    /// @param min Lower bound.
    /// @param max Upper bound.
    error AltDA_BadParameter(uint256 value, uint256 min, uint256 max);

    /// @notice The account has no credit.
    /// @param account Which one.
    error AltDA_NoCredit(address account);

    /// @notice The account did not take its credit.
    /// @param account Which one.
    error AltDA_TransferFailed(address account);

    /// @notice Announces bytes that servers have. Only the batcher; fails unless the commitment is unknown, expired or stale.
    /// @param hash keccak256 of the bytes.
    function announce(bytes32 hash) external;

    /// @notice Says that the bytes are not to be had, or more than `MAX_LENGTH`. Anybody, with a bond, while it is open.
    /// @param hash keccak256 of the bytes.
    function challenge(bytes32 hash) external payable;

    /// @notice Posts the bytes of a challenged commitment. Anybody, as the sender of the transaction, so that its input has the bytes for
    /// ever. Four fifths of what it cost at the base fee, the bond at most, are the resolver's; a fifth is burned; the rest goes back.
    /// @param data The bytes.
    function resolve(bytes calldata data) external;

    /// @notice Gives the bond back to the challenger of an expired commitment. Anybody.
    /// @param hash keccak256 of the bytes.
    function expire(bytes32 hash) external;

    /// @notice Pays out what an account has coming.
    /// @param account Whose credit it is, and who gets it.
    function withdraw(address account) external;

    /// @notice Where a commitment stands in this block, and until when.
    /// @param hash keccak256 of the bytes.
    /// @return state Where it stands.
    /// @return until Last L1 block of that state, unless somebody acts; 0 where it lasts.
    function stateOf(bytes32 hash) external view returns (State state, uint64 until);

    /// @notice What an account may withdraw.
    /// @param account Which one.
    /// @return wei.
    function credit(address account) external view returns (uint256);

    /// @notice Whose batcher may announce.
    /// @return The parameters of the chain.
    function systemConfig() external view returns (ISystemConfig);

    /// @notice How long a commitment may be challenged.
    /// @return L1 blocks after that of the announcement.
    function challengeWindow() external view returns (uint64);

    /// @notice How long the bytes of a challenged commitment may be posted.
    /// @return L1 blocks after that of the challenge.
    function resolveWindow() external view returns (uint64);

    /// @notice How long the inbox takes a commitment that was not challenged.
    /// @return L1 blocks after the challenge window.
    function takeWindow() external view returns (uint64);

    /// @notice What a challenge costs until it is decided.
    /// @return wei.
    function bond() external view returns (uint256);
}
