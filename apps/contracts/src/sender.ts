import { BaseError, systemClock, type Logger } from '@animechain/core'
import type { DeploySender, DeployTransaction } from '@animechain/contracts'
import { l1Sender, type L1Outcome } from '@animechain/l1'
import type { Account, PublicClient, Transport } from 'viem'

/** Between two looks at a base fee that is too high, milliseconds: a block of L1. */
const FEE_LOOK_MS = 12_000
/** Times that one transaction is raised before the run gives up. */
const ATTEMPTS = 30

/**
 * Sends a deployment one transaction after the other, raising the fees of one that is not mined in time. What stands already is passed over, so also what a
 * transaction of an earlier run did meanwhile.
 */
export function deploySender(options: {
  client: PublicClient<Transport>
  transport: Transport
  account: Account
  /** wei */
  maxFeePerGas?: bigint | undefined
  resendAfterMs: number
  say: (line: string) => void
  logger: Logger
}): DeploySender {
  const { account, client, transport, resendAfterMs, maxFeePerGas, say, logger } = options
  const sender = l1Sender({
    client,
    transport,
    account,
    logger,
    clock: systemClock,
    resendAfterMs,
    attempts: ATTEMPTS,
  })
  return {
    async send(transactions, { sent, mined, stands }) {
      for (const transaction of transactions) {
        if (await stands(transaction)) {
          mined(transaction)
          continue
        }
        const { name: what, to, data, value } = transaction
        for (;;) {
          const outcome = await sender.send(
            { what, to, data, value, onSent: (hash) => sent(transaction, hash) },
            { maxFeePerGas },
          )
          if (outcome.status === 'ok') {
            mined(transaction, outcome.blockNumber)
            break
          }
          // A transaction of a run before may have been mined meanwhile.
          if (await stands(transaction)) {
            mined(transaction)
            break
          }
          if (outcome.status !== 'feeTooHigh') throw failure(transaction, outcome)
          say(`waiting: L1's base fee is ${outcome.baseFee} wei, above --max-fee-per-gas ${maxFeePerGas}`)
          await systemClock.sleep(FEE_LOOK_MS)
        }
      }
    },
  }
}

function failure(
  { name }: DeployTransaction,
  outcome: Exclude<L1Outcome, { status: 'ok' | 'feeTooHigh' }>,
): BaseError {
  const reason = outcome.status === 'error' ? outcome.error.message : outcome.reason
  return new BaseError(`The transaction "${name}" of the deployment failed.`, {
    code: 'DEPLOY_FAILED',
    metaMessages: [reason.split('\n')[0]!, 'Run the deployment again to resume it.'],
    ...(outcome.status === 'error' ? { cause: outcome.error } : {}),
  })
}
