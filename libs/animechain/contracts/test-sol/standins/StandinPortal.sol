// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {WithdrawalTransaction} from "@animechain/rollup/shared/Types.sol";

/// @notice A portal that finalises withdrawals without proof; it names the sender for that time, as the real one does.
contract StandinPortal {
    address private constant NOBODY = 0x000000000000000000000000000000000000dEaD;

    address public l2Sender = NOBODY;

    function finalize(WithdrawalTransaction calldata w) external returns (bool success) {
        l2Sender = w.sender;
        (success, ) = w.target.call{value: w.value}(w.data);
        l2Sender = NOBODY;
    }
}
