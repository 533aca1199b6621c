import { predeploys, type Hash } from '@animechain/core'
import type { Address, TransactionReceipt } from 'viem'
import { getWithdrawals } from 'viem/op-stack'
import { messagePasserAbi } from './abi.js'
import type { Admission } from './admission.js'
import type { BridgeContext } from './context.js'
import { withdrawalLogs } from './receipts.js'

const cursorKey = new TextEncoder().encode('bridge/cursor')
/** L2 blocks asked for logs at once. */
const LOG_RANGE = 2_000n

/** L2 block up to which withdrawals were looked for, and its hash: an L1 reorg may replace it. */
export interface Cursor {
  number: bigint
  hash?: Hash
}

export const encodeCursor = ({ number, hash }: Required<Cursor>): Uint8Array =>
  new TextEncoder().encode(`${number} ${hash}`)

export function decodeCursor(bytes: Uint8Array | undefined): Cursor {
  if (!bytes) return { number: 0n }
  const [number, hash] = new TextDecoder().decode(bytes).split(' ')
  return { number: BigInt(number!), ...(hash ? { hash: hash as Hash } : {}) }
}

/** Finds withdrawals in L2's blocks. */
export function discovery(
  { l2Client, storage, ledger, logger }: BridgeContext,
  admission: Pick<Admission, 'reason'>,
) {
  let cursor: Cursor = { number: 0n }

  /** Looks again from the finalized head on if the blocks looked at are no longer the chain's. */
  async function stepBack(safe: bigint): Promise<void> {
    if (!cursor.hash) return
    if (cursor.number <= safe) {
      const { hash } = await l2Client.getBlock({ blockNumber: cursor.number })
      if (hash === cursor.hash) return
    }
    const { number } = await l2Client.getBlock({ blockTag: 'finalized' })
    logger.warn('L2 blocks were replaced, looking again', { from: number, to: cursor.number })
    cursor = { number: number < cursor.number ? number : cursor.number }
  }

  /** Takes the withdrawals of a transaction into the ledger. */
  async function follow(receipt: TransactionReceipt): Promise<void> {
    for (const [logIndex, log] of withdrawalLogs(receipt).entries()) {
      const [withdrawal] = getWithdrawals({ logs: [log] })
      if (!withdrawal) continue
      const known = ledger.find(withdrawal.withdrawalHash)
      // After a reorg of L1 another transaction may make the same withdrawal.
      if (known && known.l2TransactionHash === receipt.transactionHash) continue
      logger.info('withdrawal found', {
        withdrawal: withdrawal.withdrawalHash,
        sender: withdrawal.sender,
        value: withdrawal.value,
      })
      const account = receipt.from.toLowerCase() as Address
      const left = admission.reason(withdrawal, account)
      await ledger.save({
        direction: 'withdraw',
        id: withdrawal.withdrawalHash,
        status: 'waitingToProve',
        l2TransactionHash: receipt.transactionHash,
        l2BlockNumber: receipt.blockNumber,
        logIndex,
        account,
        withdrawal,
        ...(left ? { leftToOthers: left } : {}),
        failures: 0,
      })
    }
  }

  return {
    /** Goes on where an earlier run was. */
    resume(): void {
      cursor = decodeCursor(storage.get(cursorKey))
    },

    /** Finds new withdrawals up to the safe head: what is not derivable from L1 yet may still change. */
    async discover(signal?: AbortSignal): Promise<void> {
      const { number: safe } = await l2Client.getBlock({ blockTag: 'safe' })
      await stepBack(safe)
      while (cursor.number < safe && !signal?.aborted) {
        const to = cursor.number + LOG_RANGE < safe ? cursor.number + LOG_RANGE : safe
        const { hash } = await l2Client.getBlock({ blockNumber: to })
        const logs = await l2Client.getLogs({
          address: predeploys.l2ToL1MessagePasser,
          event: messagePasserAbi[1],
          fromBlock: cursor.number + 1n,
          toBlock: to,
        })
        for (const transaction of new Set(logs.map((log) => log.transactionHash)))
          await follow(await l2Client.getTransactionReceipt({ hash: transaction }))
        const next = { number: to, hash }
        cursor = next
        await storage.batch([{ type: 'put', key: cursorKey, value: encodeCursor(next) }])
      }
    },
  }
}
