import {
  BaseError,
  bytesToHex,
  concatBytes,
  depositTransactionType,
  hexToBytes,
  type BatchBody,
} from '@animechain/core'
import {
  bytesToUint,
  decodeTransaction,
  type AccessList,
  type AccessListTransaction,
  type Authorization,
  type FeeMarketTransaction,
  type LegacyTransaction,
  type SetCodeTransaction,
} from '@animechain/tx'
import { Packr } from 'msgpackr'
import { ColumnWriter, IntegerWriter } from './column.js'
import {
  columnNames,
  isPackable,
  KIND_ACCESS_LIST,
  KIND_CREATE,
  KIND_RAW,
  MAX_EXPONENT,
  MAX_WIDTH,
  NONCES_GROUPED,
  NONCES_PLAIN,
  TAG_ADDRESS,
  TAG_HIGH,
  TAG_NUMBER,
  VERSION,
  WORD_GROUPS,
} from './layout.js'
import type { CodecLimits } from './limits.js'
import { compressor } from './compress.js'

/** Level 3: higher ones run out of memory in this build and gain next to nothing on columns. */
const LEVEL = 3

/** How much worse than alone a column of even spread fares in the frame, measured on transfers. */
const PACKING_BIAS = 1.1

const packr = new Packr({ useRecords: false, variableMapSize: true })

type Structured = LegacyTransaction | AccessListTransaction | FeeMarketTransaction | SetCodeTransaction

/** Writes references into a dictionary that both sides build as they go: 0 is a value seen first, k the k-th seen. */
function dictionary<K>(refs: IntegerWriter, write: (key: K) => void): (key: K) => void {
  const places = new Map<K, number>()
  return (key) => {
    const place = places.get(key)
    refs.leb(place ?? 0)
    if (place !== undefined) return
    places.set(key, places.size + 1)
    write(key)
  }
}

function tooLarge(what: string, max: number, got: number): BaseError {
  return new BaseError(`A batch holds at most ${max} ${what}, got ${got}.`, {
    code: 'CODEC_TOO_LARGE',
    docsPath: '/spec/codec.md',
  })
}

export async function encodeBody(body: BatchBody, limits: CodecLimits): Promise<Uint8Array> {
  const zstd = await compressor()
  const size: Size = (bytes) =>
    bytes.length < 16 ? bytes.length : (zstd.compress(bytes, LEVEL)?.length ?? bytes.length)
  const columns = emptyColumns()
  const raws = writeBlocks(columns, body, limits)
  writeLabels(columns, body)
  const { signatures, addresses, numbers, nonces, chainId } = writeTransactions(columns, raws)
  if (nonces.length > 0) {
    columns.c('chainId').leb(chainId!)
    chooseNonces(columns, nonces, size)
  }
  for (const field of numbers) if (field.values.length > 0) chooseNumbers(columns, field, size)
  const packed = packIntegers(columns, size)

  const content = packr.pack(columnNames.map((name) => Buffer.from(columns.c(name).take())))
  if (content.length > limits.decompressedBytes)
    throw tooLarge('bytes before compression', limits.decompressedBytes, content.length)
  const frame = zstd.compress(content, LEVEL)
  if (!frame) throw new BaseError('zstd could not compress the batch.', { code: 'CODEC_COMPRESSION_FAILED' })
  const head = new Uint8Array(5)
  head[0] = VERSION
  new DataView(head.buffer).setUint32(1, frame.length)
  const out = concatBytes(head, frame, signatures.take(), ...packed, addresses.take())
  if (out.length > limits.compressedBytes) throw tooLarge('bytes', limits.compressedBytes, out.length)
  return out
}

/** Compressed length of bytes by themselves. */
type Size = (bytes: Uint8Array) => number

/** The columns by name: integers are kept as such until the shorter way to write them is known. */
interface Columns {
  columns: Map<string, ColumnWriter>
  integers: Map<string, IntegerWriter>
  c(name: string): ColumnWriter
  ints(name: string): IntegerWriter
}

function emptyColumns(): Columns {
  const columns = new Map<string, ColumnWriter>()
  const integers = new Map<string, IntegerWriter>()
  for (const name of columnNames)
    if (isPackable(name)) integers.set(name, new IntegerWriter())
    else columns.set(name, new ColumnWriter())
  return { columns, integers, c: (name) => columns.get(name)!, ints: (name) => integers.get(name)! }
}

