import {
  hexToBytes,
  isBaseError,
  type Address,
  type BaseError,
  type BatchRecord,
  type DepositEntry,
  type DepositLabel,
  type Hash,
  type L1Context,
} from '@animechain/core'
import { inboxAbi } from '@animechain/contracts/Inbox'
import {
  HttpRequestError,
  parseAbiItem,
  TimeoutError,
  type BaseError as ViemError,
  type Log,
  type PublicClient,
  type Transport,
} from 'viem'
import { reorged } from './failures.js'

const batchAppended = inboxAbi.find(
  (item) => item.type === 'event' && item.name === 'BatchAppended',
)! as Extract<(typeof inboxAbi)[number], { type: 'event'; name: 'BatchAppended' }>
const depositAppended = inboxAbi.find(
  (item) => item.type === 'event' && item.name === 'DepositAppended',
)! as Extract<(typeof inboxAbi)[number], { type: 'event'; name: 'DepositAppended' }>
const transactionDeposited = parseAbiItem(
  'event TransactionDeposited(address indexed from, address indexed to, uint256 indexed version, bytes opaqueData)',
)

type BatchLog = Log<bigint, number, false, typeof batchAppended, true>
type DepositLog = Log<bigint, number, false, typeof depositAppended, true>

/** What the two have in common. */
interface AnyLog {
  args: { index: bigint; context: { number: bigint } }
  blockNumber: bigint
  blockHash: Hash
}

export interface RecordReaderOptions {
  client: PublicClient<Transport>
  inbox: Address
  portal: Address
  /** L1 block from which on there are events */
  startBlock: bigint
  /** L1 blocks asked for at once, unless L1 refuses so many */
  logRange: bigint
  /** Hash of an L1 block among the newest, whose headers are known. */
  hashAt: (number: bigint) => Hash | undefined
}

/** Places of records that are known to be final, one every so many records: where a scan may begin. */
const CHECKPOINT_EVERY = 128n

/**
 * Whether asking for fewer blocks may help. Nodes refuse answers above a size or a number of logs, each in words of its own, and anybody
 * can fill blocks with large deposits.
 */
function isTooMuch(error: unknown): boolean {
  // An L1 that cannot be reached is for the caller to try again, not for each size once here.
  if (error instanceof HttpRequestError && error.status === undefined) return false
  if (error instanceof TimeoutError) return false
  const code = (error as ViemError).walk?.((cause) => isBaseError(cause)) as BaseError | null | undefined
  return !isBaseError(error) && (!code || code.code === 'L1_ANSWER_TOO_LARGE')
}

