import {
  BaseError,
  type Address,
  type L1BlockRef,
  type L1Context,
  type SubmitOptions,
  type SubmitResult,
} from '@animechain/core'
import type { StoredAssertion } from './assertions.js'
import { emptyInbox, type Inbox } from './inbox.js'
import type { Refusal } from './inboxRules.js'
import {
  dueBlocks,
  firstBlocks,
  headOf,
  mine,
  nextTimestamp,
  parentHashOf,
  type L1Blocks,
} from './l1Blocks.js'
import type { Settings } from './settings.js'

/** All that changes: the L1 that is played, and its contracts. */
export interface World {
  readonly settings: Settings
  readonly blocks: L1Blocks
  readonly inbox: Inbox
  readonly assertions: StoredAssertion[]
  /** seconds that L1's time is ahead of the clock */
  offset: number
  /** wei per gas, and per blob gas */
  baseFee: bigint
  blobBaseFee: bigint
  /** L2 gas limit that contexts record, gas */
  gasLimit: bigint
  /** the key that announces blocks */
  sequencer: Address
}

const clockSeconds = ({ clock }: Settings, offset: number): bigint =>
  BigInt(Math.floor(clock.now() / 1000) + offset)

export const newWorld = (settings: Settings): World => ({
  settings,
  blocks: firstBlocks(clockSeconds(settings, 0)),
  inbox: emptyInbox(),
  assertions: [],
  offset: 0,
  baseFee: settings.baseFee,
  blobBaseFee: settings.blobBaseFee,
  gasLimit: settings.gasLimit,
  sequencer: settings.sequencer,
})

/** L1's time, seconds. */
export const nowOf = ({ settings, offset }: World): bigint => clockSeconds(settings, offset)

/** Mines the blocks that time brought by itself. */
export function catchUp(world: World): void {
  const { blocks, settings } = world
  for (const due of dueBlocks(headOf(blocks).timestamp, nowOf(world), settings.blockTime)) mine(blocks, due)
}

/** What an entry or batch records of the newest L1 block. */
export const contextOf = ({ settings, blocks, ...world }: World, block: L1BlockRef): L1Context => ({
  number: block.number,
  timestamp: block.timestamp,
  baseFee: world.baseFee,
  blobBaseFee: world.blobBaseFee,
  parentHash: parentHashOf(blocks),
  gasLimit: world.gasLimit,
  baseFeeScalar: settings.baseFeeScalar,
  blobBaseFeeScalar: settings.blobBaseFeeScalar,
})

/** What a transaction does: why it is refused in a block of this time, and what it changes in its block, with what its sender learns. */
export interface Call<T extends object> {
  refusal: (timestamp: bigint) => Refusal
  run: (block: L1BlockRef) => T
}

/** Runs a transaction in a block of its own. A refused one leaves no block: it would not have been sent. */
export function submit<T extends object>(
  world: World,
  { refusal, run }: Call<T>,
  { maxFeePerGas, maxFeePerBlobGas, signal }: SubmitOptions = {},
): SubmitResult & Partial<T> {
  catchUp(world)
  const { baseFee, blobBaseFee, blocks } = world
  const answer = (result: SubmitResult) => result as SubmitResult & Partial<T>
  if (signal?.aborted) {
    const error = new BaseError('The submission was aborted.', { code: 'ABORTED' })
    return answer({ status: 'error', error, retryable: false })
  }
  if (
    (maxFeePerGas !== undefined && baseFee > maxFeePerGas) ||
    (maxFeePerBlobGas !== undefined && blobBaseFee > maxFeePerBlobGas)
  )
    return answer({ status: 'feeTooHigh', baseFee, blobBaseFee })
  const timestamp = nextTimestamp(blocks, nowOf(world))
  const reason = refusal(timestamp)
  if (reason !== undefined) return answer({ status: 'rejected', reason })
  const block = mine(blocks, timestamp)
  return { status: 'ok', location: { l1BlockNumber: block.number }, ...run(block) }
}
