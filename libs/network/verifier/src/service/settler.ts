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
import type { Attempts } from './attempts.js'
import type { Journal } from './journal.js'

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

/** Shows the signer what L1 has of its key. */
function ownVotes({ domain, reads, events, signer, journal }: SettlerParts) {
  async function attestationIn({ transactionHash }: PostedCertificate) {
    const found = votesOf(await events.inputOf(transactionHash))
    for (const { blocksRoot, ...compact } of found?.votes ?? []) {
      const signature = fromCompact(compact)
      if (!signature) continue
      const attestation: Signed<Attestation> = { message: { ...found!.body, blocksRoot }, signature }
      const key = await signerOf('attestation', domain, attestation)
      if (key === signer.address.toLowerCase()) return attestation
    }
    return undefined
  }
  return async function observe(certificate: PostedCertificate): Promise<void> {
    const owner = await reads.ownerOfKey(signer.address)
    if (!owner || !certificate.signers.some(({ member }) => member.toLowerCase() === owner)) return
    const { batchIndex, batchAcc, outputRoot } = certificate.body
    if (journal.attested(batchIndex, batchAcc)?.message.outputRoot === outputRoot.toLowerCase()) return
    const attestation = await attestationIn(certificate)
    if (attestation) await signer.observe(attestation)
    // Of an earlier key of the member, or it went through a contract whose input is not known here.
    else if ((await reads.member(owner)).key === signer.address.toLowerCase())
      throw unknownVote(certificate.id)
  }
}

/** Follows certificates on L1, settles them once their batch is decided, and has those slashed whose attestation was wrong. */
export function settler(parts: SettlerParts) {
  const { reads, events, calls, signer, journal, startBlock, clock, logger } = parts
  const observe = ownVotes(parts)
  const decidedAt = boundedMap<string, DecidedGame>(MAX_DECIDED)
  let isCaughtUp = false

  async function follow(): Promise<void> {
    const final = await events.finalBlock()
    let from = journal.note<bigint>(NEXT) ?? startBlock
    if (final === undefined || from > final) {
      isCaughtUp = true
      return
    }
    while (from <= final) {
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

  /** The accepted game of a batch, by this verifier's own judgement first. */
  async function decidedFor(
    { batchIndex, batchAcc }: Pick<Attestation, 'batchIndex' | 'batchAcc'>,
    said?: Address,
  ): Promise<DecidedGame | undefined> {
    const slot = `${batchIndex}/${batchAcc}`
    const before = decidedAt.get(slot)
    if (before) return before
    for (const game of [journal.rightGame(batchIndex, batchAcc), said]) {
      if (game === undefined || !(await reads.isAccepted(game))) continue
      const facts = await reads.game(game)
      if (!facts) continue
      const decided = { game, outputRoot: facts.outputRoot, since: clock.now() }
      decidedAt.set(slot, decided)
      return decided
    }
    return undefined
  }

  async function settleOne(
    sending: Attempts,
    certificate: PostedCertificate,
    signal: AbortSignal,
  ): Promise<void> {
    const { id, body, signers } = certificate
    const decided = await decidedFor(body, body.game)
    const keys = decided ? (await reads.active()).map(({ key }) => key) : []
    const turn = turnOf(signer.address, keys, id)
    const due = decideSettlement({ id, ...body }, decided, {
      turn,
      now: clock.now(),
      ...(parts.turnMs !== undefined && { turnMs: parts.turnMs }),
    })
    if (due.is === 'wait') return
    const sent = await sending.send('settle', id, calls.settle(body, due.game, signers), signal)
    if (sent.status !== 'ok' && !(sent.status === 'rejected' && DONE.test(sent.reason))) return
    if (sent.status === 'ok' && due.is === 'refill')
      logger.error('a certificate of a wrong root was settled: its signers are slashed', {
        id,
        batchIndex: body.batchIndex,
      })
    await journal.setNote(`settled/${id}`, { ...certificate, is: due.is })
    await journal.dropNote(certificateNote(id))
  }

  /** Shares fees in tokens, and refills bridges in them, once a certificate is settled. */
  async function settleToken(
    sending: Attempts,
    name: string,
    reservation: TokenReservation,
    signal: AbortSignal,
  ): Promise<void> {
    const { id, token, remoteToken } = reservation
    const settled = journal.note<PostedCertificate & { is: 'release' | 'refill' }>(`settled/${id}`)
    if (!settled) return
    const call =
      settled.is === 'release'
        ? calls.shareFees(settled.body, token, settled.signers)
        : calls.refillToken(id, token, remoteToken)
    const sent = await sending.send('settle', name, call, signal)
    if (sent.status === 'ok' || (sent.status === 'rejected' && DONE.test(sent.reason)))
      await journal.dropNote(name)
  }

  async function slash(sending: Attempts, signal: AbortSignal): Promise<void> {
    for (const contradiction of journal.contradictions()) {
      const thing = `equivocation/${contradiction.key}`
      const sent = await sending.send('evidence', thing, calls.slashEquivocation(contradiction), signal)
      if (sent.status === 'ok' || (sent.status === 'rejected' && DONE.test(sent.reason)))
        await journal.dropContradiction(contradiction)
    }
    for (const wrong of journal.wrong()) {
      const decided = await decidedFor(wrong.message)
      if (!decided) continue
      const { key, message } = wrong
      if (decided.outputRoot === message.outputRoot) {
        logger.error('L1 accepted what this verifier holds for wrong', { batchIndex: message.batchIndex })
        await journal.dropWrong(wrong)
        continue
      }
      const thing = `wrong/${key}/${message.batchIndex}`
      const sent = await sending.send('evidence', thing, calls.slashWrong(wrong, decided.game), signal)
      if (sent.status === 'ok' || (sent.status === 'rejected' && DONE.test(sent.reason)))
        await journal.dropWrong(wrong)
    }
  }

  async function act(sending: Attempts, signal: AbortSignal, note: (error: unknown) => void): Promise<void> {
    // Whoever is in a wrong certificate is slashed with it: first what is owed.
    for (const [, certificate] of journal.notes<PostedCertificate>('certificate/'))
      await settleOne(sending, certificate, signal).catch(note)
    for (const [name, reservation] of journal.notes<TokenReservation>('token/'))
      await settleToken(sending, name, reservation, signal).catch(note)
    await slash(sending, signal).catch(note)
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
      if (parts.sending) await act(parts.sending, signal, note)
      if (failure !== undefined) throw failure as Error
    },
    /** certificates that are not settled */
    open: (): number => journal.notes('certificate/').length,
  }
}

export type Settler = ReturnType<typeof settler>
