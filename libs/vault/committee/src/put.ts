import { BaseError, equalBytes, type Hash } from '@animechain/core'
import {
  HASH_BYTES,
  UNITS,
  newHeader,
  sealStripes,
  unitOf,
  unitRootAt,
  type ByteSource,
  type SealedFile,
  type SealedStripe,
} from '@animechain/vault-format'
import type {
  Acknowledgement,
  BlobDescriptor,
  Signed,
  Upload as UploadLeave,
} from '@animechain/vault-protocol'
import { checkSignal, type Shared } from './members.js'
import type { StorageNode } from './nodeClient.js'
import { ShardUpload, type Upload } from './shardUpload.js'
import { spooled } from './spool.js'

/** Content that can be read more than once: bytes, or what gives a new stream each time. */
export type Rereadable = Uint8Array | (() => ByteSource | Promise<ByteSource>)

/** What is sealed. */
export interface PrepareOptions {
  /** A stream that can be read once goes through a file, sealed, on Node; elsewhere it is refused. */
  content: Rereadable | ByteSource
  dataKey: Uint8Array
  project: Hash
  /** of an earlier attempt with the same content, to go on with it; else a new one */
  header?: Uint8Array
  signal?: AbortSignal
}

/** Content that was read once: its id is known, nothing was sent. */
export interface PreparedPut {
  blob: Hash
  descriptor: BlobDescriptor
  contentLength: number
  /** roots of all units, 32 bytes each: what later passes are held against */
  unitRoots: Uint8Array
  /** the sealed bytes once more, verified against the roots */
  stripes(signal?: AbortSignal): AsyncGenerator<SealedStripe>
  /** removes what was spooled */
  dispose(): Promise<void>
}

/** What is put, and when that is enough. */
export interface PutOptions extends PrepareOptions {
  /** leave of the project's owner for this blob, signed */
  upload: (descriptor: BlobDescriptor, blob: Hash) => Promise<Signed<UploadLeave>>
  /** accept three acknowledgements: then no shard more may be lost. Default: four at least */
  degraded?: boolean
  onProgress?: (progress: PutProgress) => void
}

/** How far a put is. */
export interface PutProgress {
  phase: 'sealing' | 'sending'
  /** sealed bytes of chunks that went by in this phase */
  bytes: number
  /** of so many; unknown while sealing */
  total?: number
  /** bytes that each node has of its shard */
  shards?: readonly number[]
}

/** What was stored. */
export interface PutResult {
  blob: Hash
  descriptor: BlobDescriptor
  contentLength: number
  /** shards that may be lost: acknowledged ones less three */
  margin: number
  acknowledgements: readonly Signed<Acknowledgement>[]
  /** nodes that have not acknowledged, and why */
  failures: readonly { node: StorageNode; shard: number; why: string }[]
}

/** Passes over the content for nodes that lost what they had, or were cut off. */
const PASSES = 3
/** Milliseconds that one node may hold up the others. */
const PATIENCE = 15_000
/** Milliseconds by which one node may be slower than the next, over a whole put. */
const HOLD_UP = 8_000
const NEEDED = 3

const isRereadable = (content: Rereadable | ByteSource): content is Rereadable =>
  content instanceof Uint8Array || typeof content === 'function'

async function* sealing(
  options: Pick<PrepareOptions, 'content' | 'dataKey' | 'project' | 'signal'> & { header: Uint8Array },
  crypto: Shared['crypto'],
): AsyncGenerator<SealedStripe, SealedFile> {
  const { content } = options
  const source = typeof content === 'function' ? await content() : content
  // What is sent or spooled is copied, or on disk, before the next stripe is asked for.
  return yield* sealStripes({ ...options, content: source, crypto, reuse: true })
}

const sourceChanged = (stripe: number) =>
  new BaseError(
    `The content is another one than when it was read first, in stripe ${stripe}: nothing of it was sent.`,
    { code: 'VAULT_SOURCE_CHANGED' },
  )

/** Only what is the same as the first time: other bytes under the same key and nonce would give both away. */
async function* verified(
  stripes: AsyncIterable<SealedStripe>,
  roots: Uint8Array,
): AsyncGenerator<SealedStripe> {
  let count = 0
  for await (const each of stripes) {
    count++
    for (let unit = 0; unit < UNITS; unit++)
      if (!equalBytes(each.roots[unit]!, unitRootAt(roots, each.stripe, unit)))
        throw sourceChanged(each.stripe)
    yield each
  }
  if (count * UNITS * HASH_BYTES !== roots.length) throw sourceChanged(count)
}

/** A growing list of roots, without an object for each. */
function rootList() {
  let bytes = new Uint8Array(64 * UNITS * HASH_BYTES)
  let length = 0
  return {
    add(roots: readonly Uint8Array[]) {
      if (length + UNITS * HASH_BYTES > bytes.length) {
        const larger = new Uint8Array(2 * bytes.length)
        larger.set(bytes)
        bytes = larger
      }
      for (const root of roots) {
        bytes.set(root, length)
        length += HASH_BYTES
      }
    },
    bytes: () => bytes.subarray(0, length),
  }
}

