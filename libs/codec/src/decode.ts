import { bytesToHex, type BatchBlock, type BatchBody, type DepositLabel } from '@animechain/core'
import { rlpEncode, uintToBytes, type RlpItem } from '@animechain/tx'
import { ColumnReader, Malformed } from './column.js'
import {
  columnNames,
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
  type ColumnName,
} from './layout.js'
import type { CodecLimits } from './limits.js'
import { readColumns } from './messagePack.js'
import { decompress } from './zstd.js'

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
  const c = Object.fromEntries(
    columnNames.map((name, i) => [name, new ColumnReader(name, found[i]!)]),
  ) as Record<ColumnName, ColumnReader>

  if (c.kinds.bytes.length > limits.transactions)
    throw new Malformed(`expected at most ${limits.transactions} transactions, got ${c.kinds.bytes.length}`)
  const labels = readLabels(c, limits)
  const transactions = readTransactions(c, tail, limits)
  const blocks: BatchBlock[] = []
  let at = 0
  while (!c.timestampDeltas.done) {
    if (blocks.length === limits.blocks) throw new Malformed(`expected at most ${limits.blocks} blocks`)
    const timestampDelta = c.timestampDeltas.leb32()
    const depositCount = c.depositCounts.leb32()
    const count = c.transactionCounts.leb32()
    if (count > transactions.length - at)
      throw new Malformed('blocks announce more transactions than there are')
    blocks.push({ timestampDelta, depositCount, transactions: transactions.slice(at, at + count) })
    at += count
  }
  if (at !== transactions.length) throw new Malformed(`${transactions.length - at} transactions in no block`)
  for (const name of columnNames) c[name].finish()
  tail.finish()
  return { blocks, labels }
}

function readLabels(c: Record<ColumnName, ColumnReader>, limits: CodecLimits): DepositLabel[] {
  const labels: DepositLabel[] = []
  let hash: DepositLabel['l1BlockHash'] | undefined
  while (!c.labels.done) {
    if (labels.length === limits.labels) throw new Malformed(`expected at most ${limits.labels} labels`)
    const label = c.labels.leb32()
    if (label & 1) hash = bytesToHex(c.labelHashes.take(32))
    if (hash === undefined) throw new Malformed('the first label has no block hash')
    labels.push({ l1BlockHash: hash, logIndex: label >>> 1 })
  }
  return labels
}

