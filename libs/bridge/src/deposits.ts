import type { Hash } from '@animechain/core'
import type { Address, PublicClient } from 'viem'
import { getL2TransactionHashes } from 'viem/op-stack'
import { logsOf, receiptOrNone } from './receipts.js'
import type { DepositTransfer } from './transfers.js'

/** Where the deposit of an L1 transaction stands. */
export async function depositStatus(
  { l1Client, l2Client, portal }: { l1Client: PublicClient; l2Client: PublicClient; portal: Address },
  l1TransactionHash: Hash,
): Promise<DepositTransfer> {
  const base = { direction: 'deposit', l1TransactionHash } as const
  const receipt = await receiptOrNone(l1Client, l1TransactionHash)
  if (!receipt) return { ...base, status: 'pendingOnL1' }
  if (receipt.status !== 'success')
    return { ...base, status: 'failed', error: 'The L1 transaction reverted.' }
  const [l2TransactionHash] = getL2TransactionHashes({ logs: logsOf(receipt, portal) })
  if (!l2TransactionHash) return { ...base, status: 'failed', error: 'The L1 transaction made no deposit.' }
  const found = { ...base, id: l2TransactionHash, l2TransactionHash }
  const l2Receipt = await receiptOrNone(l2Client, l2TransactionHash)
  if (!l2Receipt) return { ...found, status: 'waitingForL2' }
  if (l2Receipt.status === 'success') return { ...found, status: 'completed' }
  return {
    ...found,
    status: 'failed',
    error: 'The deposit ran on L2 and its call reverted; minted ETH stays with the sender.',
  }
}
