import type { BaseError } from '@animechain/core'
import {
  bigIntToBytes,
  bytesToHex,
  emptyAccumulator,
  steadyTime,
  type Address,
  type Clock,
  type Hash,
  type InboxView,
  type L1BlockRef,
  type Logger,
} from '@animechain/core'
import { inboxAbi } from '@animechain/contracts/Inbox'
import { headerChain, l1Header, provenStorage, type L1Header, type RpcProof } from '@animechain/l1'
import {
  ContractFunctionRevertedError,
  numberToHex,
  type ContractFunctionExecutionError,
  type PublicClient,
  type Transport,
} from 'viem'
import { accumulatorSlot, lengthSlot, packedSlot, unpackBatch, type InboxQueue } from './inboxStorage.js'
import { isOurError, reorged } from './failures.js'

export interface ViewReaderOptions {
  client: PublicClient<Transport>
  inbox: Address
  /** L1 block from which on the inbox exists */
  startBlock: bigint
  clock: Clock
  logger: Logger
}

/** How long an answer may name a final block that is older than one seen before: servers behind a load balancer differ by so much. milliseconds */
const FINALITY_LAG_MS = 20_000

const least = (a: bigint, b: bigint) => (a < b ? a : b)

const refOf = ({ number, hash, timestamp }: L1Header): L1BlockRef => ({ number, hash, timestamp })