/** Writes what blocks are besides their transactions. Gives these. @throws CODEC_TOO_LARGE */
function writeBlocks({ c }: Columns, body: BatchBody, limits: CodecLimits): Uint8Array[] {
  if (body.blocks.length > limits.blocks) throw tooLarge('blocks', limits.blocks, body.blocks.length)
  if (body.labels.length > limits.labels) throw tooLarge('labels', limits.labels, body.labels.length)
  const raws: Uint8Array[] = []
  for (const block of body.blocks) {
    c('timestampDeltas').leb(block.timestampDelta)
    c('depositCounts').leb(block.depositCount)
    c('transactionCounts').leb(block.transactions.length)
    for (const raw of block.transactions) raws.push(raw)
  }
  if (raws.length > limits.transactions) throw tooLarge('transactions', limits.transactions, raws.length)
  const total = raws.reduce((sum, raw) => sum + raw.length, 0)
  if (total > limits.transactionBytes) throw tooLarge('bytes of transactions', limits.transactionBytes, total)
  return raws
}

function writeLabels({ c }: Columns, { labels }: BatchBody): void {
  let lastHash: string | undefined
  for (const { l1BlockHash, logIndex } of labels) {
    const fresh = l1BlockHash.toLowerCase() !== lastHash
    if (fresh) {
      lastHash = l1BlockHash.toLowerCase()
      c('labelHashes').put(hexToBytes(l1BlockHash))
    }
    // An index that fits no 31 bits cannot come from L1; it would only cost this label, so it is cut.
    c('labels').leb((logIndex % 2 ** 31) * 2 + (fresh ? 1 : 0))
  }
}

/** Writers of what the kinds of transactions share. */
interface FieldWriters {
  addresses: ColumnWriter
  /** Fields whose columns are written when all their values are known. */
  numbers: NumberField[]
  number(name: string, group?: string): (value: bigint) => void
  /** Writes a reference into the one dictionary of addresses. */
  address(refs: IntegerWriter, hex: string): void
  /** Writes a word of calldata; `place` chooses its group of columns. */
  word(bytes: Uint8Array, place: number): void
}

function fieldWriters({ c, ints }: Columns): FieldWriters {
  const addresses = new ColumnWriter()
  const addressIds = new Map<string, number>()
  const address = (refs: IntegerWriter, hex: string): void => {
    const place = addressIds.get(hex)
    refs.leb(place ?? 0)
    if (place !== undefined) return
    addressIds.set(hex, addressIds.size + 1)
    addresses.put(hexToBytes(hex))
  }
  const numbers: NumberField[] = []
  const number: FieldWriters['number'] = (name, group = '') => {
    const values: bigint[] = []
    numbers.push({ name, group, values })
    return (value) => values.push(value)
  }
  const wordNumbers = Array.from({ length: WORD_GROUPS }, (_, i) => number('word', `${i}`))
  const wordAddressRefs = Array.from({ length: WORD_GROUPS }, (_, i) => ints(`wordAddressRefs${i}`))
  const [wordTags, wordBytes] = [c('wordTags'), c('wordBytes')]
  const word = (bytes: Uint8Array, place: number): void => {
    let leading = 0
    while (leading < 32 && bytes[leading] === 0) leading++
    if (leading === 32) return wordTags.byte(0)
    const low = 32 - leading
    if (low >= 18 && low <= 20) {
      wordTags.byte(TAG_ADDRESS)
      return address(wordAddressRefs[place % WORD_GROUPS]!, bytesToHex(bytes.subarray(12)))
    }
    if (low >= 3 && low < 18) {
      wordTags.byte(TAG_NUMBER)
      return wordNumbers[place % WORD_GROUPS]!(bytesToUint(bytes.subarray(leading)))
    }
    let high = 32
    while (bytes[high - 1] === 0) high--
    if (high < low) {
      wordTags.byte(TAG_HIGH + high)
      return wordBytes.put(bytes.subarray(0, high))
    }
    wordTags.byte(low)
    wordBytes.put(bytes.subarray(leading))
  }
  return { addresses, numbers, number, address, word }
}

interface Written {
  /** 64 bytes for each transaction that is not raw */
  signatures: ColumnWriter
  addresses: ColumnWriter
  numbers: NumberField[]
  nonces: bigint[]
  /** undefined where no transaction has one */
  chainId: bigint | undefined
}

