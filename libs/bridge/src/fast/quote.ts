/** What a fast exit costs and whether it is open, decided from what L1 says. */
import type { Address } from 'viem'
import type { InsuredClass, MovedAmount } from './classes.js'
import { refuse, type FastExitError } from './errors.js'
import type { ExitLabel } from './label.js'

/** What can be paid early with the signers of a certificate, in the asset's smallest unit. */
export interface Cover {
  /** bound of all that is open together: half of the signers' stake in the asset */
  total: bigint
  /** what is open now, under all certificates */
  open: bigint
  /** bound of one exit */
  single: bigint
  /** what is left of the bound of an hour */
  hour: bigint
  /** the most that one exit can take now, of all bounds together */
  most: bigint
  /** how many sign, or would if all that are active do */
  signers: number
}

/** What the two ways of a withdrawal cost and take. Amounts in the asset's smallest unit. */
export interface FastExitQuote {
  /** The way that is open: `covered-fast` also where it only waits for the game's age. */
  label: ExitLabel
  /** Whether its class is one that is ever paid early. */
  insured: boolean
  /** What it moves, where it is insured. */
  moved: MovedAmount | undefined
  /** Why it is not paid early; undefined where it is. */
  refusal: FastExitError | undefined
  fast: {
    /** seconds until the assertion is old enough; undefined where there is none yet */
    waitSeconds: number | undefined
    fee: bigint
    /** L1 gas, about, besides what the target may take */
    gas: bigint
  }
  /** undefined where nothing can be said of it */
  cover: Cover | undefined
  canonical: {
    /** seconds, if nobody disputes the assertion and somebody resolves it in time; without a proof from when it is proven */
    waitSeconds: number
    fee: 0n
    /** L1 gas, about, besides what the target may take */
    gas: bigint
  }
}

/** What L1 says of a withdrawal that is proven, or of its game. Times are seconds of L1. */
export interface GameFacts {
  address: Address
  createdAt: bigint
  /** 0 while it is not resolved */
  resolvedAt: bigint
  isLost: boolean
  /** for how long it has stood without a rival */
  unrivalled: bigint
  challengePeriod: bigint
}

/** What a quote is decided from. Times and periods are seconds of L1. */
export interface QuoteFacts {
  now: bigint
  isPaused: boolean
  isFinalized: boolean
  insured: InsuredClass
  /** of a token: whether it is listed, and how much is locked for the pair */
  token?: { isListed: boolean; locked: bigint } | undefined
  limits: Omit<Cover, 'most' | 'signers'> | undefined
  signers: number
  /** What is there of a certificate. `asked`: it is not asked for, as the withdrawal is not made yet. */
  certificate:
    | { status: 'standing' | 'assembled' | 'released' | 'refilled' | 'asked'; id?: `0x${string}` }
    | { status: 'missing'; why: string; weight: bigint; needed: bigint }
  /** undefined where the withdrawal is not proven; `asked` as above */
  proof: { provenAt: bigint; game: GameFacts } | 'asked' | undefined
  /** the game that has a rival, of this one and those that it continues */
  rivalled: Address | undefined
  /** of a token: what the payer allows FastExits to take */
  allowance?: { spender: Address; amount: bigint } | undefined
  minAge: bigint
  maturityDelay: bigint
  finalityDelay: bigint
}

/** L1 gas of the contracts themselves, as the snapshots of @animechain/contracts have it, with 21,000 for the transaction; rounded up. */
const CANONICAL_GAS = 110_000n
const FAST_GAS = { base: 260_000n, ofSigner: 4_000n }
const CERTIFIED_GAS = { base: 340_000n, ofSigner: 25_500n }

/** A thousandth, rounded up: `FastExits.feeOf`. */
export const exitFee = (amount: bigint): bigint => (amount + 999n) / 1_000n

/** L1 gas of a fast exit, about, besides what the target may take. */
export function fastExitGas(signers: number, isStanding: boolean): bigint {
  const { base, ofSigner } = isStanding ? FAST_GAS : CERTIFIED_GAS
  return base + ofSigner * BigInt(signers)
}

