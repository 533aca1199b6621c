import type { Address, Assertion, Hash, Hex } from '@animechain/core'

/** What this verifier derived itself for the batches of an assertion, from its parent on. */
export interface OwnResult {
  /** accumulator of the inbox after the assertion's batch, as this verifier read it */
  batchAcc: Hash
  /** last block of the batch */
  blockNumber: bigint
  outputRoot: Hash
  /** commitment to the output roots of the blocks after the parent's: `outputHistory` of core */
  history: Hash
}

/** What the decider is given. Nothing of it is asked for: the same state gives the same duties. */
export interface AttesterState {
  /** Assertions that L1 has finalised, all but those whose duty was done (`attest`, `alarm`) or is none (`pass`). */
  assertions: readonly Assertion[]
  /** Judgements of earlier rounds, by id; of each parent that is not among the assertions. */
  judged: ReadonlyMap<Hex, 'right' | 'wrong'>
  /** undefined: not derived yet */
  own(assertion: Assertion): OwnResult | undefined
  /** Whether an attestation of the key to that batch is in the log. */
  isSigned(batchIndex: bigint, batchAcc: Hash): boolean
  /** epoch in which L1 has this time, seconds: `epochAt` */
  epochAt(time: bigint): bigint
  /** epoch of L1's newest block */
  epoch: bigint
  /** Whether the key has weight at an epoch. */
  isActive(epoch: bigint): boolean
  /** epochs for which a certificate can be made */
  certificateEpochs: bigint
  /** first batch that the log signs */
  floor: bigint
}

/** What to do about an assertion. */
export type Duty = { assertion: Assertion } & (
  | { is: 'attest'; game: Address; epoch: bigint }
  /** it claims another output root than was derived */
  | { is: 'alarm'; game: Address; derived: Hash }
  /** later: what is missing comes by itself */
  | { is: 'wait'; why: string }
  /** never */
  | { is: 'pass'; why: string }
)

/** What is to do, and what was judged on the way. */
export interface Decision {
  duties: Duty[]
  /** of the assertions that could be judged */
  judged: ReadonlyMap<Hex, 'right' | 'wrong'>
}

const same = (a: Hex, b: Hex): boolean => a.toLowerCase() === b.toLowerCase()

type Judgement =
  { is: 'right' } | { is: 'wrong'; derived: Hash | undefined; why: string } | { is: 'open'; why: string }

/** Whether an assertion is right, with all that it builds on. */
function judge(
  assertion: Assertion,
  judged: ReadonlyMap<Hex, 'right' | 'wrong'>,
  own: OwnResult | undefined,
): Judgement {
  const { parent, batchIndex, batchAcc, blockNumber, outputRoot, history } = assertion
  const parentIs = parent === undefined ? 'right' : judged.get(parent.toLowerCase() as Hex)
  if (parentIs === undefined) return { is: 'open', why: 'its parent is not judged yet' }
  if (parentIs === 'wrong') return { is: 'wrong', derived: undefined, why: 'it builds on a wrong assertion' }
  if (own === undefined) return { is: 'open', why: `batch ${batchIndex} is not derived yet` }
  // The contract took it from the inbox: where it differs, this verifier has not got L1's finalised history.
  if (!same(own.batchAcc, batchAcc))
    return { is: 'open', why: `expected batch ${batchIndex} as L1 has it, got another one` }
  if (!same(own.outputRoot, outputRoot))
    return {
      is: 'wrong',
      derived: own.outputRoot,
      why: `expected root ${own.outputRoot}, got ${outputRoot}`,
    }
  if (own.blockNumber !== blockNumber)
    return {
      is: 'wrong',
      derived: undefined,
      why: `expected block ${own.blockNumber}, got ${blockNumber}`,
    }
  if (!same(own.history, history))
    return { is: 'wrong', derived: undefined, why: 'the root is right, its history is not' }
  return { is: 'right' }
}

/** What keeps a right assertion from being attested to; undefined: nothing. */
function obstacle(
  state: AttesterState,
  { batchIndex, batchAcc, status }: Assertion,
  epoch: bigint,
): string | undefined {
  if (state.isSigned(batchIndex, batchAcc)) return 'the batch is attested to'
  if (status === 'rejected') return 'it was rejected'
  if (batchIndex < state.floor) return `the log signs from batch ${state.floor} on`
  if (epoch < 1n || epoch + state.certificateEpochs < state.epoch)
    return `epoch ${epoch} is too old for a certificate`
  if (!state.isActive(epoch)) return `the key has no weight at epoch ${epoch}`
  return undefined
}

/** What is to do about an assertion that is right. */
function dutyOfRight(
  state: AttesterState,
  assertion: Assertion,
  { isMet, isOpen }: { isMet: boolean; isOpen: boolean },
): Duty {
  const epoch = state.epochAt(assertion.createdAt)
  const why = obstacle(state, assertion, epoch)
  if (why !== undefined) return { is: 'pass', assertion, why }
  if (isOpen) return { is: 'wait', assertion, why: 'an earlier assertion of the batch is not judged yet' }
  if (isMet) return { is: 'pass', assertion, why: 'an earlier assertion of the batch is right' }
  return { is: 'attest', assertion, game: assertion.id.toLowerCase() as Address, epoch }
}

/**
 * What a verifier does about finalised assertions: it attests to the first right one of each batch, and raises an alarm about each with a wrong root. Pure.
 * Of several right assertions for a batch the one with the least index is meant, so that the votes of all verifiers are for one game.
 */
export function decideAttestations(state: AttesterState): Decision {
  const judged = new Map(state.judged)
  /** batches whose first right assertion was met */
  const met = new Set<string>()
  /** batches with an assertion that may turn out to be the first right one */
  const open = new Set<string>()
  const duties: Duty[] = []
  const ordered = [...state.assertions].sort((a, b) => (a.index < b.index ? -1 : 1))
  for (const assertion of ordered) {
    const game = assertion.id.toLowerCase() as Address
    const batch = `${assertion.batchIndex}/${assertion.batchAcc.toLowerCase()}`
    const judgement = judge(assertion, judged, state.own(assertion))
    if (judgement.is === 'open') {
      duties.push({ is: 'wait', assertion, why: judgement.why })
      open.add(batch)
      continue
    }
    judged.set(game, judgement.is)
    if (judgement.is === 'wrong') {
      const { derived, why } = judgement
      duties.push(
        derived === undefined ? { is: 'pass', assertion, why } : { is: 'alarm', assertion, game, derived },
      )
      continue
    }
    duties.push(dutyOfRight(state, assertion, { isMet: met.has(batch), isOpen: open.has(batch) }))
    // One that L1 rejected is nobody's first.
    if (assertion.status !== 'rejected') met.add(batch)
  }
  return { duties, judged }
}
