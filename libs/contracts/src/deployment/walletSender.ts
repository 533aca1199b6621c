import { BaseError, type Hash } from '@animechain/core'
import type { Account, Chain, Transport, WalletClient } from 'viem'
import type { DeploySender } from './execute.js'
import type { L1Client } from './survey.js'
import { wavesOf, type DeployTransaction } from './transactions.js'

/** Between two looks for a receipt, and between two looks whether the transaction is still known. milliseconds */
const LOOK_MS = 100
const KNOWN_MS = 2_000

/**
 * Sends a blockful of transactions at a time, with consecutive nonces: the contracts do not need each other before the last step but one. At the
 * fees of the start; for development chains, and others whose fees do not move.
 */
export function walletSender(
  client: L1Client,
  wallet: WalletClient<Transport, Chain | undefined, Account>,
  timeoutMs: number,
): DeploySender {
  return {
    async send(transactions, { sent, mined }) {
      const fees = await client.estimateFeesPerGas()
      let nonce = await client.getTransactionCount({ address: wallet.account.address, blockTag: 'pending' })
      const { gasLimit } = await client.getBlock()
      for (const wave of wavesOf(transactions, (gasLimit * 9n) / 10n)) {
        const waiting: { transaction: DeployTransaction; hash: Hash; send: () => Promise<Hash> }[] = []
        for (const transaction of wave) {
          const mine = nonce++
          const send = () =>
            wallet.sendTransaction({
              account: wallet.account,
              chain: wallet.chain ?? null,
              to: transaction.to,
              data: transaction.data,
              value: transaction.value,
              gas: transaction.gas,
              nonce: mine,
              maxFeePerGas: fees.maxFeePerGas * 2n,
              maxPriorityFeePerGas: fees.maxPriorityFeePerGas,
            })
          const hash = await send()
          waiting.push({ transaction, hash, send })
          sent(transaction, hash)
        }
        for (const { transaction, hash, send } of waiting) {
          const receipt = await receiptOf(client, hash, send, timeoutMs)
          if (receipt.status !== 'success') throw failed(transaction, hash, receipt.gasUsed)
          mined(transaction, receipt.blockNumber)
        }
      }
    },
  }
}

const failed = ({ name }: DeployTransaction, hash: Hash, gasUsed: bigint) =>
  new BaseError(`The transaction "${name}" of the deployment failed.`, {
    code: 'DEPLOY_FAILED',
    metaMessages: [`Transaction: ${hash}`, `Gas used: ${gasUsed}`, 'Run the deployment again to resume it.'],
  })

/**
 * The receipt of a transaction. Nodes may drop one from their pool, anvil does when it does not fit into the block at hand: then it is
 * sent again, as it was.
 */
async function receiptOf(client: L1Client, hash: Hash, send: () => Promise<Hash>, timeoutMs: number) {
  const end = Date.now() + timeoutMs
  for (let lastLook = Date.now(); ;) {
    const receipt = await client.getTransactionReceipt({ hash }).catch(() => undefined)
    if (receipt) return receipt
    if (Date.now() > end)
      throw new BaseError(`The transaction ${hash} was not mined within ${timeoutMs / 1_000} s.`, {
        code: 'DEPLOY_FAILED',
        metaMessages: ['Run the deployment again to resume it.'],
      })
    if (Date.now() - lastLook > KNOWN_MS) {
      lastLook = Date.now()
      const known = await client.getTransaction({ hash }).catch(() => undefined)
      // Its nonce may have been used by itself in between: then the next look finds the receipt.
      if (!known) await send().catch(() => undefined)
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}
