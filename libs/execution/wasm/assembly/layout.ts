// Records that cross module borders, as byte offsets. A u256 is 32 bytes: four little-endian u64 limbs, least significant
// first. Hashes, keys and addresses are byte strings as on the wire (big-endian).

// Decoded transaction -------------------------------------------------------------------------------------------------

/** 0, 1, 2, 3, 4 or 0x7e (u32). */
export const TX_TYPE: usize = 0
/** u32: 1 when the transaction has a recipient, 0 when it creates a contract. */
export const TX_HAS_TO: usize = 4
export const TX_NONCE: usize = 8 // u64
export const TX_GAS: usize = 16 // u64
export const TX_DATA_PTR: usize = 24 // u32
export const TX_DATA_LEN: usize = 28 // u32
/** u256: maxFeePerGas, or the gas price of types 0 and 1. */
export const TX_MAX_FEE: usize = 32
/** u256: maxPriorityFeePerGas, or the gas price of types 0 and 1. */
export const TX_MAX_PRIORITY_FEE: usize = 64
export const TX_VALUE: usize = 96 // u256
export const TX_MAX_BLOB_FEE: usize = 128 // u256
export const TX_TO: usize = 160 // 20 bytes
export const TX_SENDER: usize = 192 // 20 bytes, filled after recovery (or from the deposit)
/** u256, deposits: ETH minted to the sender before execution. */
export const TX_MINT: usize = 224
export const TX_SOURCE_HASH: usize = 256 // 32 bytes, deposits
/** u32: pointer to TX_ACCESS_COUNT entries of ACCESS_SIZE bytes. */
export const TX_ACCESS_PTR: usize = 288
export const TX_ACCESS_COUNT: usize = 292
/** u32: pointer to TX_BLOB_COUNT versioned hashes of 32 bytes. */
export const TX_BLOB_PTR: usize = 296
export const TX_BLOB_COUNT: usize = 300
/** u32: pointer to TX_AUTH_COUNT entries of AUTH_SIZE bytes. */
export const TX_AUTH_PTR: usize = 304
export const TX_AUTH_COUNT: usize = 308
/** u32, u32: the bytes as signed and included (type byte first for typed transactions). */
export const TX_RAW_PTR: usize = 312
export const TX_RAW_LEN: usize = 316
export const TX_HASH: usize = 320 // 32 bytes
/** 32 bytes, filled by `signingHash`. */
export const TX_SIGNING_HASH: usize = 352
export const TX_R: usize = 384 // 32 bytes big-endian
export const TX_S: usize = 416 // 32 bytes big-endian
export const TX_Y_PARITY: usize = 448 // u32, 0 or 1
/** u32: 1 when the transaction commits to a chain id (always, except legacy without EIP-155). */
export const TX_HAS_CHAIN_ID: usize = 452
/** u32: deposit flag isSystemTx. */
export const TX_IS_SYSTEM: usize = 456
/** u32, u32: the fields that the signature covers, without their list's header. */
export const TX_SIGNED_PTR: usize = 460
export const TX_SIGNED_LEN: usize = 464
export const TX_CHAIN_ID: usize = 480 // u256
export const TX_SIZE: usize = 512

/** Access list entry: address, then key count and pointer to keys of 32 bytes each. */
export const ACCESS_ADDRESS: usize = 0 // 20 bytes
export const ACCESS_KEY_COUNT: usize = 20 // u32
export const ACCESS_KEYS_PTR: usize = 24 // u32
export const ACCESS_SIZE: usize = 32

/** EIP-7702 authorization. */
export const AUTH_CHAIN_ID: usize = 0 // u256
export const AUTH_ADDRESS: usize = 32 // 20 bytes
/** u32: r and s as 32 bytes are valid numbers and y parity fits a byte; anything else cannot be encoded here. */
export const AUTH_Y_PARITY: usize = 52
export const AUTH_NONCE: usize = 56 // u64
export const AUTH_R: usize = 64 // 32 bytes big-endian
export const AUTH_S: usize = 96 // 32 bytes big-endian
/** 32 bytes: keccak256(0x05 || rlp([chainId, address, nonce])). */
export const AUTH_SIGNING_HASH: usize = 128
export const AUTH_SIZE: usize = 160

// Log: a linked list per transaction, in order -------------------------------------------------------------------------

export const LOG_ADDRESS: usize = 0 // 20 bytes
export const LOG_TOPIC_COUNT: usize = 20 // u32, 0 to 4
export const LOG_DATA_LEN: usize = 24 // u32
export const LOG_NEXT: usize = 28 // u32, 0 at the end
/** Topics of 32 bytes each, then the data at LOG_TOPICS + 32 * count. */
export const LOG_TOPICS: usize = 32

// Account: the record of an account during a block (state.ts) -------------------------------------------------------------

export const ACC_ADDRESS: usize = 0 // 20 bytes
/** u32: touched in the sense of EIP-161 by a transaction of this block; an empty touched account is deleted. */
export const ACC_TOUCHED: usize = 20
export const ACC_NONCE: usize = 24 // u64
export const ACC_BALANCE: usize = 32 // u256
export const ACC_CODE_HASH: usize = 64
/** Root before this block. */
export const ACC_STORAGE_ROOT: usize = 96
/** u32: code record, 0 when not loaded. */
export const ACC_CODE: usize = 128
/** u32: first slot record of the account. */
export const ACC_SLOTS: usize = 132
export const ACC_WARM: usize = 136 // stamp
export const ACC_CREATED: usize = 140 // stamp
export const ACC_DESTROYED: usize = 144 // stamp
/** u32: next account record of the block, in order of first use. */
export const ACC_NEXT: usize = 148
/** u32: 1 when the state before the block has the account. */
export const ACC_EXISTED: usize = 152
export const ACC_NEXT_DESTROYED: usize = 156
export const ACC_OLD_NONCE: usize = 160 // u64
export const ACC_HASH: usize = 168 // u32, for rehashing
/** u32: storage trie with what was read of it, in the proof build. */
export const ACC_STORAGE_TRIE: usize = 172
export const ACC_OLD_BALANCE: usize = 192 // u256
export const ACC_OLD_CODE_HASH: usize = 224
export const ACC_SIZE: usize = 256