/** Reads content once, to know its id. Nothing is sent. */
export async function prepare(
  { crypto }: Pick<Shared, 'crypto'>,
  options: PrepareOptions & Pick<PutOptions, 'onProgress'>,
): Promise<PreparedPut> {
  const { content, dataKey, project, signal, onProgress } = options
  const header = options.header ?? (await newHeader(dataKey, { crypto }))
  const parameters = { content, dataKey, project, header, signal }
  const spool = isRereadable(content) ? undefined : await spooled()
  const roots = rootList()
  try {
    const first = sealing(parameters, crypto)
    let next = await first.next()
    let bytes = 0
    for (; !next.done; next = await first.next()) {
      roots.add(next.value.roots)
      await spool?.write(next.value)
      bytes += next.value.units.slice(0, 3).reduce((sum, unit) => sum + unit.length, 0)
      onProgress?.({ phase: 'sealing', bytes })
    }
    const { blob, descriptor, contentLength } = next.value
    const unitRoots = roots.bytes()
    return {
      blob,
      descriptor,
      contentLength,
      unitRoots,
      stripes: (own = signal) =>
        verified(
          spool ? spool.stripes(descriptor.length, crypto) : sealing({ ...parameters, signal: own }, crypto),
          unitRoots,
        ),
      dispose: async () => spool?.remove(),
    }
  } catch (error) {
    await spool?.remove()
    throw error
  }
}

/** One pass: the sealed bytes to all shards that are not complete. */
async function pass(
  { clock }: Shared,
  prepared: PreparedPut,
  uploads: readonly ShardUpload[],
  { signal, onProgress, enough }: Pick<PutOptions, 'signal' | 'onProgress'> & { enough: number },
): Promise<void> {
  const total = Number(prepared.descriptor.length)
  let bytes = 0
  try {
    await Promise.all(uploads.map((upload) => upload.begin()))
    if (uploads.some(isRunning))
      for await (const { stripe, units } of prepared.stripes(signal)) {
        checkSignal(signal, 'Putting')
        const running = uploads.filter(isRunning)
        if (running.length === 0) break
        const waiting = new Set(running)
        const taking = Promise.all(
          running.map(async (upload) => {
            await upload.take(units[unitOf(stripe, upload.shard)]!)
            waiting.delete(upload)
          }),
        )
        await patiently(clock, taking, waiting)
        leaveSlowest(uploads, enough)
        bytes += units.slice(0, 3).reduce((sum, unit) => sum + unit.length, 0)
        onProgress?.({ phase: 'sending', bytes, total, shards: uploads.map((upload) => upload.offset) })
      }
    await patiently(
      clock,
      Promise.all(uploads.map((upload) => upload.end())),
      new Set(uploads.filter(isRunning)),
    )
  } finally {
    for (const upload of uploads) upload.leave('the put ended')
  }
}

const isRunning = (upload: ShardUpload) => upload.state.status === 'running'

/** A node that is much slower than all others is left, where they are enough: repair brings it what it is without. */
function leaveSlowest(uploads: readonly ShardUpload[], enough: number): void {
  const running = uploads.filter(({ state }) => state.status === 'running' || state.status === 'complete')
  if (running.length <= enough) return
  const [slowest, second] = [...running].sort((a, b) => b.held - a.held)
  if (slowest!.held - second!.held > HOLD_UP) slowest!.leave(`it held up the others for ${HOLD_UP / 1_000} s`)
}

/** Waits for all, but not without end for the last ones: who holds up the others is left behind. */
async function patiently(
  clock: Shared['clock'],
  work: Promise<unknown>,
  waiting: ReadonlySet<ShardUpload>,
): Promise<void> {
  let isDone = false
  const done = work.then(() => (isDone = true))
  const offsets = new Map([...waiting].map((upload) => [upload, upload.offset]))
  while (!isDone) {
    const enough = new AbortController()
    await Promise.race([done, clock.sleep(PATIENCE, enough.signal)])
    enough.abort()
    if (isDone) return
    for (const upload of waiting)
      if (upload.offset === offsets.get(upload)) upload.leave(`it took no bytes for ${PATIENCE / 1_000} s`)
      else offsets.set(upload, upload.offset)
  }
}

/** Sends what was prepared. */
export async function send(
  shared: Shared,
  prepared: PreparedPut,
  options: Omit<PutOptions, 'content' | 'dataKey' | 'project' | 'header'>,
): Promise<PutResult> {
  const { blob, descriptor, unitRoots, contentLength } = prepared
  const leave = await options.upload(descriptor, blob)
  const upload: Upload = { blob, descriptor, unitRoots, body: { descriptor, upload: leave } }
  const made = (shard: number) =>
    new ShardUpload(shared, shared.members[shard]!, shard, upload, options.signal)
  const enough = options.degraded ? NEEDED : NEEDED + 1
  let all = shared.members.map((_, shard) => made(shard))
  const count = () => all.filter(({ state }) => state.status === 'complete').length
  for (let round = 0; round < PASSES; round++) {
    // A node that failed is tried again where the put is not enough without it.
    const again = ({ state }: ShardUpload) =>
      state.status === 'behind' || (state.status === 'failed' && !state.isFinal && count() < enough)
    if (round > 0) all = all.map((each) => (again(each) ? made(each.shard) : each))
    const running = all.filter(({ state }) => state.status === 'running')
    if (running.length === 0) break
    await pass(shared, prepared, running, { ...options, enough: enough - count() })
  }
  const margin = count() - NEEDED
  const failures = all.flatMap(({ state, shard }) =>
    state.status === 'complete'
      ? []
      : [
          {
            node: shared.members[shard]!.client.node,
            shard,
            why: state.status === 'failed' ? state.why : 'it lost what it had, again and again',
          },
        ],
  )
  if (count() < enough) throw incomplete(blob, count(), enough, failures)
  const acknowledgements = all.flatMap(({ state }) =>
    state.status === 'complete' ? [state.acknowledgement] : [],
  )
  return { blob, descriptor, contentLength, margin, acknowledgements, failures }
}

const incomplete = (blob: Hash, have: number, needed: number, failures: PutResult['failures']) =>
  new BaseError(`Expected ${needed} of 5 storage nodes to acknowledge ${blob}, ${have} did.`, {
    code: 'VAULT_PUT_INCOMPLETE',
    metaMessages: failures.map(({ node, why }) => `${node.address} ${node.url}: ${why}`),
  })
