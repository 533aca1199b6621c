// What opcodes and transaction rules read of the block and of the transaction. Static memory, so that an opcode is one copy.

/** Forks in order; a rule holds from its fork on. */
export const CANCUN: u32 = 0
export const PRAGUE: u32 = 1
export const OSAKA: u32 = 2

// Block context, as byte offsets from BLOCK -------------------------------------------------------------------------------

export const BLOCK: usize = memory.data(320, 16)
export const BLOCK_NUMBER: usize = 0 // u64
export const BLOCK_TIMESTAMP: usize = 8 // u64, seconds
export const BLOCK_GAS_LIMIT: usize = 16 // u64
export const BLOCK_FORK: usize = 24 // u32
/** u32: 1 for a rollup (deposits, L1 data fee, vaults; docs/spec/protocol.md), 0 for plain Ethereum. */
export const BLOCK_ROLLUP: usize = 28
export const BLOCK_BASE_FEE: usize = 32 // u256, wei per gas
export const BLOCK_PREV_RANDAO: usize = 64 // 32 bytes
export const BLOCK_BENEFICIARY: usize = 96 // 20 bytes
export const BLOCK_BLOB_BASE_FEE: usize = 128 // u256, wei per blob gas
export const BLOCK_CHAIN_ID: usize = 160 // u256
export const BLOCK_PARENT_HASH: usize = 192 // 32 bytes
export const BLOCK_BEACON_ROOT: usize = 224 // 32 bytes
export const BLOCK_EXCESS_BLOB_GAS: usize = 256 // u64
export const BLOCK_BLOB_FRACTION: usize = 264 // u64: baseFeeUpdateFraction of EIP-4844
/** u32: blobs that a block may carry. */
export const BLOCK_BLOB_MAX: usize = 272
/** u32: 1 to run the system contracts of EIP-4788, -2935, -7002, -7251. */
export const BLOCK_SYSTEM_CALLS: usize = 276
/** u64: gas used by the transactions so far. */
export const BLOCK_GAS_USED: usize = 280
/** u64: blob gas used by the transactions so far. */
export const BLOCK_BLOB_GAS_USED: usize = 288
export const BLOCK_SIZE: usize = 320

// Transaction context -------------------------------------------------------------------------------------------------------

export const ORIGIN: usize = memory.data(32, 16) // u256
export const GAS_PRICE: usize = memory.data(32, 16) // u256
export let blobHashes: usize = 0
export let blobHashCount: u32 = 0

export function setBlobHashes(hashes: usize, count: u32): void {
  blobHashes = hashes
  blobHashCount = count
}

// @ts-ignore: decorator
@inline
export function fork(): u32 {
  return load<u32>(BLOCK, BLOCK_FORK)
}

// @ts-ignore: decorator
@inline
export function isRollup(): bool {
  return load<u32>(BLOCK, BLOCK_ROLLUP) != 0
}

/** RIP-7212, EIP-7951. */
export const P256_VERIFY: u32 = 0x100

/** Number of the precompile at an address (20 bytes) under the present fork, 0 when there is none. */
export function precompileNumber(address: usize): u32 {
  if ((load<u64>(address) | load<u64>(address, 8) | (<u64>load<u16>(address, 16))) != 0) return 0
  const n = ((<u32>load<u8>(address, 18)) << 8) | (<u32>load<u8>(address, 19))
  const rules = fork()
  if (n <= 10) return n
  if (n <= 17) return rules >= PRAGUE ? n : 0
  return n == P256_VERIFY && rules >= OSAKA ? n : 0
}
