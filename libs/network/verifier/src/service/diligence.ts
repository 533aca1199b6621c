import { BaseError, zeroHash, type Address, type Clock, type Logger, type Settlement } from '@animechain/core'
import {
  blocksTree,
  bodyOf,
  certificateId,
  checkInTree,
  saltOf,
  type CheckedIn,
  type Attestation,
  type NetworkDomain,
  type Signed,
} from '@animechain/network-protocol'
import { boundedMap } from '@animechain/runtime'
import { stringToHex, keccak256, zeroAddress } from 'viem'
import {
  DRAW_EPOCHS,
  decideDiligence,
  historyPath,
  isOver,
  longestRun,
  type AbsentMember,
  type DiligenceDuty,
  type DiligenceEpoch,
  type DiligenceState,
} from '../duties/diligence.js'
import { TURN_MS, turnOf } from '../duties/settle.js'
import {
  attestationOfReveal,
  type DiligenceCalls,
  type DiligenceReads,
  type Opening,
  type Revealed,
} from '../l1/diligence.js'
import type { L1Now, NetworkMember, NetworkReads } from '../l1/reads.js'
import type { NetworkCall } from '../l1/writer.js'
import type { AttestationSigner } from '../signer/signer.js'
import type { Attempts } from './attempts.js'
import type { DerivedChain } from './chain.js'
import { contradictor } from './contradictor.js'
import type { Journal, OwnAttestation } from './journal.js'
import type { VerifierMeters } from './meters.js'

/** What diligence is done with. */
export interface DiligenceParts {
  domain: NetworkDomain
  reads: NetworkReads
  settlement: Pick<Settlement, 'assertionRules'>
  diligence: DiligenceReads
  calls: DiligenceCalls
  sending: Attempts
  /** the account that sends */
  sender: Address
  signer: AttestationSigner
  secret: Uint8Array
  chain: DerivedChain
  journal: Journal
  /** Whether every assertion of an epoch that L1 has finalised was judged. */
  isJudged: (epoch: bigint) => boolean
  /** The accepted game of a batch; undefined: none yet. */
  acceptedGame(batchIndex: bigint, batchAcc: `0x${string}`): Promise<Address | undefined>
  /** L1's final block; undefined while there is none. */
  finalBlock(): Promise<bigint | undefined>
  /** Takes an attestation that L1 shows, as one that was gossiped. */
  see(attestation: Signed<Attestation>): Promise<void>
  /** L1 block from which on the contracts exist */
  startBlock: bigint
  turnMs?: number
  meters: VerifierMeters
  clock: Clock
  logger: Logger
}

/** Leaves of a check-in, as they were made. */
interface KeptCheckIn {
  batches: { batchIndex: bigint; batchAcc: `0x${string}` }[]
}

const NEXT = 'answers/next'
/** Keys of members that are remembered. */
const MAX_KEYS = 1_024
/** Things whose first sight is remembered, for turns. */
const MAX_SEEN = 4_096

const checkedIn = ({ message, firstBlock, blocks }: OwnAttestation): CheckedIn => ({
  bodyId: certificateId(bodyOf(message)),
  blocksRoot: message.blocksRoot,
  firstBlock,
  blocks,
})

const noAnswer = (epoch: bigint, why: string): BaseError =>
  new BaseError(`This verifier was drawn for epoch ${epoch} and cannot answer.`, {
    code: 'NETWORK_NO_ANSWER',
    metaMessages: [why, 'Was the secret in the data folder, or the journal, lost since?'],
  })

/** The answer to a draw, out of the journal and the chain. @throws {BaseError} `NETWORK_NO_ANSWER` */
export async function openingOf(
  {
    domain,
    secret,
    signer,
    chain,
    journal,
  }: Pick<DiligenceParts, 'domain' | 'secret' | 'signer' | 'chain' | 'journal'>,
  epoch: bigint,
  { leaf, word }: { leaf: bigint; word: bigint },
): Promise<Opening> {
  const kept = journal.note<KeptCheckIn>(`checkIn/${epoch}`)
  const attested = kept?.batches.map(({ batchIndex, batchAcc }) => journal.attested(batchIndex, batchAcc))
  if (!attested || attested.some((each) => each === undefined))
    throw noAnswer(epoch, 'Expected the batches of its check-in in the journal.')
  const own = attested as OwnAttestation[]
  const asked = own[Number(leaf)]!
  const { message, signature, firstBlock, blocks } = asked
  const { batchIndex, batchAcc, blocksRoot } = message
  const outputRoots: `0x${string}`[] = []
  for (let i = 0n; i < blocks; i++) outputRoots.push(await chain.outputRoot(firstBlock + i))
  const salt = saltOf({ secret, domain, key: signer.address, batchIndex, batchAcc })
  const tree = blocksTree({ key: signer.address, salt, firstBlock, outputRoots })
  if (tree.root !== blocksRoot.toLowerCase())
    throw noAnswer(
      epoch,
      `Expected the tree of batch ${batchIndex} with root ${blocksRoot}, got ${tree.root}.`,
    )
  const at = Number(word % blocks)
  return {
    ...{ body: bodyOf(message), blocksRoot, signature, salt },
    checkInPath: checkInTree(own.map(checkedIn)).proof(Number(leaf)),
    outputRoot: outputRoots[at]!,
    blockPath: tree.proof(at),
  }
}

