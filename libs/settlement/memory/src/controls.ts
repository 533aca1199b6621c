import {
  bigIntToBytes,
  bytesToHex,
  concatBytes,
  type Address,
  type BatchRecord,
  type DepositEntry,
  type Hex,
  type L1BlockRef,
} from '@animechain/core'
import { dropAssertionsAbove, find, statusOf } from './assertions.js'
import { appendDeposit, dropAbove } from './inbox.js'
import { dropBlocks, headOf, mine } from './l1Blocks.js'
import { zeroAddress } from './settings.js'
import { catchUp, contextOf, nowOf, type World } from './world.js'

/** A deposit as the portal would append it. */
export interface MemoryDeposit {
  from: Address
  to?: Address
  /** wei */
  mint?: bigint
  /** wei; default: `mint` */
  value?: bigint
  /** gas; default 100,000 */
  gasLimit?: bigint
  data?: Uint8Array
}

/** The controls of the L1 that is played here. */
export interface MemoryL1 {
  head(): L1BlockRef
  mine(blocks?: number): void
  /** Moves L1's time on top of the clock. seconds */
  increaseTime(seconds: number): void
  setFees(fees: { baseFee?: bigint; blobBaseFee?: bigint }): void
  /** Sets the L2 gas limit that contexts record from now on, as the operator would. gas */
  setGasLimit(gasLimit: bigint): void
  /** Names another key that announces blocks, as the operator would. */
  setSequencer(sequencer: Address): void
  /** Appends a user deposit in a block of its own. */
  deposit(deposit: MemoryDeposit): DepositEntry
  /**
   * Replaces the newest `depth` blocks by `depth + 1` others. What they carried is gone; with `keepDeposits` the user deposits are mined again, in order,
   * in the new blocks. Returns what was dropped.
   */
  reorg(
    depth: number,
    options?: { keepDeposits?: boolean },
  ): { batches: BatchRecord[]; deposits: DepositEntry[] }
  /** Ends a dispute, as the proof system's contract would. */
  settleDispute(id: Hex, outcome: 'accepted' | 'rejected'): void
}

/** The portal's packing: mint and value as words, then the gas limit, whether it creates a contract, and the data. */
const opaqueDataOf = ({
  to,
  mint,
  value,
  gas,
  data,
}: Required<Omit<MemoryDeposit, 'from' | 'to' | 'gasLimit'>> & {
  to: Address | undefined
  gas: bigint
}): Uint8Array =>
  concatBytes(
    bigIntToBytes(mint, 32),
    bigIntToBytes(value, 32),
    bigIntToBytes(gas, 8),
    Uint8Array.of(to === undefined ? 1 : 0),
    data,
  )

/** Gas limit of a user deposit, where {@link opaqueDataOf} puts it. */
const gasOf = ({ opaqueData }: DepositEntry): bigint => BigInt(bytesToHex(opaqueData.subarray(64, 72)))

/** Mines `depth + 1` blocks with these deposits in them, one in each; what is left over goes into the last. */
function mineAgain(world: World, deposits: DepositEntry[], depth: number): void {
  for (let i = 0; i <= depth; i++) {
    const block = mine(world.blocks, nowOf(world))
    for (const entry of i === depth ? deposits.slice(i) : deposits.slice(i, i + 1))
      appendDeposit(world.inbox, { ...entry, context: contextOf(world, block) }, gasOf(entry), block)
  }
}

export const controls = (world: World): MemoryL1 => ({
  head: () => {
    catchUp(world)
    return headOf(world.blocks)
  },
  mine(count = 1) {
    for (let i = 0; i < count; i++) mine(world.blocks, nowOf(world))
  },
  increaseTime(seconds) {
    world.offset += seconds
  },
  setFees({ baseFee = world.baseFee, blobBaseFee = world.blobBaseFee }) {
    Object.assign(world, { baseFee, blobBaseFee })
  },
  setGasLimit(gasLimit) {
    world.gasLimit = gasLimit
  },
  setSequencer(sequencer) {
    world.sequencer = sequencer
  },
  deposit({ from, to, mint = 0n, value = mint, gasLimit: gas = 100_000n, data = new Uint8Array() }) {
    catchUp(world)
    const block = mine(world.blocks, nowOf(world))
    const opaqueData = opaqueDataOf({ to, mint, value, gas, data })
    const context = contextOf(world, block)
    return appendDeposit(
      world.inbox,
      { kind: 0, from, to: to ?? zeroAddress, opaqueData, context },
      gas,
      block,
    )
  },
  reorg(depth, { keepDeposits = false } = {}) {
    const last = dropBlocks(world.blocks, depth)
    const dropped = dropAbove(world.inbox, last)
    dropAssertionsAbove(world.assertions, last)
    mineAgain(world, keepDeposits ? dropped.deposits.filter((entry) => entry.kind === 0) : [], depth)
    return dropped
  },
  settleDispute(id, outcome) {
    const stored = find(world.assertions, id)
    if (!stored || statusOf(stored) !== 'disputed')
      throw new RangeError(
        `expected a disputed assertion, got ${stored ? `a ${statusOf(stored)}` : 'no such'} one`,
      )
    const block = mine(world.blocks, nowOf(world))
    stored.history.push({ l1Block: block.number, status: outcome })
  },
})
