// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {PaymasterERC20} from "@openzeppelin/contracts/account/paymaster/extensions/PaymasterERC20.sol";
import {ERC4337Utils} from "@openzeppelin/contracts/account/utils/ERC4337Utils.sol";
import {IEntryPoint, PackedUserOperation} from "@openzeppelin/contracts/interfaces/IERC4337.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {IGasPaymaster, IRateSource} from "./interfaces/IGasPaymaster.sol";
import {IModules} from "./interfaces/IModules.sol";

/// @title Paymaster
/// @notice See IGasPaymaster. `paymasterData` is empty or the byte 0 for the token; or the byte 1, sponsor (20 bytes), limit (16), validAfter (6), validUntil (6)
/// and the sponsor's signature (65).
contract Paymaster is IGasPaymaster, PaymasterERC20, EIP712 {
    using ERC4337Utils for PackedUserOperation;

    /// @notice Semantic version of this contract.
    string public constant version = "1.0.0";
    /// @notice Type of what a sponsor signs (EIP-712).
    bytes32 public constant SPONSORSHIP_TYPEHASH = keccak256(
        "Sponsorship(address account,uint128 limit,uint48 validAfter,uint48 validUntil)"
    );

    /// @dev Bytes of `paymasterData` of a sponsored operation.
    uint256 private constant SPONSORED = 114;
    /// @dev Gas of `postOp` at most, which the entry point does not tell it.
    uint256 private constant POST_OP = 75_000;

    /// @notice Where governance is named.
    IModules public immutable modules;
    /// @notice The native token.
    IERC20 public immutable token;
    /// @notice Least price, smallest units of the token for 10^18 wei.
    uint256 public immutable minRate;
    /// @notice Greatest price.
    uint256 public immutable maxRate;

    /// @notice Price of gas: smallest units of the token for 10^18 wei.
    uint256 public rate;
    /// @notice Where `update` takes it; zero for nowhere.
    IRateSource public rateSource;
    /// @notice What is there for operations that pay with the token, wei.
    uint256 public pool;
    /// @inheritdoc IGasPaymaster
    mapping(address sponsor => uint256) public balanceOf;
    /// @inheritdoc IGasPaymaster
    mapping(address sponsor => mapping(bytes32 digest => uint256)) public spent;

    IEntryPoint private immutable _entryPoint;

    modifier onlyGovernance() {
        address governance = modules.governance();
        if (msg.sender != governance) revert GasPaymaster_Unauthorized(msg.sender, governance);
        _;
    }

    /// @notice Names what never changes, and the first price.
    /// @param modules_ Where governance is named.
    /// @param entryPoint_ The entry point, version 0.8.
    /// @param token_ The native token.
    /// @param rate_ The first price, smallest units of the token for 10^18 wei.
    /// @param minRate_ Least price, 1 at least.
    /// @param maxRate_ Greatest price.
    constructor(
        IModules modules_,
        IEntryPoint entryPoint_,
        IERC20 token_,
        uint256 rate_,
        uint256 minRate_,
        uint256 maxRate_
    ) EIP712("Paymaster", "1") {
        (modules, _entryPoint, token) = (modules_, entryPoint_, token_);
        if (minRate_ == 0) revert GasPaymaster_RateOutOfBounds(0, 1, maxRate_);
        (minRate, maxRate) = (minRate_, maxRate_);
        _setRate(rate_);
    }

    /// @inheritdoc IGasPaymaster
    function deposit() external payable {
        pool += msg.value;
        emit PoolSet(pool);
        _deposit(msg.value);
    }

    /// @inheritdoc IGasPaymaster
    function withdraw(address payable to, uint256 amount) external onlyGovernance {
        if (amount > pool) revert GasPaymaster_TooLittle(pool, amount);
        pool -= amount;
        emit PoolSet(pool);
        _withdraw(to, amount);
    }

    /// @inheritdoc IGasPaymaster
    function withdrawTokens(address to, uint256 amount) external onlyGovernance {
        _withdrawTokens(token, to, amount);
    }

    /// @inheritdoc IGasPaymaster
    function depositFor(address sponsor) external payable {
        balanceOf[sponsor] += msg.value;
        emit SponsorSet(sponsor, balanceOf[sponsor]);
        _deposit(msg.value);
    }

    /// @inheritdoc IGasPaymaster
    function withdrawSponsored(address payable to, uint256 amount) external {
        uint256 balance = balanceOf[msg.sender];
        if (amount > balance) revert GasPaymaster_TooLittle(balance, amount);
        balanceOf[msg.sender] = balance - amount;
        emit SponsorSet(msg.sender, balance - amount);
        _withdraw(to, amount);
    }

    /// @inheritdoc IGasPaymaster
    function setRate(uint256 rate_) external onlyGovernance {
        _setRate(rate_);
    }

    /// @inheritdoc IGasPaymaster
    function setRateSource(IRateSource source) external onlyGovernance {
        rateSource = source;
        emit RateSourceSet(address(source));
    }

    /// @inheritdoc IGasPaymaster
    function update() external returns (uint256 rate_) {
        if (address(rateSource) == address(0)) revert GasPaymaster_NoSource();
        rate_ = rateSource.tokenPerNative();
        if (rate_ < minRate) rate_ = minRate;
        if (rate_ > maxRate) rate_ = maxRate;
        _setRate(rate_);
    }

    /// @inheritdoc IGasPaymaster
    function addStake(uint32 unstakeDelay) external payable onlyGovernance {
        _addStake(msg.value, unstakeDelay);
    }

    /// @inheritdoc IGasPaymaster
    function unlockStake() external onlyGovernance {
        _unlockStake();
    }

    /// @inheritdoc IGasPaymaster
    function withdrawStake(address payable to) external onlyGovernance {
        _withdrawStake(to);
    }

    /// @notice The entry point that this paymaster serves.
    /// @return Version 0.8.
    function entryPoint() public view override returns (IEntryPoint) {
        return _entryPoint;
    }

    /// @inheritdoc IGasPaymaster
    function sponsorshipDigest(
        address account,
        uint128 limit,
        uint48 validAfter,
        uint48 validUntil
    ) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(SPONSORSHIP_TYPEHASH, account, limit, validAfter, validUntil)));
    }

    /// @dev Takes the most that an operation can cost from who pays; `_postOp` gives back what it did not.
    function _validatePaymasterUserOp(
        PackedUserOperation calldata userOp,
        bytes32 userOpHash,
        uint256 maxCost
    ) internal override returns (bytes memory context, uint256 validationData) {
        uint256 extra = POST_OP + _postOpGasPenalty(userOp.paymasterPostOpGasLimit());
        uint256 cost = maxCost + extra * userOp.maxFeePerGas();
        bytes calldata data = userOp.paymasterData();
        if (data.length == SPONSORED && data[0] == 0x01) {
            bytes memory sponsor;
            (sponsor, validationData) = _chargeSponsor(userOp.sender, data, cost);
            return (sponsor.length == 0 ? sponsor : abi.encode(userOpHash, cost, extra, sponsor), validationData);
        }
        if (data.length > 1 || (data.length == 1 && data[0] != 0) || cost > pool)
            return ("", ERC4337Utils.SIG_VALIDATION_FAILED);
        pool -= cost;
        (context, validationData) = super._validatePaymasterUserOp(userOp, userOpHash, maxCost);
        if (context.length != 0) context = abi.encode(bytes32(0), cost, extra, context);
    }

    function _postOp(
        PostOpMode mode,
        bytes calldata context,
        uint256 actualGasCost,
        uint256 actualUserOpFeePerGas
    ) internal override {
        (bytes32 userOpHash, uint256 cost, uint256 extra) = abi.decode(context[:96], (bytes32, uint256, uint256));
        uint256 actual = actualGasCost + extra * actualUserOpFeePerGas;
        uint256 back = cost > actual ? cost - actual : 0;
        // After the offset, and the length, of what is nested.
        uint256 length = uint256(bytes32(context[128:160]));
        bytes calldata nested = context[160:160 + length];
        if (userOpHash == 0) {
            pool += back;
            super._postOp(mode, nested, actualGasCost, actualUserOpFeePerGas);
            return;
        }
        (address sponsor, bytes32 digest) = abi.decode(nested, (address, bytes32));
        balanceOf[sponsor] += back;
        spent[sponsor][digest] -= back;
        emit GasSponsored(userOpHash, sponsor, cost - back);
    }

    /// @dev Empty if the sponsor did not sign for it, or it is too much.
    function _chargeSponsor(
        address account,
        bytes calldata data,
        uint256 cost
    ) private returns (bytes memory context, uint256 validationData) {
        address sponsor = address(bytes20(data[1:21]));
        uint128 limit = uint128(bytes16(data[21:37]));
        (uint48 validAfter, uint48 validUntil) = (uint48(bytes6(data[37:43])), uint48(bytes6(data[43:49])));
        bytes32 digest = sponsorshipDigest(account, limit, validAfter, validUntil);
        (address signer, ECDSA.RecoverError error_, ) = ECDSA.tryRecoverCalldata(digest, data[49:]);
        uint256 used = spent[sponsor][digest] + cost;
        if (error_ != ECDSA.RecoverError.NoError || signer != sponsor || used > limit || cost > balanceOf[sponsor])
            return ("", ERC4337Utils.SIG_VALIDATION_FAILED);
        spent[sponsor][digest] = used;
        balanceOf[sponsor] -= cost;
        return (abi.encode(sponsor, digest), ERC4337Utils.packValidationData(true, validAfter, validUntil));
    }

    function _setRate(uint256 rate_) private {
        if (rate_ < minRate || rate_ > maxRate) revert GasPaymaster_RateOutOfBounds(rate_, minRate, maxRate);
        rate = rate_;
        emit RateSet(rate_);
    }

    function _fetchDetails(
        PackedUserOperation calldata,
        bytes32
    ) internal view override returns (uint256 validationData, IERC20, uint256) {
        return (ERC4337Utils.SIG_VALIDATION_SUCCESS, token, rate);
    }

    function _postOpCost() internal pure override returns (uint256) {
        return POST_OP;
    }

    function _minTokensPerNative() internal view override returns (uint256) {
        return minRate;
    }
}
