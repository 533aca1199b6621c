import type { Address, Hash, Hex } from '@animechain/core'
import {
  messageHash,
  signerOf,
  type Receipt,
  type Signed,
  type VaultDomain,
} from '@animechain/vault-protocol'
import type { Finding, FindingKind } from './types.js'

/** Seconds by which a node's clock may be put right. */
const CLOCK_SECONDS = 5n

/** What is said against a receipt. */
export type Say = (kind: FindingKind, detail: string, more?: { sequence?: bigint; count?: bigint }) => void

/** Follows the receipts of one node for one project: signatures, sequence, the chain of hashes, time that runs forwards. */
export interface ReceiptChain {
  /** Takes the next receipt. Gives its hash. */
  take(receipt: Signed<Receipt>): Promise<Hash>
  /** Whether the node has shown a receipt with this hash. */
  has(hash: Hash): boolean
  /** Hashes of the receipts with this sequence number that it has shown. */
  at(sequence: bigint): readonly Hash[]
  /** Sequence after the newest, and the timestamp of the newest. */
  newest(): { next: bigint; timestamp: bigint }
  /** Says what is missing up to `next`. */
  end(next: bigint): void
}

/** @param report told what is wrong, with the sequence number and hash of the receipt */
export function receiptChain(options: {
  domain: VaultDomain
  project: Hash
  node: Address
  from: bigint
  report: (finding: Omit<Finding, 'node'>) => void
}): ReceiptChain {
  const { domain, project, node, from, report } = options
  const hashes = new Map<bigint, Hash[]>()
  const shown = new Set<Hash>()
  let next = from
  let timestamp = 0n

  const gap = (to: bigint) => {
    if (to > next)
      report({
        kind: 'dropped',
        sequence: next,
        count: to - next,
        detail: `expected sequence ${next}, got ${to}: ${to - next} receipts are not shown`,
      })
  }
  const double = (sequence: bigint, hash: Hash, known: readonly Hash[]) =>
    report({
      kind: 'doubled',
      sequence,
      count: 1n,
      receipt: hash,
      detail: known.includes(hash)
        ? `sequence ${sequence} is shown twice`
        : `sequence ${sequence} has two receipts: ${known.join(', ') || 'one that came before'} and ${hash}`,
    })

  const order = (message: Receipt, hash: Hash) => {
    const { sequence, previous } = message
    const say = (kind: FindingKind, detail: string) =>
      report({ kind, sequence, count: 1n, receipt: hash, detail })
    const known = hashes.get(sequence) ?? []
    if (sequence < next) double(sequence, hash, known)
    else gap(sequence)
    const before = hashes.get(sequence - 1n)
    if (sequence === 0n && BigInt(previous) !== 0n)
      say('brokenChain', `the first receipt names ${previous} as the one before, expected zero`)
    else if (before && !before.includes(previous))
      say('brokenChain', `the receipt names ${previous} as the one before, which is ${before.join(' or ')}`)
    if (sequence >= next && message.timestamp + CLOCK_SECONDS < timestamp)
      say('backwards', `time ${message.timestamp} comes after time ${timestamp}`)
    hashes.set(sequence, [...known, hash])
    shown.add(hash)
    if (sequence < next) return
    next = sequence + 1n
    timestamp = message.timestamp
  }

  return {
    async take(receipt) {
      const hash = messageHash(domain, 'Receipt', receipt.message)
      const signer = await signerOf(domain, 'Receipt', receipt)
      const { sequence } = receipt.message
      const isOwn = same(receipt.message.node, node) && same(receipt.message.project, project)
      if (!signer || !same(signer, node) || !isOwn)
        report({
          kind: 'badSignature',
          sequence,
          count: 1n,
          receipt: hash,
          detail: `expected a receipt of ${node} for this project, got one of ${receipt.message.node} for ${receipt.message.project}, signed by ${signer ?? 'nobody'}`,
        })
      order(receipt.message, hash)
      return hash
    },
    has: (hash) => shown.has(hash),
    at: (sequence) => hashes.get(sequence) ?? [],
    newest: () => ({ next, timestamp }),
    end: gap,
  }
}

const same = (a: Hex, b: Hex): boolean => a.toLowerCase() === b.toLowerCase()
