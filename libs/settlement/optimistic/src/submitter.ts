import {
  BaseError,
  type Address,
  type Clock,
  type Logger,
  type SubmitOptions,
  type SubmitResult,
} from '@animechain/core'
import { assertionGameAbi } from '@animechain/contracts/AssertionGame'
import { challengeTreeAbi } from '@animechain/contracts/ChallengeTree'
import { disputeGameFactoryAbi } from '@animechain/contracts/DisputeGameFactory'
import { inboxAbi } from '@animechain/contracts/Inbox'
import { l1Sender, type L1Call, type L1Outcome, type L1Sender, type L1SenderOptions } from '@animechain/l1'
import { createPublicClient, type Abi, type Account, type Kzg, type Transport } from 'viem'

/** Keys of the roles; each submission needs the one it is made by. */
export interface OptimisticAccounts {
  batcher?: Account
  proposer?: Account
  challenger?: Account
}

/** Who sends: a role, whoever asserts, whoever has a key, or the same for what has to do with bonds, which does not make batches wait. */
export type Sending = keyof OptimisticAccounts | 'asserter' | 'any' | 'bonds'

/** The key that a submission is made by. */
export function accountFor(
  { batcher, proposer, challenger }: OptimisticAccounts,
  sending: Sending,
): Account | undefined {
  switch (sending) {
    case 'any':
      return batcher ?? proposer ?? challenger
    case 'asserter':
      return proposer ?? challenger
    case 'bonds':
      return proposer ?? challenger ?? batcher
    case 'batcher':
      return batcher
    case 'proposer':
      return proposer
    case 'challenger':
      return challenger
  }
}

/** What a submission came to, in settlement's words. */
export const resultOf = (outcome: L1Outcome): SubmitResult =>
  outcome.status === 'ok'
    ? { status: 'ok', location: { l1TransactionHash: outcome.hash, l1BlockNumber: outcome.blockNumber } }
    : outcome

const needed = (sending: Sending): string => {
  if (sending === 'asserter') return 'proposer or challenger'
  return sending === 'any' || sending === 'bonds' ? 'batcher, proposer or challenger' : sending
}

const noKey = (sending: Sending, what: string): L1Outcome => ({
  status: 'error',
  retryable: false,
  error: new BaseError(`There is no key to ${what}.`, {
    code: 'SETTLEMENT_NO_KEY',
    metaMessages: [`Expected accounts.${needed(sending)}.`],
  }),
})

export interface SubmitterOptions {
  transport: Transport
  accounts: OptimisticAccounts
  kzg?: ((blobs: readonly Uint8Array[]) => Promise<Kzg>) | undefined
  resendAfterMs: number
  logger: Logger
  clock: Clock
  /** Told of every transaction that was mined, also of one that reverted. */
  onMined?: L1SenderOptions['onMined']
}

/** Times that a transaction is sent, with rising fees. */
const ATTEMPTS = 6
/** For the names of errors: a call to one contract may revert in another. */
const abi = [...inboxAbi, ...disputeGameFactoryAbi, ...assertionGameAbi, ...challengeTreeAbi] as Abi

export interface Submitter {
  /** Addresses of the keys, each once. */
  readonly own: readonly Address[]
  send(sending: Sending, call: Omit<L1Call, 'abi'>, options?: SubmitOptions): Promise<L1Outcome>
}

/** Sends transactions to the contracts, those of one key one after the other. */
export function submitter({ transport, accounts, kzg, ...common }: SubmitterOptions): Submitter {
  const senders = new Map<Address, L1Sender>()

  function senderOf(account: Account): L1Sender {
    const key = account.address.toLowerCase() as Address
    const known = senders.get(key)
    if (known) return known
    const client = createPublicClient({ transport, cacheTime: 0, pollingInterval: 250 })
    const sender = l1Sender({
      client,
      transport,
      account,
      attempts: ATTEMPTS,
      ...common,
      ...(kzg ? { kzg } : {}),
    })
    senders.set(key, sender)
    return sender
  }

  const given: Account[] = Object.values(accounts)
  return {
    own: [...new Set(given.map(({ address }) => address as Address))],
    async send(sending, call, options) {
      const account = accountFor(accounts, sending)
      return account ? senderOf(account).send({ ...call, abi }, options) : noKey(sending, call.what)
    },
  }
}
