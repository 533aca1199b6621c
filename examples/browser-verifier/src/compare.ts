import type { ChainBlock } from '@animechain/core'
import type { BlockVerdict } from './messages.js'

/** Of a block in JSON-RPC, what is compared. Everything else is in the hash. */
const FIELDS = [
  'hash',
  'parentHash',
  'stateRoot',
  'transactionsRoot',
  'receiptsRoot',
  'gasUsed',
  'timestamp',
  'miner',
] as const

/** A block derived in this tab beside what a node answers to `eth_getBlockByNumber` without full transactions. Total. */
export function compareBlock(block: ChainBlock, answer: unknown): BlockVerdict {
  const { header, transactions } = block
  const derived: Record<string, string> = {
    ...Object.fromEntries(
      (['hash', 'parentHash', 'stateRoot', 'transactionsRoot', 'receiptsRoot'] as const).map((field) => [
        field,
        header[field],
      ]),
    ),
    gasUsed: `0x${header.gasUsed.toString(16)}`,
    timestamp: `0x${header.timestamp.toString(16)}`,
    miner: header.beneficiary.toLowerCase(),
    transactions: transactions.map(({ hash }) => hash).join(),
  }
  const claimed = claims(answer)
  const differences = Object.entries(derived)
    .filter(([field, value]) => claimed[field] !== value)
    .map(([field, value]) => ({ field, derived: value, claimed: claimed[field] ?? 'nothing' }))
  return {
    number: Number(header.number),
    hash: header.hash,
    transactions: transactions.length,
    gasUsed: Number(header.gasUsed),
    differences,
  }
}

function claims(answer: unknown): Record<string, string | undefined> {
  if (typeof answer !== 'object' || answer === null) return {}
  const fields = answer as Record<string, unknown>
  const text = (value: unknown) => (typeof value === 'string' ? value.toLowerCase() : undefined)
  return {
    ...Object.fromEntries(FIELDS.map((field) => [field, text(fields[field])])),
    transactions: Array.isArray(fields.transactions) ? fields.transactions.map(text).join() : undefined,
  }
}
