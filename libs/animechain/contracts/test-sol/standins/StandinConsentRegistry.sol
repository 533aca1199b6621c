// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Consent} from "../../src-sol/interfaces/IConsentRegistry.sol";

/// @notice Consents without signatures.
contract StandinConsentRegistry {
    error NoConsent(uint256 id);

    uint16 public constant minOptInBps = 0;
    uint256 public count;
    mapping(uint256 id => Consent) private _consents;

    function put(address provider) external returns (uint256 id) {
        id = ++count;
        _consents[id] = Consent(
            bytes32(id),
            provider,
            1,
            1,
            uint64(block.timestamp),
            uint64(block.timestamp + 3_650 days),
            0,
            1
        );
    }

    function revoke(uint256 id) external {
        _consents[id].revokedAt = uint64(block.timestamp);
    }

    function consentOf(uint256 id) external view returns (Consent memory) {
        if (id == 0 || id > count) revert NoConsent(id);
        return _consents[id];
    }

    function validAt(uint256 id, bytes32 item, uint32 purpose, uint64 at) external view returns (bool) {
        Consent storage c = _consents[id];
        return c.item == item && c.purposes & purpose == purpose && c.from <= at && at <= c.until && c.revokedAt == 0;
    }
}
