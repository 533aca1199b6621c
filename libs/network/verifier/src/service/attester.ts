import type { Address, Assertion, Hex, Logger, Settlement } from '@animechain/core'
import {
  encodeMessage,
  epochAt,
  signMessage,
  type MessageSigner,
  type NetworkDomain,
} from '@animechain/network-protocol'
import { alarmFor, attestationFor } from '../duties/attest.js'
import { decideAttestations, type Duty } from '../duties/decide.js'
import type { NetworkReads } from '../l1/reads.js'
import type { AttestationSigner } from '../signer/signer.js'
import { gameOf, type DerivedClaim, type DerivedClaims } from './chain.js'
import { finalAssertions } from './follower.js'
import type { VerifierGossip } from './gossip.js'
import type { Journal } from './journal.js'
import type { L1Alarms } from './l1Alarms.js'
import type { VerifierMeters } from './meters.js'

/** What attesting is done with. */
export interface AttesterParts {
  domain: NetworkDomain
  settlement: Pick<Settlement, 'assertionCount' | 'getAssertions' | 'assertionRules'>
  reads: NetworkReads
  claims: DerivedClaims
  signer: AttestationSigner
  /** signs alarms, which need no stake; undefined: none are raised */
  alarms: MessageSigner | undefined
  /** raises them on L1 too; undefined: not there */
  onL1: L1Alarms | undefined
  /** 32 bytes, of this verifier alone */
  secret: Uint8Array
  /** first batch that the log signs; 0 where the log is elsewhere and refuses by itself */
  floor: () => bigint
  gossip: VerifierGossip
  journal: Journal
  /** Sees whatever is known of the key before anything new is signed; false while it is not seen. */
  observed: () => Promise<boolean>
  meters: VerifierMeters
  logger: Logger
}

/** What of the state of the decider is asked for before. */
async function stateOf({ reads, claims, journal, signer, floor }: AttesterParts, open: readonly Assertion[]) {
  const [rules, now] = await Promise.all([reads.rules(), reads.now()])
  const assertions: Assertion[] = []
  const own = new Map<Hex, DerivedClaim | undefined>()
  const judged = new Map<Hex, 'right' | 'wrong'>()
  const active = new Map<bigint, boolean>()
  for (const assertion of open) {
    const epoch = epochAt(assertion.createdAt, rules)
    const weight = epoch < 1n ? 0n : await reads.weightAt(signer.address, epoch)
    // L1 was last seen before that epoch began: it and those after it are for the next look.
    if (weight === undefined) break
    active.set(epoch, weight > 0n)
    assertions.push(assertion)
    own.set(assertion.id, await claims.of(assertion))
    const parent = assertion.parent?.toLowerCase() as Hex | undefined
    const is = parent && journal.judged(parent)
    if (is) judged.set(parent, is)
  }
  return {
    state: {
      assertions,
      judged,
      own: ({ id }: Assertion) => own.get(id),
      // What is signed and not noted is signed again, with the same bytes.
      isSigned: (batchIndex: bigint, batchAcc: Hex) => journal.attested(batchIndex, batchAcc) !== undefined,
      epochAt: (time: bigint) => epochAt(time, rules),
      epoch: now.epoch,
      isActive: (epoch: bigint) => active.get(epoch) ?? false,
      certificateEpochs: rules.certificateEpochs,
      floor: floor(),
    },
    own,
  }
}

type AttestDuty = Duty & { is: 'attest' }

