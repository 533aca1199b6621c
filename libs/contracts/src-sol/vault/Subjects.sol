// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @title IERC4907
/// @notice What a licence token answers (ERC-4907).
interface IERC4907 {
    /// @notice Who may use a token.
    /// @param tokenId The token.
    /// @return The user; zero for nobody.
    function userOf(uint256 tokenId) external view returns (address);

    /// @notice Until when.
    /// @param tokenId The token.
    /// @return When the user's time is over, seconds.
    function userExpires(uint256 tokenId) external view returns (uint256);
}

/// @title Subjects
/// @notice Whom a grant is for, and whether an account is that. Tokens and wallets are strangers: they get bounded gas, one word of their answer is
/// read, and whatever else they do is a no.
library Subjects {
    /// @notice An account, ERC-7930 bytes; of this chain or another.
    uint8 internal constant ACCOUNT = 0;
    /// @notice `abi.encode(address collection, uint256 tokenId)`: whoever `ownerOf` names.
    uint8 internal constant TOKEN_HOLDER = 1;
    /// @notice `abi.encode(address collection)`: whoever holds at least one.
    uint8 internal constant COLLECTION = 2;
    /// @notice `abi.encode(address registry, uint256 licence)`: whoever `userOf` names until it expires, else `ownerOf`.
    uint8 internal constant LICENCE = 3;

    /// @notice Gas of one question to a token.
    uint256 internal constant TOKEN_GAS = 100_000;
    /// @notice Gas of one question to a wallet, which may check a signature of its own.
    uint256 internal constant WALLET_GAS = 300_000;

    /// @notice Whether a subject has the form of its kind.
    /// @param kind Number of the kind.
    /// @param subject Its bytes.
    /// @return Whether anybody could be meant.
    function isWellFormed(uint8 kind, bytes memory subject) internal pure returns (bool) {
        if (kind == ACCOUNT) return subject.length >= 27 && subject.length <= 33 && bytes4(subject) == 0x00010000;
        if (kind > LICENCE || subject.length != (kind == COLLECTION ? 32 : 64)) return false;
        uint256 token = _word(subject, 0);
        return token != 0 && token <= type(uint160).max;
    }

    /// @notice An account of this chain as ERC-7930 bytes.
    /// @param account The account.
    /// @return The bytes, in their shortest form.
    function encode(address account) internal view returns (bytes memory) {
        uint8 length;
        for (uint256 rest = block.chainid; rest != 0; rest >>= 8) length++;
        bytes memory chain = new bytes(length);
        for (uint256 i = 0; i < length; i++) chain[length - 1 - i] = bytes1(uint8(block.chainid >> (8 * i)));
        return abi.encodePacked(hex"00010000", length, chain, hex"14", account);
    }

    /// @notice The account of this chain that bytes name.
    /// @param subject The bytes.
    /// @return account The account; zero where they name none of this chain, or not in their shortest form.
    function local(bytes memory subject) internal view returns (address account) {
        if (subject.length < 27) return address(0);
        assembly ("memory-safe") {
            // The last 20 bytes.
            account := and(mload(add(subject, mload(subject))), 0xffffffffffffffffffffffffffffffffffffffff)
        }
        if (keccak256(encode(account)) != keccak256(subject)) return address(0);
    }

    /// @notice Whether the account that asks is whom a grant is for.
    /// @param kind Kind of the grant's subject.
    /// @param named The grant's subject.
    /// @param asking The account that asks, ERC-7930 bytes.
    /// @return until When a token's answer ends, seconds; zero where it is somebody else.
    function matches(uint8 kind, bytes memory named, bytes memory asking) internal view returns (uint64 until) {
        if (kind == ACCOUNT) return keccak256(named) == keccak256(asking) ? type(uint64).max : 0;
        address account = local(asking);
        if (account == address(0) || !isWellFormed(kind, named)) return 0;
        address token = address(uint160(_word(named, 0)));
        if (kind == COLLECTION) {
            (bool told, uint256 balance) = ask(token, TOKEN_GAS, abi.encodeCall(IERC721.balanceOf, (account)));
            return told && balance != 0 ? type(uint64).max : 0;
        }
        uint256 id = _word(named, 32);
        if (kind == LICENCE) {
            (bool told, uint256 user) = ask(token, TOKEN_GAS, abi.encodeCall(IERC4907.userOf, (id)));
            if (!told) return 0;
            if (user != 0) {
                uint256 expires;
                (told, expires) = ask(token, TOKEN_GAS, abi.encodeCall(IERC4907.userExpires, (id)));
                if (!told) return 0;
                if (expires > block.timestamp) {
                    if (user != uint160(account)) return 0;
                    return expires > type(uint64).max ? type(uint64).max : uint64(expires);
                }
            }
        }
        (bool answered, uint256 holder) = ask(token, TOKEN_GAS, abi.encodeCall(IERC721.ownerOf, (id)));
        return answered && holder == uint160(account) ? type(uint64).max : 0;
    }

    /// @notice Whether an account signed: by its key, or, if it has code, by what its code says (ERC-1271).
    /// @param account The account.
    /// @param digest EIP-712 hash of what was signed.
    /// @param signature The signature.
    /// @return Whether it did.
    function signed(address account, bytes32 digest, bytes memory signature) internal view returns (bool) {
        (address key, ECDSA.RecoverError failure, ) = ECDSA.tryRecover(digest, signature);
        return (failure == ECDSA.RecoverError.NoError && key == account) || signedByCode(account, digest, signature);
    }

    /// @notice Whether an account's code says that it signed (ERC-1271): exactly the magic value, within WALLET_GAS.
    /// @param account The account.
    /// @param digest EIP-712 hash of what was signed.
    /// @param signature The signature.
    /// @return Whether it does.
    function signedByCode(address account, bytes32 digest, bytes memory signature) internal view returns (bool) {
        (bool told, uint256 word) = ask(
            account,
            WALLET_GAS,
            abi.encodeCall(IERC1271.isValidSignature, (digest, signature))
        );
        return told && bytes32(word) == bytes32(IERC1271.isValidSignature.selector);
    }

    /// @notice Asks a contract that may be anything.
    /// @param target Whom to ask.
    /// @param gasLimit Gas that it gets at most.
    /// @param data The question.
    /// @return told Whether it answered one word.
    /// @return word That word.
    function ask(address target, uint256 gasLimit, bytes memory data) internal view returns (bool told, uint256 word) {
        assembly ("memory-safe") {
            // Memory takes the first word alone, however much comes back.
            told := staticcall(gasLimit, target, add(data, 0x20), mload(data), 0x00, 0x20)
            told := and(told, eq(returndatasize(), 0x20))
            word := mul(told, mload(0x00))
        }
    }

    /// @dev The word that ends 32 bytes after `at` bytes of content. The caller has seen that they are there.
    function _word(bytes memory data, uint256 at) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(add(add(data, 0x20), at))
        }
    }
}
