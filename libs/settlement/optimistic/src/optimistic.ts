import {
  commitmentPrefixes,
  silentLogger,
  silentMetrics,
  systemClock,
  type Clock,
  type InboxRules,
  type Logger,
  type Metrics,
  type Settlement,
} from '@animechain/core'
import type { L1Addresses } from '@animechain/contracts'
import { isCalldataCommitment, l1Transport, purses, readCalldata } from '@animechain/l1'
import { createPublicClient, type Kzg } from 'viem'
import { assertionCalls } from './assertionCalls.js'
import { assertionReads } from './assertionReads.js'
import { expectInbox, inboxRules, namedSequencer } from './contract.js'
import { reading } from './failures.js'
import { inboxCalls } from './inboxCalls.js'
import { recordReader } from './records.js'
import { submitter, type OptimisticAccounts } from './submitter.js'
import { viewReader } from './view.js'

/** Where L1 and the contracts are, and which keys may send. */
export interface OptimisticOptions {
  /** JSON-RPC of L1: one URL, or several of which `quorum` must agree (default: more than half). `chainId`: refused at the start where it is another. */
  l1: { rpcUrl: string | readonly string[]; quorum?: number; chainId?: number }
  contracts: Pick<
    L1Addresses,
    'inbox' | 'optimismPortal' | 'disputeGameFactory' | 'challengeTree' | 'memoryDa' | 'altDa' | 'privateDa'
  > &
    Partial<Pick<L1Addresses, 'systemConfig'>>
  /** L1 block from which on the contracts exist; default 0 */
  startBlock?: bigint
  accounts?: OptimisticAccounts
  /** For blob transactions; `blobKzg` of `@animechain/da-blob` makes it in a thread. */
  kzg?: (blobs: readonly Uint8Array[]) => Promise<Kzg>
  /** L1 blocks asked for logs at once, unless L1 refuses so many; default 2,000 */
  logRange?: bigint
  /** milliseconds to wait for a transaction before it is sent again with higher fees; default 30,000 */
  resendAfterMs?: number
  logger?: Logger
  /** Balances and fees of the accounts; default: none are measured. */
  metrics?: Metrics
  clock?: Clock
}

/** A look at L1 that hangs must end early enough for the next one: it is asked again. milliseconds */
const READ_TIMEOUT_MS = 8_000
/** What is sent is worth waiting for. milliseconds */
const SEND_TIMEOUT_MS = 20_000

/**
 * Optimistic settlement on an Ethereum L1: the inbox, assertions with bonds and a challenge period.
 * Reading needs no key. docs/spec/protocol.md 1 and 5.
 */
export function optimistic(options: OptimisticOptions): Settlement {
  const logger = (options.logger ?? silentLogger).child({ layer: 'settlement' })
  const { accounts = {}, clock = systemClock, startBlock = 0n, logRange = 2_000n } = options
  const { inbox, optimismPortal: portal, systemConfig, memoryDa, altDa, privateDa } = options.contracts
  const { rpcUrl, quorum } = options.l1
  const many = quorum === undefined ? {} : { quorum }
  const client = createPublicClient({
    transport: l1Transport(rpcUrl, { ...many, timeoutMs: READ_TIMEOUT_MS }),
    cacheTime: 0,
    pollingInterval: 250,
  })
  const purse = purses({
    client,
    accounts: {
      batcher: accounts.batcher?.address,
      proposer: accounts.proposer?.address,
      challenger: accounts.challenger?.address,
    },
    metrics: options.metrics ?? silentMetrics,
    clock,
    logger,
  })
  const sending = submitter({
    transport: l1Transport(rpcUrl, { ...many, timeoutMs: SEND_TIMEOUT_MS }),
    accounts,
    kzg: options.kzg,
    resendAfterMs: options.resendAfterMs ?? 30_000,
    logger,
    clock,
    onMined: purse.paid,
  })
  const inboxView = viewReader({ client, inbox, startBlock, clock, logger })
  const hashAt = (number: bigint) => inboxView.headerAt(number)?.hash
  const records = recordReader({ client, inbox, portal, startBlock, logRange, hashAt })
  let rules: InboxRules | undefined

  return {
    capabilities: {
      id: 'optimistic',
      attachments: ['calldata', 'blobs', 'evidence'],
      daPrefixes: [
        ...(memoryDa ? [commitmentPrefixes.memory] : []),
        commitmentPrefixes.calldata,
        commitmentPrefixes.blob,
        ...(altDa ? [commitmentPrefixes.altda] : []),
        ...(privateDa ? [commitmentPrefixes.private] : []),
      ],
    },
    start: () => expectInbox(client, inbox, options.l1),
    async stop() {},

    rules: async () => (rules ??= await reading('the rules of the inbox', () => inboxRules(client, inbox))),
    ...(systemConfig && {
      sequencer: () => reading('the sequencer that L1 names', () => namedSequencer(client, systemConfig)),
    }),
    view: () => {
      void purse.look()
      return reading('a view of the inbox', inboxView.view)
    },
    accumulatorAt: (view, queue, count) =>
      reading('an accumulator of the inbox', () => inboxView.accumulatorAt(view, queue, count)),
    getBatches: (from, to) => reading('records of batches', () => records.getBatches(from, to)),
    getDeposits: (from, to) => reading('records of deposits', () => records.getDeposits(from, to)),
    // Whether other kinds of data are valid is for their own readers to say.
    getBody: async ({ commitment, location }) =>
      isCalldataCommitment(commitment)
        ? readCalldata(client, commitment, location)
        : { status: 'missing', authoritative: false },
    ...inboxCalls(inbox, sending),
    ...assertionReads(client, options.contracts, sending.own),
    ...assertionCalls(client, options.contracts, sending),
  }
}
