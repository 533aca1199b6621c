// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// Counts from where it was told to begin.
contract Counter {
    uint256 public count;

    event Counted(address indexed by, uint256 indexed step, uint256 count);

    error TooFar(uint256 most, uint256 wanted);

    constructor(uint256 first) {
        count = first;
    }

    function increase(uint256 by) external returns (uint256) {
        if (by > 100) revert TooFar(100, by);
        count += by;
        emit Counted(msg.sender, by, count);
        return count;
    }

    /// Counts one by one, with a log for each.
    function steps(uint256 many) external {
        for (uint256 i = 1; i <= many; i++) {
            emit Counted(msg.sender, i, ++count);
        }
    }

    function refuse() external pure {
        revert("not today");
    }

    function refuseBare() external pure {
        revert();
    }
}

/// Cannot be created.
contract Refusing {
    constructor() {
        revert("aaaa");
    }
}
