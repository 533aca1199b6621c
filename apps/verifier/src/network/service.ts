import { BaseError, type Hex, type Logger } from '@animechain/core'
import {
  networkJudge,
  networkVerifier,
  networkWriter,
  type DerivedChain,
  type NetworkVerifier,
} from '@animechain/network-verifier'
import type { Rollup, RollupEvents } from '@animechain/node'
import {
  openStorage,
  type AttachContext,
  type AttachedService,
  type NodeGossip,
  type StorageWord,
} from '@animechain/stack'
import { privateKeyToAccount, type PrivateKeyAccount } from 'viem/accounts'
import { networkFiles, secretOf } from './files.js'
import { networkAt, type NetworkAt } from './l1.js'
import { openSigner, type OpenSigner, type SignerSettings } from './signer.js'

/** Settings of a member, and of what it rests on. */
export interface MemberSettings extends SignerSettings {
  l1RpcUrl: readonly string[]
  l1Quorum?: number | undefined
  storage: string
  alarms: boolean
  dutyFee: bigint
  /** wei that commitments to alarms on L1 cost in a day at most; 0: none are made */
  alarmDayFee: bigint
  dutyKey?: Hex | undefined
  pollInterval: number
}

/** Whether a node is to be a member. */
export const isMember = ({ attesterKey, signerUrl }: Pick<SignerSettings, 'attesterKey' | 'signerUrl'>) =>
  attesterKey !== undefined || signerUrl !== undefined

/** The chain that the node derived, as far as all its engines agree; once they differ, nothing of it: which of them is right about what is not known. */
export const derivedChain = ({ rollup, shadow }: Pick<AttachContext, 'rollup' | 'shadow'>): DerivedChain => ({
  batch(index) {
    const batch = rollup.derivedBatch(index)
    if (!batch || !shadow) return batch
    const { difference, block = -1n } = shadow.status
    return difference || block < batch.lastBlock ? undefined : batch
  },
  outputRoot: async (number) => (await rollup.outputAt(number)).outputRoot,
})

/** @throws {BaseError} `VERIFIER_NO_GOSSIP` for a node that does not gossip */
function expectGossip(gossip: NodeGossip | undefined): NodeGossip {
  if (gossip) return gossip
  throw new BaseError('A member of the verifier network must gossip.', {
    code: 'VERIFIER_NO_GOSSIP',
    metaMessages: [
      'Expected one of --gossip-port, --gossip-peers, --gossip-http-port and --gossip-http-peers.',
      'What is attested counts once others have it.',
    ],
  })
}

/** Has gossip judged by what L1 says of members, and by what the node derived itself. */
export function judgeFor(
  { deployment }: Pick<AttachContext, 'deployment'>,
  gossip: NodeGossip,
  settings: Pick<MemberSettings, 'l1RpcUrl' | 'l1Quorum'>,
): void {
  // Alarms the node judges itself.
  const { isMember } = networkJudge(networkAt(deployment, settings).reads)
  gossip.judge({ isMember })
}

/** Wrong assertions that wait for the verifier to start: as many as it has alarms open on L1. */
const MAX_EARLY = 256

type WrongAssertion = RollupEvents['wrongAssertion']

/**
 * What the node finds to be wrong by itself, with every block of L1: neither gossip nor finality is waited for, as the first alarm of a drill wins. What comes
 * before somebody takes it is kept.
 */
export function wrongAssertions(rollup: Pick<Rollup, 'on'>, logger: Logger) {
  const early: WrongAssertion[] = []
  let taker: NetworkVerifier['wrongAssertion'] | undefined
  const give = ({ assertion, expected }: WrongAssertion) =>
    void taker?.(assertion, expected).catch((error: unknown) =>
      // It is found again once L1 has finalised it.
      logger.error('an alarm on L1 was not noted', { id: assertion.id, error: String(error) }),
    )
  rollup.on('wrongAssertion', (found) => {
    if (taker) give(found)
    else if (early.length < MAX_EARLY) early.push(found)
  })
  return {
    /** Gives what was found, and what will be, to whoever takes it; undefined: it is kept again. */
    to(taking: NetworkVerifier['wrongAssertion'] | undefined): void {
      taker = taking
      if (taker) early.splice(0).forEach(give)
    },
  }
}

/**
 * A member of the verifier network beside a node: opened and started with `start`, ended and closed with `stop`.
 * @throws {BaseError} `VERIFIER_NO_GOSSIP`
 */
export function memberService(node: AttachContext, settings: MemberSettings): AttachedService {
  const { rollup, deployment, logger, metrics } = node
  const gossip = expectGossip(node.gossip)
  const files = networkFiles(settings.dataDir)
  const wrong = wrongAssertions(rollup, logger)
  let running: { verifier: NetworkVerifier; opened: OpenSigner; close(): Promise<void> } | undefined

  const writerOf = ({ client, transport }: NetworkAt, account: PrivateKeyAccount) =>
    networkWriter({
      ...{ client, transport, account, logger, metrics },
      maxFeePerGas: settings.dutyFee,
      role: 'attester',
    })

  async function open(at: NetworkAt) {
    const opened = await openSigner(at, deployment.addresses.disputeGameFactory, settings, logger)
    try {
      const store = await openStorage(settings.storage as StorageWord, files.journal, { logger })
      return { opened, store }
    } catch (error) {
      await opened.close()
      throw error
    }
  }

  return {
    async start() {
      if (running) return
      const at = networkAt(deployment, settings)
      const secret = await secretOf(files.secret)
      const { opened, store } = await open(at)
      const { signer, account, log } = opened
      const payer = account ?? (settings.dutyKey && privateKeyToAccount(settings.dutyKey))
      judgeFor(node, gossip, settings)
      const verifier = networkVerifier({
        ...{ domain: at.domain, reads: at.reads, signer, secret, store, logger, metrics },
        settlement: rollup.settlement,
        client: at.client,
        startBlock: deployment.rollup.l1StartBlock,
        chain: derivedChain(node),
        gossip: gossip.node,
        ...(payer && { writer: writerOf(at, payer) }),
        ...(log && { floor: () => log.floor }),
        ...(payer && settings.alarms && { alarms: payer }),
        alarmFeePerDay: settings.alarmDayFee,
        pollMs: settings.pollInterval,
      })
      running = {
        ...{ verifier, opened },
        async close() {
          wrong.to(undefined)
          await verifier.stop()
          await store.stop()
          await opened.close()
        },
      }
      await verifier.start()
      wrong.to(verifier.wrongAssertion)
    },
    async stop() {
      const ended = running
      running = undefined
      await ended?.close()
    },
    health() {
      if (!running) return { ready: false, detail: 'starting', details: {} }
      const { verifier, opened } = running
      const { details, ...health } = verifier.health()
      const { log } = opened
      return {
        ...health,
        details: {
          ...details,
          ...(log && { signed: log.mark.count, mark: log.mark.head, floor: log.floor }),
          ...(log?.frozenBy && { stopped: 'the log of signatures is not the newest' }),
        },
      }
    },
  }
}
