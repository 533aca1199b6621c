import { BaseError, predeploys, type Hash } from '@animechain/core'
import type { Address, PublicClient, TransactionReceipt } from 'viem'
import { getWithdrawals } from 'viem/op-stack'

/** What one contract said in a transaction. Any other can emit events that look the same. */
export const logsOf = (receipt: TransactionReceipt, address: Address): TransactionReceipt['logs'] =>
  receipt.logs.filter((log) => log.address.toLowerCase() === address.toLowerCase())

/** The logs of a transaction's withdrawals, one of each. */
export const withdrawalLogs = (receipt: TransactionReceipt): TransactionReceipt['logs'] =>
  logsOf(receipt, predeploys.l2ToL1MessagePasser).filter((log) => getWithdrawals({ logs: [log] }).length > 0)

/** A receipt; undefined where the chain has none. */
export const receiptOrNone = (client: PublicClient, hash: Hash): Promise<TransactionReceipt | undefined> =>
  client.getTransactionReceipt({ hash }).catch((error: Error) => {
    if (error.name === 'TransactionReceiptNotFoundError') return undefined
    throw error
  })

/**
 * The receipt of a withdrawal's transaction with that withdrawal alone in it: viem takes any log for one, and proves the first.
 * @throws {BaseError} `BRIDGE_WITHDRAWAL_GONE`
 */
export async function receiptOfWithdrawal(
  client: PublicClient,
  { id, l2TransactionHash: hash }: { id: Hash; l2TransactionHash: Hash },
): Promise<TransactionReceipt> {
  const receipt = await client.getTransactionReceipt({ hash })
  const log = withdrawalLogs(receipt).find((one) => getWithdrawals({ logs: [one] })[0]?.withdrawalHash === id)
  if (log) return { ...receipt, logs: [log] }
  throw new BaseError(`The transaction ${hash} no longer makes this withdrawal.`, {
    code: 'BRIDGE_WITHDRAWAL_GONE',
    metaMessages: [`Withdrawal: ${id}`],
  })
}
