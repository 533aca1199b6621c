import { BaseError, bytesToHex, equalBytes, hexToBytes, type Hash } from '@animechain/core'
import { boundedMap } from '@animechain/runtime'
import {
  DATA_UNITS,
  UNITS,
  blobId,
  isBodyLength,
  layoutOf,
  reconstructStripe,
  shardOf,
  unitOf,
  unitRoot,
  unitRootAt,
  verifyUnit,
  verifyUnitRoots,
  type VaultCrypto,
} from '@animechain/vault-format'
import type { BlobDescriptor } from '@animechain/vault-protocol'
import { checkSignal, within, type Fault, type Member, type Shared } from './members.js'
import { descriptorOf, type Answer } from './nodeClient.js'
import { sharedWork } from './shared.js'

/** A blob, by what its id is the hash of. */
export interface Blob {
  id: Hash
  descriptor: BlobDescriptor
}

/** Units that are kept after they were read: what was fetched for one chunk of a stripe may be another chunk. 8 MiB. */
const KEPT_UNITS = 32
const KEPT_DESCRIPTORS = 256
const KEPT_ROOTS = 4

type Got = { bytes: Uint8Array } | { why: string }

/** Reads verified units and chunks from the members. */
export interface Units {
  /** @throws {BaseError} `VAULT_UNKNOWN_BLOB`, `VAULT_UNREADABLE` */
  blob(id: Hash, signal?: AbortSignal): Promise<Blob>
  /** A sealed chunk. One that was computed is verified by the roots of all units where `verified` asks for it; else its tag shows what it is. */
  chunk(blob: Blob, index: number, signal?: AbortSignal, verified?: boolean): Promise<Uint8Array>
  /** Roots of all units, verified. @throws {BaseError} `VAULT_UNREADABLE` */
  roots(blob: Blob, signal?: AbortSignal): Promise<Uint8Array>
  /** A unit computed from others, never from its own node, verified by its root. @throws {BaseError} `VAULT_UNREADABLE`, `VAULT_FALSE_PARITY` */
  computed(
    blob: Blob,
    shard: number,
    stripe: number,
    roots: Uint8Array,
    signal?: AbortSignal,
  ): Promise<Uint8Array>
  /** A unit from its own node. */
  unit(blob: Blob, shard: number, stripe: number, signal?: AbortSignal): Promise<Got>
}

const unreadable = (what: string, have: number, reasons: readonly string[]) =>
  new BaseError(`Expected 3 of the 5 units of ${what}, got ${have}.`, {
    code: 'VAULT_UNREADABLE',
    metaMessages: reasons,
  })

/** Units from their own nodes, verified; each is fetched once, however many wait for it. */
function unitFetcher({ members, crypto, events }: Shared) {
  const kept = boundedMap<string, Uint8Array>(KEPT_UNITS)
  const fetching = sharedWork<Got>()

  const fault = (kind: Fault['kind'], member: Member, about: Omit<Fault, 'kind' | 'node'>) =>
    events.emit('fault', { kind, node: member.client.node, ...about })

  async function fetched(blob: Blob, shard: number, stripe: number, signal: AbortSignal): Promise<Got> {
    const member = members[shard]!
    const about = { blob: blob.id, shard, stripe }
    const answer = await member.client.unit(blob.id, shard, stripe, signal)
    if (answer.status !== 'ok') {
      // Nobody waits for it any more: that says nothing about the node.
      if (signal.aborted) return { why: 'it was not waited for' }
      member.health.failed(answer.why)
      fault(answer.status === 'missing' ? 'missing' : 'unreachable', member, { ...about, why: answer.why })
      return { why: answer.why }
    }
    if (!verifyUnit(blob.descriptor, { shard, stripe, ...answer.value }, crypto)) {
      const why = 'its bytes are not those that the root of its shard names'
      member.health.rests(why)
      fault('corrupt', member, { ...about, why })
      return { why }
    }
    member.health.succeeded()
    kept.set(`${blob.id}/${shard}/${stripe}`, answer.value.bytes)
    return { bytes: answer.value.bytes }
  }

  function unit(blob: Blob, shard: number, stripe: number, signal?: AbortSignal): Promise<Got> {
    const key = `${blob.id}/${shard}/${stripe}`
    const bytes = kept.get(key)
    if (bytes) return Promise.resolve({ bytes })
    return fetching.get(key, signal, (own) => fetched(blob, shard, stripe, own))
  }
  return {
    unit,
    fault,
    has: (blob: Blob, shard: number, stripe: number): boolean => kept.has(`${blob.id}/${shard}/${stripe}`),
  }
}

type Fetcher = ReturnType<typeof unitFetcher>

interface Gathering {
  /** the unit that is wanted */
  wanted: number
  /** an own node's answer that is late, and may still come */
  late?: Promise<Got>
  /** whether its own node is asked at all */
  own: boolean
  /** what was wrong with its own node's answer */
  why?: string
}

