import type {
  DaCapabilities,
  DataAvailability,
  DaLocation,
  DaVerdict,
  Hash,
  KeyValueStore,
} from '@animechain/core'
import { daPosting, orAborted, putOnce, type DaPosting } from '@animechain/l1'
import type { Account } from 'viem'
import { archiveOf, type BlobArchive } from './archive.js'
import { commitmentOf, hashesOf, prefix, versionedHash } from './commitment.js'
import { bytesPerBlob, encodeBlobs, maxBlobDataBytes, maxBlobs } from './encoding.js'
import type { Kzg } from './kzg.js'
import { blobKzg, sharedKzgThread } from './kzgThread.js'
import { fetchBlob, fetchBlobs, fetchData, type BlobRetrieval } from './retrieval.js'
import { anvilBlobs, beaconBlobs, type BlobSource } from './sources.js'

/** Where blobs are read and written (EIP-4844). */
export interface BlobOptions {
  /** JSON-RPC of L1: one URL, or several of which `quorum` must agree (default: more than half); blobs are taken from the first that has them */
  rpcUrl: string | readonly string[]
  quorum?: number
  /** Beacon APIs that serve blobs, asked in turn; default: the JSON-RPC's own address, where anvil serves it */
  beaconUrl?: string | readonly string[]
  /** Pays for `put`; reading needs none, and neither do settlements that carry the blobs themselves. */
  account?: Account
  /** Keeps every blob that was posted or read: L1 drops blobs after about 18 days. While it cannot be written, blobs are neither posted nor read. */
  archive?: KeyValueStore | BlobArchive
  /** Further places to ask, tried last. */
  sources?: readonly BlobSource[]
  /** default: in a thread of its own, native where it loads, else JavaScript */
  kzg?: Kzg
  /** milliseconds to wait for a transaction of `put`; default 90,000 */
  timeoutMs?: number
  /** milliseconds for one source; default 10,000 */
  sourceTimeoutMs?: number
  /** gas that the call burns which carries the blobs, for quotes; default 0: they are carried alone */
  callGas?: bigint
}

/** Of every transaction. */
const TRANSACTION_GAS = 21_000n

const capabilities: DaCapabilities = {
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
}

/**
 * The beacon block of a location: its root is in the L1 block after it (EIP-4788). A development chain without beacon blocks counts them
 * like its own.
 */
async function beaconBlock(
  client: DaPosting['client'],
  { l1BlockNumber }: DaLocation,
): Promise<string | undefined> {
  if (l1BlockNumber === undefined) return undefined
  const child = await client.getBlock({ blockNumber: l1BlockNumber + 1n }).catch(() => undefined)
  const root = child?.parentBeaconBlockRoot
  return root && BigInt(root) > 0n ? root : l1BlockNumber.toString()
}

/** Where blobs are looked for, in this order. */
function retrievalOf(options: BlobOptions, client: DaPosting['client']): BlobRetrieval {
  const { kzg } = options
  const urls = [options.rpcUrl].flat()
  const hashOf = async (bytes: Uint8Array) =>
    versionedHash(kzg ? kzg.blobToKzgCommitment(bytes) : await sharedKzgThread().commit(bytes))
  const archive = options.archive && archiveOf(options.archive)
  const sources = [
    ...(archive ? [archive] : []),
    ...urls.map((url) => anvilBlobs(url)),
    ...[options.beaconUrl ?? urls]
      .flat()
      .map((url) => beaconBlobs(url, hashOf, (location) => beaconBlock(client, location))),
    ...(options.sources ?? []),
  ]
  return { sources, archive, hashOf, timeoutMs: options.sourceTimeoutMs ?? 10_000 }
}

/** What reading comes to, or that it was given up: some of its questions do not look at the signal. */
const orUnavailable = <T>(reading: Promise<T>, signal: AbortSignal | undefined) =>
  orAborted('Reading', reading, signal).catch((error: Error) => ({ status: 'unavailable', error }) as const)

