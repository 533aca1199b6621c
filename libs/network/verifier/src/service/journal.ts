import {
  bigIntToBytes,
  concatBytes,
  hexToBytes,
  type Address,
  type Hash,
  type Hex,
  type KeyRange,
  type KeyValueStore,
} from '@animechain/core'
import type { Alarm, Attestation, Signed } from '@animechain/network-protocol'

/** An attestation of this verifier, with what a check-in says of it besides. */
export interface OwnAttestation extends Signed<Attestation> {
  /** first block that `blocksRoot` is over */
  firstBlock: bigint
  /** how many blocks it is over */
  blocks: bigint
}

/** An attestation of somebody to a root that this verifier did not derive. */
export interface WrongAttestation extends Signed<Attestation> {
  /** who signed, in lower case */
  key: Address
}

/** Two attestations of a key that contradict each other. */
export interface Contradiction {
  key: Address
  first: Signed<Attestation>
  second: Signed<Attestation>
}

/** Which batch a game is about. */
export interface BatchOfGame {
  game: Address
  batchIndex: bigint
  batchAcc: Hash
}

/** Kinds of entries, as they begin in the store. */
const kinds = {
  cursor: 'c/',
  judged: 'j/',
  right: 'r/',
  attested: 'a/',
  byEpoch: 'e/',
  alarm: 'l/',
  wrong: 'w/',
  contradiction: 'x/',
  note: 'n/',
} as const

const text = (value: string): Uint8Array => new TextEncoder().encode(value)
const keyOf = (kind: keyof typeof kinds, ...parts: Uint8Array[]): Uint8Array =>
  concatBytes(text(kinds[kind]), ...parts)
const number = (value: bigint): Uint8Array => bigIntToBytes(value, 32)

const batchOf = (batchIndex: bigint, batchAcc: Hash): Uint8Array =>
  concatBytes(number(batchIndex), hexToBytes(batchAcc))

/** JSON whose numbers beyond 2^53 are strings with a mark. */
const encode = (value: unknown): Uint8Array =>
  text(JSON.stringify(value, (_key, each: unknown) => (typeof each === 'bigint' ? `n:${each}` : each)))
const decode = <T>(bytes: Uint8Array): T =>
  JSON.parse(new TextDecoder().decode(bytes), (_key, each: unknown) =>
    typeof each === 'string' && each.startsWith('n:') ? BigInt(each.slice(2)) : each,
  ) as T

/** All keys that begin with these bytes. */
function under(prefix: Uint8Array): KeyRange {
  const after = prefix.slice()
  after[after.length - 1]! += 1
  return { gte: prefix, lt: after }
}

/**
 * What a verifier remembers of its duties over a restart. Nothing that was signed rests on it (that is the log's), and what is lost of it costs rewards, not
 * stake: it is found again on L1 and in the log, as far as it matters.
 */
export interface Journal {
  /** index of the first assertion whose duty is not done */
  cursor(): bigint
  /** what an assertion was judged to be, by id */
  judged(id: Hex): 'right' | 'wrong' | undefined
  /** Notes that all before an index are done, what some were judged to be, and which of them are right. */
  conclude(
    cursor: bigint,
    judged: ReadonlyMap<Hex, 'right' | 'wrong'>,
    right: readonly BatchOfGame[],
  ): Promise<void>
  /** The game that is right for a batch; undefined: none was seen. */
  rightGame(batchIndex: bigint, batchAcc: Hash): Address | undefined
  /** What this verifier attested for a batch. */
  attested(batchIndex: bigint, batchAcc: Hash): OwnAttestation | undefined
  addAttested(attestation: OwnAttestation): Promise<void>
  /** What it attested whose epoch is this one, by batch. */
  attestedIn(epoch: bigint): OwnAttestation[]
  alarm(game: Address): Signed<Alarm> | undefined
  addAlarm(alarm: Signed<Alarm>): Promise<void>
  wrong(): WrongAttestation[]
  addWrong(attestation: WrongAttestation): Promise<void>
  dropWrong(attestation: WrongAttestation): Promise<void>
  contradictions(): Contradiction[]
  addContradiction(contradiction: Contradiction): Promise<void>
  dropContradiction(contradiction: Contradiction): Promise<void>
  /** A note of a duty by name: JSON with bigints. */
  note<T>(name: string): T | undefined
  setNote(name: string, value: unknown): Promise<void>
  /** Notes whose name begins with this. */
  notes<T>(prefix: string): [name: string, value: T][]
  dropNote(name: string): Promise<void>
  /** Forgets what was attested in epochs before this one. */
  prune(epoch: bigint): Promise<void>
}