/** Reads the inbox at L1's newest block, and shows what was read against the headers of L1. */
export function viewReader({ client, inbox, startBlock, clock, logger }: ViewReaderOptions) {
  const raw = (method: string, params: readonly unknown[]): Promise<unknown> =>
    client.request({ method, params } as never) as Promise<unknown>
  const chain = headerChain({
    clock,
    byHash: async (hash) => {
      const block = await raw('eth_getBlockByHash', [hash, false])
      return block === null ? undefined : l1Header(block)
    },
    range: (from, to) => {
      const numbers = Array.from({ length: Number(to - from + 1n) }, (_, i) => numberToHex(from + BigInt(i)))
      return Promise.all(
        numbers.map(async (number) => l1Header(await raw('eth_getBlockByNumber', [number, false]))),
      )
    },
  })
  let last: InboxView | undefined
  /** The newest final block seen, and when an older one was named first since. */
  let final: L1Header | undefined
  let olderSince: number | undefined
  let canProve: boolean | undefined
  let finalCount: { hash: Hash; batches: bigint } | undefined

  /** A young L1 may have no safe or final block yet, and says so with null or an error: then nothing but its genesis is. */
  async function tagged(tag: 'safe' | 'finalized'): Promise<L1Header> {
    const block = await raw('eth_getBlockByNumber', [tag, false]).catch((error: Error) => {
      if (error.name !== 'BlockNotFoundError' && !/block not found/i.test(error.message)) throw error
      return null
    })
    return l1Header(block ?? (await raw('eth_getBlockByNumber', ['0x0', false])))
  }

  /** Words of the inbox's storage at a block, shown against its state root. `undefined`: the server gives no proofs. */
  async function proven(header: L1Header, slots: readonly Hash[]): Promise<bigint[] | undefined> {
    let proof: RpcProof
    try {
      proof = (await raw('eth_getProof', [inbox, slots, numberToHex(header.number)])) as RpcProof
    } catch (error) {
      if (isOurError(error) || !isRefusal(error)) throw error
      if (canProve !== false)
        logger.warn('L1 gives no proofs of its state; what it says is confirmed by asking again', {
          error: (error as Error).message.split('\n')[0],
        })
      canProve = false
      return undefined
    }
    canProve = true
    return provenStorage(header.stateRoot, inbox, slots, proof)
  }

  function finalized(named: L1Header, head: L1Header): L1Header {
    if (named.number > head.number)
      throw reorged(`block ${named.number}, which it calls final above its newest block ${head.number}`)
    const own = chain.at(named.number)
    if (own && own.hash !== named.hash)
      throw reorged(`the final block ${named.number} among the ancestors of its newest one`)
    if (!final || named.number >= final.number) {
      olderSince = undefined
      return (final = named)
    }
    // L1 left it behind: what that means is for derivation to say.
    if (chain.at(final.number)?.hash !== final.hash) return (final = named)
    olderSince ??= steadyTime(clock)
    if (steadyTime(clock) - olderSince > FINALITY_LAG_MS)
      throw reorged(`${final.number} as final block: it names ${named.number}`)
    return final
  }

  /** Batches whose L1 block is final. */
  async function finalBatches({ number, hash }: L1Header): Promise<bigint> {
    if (finalCount?.hash === hash) return finalCount.batches
    const batches =
      number < startBlock
        ? 0n
        : await client
            .readContract({ address: inbox, abi: inboxAbi, functionName: 'batchCount', blockNumber: number })
            // Its state may be gone.
            .catch(() => undefined)
    if (batches === undefined) return finalCount?.batches ?? 0n
    finalCount = { hash, batches }
    return batches
  }

  const expectEqual = (what: string, head: L1Header, called: bigint, stored: bigint) => {
    if (called !== stored)
      throw reorged(
        `${what} as its own state shows at block ${head.number}: expected ${stored}, the call says ${called}`,
      )
  }

  /** What `eth_call` said of the inbox, compared with the storage below the header's state root. */
  async function isProven(
    head: L1Header,
    counts: { batchCount: bigint; depositCount: bigint },
    at: readonly [acc: Hash, lastBlock: bigint, lastTimestamp: bigint, depositsRead: bigint],
  ): Promise<boolean> {
    const { batchCount, depositCount } = counts
    const slots = [lengthSlot('batches'), lengthSlot('deposits')]
    if (batchCount > 0n) slots.push(accumulatorSlot('batches', batchCount), packedSlot('batches', batchCount))
    const words = await proven(head, slots)
    if (!words) return false
    expectEqual('the number of batches', head, batchCount, words[0]!)
    expectEqual('the number of deposits', head, depositCount, words[1]!)
    if (batchCount === 0n) return true
    const { lastBlock, lastTimestamp, depositsRead } = unpackBatch(words[3]!)
    expectEqual('the accumulator of the batches', head, BigInt(at[0]), words[2]!)
    expectEqual('the last block', head, at[1], lastBlock)
    expectEqual('the last timestamp', head, at[2], lastTimestamp)
    expectEqual('the number of deposits read', head, at[3], depositsRead)
    return true
  }

  async function view(): Promise<InboxView> {
    const [head, safe, named] = await Promise.all([
      raw('eth_getBlockByNumber', ['latest', false]).then(l1Header),
      tagged('safe'),
      tagged('finalized'),
    ])
    const link = await chain.extend(head)
    const final = finalized(named, head)
    const blocks = { head: refOf(head), safe: refOf(safe), finalized: refOf(final) }
    const finalizedCount = await finalBatches(final)
    // The state of a block does not change.
    if (last?.proven && last.head.hash === head.hash)
      return (last = { ...last, ...blocks, finalizedBatchCount: least(finalizedCount, last.batchCount) })

    const at = { address: inbox, abi: inboxAbi, blockNumber: head.number } as const
    const [batchCount, depositCount] = await Promise.all([
      client.readContract({ ...at, functionName: 'batchCount' }),
      client.readContract({ ...at, functionName: 'depositCount' }),
    ])
    const batch = await client
      .readContract({ ...at, functionName: 'batchAt', args: [batchCount] })
      .catch((error: ContractFunctionExecutionError) => {
        // A server may count with the state of a block that is just being added, and read with that of the one before.
        if (!(error.walk?.((cause) => cause instanceof ContractFunctionRevertedError) ?? false)) throw error
        throw reorged(`batch ${batchCount - 1n}`)
      })
    const isShown = await isProven(head, { batchCount, depositCount }, batch)
    const again = (await raw('eth_getBlockByNumber', [numberToHex(head.number), false])) as {
      hash?: Hash
    } | null
    if (again?.hash !== head.hash) throw reorged(`block ${head.number}`)
    return (last = {
      ...blocks,
      batchCount,
      depositCount,
      finalizedBatchCount: least(finalizedCount, batchCount),
      lastBlock: batch[1],
      lastTimestamp: batch[2],
      depositsRead: batch[3],
      proven: isShown && link !== 'first',
    })
  }

  /** Accumulator of the first `count` entries of a queue at a view's head. */
  async function accumulatorAt(
    { head }: Pick<InboxView, 'head'>,
    queue: InboxQueue,
    count: bigint,
  ): Promise<{ acc: Hash; proven: boolean }> {
    if (count === 0n) return { acc: emptyAccumulator, proven: true }
    const header = chain.at(head.number)
    if (header?.hash !== head.hash) throw reorged(`block ${head.number}`)
    const words = await proven(header, [accumulatorSlot(queue, count)])
    if (words) return { acc: bytesToHex(bigIntToBytes(words[0]!, 32)), proven: true }
    const acc = await client.readContract({
      address: inbox,
      abi: inboxAbi,
      functionName: queue === 'batches' ? 'batchAcc' : 'depositAcc',
      args: [count],
      blockNumber: head.number,
    })
    return { acc, proven: false }
  }

  return { view, accumulatorAt, headerAt: chain.at }
}

/** Whether a server said that it does not do this, which it may. */
const isRefusal = (error: unknown): boolean =>
  ((error as BaseError).walk?.((cause) => typeof (cause as { code?: unknown }).code === 'number') ??
    undefined) !== undefined
