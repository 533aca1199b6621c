import { fastExitsAbi } from '@animechain/contracts/FastExits'
import { BaseError, isBaseError, type Clock, type Hash } from '@animechain/core'
import { zeroAddress, type Address } from 'viem'
import { getBlockNumber, getContractEvents, getTransaction, getTransactionCount } from 'viem/actions'
import type { BridgeContext } from '../context.js'
import { pauseAfter } from '../limits.js'
import { accountOf, shortMessage } from '../policy.js'
import type { WithdrawalTransfer } from '../transfers.js'
import { findCertificate, type FoundCertificate } from './certificate.js'
import { exitNetwork, type ExitNetwork } from './contracts.js'
import { finalizeWithdrawalFast } from './finalize.js'
import { getFastExitQuote, type QuotedExit } from './getQuote.js'
import type { ExitLabel } from './label.js'
import { exitFee, type FastExitQuote } from './quote.js'

/** What a bridge is asked a quote for: a withdrawal that it follows, or one that is not made yet. */
export type QuoteRequest =
  { id: Hash } | { token?: Address | undefined; remoteToken?: Address | undefined; amount: bigint }

/** For how long what was read serves, milliseconds. */
const NETWORK_MS = 60_000
const CERTIFICATE_MS = 5_000
const QUOTE_MS = 2_000
/** Certificates, and quotes, that are kept. */
const MOST = 64
/** Ranges of blocks in which the payment of a withdrawal is looked for. */
const LOG_RANGES = 20
const LOG_RANGE = 5_000n

/** Keeps what was asked for a while, so that many who ask the same cost as one. What failed is asked again. */
function remembered<T>(clock: Pick<Clock, 'now'>, forMs: number) {
  const kept = new Map<string, { at: number; value: Promise<T> }>()
  return {
    of(key: string, read: () => Promise<T>): Promise<T> {
      const now = clock.now()
      const found = kept.get(key)
      if (found && now >= found.at && now - found.at < forMs) return found.value
      const value = read()
      kept.delete(key)
      kept.set(key, { at: now, value })
      value.catch(() => kept.get(key)?.value === value && kept.delete(key))
      if (kept.size > MOST) kept.delete(kept.keys().next().value!)
      return value
    },
    forget: (key: string) => void kept.delete(key),
  }
}

/** Quotes of a bridge, and the certificates that they rest on. */
export function quotes(context: BridgeContext) {
  const { l1Client, clock, fast, ledger } = context
  const networks = remembered<ExitNetwork | undefined>(clock, NETWORK_MS)
  const certificates = remembered<FoundCertificate>(clock, CERTIFICATE_MS)
  const answers = remembered<FastExitQuote>(clock, QUOTE_MS)
  let inFlight = 0

  /** undefined where the chain pays none early. */
  const network = () =>
    networks.of('network', () =>
      exitNetwork(l1Client, context.portal).catch((error: unknown) => {
        if (isBaseError(error) && error.code === 'BRIDGE_FAST_NONE') return undefined
        throw error
      }),
    )

  const ask = (request: QuotedExit) =>
    getFastExitQuote(l1Client, { contracts: fast.contracts, verifiers: fast.verifiers, ...request })

  return {
    network,

    /** Of a game that verifiers may vouch for. */
    certificate: (of: ExitNetwork, game: Address): Promise<FoundCertificate> =>
      certificates.of(game, () => findCertificate(l1Client, of, { game, verifiers: fast.verifiers })),
    forget: (game: Address) => certificates.forget(game),

    ask,

    /**
     * A quote for whoever asks.
     * @throws {BaseError} `BRIDGE_BUSY` where too many are asked for at once
     */
    async answer(request: QuoteRequest): Promise<FastExitQuote | undefined> {
      const transfer = 'id' in request ? ledger.find(request.id) : undefined
      if ('id' in request && !transfer) return undefined
      const key = JSON.stringify(request, (_name, value) => (typeof value === 'bigint' ? `${value}` : value))
      return answers.of(key, async () => {
        if (inFlight >= MOST)
          throw new BaseError('Too many quotes are asked for at once.', {
            code: 'BRIDGE_BUSY',
            metaMessages: [`Expected at most ${MOST}.`],
          })
        inFlight++
        try {
          return await ask(
            transfer ? { withdrawal: transfer.withdrawal } : (request as Exclude<QuoteRequest, { id: Hash }>),
          )
        } finally {
          inFlight--
        }
      })
    },
  }
}