function writeTransactions(columns: Columns, raws: readonly Uint8Array[]): Written {
  const { c, ints } = columns
  const writers = fieldWriters(columns)
  const { address, addresses, numbers } = writers
  const gasLimit = writers.number('gasLimit')
  const fee = writers.number('fee')
  const priority = writers.number('priority')
  const value = writers.number('value')
  const calldata = calldataWriter(columns, writers)
  const [kinds, toRefs] = [c('kinds'), ints('toRefs')]
  const signatures = new ColumnWriter()
  const nonces: bigint[] = []
  const chain: { id: bigint | undefined } = { id: undefined }
  for (const raw of raws) {
    const tx = structured(raw, chain)
    if (!tx) {
      kinds.byte(KIND_RAW)
      c('rawLengths').leb(raw.length)
      c('raw').put(raw)
      continue
    }
    const list = tx.type === 0 ? [] : tx.accessList
    kinds.byte(tx.type | (tx.to === undefined ? KIND_CREATE : 0) | (list.length > 0 ? KIND_ACCESS_LIST : 0))
    nonces.push(tx.nonce)
    gasLimit(tx.gasLimit)
    if (tx.type === 2 || tx.type === 4) {
      // Wallets add the tip to a multiple of the base fee: without it, a block's transactions tend to share the rest.
      fee(tx.maxFeePerGas - tx.maxPriorityFeePerGas)
      priority(tx.maxPriorityFeePerGas)
    } else fee(tx.gasPrice)
    value(tx.value)
    if (tx.to !== undefined) address(toRefs, tx.to)
    calldata(tx.data)
    if (list.length > 0) writeAccessList(columns, writers, list)
    if (tx.type === 4) writeAuthorizations(columns, writers, tx.authorizationList)
    const s = word32(tx.s)
    const parity = tx.type === 0 ? Number((tx.v - 35n) & 1n) : tx.yParity
    s[0]! |= parity << 7
    signatures.put(word32(tx.r))
    signatures.put(s)
  }
  return { signatures, addresses, numbers, nonces, chainId: chain.id }
}

/** A transaction that the columns can express, or undefined. The first with a chain id gives it to the batch. */
function structured(raw: Uint8Array, chain: { id: bigint | undefined }): Structured | undefined {
  let tx
  try {
    tx = decodeTransaction(raw)
  } catch {
    return undefined
  }
  if (tx.type === 3 || tx.type === depositTransactionType || tx.chainId === undefined) return undefined
  chain.id ??= tx.chainId < 2n ** 64n ? tx.chainId : undefined
  // The top bit of s carries the parity; EIP-2 leaves it zero.
  if (tx.chainId !== chain.id || tx.s >> 255n !== 0n) return undefined
  if ((tx.type === 2 || tx.type === 4) && tx.maxPriorityFeePerGas > tx.maxFeePerGas) return undefined
  return tx
}

function calldataWriter({ c, ints }: Columns, { word }: FieldWriters): (data: Uint8Array) => void {
  const selector = dictionary<string>(ints('selectorRefs'), (hex) => c('selectors').put(hexToBytes(hex)))
  const [dataLengths, rest] = [c('dataLengths'), c('rest')]
  return (data) => {
    dataLengths.leb(data.length)
    let at = 0
    if (data.length >= 4) {
      selector(bytesToHex(data.subarray(0, 4)))
      for (at = 4; at + 32 <= data.length; at += 32) word(data.subarray(at, at + 32), (at - 4) / 32)
    }
    rest.put(data.subarray(at))
  }
}

function writeAccessList({ c, ints }: Columns, { address, word }: FieldWriters, list: AccessList): void {
  c('accessLists').leb(list.length)
  for (const item of list) {
    address(ints('listAddressRefs'), item.address)
    c('accessLists').leb(item.storageKeys.length)
    for (const key of item.storageKeys) word(hexToBytes(key), 0)
  }
}

function writeAuthorizations(
  { c, ints }: Columns,
  { address }: FieldWriters,
  list: readonly Authorization[],
): void {
  c('authorizations').leb(list.length)
  for (const a of list) {
    c('authorizations').leb(a.chainId)
    address(ints('listAddressRefs'), a.address)
    c('authorizations').leb(a.nonce)
    c('authorizations').leb(a.yParity)
    c('authorizationSignatures').put(word32(a.r))
    c('authorizationSignatures').put(word32(a.s))
  }
}

/** Length of a column in the shorter of its two ways. */
const best = (column: IntegerWriter, size: Size): number =>
  Math.min(column.packedLength(), size(column.plain()))

function chooseNonces({ c, integers }: Columns, nonces: readonly bigint[], size: Size): void {
  const plain = new IntegerWriter()
  for (const nonce of nonces) plain.leb(nonce)
  const { refs, starts } = groupNonces(nonces)
  const grouped = best(refs, size) + best(starts, size) < best(plain, size)
  c('nonceMode').byte(grouped ? NONCES_GROUPED : NONCES_PLAIN)
  integers.set('nonces', grouped ? refs : plain)
  if (grouped) integers.set('nonceStarts', starts)
}

