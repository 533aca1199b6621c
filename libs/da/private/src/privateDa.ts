import {
  bytesToHex,
  hexToBytes,
  systemClock,
  type Clock,
  type Commitment,
  type DaCapabilities,
  type DaGetResult,
  type DaPutResult,
  type DaSealedResult,
  type DaVerdict,
  type DataAvailability,
  type Hash,
} from '@animechain/core'
import { boundedMap } from '@animechain/runtime'
import type { SealedDescriptor } from '@animechain/vault-format'
import { certificateEvidence, privateCommitment, type CertificateDomain } from '@animechain/vault-protocol'
import { batchKeys, type BatchKeys } from './batchKeys.js'
import type { BatchStore, Found } from './batchStore.js'
import { prefix, referenceOf } from './commitment.js'
import { cannotWrite, falseBody, foreignViewKey, tooFewSignatures } from './errors.js'
import {
  MAX_DATA_BYTES,
  descriptorBytes,
  isBody,
  openData,
  sealData,
  uselessDescriptor,
  type SealedData,
} from './sealing.js'

/** One committee: where its batches are, and what its certificates count for. */
export interface PrivateCommittee {
  /** as registered on L1 */
  epoch: bigint
  store: BatchStore
  /** signatures that a certificate needs */
  threshold: number
}

/** Where batches are sealed to, and who reads them. */
export interface PrivateDaParts {
  /** The newest first: batches go there. Batches of an epoch that is not among them are waited for. */
  committees: readonly PrivateCommittee[]
  /** Where certificates count; only posting needs it. */
  certificates?: CertificateDomain
  /** 32 bytes, or what they give. Without it nothing can be read: `get` says `forbidden`. */
  viewKey?: Uint8Array | BatchKeys
  /** What the adapter on L1 has; a view key that gives another is refused at the start. */
  keyRoot?: Hash | (() => Promise<Hash>)
  /** seconds for which nodes are asked to keep a batch; default 90 days */
  retention?: number
  clock?: Clock
}

/** Asked for on top of the retention, so that a certificate still counts when L1 takes it late. seconds */
const SLACK = 86_400
/** Certificates that are remembered, so that a batch that is posted again has the same. */
const MOST_KNOWN = 64
const FOREIGN_KEY = 'the batch was sealed with a key that is none of this view key’s'
const NO_KEY = 'this node holds no view key (--view-key): it cannot read batches of a confidential chain'

const capabilitiesOf = (retention: number): DaCapabilities => ({
  id: 'private',
  prefix,
  addressing: 'precomputed',
  exposure: 'ciphertext-public',
  maxBytes: BigInt(MAX_DATA_BYTES),
  // The least that is padded, with its tag, on three nodes.
  minBilled: 3n * 24n,
  ranged: false,
  retentionSeconds: retention,
  erasable: false,
  proof: 'certificate',
  challenge: 'sampled',
})

type NoData = Exclude<DaGetResult, { status: 'data' }>
interface Certified {
  result: Extract<DaPutResult, { status: 'ok' }>
  /** seconds */
  until: bigint
}

const notFound = (found: Exclude<Found<unknown>, { status: 'found' }>): NoData =>
  found.status === 'missing'
    ? { status: 'missing', authoritative: found.authoritative }
    : { status: 'unavailable', error: found.error }

/** What is sealed behind a reference, or why this reader has nothing. */
type Reading =
  | { status: 'read'; key: Uint8Array; descriptor: SealedDescriptor; body: Uint8Array }
  /** there is nothing to read for anybody */
  | { status: 'useless'; key: Uint8Array; descriptor: SealedDescriptor; reason: string }
  | NoData

/** The keys of a view key, once they are known to be the chain's. undefined: there is no view key. */
function keeper({ viewKey, keyRoot }: PrivateDaParts): () => Promise<BatchKeys | undefined> {
  let derived: Promise<BatchKeys> | undefined
  let expected: Hash | undefined
  return async () => {
    if (!viewKey) return undefined
    const keys = await (derived ??=
      viewKey instanceof Uint8Array ? batchKeys(viewKey) : Promise.resolve(viewKey))
    expected ??= typeof keyRoot === 'function' ? await keyRoot() : keyRoot
    if (expected !== undefined && keys.root !== expected.toLowerCase())
      throw foreignViewKey(expected, keys.root)
    return keys
  }
}
type Keeper = ReturnType<typeof keeper>