export type Quotes = ReturnType<typeof quotes>

/** The proof of a withdrawal that is not mature. */
export interface YoungProof {
  proofSubmitter: Address
  game: Address
}

/** What the last look at the fast way of a withdrawal found. */
interface Look {
  at: number
  /** for how long it serves, milliseconds */
  pauseMs: number
  game: Address
  isReady: boolean
  label: ExitLabel
  why?: string
  secondsLeft?: number
  failures: number
}

/** Looks at the fast way of withdrawals that wait for the ordinary one. */
function lookOut(context: BridgeContext, { network, certificate, ask }: Quotes) {
  const { wallet, clock, fast } = context
  /** By withdrawal; only of those that wait. */
  const looks = new Map<Hash, Look>()

  /** Why the relayer does not pay for it, whatever L1 says. */
  function unpaid({ moved, fast: { fee } }: FastExitQuote): string | undefined {
    if (moved?.token !== zeroAddress || fee <= fast.maxFee) return undefined
    return `its fee is ${fee} wei, the relayer pays ${fast.maxFee} at most`
  }

  async function lookAt(transfer: WithdrawalTransfer, proof: YoungProof, failures: number): Promise<Look> {
    const base = { at: clock.now(), pauseMs: fast.lookMs, game: proof.game, failures }
    const no = (why: string): Look => ({ ...base, isReady: false, label: 'canonical', why })
    const of = await network()
    if (!of) return { ...no('this chain pays no withdrawal early'), pauseMs: NETWORK_MS }
    const quote = await ask({
      withdrawal: transfer.withdrawal,
      proofSubmitter: proof.proofSubmitter,
      payer: wallet?.account.address,
      certificate: await certificate(of, proof.game),
    })
    const { refusal } = quote
    const why = refusal ? [refusal.shortMessage, ...refusal.metaMessages].join(' ') : unpaid(quote)
    if (why !== undefined) return no(why)
    const secondsLeft = quote.fast.waitSeconds ?? 0
    return { ...base, isReady: secondsLeft === 0, label: 'covered-fast', secondsLeft }
  }

  const isFresh = (look: Look, { game }: YoungProof, now: number): boolean =>
    look.game === game && now >= look.at && now - look.at < look.pauseMs

  return {
    /** The last look, or a new one. What goes wrong is what it found. */
    async at(transfer: WithdrawalTransfer, proof: YoungProof): Promise<Look> {
      const last = looks.get(transfer.id)
      const now = clock.now()
      if (last && isFresh(last, proof, now)) return last
      const failures = last?.failures ?? 0
      const look = await lookAt(transfer, proof, failures).catch((error: unknown): Look => ({
        ...{ at: now, pauseMs: fast.lookMs, game: proof.game, failures },
        ...{ isReady: false, label: 'canonical', why: shortMessage(error) },
      }))
      looks.set(transfer.id, look)
      return look
    },

    /** After a step that failed: longer and longer. Answers how often. */
    pause(id: Hash, game: Address, why: string): number {
      const failures = (looks.get(id)?.failures ?? 0) + 1
      const pauseMs = Math.max(fast.lookMs, pauseAfter(failures))
      const now = { at: clock.now(), pauseMs, game, failures }
      looks.set(id, { ...now, isReady: false, label: 'canonical', why })
      return failures
    },

    /** Forgets one that does not wait any more. */
    done: (id: Hash) => void looks.delete(id),
  }
}

/** How withdrawals were paid that are finalised. */
function labels({ l1Client }: BridgeContext, network: Quotes['network']) {
  /** Looks through the newest ranges of L1's blocks; undefined where it cannot be told. With the transaction of an early payment. */
  async function find(id: Hash, ranges: number): Promise<{ label: ExitLabel; hash?: Hash } | undefined> {
    const of = await network()
    if (!of) return { label: 'canonical' }
    let to = await getBlockNumber(l1Client, { cacheTime: 0 })
    for (let n = 0; n < ranges; n++) {
      const from = to >= LOG_RANGE ? to - LOG_RANGE + 1n : 0n
      const events = await getContractEvents(l1Client, {
        ...{ address: of.fastExits, abi: fastExitsAbi, eventName: 'Reserved' as const },
        args: { withdrawalHash: id },
        fromBlock: from,
        toBlock: to,
      })
      const hash = events.at(-1)?.transactionHash
      if (hash) return { label: 'covered-fast', hash }
      if (from === 0n) return { label: 'canonical' }
      to = from - 1n
    }
    return undefined
  }
  // A label is not worth a failure: the withdrawal is paid.
  return (id: Hash, ranges = LOG_RANGES) => find(id, ranges).catch(() => undefined)
}

