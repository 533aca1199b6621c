import { BaseError, type Address, type Clock, type Hash, type Logger } from '@animechain/core'
import { fastExitsAbi } from '@animechain/contracts/FastExits'
import { optimismPortalAbi } from '@animechain/contracts/OptimismPortal'
import {
  fromCompact,
  signerOf,
  type Attestation,
  type CertificateBody,
  type NetworkDomain,
  type Signed,
  type Vote,
} from '@animechain/network-protocol'
import { boundedMap } from '@animechain/runtime'
import { decodeFunctionData, type Hex } from 'viem'
import { decideSettlement, turnOf, type DecidedGame } from '../duties/settle.js'
import type { ExitEvents, PostedCertificate, TokenReservation } from '../l1/events.js'
import type { ExitCalls } from '../l1/exitCalls.js'
import type { NetworkReads } from '../l1/reads.js'
import type { AttestationSigner } from '../signer/signer.js'
import type { Attempt, Attempts } from './attempts.js'
import type { Contradiction, Journal, WrongAttestation } from './journal.js'

/** What settling is done with. */
export interface SettlerParts {
  domain: NetworkDomain
  reads: NetworkReads
  events: ExitEvents
  calls: ExitCalls
  /** undefined: nobody pays for transactions; then it only looks */
  sending: Attempts | undefined
  signer: AttestationSigner
  journal: Journal
  /** Takes an attestation that L1 shows, as one that was gossiped. */
  see(attestation: Signed<Attestation>): Promise<void>
  /** L1 block from which on the contracts exist */
  startBlock: bigint
  turnMs?: number
  clock: Clock
  logger: Logger
}

/** Errors by which a contract says that there is nothing left to do. */
const DONE = /FastExits_(WrongStatus|Nothing|NotWrong|NoEquivocation)|StakeRegistry_NotAMember/
/** Batches whose accepted game is remembered. */
const MAX_DECIDED = 4_096

const certificateNote = (id: Hash) => `certificate/${id}`
const tokenNote = ({ id, token, remoteToken }: TokenReservation) =>
  `token/${id}/${token}/${remoteToken}`.toLowerCase()
const NEXT = 'exits/next'

/** The votes of a transaction that posted a certificate, by itself or with a withdrawal; undefined where it went through something else. */
export function votesOf(input: Hex): { body: CertificateBody; votes: readonly Vote[] } | undefined {
  try {
    const { functionName, args } = decodeFunctionData({ abi: fastExitsAbi, data: input })
    return functionName === 'certify' ? { body: args[0], votes: args[1] } : undefined
  } catch {
    // not of that contract
  }
  try {
    const { functionName, args } = decodeFunctionData({ abi: optimismPortalAbi, data: input })
    return functionName === 'finalizeFast' ? { body: args[2], votes: args[3] } : undefined
  } catch {
    return undefined
  }
}

const unknownVote = (id: Hash): BaseError =>
  new BaseError('L1 has an attestation of this member that the journal does not know.', {
    code: 'NETWORK_UNKNOWN_VOTE',
    metaMessages: [
      `Certificate ${id}. Expected it to be among those that were signed here.`,
      'Is the data folder an old copy, or does another process have the key? Nothing new is signed.',
    ],
  })

/** Shows what L1 has of all keys to whom it concerns, and to the signer what it has of its own. */
function shownVotes({ domain, reads, events, signer, journal, see }: SettlerParts) {
  /** Has all votes of a certificate taken; gives that of the own key. */
  async function takeVotes({ transactionHash }: PostedCertificate) {
    let own: Signed<Attestation> | undefined
    const found = votesOf(await events.inputOf(transactionHash))
    for (const { blocksRoot, ...compact } of found?.votes ?? []) {
      const signature = fromCompact(compact)
      if (!signature) continue
      const attestation: Signed<Attestation> = { message: { ...found!.body, blocksRoot }, signature }
      const key = await signerOf('attestation', domain, attestation)
      if (key === signer.address.toLowerCase()) own = attestation
      else await see(attestation)
    }
    return own
  }
  return async function observe(certificate: PostedCertificate): Promise<void> {
    const attestation = await takeVotes(certificate)
    const owner = await reads.ownerOfKey(signer.address)
    if (!owner || !certificate.signers.some(({ member }) => member.toLowerCase() === owner)) return
    const { batchIndex, batchAcc, outputRoot } = certificate.body
    if (journal.attested(batchIndex, batchAcc)?.message.outputRoot === outputRoot.toLowerCase()) return
    if (attestation) await signer.observe(attestation)
    // Of an earlier key of the member, or it went through a contract whose input is not known here.
    else if ((await reads.member(owner)).key === signer.address.toLowerCase())
      throw unknownVote(certificate.id)
  }
}

type DecidedFor = (
  attestation: Pick<Attestation, 'batchIndex' | 'batchAcc'>,
  said?: Address,
) => Promise<DecidedGame | undefined>

/** The accepted games of batches, by this verifier's own judgement first, then by what a certificate says. */
function decidedGames({ reads, journal, clock }: SettlerParts): DecidedFor {
  const known = boundedMap<string, DecidedGame>(MAX_DECIDED)
  return async function decidedFor({ batchIndex, batchAcc }, said) {
    const slot = `${batchIndex}/${batchAcc}`
    const before = known.get(slot)
    if (before) return before
    for (const game of [journal.rightGame(batchIndex, batchAcc), said]) {
      if (game === undefined || !(await reads.isAccepted(game))) continue
      const facts = await reads.game(game)
      if (!facts) continue
      const decided = { game, outputRoot: facts.outputRoot, since: clock.now() }
      known.set(slot, decided)
      return decided
    }
    return undefined
  }
}

