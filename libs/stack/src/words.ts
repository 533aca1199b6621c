/** The words that choose an implementation of each layer. */
export const executionWords = ['ethereumjs', 'wasm'] as const
export const daWords = ['memory', 'calldata', 'blob'] as const
export const settlementWords = ['memory', 'optimistic'] as const
export const provingWords = ['reexecution'] as const
export const storageWords = ['auto', 'lmdb', 'file', 'memory'] as const
/** What to do with a damaged store. */
export const damageWords = ['refuse', 'rederive'] as const

export type ExecutionWord = (typeof executionWords)[number]
export type DaWord = (typeof daWords)[number]
export type SettlementWord = (typeof settlementWords)[number]
export type ProvingWord = (typeof provingWords)[number]
export type StorageWord = (typeof storageWords)[number]
export type DamageWord = (typeof damageWords)[number]

/** The engine where none is named: the program that fraud proofs are about. */
export const defaultExecution: ExecutionWord = 'wasm'

/** One for short reads and three for long ones, of which one client may have two. */
export const defaultReaderThreads = 4

/** The engine that shadows this one. */
export const otherExecution = (word: ExecutionWord): ExecutionWord =>
  executionWords.find((other) => other !== word)!