/** Follows references into a dictionary: 0 reads a new entry, k is the k-th. */
function dictionary<T>(refs: ColumnReader, read: () => T): () => T {
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
  refs: ColumnReader,
  exponents: ColumnReader,
  mantissas: ColumnReader,
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

function readTransactions(
  c: Record<ColumnName, ColumnReader>,
  tail: ColumnReader,
  limits: CodecLimits,
): Uint8Array[] {
  const kinds = c.kinds.take(c.kinds.bytes.length)
  let structured = 0
  for (const kind of kinds) if (kind !== KIND_RAW) structured++
  const signatures = tail.take(64 * structured)
  const nonce = structured > 0 ? nonceReader(c) : () => EMPTY
  const chainId = structured > 0 ? c.chainId.leb(64) : 0n
  const chainIdBytes = uintToBytes(chainId)
  const legacyV = [uintToBytes(2n * chainId + 35n), uintToBytes(2n * chainId + 36n)]
  const typedV = [EMPTY, Uint8Array.of(1)]
  const gasLimit = number(c.gasLimitRefs, c.gasLimitExponents, c.gasLimitMantissas, 8)
  const fee = number(c.feeRefs, c.feeExponents, c.feeMantissas, 32)
  const priority = number(c.priorityRefs, c.priorityExponents, c.priorityMantissas, 32)
  const value = number(c.valueRefs, c.valueExponents, c.valueMantissas, 32)
  const wordNumber = number(c.wordRefs, c.wordExponents, c.wordMantissas, 32)
  const selector = dictionary(c.selectorRefs, () => c.selectors.take(4))
  const addresses: Uint8Array[] = []
  const address = (refs: ColumnReader): Uint8Array => {
    const ref = refs.leb32()
    if (ref > addresses.length) throw new Malformed(`column ${refs.name} refers to what was not there yet`)
    if (ref > 0) return addresses[ref - 1]!
    const entry = tail.take(20)
    addresses.push(entry)
    return entry
  }
  const word = (out: Uint8Array, at: number): void => {
    const tag = c.wordTags.byte()
    if (tag === 0) return
    if (tag === TAG_ADDRESS) return out.set(address(c.wordAddressRefs), at + 12)
    if (tag === TAG_NUMBER) {
      const bytes = wordNumber()
      return out.set(bytes, at + 32 - bytes.length)
    }
    if (tag > TAG_NUMBER) throw new Malformed(`expected a tag of at most ${TAG_NUMBER}, got ${tag}`)
    if (tag > TAG_HIGH) return out.set(c.wordBytes.take(tag - TAG_HIGH), at)
    out.set(c.wordBytes.take(tag), at + 32 - tag)
  }

  // Counted before each allocation: references and zero words make much out of little.
  let budget = limits.transactionBytes
  const spend = (bytes: number): void => {
    budget -= bytes
    if (budget < 0) throw new Malformed(`expected at most ${limits.transactionBytes} bytes of transactions`)
  }
  const accessList = (): RlpItem[] => {
    const length = c.accessLists.leb32()
    if (length === 0) throw new Malformed('an access list that is announced is empty')
    const list: RlpItem[] = []
    for (let i = 0; i < length; i++) {
      spend(20)
      const item = address(c.listAddressRefs)
      const count = c.accessLists.leb32()
      const keys: Uint8Array[] = []
      for (let k = 0; k < count; k++) {
        spend(32)
        const key = new Uint8Array(32)
        word(key, 0)
        keys.push(key)
      }
      list.push([item, keys])
    }
    return list
  }
  const authorizations = (): RlpItem[] => {
    const list: RlpItem[] = []
    for (let left = c.authorizations.leb32(); left > 0; left--) {
      spend(20)
      const chain = uintToBytes(c.authorizations.leb(256))
      const target = address(c.listAddressRefs)
      const next = uintToBytes(c.authorizations.leb(64))
      const parity = c.authorizations.leb32()
      if (parity > 255) throw new Malformed(`expected a parity of one byte, got ${parity}`)
      const r = withoutZeros(c.authorizationSignatures.take(32))
      const s = withoutZeros(c.authorizationSignatures.take(32))
      list.push([chain, target, next, uintToBytes(BigInt(parity)), r, s])
    }
    return list
  }

  const out: Uint8Array[] = []
  let signature = 0
  for (const kind of kinds) {
    if (kind === KIND_RAW) {
      const length = c.rawLengths.leb32()
      spend(length)
      out.push(c.raw.take(length).slice())
      continue
    }
    const type = kind & 7
    const create = (kind & KIND_CREATE) !== 0
    const listed = (kind & KIND_ACCESS_LIST) !== 0
    if (kind > 31 || type === 3 || type > 4 || (type === 4 && create) || (type === 0 && listed))
      throw new Malformed(`no kind of transaction: ${kind}`)
    const nonceBytes = nonce()
    const gas = gasLimit()
    const max = fee()
    const fees = type === 2 || type === 4 ? [priority(), max] : [max]
    const amount = value()
    const to = create ? EMPTY : address(c.toRefs)
    const length = c.dataLengths.leb32()
    spend(length)
    const data = new Uint8Array(length)
    let at = 0
    if (length >= 4) {
      data.set(selector())
      for (at = 4; at + 32 <= length; at += 32) word(data, at)
    }
    data.set(c.rest.take(length - at), at)
    const list = listed ? accessList() : []
    const extra: RlpItem[] = type === 0 ? [] : type === 4 ? [list, authorizations()] : [list]
    const r = withoutZeros(signatures.subarray(signature, signature + 32))
    const s = signatures.slice(signature + 32, signature + 64)
    signature += 64
    const parity = s[0]! >> 7
    s[0]! &= 127
    const fields: RlpItem[] = [
      ...(type === 0 ? [] : [chainIdBytes]),
      nonceBytes,
      ...fees,
      gas,
      to,
      amount,
      data,
      ...extra,
      (type === 0 ? legacyV : typedV)[parity]!,
      r,
      withoutZeros(s),
    ]
    const body = rlpEncode(fields)
    if (type === 0) out.push(body)
    else {
      const raw = new Uint8Array(1 + body.length)
      raw[0] = type
      raw.set(body, 1)
      out.push(raw)
    }
  }
  return out
}

function nonceReader(c: Record<ColumnName, ColumnReader>): () => Uint8Array {
  const mode = c.nonces.byte()
  if (mode === NONCES_PLAIN) return () => uintToBytes(c.nonces.leb(64))
  if (mode !== NONCES_GROUPED) throw new Malformed(`no mode of nonces: ${mode}`)
  const next: bigint[] = []
  return () => {
    const ref = c.nonces.leb32()
    if (ref > next.length) throw new Malformed('column nonces refers to what was not there yet')
    const nonce = ref === 0 ? c.nonceStarts.leb(64) : next[ref - 1]!
    if (nonce >> 64n !== 0n) throw new Malformed('column nonces has a number above 64 bits')
    next[ref === 0 ? next.length : ref - 1] = nonce + 1n
    return uintToBytes(nonce)
  }
}

function withoutZeros(bytes: Uint8Array): Uint8Array {
  let at = 0
  while (at < bytes.length && bytes[at] === 0) at++
  return bytes.subarray(at)
}