const codeOf = (error: unknown): string => (error as { code?: string }).code ?? ''

/** The keys, or why nothing can be read now. */
async function keysOr(keysOf: Keeper): Promise<{ keys: BatchKeys } | NoData> {
  try {
    const keys = await keysOf()
    return keys ? { keys } : { status: 'forbidden', reason: NO_KEY }
  } catch (error) {
    // L1 may only be away; another chain's key stays another chain's.
    return codeOf(error) === 'DA_PRIVATE_VIEW_KEY'
      ? { status: 'forbidden', reason: (error as Error).message.split('\n')[0]! }
      : { status: 'unavailable', error: error as Error }
  }
}

function reading({ committees }: PrivateDaParts, keysOf: Keeper) {
  return async (commitment: Commitment, signal?: AbortSignal): Promise<Reading> => {
    const reference = referenceOf(commitment)
    if (!reference) return { status: 'invalid', reason: 'no commitment of this backend' }
    const held = await keysOr(keysOf)
    if ('status' in held) return held
    const { keys } = held
    const committee = committees.find(({ epoch }) => epoch === reference.committee)
    if (!committee) return { status: 'missing', authoritative: false }
    const index = keys.indexOf(reference.keyHash)
    if (index === undefined) return { status: 'forbidden', reason: FOREIGN_KEY }
    if (signal?.aborted) return { status: 'unavailable', error: new Error('aborted') }
    const descriptor = await committee.store.descriptor(reference.blob, signal)
    if (descriptor.status !== 'found') return notFound(descriptor)
    const key = keys.key(index)
    const reason = uselessDescriptor(descriptor.value, reference)
    if (reason !== undefined) return { status: 'useless', key, descriptor: descriptor.value, reason }
    const body = await committee.store.body(reference.blob, descriptor.value, signal)
    if (body.status !== 'found') return notFound(body)
    // A part may have been computed from false parity: only the bytes that the commitment names decide what a batch is.
    if (!isBody(descriptor.value, body.value)) return { status: 'unavailable', error: falseBody() }
    return { status: 'read', key, descriptor: descriptor.value, body: body.value }
  }
}

interface Posting {
  parts: PrivateDaParts
  retention: number
  keysOf: Keeper
}

/** As long as it counts, one certificate for the same bytes. */
function posting({ parts: { committees, certificates, clock = systemClock }, retention, keysOf }: Posting) {
  const newest = committees[0]
  const certified = boundedMap<Hash, Promise<Certified>>(MOST_KNOWN)
  const seconds = () => BigInt(Math.floor(clock.now() / 1_000))

  async function certify(
    keys: BatchKeys,
    { sealed, index }: SealedData,
    signal?: AbortSignal,
  ): Promise<Certified> {
    if (!newest || !certificates) throw cannotWrite('a committee and its adapter')
    await newest.store.put(sealed, signal)
    const until = seconds() + BigInt(retention + SLACK)
    const { blob, descriptor } = sealed
    const what = {
      ...{ blob, keyHash: keys.keyHash(index), length: descriptor.length },
      ...{ committee: newest.epoch, until },
    }
    const signatures = await newest.store.certify(what, sealed.body, signal)
    if (signatures.length < newest.threshold) throw tooFewSignatures(newest.threshold, signatures.length)
    const evidence = await certificateEvidence(
      certificates,
      what,
      signatures.map(({ signature }) => signature),
      keys.place(index),
    )
    const attachment = { type: 'evidence', evidence: hexToBytes(evidence) } as const
    return { result: { status: 'ok', commitment: privateCommitment(what), attachment }, until }
  }

  return async (data: Uint8Array, signal?: AbortSignal): Promise<DaPutResult> => {
    const keys = await keysOf()
    if (!keys) throw cannotWrite('a view key')
    const made = await sealData(keys, data)
    // Nothing is awaited between the look and the note: of two puts at once the second finds the first.
    const before = certified.get(made.sealed.blob)
    if (before) {
      const known = await before
      if (known.until >= seconds() + BigInt(retention + SLACK / 2)) return known.result
    }
    const asked = certify(keys, made, signal)
    certified.set(made.sealed.blob, asked)
    try {
      return (await asked).result
    } catch (error) {
      certified.delete(made.sealed.blob)
      throw error
    }
  }
}

