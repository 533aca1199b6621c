// The columns of a batch body and what else docs/spec/codec.md numbers. Values are those of libs/codec/src/layout.ts.

export const VERSION: u32 = 1

// Bounds of codec.md 5.
export const MAX_BODY: u32 = 761_852
export const MAX_BLOCKS: u32 = 8_192
export const MAX_TRANSACTIONS: u32 = 32_768
export const MAX_LABELS: u32 = 16_384
/** Cost of all transactions of a body together, codec.md 5. */
export const MAX_COST: u32 = 16_777_216

// Columns, by their place in the frame (codec.md 4). Of three in a row the second and third are exponents and mantissas.
export const TIMESTAMP_DELTAS: u32 = 0
export const DEPOSIT_COUNTS: u32 = 1
export const TRANSACTION_COUNTS: u32 = 2
export const LABEL_HASHES: u32 = 3
export const LABELS: u32 = 4
export const CHAIN_ID: u32 = 5
export const KINDS: u32 = 6
export const NONCE_MODE: u32 = 7
export const NONCES: u32 = 8
export const NONCE_STARTS: u32 = 9
export const GAS_LIMITS: u32 = 10
export const FEES: u32 = 13
export const PRIORITY_FEES: u32 = 16
export const VALUES: u32 = 19
export const TO_REFS: u32 = 22
export const DATA_LENGTHS: u32 = 23
export const SELECTOR_REFS: u32 = 24
export const SELECTORS: u32 = 25
export const WORD_TAGS: u32 = 26
export const WORD_BYTES: u32 = 27
/** Four columns for each group: address references, then a number's three. */
export const WORDS: u32 = 28
export const WORD_GROUPS: u32 = 8
export const REST: u32 = 60
export const ACCESS_LISTS: u32 = 61
export const LIST_ADDRESS_REFS: u32 = 62
export const AUTHORIZATIONS: u32 = 63
export const AUTHORIZATION_SIGNATURES: u32 = 64
export const RAW_LENGTHS: u32 = 65
export const RAW: u32 = 66
export const COLUMN_COUNT: u32 = 67
/** Not a column of the frame: what stands behind it. */
export const TAIL: u32 = 67

/** Whether a column holds integers in one of two forms (codec.md 4.1): type `int` of the table. */
export function isInteger(column: u32): bool {
  if (
    column == NONCES ||
    column == NONCE_STARTS ||
    column == TO_REFS ||
    column == SELECTOR_REFS ||
    column == LIST_ADDRESS_REFS
  )
    return true
  // References and mantissas of the four numbers of a transaction
  if (column >= GAS_LIMITS && column < TO_REFS) return (column - GAS_LIMITS) % 3 != 1
  // Of each group of words all but the exponents
  if (column >= WORDS && column < REST) return ((column - WORDS) & 3) != 2
  return false
}

// Kinds of transactions (codec.md 4.3)
export const KIND_RAW: u32 = 7
export const KIND_CREATE: u32 = 8
export const KIND_ACCESS_LIST: u32 = 16

// Tags of words (codec.md 4.5)
export const TAG_HIGH: u32 = 32
export const TAG_ADDRESS: u32 = 64
export const TAG_NUMBER: u32 = 65

/** 10^77 is the largest power of ten below 2^256. */
export const MAX_EXPONENT: u32 = 77
/** Widest packed integer, bits. */
export const MAX_WIDTH: u32 = 64
