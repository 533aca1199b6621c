import {
  concatBytes,
  keccak256,
  outputHistory,
  readBatchBase,
  type Address,
  type AssertionClaim,
  type BatchHeader,
  type DaAttachment,
  type Hash,
  type Hex,
  type Settlement,
} from '@animechain/core'
import { equal } from '../assert.js'

/** A settlement on an L1 of its own that nobody else uses. */
export interface SettlementWorld {
  /** Not started. */
  settlement: Settlement
  /** timestamp of the L2 genesis, seconds */
  genesisTimestamp: bigint
  /** Appends a user deposit on L1 that mints `mint` wei. */
  deposit(mint: bigint, to: Address): Promise<void>
  /** Makes L1's next block come this much later. seconds */
  increaseTime(seconds: number): Promise<void>
  /** seconds */
  challengePeriod: number
  /** Replaces the newest blocks of L1 by empty ones; absent where L1 cannot. */
  reorg?(depth: number): Promise<void>
}

export const recipient: Address = '0x00000000000000000000000000000000000000bb'

/** Data of a batch as the calldata backend would prepare it: every inbox takes DA kind 1. */
export function calldata(text: string): {
  commitment: Uint8Array
  attachment: DaAttachment
  data: Uint8Array
} {
  const data = new TextEncoder().encode(text)
  return {
    data,
    commitment: concatBytes(Uint8Array.of(1), keccak256(data)),
    attachment: { type: 'calldata', evidence: data },
  }
}

/** A header that the inbox takes now. */
export async function nextHeader(
  settlement: Settlement,
  over: Partial<BatchHeader> = {},
): Promise<BatchHeader> {
  const view = await settlement.view()
  const blockCount = over.blockCount ?? 1
  return {
    firstBlock: view.lastBlock + 1n,
    blockCount,
    depositsReadAfter: view.depositCount,
    lastTimestamp: view.lastTimestamp + BigInt(blockCount),
    ...over,
  }
}
/** What a header builds on; what it reads beyond the queue has no accumulator. */
export async function baseOf(settlement: Settlement, { depositsReadAfter }: BatchHeader) {
  const { depositCount } = await settlement.view()
  return readBatchBase(settlement, depositsReadAfter < depositCount ? depositsReadAfter : depositCount)
}
export async function force(settlement: Settlement, body: Uint8Array) {
  return settlement.forceBatch(body, await readBatchBase(settlement, (await settlement.view()).depositCount))
}
export async function append(settlement: Settlement, over: Partial<BatchHeader> = {}, text = 'data') {
  const { commitment, attachment } = calldata(text)
  const header = await nextHeader(settlement, over)
  return settlement.appendBatch(header, await baseOf(settlement, header), commitment, attachment, undefined)
}
export async function appended(settlement: Settlement, over: Partial<BatchHeader> = {}, text = 'data') {
  const result = await append(settlement, over, text)
  equal(
    result.status,
    'ok',
    JSON.stringify(result, (_k, v) => (typeof v === 'bigint' ? `${v}` : v)),
  )
}
/** A claim that the settlement takes, but for what it says of the chain: every block of the batch has the same output root. */
export async function claimOf(
  settlement: Settlement,
  index: bigint,
  outputRoot: Hash,
  parent?: Hex,
): Promise<AssertionClaim & { proof: Hash[] }> {
  const { historyHeight } = await settlement.assertionRules()
  const [batch] = await settlement.getBatches(index, index + 1n)
  return {
    batchIndex: index,
    batchAcc: batch!.acc,
    blockNumber: batch!.header.firstBlock + BigInt(batch!.header.blockCount) - 1n,
    outputRoot,
    parent,
    ...outputHistory([outputRoot], historyHeight),
  }
}
export const root = (digit: string) => `0x${digit.repeat(64)}` as const
