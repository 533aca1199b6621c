// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title IRoyaltyVaults
/// @notice All royalties, in books by work and token. A payment to a work owes each parent its share; the rest is its beneficiaries'. One hop a push. For each
/// token, whatever happens: what the contract holds ≥ total = Σ pending + Σ escrowed + Σ claimable, and what payers paid = total + what was paid out.
interface IRoyaltyVaults {
    /// @notice A payment came for a work.
    /// @param work The work.
    /// @param token The token.
    /// @param payer Who paid.
    /// @param amount How much, smallest units.
    event Paid(uint256 indexed work, IERC20 indexed token, address indexed payer, uint256 amount);

    /// @notice What was pending for a work was split.
    /// @param work The work.
    /// @param token The token.
    /// @param amount How much, smallest units.
    /// @param escrowed How much of it is held back for a dispute.
    event Pushed(uint256 indexed work, IERC20 indexed token, uint256 amount, uint256 escrowed);

    /// @notice A part of a work's revenue came into the book of a parent, by a push or a release.
    /// @param parent The parent.
    /// @param token The token.
    /// @param work The work that owed it.
    /// @param amount How much, smallest units.
    event Owed(uint256 indexed parent, IERC20 indexed token, uint256 indexed work, uint256 amount);

    /// @notice A part of a work's revenue became claimable, by a push or a release.
    /// @param account For whom.
    /// @param token The token.
    /// @param work The work.
    /// @param amount How much, smallest units.
    event Earned(address indexed account, IERC20 indexed token, uint256 indexed work, uint256 amount);

    /// @notice An account was paid what it could claim.
    /// @param account Who.
    /// @param token The token.
    /// @param amount How much, smallest units.
    event Claimed(address indexed account, IERC20 indexed token, uint256 amount);

    /// @notice The rest of a work's revenue is for others from now on.
    /// @param work The work.
    /// @param accounts For whom; none for the work's owner.
    /// @param bps Their shares.
    event BeneficiariesSet(uint256 indexed work, address[] accounts, uint16[] bps);

    /// @notice A work has a beneficiary for good.
    /// @param work The work.
    /// @param account Who.
    /// @param bps Share of the rest.
    event BeneficiaryFixed(uint256 indexed work, address indexed account, uint16 bps);

    /// @notice From now on a part of a work's revenue is held back.
    /// @param work The work.
    /// @param dispute The dispute.
    /// @param disputedBps What is held back of each payment.
    event Frozen(uint256 indexed work, uint256 indexed dispute, uint16 disputedBps);

    /// @notice A verdict released what was held back.
    /// @param work The work.
    /// @param dispute The dispute.
    /// @param upheld Whether it went along the claimed edges.
    event Released(uint256 indexed work, uint256 indexed dispute, bool upheld);

    /// @notice A token is taken, or no longer.
    /// @param token The token.
    /// @param listed Whether it is.
    event TokenListed(IERC20 indexed token, bool listed);

    /// @notice The token is not taken.
    /// @param token The token.
    error RoyaltyVaults_NotListed(IERC20 token);

    /// @notice No contract is at the address of a token.
    /// @param token The address.
    error RoyaltyVaults_NoCode(IERC20 token);

    /// @notice As many tokens as can be are listed, or were taken off and still have money pending or in escrow, which pushes and verdicts end.
    /// @param token The token that has no place.
    /// @param most How many there may be.
    error RoyaltyVaults_TooManyTokens(IERC20 token, uint256 most);

    /// @notice A value must not be zero.
    /// @param what Which one.
    error RoyaltyVaults_Zero(string what);

    /// @notice A transfer moved another amount than it should: the token takes fees, or changes balances.
    /// @param token The token.
    /// @param got By how much the balance here changed, smallest units.
    /// @param expected By how much it should have.
    error RoyaltyVaults_InexactToken(IERC20 token, uint256 got, uint256 expected);

    /// @notice More of a token than the books can count.
    /// @param token The token.
    /// @param got What was to be paid, smallest units.
    /// @param most What may be added now.
    error RoyaltyVaults_TooMuch(IERC20 token, uint256 got, uint256 most);

    /// @notice The caller may not do this.
    /// @param caller Who called.
    /// @param expected Who may.
    error RoyaltyVaults_Unauthorized(address caller, address expected);

    /// @notice A list is shorter or longer than it may be, or two that go together differ.
    /// @param what Which list.
    /// @param got Its length.
    /// @param least Least length.
    /// @param most Greatest length.
    error RoyaltyVaults_Length(string what, uint256 got, uint256 least, uint256 most);

    /// @notice The shares of the beneficiaries do not come to the whole.
    /// @param got Their sum, bps.
    /// @param expected The whole less what is fixed, bps.
    error RoyaltyVaults_BadShares(uint256 got, uint256 expected);

    /// @notice The account can be no beneficiary: zero, or this contract.
    /// @param account The account.
    error RoyaltyVaults_BadAccount(address account);

    /// @notice The work has a fixed beneficiary, or a list, already.
    /// @param work The work.
    error RoyaltyVaults_HasBeneficiaries(uint256 work);

    /// @notice A dispute of the work's edges is open.
    /// @param work The work.
    /// @param dispute The dispute.
    error RoyaltyVaults_Frozen(uint256 work, uint256 dispute);

    /// @notice Another dispute of the work's edges is open, or none.
    /// @param work The work.
    /// @param got The dispute that was named.
    /// @param expected The one that is open; 0 for none.
    error RoyaltyVaults_NotFrozen(uint256 work, uint256 got, uint256 expected);

    /// @notice The claimed edges are those that the work has.
    /// @param work The work.
    error RoyaltyVaults_NothingDisputed(uint256 work);

