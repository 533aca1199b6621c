// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IAIRA} from "./interfaces/IAIRA.sol";
import {IAIRAFactory} from "./interfaces/IAIRAFactory.sol";
import {ICouncil} from "./interfaces/ICouncil.sol";
import {IModules} from "./interfaces/IModules.sol";
import {IRoyaltyVaults} from "./interfaces/IRoyaltyVaults.sol";
import {Channel, IUsageMeter, Voucher} from "./interfaces/IUsageMeter.sol";

/// @title UsageMeter
/// @notice See IUsageMeter. No owner, no proxy. What settling reads and writes of a channel is two words.
contract UsageMeter is IUsageMeter, EIP712, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @notice A right and what is paid for it; many channels share one.
    /// @param aira The right.
    /// @param token What it is paid in; zero for credits.
    struct Pair {
        IAIRA aira;
        IERC20 token;
    }

    /// @notice A channel: two words to settle, and the payee.
    /// @param payer Who signs.
    /// @param pair Index of the right and the token.
    /// @param closingAt From when anybody may close it, seconds; 0 while its closing was not asked for.
    /// @param closed Whether it is over.
    /// @param deposit What is in it, smallest units, or units.
    /// @param settledAmount What was settled, smallest units.
    /// @param settledUnits Units that were settled.
    /// @param payee Who takes vouchers.
    struct Entry {
        address payer;
        uint32 pair;
        uint40 closingAt;
        bool closed;
        uint96 deposit;
        uint96 settledAmount;
        uint64 settledUnits;
        address payee;
    }

    /// @notice Semantic version of this contract.
    string public constant version = "1.0.0";
    /// @notice How long a payee has to settle once the payer asked to close, seconds.
    uint256 public constant CLOSE_NOTICE = 1 days;
    /// @notice Vouchers in one transaction at most.
    uint256 public constant MAX_VOUCHERS = 10_000;
    /// @notice Key of this contract for the council.
    bytes32 public constant METER = keccak256("UsageMeter");
    /// @notice Key of the council in the directory.
    bytes32 public constant COUNCIL = keccak256("Council");
    /// @notice Key of the factory of rights in the directory.
    bytes32 public constant FACTORY = keccak256("AIRAFactory");
    /// @notice Key of the royalty vaults in the directory.
    bytes32 public constant VAULTS = keccak256("RoyaltyVaults");
    /// @notice Type of what a payer signs (EIP-712).
    bytes32 public constant VOUCHER_TYPEHASH = keccak256(
        "Voucher(bytes32 channel,uint256 cumulativeUnits,uint256 cumulativeAmount,bytes32 outputsRoot)"
    );

    /// @notice Where the other contracts are.
    IModules public immutable modules;
    /// @inheritdoc IUsageMeter
    mapping(IAIRA aira => mapping(IERC20 token => uint256)) public heldFor;

    mapping(bytes32 channel => Entry) private _entries;
    Pair[] private _pairs;
    /// @dev One more than the index, so that 0 is none.
    mapping(IAIRA aira => mapping(IERC20 token => uint256)) private _pairOf;

    /// @notice Names the directory.
    /// @param modules_ Where the other contracts are.
    constructor(IModules modules_) EIP712("UsageMeter", "1") {
        modules = modules_;
    }

    /// @inheritdoc IUsageMeter
    function open(
        address payee,
        IAIRA aira,
        IERC20 token,
        uint256 deposit,
        bytes32 salt
    ) external nonReentrant returns (bytes32 channel) {
        _requireNotPaused();
        if (payee == address(0)) revert UsageMeter_Zero("payee");
        if (!IAIRAFactory(modules.moduleOf(FACTORY)).isAIRA(address(aira))) revert UsageMeter_NoAIRA(aira);
        channel = channelId(msg.sender, payee, aira, token, salt);
        Entry storage entry = _entries[channel];
        if (entry.payer != address(0)) revert UsageMeter_Exists(channel);
        uint256 pair = _pairOf[aira][token];
        if (pair == 0) {
            _pairs.push(Pair(aira, token));
            _pairOf[aira][token] = pair = _pairs.length;
        }
        (entry.payer, entry.pair, entry.payee) = (msg.sender, uint32(pair - 1), payee);
        entry.deposit = _take(aira, token, 0, deposit);
        emit ChannelOpened(channel, msg.sender, payee, aira, token, deposit);
    }

    /// @inheritdoc IUsageMeter
    function topUp(bytes32 channel, uint256 amount) external nonReentrant {
        _requireNotPaused();
        Entry storage entry = _live(channel);
        if (entry.closingAt != 0) revert UsageMeter_Closing(channel, entry.closingAt);
        Pair memory pair = _pairs[entry.pair];
        if (address(pair.token) == address(0)) _requirePayer(entry);
        entry.deposit = _take(pair.aira, pair.token, entry.deposit, amount);
        emit ToppedUp(channel, amount, entry.deposit);
    }

    /// @inheritdoc IUsageMeter
    function settle(Voucher[] calldata vouchers, bytes[] calldata signatures) external nonReentrant {
        uint256 length = vouchers.length;
        if (length == 0 || length > MAX_VOUCHERS || signatures.length != length)
            revert UsageMeter_Length(length, signatures.length, MAX_VOUCHERS);
        uint256 pair = type(uint256).max;
        uint256 due = 0;
        uint256 free;
        assembly ("memory-safe") {
            free := mload(0x40)
        }
        for (uint256 i = 0; i < length; i++) {
            (uint256 next, uint256 amount) = _settle(vouchers[i], signatures[i]);
            // What hashing took is given back: with thousands of vouchers memory would cost more than all else.
            assembly ("memory-safe") {
                mstore(0x40, free)
            }
            if (next != pair) {
                _payOn(pair, due);
                (pair, due) = (next, 0);
            }
            due += amount;
        }
        _payOn(pair, due);
    }

    /// @inheritdoc IUsageMeter
    function forward(IAIRA aira, IERC20 token) external nonReentrant {
        uint256 amount = heldFor[aira][token];
        if (amount == 0) revert UsageMeter_Zero("held");
        if (!_vaults().isListed(token)) revert UsageMeter_NotTaken(token);
        heldFor[aira][token] = 0;
        _pay(aira, token, amount);
    }

    /// @inheritdoc IUsageMeter
    function requestClose(bytes32 channel) external {
        Entry storage entry = _live(channel);
        _requirePayer(entry);
        if (entry.closingAt != 0) revert UsageMeter_Closing(channel, entry.closingAt);
        entry.closingAt = uint40(block.timestamp + CLOSE_NOTICE);
        emit CloseRequested(channel, entry.closingAt);
    }

    /// @inheritdoc IUsageMeter
    function close(bytes32 channel) external nonReentrant {
        Entry storage entry = _live(channel);
        // The payee gives up what it could still settle, and nobody else's.
        if (msg.sender != entry.payee && (entry.closingAt == 0 || block.timestamp < entry.closingAt))
            revert UsageMeter_Closing(channel, entry.closingAt);
        entry.closed = true;
        Pair memory pair = _pairs[entry.pair];
        bool credits = address(pair.token) == address(0);
        uint256 left = entry.deposit - (credits ? entry.settledUnits : entry.settledAmount);
        emit ChannelClosed(channel, left);
        if (left == 0) return;
        if (credits) pair.aira.returnCredits(entry.payer, left);
        else pair.token.safeTransfer(entry.payer, left);
    }

    /// @inheritdoc IUsageMeter
    function channelOf(bytes32 channel) external view returns (Channel memory) {
        Entry storage entry = _entries[channel];
        if (entry.payer == address(0))
            return Channel(address(0), address(0), IAIRA(address(0)), IERC20(address(0)), 0, 0, 0, 0, false);
        Pair storage pair = _pairs[entry.pair];
        return
            Channel(
                entry.payer,
                entry.payee,
                pair.aira,
                pair.token,
                entry.deposit,
                entry.settledAmount,
                entry.settledUnits,
                entry.closingAt,
                entry.closed
            );
    }

    /// @inheritdoc IUsageMeter
    function digestOf(Voucher calldata voucher) public view returns (bytes32) {
        return
            _hashTypedDataV4(
                keccak256(
                    abi.encode(
                        VOUCHER_TYPEHASH,
                        voucher.channel,
                        voucher.cumulativeUnits,
                        voucher.cumulativeAmount,
                        voucher.outputsRoot
                    )
                )
            );
    }

    /// @inheritdoc IUsageMeter
    function channelId(
        address payer,
        address payee,
        IAIRA aira,
        IERC20 token,
        bytes32 salt
    ) public pure returns (bytes32) {
        return keccak256(abi.encode(payer, payee, aira, token, salt));
    }

    /// @dev Pulls what goes into a channel that has `before`; answers what it has then.
    function _take(IAIRA aira, IERC20 token, uint256 before, uint256 amount) private returns (uint96) {
        if (amount == 0) revert UsageMeter_Zero("amount");
        bool credits = address(token) == address(0);
        uint256 most = credits ? type(uint64).max : type(uint96).max;
        if (amount > most - before) revert UsageMeter_Above("deposit", amount, most - before);
        if (credits) {
            // Taken now and not when vouchers are settled: nobody signs away what he spent elsewhere.
            aira.spendCredits(msg.sender, amount);
        } else {
            _requireTaken(aira, token);
            uint256 balance = token.balanceOf(address(this));
            token.safeTransferFrom(msg.sender, address(this), amount);
            uint256 got = token.balanceOf(address(this)) - balance;
            if (got != amount) revert UsageMeter_InexactToken(token, got, amount);
        }
        return uint96(before + amount);
    }

    /// @dev Takes a voucher into account; answers for which pair, and how much that owes now.
    function _settle(
        Voucher calldata voucher,
        bytes calldata signature
    ) private returns (uint256 pair, uint256 amount) {
        bytes32 channel = voucher.channel;
        Entry storage entry = _live(channel);
        (uint256 units, uint256 total) = (voucher.cumulativeUnits, voucher.cumulativeAmount);
        if (units > type(uint64).max) revert UsageMeter_Above("units", units, type(uint64).max);
        (uint256 deposit, uint256 paid, uint256 used) = (entry.deposit, entry.settledAmount, entry.settledUnits);
        if (units <= used) revert UsageMeter_NotAbove(channel, "units", units, used);
        pair = entry.pair;
        if (address(_pairs[pair].token) == address(0)) {
            if (total != 0) revert UsageMeter_Above("amount", total, 0);
            if (units > deposit) revert UsageMeter_AboveDeposit(channel, units, deposit);
        } else {
            if (total <= paid) revert UsageMeter_NotAbove(channel, "amount", total, paid);
            if (total > deposit) revert UsageMeter_AboveDeposit(channel, total, deposit);
        }
        _requireSigned(entry.payer, voucher, signature);
        (entry.settledAmount, entry.settledUnits) = (uint96(total), uint64(units));
        emit Settled(channel, units, total, voucher.outputsRoot);
        amount = total - paid;
    }

    /// @dev Pays what a run of vouchers owes one pair. Where the vaults do not take the token it waits: a payee can always settle.
    function _payOn(uint256 index, uint256 amount) private {
        if (amount == 0) return;
        Pair memory pair = _pairs[index];
        if (_vaults().isListed(pair.token)) {
            _pay(pair.aira, pair.token, amount);
        } else {
            heldFor[pair.aira][pair.token] += amount;
            emit Held(pair.aira, pair.token, amount);
        }
    }

    function _pay(IAIRA aira, IERC20 token, uint256 amount) private {
        token.forceApprove(address(aira), amount);
        aira.pay(token, amount);
    }

    function _vaults() private view returns (IRoyaltyVaults) {
        return IRoyaltyVaults(modules.moduleOf(VAULTS));
    }

    function _live(bytes32 channel) private view returns (Entry storage entry) {
        entry = _entries[channel];
        if (entry.payer == address(0)) revert UsageMeter_NoChannel(channel);
        if (entry.closed) revert UsageMeter_Closed(channel);
    }

    function _requirePayer(Entry storage entry) private view {
        if (msg.sender != entry.payer) revert UsageMeter_Unauthorized(msg.sender, entry.payer);
    }

    function _requireNotPaused() private view {
        if (ICouncil(modules.moduleOf(COUNCIL)).isPaused(METER)) revert UsageMeter_Paused();
    }

    /// @dev What the right would refuse once it is owed must not come in.
    function _requireTaken(IAIRA aira, IERC20 token) private view {
        bool taken = false;
        IERC20[] memory tokens = aira.tokens();
        for (uint256 i = 0; i < tokens.length && !taken; i++) taken = tokens[i] == token;
        if (!taken || !_vaults().isListed(token)) revert UsageMeter_NotTaken(token);
    }

    /// @dev By the key first, which is what nearly all have, and by code only then: that saves the read of an account.
    function _requireSigned(address payer, Voucher calldata voucher, bytes calldata signature) private view {
        bytes32 digest = digestOf(voucher);
        (address signer, ECDSA.RecoverError failure, ) = ECDSA.tryRecoverCalldata(digest, signature);
        if (failure == ECDSA.RecoverError.NoError && signer == payer) return;
        if (payer.code.length == 0 || !SignatureChecker.isValidERC1271SignatureNowCalldata(payer, digest, signature))
            revert UsageMeter_BadSignature(voucher.channel, payer);
    }
}
