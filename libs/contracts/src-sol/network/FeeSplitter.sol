// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {ISemver} from "../shared/ISemver.sol";
import {IFeeSplitter} from "./interfaces/IFeeSplitter.sol";

/// @title FeeSplitter
/// @notice See IFeeSplitter. No owner, no proxy: the genesis of L2 names it as the recipient of the fee vaults, for good.
contract FeeSplitter is IFeeSplitter, ReentrancyGuardTransient, ISemver {
    /// @notice Verifiers get one part in so many, rounded down.
    uint256 public constant VERIFIERS_DIVISOR = 5;

    /// @inheritdoc ISemver
    string public constant version = "1.0.0";

    /// @inheritdoc IFeeSplitter
    address public immutable diligence;
    /// @inheritdoc IFeeSplitter
    address public immutable recipient;
    /// @inheritdoc IFeeSplitter
    mapping(address account => uint256) public owed;

    /// @notice Names both for good.
    /// @param diligence_ Where the verifiers' part goes.
    /// @param recipient_ Where the rest goes.
    constructor(address diligence_, address recipient_) {
        if (diligence_ == address(0) || recipient_ == address(0) || diligence_ == recipient_)
            revert FeeSplitter_BadAccounts(diligence_, recipient_);
        (diligence, recipient) = (diligence_, recipient_);
    }

    /// @notice Takes fees. Nothing more happens here: the portal's payment has a bounded gas.
    receive() external payable {}

    /// @inheritdoc IFeeSplitter
    function split() external nonReentrant {
        uint256 fresh = address(this).balance - owed[diligence] - owed[recipient];
        uint256 verifiers = fresh / VERIFIERS_DIVISOR;
        owed[diligence] += verifiers;
        owed[recipient] += fresh - verifiers;
        emit Split(verifiers, fresh - verifiers);
        bool paid = _pay(diligence);
        if (!_pay(recipient) && !paid && fresh == 0) revert FeeSplitter_Nothing();
    }

    function _pay(address to) private returns (bool paid) {
        uint256 amount = owed[to];
        if (amount == 0) return false;
        owed[to] = 0;
        (paid, ) = to.call{value: amount}("");
        if (paid) emit Paid(to, amount);
        else owed[to] = amount;
    }
}
