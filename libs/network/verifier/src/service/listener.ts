import type { Address, Hash, Logger } from '@animechain/core'
import {
  ballotBox,
  decodeMessage,
  signerOf,
  type Attestation,
  type BallotBox,
  type NetworkDomain,
  type Signed,
} from '@animechain/network-protocol'
import type { AttestationSigner } from '../signer/signer.js'
import type { DerivedChain } from './chain.js'
import type { VerifierGossip } from './gossip.js'
import { treesKeeper } from './contradictor.js'
import type { Journal } from './journal.js'
import type { VerifierMeters } from './meters.js'

/** What listening is done with. */
export interface ListenerParts {
  domain: NetworkDomain
  gossip: VerifierGossip
  signer: AttestationSigner
  chain: DerivedChain
  journal: Journal
  meters: VerifierMeters
  logger: Logger
}

/** Attestations that wait for this verifier to derive their batch. */
const MAX_UNCOMPARED = 4_096
/** Wrong attestations of one key that are kept: its stake goes once. */
const MAX_WRONG_PER_KEY = 4

/** Whether an attestation says another root than was derived; undefined: not known yet. */
export function isWrong(
  { batchAcc, outputRoot }: Pick<Attestation, 'batchAcc' | 'outputRoot'>,
  own: { acc: Hash; outputRoot: Hash } | undefined,
): boolean | undefined {
  if (own === undefined) return undefined
  // Of another history of L1: not this one's to judge.
  if (own.acc.toLowerCase() !== batchAcc.toLowerCase()) return false
  return own.outputRoot.toLowerCase() !== outputRoot.toLowerCase()
}

/** Keeps what contradicts own derivation; false where that has not got so far. */
function wrongKeeper({ chain, journal, logger }: ListenerParts) {
  return async function keepIfWrong(key: Address, attestation: Signed<Attestation>): Promise<boolean> {
    const wrong = isWrong(attestation.message, chain.batch(attestation.message.batchIndex))
    if (wrong === undefined) return false
    const isFull = journal.wrong().filter((each) => each.key === key).length >= MAX_WRONG_PER_KEY
    if (wrong && !isFull) {
      await journal.addWrong({ key, ...attestation })
      const { batchIndex, outputRoot, game } = attestation.message
      logger.error('a verifier attested to a wrong root', { key, batchIndex, game, outputRoot })
    }
    return true
  }
}

/**
 * Hears the attestations of all members: keeps a ballot of each, evidence of equivocation, what contradicts own derivation, and shows the signer those of its own
 * key.
 */
export function listener(parts: ListenerParts) {
  const { domain, gossip, signer, journal, meters, logger } = parts
  const keepIfWrong = wrongKeeper(parts)
  const keepTrees = treesKeeper(parts)
  const box: BallotBox = ballotBox()
  const uncompared = new Map<string, { key: Address; attestation: Signed<Attestation> }>()
  let reading: { close(): void; ended: Promise<void> } | undefined

  async function hear(bytes: Uint8Array): Promise<void> {
    const decoded = decodeMessage('attestation', bytes)
    if (!decoded.ok) return
    await see(decoded.value)
  }

  async function see(attestation: Signed<Attestation>): Promise<void> {
    const key = await signerOf('attestation', domain, attestation)
    if (key === undefined) return
    // Comes first: after an old copy of the log was restored nothing new may be signed.
    if (key === signer.address.toLowerCase()) {
      const observed = await signer.observe(attestation)
      if (observed === 'unknown' || observed === 'contradicts') {
        meters.frozen.set(1)
        const { batchIndex } = attestation.message
        logger.error('an attestation of this key was seen that its log does not have: signing stops', {
          ...{ batchIndex, observed },
        })
      }
      return
    }
    const taken = box.add(key, attestation)
    meters.ballots.set(box.size)
    if (taken.is === 'equivocation' && taken.isNew) {
      await journal.addContradiction(taken.evidence)
      logger.error('a verifier attested to two roots of one batch', {
        key,
        batchIndex: attestation.message.batchIndex,
      })
    }
    if (taken.is === 'repeated') {
      const { batchIndex, batchAcc } = attestation.message
      const before = box.ballots(batchIndex, batchAcc).find((ballot) => ballot.key === key)
      if (before) await keepTrees(key, before.attestation, attestation)
    }
    if (taken.is !== 'new' && taken.is !== 'equivocation') return
    if (await keepIfWrong(key, attestation)) return
    const { batchIndex, batchAcc, outputRoot } = attestation.message
    uncompared.set(`${key}/${batchIndex}/${batchAcc}/${outputRoot}`, { key, attestation })
    if (uncompared.size > MAX_UNCOMPARED) uncompared.delete(uncompared.keys().next().value!)
  }

  return {
    box,
    /** Takes an attestation that L1 shows, as one that was gossiped: of whom it is signed, nothing else is known. */
    see,
    /** Hears what peers had before this node came, and what comes from now on. */
    start(): void {
      const subscription = gossip.subscribe('attestation')
      const ended = (async () => {
        for (const { bytes } of gossip.recent('attestation')) await hear(bytes).catch(failed)
        for await (const { bytes } of subscription) await hear(bytes).catch(failed)
      })()
      reading = { close: () => subscription.close(), ended }
    },
    async stop(): Promise<void> {
      reading?.close()
      await reading?.ended
      reading = undefined
    },
    /** Sees all attestations of this key that gossip has now. */
    async observeOwn(): Promise<void> {
      for (const { bytes } of gossip.recent('attestation')) {
        const decoded = decodeMessage('attestation', bytes)
        if (!decoded.ok) continue
        const key = await signerOf('attestation', domain, decoded.value)
        if (key === signer.address.toLowerCase()) await signer.observe(decoded.value)
      }
    },
    /** Compares what was heard before its batch was derived. */
    async compare(): Promise<void> {
      for (const [slot, { key, attestation }] of [...uncompared])
        if (await keepIfWrong(key, attestation)) uncompared.delete(slot)
    },
  }

  function failed(error: unknown): void {
    meters.failed('observe')
    logger.warn('an attestation was not taken', { error: String(error) })
  }
}

export type Listener = ReturnType<typeof listener>
