/** First byte of a body. docs/spec/codec.md 1. */
export const VERSION = 1

/** Words of calldata go to one of these groups of columns by their place, modulo the number of groups: arguments differ by place. */
export const WORD_GROUPS = 8

const wordColumns = Array.from(
  { length: WORD_GROUPS },
  (_, i) => [`wordAddressRefs${i}`, `wordRefs${i}`, `wordExponents${i}`, `wordMantissas${i}`] as const,
).flat()

/** Columns in the order in which they stand in the frame. docs/spec/codec.md 4. */
export const columnNames: readonly string[] = [
  'timestampDeltas',
  'depositCounts',
  'transactionCounts',
  'labelHashes',
  'labels',
  'chainId',
  'kinds',
  'nonceMode',
  'nonces',
  'nonceStarts',
  'gasLimitRefs',
  'gasLimitExponents',
  'gasLimitMantissas',
  'feeRefs',
  'feeExponents',
  'feeMantissas',
  'priorityRefs',
  'priorityExponents',
  'priorityMantissas',
  'valueRefs',
  'valueExponents',
  'valueMantissas',
  'toRefs',
  'dataLengths',
  'selectorRefs',
  'selectors',
  'wordTags',
  'wordBytes',
  ...wordColumns,
  'rest',
  'accessLists',
  'listAddressRefs',
  'authorizations',
  'authorizationSignatures',
  'rawLengths',
  'raw',
]

/** Columns of integers, whose first byte tells how they are written. */
const packable = /^nonces$|^nonceStarts$|Refs\d?$|Mantissas\d?$/
export const isPackable = (name: string): boolean => packable.test(name)

/** Widest packed integer, bits. */
export const MAX_WIDTH = 64

/** A transaction that the columns cannot express stands as its bytes. */
export const KIND_RAW = 7
/** Bits of a kind above the type: no recipient; an access list that is not empty. */
export const KIND_CREATE = 8
export const KIND_ACCESS_LIST = 16

/** Tags of a 32-byte word of calldata: 0 zero, 1..32 that many low bytes, 33..63 that many less 32 high bytes. */
export const TAG_HIGH = 32
export const TAG_ADDRESS = 64
export const TAG_NUMBER = 65

/** 10^77 is the largest power of ten below 2^256. */
export const MAX_EXPONENT = 77

export const NONCES_PLAIN = 0
export const NONCES_GROUPED = 1
