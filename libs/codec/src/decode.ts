import { bytesToHex, type BatchBlock, type BatchBody, type DepositLabel } from '@animechain/core'
import { bytesToUint, rlpEncode, uintToBytes, type RlpItem } from '@animechain/tx'
import { ColumnReader, IntegerReader, Malformed } from './column.js'
import {
  columnNames,
  isPackable,
  KIND_ACCESS_LIST,
  KIND_CREATE,
  KIND_RAW,
  MAX_EXPONENT,
  NONCES_GROUPED,
  NONCES_PLAIN,
  TAG_ADDRESS,
  TAG_HIGH,
  TAG_NUMBER,
  VERSION,
  WORD_GROUPS,
} from './layout.js'
import type { CodecLimits } from './limits.js'
import { readColumns } from './messagePack.js'
import { decompress } from './decompress.js'

const EMPTY = new Uint8Array(0)
const POWERS = Array.from({ length: MAX_EXPONENT + 1 }, (_, i) => 10n ** BigInt(i))

/** @throws Malformed with the reason */
export async function decodeBody(bytes: Uint8Array, limits: CodecLimits): Promise<BatchBody> {
  if (bytes.length > limits.compressedBytes)
    throw new Malformed(`expected at most ${limits.compressedBytes} bytes, got ${bytes.length}`)
  if (bytes[0] !== VERSION) throw new Malformed(`expected version ${VERSION}, got ${bytes[0]}`)
  if (bytes.length < 5) throw new Malformed('expected the length of the frame, got the end')
  const frameLength = new DataView(bytes.buffer, bytes.byteOffset).getUint32(1)
  if (frameLength > bytes.length - 5) throw new Malformed('the frame ends early')
  const tail = new ColumnReader('tail', bytes.subarray(5 + frameLength))
  const content = await decompress(bytes.subarray(5, 5 + frameLength), limits.decompressedBytes)
  const found = readColumns(content, columnNames.length)
  const columns = new Map(columnNames.map((name, i) => [name, new ColumnReader(name, found[i]!)]))
  const kinds = columns.get('kinds')!.take(columns.get('kinds')!.bytes.length)
  if (kinds.length > limits.transactions)
    throw new Malformed(`expected at most ${limits.transactions} transactions, got ${kinds.length}`)
  let structured = 0
  for (const kind of kinds) if (kind !== KIND_RAW) structured++
  const signatures = tail.take(64 * structured)
  const integers = new Map<string, IntegerReader>()
  for (const name of columnNames)
    if (isPackable(name))
      integers.set(name, new IntegerReader(columns.get(name)!, (length) => tail.take(length)))
  const c = (name: string): ColumnReader => columns.get(name)!
  const ints = (name: string): IntegerReader => integers.get(name)!

  const labels = readLabels(c, limits)
  const transactions = readTransactions({ kinds, signatures, c, ints, tail, limits })
  const blocks: BatchBlock[] = []
  let at = 0
  while (!c('timestampDeltas').done) {
    if (blocks.length === limits.blocks) throw new Malformed(`expected at most ${limits.blocks} blocks`)
    const timestampDelta = c('timestampDeltas').leb32()
    const depositCount = c('depositCounts').leb32()
    const count = c('transactionCounts').leb32()
    if (count > transactions.length - at)
      throw new Malformed('blocks announce more transactions than there are')
    blocks.push({ timestampDelta, depositCount, transactions: transactions.slice(at, at + count) })
    at += count
  }
  if (at !== transactions.length) throw new Malformed(`${transactions.length - at} transactions in no block`)
  for (const name of columnNames) (integers.get(name) ?? c(name)).finish()
  tail.finish()
  return { blocks, labels }
}

function readLabels(c: (name: string) => ColumnReader, limits: CodecLimits): DepositLabel[] {
  const labels: DepositLabel[] = []
  let hash: DepositLabel['l1BlockHash'] | undefined
  while (!c('labels').done) {
    if (labels.length === limits.labels) throw new Malformed(`expected at most ${limits.labels} labels`)
    const label = c('labels').leb32()
    if (label & 1) hash = bytesToHex(c('labelHashes').take(32))
    if (hash === undefined) throw new Malformed('the first label has no block hash')
    labels.push({ l1BlockHash: hash, logIndex: label >>> 1 })
  }
  return labels
}

/** Follows references into a dictionary: 0 reads a new entry, k is the k-th. */
function dictionary<T>(refs: IntegerReader, read: () => T): () => T {
  const entries: T[] = []
  return () => {
    const ref = refs.leb32()
    if (ref > entries.length) throw new Malformed(`column ${refs.name} refers to what was not there yet`)
    if (ref > 0) return entries[ref - 1]!
    const entry = read()
    entries.push(entry)
    return entry
  }
}

