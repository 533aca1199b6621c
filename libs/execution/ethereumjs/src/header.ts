import {
  bytesToHex,
  emptyRootHash,
  hexToBytes,
  type Header,
  type Hash,
  type Hex,
  type Log,
  type Receipt,
  type SealedHeader,
  type Withdrawal,
} from '@animechain/core'
import { encodeHeader, rlpEncode, uintToBytes, type RlpItem } from '@animechain/tx'
import { keccak } from './keccak.js'

/** A header with its hash. */
export function sealHeader(header: Header): SealedHeader {
  return { ...header, hash: bytesToHex(keccak(encodeHeader(header))) }
}

/** The 2048-bit filter of logs (yellow paper 4.3.1). */
export function logsBloom(logs: readonly Log[]): Hex {
  const bloom = new Uint8Array(256)
  for (const log of logs) {
    addToBloom(bloom, log.address)
    for (const topic of log.topics) addToBloom(bloom, topic)
  }
  return bytesToHex(bloom)
}

function addToBloom(bloom: Uint8Array, item: Hex): void {
  const hash = keccak(hexToBytes(item))
  for (const at of [0, 2, 4]) {
    const bit = ((hash[at]! & 7) << 8) | hash[at + 1]!
    bloom[255 - (bit >> 3)]! |= 1 << (bit & 7)
  }
}

/** A receipt as it is hashed: `type ‖ rlp([status, cumulativeGasUsed, logsBloom, logs])` (EIP-2718). */
export function encodeReceipt(receipt: Receipt): Uint8Array {
  const payload = rlpEncode([
    receipt.status === 1 ? Uint8Array.of(1) : new Uint8Array(0),
    uintToBytes(receipt.cumulativeGasUsed),
    hexToBytes(receipt.logsBloom),
    receipt.logs.map((log) => [hexToBytes(log.address), log.topics.map(hexToBytes), hexToBytes(log.data)]),
  ])
  if (receipt.type === 0) return payload
  const out = new Uint8Array(1 + payload.length)
  out[0] = receipt.type
  out.set(payload, 1)
  return out
}

/** A withdrawal as it is hashed (EIP-4895). */
export function encodeWithdrawal(withdrawal: Withdrawal): Uint8Array {
  return rlpEncode([
    uintToBytes(withdrawal.index),
    uintToBytes(withdrawal.validatorIndex),
    hexToBytes(withdrawal.address),
    uintToBytes(withdrawal.amount),
  ])
}

/** Root of the trie that maps `rlp(index)` to each item (transactions, receipts, withdrawals). Nothing is stored. */
export function listRoot(items: readonly Uint8Array[]): Hash {
  if (items.length === 0) return emptyRootHash
  const entries = items.map((value, index) => ({
    path: nibbles(rlpEncode(uintToBytes(BigInt(index)))),
    value,
  }))
  entries.sort((a, b) => comparePaths(a.path, b.path))
  return bytesToHex(keccak(rlpEncode(buildNode(entries, 0))))
}

interface Entry {
  path: readonly number[]
  value: Uint8Array
}

function nibbles(bytes: Uint8Array): number[] {
  const out: number[] = []
  for (const byte of bytes) out.push(byte >> 4, byte & 15)
  return out
}

function comparePaths(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return a[i]! - b[i]!
  return a.length - b.length
}

/** Entries are sorted and share their path up to `depth`. No key is a prefix of another: RLP is prefix-free. */
function buildNode(entries: readonly Entry[], depth: number): RlpItem {
  const first = entries[0]!
  if (entries.length === 1) return [compactPath(first.path.slice(depth), true), first.value]
  const last = entries[entries.length - 1]!
  let shared = depth
  while (first.path[shared] === last.path[shared]) shared++
  if (shared > depth)
    return [compactPath(first.path.slice(depth, shared), false), reference(buildNode(entries, shared))]
  const branch: RlpItem[] = Array.from({ length: 17 }, () => new Uint8Array(0))
  for (let start = 0; start < entries.length;) {
    const index = entries[start]!.path[depth]!
    let end = start + 1
    while (end < entries.length && entries[end]!.path[depth] === index) end++
    branch[index] = reference(buildNode(entries.slice(start, end), depth + 1))
    start = end
  }
  return branch
}

function reference(node: RlpItem): RlpItem {
  const encoded = rlpEncode(node)
  return encoded.length < 32 ? node : keccak(encoded)
}

/** Hex-prefix encoding (yellow paper, appendix C). */
function compactPath(path: readonly number[], isLeaf: boolean): Uint8Array {
  const odd = path.length & 1
  const out = new Uint8Array((path.length >> 1) + 1)
  out[0] = (isLeaf ? 0x20 : 0) | (odd ? 0x10 | path[0]! : 0)
  for (let i = odd; i < path.length; i += 2) out[((i - odd) >> 1) + 1] = (path[i]! << 4) | path[i + 1]!
  return out
}
