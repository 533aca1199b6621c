/** The words that choose an execution engine. */
export const executionWords = ['ethereumjs', 'wasm'] as const
/** The words that choose where batches are written; `auto` is blob or calldata, whichever costs less for the batch. */
export const daWords = ['memory', 'auto', 'calldata', 'blob', 'altda', 's3', 'private', 'failover'] as const
/** The words that choose a settlement layer. */
export const settlementWords = ['memory', 'optimistic'] as const
/** The words that choose a proof system; `auto` is interactive where the settlement is optimistic and the engine has a proof program, else reexecution. */
export const provingWords = ['auto', 'interactive', 'reexecution'] as const
/** The words that choose a key-value store; `auto` is LMDB where its addon loads, else the file store. */
export const storageWords = ['auto', 'lmdb', 'file', 'memory'] as const
/** What to do with a damaged store. */
export const damageWords = ['refuse', 'rederive'] as const

/** `--execution`: engine by the word that names it. */
export type ExecutionWord = (typeof executionWords)[number]
/** `--da`: data availability by the word that names it. */
export type DaWord = (typeof daWords)[number]
/** `--settlement`: settlement by the word that names it. */
export type SettlementWord = (typeof settlementWords)[number]
/** `--proving`: proof system by the word that names it. */
export type ProvingWord = (typeof provingWords)[number]
/** `--storage`: store by the word that names it. */
export type StorageWord = (typeof storageWords)[number]
/** `--on-damage`: what is done with a store that is damaged. */
export type DamageWord = (typeof damageWords)[number]

/** The engine where none is named: the program that fraud proofs are about. */
export const defaultExecution: ExecutionWord = 'wasm'

/** One for short reads and three for long ones, of which one client may have two. */
export const defaultReaderThreads = 4

/** The engine that shadows this one. */
export const otherExecution = (word: ExecutionWord): ExecutionWord =>
  executionWords.find((other) => other !== word)!
