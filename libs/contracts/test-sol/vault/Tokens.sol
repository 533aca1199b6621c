// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice Answers what it was told to, or misbehaves: a collection, a token or a licence.
contract Oracle {
    error No();

    mapping(bytes4 => bytes) private _answers;
    uint256 public mood;

    function set(bytes4 selector, bytes calldata answer) external {
        _answers[selector] = answer;
    }

    function setMood(uint256 mood_) external {
        mood = mood_;
    }

    fallback() external {
        if (mood == 1) revert No();
        if (mood == 2) while (true) mood;
        if (mood == 3) {
            assembly {
                return(0, 1000000)
            }
        }
        if (mood == 4) {
            assembly {
                revert(0, 1000000)
            }
        }
        bytes memory answer = _answers[msg.sig];
        assembly {
            return(add(answer, 32), mload(answer))
        }
    }
}
