import {
  bytesToHex,
  equalBytes,
  type BlockInput,
  type ExecutedTransaction,
  type Hash,
  type Hex,
  type Receipt,
  type SealedHeader,
  type SkippedTransaction,
} from '@animechain/core'

/** Fields that one report lists. */
const MAX_FIELDS = 64

/** A place at which two results differ. Values as they are; undefined where there is nothing. */
export interface DifferentField {
  /** e.g. `header.stateRoot` or `transactions[3].receipt.gasUsed` */
  path: string
  primary: unknown
  shadow: unknown
}

/** The first transaction of a block that the engines do not agree on. */
export interface DifferentTransaction {
  /** place in `input.transactions` */
  index: number
  raw: Hex
  hash?: Hash
  /** undefined where the engine skipped it, or did not get that far */
  primary?: Receipt
  shadow?: Receipt
}

/** Everything about a block that two engines do not agree on; enough to run it again elsewhere. */
export interface BlockDifference {
  engines: { primary: string; shadow: string }
  number: bigint
  /** hashes of the block; undefined where the engine gave none */
  hash: { primary: Hash | undefined; shadow: Hash | undefined }
  /** In the order header, transactions, skipped, output root; at most 64. */
  fields: DifferentField[]
  /** undefined when the engines differ before the first transaction, after the last one, or it cannot be found */
  transaction?: DifferentTransaction
  parent: SealedHeader
  input: BlockInput
}

/** What an engine made of a block, or the error that it ended with instead. */
export type Result =
  | {
      header: SealedHeader
      transactions: readonly ExecutedTransaction[]
      /** absent where it is not known: of blocks that were stored */
      skipped?: readonly SkippedTransaction[]
      outputRoot?: Hash
      error?: undefined
    }
  | { error: Error & { code?: string } }

/** What two engines made of one block, compared. Empty: they agree. */
export function compareResults(primary: Result, shadow: Result): DifferentField[] {
  if (!primary.error && !shadow.error) return differentFields(primary, shadow)
  if (primary.error && shadow.error && primary.error.code === shadow.error.code) return []
  return [{ path: 'outcome', primary: outcome(primary), shadow: outcome(shadow) }]
}

const outcome = (result: Result) =>
  result.error
    ? `${result.error.code ?? result.error.name}: ${result.error.message}`
    : `block ${result.header.hash}`

/** The first transaction of the input that the engines included, or skipped, differently. */
export function differentTransaction(
  input: BlockInput,
  primary: Result,
  shadow: Result,
): DifferentTransaction | undefined {
  if (primary.error || shadow.error) return undefined
  const [ofPrimary, ofShadow] = [byInput(input, primary), byInput(input, shadow)]
  const index = input.transactions.findIndex(
    (_, i) => differentFields(ofPrimary[i] ?? null, ofShadow[i] ?? null).length > 0,
  )
  return index < 0 ? undefined : transactionAt(input, index, primary, shadow)
}

/** What is known of the transaction at a place of the input. */
export function transactionAt(
  input: BlockInput,
  index: number,
  primary: Result,
  shadow: Result,
): DifferentTransaction {
  const found = [primary, shadow].map((result) =>
    result.error ? undefined : byInput(input, result)[index]?.transaction,
  )
  return {
    index,
    raw: bytesToHex(input.transactions[index]!),
    hash: (found[0] ?? found[1])?.hash,
    primary: found[0]?.receipt,
    shadow: found[1]?.receipt,
  }
}

/** What became of each transaction of the input: blocks list included and skipped ones apart, each in the input's order. */
function byInput(input: BlockInput, result: Result & { error?: undefined }) {
  let included = 0
  let skipped = 0
  return input.transactions.map((raw) => {
    const transaction = result.transactions[included]
    if (transaction && equalBytes(transaction.raw, raw)) {
      included++
      return { transaction }
    }
    const left = result.skipped?.[skipped]
    if (left && equalBytes(left.raw, raw)) skipped++
    return { reason: left?.reason }
  })
}

/** Where two values differ, depth first. A key that is undefined is the same as one that is absent. */
export function differentFields(primary: unknown, shadow: unknown, at = ''): DifferentField[] {
  const found: DifferentField[] = []
  const walk = (a: unknown, b: unknown, path: string) => {
    if (found.length >= MAX_FIELDS || Object.is(a, b)) return
    if (a instanceof Uint8Array && b instanceof Uint8Array) {
      if (bytesToHex(a) !== bytesToHex(b)) found.push({ path, primary: a, shadow: b })
    } else if (isTree(a) && isTree(b) && Array.isArray(a) === Array.isArray(b)) {
      for (const key of new Set([...Object.keys(a), ...Object.keys(b)]))
        walk(a[key], b[key], Array.isArray(a) ? `${path}[${key}]` : path ? `${path}.${key}` : key)
    } else found.push({ path, primary: a, shadow: b })
  }
  walk(primary, shadow, at)
  return found
}

const isTree = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !(value instanceof Uint8Array)

/** A report as JSON: bigints as decimal strings, bytes as hex. */
export function differenceJson(difference: BlockDifference): string {
  return JSON.stringify(
    difference,
    (_key, value) =>
      typeof value === 'bigint'
        ? value.toString()
        : value instanceof Uint8Array
          ? bytesToHex(value)
          : (value as unknown),
    2,
  )
}