/** Data as blobs with their hashes, which are kept in the archive. */
async function prepared({ archive, hashOf }: BlobRetrieval, data: Uint8Array) {
  const blobs = encodeBlobs(data)
  const hashes: Hash[] = []
  for (const bytes of blobs) hashes.push(await hashOf(bytes))
  if (archive) for (const [i, hash] of hashes.entries()) await archive.put(hash, blobs[i]!)
  return { blobs, hashes, commitment: commitmentOf(hashes) }
}

async function verdict(
  commitment: Uint8Array,
  data: Uint8Array,
  hashOf: BlobRetrieval['hashOf'],
): Promise<DaVerdict> {
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
}

/**
 * Data availability in EIP-4844 blobs: cheap, dropped by L1 after about 18 days, so every blob read or posted goes to the archive.
 * The commitment is `0x02 ‖ versioned hashes`; every blob read is verified by its KZG commitment.
 */
export function blob(options: BlobOptions): DataAvailability {
  const { rpcUrl, quorum, account, kzg, timeoutMs = 90_000, callGas = 0n } = options
  const forSending = kzg ? async () => kzg : blobKzg
  const l1 = daPosting({ id: 'blob', rpcUrl, quorum, account, kzg: forSending, timeoutMs })
  const retrieval = retrievalOf(options, l1.client)

  const send = (data: Uint8Array, signal?: AbortSignal) =>
    l1.send(async () => {
      const { blobs, hashes, commitment } = await prepared(retrieval, data)
      return {
        call: { what: 'post blobs', data: '0x', blobs: { blobs, versionedHashes: hashes } },
        commitment,
      }
    }, signal)

  return {
    capabilities,
    // KZG is loaded when the first blob comes.
    async start() {},
    async stop() {},

    async prepare(data) {
      if (data.length > maxBlobDataBytes) return { status: 'tooLarge', maxBytes: BigInt(maxBlobDataBytes) }
      const { blobs, commitment } = await prepared(retrieval, data)
      return { commitment, attachment: { type: 'blobs', evidence: Uint8Array.of(blobs.length), blobs } }
    },

    put: putOnce(maxBlobDataBytes, send),

    async get(commitment, { location, range, signal } = {}) {
      const hashes = hashesOf(commitment)
      if (!hashes) return { status: 'invalid', reason: 'no commitment of this backend' }
      const found = await orUnavailable(fetchData(retrieval, hashes, location, signal), signal)
      if (found.status !== 'data' || !range) return found
      return { status: 'data', data: found.data.slice(range.offset, range.offset + range.length) }
    },

    async getBlobs(commitment, { location, signal } = {}) {
      const hashes = hashesOf(commitment)
      if (!hashes) return { status: 'invalid', reason: 'no commitment of this backend' }
      return orUnavailable(fetchBlobs(retrieval, hashes, location, signal), signal)
    },

    verify: (commitment, data) => verdict(commitment, data, retrieval.hashOf),

    async status(commitment, location) {
      const sent = location && (await l1.status(location))
      if (sent) return sent
      // The blobs themselves may tell.
      const hashes = hashesOf(commitment)
      if (!hashes) return { status: 'unknown' }
      const found = await fetchBlob(retrieval, hashes[0]!, location)
      return { status: found instanceof Uint8Array ? 'included' : 'unknown' }
    },

    async quote(length) {
      const count = Math.max(1, encodeBlobs(new Uint8Array(Math.min(length, maxBlobDataBytes))).length)
      const billedBytes = BigInt(count * bytesPerBlob)
      try {
        const [blobFee, { baseFeePerGas }] = await Promise.all([
          l1.client.getBlobBaseFee(),
          l1.client.getBlock(),
        ])
        // EIP-4844: GAS_PER_BLOB is 2^17, as many as its bytes. The transaction has its own gas besides.
        const feeWei = blobFee * billedBytes + (baseFeePerGas ?? 0n) * (TRANSACTION_GAS + callGas)
        return { billedBytes, ...(feeWei > 0n ? { feeWei } : {}) }
      } catch {
        return { billedBytes }
      }
    },

    health: l1.health,
  }
}