/** The fast way of the relayer: where its policy asks for it, withdrawals are paid early as soon as they are covered. */
export function fastLane(context: BridgeContext, quoted: Quotes) {
  const { l1Client, wallet, fast, fees, ledger, logger } = context
  const { network, certificate, forget } = quoted
  const looks = lookOut(context, quoted)

  return {
    /** A withdrawal that waits for the ordinary way, with what the fast one says. What goes wrong there does not touch it. */
    async consider(transfer: WithdrawalTransfer, proof: YoungProof): Promise<WithdrawalTransfer> {
      if (fast.policy === 'never' || !wallet) return transfer
      const { label, why, secondsLeft, isReady } = await looks.at(transfer, proof)
      return {
        ...transfer,
        label,
        ...(why === undefined ? {} : { notFast: why }),
        ...(secondsLeft === undefined ? {} : { secondsToNextStep: secondsLeft }),
        ...(isReady ? { status: 'readyToFinalizeFast' as const } : {}),
      }
    },

    /** Why a step that is possible is not taken now. */
    refusal: (account: Address): string | undefined => fees.refusal(account),

    done: looks.done,
    labelOf: labels(context, network),

    /** Whether a transaction that was sent, maybe by an earlier run, may still be included. */
    async isPending({ fastTransactionHash: hash }: WithdrawalTransfer): Promise<boolean> {
      if (hash === undefined) return false
      const found = await getTransaction(l1Client, { hash }).catch((error: Error) => {
        if (error.name === 'TransactionNotFoundError') return undefined
        throw error
      })
      return found !== undefined && found.blockNumber === null
    },

    /**
     * Sends it. With the first nonce that L1 has not seen used, so that of what this run and an earlier one sent one transaction at most is ever included.
     * @throws what stands in its way
     */
    async send(transfer: WithdrawalTransfer, proof: YoungProof): Promise<WithdrawalTransfer> {
      const of = await network()
      const found = of && (await certificate(of, proof.game))
      if (found?.status !== 'standing' && found?.status !== 'assembled')
        throw new BaseError('The certificate is gone.', { code: 'BRIDGE_STEP_REVERTED' })
      // Whatever comes of it, the next one looks anew: it is posted now.
      forget(proof.game)
      const { address } = wallet!.account
      const nonce = await getTransactionCount(l1Client, { address, blockTag: 'latest' })
      const fastTransactionHash = await finalizeWithdrawalFast(wallet!, {
        contracts: fast.contracts,
        withdrawal: transfer.withdrawal,
        certificate: found.certificate,
        proofSubmitter: proof.proofSubmitter,
        nonce,
      })
      // Before anything else can fail: an own transaction that is on its way is waited for, also after a restart.
      const sent = { ...transfer, label: 'covered-fast' as const, fastTransactionHash }
      await ledger.save(sent)
      return sent
    },

    /** Notes that it was paid, with its fee. */
    paid(transfer: WithdrawalTransfer): void {
      const { value } = transfer.withdrawal
      // A fee in tokens is bounded by what the relayer approved.
      if (value > 0n) fees.charge(accountOf(transfer), Number(exitFee(value)) / 1e9)
      looks.done(transfer.id)
      logger.info('withdrawal paid early', { withdrawal: transfer.id, value })
    },

    /** Notes that it did not work: the ordinary way goes on as if nothing had been. */
    failed(transfer: WithdrawalTransfer, { game }: YoungProof, error: unknown): WithdrawalTransfer {
      const why = shortMessage(error)
      const failures = looks.pause(transfer.id, game, why)
      logger.warn('withdrawal not paid early', { withdrawal: transfer.id, error: why, failures })
      forget(game)
      return { ...transfer, status: 'waitingToFinalize', label: 'canonical', notFast: why }
    },
  }
}

export type FastLane = ReturnType<typeof fastLane>
