// Where state comes from when the cache of state.ts misses. Two builds of one source: in `node` the host answers from flat
// storage; in `proof` the trie answers from preimages. The constant BUILD_PROOF (0 or 1) is set by scripts/buildGuest.mjs.

import * as preimages from './preimages'
import * as witness from './witness'

/** Writes nonce (u64), balance (u256 limbs), code hash and storage root (104 bytes) to `out`; 0 when there is no such account. */
// @ts-ignore: decorator
@external('host', 'readAccount')
declare function hostReadAccount(address: usize, out: usize): i32
/** Writes 32 big-endian bytes to `out`; 0 when the slot is empty. `key` is 32 big-endian bytes, not hashed. */
// @ts-ignore: decorator
@external('host', 'readStorage')
declare function hostReadStorage(address: usize, key: usize, out: usize): i32
// @ts-ignore: decorator
@external('host', 'codeSize')
declare function hostCodeSize(hash: usize): i32
/** Writes the code with this hash (`size` bytes, as `codeSize` said). */
// @ts-ignore: decorator
@external('host', 'readCode')
declare function hostReadCode(hash: usize, out: usize, size: i32): void
/** Writes the hash of block `number` (low and high half); 0 when unknown. Only the 256 blocks before the present one are asked for. */
// @ts-ignore: decorator
@external('host', 'blockHash')
declare function hostBlockHash(low: u32, high: u32, out: usize): i32
/**
 * Runs precompile number `address` (1 ecrecover, 6 to 8 bn254, 10 KZG, 11 to 17 BLS12-381, 256 p256verify). Gives the length of
 * the output written to `out`, or -1 when the precompile fails. Gas is charged in the guest before.
 */
// @ts-ignore: decorator
@external('host', 'precompile')
declare function hostPrecompile(address: i32, input: usize, length: i32, out: usize): i32

// @ts-ignore: decorator
@inline
export function readAccount(address: usize, out: usize): i32 {
  // @ts-ignore: set by the build
  if (BUILD_PROOF) return witness.readAccount(address, out)
  else return hostReadAccount(address, out)
}

/** `address` points to the account record (state.ts), which starts with it; `root` to its storage root. */
// @ts-ignore: decorator
@inline
export function readStorage(address: usize, root: usize, key: usize, out: usize): i32 {
  // @ts-ignore: set by the build
  if (BUILD_PROOF) return witness.readStorage(address, key, out)
  else return hostReadStorage(address, key, out)
}

// @ts-ignore: decorator
@inline
export function codeSize(hash: usize): i32 {
  // @ts-ignore: set by the build
  if (BUILD_PROOF) return preimages.codeSize(hash)
  else return hostCodeSize(hash)
}

// @ts-ignore: decorator
@inline
export function readCode(hash: usize, out: usize, size: i32): void {
  // @ts-ignore: set by the build
  if (BUILD_PROOF) preimages.readCode(hash, out, size)
  else hostReadCode(hash, out, size)
}

// @ts-ignore: decorator
@inline
export function blockHash(number: u64, out: usize): i32 {
  // @ts-ignore: set by the build
  if (BUILD_PROOF) return witness.blockHash(number, out)
  else return hostBlockHash(<u32>number, <u32>(number >> 32), out)
}

// @ts-ignore: decorator
@inline
export function precompile(address: i32, input: usize, length: i32, out: usize): i32 {
  // @ts-ignore: set by the build
  if (BUILD_PROOF) return preimages.precompile(address, input, length, out)
  else return hostPrecompile(address, input, length, out)
}