/** Gathers units of a stripe until the wanted one is there, or can be computed. */
function unitGatherer({ members, clock, hedgeDelay }: Shared, { unit, has, fault }: Fetcher) {
  /** What is asked next: what is here already, then who is well, chunks before parity. */
  function order(blob: Blob, stripe: number, units: readonly number[]): number[] {
    const cost = (each: number) => {
      const shard = shardOf(stripe, each)
      if (has(blob, shard, stripe)) return 0
      return (members[shard]!.health.isResting ? 20 : 10) + each
    }
    return [...units].sort((a, b) => cost(a) - cost(b))
  }

  /** The wanted unit, or any three: asks as many as are needed, one more for each that fails, and one more whenever it takes long. */
  async function gather(
    blob: Blob,
    stripe: number,
    { wanted, late, own, why }: Gathering,
    signal?: AbortSignal,
  ) {
    const layout = layoutOf(blob.descriptor.length)
    const lengths = Array.from({ length: UNITS }, (_, each) => layout.unitLength(stripe, each))
    const have: (Uint8Array | undefined)[] = lengths.map((length) =>
      length === 0 ? new Uint8Array(0) : undefined,
    )
    const running = new Map<number, Promise<{ each: number; got: Got }>>()
    const slow = new Set<number>()
    const reasons: string[] = []
    const failed = (each: number, reason: string) =>
      reasons.push(`${members[shardOf(stripe, each)]!.client.node.address}: ${reason}`)
    if (why !== undefined) failed(wanted, why)
    const run = (each: number, work: Promise<Got>) => {
      const told = work.then((got) => ({ each, got }))
      // It may fail, by its signal, when nobody waits for it any more.
      told.catch(() => {})
      running.set(each, told)
    }
    if (late) {
      run(wanted, late)
      slow.add(wanted)
    }
    const others = lengths.flatMap((length, each) =>
      length > 0 && !running.has(each) && (own || each !== wanted) ? [each] : [],
    )
    const queue = order(blob, stripe, others)
    const count = () => have.filter(Boolean).length
    const next = () => {
      const each = queue.shift()
      if (each !== undefined) run(each, unit(blob, shardOf(stripe, each), stripe, signal))
    }
    while (!have[wanted] && count() < DATA_UNITS) {
      checkSignal(signal, 'Reading')
      while (queue.length > 0 && running.size - slow.size + count() < DATA_UNITS) next()
      if (running.size === 0) throw unreadable(`stripe ${stripe} of ${blob.id}`, count(), reasons)
      const came = await within(clock, queue.length > 0 ? hedgeDelay : 2 ** 30, [...running.values()])
      if (!came) {
        for (const each of running.keys()) slow.add(each)
        next()
        continue
      }
      running.delete(came.each)
      slow.delete(came.each)
      if ('bytes' in came.got) have[came.each] = came.got.bytes
      else failed(came.each, came.got.why)
    }
    for (const each of slow) {
      const shard = shardOf(stripe, each)
      const why = `others answered before it did, ${hedgeDelay} ms or more`
      members[shard]!.health.rests(why)
      fault('slow', members[shard]!, { blob: blob.id, shard, stripe, why })
    }
    return { have, lengths }
  }
  return gather
}

/** What a node gave as a blob's descriptor, where the id is its hash. */
function acceptedDescriptor(id: Hash, json: unknown, crypto: VaultCrypto): BlobDescriptor | undefined {
  const descriptor = descriptorOf(json)
  const isIt =
    descriptor && isBodyLength(descriptor.length) && blobId(descriptor, crypto) === id.toLowerCase()
  return isIt ? descriptor : undefined
}

/** A unit that was computed, held against the roots that the sealer wrote. @throws {BaseError} `VAULT_FALSE_PARITY` */
function expectRoot(
  blob: Blob,
  { stripe, unit, bytes }: { stripe: number; unit: number; bytes: Uint8Array },
  roots: Uint8Array,
  crypto: VaultCrypto,
): Uint8Array {
  const expected = unitRootAt(roots, stripe, unit)
  if (equalBytes(unitRoot(bytes, crypto), expected)) return bytes
  throw new BaseError(
    `Three right units of stripe ${stripe} of ${blob.id} give another unit ${unit} than ${bytesToHex(expected)}: who sealed it wrote false parity.`,
    { code: 'VAULT_FALSE_PARITY' },
  )
}