function number(
  refs: IntegerReader,
  exponents: ColumnReader,
  mantissas: IntegerReader,
  bytes: 8 | 32,
): () => Uint8Array {
  return dictionary(refs, () => {
    const exponent = exponents.byte()
    if (exponent > MAX_EXPONENT)
      throw new Malformed(`column ${exponents.name} has an exponent of ${exponent}`)
    const value = mantissas.leb(256) * POWERS[exponent]!
    if (value >> BigInt(8 * bytes) !== 0n)
      throw new Malformed(`column ${mantissas.name} has a number above ${bytes} bytes`)
    return uintToBytes(value)
  })
}

interface Source {
  kinds: Uint8Array
  /** 64 bytes for each kind that is not raw */
  signatures: Uint8Array
  c: (name: string) => ColumnReader
  ints: (name: string) => IntegerReader
  tail: ColumnReader
  limits: CodecLimits
}

/** Readers of what the kinds of transactions share, each over its columns and the dictionaries that both sides build as they go. */
interface FieldReaders {
  /** Counts bytes that are about to be allocated: references and zero words make much out of little. */
  spend(bytes: number): void
  /** Follows a reference into the one dictionary of addresses. */
  address(refs: IntegerReader): Uint8Array
  /** Reads a word of calldata into `out`; `place` chooses its group of columns. */
  word(out: Uint8Array, at: number, place: number): void
  field(name: string, bytes: 8 | 32, group?: string): () => Uint8Array
}

function fieldReaders({ c, ints, tail, limits }: Source): FieldReaders {
  const field: FieldReaders['field'] = (name, bytes, group = '') =>
    number(
      ints(`${name}Refs${group}`),
      c(`${name}Exponents${group}`),
      ints(`${name}Mantissas${group}`),
      bytes,
    )
  const wordNumbers = Array.from({ length: WORD_GROUPS }, (_, i) => field('word', 32, `${i}`))
  const wordAddressRefs = Array.from({ length: WORD_GROUPS }, (_, i) => ints(`wordAddressRefs${i}`))
  const [wordTags, wordBytes] = [c('wordTags'), c('wordBytes')]
  const addresses: Uint8Array[] = []
  const address = (refs: IntegerReader): Uint8Array => {
    const ref = refs.leb32()
    if (ref > addresses.length) throw new Malformed(`column ${refs.name} refers to what was not there yet`)
    if (ref > 0) return addresses[ref - 1]!
    const entry = tail.take(20)
    addresses.push(entry)
    return entry
  }
  const word = (out: Uint8Array, at: number, place: number): void => {
    const tag = wordTags.byte()
    if (tag === 0) return
    if (tag === TAG_ADDRESS) return out.set(address(wordAddressRefs[place % WORD_GROUPS]!), at + 12)
    if (tag === TAG_NUMBER) {
      const bytes = wordNumbers[place % WORD_GROUPS]!()
      return out.set(bytes, at + 32 - bytes.length)
    }
    if (tag > TAG_NUMBER) throw new Malformed(`expected a tag of at most ${TAG_NUMBER}, got ${tag}`)
    if (tag > TAG_HIGH) return out.set(wordBytes.take(tag - TAG_HIGH), at)
    out.set(wordBytes.take(tag), at + 32 - tag)
  }
  let budget = limits.transactionBytes
  const spend = (bytes: number): void => {
    budget -= bytes
    if (budget < 0) throw new Malformed(`expected at most ${limits.transactionBytes} bytes of transactions`)
  }
  return { spend, address, word, field }
}

function readAccessList(
  column: ColumnReader,
  addressRefs: IntegerReader,
  { spend, address, word }: FieldReaders,
): RlpItem[] {
  const length = column.leb32()
  if (length === 0) throw new Malformed('an access list that is announced is empty')
  const list: RlpItem[] = []
  for (let i = 0; i < length; i++) {
    spend(20)
    const item = address(addressRefs)
    const count = column.leb32()
    const keys: Uint8Array[] = []
    for (let k = 0; k < count; k++) {
      spend(32)
      const key = new Uint8Array(32)
      word(key, 0, 0)
      keys.push(key)
    }
    list.push([item, keys])
  }
  return list
}

function readAuthorizations(
  column: ColumnReader,
  signatures: ColumnReader,
  addressRefs: IntegerReader,
  { spend, address }: FieldReaders,
): RlpItem[] {
  const list: RlpItem[] = []
  for (let left = column.leb32(); left > 0; left--) {
    spend(20)
    const chain = uintToBytes(column.leb(256))
    const target = address(addressRefs)
    const next = uintToBytes(column.leb(64))
    const parity = column.leb32()
    if (parity > 255) throw new Malformed(`expected a parity of one byte, got ${parity}`)
    const r = withoutZeros(signatures.take(32))
    const s = withoutZeros(signatures.take(32))
    list.push([chain, target, next, uintToBytes(BigInt(parity)), r, s])
  }
  return list
}