async function verdict(
  { committees }: PrivateDaParts,
  keysOf: Keeper,
  commitment: Commitment,
  data: Uint8Array,
): Promise<DaVerdict> {
  const reference = referenceOf(commitment)
  if (!reference) return { valid: false, reason: 'no commitment of this backend' }
  const held = await keysOr(keysOf)
  if ('status' in held) return { valid: false, reason: 'reason' in held ? held.reason : held.status }
  const { keys } = held
  if (!committees.some(({ epoch }) => epoch === reference.committee))
    return { valid: false, reason: `no committee of epoch ${reference.committee} is known` }
  if (data.length > MAX_DATA_BYTES) return { valid: false, reason: `${data.length} bytes are no batch` }
  const { sealed, index } = await sealData(keys, data)
  const expected = privateCommitment({
    ...{ blob: sealed.blob, keyHash: keys.keyHash(index), length: sealed.descriptor.length },
    committee: reference.committee,
  })
  if (bytesToHex(expected) === bytesToHex(commitment)) return { valid: true }
  return { valid: false, reason: 'the data is sealed to another commitment' }
}

/** Errors of `put` that do not go away. */
const FINAL = ['DA_PRIVATE_READER', 'DA_PRIVATE_VIEW_KEY']
/**
 * Data availability in the private store, over any way to its committees. Batches are sealed for the holders of the view key; the committee and L1 see
 * ciphertext, lengths and times.
 */
export function privateDaOf(parts: PrivateDaParts): DataAvailability {
  const { committees, retention = 90 * 86_400 } = parts
  const capabilities = capabilitiesOf(retention)
  const keysOf = keeper(parts)
  const read = reading(parts, keysOf)
  const post = posting({ parts, retention, keysOf })

  return {
    capabilities,
    async start() {
      // Where L1 does not answer yet, the key is compared with what it says when a batch is read.
      await keysOf().catch((error: unknown) => {
        if (codeOf(error) === 'DA_PRIVATE_VIEW_KEY') throw error
      })
    },
    async stop() {},

    async put(data, { signal } = {}) {
      if (data.length > MAX_DATA_BYTES) return { status: 'tooLarge', maxBytes: capabilities.maxBytes }
      if (signal?.aborted) return { status: 'error', error: new Error('aborted'), retryable: true }
      try {
        return await post(data, signal)
      } catch (error) {
        return { status: 'error', error: error as Error, retryable: !FINAL.includes(codeOf(error)) }
      }
    },

    async get(commitment, { range, signal } = {}) {
      const found = await read(commitment, signal)
      if (found.status === 'useless') return { status: 'invalid', reason: found.reason }
      if (found.status !== 'read') return found
      const opened = await openData(found, found.descriptor)
      if (opened.status !== 'data' || !range) return opened
      return { status: 'data', data: opened.data.slice(range.offset, range.offset + range.length) }
    },

    async getSealed(commitment, { signal } = {}): Promise<DaSealedResult> {
      const found = await read(commitment, signal)
      if (found.status !== 'read' && found.status !== 'useless') return found
      const body = found.status === 'read' ? found.body : new Uint8Array()
      const descriptor = descriptorBytes(found.descriptor)
      return { status: 'sealed', sealed: { descriptor, body, key: found.key } }
    },

    verify: (commitment, data) => verdict(parts, keysOf, commitment, data),

    async status(commitment) {
      const reference = referenceOf(commitment)
      const committee = reference && committees.find(({ epoch }) => epoch === reference.committee)
      if (!committee) return { status: 'unknown' }
      const { status } = await committee.store.descriptor(reference.blob)
      return { status: status === 'found' ? 'included' : 'unknown' }
    },

    async quote(bytes) {
      // Padded, and five shards of which any three have it.
      const least = BigInt(Math.min(bytes, MAX_DATA_BYTES)) + 24n
      return { billedBytes: (5n * least + 2n) / 3n + 48n }
    },

    async health() {
      const held = await keysOr(keysOf)
      if ('status' in held) {
        const detail =
          held.status === 'unavailable' ? held.error.message : 'reason' in held ? held.reason : ''
        return { ok: false, detail: detail.split('\n')[0]! }
      }
      return committees[0]?.store.health() ?? { ok: false, detail: 'no committee is known' }
    },
  }
}
