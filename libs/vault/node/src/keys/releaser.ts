import {
  bytesToHex,
  hexToBytes,
  steadyTime,
  type Address,
  type BaseError,
  type Clock,
  type Hash,
  type Hex,
  type Metrics,
} from '@animechain/core'
import { sealRelease } from '@animechain/vault-format'
import {
  denialOf,
  denials,
  releaseHash,
  sealedShareHash,
  toJson,
  type ReleaseAnswer,
  type ReleaseBinding,
  type VaultDomain,
} from '@animechain/vault-protocol'
import { unavailable } from '../http/refusal.js'
import type { Anchors } from './anchor.js'
import { readQuestion } from './asked.js'
import type { Verdict } from './decide.js'
import { judge, type Case, type Sources } from './inquiry.js'
import type { KeyLimits } from './limits.js'
import type { DecisionRecord, ReceiptLog } from './receipts.js'
import type { ShareStore } from './shareStore.js'

/** What is done about a request. */
export interface Released {
  /** HTTP status */
  status: 200 | 403 | 429
  /** absent with 429 */
  answer?: ReleaseAnswer
}

const zeroHash: Hash = `0x${'00'.repeat(32)}`
const zeroReason: Hex = '0x00000000'

/** So many at once, refilled with time. */
function bucket(perSecond: number, burst: number, clock: Clock) {
  let left = burst
  let at = steadyTime(clock)
  return () => {
    const now = steadyTime(clock)
    left = Math.min(burst, left + ((now - at) / 1_000) * perSecond)
    at = now
    if (left < 1) return false
    left--
    return true
  }
}

function decisionMetrics(metrics: Metrics) {
  return {
    decisions: metrics.counter({
      name: 'vault_decisions_total',
      help: 'Requests for shares that were decided, by outcome.',
      labels: ['outcome'],
    }),
    took: metrics.histogram({
      name: 'vault_release_seconds',
      help: 'Time from a request for a share to its answer.',
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    }),
  }
}

/** The share, sealed to who asked. Undefined where it was destroyed meanwhile, or nothing can be sealed to that key. */
async function sealedTo(
  shares: ShareStore,
  node: Address,
  { question, share, safe }: Case,
): Promise<ReleaseAnswer['share']> {
  const { object, rendition, ephemeralKey } = question.asked!.body.request.message
  const opening = await shares.opening(object, rendition)
  if (opening === undefined || safe === undefined) return undefined
  const { index, shareSet } = share!
  try {
    const sealed = await sealRelease({
      request: question.hash,
      node,
      index,
      opening,
      to: hexToBytes(ephemeralKey),
    })
    return { index, sealed: bytesToHex(sealed), safe: safe.hash, ...(shareSet && { shareSet }) }
  } catch (error) {
    if ((error as BaseError).code === 'VAULT_BAD_WRAP') return undefined
    throw error
  } finally {
    opening.fill(0)
  }
}

/** What is written about a decision. */
function recordOf(
  each: Case,
  verdict: Verdict,
  share: ReleaseAnswer['share'],
  isShort: boolean,
  now: bigint,
): DecisionRecord {
  const { question, head, facts, operations } = each
  const released = verdict.status === 'released'
  // Whose key signed the request is an auditor's business; what anybody wrote into a body is not.
  const bound: ReleaseBinding | undefined = share && { sealed: sealedShareHash(share), safe: share.safe }
  const isShown = facts.requestSigned === true && (released || isShort)
  return {
    decision: {
      project: question.asked?.body.request.message.project ?? zeroHash,
      request: question.hash,
      released,
      share: bound ? releaseHash(bound) : zeroHash,
      reason: verdict.status === 'denied' ? verdict.reason : zeroReason,
      blockNumber: head?.number ?? 0n,
      blockHash: head?.hash ?? zeroHash,
      until: verdict.status === 'released' ? verdict.until : 0n,
      timestamp: now,
    },
    ...(isShown && { body: toJson(question.asked!.body) }),
    ...(bound && { bound }),
    operations,
  }
}

/** Answers requests for shares, each with a receipt. */
export function releaser(parts: {
  sources: Sources
  log: ReceiptLog
  anchors: Anchors
  node: Address
  domain: VaultDomain
  limits: KeyLimits
  metrics: Metrics
}) {
  const { sources, log, anchors, node, domain, limits } = parts
  const { clock, shares } = sources
  const mayDeny = bucket(limits.denialsPerSecond, limits.denialBurst, clock)
  const { decisions, took } = decisionMetrics(parts.metrics)
  const seconds = () => BigInt(Math.floor(clock.now() / 1_000))

  return async (bytes: Uint8Array): Promise<Released> => {
    const began = steadyTime(clock)
    // A log that was set back must not sign on, not even a denial: two receipts of one sequence cost the stake.
    if (!(await anchors.check()))
      throw unavailable('L2 does not say yet how many receipts this node has anchored: it signs none before.')
    const question = readQuestion(domain, bytes)
    const facts = { now: seconds(), node, asked: question.asked }
    const each: Case = { question, facts, operations: [] }
    let verdict = await judge(sources, each)
    const share = verdict.status === 'released' ? await sealedTo(shares, node, each) : undefined
    if (verdict.status === 'released' && share === undefined)
      verdict = { status: 'denied', reason: denials.malformed }
    if (verdict.status === 'denied' && !mayDeny()) {
      decisions.inc(1, { outcome: 'rateLimited' })
      return { status: 429 }
    }
    const isShort = bytes.length <= limits.deniedBodyBytes
    // When it was decided: what an auditor holds the block's age against. Sealing takes time on a busy machine.
    const at = verdict.status === 'released' ? facts.now : seconds()
    const receipt = await log.append(recordOf(each, verdict, share, isShort, at))
    const outcome = verdict.status === 'denied' ? (denialOf(verdict.reason) ?? 'policy') : 'released'
    decisions.inc(1, { outcome })
    took.observe((steadyTime(clock) - began) / 1_000)
    return share ? { status: 200, answer: { receipt, share } } : { status: 403, answer: { receipt } }
  }
}
