// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Consent} from "../../../src-sol/interfaces/IConsentRegistry.sol";

/// @notice Consents that a test gives.
contract StandinConsentRegistry {
    mapping(uint256 id => address) private _providers;
    mapping(uint256 id => bool) private _known;

    error NoConsent(uint256 id);

    function set(uint256 id, address provider) external {
        (_providers[id], _known[id]) = (provider, true);
    }

    function consentOf(uint256 id) external view returns (Consent memory consent) {
        if (!_known[id]) revert NoConsent(id);
        consent.provider = _providers[id];
    }
}