/** Attests to an assertion: signs, notes it, gossips it. False where what is needed comes later. */
async function attest(parts: AttesterParts, duty: AttestDuty, claim: DerivedClaim): Promise<boolean> {
  const { domain, secret, signer, claims, journal, gossip, meters, logger, observed } = parts
  const blocks = await claims.blocksOf(claim, duty.assertion.batchIndex)
  if (!blocks || !(await observed())) return false
  const { firstBlock } = claim
  const { outputRoots } = blocks
  const wanted = attestationFor(duty, { domain, key: signer.address, secret, firstBlock, outputRoots })
  const signed = await signer.attest(wanted)
  await journal.addAttested({ ...signed, firstBlock, blocks: BigInt(outputRoots.length) })
  await gossip.publish('attestation', encodeMessage('attestation', signed))
  meters.done('attest')
  const { batchIndex, game, epoch } = signed.message
  if (game !== duty.game)
    logger.warn('a batch has one signature: it was attested to before, for another assertion', {
      ...{ batchIndex, game: duty.game, before: game, epoch },
    })
  else logger.info('attested', { batchIndex, game, epoch, blocks: outputRoots.length })
  return true
}

/** Raises an alarm about an assertion whose root is wrong, once. */
async function raise(
  { alarms, onL1, domain, journal, gossip, meters, logger }: AttesterParts,
  duty: Duty & { is: 'alarm' },
): Promise<void> {
  const { status, batchIndex, outputRoot } = duty.assertion
  const isOver = status === 'accepted' || status === 'rejected'
  if (!alarms || isOver || journal.alarm(duty.game)) return
  await onL1?.found(duty.assertion, duty.derived)
  const alarm = await signMessage(alarms, 'alarm', domain, alarmFor(duty))
  await gossip.publish('alarm', encodeMessage('alarm', alarm))
  await journal.addAlarm(alarm)
  meters.done('alarm')
  logger.warn('alarm raised', { game: duty.game, batchIndex, claimed: outputRoot, derived: duty.derived })
}

/** Says why an assertion is not attested to, once: what was signed for its batch before, if that is why. */
function tellPass({ journal, logger }: AttesterParts, { assertion, why }: Duty & { is: 'pass' }): void {
  const { batchIndex, batchAcc } = assertion
  const before = journal.attested(batchIndex, batchAcc)?.message.game
  const game = gameOf(assertion)
  logger.info('not attested', { batchIndex, game, why, ...(before && before !== game && { before }) })
}

/** Attests to what is right and raises alarms about what is wrong, of the assertions that L1 has finalised. */
export function attester(parts: AttesterParts) {
  const { reads, meters } = parts
  const follower = finalAssertions(parts)
  /** Everything that L1 finalised before this time is judged, seconds. */
  let judgedTo = 0n

  /** Whether the duty is over. */
  async function perform(duty: Duty, own: DerivedClaim | undefined): Promise<boolean> {
    switch (duty.is) {
      case 'wait':
        return false
      case 'pass':
        tellPass(parts, duty)
        return true
      case 'alarm':
        await raise(parts, duty)
        return true
      case 'attest':
        return attest(parts, duty, own!)
    }
  }

  return {
    /** Does what is due. What fails is tried again at the next step, and keeps nothing else from being done. */
    async step(): Promise<void> {
      const final = await reads.finalTime()
      const waiting = await follower.look()
      const open = follower.open()
      meters.open.set(open.length)
      if (open.length === 0) {
        if (waiting === 0n) judgedTo = final
        return
      }
      const { state, own } = await stateOf(parts, open)
      const { duties, judged } = decideAttestations(state)
      const done: Assertion[] = []
      let failure: unknown
      for (const duty of duties) {
        try {
          if (await perform(duty, own.get(duty.assertion.id))) done.push(duty.assertion)
        } catch (error) {
          meters.failed(duty.is === 'alarm' ? 'alarm' : 'attest')
          if ((error as { code?: unknown }).code === 'NETWORK_LOG_FROZEN') meters.frozen.set(1)
          failure ??= error
        }
      }
      await follower.conclude(done, judged)
      meters.open.set(follower.open().length)
      if (waiting === 0n)
        judgedTo = follower
          .open()
          .reduce((time, { createdAt }) => (createdAt < time ? createdAt : time), final)
      if (failure !== undefined) throw failure as Error
    },
    /** Everything that L1 finalised before this time is judged, seconds. */
    judgedTo: (): bigint => judgedTo,
    /** games of assertions whose duty is not done */
    open: (): Address[] => follower.open().map(gameOf),
  }
}