/** Reads the inbox's records from its events. */
export function recordReader({ client, inbox, portal, startBlock, logRange, hashAt }: RecordReaderOptions) {
  const checkpoints = { batch: new Map<bigint, bigint>(), deposit: new Map<bigint, bigint>() }

  /** The newest final record seen. */
  const newestFinal: { [kind in 'batch' | 'deposit']?: { index: bigint; block: bigint } } = {}

  /** L1 blocks asked for at once: fewer than `logRange` after L1 refused so many. */
  let range = logRange

  /** L1 block at or before the record with this index. */
  function beginning(kind: 'batch' | 'deposit', index: bigint): bigint {
    let best = startBlock
    for (const [at, block] of checkpoints[kind]) if (at <= index && block > best) best = block
    const last = newestFinal[kind]
    return last && last.index <= index && last.block > best ? last.block : best
  }

  function remember(kind: 'batch' | 'deposit', index: bigint, block: bigint, finalized: bigint): void {
    if (block > finalized) return
    if (index % CHECKPOINT_EVERY === 0n) checkpoints[kind].set(index, block)
    if (index >= (newestFinal[kind]?.index ?? 0n)) newestFinal[kind] = { index, block }
  }

  /** A log stands in the L1 block that its own content names, and that block is in L1's chain: the accumulators cover the content only. */
  function expectPlace(kind: 'batch' | 'deposit', log: AnyLog): void {
    const { index, context } = log.args
    if (context.number !== log.blockNumber) throw reorged(`${kind} ${index} in block ${log.blockNumber}`)
    const hash = hashAt(log.blockNumber)
    if (hash !== undefined && hash !== log.blockHash) throw reorged(`${kind} ${index} in ${log.blockHash}`)
  }

  /** Scans forward until the record before `to` is found. */
  async function scan<L extends AnyLog>(
    kind: 'batch' | 'deposit',
    from: bigint,
    to: bigint,
    read: (fromBlock: bigint, toBlock: bigint) => Promise<L[]>,
  ): Promise<L[]> {
    if (from >= to) return []
    const head = await client.getBlockNumber({ cacheTime: 0 })
    const { number: finalized } = await client
      .getBlock({ blockTag: 'finalized' })
      .catch(() => ({ number: 0n }))
    const found: L[] = []
    range = range * 2n < logRange ? range * 2n : logRange
    for (let block = beginning(kind, from); block <= head;) {
      const end = block + range - 1n < head ? block + range - 1n : head
      const logs = await read(block, end).catch((error: unknown) => {
        // Too many blocks may also take too long: fewer at the next try.
        if (error instanceof TimeoutError && end > block) range = (end - block + 1n) / 2n
        if (end === block || !isTooMuch(error)) throw error
      })
      if (!logs) {
        range = (end - block + 1n) / 2n
        continue
      }
      block = end + 1n
      for (const log of logs) {
        expectPlace(kind, log)
        remember(kind, log.args.index, log.blockNumber, finalized)
        if (log.args.index >= from && log.args.index < to) found.push(log)
      }
      if (found.at(-1)?.args.index === to - 1n) break
    }
    // Two answers may come from two chains while L1 reorganises.
    for (const [i, log] of found.entries())
      if (log.args.index !== from + BigInt(i)) throw reorged(`${kind} ${from + BigInt(i)}`)
    if (found.length !== Number(to - from)) throw reorged(`${kind} ${from + BigInt(found.length)}`)
    return found
  }

  async function getBatches(from: bigint, to: bigint): Promise<BatchRecord[]> {
    const logs = await scan<BatchLog>(
      'batch',
      from,
      to,
      (fromBlock, toBlock) =>
        client.getLogs({
          address: inbox,
          event: batchAppended,
          fromBlock,
          toBlock,
          strict: true,
        }) as Promise<never>,
    )
    if (logs.length > 0) {
      const acc = await client
        .readContract({ address: inbox, abi: inboxAbi, functionName: 'batchAcc', args: [to] })
        .catch(() => undefined)
      if (acc !== logs.at(-1)!.args.acc) throw reorged(`batch ${to - 1n}`)
    }
    return logs.map(({ args, blockNumber, blockHash, transactionHash }) => ({
      index: args.index,
      header: {
        firstBlock: args.header.firstBlock,
        blockCount: args.header.blockCount,
        depositsReadAfter: args.header.depositsReadAfter,
        lastTimestamp: args.header.lastTimestamp,
      },
      commitment: hexToBytes(args.commitment),
      context: contextOf(args.context),
      acc: args.acc,
      location: { l1TransactionHash: transactionHash, l1BlockNumber: blockNumber },
      l1Block: { number: blockNumber, hash: blockHash, timestamp: args.context.timestamp },
    }))
  }

  async function getDeposits(from: bigint, to: bigint): Promise<DepositEntry[]> {
    const labels = new Map<string, DepositLabel>()
    const logs = await scan<DepositLog>('deposit', from, to, async (fromBlock, toBlock) => {
      const [appended, deposited] = await Promise.all([
        client.getLogs({ address: inbox, event: depositAppended, fromBlock, toBlock, strict: true }),
        client.getLogs({ address: portal, event: transactionDeposited, fromBlock, toBlock, strict: true }),
      ])
      // The portal makes one of each for every deposit, in the same order.
      const users = appended.filter((log) => log.args.kind === 0)
      if (users.length !== deposited.length) throw reorged(`deposits of blocks ${fromBlock} to ${toBlock}`)
      for (const [i, log] of users.entries()) {
        const event = deposited[i]!
        if (event.transactionHash !== log.transactionHash || event.blockHash !== log.blockHash)
          throw reorged(`deposit ${log.args.index}`)
        labels.set(log.args.index.toString(), { l1BlockHash: event.blockHash, logIndex: event.logIndex })
      }
      return appended as never
    })
    if (logs.length > 0) {
      const acc = await client
        .readContract({ address: inbox, abi: inboxAbi, functionName: 'depositAcc', args: [to] })
        .catch(() => undefined)
      if (acc !== logs.at(-1)!.args.acc) throw reorged(`deposit ${to - 1n}`)
    }
    return logs.map(({ args }) => {
      const label = labels.get(args.index.toString())
      return {
        index: args.index,
        kind: args.kind === 0 ? 0 : 1,
        from: args.from.toLowerCase() as Address,
        to: args.to.toLowerCase() as Address,
        opaqueData: hexToBytes(args.opaqueData),
        context: contextOf(args.context),
        acc: args.acc,
        ...(label ? { label } : {}),
      }
    })
  }

  return { getBatches, getDeposits }
}

function contextOf(context: DepositLog['args']['context']): L1Context {
  return {
    number: context.number,
    timestamp: context.timestamp,
    baseFee: context.baseFee,
    blobBaseFee: context.blobBaseFee,
    parentHash: context.parentHash,
    gasLimit: context.gasLimit,
    baseFeeScalar: context.baseFeeScalar,
    blobBaseFeeScalar: context.blobBaseFeeScalar,
  }
}