const isDone = (sent: Attempt): boolean =>
  sent.status === 'ok' || (sent.status === 'rejected' && DONE.test(sent.reason))

/** Settles what is decided, each thing by itself. */
function settling(
  { reads, calls, signer, journal, clock, logger, turnMs }: SettlerParts,
  sending: Attempts,
  decidedFor: DecidedFor,
) {
  async function certificate(found: PostedCertificate, signal: AbortSignal): Promise<void> {
    const { id, body, signers } = found
    const decided = await decidedFor(body, body.game)
    const keys = decided ? (await reads.active()).map(({ key }) => key) : []
    const due = decideSettlement({ id, ...body }, decided, {
      ...{ turn: turnOf(signer.address, keys, id), now: clock.now() },
      ...(turnMs !== undefined && { turnMs }),
    })
    if (due.is === 'wait') return
    const sent = await sending.send('settle', id, calls.settle(body, due.game, signers), signal)
    if (!isDone(sent)) return
    if (sent.status === 'ok' && due.is === 'refill')
      logger.error('a certificate of a wrong root was settled: its signers are slashed', {
        id,
        batchIndex: body.batchIndex,
      })
    await journal.setNote(`settled/${id}`, { ...found, is: due.is })
    await journal.dropNote(certificateNote(id))
  }

  /** Shares fees in tokens, and refills bridges in them, once a certificate is settled. */
  async function token(name: string, reservation: TokenReservation, signal: AbortSignal): Promise<void> {
    const { id, token: asset, remoteToken } = reservation
    const settled = journal.note<PostedCertificate & { is: 'release' | 'refill' }>(`settled/${id}`)
    if (!settled) return
    const call =
      settled.is === 'release'
        ? calls.shareFees(settled.body, asset, settled.signers)
        : calls.refillToken(id, asset, remoteToken)
    if (isDone(await sending.send('settle', name, call, signal))) await journal.dropNote(name)
  }

  async function equivocation(evidence: Contradiction, signal: AbortSignal): Promise<void> {
    const call = calls.slashEquivocation(evidence)
    if (isDone(await sending.send('evidence', `equivocation/${evidence.key}`, call, signal)))
      await journal.dropContradiction(evidence)
  }

  async function wrong(evidence: WrongAttestation, signal: AbortSignal): Promise<void> {
    const { key, message } = evidence
    const decided = await decidedFor(message)
    if (!decided) return
    if (decided.outputRoot === message.outputRoot) {
      logger.error('L1 accepted what this verifier holds for wrong', { batchIndex: message.batchIndex })
      return journal.dropWrong(evidence)
    }
    const call = calls.slashWrong(evidence, decided.game)
    const thing = `wrong/${key}/${message.batchIndex}`
    if (isDone(await sending.send('evidence', thing, call, signal))) await journal.dropWrong(evidence)
  }

  return async function act(signal: AbortSignal, note: (error: unknown) => void): Promise<void> {
    // Whoever is in a wrong certificate is slashed with it: first what is owed.
    for (const [, found] of journal.notes<PostedCertificate>('certificate/'))
      await certificate(found, signal).catch(note)
    for (const [name, reservation] of journal.notes<TokenReservation>('token/'))
      await token(name, reservation, signal).catch(note)
    for (const evidence of journal.contradictions()) await equivocation(evidence, signal).catch(note)
    for (const evidence of journal.wrong()) await wrong(evidence, signal).catch(note)
  }
}

/** Follows certificates on L1, settles them once their batch is decided, and has those slashed whose attestation was wrong. */
export function settler(parts: SettlerParts) {
  const { events, journal, startBlock, sending } = parts
  const observe = shownVotes(parts)
  const decidedFor = decidedGames(parts)
  const act = sending && settling(parts, sending, decidedFor)
  let isCaughtUp = false

  async function follow(): Promise<void> {
    const final = await events.finalBlock()
    let from = journal.note<bigint>(NEXT) ?? startBlock
    while (final !== undefined && from <= final) {
      const { posted, reservations, next } = await events.next(from, final)
      for (const certificate of posted) {
        await observe(certificate)
        await journal.setNote(certificateNote(certificate.id), certificate)
      }
      for (const reservation of reservations) await journal.setNote(tokenNote(reservation), reservation)
      from = next
      await journal.setNote(NEXT, from)
    }
    isCaughtUp = true
  }

  return {
    /** Whether all certificates of final blocks were seen. */
    get isCaughtUp() {
      return isCaughtUp
    },
    follow,
    /** The accepted game of a batch; undefined: none yet. */
    acceptedGame: async (batchIndex: bigint, batchAcc: Hash): Promise<Address | undefined> =>
      (await decidedFor({ batchIndex, batchAcc }))?.game,
    /** Does what is due. What fails keeps nothing else from being done. */
    async step(signal: AbortSignal): Promise<void> {
      let failure: unknown
      const note = (error: unknown) => {
        failure ??= error
      }
      await follow().catch(note)
      await act?.(signal, note)
      if (failure !== undefined) throw failure as Error
    },
    /** certificates that are not settled */
    open: (): number => journal.notes('certificate/').length,
  }
}

export type Settler = ReturnType<typeof settler>
