import { BaseError, bytesToHex, concatBytes, hexToBytes, type BatchBody } from '@animechain/core'
import {
  bytesToUint,
  decodeTransaction,
  type AccessList,
  type AccessListTransaction,
  type FeeMarketTransaction,
  type LegacyTransaction,
  type SetCodeTransaction,
} from '@animechain/tx'
import { Packr } from 'msgpackr'
import { ColumnWriter } from './column.js'
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
import { zstd } from './zstd.js'

/** Level 3: higher ones run out of memory in this build and gain next to nothing on columns. */
const LEVEL = 3

const packr = new Packr({ useRecords: false, variableMapSize: true })

type Structured = LegacyTransaction | AccessListTransaction | FeeMarketTransaction | SetCodeTransaction

/** Writes references into a dictionary that both sides build as they go: 0 is a value seen first, k the k-th seen. */
function dictionary<K>(refs: ColumnWriter, write: (key: K) => void): (key: K) => void {
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
  const compressor = await zstd()
  const columns = Object.fromEntries(columnNames.map((name) => [name, new ColumnWriter()])) as Record<
    ColumnName,
    ColumnWriter
  >
  const c = columns
  const signatures = new ColumnWriter()
  const addresses = new ColumnWriter()

  if (body.blocks.length > limits.blocks) throw tooLarge('blocks', limits.blocks, body.blocks.length)
  if (body.labels.length > limits.labels) throw tooLarge('labels', limits.labels, body.labels.length)

  const raws: Uint8Array[] = []
  for (const block of body.blocks) {
    c.timestampDeltas.leb(block.timestampDelta)
    c.depositCounts.leb(block.depositCount)
    c.transactionCounts.leb(block.transactions.length)
    for (const raw of block.transactions) raws.push(raw)
  }
  if (raws.length > limits.transactions) throw tooLarge('transactions', limits.transactions, raws.length)
  const total = raws.reduce((sum, raw) => sum + raw.length, 0)
  if (total > limits.transactionBytes) throw tooLarge('bytes of transactions', limits.transactionBytes, total)

  let lastHash: string | undefined
  for (const { l1BlockHash, logIndex } of body.labels) {
    const fresh = l1BlockHash.toLowerCase() !== lastHash
    if (fresh) {
      lastHash = l1BlockHash.toLowerCase()
      c.labelHashes.put(hexToBytes(l1BlockHash))
    }
    // An index that fits no 31 bits cannot come from L1; it would only cost this label, so it is cut.
    c.labels.leb((logIndex % 2 ** 31) * 2 + (fresh ? 1 : 0))
  }

  const addressIds = new Map<string, number>()
  const address = (refs: ColumnWriter, hex: string): void => {
    const place = addressIds.get(hex)
    refs.leb(place ?? 0)
    if (place !== undefined) return
    addressIds.set(hex, addressIds.size + 1)
    addresses.put(hexToBytes(hex))
  }
  const number = (refs: ColumnWriter, exponents: ColumnWriter, mantissas: ColumnWriter) =>
    dictionary<bigint>(refs, (value) => {
      let mantissa = value
      let exponent = 0
      while (mantissa !== 0n && exponent < MAX_EXPONENT && mantissa % 10n === 0n) {
        mantissa /= 10n
        exponent++
      }
      exponents.byte(exponent)
      mantissas.leb(mantissa)
    })
  const gasLimit = number(c.gasLimitRefs, c.gasLimitExponents, c.gasLimitMantissas)
  const fee = number(c.feeRefs, c.feeExponents, c.feeMantissas)
  const priority = number(c.priorityRefs, c.priorityExponents, c.priorityMantissas)
  const value = number(c.valueRefs, c.valueExponents, c.valueMantissas)
  const wordNumber = number(c.wordRefs, c.wordExponents, c.wordMantissas)
  const selector = dictionary<string>(c.selectorRefs, (hex) => c.selectors.put(hexToBytes(hex)))

  const word = (bytes: Uint8Array): void => {
    let leading = 0
    while (leading < 32 && bytes[leading] === 0) leading++
    if (leading === 32) return c.wordTags.byte(0)
    const low = 32 - leading
    if (low >= 18 && low <= 20) {
      c.wordTags.byte(TAG_ADDRESS)
      return address(c.wordAddressRefs, bytesToHex(bytes.subarray(12)))
    }
    if (low >= 3 && low < 18) {
      c.wordTags.byte(TAG_NUMBER)
      return wordNumber(bytesToUint(bytes.subarray(leading)))
    }
    let high = 32
    while (bytes[high - 1] === 0) high--
    if (high < low) {
      c.wordTags.byte(TAG_HIGH + high)
      return c.wordBytes.put(bytes.subarray(0, high))
    }
    c.wordTags.byte(low)
    c.wordBytes.put(bytes.subarray(leading))
  }

  const accessList = (list: AccessList): void => {
    c.accessLists.leb(list.length)
    for (const item of list) {
      address(c.listAddressRefs, item.address)
      c.accessLists.leb(item.storageKeys.length)
      for (const key of item.storageKeys) word(hexToBytes(key))
    }
  }

  let chainId: bigint | undefined
  const structured = (raw: Uint8Array): Structured | undefined => {
    let tx
    try {
      tx = decodeTransaction(raw)
    } catch {
      return undefined
    }
    if (tx.type === 3 || tx.type === 0x7e || tx.chainId === undefined) return undefined
    chainId ??= tx.chainId < 2n ** 64n ? tx.chainId : undefined
    // The top bit of s carries the parity; EIP-2 leaves it zero.
    if (tx.chainId !== chainId || tx.s >> 255n !== 0n) return undefined
    return tx
  }

  const nonces: bigint[] = []
  for (const raw of raws) {
    const tx = structured(raw)
    if (!tx) {
      c.kinds.byte(KIND_RAW)
      c.rawLengths.leb(raw.length)
      c.raw.put(raw)
      continue
    }
    const list = tx.type === 0 ? [] : tx.accessList
    c.kinds.byte(tx.type | (tx.to === undefined ? KIND_CREATE : 0) | (list.length > 0 ? KIND_ACCESS_LIST : 0))
    nonces.push(tx.nonce)
    gasLimit(tx.gasLimit)
    if (tx.type === 2 || tx.type === 4) {
      fee(tx.maxFeePerGas)
      priority(tx.maxPriorityFeePerGas)
    } else fee(tx.gasPrice)
    value(tx.value)
    if (tx.to !== undefined) address(c.toRefs, tx.to)
    const { data } = tx
    c.dataLengths.leb(data.length)
    let at = 0
    if (data.length >= 4) {
      selector(bytesToHex(data.subarray(0, 4)))
      for (at = 4; at + 32 <= data.length; at += 32) word(data.subarray(at, at + 32))
    }
    c.rest.put(data.subarray(at))
    if (list.length > 0) accessList(list)
    if (tx.type === 4) {
      c.authorizations.leb(tx.authorizationList.length)
      for (const a of tx.authorizationList) {
        c.authorizations.leb(a.chainId)
        address(c.listAddressRefs, a.address)
        c.authorizations.leb(a.nonce)
        c.authorizations.leb(a.yParity)
        c.authorizationSignatures.put(word32(a.r))
        c.authorizationSignatures.put(word32(a.s))
      }
    }
    const s = word32(tx.s)
    const parity = tx.type === 0 ? Number((tx.v - 35n) & 1n) : tx.yParity
    s[0]! |= parity << 7
    signatures.put(word32(tx.r))
    signatures.put(s)
  }
  if (nonces.length > 0) {
    c.chainId.leb(chainId!)
    const size = (bytes: Uint8Array) => compressor.compress(bytes, LEVEL)?.length ?? bytes.length
    const plain = new ColumnWriter()
    plain.byte(NONCES_PLAIN)
    for (const nonce of nonces) plain.leb(nonce)
    const { refs, starts } = groupNonces(nonces)
    const plainBytes = plain.take()
    if (size(plainBytes) <= size(concatBytes(refs, starts))) c.nonces.put(plainBytes)
    else {
      c.nonces.put(refs)
      c.nonceStarts.put(starts)
    }
  }

  const content = packr.pack(columnNames.map((name) => Buffer.from(columns[name].take())))
  if (content.length > limits.decompressedBytes)
    throw tooLarge('bytes before compression', limits.decompressedBytes, content.length)
  const frame = compressor.compress(content, LEVEL)
  if (!frame) throw new BaseError('zstd could not compress the batch.', { code: 'CODEC_COMPRESSION_FAILED' })
  const head = new Uint8Array(5)
  head[0] = VERSION
  new DataView(head.buffer).setUint32(1, frame.length)
  const out = concatBytes(head, frame, signatures.take(), addresses.take())
  if (out.length > limits.compressedBytes) throw tooLarge('bytes', limits.compressedBytes, out.length)
  return out
}

/**
 * Nonces as continuations: senders are not known here, but most nonces are one above an earlier one. Each transaction names the run it
 * continues, preferring the run that came after the last one before, so that senders taking turns give a repeating pattern.
 */
function groupNonces(nonces: readonly bigint[]): { refs: Uint8Array; starts: Uint8Array } {
  const refs = new ColumnWriter()
  const starts = new ColumnWriter()
  refs.byte(NONCES_GROUPED)
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
  return { refs: refs.take(), starts: starts.take() }
}

function word32(value: bigint): Uint8Array {
  return hexToBytes(`0x${value.toString(16).padStart(64, '0')}`)
}
