import type { Hash, Hex } from './bytes.js'

/**
 * The numbers that a rule of Ethereum or of this chain is made of, each written here only: a lint rule keeps the others out. Tests may state a
 * value again, for they would prove nothing otherwise.
 */

/** Type of a deposit from L1 (docs/spec/protocol.md 3.2), the first byte of such a transaction. */
export const depositTransactionType = 0x7e

/** 32 zero bytes. */
export const zeroHash: Hash = `0x${'00'.repeat(32)}`
/** 20 zero bytes. */
export const zeroAddress: Hex = `0x${'00'.repeat(20)}`
/** Logs bloom of a block or receipt without logs: 256 zero bytes. */
export const emptyBloom: Hex = `0x${'00'.repeat(256)}`
/** Root of a trie without entries: `keccak256(rlp(''))`. */
export const emptyRootHash: Hash = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421'
/** Code hash of an account without code: `keccak256('')`. */
export const emptyCodeHash: Hash = '0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470'
/** Ommers hash of every block after the merge: `keccak256(rlp([]))`. */
export const emptyOmmersHash: Hash = '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347'
/** Requests hash of a block without requests (EIP-7685): `sha256('')`. */
export const emptyRequestsHash: Hash = '0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

/** An account with this nonce sends nothing any more (EIP-2681). */
export const maxNonce = 2n ** 64n - 1n
/** Largest gas limit of a transaction (EIP-7825), gas. */
export const maxTransactionGas = 16_777_216n
/** Longest init code (EIP-3860), bytes. */
export const maxInitCodeBytes = 49_152
/** EIP-4844. */
export const gasPerBlob = 131_072n
/** Order of secp256k1's group; a private key is above zero and below it. */
export const secp256k1Order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