    /// @notice Money that came under the old edges is still pending: push it first.
    /// @param work The work.
    /// @param token A token in which some is.
    error RoyaltyVaults_Pending(uint256 work, IERC20 token);

    /// @notice Pulls a payment for a work. By anyone.
    /// @param work The work.
    /// @param token A listed token.
    /// @param amount How much, smallest units; not 0.
    function pay(uint256 work, IERC20 token, uint256 amount) external;

    /// @notice Splits what is pending for a work: to the books of its parents, to escrow, to its beneficiaries. By anyone. Does nothing where nothing is pending.
    /// @param work The work.
    /// @param token The token.
    function push(uint256 work, IERC20 token) external;

    /// @notice Pays an account what it can claim, to itself. By anyone.
    /// @param token The token.
    /// @param account Who is owed.
    /// @return amount How much was paid; 0 where nothing was owed.
    function claim(IERC20 token, address account) external returns (uint256 amount);

    /// @notice Whom the rest of a work's revenue is for, from the next payment on: what is pending is pushed first. By its owner; the owner alone unless set. Stays
    /// when the work changes hands.
    /// @param work The work.
    /// @param accounts 1 to 15 of them; none for the owner alone again, whoever that is. What cannot be divided is the first one's.
    /// @param bps Their shares of the rest, each 1 at least, 10,000 together less what is fixed.
    function setBeneficiaries(uint256 work, address[] calldata accounts, uint16[] calldata bps) external;

    /// @notice Fixes a beneficiary for good: an AIRA token of a published output. By the output registry, in the transaction in which it registers the work, once.
    /// @param work The work.
    /// @param account Who.
    /// @param bps Share of the rest, 1 to 10,000.
    function fixBeneficiary(uint256 work, address account, uint16 bps) external;

    /// @notice Refuses a change of edges while money that came under the old ones is pending, or while a dispute of them is open. By the registry of works.
    /// @param work The work.
    function checkpoint(uint256 work) external;

    /// @notice Pushes what is pending, then holds back what a dispute may send elsewhere: the part of each payment that the work's edges and the claimed edges
    /// do not give to the same receiver. By the dispute desk.
    /// @param work The work; one dispute of its edges at a time.
    /// @param dispute The dispute, not 0.
    /// @param parents The parents that are claimed; as in `Work`.
    /// @param shares Their shares, bps; as in `Work`.
    /// @return disputedBps What is held back of each payment.
    function freeze(
        uint256 work,
        uint256 dispute,
        uint256[] calldata parents,
        uint16[] calldata shares
    ) external returns (uint16 disputedBps);

    /// @notice Pays escrow out along the edges that the verdict gives: the claimed ones if it was upheld, else the work's. By the dispute desk, before it
    /// re-parents.
    /// @param work The work.
    /// @param dispute The dispute.
    /// @param upheld Whether the claim holds.
    function release(uint256 work, uint256 dispute, bool upheld) external;

    /// @notice Lists a token for payments, or takes it off; what is in it stays pushable and claimable. By governance.
    /// @param token The token.
    /// @param listed Whether it is taken.
    function listToken(IERC20 token, bool listed) external;

    /// @notice Whether a token is taken.
    /// @param token The token.
    /// @return Whether it is.
    function isListed(IERC20 token) external view returns (bool);

    /// @notice What a work was paid in all, by payers and by pushes of its children.
    /// @param work The work.
    /// @param token The token.
    /// @return Smallest units.
    function paidIn(uint256 work, IERC20 token) external view returns (uint256);

    /// @notice What an account can claim.
    /// @param token The token.
    /// @param account Who.
    /// @return Smallest units.
    function claimable(IERC20 token, address account) external view returns (uint256);

    /// @notice What of a work's revenue is not anybody's yet.
    /// @param work The work.
    /// @param token The token.
    /// @return pending What the next push splits, smallest units.
    /// @return escrowed What waits for a verdict, smallest units.
    function bookOf(uint256 work, IERC20 token) external view returns (uint256 pending, uint256 escrowed);

    /// @notice The sums of a token.
    /// @param token The token.
    /// @return total What the contract must hold: all that is pending, escrowed and claimable, smallest units.
    /// @return open What of it is pending or escrowed.
    /// @return paidOut What was ever claimed.
    function sumsOf(IERC20 token) external view returns (uint256 total, uint256 open, uint256 paidOut);

    /// @notice Tokens that have a place: they are listed, or were and have money that is pending or in escrow.
    /// @return The tokens by place, 8; zero where a place is free.
    function tokens() external view returns (IERC20[] memory);

    /// @notice Tokens of which some is pending or in escrow for a work.
    /// @param work The work.
    /// @return Which, at most 8.
    function tokensOf(uint256 work) external view returns (IERC20[] memory);

    /// @notice Whom the rest of a work's revenue is for.
    /// @param work The work.
    /// @return accounts As set; none while the owner gets it.
    /// @return bps Their shares.
    /// @return fixedAccount The fixed one; zero for none.
    /// @return fixedBps Its share.
    function beneficiariesOf(
        uint256 work
    ) external view returns (address[] memory accounts, uint16[] memory bps, address fixedAccount, uint16 fixedBps);

    /// @notice The dispute of a work's edges.
    /// @param work The work.
    /// @return dispute The dispute; 0 for none.
    /// @return disputedBps What is held back of each payment.
    /// @return parents The parents that are claimed.
    /// @return shares Their shares, bps.
    function freezeOf(
        uint256 work
    ) external view returns (uint256 dispute, uint16 disputedBps, uint256[] memory parents, uint16[] memory shares);
}