/** What others answered that this verifier did not derive. */
function answers(parts: DiligenceParts) {
  const { diligence, calls, sending, journal, chain, settlement, finalBlock, startBlock, logger } = parts

  async function isWrong({ answer }: Revealed): Promise<boolean | undefined> {
    const batch = chain.batch(answer.batchIndex)
    if (!batch) return undefined
    if (batch.acc.toLowerCase() !== answer.batchAcc.toLowerCase()) return false
    return (await chain.outputRoot(answer.blockNumber)) !== answer.outputRoot.toLowerCase()
  }

  async function follow(): Promise<void> {
    const final = await finalBlock()
    let from = journal.note<bigint>(NEXT) ?? startBlock
    while (final !== undefined && from <= final) {
      const { found, next } = await diligence.revealed(from, final)
      for (const each of found) {
        const shown = attestationOfReveal(await diligence.inputOf(each.transactionHash))
        // It may name another tree than the one that peers were told.
        if (shown) await parts.see(shown)
        await journal.setNote(`answer/${each.epoch}/${each.member}`.toLowerCase(), each)
      }
      from = next
      await journal.setNote(NEXT, from)
    }
  }

  async function disprove(name: string, revealed: Revealed, signal: AbortSignal): Promise<void> {
    const wrong = await isWrong(revealed)
    if (wrong === undefined) return
    if (!wrong) return journal.dropNote(name)
    const { batchIndex, batchAcc, blockNumber } = revealed.answer
    const game = await parts.acceptedGame(batchIndex, batchAcc)
    if (!game) return
    const { interval, historyHeight } = await settlement.assertionRules()
    const parent = batchIndex < interval ? undefined : chain.batch(batchIndex - interval)
    const firstBlock = (parent?.lastBlock ?? 0n) + 1n
    const roots: `0x${string}`[] = []
    for (let number = firstBlock; number <= chain.batch(batchIndex)!.lastBlock; number++)
      roots.push(await chain.outputRoot(number))
    const index = Number(blockNumber - firstBlock)
    const path = historyPath(roots, historyHeight, index)
    logger.error('a verifier answered with a wrong output root', { member: revealed.member, blockNumber })
    const call = calls.disprove(revealed, game, roots[index]!, path)
    const sent = await sending.send('evidence', name, call, signal)
    if (sent.status === 'ok' || (sent.status === 'rejected' && /WrongStatus|NotWrong/.test(sent.reason)))
      await journal.dropNote(name)
  }

  return async function step(signal: AbortSignal, note: (error: unknown) => void): Promise<void> {
    await follow().catch(note)
    for (const [name, revealed] of journal.notes<Revealed>('answer/'))
      await disprove(name, revealed, signal).catch(note)
  }
}

/** Who was drawn and has nothing to answer with. */
function absences({ reads, diligence }: Pick<DiligenceParts, 'reads' | 'diligence'>) {
  /** Owner accounts of all that were seen active, by key: a member may have left since, or have another key. */
  const owners = boundedMap<Address, Address>(MAX_KEYS)

  async function isAbsent(epoch: bigint, { member, key }: AbsentMember): Promise<boolean> {
    if (key === undefined) return diligence.isDue(epoch, member, 'checkedIn')
    if (!(await reads.weightAt(key, epoch)) || !(await diligence.isDue(epoch, member, 'none'))) return false
    const { key: present, since } = await reads.member(member)
    // Who was paid since has nothing that answers for it.
    return present !== zeroAddress && since <= epoch
  }

  const see = (active: readonly NetworkMember[]) => {
    for (const { key, owner } of active) owners.set(key, owner)
  }

  return {
    see,
    async of({ epoch, isDrawn, revealUntil, members }: DiligenceEpoch, now: L1Now): Promise<AbsentMember[]> {
      if (!isDrawn || now.timestamp <= revealUntil || !(await diligence.hadBatches(epoch))) return []
      see(await reads.seated())
      const present = new Set(members.map(({ member }) => member.toLowerCase()))
      const candidates: AbsentMember[] = members
        .filter(({ isEmpty, status }) => isEmpty === true && status === 'checkedIn')
        .map(({ member }) => ({ member }))
      for (const key of owners.keys()) {
        const member = owners.get(key)!
        if (!present.has(member)) candidates.push({ member, key })
      }
      const found = await Promise.all(candidates.map((each) => isAbsent(epoch, each)))
      return candidates.filter((_, i) => found[i])
    },
  }
}

