import {
  bytesToHex,
  commitmentPrefixes,
  concatBytes,
  hexToBytes,
  silentLogger,
  systemClock,
  type Commitment,
  type DataAvailability,
  type DaGetResult,
  type DaLocation,
  type DaPutResult,
  type DaVerdict,
  type Hash,
  type Hex,
  type KeyValueStore,
} from '@animechain/core'
import { l1Sender, l1Transport, putResult } from '@animechain/l1'
import { boundedMap } from '@animechain/runtime'
import { createPublicClient, sha256, type Account } from 'viem'
import { bytesPerBlob, decodeBlobs, encodeBlobs, maxBlobDataBytes, maxBlobs } from './encoding.js'
import type { Kzg } from './kzg.js'
import { blobKzg, sharedKzgThread } from './kzgThread.js'
import { anvilBlobs, beaconBlobs, blobArchive, short, type BlobSource } from './sources.js'

/** Puts whose result is remembered by their key. */
const MAX_KNOWN = 1_000

export interface BlobOptions {
  /** JSON-RPC of L1: one URL, or several of which `quorum` must agree (default: more than half); blobs are taken from the first that has them */
  rpcUrl: string | readonly string[]
  quorum?: number
  /** Beacon API that serves blobs; default: the JSON-RPC's own address, where anvil serves it */
  beaconUrl?: string
  /** Pays for `put`; reading needs none, and neither do settlements that carry the blobs themselves. */
  account?: Account
  /** Keeps every blob that was posted or read: L1 drops blobs after about 18 days. */
  archive?: KeyValueStore
  /** Further places to ask, tried last. */
  sources?: readonly BlobSource[]
  /** default: in a thread of its own, native where it loads, else JavaScript */
  kzg?: Kzg
  /** milliseconds to wait for a transaction of `put`; default 90,000 */
  timeoutMs?: number
  /** milliseconds for one source; default 10,000 */
  sourceTimeoutMs?: number
}

const prefix = commitmentPrefixes.blob
/** EIP-4844: VERSIONED_HASH_VERSION_KZG */
const HASH_VERSION = 1

/** For a look at L1, milliseconds. */
const READ_TIMEOUT_MS = 8_000
/** Times that a transaction is sent, with rising fees, within `timeoutMs`. */
const ATTEMPTS = 4

/** EIP-4844, `kzg_to_versioned_hash`. */
export function versionedHash(kzgCommitment: Uint8Array): Hash {
  const hash = sha256(kzgCommitment, 'bytes')
  hash[0] = HASH_VERSION
  return bytesToHex(hash)
}

function hashesOf(commitment: Commitment): Hash[] | undefined {
  const count = (commitment.length - 1) / 32
  if (commitment[0] !== prefix || !Number.isInteger(count) || count < 1 || count > maxBlobs) return undefined
  const hashes: Hash[] = []
  for (let i = 0; i < count; i++) {
    const hash = commitment.slice(1 + 32 * i, 33 + 32 * i)
    if (hash[0] !== HASH_VERSION) return undefined
    hashes.push(bytesToHex(hash))
  }
  return hashes
}

/**
 * Data availability in EIP-4844 blobs: cheap, dropped by L1 after about 18 days, so every blob read or posted goes to the archive.
 * The commitment is `0x02 ‖ versioned hashes`; every blob read is verified by its KZG commitment.
 */
