import { systemClock, type Logger, type Metrics } from '@animechain/core'
import { availabilityChallengeAbi } from '@animechain/contracts'
import { l1Sender, purses, type L1Outcome } from '@animechain/l1'
import type { Deployment } from '@animechain/stack'
import type { AnswerOutcome, ChallengeOptions, L2Rpc } from '@animechain/vault-node'
import { createPublicClient, formatGwei, http, type Abi } from 'viem'
import type { PrivateKeyAccount } from 'viem/accounts'
import type { Values } from './values.js'

/** Milliseconds before an answer is sent again with a higher fee, and how often it is sent. */
const RESEND_MS = 30_000
const ATTEMPTS = 20

function outcomeOf(outcome: L1Outcome): AnswerOutcome {
  switch (outcome.status) {
    case 'ok':
      return { status: 'ok' }
    case 'rejected':
      return { status: 'refused', why: outcome.reason }
    case 'feeTooHigh':
      return { status: 'refused', why: `L1 asks ${formatGwei(outcome.baseFee)} gwei per gas` }
    case 'error':
      return { status: 'refused', why: outcome.error.message }
  }
}

const smaller = (a: bigint, b: bigint | undefined): bigint => (b !== undefined && b < a ? b : a)

/** How the node sees its challenges and answers them; undefined where its chain or its settings have none. */
export function challengesOf(
  { roles, l1RpcUrl, challengeInterval: pollMs, challengeMaxFeePerGas }: Values,
  { addresses, rollup }: Deployment,
  parts: { account: PrivateKeyAccount; rpcOf: (url: string) => L2Rpc; logger: Logger; metrics: Metrics },
): ChallengeOptions | undefined {
  const { availabilityChallenge: contract, committeeRegistry: registry } = addresses
  if (!roles.includes('storage') || l1RpcUrl === undefined || pollMs === 0) return undefined
  if (contract === undefined || registry === undefined) return undefined
  const { account, logger, metrics, rpcOf } = parts
  const transport = http(l1RpcUrl, { timeout: 20_000 })
  const client = createPublicClient({ transport })
  const clock = systemClock
  const purse = purses({ client, accounts: { challenges: account.address }, metrics, clock, logger })
  const sender = l1Sender({
    ...{ client, transport, account, logger, clock, resendAfterMs: RESEND_MS, attempts: ATTEMPTS },
    onMined: (receipt) => purse.paid(receipt),
  })
  return {
    ...{ rpc: rpcOf(l1RpcUrl), contract, registry, pollMs, fromBlock: BigInt(rollup.l1StartBlock) },
    onLook: () => purse.look(),
    async send({ what, data, maxFeePerGas }, signal) {
      const call = { what, to: contract, data, abi: availabilityChallengeAbi as Abi }
      const ceiling = smaller(maxFeePerGas, challengeMaxFeePerGas)
      return outcomeOf(await sender.send(call, { maxFeePerGas: ceiling, signal }))
    },
  }
}
