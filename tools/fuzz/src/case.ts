import type { Address, Genesis, Hardfork, Hash, Hex, Withdrawal } from '@animechain/core'

/** A transaction as an engine gets it. */
export interface CaseTransaction {
  raw: Uint8Array
  /** given to the engine instead of what the signature says; absent: the engine recovers it */
  sender?: Address
}

export interface CaseBlock {
  prevRandao: Hash
  beneficiary: Address
  systemCalls: boolean
  withdrawals?: Withdrawal[]
  transactions: CaseTransaction[]
}

/** A genesis and blocks on it: everything that a run depends on. */
export interface Case {
  fork: Hardfork
  rollup: boolean
  /** number of the genesis; its ancestors are made up. Default 0 */
  number?: bigint
  alloc: Genesis['alloc']
  blocks: CaseBlock[]
}

const big = (_: string, value: unknown) => (typeof value === 'bigint' ? { big: `${value}` } : value)

/** As JSON: numbers that are bigints as `{"big": "1"}`, bytes as hex. */
export function encodeCase(testCase: Case): string {
  const blocks = testCase.blocks.map((block) => ({
    ...block,
    transactions: block.transactions.map(({ raw, sender }) => ({
      raw: `0x${Buffer.from(raw).toString('hex')}` satisfies Hex,
      sender,
    })),
  }))
  return `${JSON.stringify({ ...testCase, blocks }, big, 1)}\n`
}

export function decodeCase(text: string): Case {
  const read = JSON.parse(text, (_, value: unknown) =>
    typeof value === 'object' && value !== null && 'big' in value ? BigInt(String(value.big)) : value,
  ) as Omit<Case, 'blocks'> & {
    blocks: (Omit<CaseBlock, 'transactions'> & { transactions: { raw: Hex; sender?: Address }[] })[]
  }
  const blocks = read.blocks.map((block) => ({
    ...block,
    transactions: block.transactions.map(({ raw, sender }) => ({
      raw: new Uint8Array(Buffer.from(raw.slice(2), 'hex')),
      sender,
    })),
  }))
  return { ...read, blocks }
}