export function blob(options: BlobOptions): DataAvailability {
  const many = options.quorum === undefined ? {} : { quorum: options.quorum }
  const urls = [options.rpcUrl].flat()
  const transport = l1Transport(urls, { ...many, timeoutMs: 20_000 })
  // What is sent is worth waiting for; what is read is asked again.
  const sending = createPublicClient({ transport, pollingInterval: 250 })
  const client = createPublicClient({
    transport: l1Transport(urls, { ...many, timeoutMs: READ_TIMEOUT_MS }),
    pollingInterval: 250,
  })
  const { kzg } = options
  const hashOf = async (bytes: Uint8Array) =>
    versionedHash(kzg ? kzg.blobToKzgCommitment(bytes) : await sharedKzgThread().commit(bytes))
  const archive = options.archive && blobArchive(options.archive, bytesPerBlob)
  const sources: BlobSource[] = [
    ...(archive ? [archive] : []),
    ...urls.map((url) => anvilBlobs(url)),
    ...[options.beaconUrl ?? urls].flat().map((url) => beaconBlobs(url, hashOf, beaconBlock)),
    ...(options.sources ?? []),
  ]
  /**
   * The beacon block of a location: its root is in the L1 block after it (EIP-4788). A development chain without beacon blocks counts them
   * like its own.
   */
  async function beaconBlock({ l1BlockNumber }: DaLocation): Promise<string | undefined> {
    if (l1BlockNumber === undefined) return undefined
    const child = await client.getBlock({ blockNumber: l1BlockNumber + 1n }).catch(() => undefined)
    const root = child?.parentBeaconBlockRoot
    return root && BigInt(root) > 0n ? root : l1BlockNumber.toString()
  }
  const timeoutMs = options.timeoutMs ?? 90_000
  /** Puts under way and done, by idempotency key; bounded. */
  const known = boundedMap<string, Promise<DaPutResult>>(MAX_KNOWN)
  const { account } = options
  const sender =
    account &&
    l1Sender({
      client: sending,
      transport,
      account,
      kzg: kzg ? async () => kzg : blobKzg,
      logger: silentLogger,
      clock: systemClock,
      resendAfterMs: timeoutMs / ATTEMPTS,
      attempts: ATTEMPTS,
    })

  async function send(data: Uint8Array, signal?: AbortSignal): Promise<DaPutResult> {
    if (!sender)
      return { status: 'error', error: new Error('blob has no account to post with'), retryable: false }
    try {
      const { blobs, hashes, commitment } = await prepared(data)
      const outcome = await sender.send(
        { what: 'post blobs', to: sender.address, data: '0x', blobs: { blobs, versionedHashes: hashes } },
        signal ? { signal } : {},
      )
      return putResult(outcome, commitment)
    } catch (error) {
      return { status: 'error', error: error as Error, retryable: true }
    }
  }

  async function prepared(data: Uint8Array) {
    const blobs = encodeBlobs(data)
    const hashes: Hash[] = []
    for (const bytes of blobs) hashes.push(await hashOf(bytes))
    if (archive) for (const [i, hash] of hashes.entries()) await archive.put(hash, blobs[i]!)
    const commitment: Commitment = concatBytes(Uint8Array.of(prefix), ...hashes.map(hexToBytes))
    return { blobs, hashes, commitment }
  }

  /** One blob, verified, from the first source that has it. */
  async function fetchBlob(hash: Hex, location: Parameters<BlobSource['get']>[1], signal?: AbortSignal) {
    let failure: Error | undefined
    for (const source of sources) {
      const timeout = AbortSignal.timeout(options.sourceTimeoutMs ?? 10_000)
      try {
        const bytes = await source.get(hash, location, signal ? AbortSignal.any([signal, timeout]) : timeout)
        if (!bytes) continue
        if (bytes.length !== bytesPerBlob || (await hashOf(bytes)) !== hash) {
          failure = new Error(`${source.id} gave another blob for ${short(hash)}`)
          continue
        }
        if (archive && source !== archive) await archive.put(hash, bytes)
        return bytes
      } catch (error) {
        failure = new Error(`${source.id}: ${(error as Error).message}`, { cause: error })
      }
    }
    return failure
  }

  return {
    capabilities: {
      id: 'blob',
      prefix,
      addressing: 'precomputed',
      exposure: 'plaintext-public',
      maxBytes: BigInt(maxBlobDataBytes),
      minBilled: BigInt(bytesPerBlob),
      ranged: false,
      // 4,096 epochs of 32 slots of 12 seconds (MIN_EPOCHS_FOR_BLOB_SIDECARS_REQUESTS)
      retentionSeconds: 4_096 * 32 * 12,
      erasable: false,
      proof: 'kzg',
      challenge: 'none',
    },
    // KZG is loaded when the first blob comes.
    async start() {},
    async stop() {},

    async prepare(data) {
      if (data.length > maxBlobDataBytes) return { status: 'tooLarge', maxBytes: BigInt(maxBlobDataBytes) }
      const { blobs, commitment } = await prepared(data)
      return { commitment, attachment: { type: 'blobs', evidence: Uint8Array.of(blobs.length), blobs } }
    },

    async put(data, { idempotencyKey, signal } = {}) {
      if (data.length > maxBlobDataBytes) return { status: 'tooLarge', maxBytes: BigInt(maxBlobDataBytes) }
      if (signal?.aborted) return { status: 'error', error: new Error('aborted'), retryable: true }
      if (idempotencyKey === undefined) return send(data, signal)
      const before = known.get(idempotencyKey)
      if (before) return before
      const sent = send(data, signal)
      known.set(idempotencyKey, sent)
      const result = await sent
      if (result.status !== 'ok') known.delete(idempotencyKey)
      return result
    },

    async get(commitment, { location, range, signal } = {}): Promise<DaGetResult> {
      const hashes = hashesOf(commitment)
      if (!hashes) return { status: 'invalid', reason: 'no commitment of this backend' }
      const blobs: Uint8Array[] = []
      for (const hash of hashes) {
        if (signal?.aborted) return { status: 'unavailable', error: new Error('aborted') }
        const found = await fetchBlob(hash, location, signal)
        if (found instanceof Error) return { status: 'unavailable', error: found }
        if (!found) return { status: 'missing', authoritative: false }
        blobs.push(found)
      }
      const decoded = decodeBlobs(blobs)
      if (!decoded.ok) return { status: 'invalid', reason: decoded.reason }
      return {
        status: 'data',
        data: range ? decoded.data.slice(range.offset, range.offset + range.length) : decoded.data,
      }
    },

    async verify(commitment, data): Promise<DaVerdict> {
      const hashes = hashesOf(commitment)
      if (!hashes)
        return { valid: false, reason: `no list of 1 to ${maxBlobs} versioned hashes with prefix ${prefix}` }
      if (data.length > maxBlobDataBytes)
        return { valid: false, reason: `${data.length} bytes do not fit in ${maxBlobs} blobs` }
      const blobs = encodeBlobs(data)
      if (blobs.length !== hashes.length)
        return {
          valid: false,
          reason: `the data makes ${blobs.length} blobs, the commitment names ${hashes.length}`,
        }
      for (const [i, bytes] of blobs.entries())
        if ((await hashOf(bytes)) !== hashes[i])
          return { valid: false, reason: `blob ${i} has another versioned hash` }
      return { valid: true }
    },

    async status(commitment, location) {
      if (location?.l1TransactionHash) {
        try {
          const { blockNumber } = await client.getTransaction({ hash: location.l1TransactionHash })
          if (blockNumber === null) return { status: 'pending', location }
          const final = await client.getBlock({ blockTag: 'finalized' })
          return {
            status: blockNumber <= final.number ? 'final' : 'included',
            location: { ...location, l1BlockNumber: blockNumber },
          }
        } catch {
          // fall through: the blobs themselves may tell
        }
      }
      const hashes = hashesOf(commitment)
      if (!hashes) return { status: 'unknown' }
      const found = await fetchBlob(hashes[0]!, location)
      return { status: found instanceof Uint8Array ? 'included' : 'unknown' }
    },

    async quote(length) {
      const count = Math.max(1, encodeBlobs(new Uint8Array(Math.min(length, maxBlobDataBytes))).length)
      const fee = await client.getBlobBaseFee().catch(() => undefined)
      const billedBytes = BigInt(count * bytesPerBlob)
      // EIP-4844: GAS_PER_BLOB is 2^17, as many as its bytes.
      return { billedBytes, ...(fee ? { feeWei: fee * billedBytes } : {}) }
    },

    async health() {
      return client.getBlockNumber().then(
        () => ({ ok: true }),
        (error: Error) => ({ ok: false, detail: error.message.split('\n')[0]! }),
      )
    },
  }
}
