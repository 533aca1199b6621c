// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC20Votes} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Votes.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {IAIRA} from "./interfaces/IAIRA.sol";
import {MintTerms, Waterfall} from "./interfaces/IAIRAFactory.sol";
import {IModules} from "./interfaces/IModules.sol";
import {IProviderRewards} from "./interfaces/IProviderRewards.sol";
import {IRoyaltyVaults} from "./interfaces/IRoyaltyVaults.sol";
import {ITransferPolicy} from "./interfaces/ITransferPolicy.sol";

/// @notice What is in the code of a token and never changes.
/// @param work The work.
/// @param version The version of a model.
/// @param waterfall Who gets a payment, bps.
/// @param publishBps What a published output owes the token, bps of the rest of its revenue.
/// @param creditsPerTokenDay Usage credits that a whole token earns a day.
struct Frozen {
    uint256 work;
    uint256 version;
    Waterfall waterfall;
    uint16 publishBps;
    uint32 creditsPerTokenDay;
}

/// @title AIRA
/// @notice See IAIRA. A clone of one implementation: what is frozen is appended to its code. Nothing is minted after the start and nothing burns, so that the
/// supply by which revenue is divided is never zero and never another.
contract AIRA is IAIRA, ERC20Permit, ERC20Votes, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @notice What streams to the holders in one token. Magnified numbers are smallest units times 2^128.
    /// @param open Whether the token is taken.
    /// @param settledAt Until when it is settled, seconds.
    /// @param deposited What came in all, smallest units.
    /// @param claimed What was paid, smallest units.
    /// @param earned What a smallest unit of supply earned since the start, magnified.
    /// @param rate What streams in a second, magnified.
    /// @param carry What dividing deposits by their seconds left, magnified: part of the next deposit.
    /// @param rest What dividing by the supply left, magnified: part of the next division.
    /// @param ends By how much the rate falls at the start of a day, magnified, by the second.
    struct Stream {
        bool open;
        uint64 settledAt;
        uint128 deposited;
        uint128 claimed;
        uint256 earned;
        uint256 rate;
        uint256 carry;
        uint256 rest;
        mapping(uint256 time => uint256) ends;
    }

    /// @notice Of one account in one token.
    /// @param seen `Stream.earned` when it was settled last.
    /// @param owed What it can claim, magnified: fractions are kept.
    struct Revenue {
        uint256 seen;
        uint256 owed;
    }

    /// @notice Usage credits of one account.
    /// @param amount Units times a day's seconds times 10^18: nothing is rounded.
    /// @param settledAt Until when it is settled, seconds.
    struct Credits {
        uint192 amount;
        uint64 settledAt;
    }

    /// @notice Of a unit of usage.
    /// @param token What it is paid in.
    /// @param perUnit How much, smallest units.
    struct Price {
        IERC20 token;
        uint256 perUnit;
    }

    /// @notice Semantic version of this contract.
    string public constant version = "1.0.0";
    /// @notice How long a payment streams at least, seconds; until the next start of a day (UTC) after that.
    uint256 public constant STREAM = 7 days;
    /// @notice How long before it holds a price is announced, seconds.
    uint256 public constant PRICE_NOTICE = 7 days;
    /// @notice Tokens that are taken at most: bounds what a transfer settles.
    uint256 public constant MAX_TOKENS = 8;
    /// @notice Units of usage that are bought at once at most.
    uint256 public constant MAX_UNITS = type(uint64).max;
    /// @notice Gas that a policy may use.
    uint256 public constant POLICY_GAS = 200_000;
    /// @notice Key of the registry of works in the directory.
    bytes32 public constant WORKS = keccak256("IPRegistry");
    /// @notice Key of the royalty vaults in the directory.
    bytes32 public constant VAULTS = keccak256("RoyaltyVaults");
    /// @notice Key of the providers' rewards in the directory.
    bytes32 public constant REWARDS = keccak256("ProviderRewards");
    /// @notice Key of the usage meter in the directory.
    bytes32 public constant METER = keccak256("UsageMeter");

    uint256 private constant ALL = 10_000;
    uint256 private constant DAY = 1 days;
    /// @dev A unit of usage as `Credits.amount` counts it.
    uint256 private constant UNIT = DAY * 1e18;

    /// @notice Where the other contracts are.
    IModules public immutable modules;
    /// @notice Who made this token.
    address public immutable factory;
    /// @inheritdoc IAIRA
    ITransferPolicy public policy;
    /// @inheritdoc IAIRA
    mapping(address meter => uint256) public takenBy;

    IERC20[] private _tokens;
    mapping(IERC20 token => Stream) private _streams;
    mapping(IERC20 token => mapping(address account => Revenue)) private _revenue;
    mapping(address account => Credits) private _credits;
    Price private _price;
    Price private _nextPrice;
    /// @dev From when the next price holds, seconds; 0 where none is announced.
    uint256 private _nextPriceAt;

    /// @notice The implementation, of which the factory makes clones.
    /// @param modules_ Where the other contracts are.
    constructor(IModules modules_) ERC20("", "") ERC20Permit("AIRA") {
        (modules, factory) = (modules_, msg.sender);
    }

    /// @inheritdoc IAIRA
    function initialize(MintTerms calldata terms) external {
        if (msg.sender != factory) revert AIRA_Unauthorized(msg.sender, factory);
        if (totalSupply() != 0) revert AIRA_Initialized();
        for (uint256 i = 0; i < terms.tokens.length; i++) _open(terms.tokens[i]);
        for (uint256 i = 0; i < terms.holders.length; i++) _mint(terms.holders[i], terms.amounts[i]);
        policy = terms.policy;
        if (terms.pricePerUnit == 0) return;
        if (!_streams[terms.priceToken].open) revert AIRA_NotOpen(terms.priceToken);
        _price = Price(terms.priceToken, terms.pricePerUnit);
        emit PriceAnnounced(terms.priceToken, terms.pricePerUnit, block.timestamp);
    }

    /// @inheritdoc IAIRA
    function openToken(IERC20 token) external {
        address owner = _owner();
        if (msg.sender != owner && msg.sender != modules.governance()) revert AIRA_Unauthorized(msg.sender, owner);
        _open(token);
    }

    /// @inheritdoc IAIRA
    function pay(IERC20 token, uint256 amount) external nonReentrant {
        _pull(token, amount);
        _split(token, msg.sender, amount);
    }

    /// @inheritdoc IAIRA
    function collect(IERC20 token) external nonReentrant returns (uint256 amount) {
        IRoyaltyVaults vaults = _requireTaken(token);
        if (vaults.claimable(token, address(this)) != 0) vaults.claim(token, address(this));
        // Anyone may have made the vaults pay before, so what counts is what is here and not the holders'.
        Stream storage stream = _streams[token];
        uint256 held = stream.deposited - stream.claimed;
        uint256 balance = token.balanceOf(address(this));
        if (balance <= held) return 0;
        amount = balance - held;
        _split(token, address(this), amount);
    }

    /// @inheritdoc IAIRA
    function claim(IERC20 token, address account) external nonReentrant returns (uint256 amount) {
        Stream storage stream = _streams[token];
        _settle(token, account, _advance(stream));
        Revenue storage revenue = _revenue[token][account];
        amount = revenue.owed >> 128;
        if (amount == 0) return 0;
        revenue.owed -= amount << 128;
        stream.claimed += uint128(amount);
        emit Claimed(token, account, amount);
        token.safeTransfer(account, amount);
    }

    /// @inheritdoc IAIRA
    function buyUsage(uint256 units, uint256 maxPrice) external nonReentrant returns (uint256 cost) {
        if (units == 0) revert AIRA_Zero("units");
        if (units > MAX_UNITS) revert AIRA_Above("units", units, MAX_UNITS);
        (IERC20 token, uint256 perUnit) = price();
        if (perUnit == 0) revert AIRA_NotForSale();
        // Divided, so that no product overflows.
        if (perUnit > maxPrice / units) revert AIRA_Above("price", perUnit, maxPrice / units);
        cost = units * perUnit;
        _pull(token, cost);
        // Read after the pull, in which the buyer's code may have spent some.
        uint256 amount = _creditsOf(msg.sender) + units * UNIT;
        // Half of the range is left to what accrues, so that no transfer can fail for it.
        if (amount > type(uint192).max / 2) revert AIRA_Above("credits", amount / UNIT, type(uint192).max / 2 / UNIT);
        _setCredits(msg.sender, amount);
        emit UsageBought(msg.sender, units, token, cost);
        _split(token, msg.sender, cost);
    }

    /// @inheritdoc IAIRA
    function announcePrice(IERC20 token, uint256 perUnit) external {
        _requireOwner();
        if (!_streams[token].open) revert AIRA_NotOpen(token);
        (IERC20 present, uint256 presentPerUnit) = price();
        _price = Price(present, presentPerUnit);
        _nextPrice = Price(token, perUnit);
        _nextPriceAt = block.timestamp + PRICE_NOTICE;
        emit PriceAnnounced(token, perUnit, _nextPriceAt);
    }

    /// @inheritdoc IAIRA
    function dropPolicy() external {
        _requireOwner();
        if (address(policy) == address(0)) revert AIRA_Zero("policy");
        emit PolicyDropped(policy);
        delete policy;
    }

    /// @inheritdoc IAIRA
    function spendCredits(address account, uint256 units) external {
        address meter = modules.moduleOf(METER);
        if (msg.sender != meter) revert AIRA_Unauthorized(msg.sender, meter);
        uint256 amount = _creditsOf(account);
        if (units > amount / UNIT) revert AIRA_CreditsShort(account, amount / UNIT, units);
        _setCredits(account, amount - units * UNIT);
        takenBy[msg.sender] += units;
        emit CreditsSpent(account, msg.sender, units);
    }

    /// @inheritdoc IAIRA
    function returnCredits(address account, uint256 units) external {
        uint256 taken = takenBy[msg.sender];
        if (units > taken) revert AIRA_NotTaken(msg.sender, units, taken);
        takenBy[msg.sender] = taken - units;
        _setCredits(account, _creditsOf(account) + units * UNIT);
        emit CreditsReturned(account, msg.sender, units);
    }

    /// @inheritdoc IAIRA
    function work() external view returns (uint256) {
        return _frozen().work;
    }

    /// @inheritdoc IAIRA
    function modelVersion() external view returns (uint256) {
        return _frozen().version;
    }

    /// @inheritdoc IAIRA
    function waterfall() external view returns (Waterfall memory) {
        return _frozen().waterfall;
    }

    /// @inheritdoc IAIRA
    function publishBps() external view returns (uint16) {
        return _frozen().publishBps;
    }

    /// @inheritdoc IAIRA
    function creditsPerTokenDay() external view returns (uint32) {
        return _frozen().creditsPerTokenDay;
    }

    /// @inheritdoc IAIRA
    function tokens() external view returns (IERC20[] memory) {
        return _tokens;
    }

    /// @inheritdoc IAIRA
    function streamOf(IERC20 token) external view returns (uint256 deposited, uint256 streamed, uint256 claimed) {
        Stream storage stream = _streams[token];
        (uint256 earned, , uint256 rest) = _project(stream);
        return (stream.deposited, (earned * totalSupply() + rest) >> 128, stream.claimed);
    }

    /// @inheritdoc IAIRA
    function claimableERC20(address account, uint256 snapshotId, address token) external view returns (uint256) {
        return snapshotId == 0 ? claimable(IERC20(token), account) : 0;
    }

    /// @inheritdoc IAIRA
    function redeemableERC20OnBurn(uint256, address) external pure returns (uint256) {
        return 0;
    }

    /// @inheritdoc IAIRA
    function creditsOf(address account) external view returns (uint256) {
        return _creditsOf(account) / UNIT;
    }

    /// @inheritdoc IAIRA
    function claimable(IERC20 token, address account) public view returns (uint256) {
        (uint256 earned, , ) = _project(_streams[token]);
        Revenue storage revenue = _revenue[token][account];
        return (revenue.owed + balanceOf(account) * (earned - revenue.seen)) >> 128;
    }

    /// @inheritdoc IAIRA
    function price() public view returns (IERC20 token, uint256 perUnit) {
        bool next = _nextPriceAt != 0 && block.timestamp >= _nextPriceAt;
        Price storage present = next ? _nextPrice : _price;
        return (present.token, present.perUnit);
    }

    /// @notice Name of the token: the ids of the work and the version. No name that anybody chose is on chain.
    /// @return The name.
    function name() public view override returns (string memory) {
        Frozen memory frozen = _frozen();
        return string.concat("AIRA ", Strings.toString(frozen.work), "/", Strings.toString(frozen.version));
    }

    /// @notice Short name of the token.
    /// @return The name.
    function symbol() public view override returns (string memory) {
        Frozen memory frozen = _frozen();
        return string.concat("AIRA-", Strings.toString(frozen.work), "-", Strings.toString(frozen.version));
    }

    /// @notice What votes are counted by (ERC-6372).
    /// @return Seconds.
    function clock() public view override returns (uint48) {
        return uint48(block.timestamp);
    }

    /// @notice How to read `clock` (ERC-6372).
    /// @return The mode.
    function CLOCK_MODE() public pure override returns (string memory) {
        return "mode=timestamp";
    }

    /// @inheritdoc ERC20Permit
    function nonces(address owner) public view override(ERC20Permit, Nonces) returns (uint256) {
        return super.nonces(owner);
    }

    /// @dev Settles both sides before a balance changes.
    function _update(address from, address to, uint256 value) internal override(ERC20, ERC20Votes) {
        if (to == address(this)) revert AIRA_ToItself();
        if (from != address(0) && address(policy) != address(0)) _requireAllowed(from, to, value);
        for (uint256 i = 0; i < _tokens.length; i++) {
            IERC20 token = _tokens[i];
            uint256 earned = _advance(_streams[token]);
            if (from != address(0)) _settle(token, from, earned);
            if (to != from) _settle(token, to, earned);
        }
        if (from != address(0)) _setCredits(from, _creditsOf(from));
        if (to != from) _setCredits(to, _creditsOf(to));
        super._update(from, to, value);
    }

    function _open(IERC20 token) private {
        if (_streams[token].open) revert AIRA_Open(token);
        if (!_vaults().isListed(token)) revert AIRA_NotListed(token);
        if (_tokens.length == MAX_TOKENS) revert AIRA_Above("tokens", MAX_TOKENS + 1, MAX_TOKENS);
        // Revenue that this token earns as a holder of itself would be nobody's.
        if (address(token) == address(this)) revert AIRA_ToItself();
        _streams[token].open = true;
        _tokens.push(token);
        emit TokenOpened(token);
    }

    function _pull(IERC20 token, uint256 amount) private {
        _requireTaken(token);
        if (amount == 0) revert AIRA_Zero("amount");
        uint256 before = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), amount);
        uint256 got = token.balanceOf(address(this)) - before;
        if (got != amount) revert AIRA_InexactToken(token, got, amount);
    }

    /// @dev Sends what is here and nobody's to whom the waterfall says.
    function _split(IERC20 token, address payer, uint256 amount) private {
        if (amount > type(uint128).max) revert AIRA_Above("amount", amount, type(uint128).max);
        Frozen memory frozen = _frozen();
        uint256 protocol = (amount * frozen.waterfall.protocol) / ALL;
        uint256 holders = (amount * frozen.waterfall.holders) / ALL;
        uint256 providers = (amount * frozen.waterfall.providers) / ALL;
        uint256 rest = amount - protocol - holders - providers;
        emit Paid(token, payer, amount, protocol, rest, holders, providers);
        if (holders != 0) _stream(token, holders);
        if (protocol != 0) token.safeTransfer(modules.governance(), protocol);
        if (rest != 0) {
            IRoyaltyVaults vaults = _vaults();
            token.forceApprove(address(vaults), rest);
            vaults.pay(frozen.work, token, rest);
        }
        if (providers != 0) {
            IProviderRewards rewards = IProviderRewards(modules.moduleOf(REWARDS));
            token.forceApprove(address(rewards), providers);
            rewards.fund(frozen.version, token, providers);
        }
    }

    /// @dev Each deposit has its own end, so that nobody stretches what others paid; ends fall on starts of days, so that eight of them at most lie ahead.
    function _stream(IERC20 token, uint256 amount) private {
        Stream storage stream = _streams[token];
        _advance(stream);
        // With this bound no product below, and none of a balance with `earned`, overflows.
        uint256 deposited = stream.deposited + amount;
        if (deposited > type(uint128).max) revert AIRA_Above("deposited", deposited, type(uint128).max);
        uint256 end = ((block.timestamp + STREAM + DAY - 1) / DAY) * DAY;
        uint256 time = end - block.timestamp;
        uint256 magnified = (amount << 128) + stream.carry;
        uint256 rate = magnified / time;
        stream.carry = magnified % time;
        stream.rate += rate;
        stream.ends[end] += rate;
        (stream.deposited, stream.settledAt) = (uint128(deposited), uint64(block.timestamp));
        emit Streaming(token, amount, end);
    }

    /// @dev Settles a stream until now.
    function _advance(Stream storage stream) private returns (uint256 earned) {
        // Nothing streams, or this second is settled.
        if (stream.rate == 0 || stream.settledAt == block.timestamp) return stream.earned;
        (earned, stream.rate, stream.rest) = _project(stream);
        stream.earned = earned;
        stream.settledAt = uint64(block.timestamp);
    }

    function _settle(IERC20 token, address account, uint256 earned) private {
        Revenue storage revenue = _revenue[token][account];
        uint256 seen = revenue.seen;
        if (seen == earned) return;
        uint256 balance = balanceOf(account);
        if (balance != 0) revenue.owed += balance * (earned - seen);
        revenue.seen = earned;
    }

    function _setCredits(address account, uint256 amount) private {
        _credits[account] = Credits(SafeCast.toUint192(amount), uint64(block.timestamp));
    }

    function _requireAllowed(address from, address to, uint256 value) private view {
        ITransferPolicy asked = policy;
        bytes memory question = abi.encodeCall(ITransferPolicy.canTransfer, (from, to, value));
        bool allowed;
        // By hand: a policy without code, or one that reverts or answers with a book, must be a no that costs a bounded amount of gas.
        assembly ("memory-safe") {
            mstore(0, 0)
            let done := staticcall(POLICY_GAS, asked, add(question, 32), mload(question), 0, 32)
            allowed := and(and(done, gt(returndatasize(), 31)), eq(mload(0), 1))
        }
        if (!allowed) revert AIRA_Refused(asked, from, to, value);
    }

    function _requireTaken(IERC20 token) private view returns (IRoyaltyVaults vaults) {
        if (!_streams[token].open) revert AIRA_NotOpen(token);
        vaults = _vaults();
        if (!vaults.isListed(token)) revert AIRA_NotListed(token);
    }

    function _requireOwner() private view {
        address owner = _owner();
        if (msg.sender != owner) revert AIRA_Unauthorized(msg.sender, owner);
    }

    function _owner() private view returns (address) {
        return IERC721(modules.moduleOf(WORKS)).ownerOf(_frozen().work);
    }

    function _vaults() private view returns (IRoyaltyVaults) {
        return IRoyaltyVaults(modules.moduleOf(VAULTS));
    }

    function _frozen() private view returns (Frozen memory) {
        return abi.decode(Clones.fetchCloneArgs(address(this)), (Frozen));
    }

    /// @dev What an account has, in 1/UNIT units. 2^112 of supply, 2^32 of credits and 2^40 of seconds are below 2^184.
    function _creditsOf(address account) private view returns (uint256) {
        Credits memory credits = _credits[account];
        uint256 balance = balanceOf(account);
        if (balance == 0) return credits.amount;
        return credits.amount + balance * _frozen().creditsPerTokenDay * (block.timestamp - credits.settledAt);
    }

    /// @dev A stream as it is now. Eight turns at most: a payment ends within eight days of the second to which the stream is settled.
    function _project(Stream storage stream) private view returns (uint256 earned, uint256 rate, uint256 rest) {
        (earned, rate, rest) = (stream.earned, stream.rate, stream.rest);
        uint256 from = stream.settledAt;
        if (rate == 0 || from == block.timestamp) return (earned, rate, rest);
        uint256 streamed = rest;
        for (uint256 day = (from / DAY + 1) * DAY; day <= block.timestamp && rate != 0; day += DAY) {
            streamed += rate * (day - from);
            rate -= stream.ends[day];
            from = day;
        }
        streamed += rate * (block.timestamp - from);
        uint256 supply = totalSupply();
        earned += streamed / supply;
        rest = streamed % supply;
    }
}
