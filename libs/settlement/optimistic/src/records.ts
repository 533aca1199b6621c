import {
  hexToBytes,
  type Address,
  type BatchRecord,
  type DepositEntry,
  type DepositLabel,
  type L1Context,
} from '@animechain/core'
import { inboxAbi } from '@animechain/contracts/Inbox'
import { parseAbiItem, type Log } from 'viem'
import { reorged } from './failures.js'
import { logScan, type LogScanOptions } from './logScan.js'

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

type PortalLog = Log<bigint, number, false, typeof transactionDeposited, true>

export interface RecordReaderOptions extends LogScanOptions {
  inbox: Address
  portal: Address
}

const batchOf = ({ args, blockNumber, blockHash, transactionHash }: BatchLog): BatchRecord => ({
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
})

const depositOf = ({ args }: DepositLog, label: DepositLabel | undefined): DepositEntry => ({
  index: args.index,
  kind: args.kind === 0 ? 0 : 1,
  from: args.from.toLowerCase() as Address,
  to: args.to.toLowerCase() as Address,
  opaqueData: hexToBytes(args.opaqueData),
  context: contextOf(args.context),
  acc: args.acc,
  ...(label ? { label } : {}),
})

/**
 * Labels of the user deposits among these, by index. The portal makes one event of its own for every deposit of a user, in the same order.
 * @throws {BaseError} `SETTLEMENT_REORGED` where they do not belong together
 */
export function labelsOf(
  appended: readonly Pick<DepositLog, 'args' | 'transactionHash' | 'blockHash'>[],
  deposited: readonly Pick<PortalLog, 'transactionHash' | 'blockHash' | 'logIndex'>[],
  blocks: string,
): [index: bigint, label: DepositLabel][] {
  const users = appended.filter(({ args }) => args.kind === 0)
  if (users.length !== deposited.length) throw reorged(`deposits of blocks ${blocks}`)
  return users.map(({ args, transactionHash, blockHash }, i) => {
    const event = deposited[i]!
    if (event.transactionHash !== transactionHash || event.blockHash !== blockHash)
      throw reorged(`deposit ${args.index}`)
    return [args.index, { l1BlockHash: event.blockHash, logIndex: event.logIndex }]
  })
}

/** Reads the inbox's records from its events. */
export function recordReader({ inbox, portal, ...options }: RecordReaderOptions) {
  const { client } = options
  const scan = logScan(options)

  /** The last record has the accumulator of the contract, and with it all before it. @throws {BaseError} `SETTLEMENT_REORGED` */
  async function expectAccumulator(
    kind: 'batch' | 'deposit',
    last: BatchLog | DepositLog | undefined,
    count: bigint,
  ): Promise<void> {
    if (!last) return
    const functionName = kind === 'batch' ? 'batchAcc' : 'depositAcc'
    const acc = await client
      .readContract({ address: inbox, abi: inboxAbi, functionName, args: [count] })
      .catch(() => undefined)
    if (acc !== last.args.acc) throw reorged(`${kind} ${count - 1n}`)
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
    await expectAccumulator('batch', logs.at(-1), to)
    return logs.map(batchOf)
  }

  async function getDeposits(from: bigint, to: bigint): Promise<DepositEntry[]> {
    const labels = new Map<bigint, DepositLabel>()
    const logs = await scan<DepositLog>('deposit', from, to, async (fromBlock, toBlock) => {
      const range = { fromBlock, toBlock, strict: true } as const
      const [appended, deposited] = await Promise.all([
        client.getLogs({ address: inbox, event: depositAppended, ...range }),
        client.getLogs({ address: portal, event: transactionDeposited, ...range }),
      ])
      for (const [index, label] of labelsOf(appended as never, deposited, `${fromBlock} to ${toBlock}`))
        labels.set(index, label)
      return appended as never
    })
    await expectAccumulator('deposit', logs.at(-1), to)
    return logs.map((log) => depositOf(log, labels.get(log.args.index)))
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
