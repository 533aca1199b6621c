// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAssertionGame} from "../../l1/interfaces/IAssertionGame.sol";
import {WithdrawalTransaction} from "../../shared/Types.sol";
import {Attestation, Body, Signer, Vote} from "../NetworkMessages.sol";

/// @title IFastExits
/// @notice Pays withdrawals early out of a promise: the portal pays only what is reserved here, wei for wei and asset for asset, from the stake of
/// those who attested. A certificate never changes a game. On L1. docs/spec/network.md, sections 3 to 7. The asset zero is ETH.
interface IFastExits {
    /// @notice What became of a certificate.
    /// @dev None: never posted. Open: signers are bound. Released: its root was accepted. Refilled: another root was.
    enum Status {
        None,
        Open,
        Released,
        Refilled
    }

    /// @notice What is kept of a certificate.
    /// @param signersHash `keccak256(abi.encode(owners, stakes))` of its signers when it was posted.
    /// @param stake Sum of these stakes, wei.
    /// @param epoch Epoch of its attestations.
    /// @param status What became of it.
    /// @param used Whether anything was ever reserved under it.
    struct Certificate {
        bytes32 signersHash;
        uint128 stake;
        uint64 epoch;
        Status status;
        bool used;
    }

    /// @notice What can be reserved.
    /// @param cover Bound of all open reservations of the asset together.
    /// @param open What is reserved.
    /// @param single Bound of one.
    /// @param hour What is left of the bound of an hour.
    struct Limits {
        uint256 cover;
        uint256 open;
        uint256 single;
        uint256 hour;
    }

    /// @notice A certificate was posted.
    /// @param id Its id.
    /// @param game The assertion.
    /// @param batchIndex Its batch.
    /// @param body What its attestations have in common.
    /// @param owners Its signers, in the order of their keys.
    /// @param stakes Their ETH stake, wei.
    event Certified(
        bytes32 indexed id,
        address indexed game,
        uint256 indexed batchIndex,
        Body body,
        address[] owners,
        uint256[] stakes
    );

    /// @notice A withdrawal is paid early.
    /// @param id The certificate.
    /// @param withdrawalHash The withdrawal.
    /// @param asset Token on L1; zero for ETH.
    /// @param remoteToken Its twin on L2; zero for ETH.
    /// @param amount In the smallest unit.
    /// @param fee In the smallest unit.
    event Reserved(
        bytes32 indexed id,
        bytes32 indexed withdrawalHash,
        address indexed asset,
        address remoteToken,
        uint256 amount,
        uint256 fee
    );

    /// @notice A certificate turned out right.
    /// @param id The certificate.
    /// @param game The accepted game.
    event Released(bytes32 indexed id, address indexed game);

    /// @notice A certificate turned out wrong. What was reserved in tokens waits for `refillToken`.
    /// @param id The certificate.
    /// @param game The accepted game.
    /// @param amount ETH that was reserved, wei.
    /// @param drill Whether it was a drill.
    event Refilled(bytes32 indexed id, address indexed game, uint256 amount, bool drill);

    /// @notice Tokens went back to the bridge.
    /// @param id The certificate.
    /// @param token Token on L1.
    /// @param remoteToken Its twin on L2.
    /// @param amount In the smallest unit.
    event TokenRefilled(bytes32 indexed id, address indexed token, address indexed remoteToken, uint256 amount);

    /// @notice A member lost stake for what it attested.
    /// @param member The member.
    /// @param reason "wrong" or "equivocation".
    /// @param amount ETH that was taken, wei.
    event Punished(address indexed member, bytes32 indexed reason, uint256 amount);

    /// @notice ETH that was taken from stake went its ways.
    /// @param slashed What was taken, wei.
    /// @param refilled To the portal, of it and of insurance, wei.
    /// @param finder Who found it.
    /// @param reward Credited to the finder, wei.
    /// @param burned Burned, wei.
    event Distributed(uint256 slashed, uint256 refilled, address indexed finder, uint256 reward, uint256 burned);

    /// @notice Fees were shared among the signers.
    /// @param id The certificate.
    /// @param asset The token; zero for ETH.
    /// @param amount In the smallest unit.
    event FeesShared(bytes32 indexed id, address indexed asset, uint256 amount);

    /// @notice ETH was given to the insurance.
    /// @param from Who gave it.
    /// @param amount Wei.
    event Insured(address indexed from, uint256 amount);

    /// @notice Credit was paid.
    /// @param account Whose it was.
    /// @param asset The token; zero for ETH.
    /// @param amount In the smallest unit.
    event CreditClaimed(address indexed account, address indexed asset, uint256 amount);

    /// @notice The caller may not do this.
    /// @param caller The account that called.
    error FastExits_Unauthorized(address caller);

    /// @notice The certificate is not in the state that this asks for.
    /// @param id The certificate.
    /// @param status Its state.
    error FastExits_WrongStatus(bytes32 id, Status status);

    /// @notice A certificate has from `minVerifiers` to 64 signatures.
    /// @param count Signatures that came.
    error FastExits_WrongCount(uint256 count);

    /// @notice The signature is none, its `s` is in the upper half, or its key is not above the one before.
    /// @param index Position of the signature.
    /// @param key Its key; zero if it is none.
    error FastExits_BadSignature(uint256 index, address key);

    /// @notice The epoch is in the future or too old.
    /// @param epoch The certificate's.
    /// @param current The present one.
    error FastExits_WrongEpoch(uint64 epoch, uint64 current);

    /// @notice The signers have less than two thirds of the weight.
    /// @param weight Their weight, wei.
    /// @param total All weight, wei.
    error FastExits_NoQuorum(uint256 weight, uint256 total);

    /// @notice The game is not one that stands, or does not say what was attested.
    /// @param game The game.
    error FastExits_WrongGame(address game);

