import type { Address, Hash } from '@animechain/core'
import { challengeTreeAbi } from '@animechain/contracts/ChallengeTree'
import { parseEventLogs, TimeoutError, type PublicClient, type Transport } from 'viem'
import { InteractiveError } from '../errors.js'

/** A block of L1 with what of it is looked at. */
export interface L1Head {
  number: bigint
  hash: Hash
  /** seconds */
  timestamp: number
  /** wei */
  baseFeePerGas: bigint
}

/** A log of the tree in L1's chain. */
export interface TreeLog {
  blockNumber: bigint
  blockHash: Hash
  timestamp: number
  eventName: string
  args: Record<string, unknown>
}

export interface TreeLogsOptions {
  client: PublicClient<Transport>
  tree: Address
  /** L1 block in which the tree was created, or an earlier one */
  startBlock: bigint
  /** L1 blocks asked for at once, unless L1 refuses so many */
  logRange: bigint
}

/**
 * The logs of a challenge tree up to the head of L1. After a reorg those that are not final are read again: nothing is kept that is not in the chain of
 * the head that was asked for.
 */
export class TreeLogs {
  readonly #options: TreeLogsOptions
  #logs: TreeLog[] = []
  /** The last block whose logs were read, and the last of those that was final then. */
  #read: { number: bigint; hash: Hash } | undefined
  #final: bigint
  #generation = 0
  #range: bigint
  readonly #times = new Map<Hash, number>()

  constructor(options: TreeLogsOptions) {
    this.#options = options
    this.#final = options.startBlock - 1n
    this.#range = options.logRange
  }

  /** How often logs were taken back. */
  get generation(): number {
    return this.#generation
  }

  /** The last block that L1 has called final, among those that were read. */
  get final(): bigint {
    return this.#final
  }

  /** All logs up to the head. @throws {InteractiveError} `PROVING_L1_REORGED` */
  async upTo(head: L1Head): Promise<readonly TreeLog[]> {
    await this.#rewind(head)
    const { client, startBlock } = this.#options
    const from = this.#read === undefined ? startBlock : this.#read.number + 1n
    const fresh: TreeLog[] = []
    for (let block = from; block <= head.number;) {
      const { logs, end } = await this.#page(block, head.number)
      fresh.push(...logs)
      block = end + 1n
    }
    // The pages may come from two chains while L1 reorganises: the head decides which one they must be of.
    const again = await client.getBlock({ blockNumber: head.number })
    if (again.hash !== head.hash) throw reorged(head.number, head.hash, again.hash)
    this.#logs.push(...fresh)
    this.#read = { number: head.number, hash: head.hash }
    const final = await client.getBlock({ blockTag: 'finalized' }).catch(() => undefined)
    if (final !== undefined && final.number > this.#final && final.number <= head.number)
      this.#final = final.number
    return this.#logs
  }

  /** Forgets what is not final when the last block that was read is not in L1's chain any more. */
  async #rewind(head: L1Head): Promise<void> {
    const last = this.#read
    if (last === undefined) return
    const isThere =
      last.number <= head.number &&
      (last.number === head.number
        ? head.hash
        : (await this.#options.client.getBlock({ blockNumber: last.number })).hash) === last.hash
    if (isThere) return
    this.#logs = this.#logs.filter(({ blockNumber }) => blockNumber <= this.#final)
    this.#times.clear()
    this.#read = { number: this.#final, hash: '0x' }
    this.#generation++
  }

  async #page(from: bigint, head: bigint): Promise<{ logs: TreeLog[]; end: bigint }> {
    const { client, tree, logRange } = this.#options
    for (;;) {
      const end = from + this.#range - 1n < head ? from + this.#range - 1n : head
      try {
        const raw = await client.getLogs({ address: tree, fromBlock: from, toBlock: end })
        const logs: TreeLog[] = []
        for (const log of parseEventLogs({ abi: challengeTreeAbi, logs: raw }))
          logs.push({
            ...{ blockNumber: log.blockNumber, blockHash: log.blockHash, eventName: log.eventName },
            args: log.args as Record<string, unknown>,
            timestamp: await this.#timeOf(log),
          })
        if (this.#range < logRange) this.#range *= 2n
        return { logs, end }
      } catch (error) {
        // Nodes refuse answers above a size or a number of logs, each in words of its own.
        if (end === from || error instanceof InteractiveError) throw error
        if (!(error instanceof TimeoutError) && this.#range === 1n) throw error
        this.#range = (end - from + 1n) / 2n
      }
    }
  }

  async #timeOf(log: { blockHash: Hash; blockTimestamp?: unknown }): Promise<number> {
    // Newer nodes give it with the log.
    if (log.blockTimestamp !== undefined && log.blockTimestamp !== null) return Number(log.blockTimestamp)
    const known = this.#times.get(log.blockHash)
    if (known !== undefined) return known
    const block = await this.#options.client.getBlock({ blockHash: log.blockHash })
    if (this.#times.size >= MAX_TIMES) this.#times.clear()
    this.#times.set(log.blockHash, Number(block.timestamp))
    return Number(block.timestamp)
  }
}

/** Times of blocks that are remembered while their logs are read. */
const MAX_TIMES = 10_000

export const reorged = (number: bigint, expected: Hash, got: Hash | null): InteractiveError =>
  new InteractiveError('L1 reorganised while it was read.', 'PROVING_L1_REORGED', {
    metaMessages: [`Expected block ${number} to be ${expected}, got ${got}.`],
  })