/** What the journal knows of assertions. */
function judgements(store: KeyValueStore) {
  return {
    cursor(): bigint {
      const found = store.get(keyOf('cursor'))
      return found ? decode<bigint>(found) : 0n
    },
    judged(id: Hex): 'right' | 'wrong' | undefined {
      const found = store.get(keyOf('judged', hexToBytes(id)))
      return found && decode<'right' | 'wrong'>(found)
    },
    rightGame(batchIndex: bigint, batchAcc: Hash): Address | undefined {
      const found = store.get(keyOf('right', batchOf(batchIndex, batchAcc)))
      return found && decode<Address>(found)
    },
    conclude: (cursor: bigint, judged: ReadonlyMap<Hex, 'right' | 'wrong'>, right: readonly BatchOfGame[]) =>
      store.batch(
        [
          ...right.map(({ game, batchIndex, batchAcc }) => ({
            type: 'put' as const,
            key: keyOf('right', batchOf(batchIndex, batchAcc)),
            value: encode(game),
          })),
          ...[...judged].map(([id, is]) => ({
            type: 'put' as const,
            key: keyOf('judged', hexToBytes(id)),
            value: encode(is),
          })),
          { type: 'put', key: keyOf('cursor'), value: encode(cursor) },
        ],
        { durable: true },
      ),
  }
}

/** What the journal knows of own attestations. */
function attestations(store: KeyValueStore) {
  return {
    attested(batchIndex: bigint, batchAcc: Hash): OwnAttestation | undefined {
      const found = store.get(keyOf('attested', batchOf(batchIndex, batchAcc)))
      return found && decode<OwnAttestation>(found)
    },
    addAttested(attestation: OwnAttestation): Promise<void> {
      const { batchIndex, batchAcc, epoch } = attestation.message
      const batch = batchOf(batchIndex, batchAcc)
      return store.batch(
        [
          { type: 'put', key: keyOf('attested', batch), value: encode(attestation) },
          { type: 'put', key: keyOf('byEpoch', number(epoch), batch), value: batch },
        ],
        { durable: true },
      )
    },
    attestedIn(epoch: bigint): OwnAttestation[] {
      const found: OwnAttestation[] = []
      for (const [, batch] of store.iterate(under(keyOf('byEpoch', number(epoch)))))
        found.push(decode<OwnAttestation>(store.get(keyOf('attested', batch))!))
      return found
    },
    async prune(epoch: bigint): Promise<void> {
      const old = [
        ...store.iterate({ gte: keyOf('byEpoch'), lt: keyOf('byEpoch', number(epoch)), limit: 1_000 }),
      ]
      if (old.length === 0) return
      await store.batch(
        old.flatMap(([key, batch]) => [
          { type: 'delete' as const, key },
          { type: 'delete' as const, key: keyOf('attested', batch) },
        ]),
      )
    },
  }
}

/** What the journal knows of others. */
function evidence(store: KeyValueStore) {
  const put = (key: Uint8Array, value: unknown) =>
    store.batch([{ type: 'put', key, value: encode(value) }], { durable: true })
  const drop = (key: Uint8Array) => store.batch([{ type: 'delete', key }])
  const all = <T>(kind: 'wrong' | 'contradiction'): T[] =>
    [...store.iterate(under(keyOf(kind)))].map(([, value]) => decode<T>(value))
  const wrongKey = ({ key, message }: WrongAttestation) =>
    keyOf('wrong', hexToBytes(key), number(message.batchIndex), hexToBytes(message.batchAcc))
  const contradictionKey = ({ key }: Contradiction) => keyOf('contradiction', hexToBytes(key))
  return {
    alarm(game: Address): Signed<Alarm> | undefined {
      const found = store.get(keyOf('alarm', hexToBytes(game)))
      return found && decode<Signed<Alarm>>(found)
    },
    addAlarm: (alarm: Signed<Alarm>) => put(keyOf('alarm', hexToBytes(alarm.message.game)), alarm),
    wrong: () => all<WrongAttestation>('wrong'),
    addWrong: (attestation: WrongAttestation) => put(wrongKey(attestation), attestation),
    dropWrong: (attestation: WrongAttestation) => drop(wrongKey(attestation)),
    contradictions: () => all<Contradiction>('contradiction'),
    addContradiction: (contradiction: Contradiction) => put(contradictionKey(contradiction), contradiction),
    dropContradiction: (contradiction: Contradiction) => drop(contradictionKey(contradiction)),
    note<T>(name: string): T | undefined {
      const found = store.get(keyOf('note', text(name)))
      return found && decode<T>(found)
    },
    setNote: (name: string, value: unknown) => put(keyOf('note', text(name)), value),
    notes: <T>(prefix: string): [string, T][] =>
      [...store.iterate(under(keyOf('note', text(prefix))))].map(([key, value]) => [
        new TextDecoder().decode(key.subarray(2)),
        decode<T>(value),
      ]),
    dropNote: (name: string) => drop(keyOf('note', text(name))),
  }
}

/** A journal in a store of its own. */
export const journalIn = (store: KeyValueStore): Journal => ({
  ...judgements(store),
  ...attestations(store),
  ...evidence(store),
})