    /// @notice The game or one that it continues has a rival.
    /// @param game The one that has.
    error FastExits_HasRival(address game);

    /// @notice The game continues too many that are not accepted.
    /// @param max The most.
    error FastExits_TooManyAncestors(uint256 max);

    /// @notice The game is too young.
    /// @param notBefore When it is old enough, seconds.
    error FastExits_TooYoung(uint256 notBefore);

    /// @notice These are not the signers of the certificate.
    /// @param id The certificate.
    error FastExits_WrongSigners(bytes32 id);

    /// @notice The token is not covered, or less of it is locked for this pair.
    /// @param token Token on L1.
    /// @param locked What is locked, in the smallest unit.
    error FastExits_NotCovered(address token, uint256 locked);

    /// @notice More than the cover allows, in all, at once or within an hour.
    /// @param amount What was asked for, in the smallest unit.
    /// @param most What there can be now.
    error FastExits_TooMuch(uint256 amount, uint256 most);

    /// @notice The ether sent along is not the fee.
    /// @param sent What was sent along, wei.
    /// @param expected The fee, wei; zero where it is paid in tokens.
    error FastExits_WrongFee(uint256 sent, uint256 expected);

    /// @notice The game is not accepted for good, or is about another batch.
    /// @param game The game.
    error FastExits_NotDecided(address game);

    /// @notice The attestation is right.
    error FastExits_NotWrong();

    /// @notice The two are not by one key about one batch with different roots.
    error FastExits_NoEquivocation();

    /// @notice There is nothing to do or to pay.
    error FastExits_Nothing();

    /// @notice The account did not take the ETH.
    /// @param to The account.
    error FastExits_TransferFailed(address to);

    /// @notice Posts a certificate. Anybody, once.
    /// @param body What the attestations have in common.
    /// @param votes The rest of each, strictly ascending by key.
    /// @return id Its id.
    function certify(Body calldata body, Vote[] calldata votes) external returns (bytes32 id);

    /// @notice Reserves what a withdrawal moves. The portal only, which pays it in the same transaction; with the fee, if it is ETH.
    /// @param withdrawalHash Hash of the withdrawal.
    /// @param withdrawal The withdrawal.
    /// @param payer Who pays a fee in tokens, and has approved it.
    /// @param body What the attestations have in common.
    /// @param votes The certificate, if it was not posted before; else not read.
    /// @param signers Its signers, if it was posted before; else not read.
    function reserve(
        bytes32 withdrawalHash,
        WithdrawalTransaction calldata withdrawal,
        address payer,
        Body calldata body,
        Vote[] calldata votes,
        Signer[] calldata signers
    ) external payable;

    /// @notice Ends a certificate once a root is accepted for its batch. Anybody; who does it for a wrong one is its finder.
    /// @param body What the attestations have in common.
    /// @param game An accepted and final game for the same batch.
    /// @param signers The signers.
    function settle(Body calldata body, IAssertionGame game, Signer[] calldata signers) external;

    /// @notice Gives the bridge back what was paid in a token under a wrong certificate. Anybody.
    /// @param id The certificate.
    /// @param token Token on L1.
    /// @param remoteToken Its twin on L2.
    function refillToken(bytes32 id, address token, address remoteToken) external;

    /// @notice Shares fees in a token among the signers of a certificate that turned out right. Anybody.
    /// @param body What the attestations have in common.
    /// @param asset The token.
    /// @param signers The signers.
    function shareFees(Body calldata body, address asset, Signer[] calldata signers) external;

    /// @notice Takes the stake of who attested to a wrong root. Anybody, once for each attestation.
    /// Of an epoch before its member joined, nothing: it was paid since, and may have come again.
    /// @param attestation The attestation.
    /// @param signature Its signature, 65 bytes.
    /// @param game An accepted and final game for the same batch.
    function slashWrong(Attestation calldata attestation, bytes calldata signature, IAssertionGame game) external;

    /// @notice Takes the stake of who attested to two roots for a batch. Anybody, once for each batch.
    /// Of epochs before its member joined, nothing.
    /// @param a One attestation.
    /// @param signatureA Its signature, 65 bytes.
    /// @param b The other one.
    /// @param signatureB Its signature, 65 bytes.
    function slashEquivocation(
        Attestation calldata a,
        bytes calldata signatureA,
        Attestation calldata b,
        bytes calldata signatureB
    ) external;

    /// @notice Adds the ether that is sent along to the insurance. Anybody; other slashers give here at least 70% of what they take.
    function insure() external payable;

    /// @notice Pays the sender's credit.
    /// @param asset The token; zero for ETH.
    /// @param to Whom to pay.
    function claimCredit(address asset, address to) external;

    /// @notice What is kept of a certificate.
    /// @param id Its id.
    /// @return The certificate; nothing but zeros if there is none.
    function certificateOf(bytes32 id) external view returns (Certificate memory);

    /// @notice What could be reserved with these signers now.
    /// @param members The signers.
    /// @param asset The token; zero for ETH.
    /// @return The bounds.
    function limitsOf(address[] calldata members, address asset) external view returns (Limits memory);

    /// @notice What a fast exit costs.
    /// @param amount In the smallest unit.
    /// @return The fee, in the smallest unit.
    function feeOf(uint256 amount) external pure returns (uint256);

    /// @notice What is reserved and neither released nor refilled.
    /// @param asset The token; zero for ETH.
    /// @return In the smallest unit.
    function reserved(address asset) external view returns (uint256);

    /// @notice What is reserved under a certificate.
    /// @param id The certificate.
    /// @param asset The token; zero for ETH.
    /// @return In the smallest unit.
    function reservedOf(bytes32 id, address asset) external view returns (uint256);
}
