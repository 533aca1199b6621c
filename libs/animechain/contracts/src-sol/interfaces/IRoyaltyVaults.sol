// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title IRoyaltyVaults
/// @notice All royalties, in books by work and token. A payment to a work owes each parent its share; the rest is its beneficiaries'. One hop a push.
interface IRoyaltyVaults {
    /// @notice Pulls a payment for a work. By anyone.
    /// @param work The work.
    /// @param token A listed token.
    /// @param amount How much, smallest units.
    function pay(uint256 work, IERC20 token, uint256 amount) external;

    /// @notice Splits what is pending for a work: to the books of its parents, to escrow, to its beneficiaries. By anyone.
    /// @param work The work.
    /// @param token The token.
    function push(uint256 work, IERC20 token) external;

    /// @notice Pays an account what it can claim, to itself. By anyone.
    /// @param token The token.
    /// @param account Who is owed.
    /// @return amount How much was paid.
    function claim(IERC20 token, address account) external returns (uint256 amount);

    /// @notice Whom the rest of a work's revenue is for, from the next payment on. By its owner; the owner alone unless set.
    /// @param work The work.
    /// @param accounts 1 to 15 of them.
    /// @param bps Their shares of the rest, 10,000 together less what is fixed.
    function setBeneficiaries(uint256 work, address[] calldata accounts, uint16[] calldata bps) external;

    /// @notice Fixes a beneficiary for good: an AIRA token of a published output. By the output registry, when it registers the work.
    /// @param work The work.
    /// @param account Who.
    /// @param bps Share of the rest.
    function fixBeneficiary(uint256 work, address account, uint16 bps) external;

    /// @notice Refuses a change of edges while money that came under the old ones is pending. By the registry of works.
    /// @param work The work.
    function checkpoint(uint256 work) external;

    /// @notice Pushes what is pending, then holds back what a dispute may send elsewhere: the part of each payment that the work's edges and the claimed edges
    /// do not give to the same receiver. By the dispute desk.
    /// @param work The work; one dispute of its edges at a time.
    /// @param dispute The dispute, not 0.
    /// @param parents The parents that are claimed.
    /// @param shares Their shares, bps.
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

    /// @notice Lists a token for payments, or takes it off; what is in it stays claimable. By governance.
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
}