function readTransactions(source: Source): Uint8Array[] {
  const { kinds, signatures, c, ints } = source
  const readers = fieldReaders(source)
  const structured = signatures.length / 64
  const nonce =
    structured > 0 ? nonceReader(c('nonceMode').byte(), ints('nonces'), ints('nonceStarts')) : () => EMPTY
  const chainId = structured > 0 ? c('chainId').leb(64) : 0n
  const chainIdBytes = uintToBytes(chainId)
  const legacyV = [uintToBytes(2n * chainId + 35n), uintToBytes(2n * chainId + 36n)]
  const typedV = [EMPTY, Uint8Array.of(1)]
  const gasLimit = readers.field('gasLimit', 8)
  const fee = readers.field('fee', 32)
  const priority = readers.field('priority', 32)
  const value = readers.field('value', 32)
  const calldata = calldataReader(source, readers)
  const [toRefs, listAddressRefs] = [ints('toRefs'), ints('listAddressRefs')]
  const [accessLists, authorizations] = [c('accessLists'), c('authorizations')]
  const authorizationSignatures = c('authorizationSignatures')
  const [rawLengths, raws] = [c('rawLengths'), c('raw')]

  const out: Uint8Array[] = []
  let signature = 0
  for (const kind of kinds) {
    if (kind === KIND_RAW) {
      const length = rawLengths.leb32()
      readers.spend(length)
      out.push(raws.take(length).slice())
      continue
    }
    const type = kind & 7
    const create = (kind & KIND_CREATE) !== 0
    const listed = (kind & KIND_ACCESS_LIST) !== 0
    if (kind > 31 || type === 3 || type > 4 || (type === 4 && create) || (type === 0 && listed))
      throw new Malformed(`no kind of transaction: ${kind}`)
    const nonceBytes = nonce()
    const gas = gasLimit()
    const base = fee()
    const fees = type === 2 || type === 4 ? withPriority(priority(), base) : [base]
    const amount = value()
    const to = create ? EMPTY : readers.address(toRefs)
    const data = calldata()
    const list = listed ? readAccessList(accessLists, listAddressRefs, readers) : []
    const extra: RlpItem[] = type === 0 ? [] : [list]
    if (type === 4)
      extra.push(readAuthorizations(authorizations, authorizationSignatures, listAddressRefs, readers))
    const r = withoutZeros(signatures.subarray(signature, signature + 32))
    const s = signatures.slice(signature + 32, signature + 64)
    signature += 64
    const parity = s[0]! >> 7
    s[0]! &= 127
    const v = (type === 0 ? legacyV : typedV)[parity]!
    const chain = type === 0 ? [] : [chainIdBytes]
    const fields = [...chain, nonceBytes, ...fees, gas, to, amount, data, ...extra, v, r, withoutZeros(s)]
    out.push(envelope(type, rlpEncode(fields)))
  }
  return out
}

/** Reads calldata: its selector and its words from their columns, what is left as it is. */
function calldataReader({ c, ints }: Source, { spend, word }: FieldReaders): () => Uint8Array {
  const selector = dictionary(ints('selectorRefs'), () => c('selectors').take(4))
  const [dataLengths, rest] = [c('dataLengths'), c('rest')]
  return () => {
    const length = dataLengths.leb32()
    spend(length)
    const data = new Uint8Array(length)
    let at = 0
    if (length >= 4) {
      data.set(selector())
      for (at = 4; at + 32 <= length; at += 32) word(data, at, (at - 4) / 32)
    }
    data.set(rest.take(length - at), at)
    return data
  }
}

/** EIP-2718; legacy transactions have none. */
function envelope(type: number, body: Uint8Array): Uint8Array {
  if (type === 0) return body
  const raw = new Uint8Array(1 + body.length)
  raw[0] = type
  raw.set(body, 1)
  return raw
}

function nonceReader(mode: number, nonces: IntegerReader, starts: IntegerReader): () => Uint8Array {
  if (mode === NONCES_PLAIN) return () => uintToBytes(nonces.leb(64))
  if (mode !== NONCES_GROUPED) throw new Malformed(`no mode of nonces: ${mode}`)
  const next: bigint[] = []
  return () => {
    const ref = nonces.leb32()
    if (ref > next.length) throw new Malformed('column nonces refers to what was not there yet')
    const nonce = ref === 0 ? starts.leb(64) : next[ref - 1]!
    if (nonce >> 64n !== 0n) throw new Malformed('column nonces has a number above 64 bits')
    next[ref === 0 ? next.length : ref - 1] = nonce + 1n
    return uintToBytes(nonce)
  }
}

/** Both fees of EIP-1559 from the priority fee and what the fee cap is above it. */
function withPriority(priority: Uint8Array, above: Uint8Array): [Uint8Array, Uint8Array] {
  const cap = bytesToUint(priority) + bytesToUint(above)
  if (cap >> 256n !== 0n) throw new Malformed('a fee cap above 256 bits')
  return [priority, uintToBytes(cap)]
}

function withoutZeros(bytes: Uint8Array): Uint8Array {
  let at = 0
  while (at < bytes.length && bytes[at] === 0) at++
  return bytes.subarray(at)
}
