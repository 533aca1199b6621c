// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice Keeps what the dispute desk asked of the royalty vaults, and lets governance list a token.
contract DeskRoyaltyVaults {
    struct Freeze {
        uint256 dispute;
        uint256 released;
        bool isUpheld;
    }

    address private immutable governance;
    uint16 public disputedBps = 2_000;
    mapping(uint256 work => Freeze) public freezes;
    mapping(address token => bool) public isListed;

    error NotGovernance();
    error Frozen();

    constructor(address governance_) {
        governance = governance_;
    }

    function setDisputed(uint16 bps) external {
        disputedBps = bps;
    }

    function listToken(address token, bool listed) external {
        if (msg.sender != governance) revert NotGovernance();
        isListed[token] = listed;
    }

    function freeze(uint256 work, uint256 dispute, uint256[] calldata, uint16[] calldata) external returns (uint16) {
        if (freezes[work].dispute != freezes[work].released) revert Frozen();
        freezes[work].dispute = dispute;
        return disputedBps;
    }

    function release(uint256 work, uint256 dispute, bool upheld) external {
        if (freezes[work].dispute != dispute) revert Frozen();
        (freezes[work].released, freezes[work].isUpheld) = (dispute, upheld);
    }

    function checkpoint(uint256) external pure {}
}