function chooseNumbers(
  { columns, integers }: Columns,
  { name, group, values }: NumberField,
  size: Size,
): void {
  let chosen: NumberColumns | undefined
  let least = Infinity
  for (const shared of [true, false])
    for (const referring of [true, false]) {
      const variant = writeNumbers(values, shared, referring)
      const cost = best(variant.refs, size) + size(variant.exponents.take()) + best(variant.mantissas, size)
      if (cost >= least) continue
      least = cost
      chosen = variant
    }
  integers.set(`${name}Refs${group}`, chosen!.refs)
  columns.set(`${name}Exponents${group}`, chosen!.exponents)
  integers.set(`${name}Mantissas${group}`, chosen!.mantissas)
}

/** Writes the columns of integers. Evenly spread ones only spoil the frame's one table of symbols: those stand beside it, at a fixed width. */
function packIntegers({ columns, integers }: Columns, size: Size): Uint8Array[] {
  const packed: Uint8Array[] = []
  for (const name of columnNames) {
    const column = integers.get(name)
    if (!column) continue
    const plain = column.plain()
    const out = new ColumnWriter()
    columns.set(name, out)
    const length = column.packedLength()
    if (column.width() > MAX_WIDTH || length + 4 > PACKING_BIAS * size(plain)) {
      out.put(plain)
      continue
    }
    out.byte(column.width())
    out.leb(length)
    packed.push(column.packed())
  }
  return packed
}

interface NumberField {
  name: string
  group: string
  values: bigint[]
}

interface NumberColumns {
  refs: IntegerWriter
  exponents: ColumnWriter
  mantissas: IntegerWriter
}

/**
 * A field of numbers, each as mantissa and decimal exponent. `shared` gives all of them the same exponent, which suits evenly spread amounts;
 * `referring` writes a number once and refers to it after, which suits few different ones.
 */
function writeNumbers(values: readonly bigint[], shared: boolean, referring: boolean): NumberColumns {
  const out = { refs: new IntegerWriter(), exponents: new ColumnWriter(), mantissas: new IntegerWriter() }
  let most = MAX_EXPONENT
  if (shared) for (const value of values) most = value === 0n ? most : zeros(value, most)
  const write = (value: bigint): void => {
    const exponent = value === 0n ? (shared ? most : 0) : zeros(value, most)
    out.exponents.byte(exponent)
    out.mantissas.leb(value / 10n ** BigInt(exponent))
  }
  if (referring) {
    const refer = dictionary(out.refs, write)
    for (const value of values) refer(value)
  } else
    for (const value of values) {
      out.refs.leb(0)
      write(value)
    }
  return out
}

/** Trailing decimal zeros of a number above zero, at most `most`. */
function zeros(value: bigint, most: number): number {
  let count = 0
  for (; count < most && value % 10n === 0n; count++) value /= 10n
  return count
}

/**
 * Nonces as continuations: senders are not known here, but most nonces are one above an earlier one. Each transaction names the run it
 * continues, preferring the run that came after the last one before, so that senders taking turns give a repeating pattern.
 */
function groupNonces(nonces: readonly bigint[]): { refs: IntegerWriter; starts: IntegerWriter } {
  const refs = new IntegerWriter()
  const starts = new IntegerWriter()
  const expected: bigint[] = []
  const waiting = new Map<bigint, Set<number>>()
  const successor: number[] = []
  let previous = -1
  const wait = (group: number): void => {
    const set = waiting.get(expected[group]!)
    if (set) set.add(group)
    else waiting.set(expected[group]!, new Set([group]))
  }
  for (const nonce of nonces) {
    const candidates = waiting.get(nonce)
    const next = previous < 0 ? undefined : successor[previous]
    let group: number | undefined
    if (candidates && next !== undefined && candidates.has(next)) group = next
    else if (candidates) for (const first of candidates) if ((group ??= first) !== undefined) break
    if (group === undefined) {
      group = expected.length
      expected.push(nonce)
      refs.leb(0)
      starts.leb(nonce)
    } else {
      refs.leb(group + 1)
      candidates!.delete(group)
      if (candidates!.size === 0) waiting.delete(nonce)
    }
    expected[group] = nonce + 1n
    wait(group)
    if (previous >= 0) successor[previous] = group
    previous = group
  }
  return { refs, starts }
}

function word32(value: bigint): Uint8Array {
  return hexToBytes(`0x${value.toString(16).padStart(64, '0')}`)
}