/** {@link Units} */
export function unitReader(shared: Shared): Units {
  const { members, clock, crypto, hedgeDelay } = shared
  const descriptors = boundedMap<Hash, BlobDescriptor>(KEPT_DESCRIPTORS)
  const knownRoots = boundedMap<Hash, Uint8Array>(KEPT_ROOTS)
  const fetcher = unitFetcher(shared)
  const { unit } = fetcher
  const gather = unitGatherer(shared, fetcher)

  async function chunk(
    blob: Blob,
    index: number,
    signal?: AbortSignal,
    verified = false,
  ): Promise<Uint8Array> {
    const { stripe, unit: wanted, shard } = layoutOf(blob.descriptor.length).placeOf(index)
    const resting = members[shard]!.health.isResting && !fetcher.has(blob, shard, stripe)
    let late: Promise<Got> | undefined
    let failure: string | undefined
    if (!resting) {
      const first = unit(blob, shard, stripe, signal)
      // Whoever waits no longer leaves it alone.
      first.catch(() => {})
      const got = await within(clock, hedgeDelay, [first])
      if (got && 'bytes' in got) return got.bytes
      if (got) failure = got.why
      else late = first
    }
    const { have, lengths } = await gather(blob, stripe, { wanted, late, own: resting, why: failure }, signal)
    const bytes = have[wanted] ?? reconstructStripe(have, lengths)[wanted]!
    if (have[wanted] || !verified) return bytes
    return expectRoot(blob, { stripe, unit: wanted, bytes }, await roots(blob, signal), crypto)
  }

  async function roots(blob: Blob, signal?: AbortSignal): Promise<Uint8Array> {
    const known = knownRoots.get(blob.id)
    if (known) return known
    const found = await askedInTurn(
      shared,
      (member, own) => member.client.getUnitRoots(blob.id, own),
      (bytes) => (verifyUnitRoots(blob.descriptor, bytes, crypto) ? bytes : undefined),
      signal,
    )
    if (found.status !== 'ok')
      throw unreadable(`${blob.id}: nobody gave the roots of its units`, 0, found.reasons)
    knownRoots.set(blob.id, found.value)
    return found.value
  }

  return {
    chunk,
    roots,
    unit,
    async blob(id, signal) {
      const known = descriptors.get(id)
      if (known) return { id, descriptor: known }
      const found = await askedInTurn(
        shared,
        (member, own) => member.client.getDescriptor(id, own),
        (json) => acceptedDescriptor(id, json, crypto),
        signal,
      )
      if (found.status === 'ok') {
        descriptors.set(id, found.value)
        return { id, descriptor: found.value }
      }
      // A put is acknowledged by four, or by three that its client accepted: then one of any three has it.
      if (found.missing >= DATA_UNITS)
        throw new BaseError(
          `Expected blob ${id}, ${found.missing} of ${members.length} nodes say that they have it not.`,
          {
            code: 'VAULT_UNKNOWN_BLOB',
            metaMessages: found.reasons,
          },
        )
      throw unreadable(`blob ${id}: nobody gave its descriptor`, 0, found.reasons)
    },
    async computed(blob, shard, stripe, unitRoots, signal) {
      const wanted = unitOf(stripe, shard)
      const { have, lengths } = await gather(blob, stripe, { wanted, own: false }, signal)
      const bytes = have[wanted] ?? reconstructStripe(have, lengths)[wanted]!
      return expectRoot(blob, { stripe, unit: wanted, bytes }, unitRoots, crypto)
    },
  }
}

/**
 * Asks one member after the other, the next one as soon as one fails or takes long, until an answer is accepted.
 */
export async function askedInTurn<answer, value>(
  { members, clock, hedgeDelay }: Pick<Shared, 'members' | 'clock' | 'hedgeDelay'>,
  ask: (member: Member, signal?: AbortSignal) => Promise<Answer<answer>>,
  accept: (answer: answer) => value | undefined,
  signal?: AbortSignal,
): Promise<{ status: 'ok'; value: value } | { status: 'none'; missing: number; reasons: string[] }> {
  const queue = [...members].sort((a, b) => Number(a.health.isResting) - Number(b.health.isResting))
  const running = new Map<Member, Promise<{ member: Member; got: Answer<answer> }>>()
  const reasons: string[] = []
  let missing = 0
  const next = () => {
    const member = queue.shift()
    if (member)
      running.set(
        member,
        ask(member, signal).then((got) => ({ member, got })),
      )
  }
  next()
  while (running.size > 0) {
    checkSignal(signal, 'Reading')
    const came = await within(clock, queue.length > 0 ? hedgeDelay : 2 ** 30, [...running.values()])
    if (!came) {
      next()
      continue
    }
    running.delete(came.member)
    const { got, member } = came
    const value = got.status === 'ok' ? accept(got.value) : undefined
    if (value !== undefined) return { status: 'ok', value }
    if (got.status === 'missing') missing++
    if (got.status === 'unreachable') member.health.failed(got.why)
    const why = got.status === 'ok' ? 'what it gave is not what was asked for' : got.why
    reasons.push(`${member.client.node.address}: ${why}`)
    next()
  }
  return { status: 'none', missing, reasons }
}

/** Header of a blob, as bytes. */
export const headerOf = ({ descriptor }: Blob): Uint8Array => hexToBytes(descriptor.header)