const least = (...values: bigint[]): bigint => values.reduce((a, b) => (a < b ? a : b))
const positive = (value: bigint): bigint => (value > 0n ? value : 0n)

function coverOf({ limits, signers }: QuoteFacts): Cover | undefined {
  if (!limits) return undefined
  const { total, open, single, hour } = limits
  return { ...limits, signers, most: least(positive(total - open), single, hour) }
}

/** The bound that an amount is above. */
function boundOf(amount: bigint, { total, open, single }: Cover): string {
  if (amount > single) return 'a tenth of the cover'
  return amount > positive(total - open)
    ? 'what is left of the cover'
    : 'what is left of a quarter of it an hour'
}

/** When the ordinary way is open, seconds from now. */
export function canonicalWait({ now, proof, maturityDelay, finalityDelay }: QuoteFacts): number {
  if (typeof proof !== 'object') return Number(maturityDelay)
  const { provenAt, game } = proof
  const mature = provenAt + maturityDelay + 1n
  const decided = game.resolvedAt || now + positive(game.challengePeriod - game.unrivalled)
  const final = decided + finalityDelay
  return Number(positive((mature > final ? mature : final) - now))
}

function uncovered(
  facts: QuoteFacts,
  moved: MovedAmount,
  cover: Cover | undefined,
): FastExitError | undefined {
  const { certificate, token } = facts
  if (token && !token.isListed) return refuse.notCovered(moved.token, 'it is not listed')
  if (token && token.locked < moved.amount)
    return refuse.notCovered(moved.token, `${token.locked} of it are locked for this pair`, token.locked)
  if (certificate.status === 'missing')
    return refuse.noQuorum(certificate.why, certificate.weight, certificate.needed)
  if (cover && moved.amount > cover.most)
    return refuse.tooMuch(moved.amount, cover.most, boundOf(moved.amount, cover))
  const { allowance } = facts
  const fee = exitFee(moved.amount)
  if (token && allowance && allowance.amount < fee)
    return refuse.approval(moved.token, allowance.spender, fee, allowance.amount)
  return undefined
}

/** Why a withdrawal is not paid early, besides the age of its game. In the order in which a user can do something about it. */
function refusalOf(facts: QuoteFacts, cover: Cover | undefined): FastExitError | undefined {
  const { insured, proof, certificate, rivalled } = facts
  if (facts.isFinalized) return refuse.finalized()
  if (!insured.insured) return refuse.notInsured(insured.why)
  if (facts.isPaused) return refuse.paused()
  if (proof === undefined) return refuse.notProven()
  if (typeof proof === 'object' && proof.game.isLost)
    return refuse.wrongGame(proof.game.address, 'it has lost; prove the withdrawal against another')
  if (rivalled) return refuse.hasRival(rivalled)
  if (certificate.status === 'released' || certificate.status === 'refilled')
    return refuse.settled(certificate.id ?? '0x')
  return uncovered(facts, insured, cover)
}

/** Decides a quote. */
export function quoteOf(facts: QuoteFacts): FastExitQuote {
  const { insured, proof, certificate, now, minAge } = facts
  const cover = coverOf(facts)
  const refusal = refusalOf(facts, cover)
  const age = typeof proof === 'object' ? Number(positive(proof.game.createdAt + minAge - now)) : undefined
  const { insured: isInsured, ...moved } = insured
  return {
    label: refusal ? 'canonical' : 'covered-fast',
    insured: isInsured,
    moved: isInsured ? (moved as MovedAmount) : undefined,
    refusal,
    fast: {
      waitSeconds: age,
      fee: insured.insured ? exitFee(insured.amount) : 0n,
      gas: fastExitGas(facts.signers, certificate.status === 'standing'),
    },
    cover,
    canonical: { waitSeconds: canonicalWait(facts), fee: 0n, gas: CANONICAL_GAS },
  }
}
