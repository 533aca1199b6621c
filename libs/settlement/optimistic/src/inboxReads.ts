import {
  bigIntToBytes,
  bytesToHex,
  type Address,
  type BaseError,
  type Hash,
  type InboxView,
  type Logger,
} from '@animechain/core'
import { inboxAbi } from '@animechain/contracts/Inbox'
import { provenStorage, type L1Header, type RpcProof } from '@animechain/l1'
import { numberToHex, type PublicClient, type Transport } from 'viem'
import { isRefusal, isRevert, reorged } from './failures.js'
import { accumulatorSlot, lengthSlot, packedSlot, unpackBatch, type InboxQueue } from './inboxStorage.js'
import type { L1Blocks } from './l1Blocks.js'

/** What the inbox says of itself at a block. */
export interface InboxState extends Pick<
  InboxView,
  'batchCount' | 'depositCount' | 'lastBlock' | 'lastTimestamp' | 'depositsRead'
> {
  /** accumulator of the batches */
  acc: Hash
}

/** Slots that show a state, in the order in which {@link differences} takes their words. */
export const slotsOf = (batchCount: bigint): Hash[] => [
  lengthSlot('batches'),
  lengthSlot('deposits'),
  ...(batchCount > 0n ? [accumulatorSlot('batches', batchCount), packedSlot('batches', batchCount)] : []),
]

/** A value that `eth_call` and the storage tell differently. */
export interface Difference {
  what: string
  called: bigint
  stored: bigint
}

/** Where what `eth_call` said of the inbox is not what its storage holds; undefined: nowhere. */
export function difference(state: InboxState, words: readonly bigint[]): Difference | undefined {
  const [batches, deposits, acc, packed] = words
  const pairs: Difference[] = [
    { what: 'the number of batches', called: state.batchCount, stored: batches! },
    { what: 'the number of deposits', called: state.depositCount, stored: deposits! },
  ]
  if (acc !== undefined && packed !== undefined) {
    const { lastBlock, lastTimestamp, depositsRead } = unpackBatch(packed)
    pairs.push(
      { what: 'the accumulator of the batches', called: BigInt(state.acc), stored: acc },
      { what: 'the last block', called: state.lastBlock, stored: lastBlock },
      { what: 'the last timestamp', called: state.lastTimestamp, stored: lastTimestamp },
      { what: 'the number of deposits read', called: state.depositsRead, stored: depositsRead },
    )
  }
  return pairs.find(({ called, stored }) => called !== stored)
}

/** Whether an answer may be of the state of another block than the one that was asked for. */
const isOfAnotherBlock = (error: unknown): boolean =>
  ['L1_PROOF_INVALID', 'SETTLEMENT_REORGED'].includes(String((error as Partial<BaseError>).code))

/** The state of the inbox at a block, as `eth_call` says. */
async function called(
  client: PublicClient<Transport>,
  inbox: Address,
  blockNumber: bigint,
): Promise<InboxState> {
  const at = { address: inbox, abi: inboxAbi, blockNumber } as const
  const [batchCount, depositCount] = await Promise.all([
    client.readContract({ ...at, functionName: 'batchCount' }),
    client.readContract({ ...at, functionName: 'depositCount' }),
  ])
  const [acc, lastBlock, lastTimestamp, depositsRead] = await client
    .readContract({ ...at, functionName: 'batchAt', args: [batchCount] })
    .catch((error: unknown) => {
      // A server may count with the state of a block that is just being added, and read with that of the one before.
      if (!isRevert(error)) throw error
      throw reorged(`batch ${batchCount - 1n}`)
    })
  return { batchCount, depositCount, acc, lastBlock, lastTimestamp, depositsRead }
}

export interface InboxReadsOptions {
  client: PublicClient<Transport>
  blocks: Pick<L1Blocks, 'has'>
  inbox: Address
  logger: Logger
}

/** Reads the state of the inbox at a block, and shows it against the header. */
export function inboxReads({ client, blocks, inbox, logger }: InboxReadsOptions) {
  let saysNoProofs = false

  /** Words of the inbox's storage, shown against the state root. `undefined`: the server gives no proofs. */
  async function proven(header: L1Header, slots: readonly Hash[]): Promise<bigint[] | undefined> {
    let proof: RpcProof
    try {
      const params = [inbox, slots, numberToHex(header.number)]
      proof = (await client.request({ method: 'eth_getProof', params } as never)) as RpcProof
    } catch (error) {
      if (!isRefusal(error)) throw error
      if (saysNoProofs) return undefined
      // It refuses too what is not there any more.
      await expectThere(header)
      logger.warn('L1 gives no proofs of its state; what it says is confirmed by asking again', {
        error: (error as Error).message.split('\n')[0],
      })
      saysNoProofs = true
      return undefined
    }
    saysNoProofs = false
    return provenStorage(header.stateRoot, inbox, slots, proof)
  }

  /** @throws `SETTLEMENT_REORGED` when a block is not L1's any more */
  async function expectThere(header: L1Header): Promise<void> {
    if (!(await blocks.has(header))) throw reorged(`block ${header.number}`)
  }

  /**
   * Reads at one block of L1, whose chain goes on meanwhile: a server may answer with the state of a block that is just being added, or of another one that a
   * reorg put in its place. Then the block is gone, or the next answer fits.
   */
  async function atBlock<T>(header: L1Header, read: () => Promise<T>): Promise<T> {
    try {
      return await read()
    } catch (error) {
      if (!isOfAnotherBlock(error)) throw error
      await expectThere(header)
      return read()
    }
  }

  async function state(header: L1Header): Promise<{ state: InboxState; isShown: boolean }> {
    const found = await called(client, inbox, header.number)
    const words = await proven(header, slotsOf(found.batchCount))
    const other = words && difference(found, words)
    if (other)
      throw reorged(
        `${other.what} as its own state shows at block ${header.number}: expected ${other.stored}, the call says ${other.called}`,
      )
    return { state: found, isShown: words !== undefined }
  }

  async function accumulator(header: L1Header, queue: InboxQueue, count: bigint) {
    const words = await proven(header, [accumulatorSlot(queue, count)])
    if (words) return { acc: bytesToHex(bigIntToBytes(words[0]!, 32)), proven: true }
    const acc = await client.readContract({
      address: inbox,
      abi: inboxAbi,
      functionName: queue === 'batches' ? 'batchAcc' : 'depositAcc',
      args: [count],
      blockNumber: header.number,
    })
    await expectThere(header)
    return { acc, proven: false }
  }

  return {
    /** The state at a block, and whether it was shown against the header. */
    async state(header: L1Header): Promise<{ state: InboxState; isShown: boolean }> {
      const found = await atBlock(header, () => state(header))
      await expectThere(header)
      return found
    },

    /** Accumulator of the first `count` entries of a queue at a block, `count` above 0. */
    accumulator: (
      header: L1Header,
      queue: InboxQueue,
      count: bigint,
    ): Promise<{ acc: Hash; proven: boolean }> => atBlock(header, () => accumulator(header, queue, count)),

    /** Batches in the state of a block; undefined where L1 does not say, for it may have dropped the state. */
    batchCount: (blockNumber: bigint): Promise<bigint | undefined> =>
      client
        .readContract({ address: inbox, abi: inboxAbi, functionName: 'batchCount', blockNumber })
        .catch(() => undefined),
  }
}