/** The call that does a duty. */
function callsOf(parts: DiligenceParts) {
  const { settlement, diligence, calls, signer, journal } = parts
  async function checkInCall(epoch: bigint): Promise<NetworkCall> {
    const { interval } = await settlement.assertionRules()
    const attested = journal
      .attestedIn(epoch)
      .map((each) => ({ ...each, batchIndex: each.message.batchIndex }))
    const run = longestRun(attested, interval)
    const { root } = checkInTree(run.map(checkedIn))
    // What the answer to a draw is made of, whatever is attested to after this.
    await journal.setNote(`checkIn/${epoch}`, {
      batches: run.map(({ message: { batchIndex, batchAcc } }) => ({ batchIndex, batchAcc })),
    } satisfies KeptCheckIn)
    return calls.checkIn(
      epoch,
      signer.address,
      run.length === 0 ? zeroHash : root,
      run[0]?.batchIndex ?? 0n,
      run.length,
    )
  }

  async function callFor(duty: DiligenceDuty, own: Address, at: DiligenceEpoch): Promise<NetworkCall> {
    const { epoch } = duty
    switch (duty.is) {
      case 'checkIn':
        return checkInCall(epoch)
      case 'openDraw':
        return calls.openDraw(epoch)
      case 'draw':
        return calls.draw(epoch, await diligence.header(at.drawBlock))
      case 'reveal':
        return calls.reveal(epoch, own, await openingOf(parts, epoch, await diligence.pick(epoch, own)))
      case 'missed':
        return duty.key ? calls.absent(epoch, duty.key) : calls.missed(epoch, duty.member)
      case 'close':
        return calls.close(epoch)
    }
  }

  return callFor
}

/** Checks in, draws, answers draws, and sees to it that others do. */
export function diligenceService(parts: DiligenceParts) {
  const { reads, diligence, sending, signer, journal, meters, clock, logger } = parts
  const callFor = callsOf(parts)
  const { turnMs = TURN_MS } = parts
  const judgeAnswers = answers(parts)
  const absent = absences(parts)
  const contradict = contradictor(parts)
  const firstSeen = boundedMap<string, number>(MAX_SEEN)
  const done = boundedMap<bigint, true>(64)

  function isTurn(thing: string, keys: readonly Address[]): boolean {
    const since = firstSeen.get(thing) ?? clock.now()
    if (!firstSeen.has(thing)) firstSeen.set(thing, since)
    const turn = turnOf(signer.address, keys, keccak256(stringToHex(thing)))
    return clock.now() - since >= turn * turnMs
  }

  /** Counts what this verifier missed, once for an epoch. */
  async function countMissed(own: Address, at: DiligenceEpoch, now: L1Now): Promise<void> {
    const mine = at.members.find(({ member }) => member.toLowerCase() === own)
    const isMissed =
      mine?.status === 'missed' || (mine === undefined && at.isActive && now.epoch > at.epoch + 1n)
    const name = `missed/${at.epoch}`
    if (!isMissed || journal.note(name)) return
    await journal.setNote(name, true)
    meters.missed()
    logger.error(mine ? 'a draw was not answered in time' : 'no check-in was made', { epoch: at.epoch })
  }

  async function lookAt(
    epoch: bigint,
    state: DiligenceState,
    signal: AbortSignal,
    note: (error: unknown) => void,
  ): Promise<void> {
    const [found, weight] = await Promise.all([diligence.epoch(epoch), reads.weightAt(signer.address, epoch)])
    const seen: DiligenceEpoch = { ...found, isActive: (weight ?? 0n) > 0n }
    const at: DiligenceEpoch = { ...seen, absent: await absent.of(seen, state.now) }
    for (const duty of decideDiligence(state, at)) {
      const thing = `${duty.is}/${epoch}/${'member' in duty ? duty.member : ''}`
      const perform = async () => sending.send('diligence', thing, await callFor(duty, state.own, at), signal)
      await perform().catch(note)
    }
    await countMissed(state.own, at, state.now)
    if (isOver(at, state.now)) {
      done.set(epoch, true)
      await journal.dropNote(`checkIn/${epoch}`)
    }
  }

  return {
    /** Does what is due. What fails keeps nothing else from being done. */
    async step(signal: AbortSignal): Promise<void> {
      const own = await reads.ownerOfKey(signer.address)
      if (!own) return
      const [now, rules, active] = await Promise.all([reads.now(), reads.rules(), reads.active()])
      absent.see(active)
      const keys = active.map(({ key }) => key)
      let failure: unknown
      const note = (error: unknown) => {
        failure ??= error
      }
      const began = rules.epochStart + (now.epoch - 1n) * rules.epochLength
      const state: DiligenceState = {
        ...{ own, now, isJudged: parts.isJudged },
        mayCheckIn: [own, signer.address.toLowerCase()].includes(parts.sender.toLowerCase()),
        passed: Number(now.timestamp - began) / Number(rules.epochLength),
        isTurn: (thing) => isTurn(thing, keys),
      }
      const oldest = now.epoch - 2n - DRAW_EPOCHS
      for (let epoch = oldest < 1n ? 1n : oldest; epoch < now.epoch; epoch++)
        if (!done.has(epoch)) await lookAt(epoch, state, signal, note).catch(note)
      await judgeAnswers(signal, note)
      await contradict(signal, note)
      if (failure !== undefined) throw failure as Error
    },
  }
}
