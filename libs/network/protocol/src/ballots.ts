import { InvalidInputError, type Address, type Hash } from '@animechain/core'
import type { Ballot, CertificateBody } from './certificate.js'
import type { Attestation, Signed } from './messages.js'

/** Two attestations of one key for one batch with different roots: all of its stake. docs/spec/network.md, section 7 */
export interface Equivocation {
  key: Address
  first: Signed<Attestation>
  second: Signed<Attestation>
}

/** What an attestation was to a box of ballots. */
export type BallotTaken =
  /** the key's first for this batch */
  | { is: 'new' }
  /** byte for byte the one that is there */
  | { is: 'known' }
  /** the same root, but another game, epoch, tree or signature: the first one counts, nobody is charged */
  | { is: 'repeated' }
  /** the key is one too many */
  | { is: 'refused' }
  /** another root: kept as evidence; `isNew` where there was none of this key */
  | { is: 'equivocation'; isNew: boolean; evidence: Equivocation }

/** Ballots by batch and accumulator, one of each key. */
export interface BallotBox {
  /** Takes an attestation whose signature was verified to be the key's. */
  add(key: Address, attestation: Signed<Attestation>): BallotTaken
  /** Ballots for a batch as L1 has it, whatever they say. */
  ballots(batchIndex: bigint, batchAcc: Hash): Ballot[]
  /** Different bodies that were voted for, for one batch as L1 has it. */
  bodies(batchIndex: bigint, batchAcc: Hash): CertificateBody[]
  /** Every equivocation that was found and is kept. */
  equivocations(): Equivocation[]
  /** Keeps ballots of these keys alone, and all evidence: at a change of members. Keys are in lower case. */
  retain(keys: ReadonlySet<Address>): void
  /** ballots in all */
  readonly size: number
}

/** Bounds of a box of ballots. */
export interface BallotBoxOptions {
  /** Keys at most; the ballots of a further one are taken once {@link BallotBox.retain} made room. Default 256. */
  maxKeys?: number
  /** Batches of each key at most; then the one of the key's that came first is forgotten. Default 512. */
  maxPerKey?: number
}

/** Whether two attestations of one key contradict each other. */
export const isEquivocation = (a: Attestation, b: Attestation): boolean =>
  a.batchIndex === b.batchIndex &&
  a.batchAcc.toLowerCase() === b.batchAcc.toLowerCase() &&
  a.outputRoot.toLowerCase() !== b.outputRoot.toLowerCase()

const slotOf = (batchIndex: bigint, batchAcc: Hash): string => `${batchIndex}/${batchAcc.toLowerCase()}`

const fields = ['game', 'batchAcc', 'outputRoot', 'blocksRoot'] as const
const isSame = (a: Signed<Attestation>, b: Signed<Attestation>): boolean =>
  a.signature.toLowerCase() === b.signature.toLowerCase() &&
  a.message.epoch === b.message.epoch &&
  a.message.batchIndex === b.message.batchIndex &&
  a.message.l2BlockNumber === b.message.l2BlockNumber &&
  fields.every((name) => a.message[name].toLowerCase() === b.message[name].toLowerCase())

/** What is kept of a key. Evidence is one for each key: its stake goes once. */
interface OfKey {
  bySlot: Map<string, Signed<Attestation>>
  evidence?: Equivocation
}

/**
 * An empty box of ballots. Bounded for each key on its own, so that a member that signs without end displaces nobody's ballots but its own.
 * @throws {InvalidInputError} for bounds below 1
 */
export function ballotBox({ maxKeys = 256, maxPerKey = 512 }: BallotBoxOptions = {}): BallotBox {
  for (const [name, value] of Object.entries({ maxKeys, maxPerKey }))
    if (!Number.isSafeInteger(value) || value < 1)
      throw new InvalidInputError(name, 'a whole number from 1 on', value)
  const keys = new Map<Address, OfKey>()

  function ballots(batchIndex: bigint, batchAcc: Hash): Ballot[] {
    const slot = slotOf(batchIndex, batchAcc)
    const found: Ballot[] = []
    for (const [key, { bySlot }] of keys) {
      const attestation = bySlot.get(slot)
      if (attestation !== undefined) found.push({ key, attestation })
    }
    return found
  }

  return {
    add(signer, attestation) {
      const key = signer.toLowerCase() as Address
      const slot = slotOf(attestation.message.batchIndex, attestation.message.batchAcc)
      const of: OfKey = keys.get(key) ?? { bySlot: new Map() }
      const before = of.bySlot.get(slot)
      if (before === undefined) {
        if (!keys.has(key) && keys.size >= maxKeys) return { is: 'refused' }
        keys.set(key, of)
        of.bySlot.set(slot, attestation)
        if (of.bySlot.size > maxPerKey) of.bySlot.delete(of.bySlot.keys().next().value!)
        return { is: 'new' }
      }
      if (isSame(before, attestation)) return { is: 'known' }
      if (!isEquivocation(before.message, attestation.message)) return { is: 'repeated' }
      const isNew = of.evidence === undefined
      of.evidence ??= { key, first: before, second: attestation }
      return { is: 'equivocation', isNew, evidence: of.evidence }
    },
    ballots,
    bodies(batchIndex, batchAcc) {
      const found = new Map<string, CertificateBody>()
      for (const { attestation } of ballots(batchIndex, batchAcc)) {
        const { blocksRoot: _, ...body } = attestation.message
        found.set(`${body.game}/${body.l2BlockNumber}/${body.outputRoot}/${body.epoch}`.toLowerCase(), body)
      }
      return [...found.values()]
    },
    equivocations: () => [...keys.values()].flatMap(({ evidence }) => evidence ?? []),
    retain(kept) {
      for (const [key, { evidence }] of [...keys])
        if (!kept.has(key)) {
          // Who left can still be charged.
          if (evidence === undefined) keys.delete(key)
          else keys.set(key, { bySlot: new Map(), evidence })
        }
    },
    get size() {
      let size = 0
      for (const { bySlot } of keys.values()) size += bySlot.size
      return size
    },
  }
}
