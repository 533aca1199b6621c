import {
  AbortedError,
  BaseError,
  bytesToHex,
  concatBytes,
  depositTransactionType,
  KECCAK_RATE,
  keccakLayout,
  keccakModule,
  type Address,
} from '@animechain/core'
import { recoverSender, signatureFault, splitSigned } from './recoverSender.js'
import { nodeRequire, recovery } from './secp256k1.js'

type Worker = import('node:worker_threads').Worker

/** Transactions sent to a worker at a time: large enough that messages cost little, small enough that many are shared by all workers. */
const CHUNK = 64
const LEAST_CHUNK = 16
/** Chunks sent to a worker ahead of its answers: the caller's thread may be busy when one comes. */
const AHEAD = 2

/** Recovers senders in bulk. */
export interface SenderRecovery {
  /** How many threads work; 0 when they could not be started and the caller's thread does it. */
  readonly threads: number
  /**
   * Sender of each transaction, in order; undefined where there is none (undecodable, bad signature).
   * @throws BaseError `TX_RECOVERY_BUSY` when more than `maxQueued` transactions would wait; AbortedError after `stop`.
   */
  recover(raws: readonly Uint8Array[]): Promise<(Address | undefined)[]>
  /** Ends the threads. What still waits is rejected. */
  stop(): Promise<void>
}

/** How many threads recover senders, and how much may wait for them. */
export interface SenderRecoveryOptions {
  /** Worker threads; default 2. 0 does everything in the caller's thread. */
  threads?: number
  /** Bound of transactions waiting or under way; default 65,536. */
  maxQueued?: number
}

interface Chunk {
  raws: readonly Uint8Array[]
  resolve(senders: (Address | undefined)[]): void
  reject(error: Error): void
}

interface Thread {
  worker: Worker
  /** What it has been sent, oldest first. */
  busy: { chunk: Chunk; valid: boolean[] }[]
}

/**
 * What runs in a thread. Kept as text, so that it works from sources, bundled and installed alike; it gets the addresses of the modules it needs.
 * In: payloads one after another with their lengths, 65 bytes of signature and parity each. Out: a byte of success and 20 of address each.
 */
const PROGRAM = `
const { parentPort, workerData } = require('node:worker_threads')
const start = async () => {
  const { keccak_256 } = await import(workerData.keccak)
  const { module, rate, input, end } = workerData.fast
  const { memory, absorb } = new WebAssembly.Instance(new WebAssembly.Module(module)).exports
  const bytes = new Uint8Array(memory.buffer)
  // The hash is where the state is; it is taken before the next call.
  const keccak = (data) => {
    const blocks = Math.floor(data.length / rate) + 1
    const stop = input + blocks * rate
    if (stop > end) return keccak_256(data)
    bytes.fill(0, 0, 200)
    bytes.set(data, input)
    bytes.fill(0, input + data.length, stop)
    bytes[input + data.length] ^= 1
    bytes[stop - 1] ^= 128
    absorb(input, blocks)
    return bytes.subarray(0, 32)
  }
  let recover
  if (workerData.backend === 'native') {
    const addon = require(workerData.module)
    recover = (hash, signature, parity) => addon.ecdsaRecover(signature, parity, hash, false)
  } else {
    const wasm = require(workerData.module)
    recover = (hash, signature, parity) => wasm.recover(hash, signature, parity, false)
  }
  parentPort.on('message', ({ payloads, lengths, signatures }) => {
    const out = new Uint8Array(21 * lengths.length)
    let at = 0
    for (let i = 0; i < lengths.length; i++) {
      const payload = payloads.subarray(at, at + lengths[i])
      at += lengths[i]
      try {
        const point = recover(keccak(payload), signatures.subarray(65 * i, 65 * i + 64), signatures[65 * i + 64])
        if (!point) continue
        out.set(keccak(point.subarray(1)).subarray(12), 21 * i + 1)
        out[21 * i] = 1
      } catch {}
    }
    parentPort.postMessage(out, [out.buffer])
  })
  parentPort.postMessage('ready')
}
start()
`

/** Chunks that wait, and the threads that take them. */
interface Pool {
  queue: Chunk[]
  threads: Thread[]
  stopped: boolean
}

/** Batch recovery in worker threads with a bounded queue. Falls back to the caller's thread where threads or a compiled curve are not to be had. */
export function senderRecovery(options: SenderRecoveryOptions = {}): SenderRecovery {
  const wanted = options.threads ?? 2
  const maxQueued = options.maxQueued ?? 65_536
  const pool: Pool = { queue: [], threads: [], stopped: false }
  const { queue, threads } = pool
  let waiting = 0
  for (let i = 0; i < wanted; i++) {
    const worker = startWorker()
    if (!worker) break
    adopt(pool, { worker, busy: [] })
  }

  return {
    get threads() {
      return threads.length
    },
    async recover(raws) {
      if (pool.stopped) throw new AbortedError('Recovery of senders')
      if (waiting + raws.length > maxQueued)
        throw new BaseError(
          `Expected at most ${maxQueued} transactions in recovery, got ${waiting + raws.length}.`,
          { code: 'TX_RECOVERY_BUSY' },
        )
      waiting += raws.length
      try {
        const parts: Promise<(Address | undefined)[]>[] = []
        const even = Math.ceil(raws.length / Math.max(1, threads.length))
        const chunk = Math.min(CHUNK, Math.max(LEAST_CHUNK, even))
        for (let i = 0; i < raws.length; i += chunk)
          parts.push(
            new Promise((resolve, reject) => {
              queue.push({ raws: raws.slice(i, i + chunk), resolve, reject })
            }),
          )
        pump(pool)
        return (await Promise.all(parts)).flat()
      } finally {
        waiting -= raws.length
      }
    },
    async stop() {
      if (pool.stopped) return
      pool.stopped = true
      const pending = [...queue.splice(0), ...threads.flatMap((t) => t.busy.map(({ chunk }) => chunk))]
      const workers = threads.splice(0).map((t) => t.worker)
      await Promise.all(workers.map((worker) => worker.terminate()))
      for (const chunk of pending) chunk.reject(new AbortedError('Recovery of senders'))
    },
  }
}

function adopt(pool: Pool, thread: Thread): void {
  const { threads } = pool
  threads.push(thread)
  thread.worker.unref()
  thread.worker.on('message', (message: Uint8Array | 'ready') => {
    if (message === 'ready') return
    const done = thread.busy.shift()
    if (threads.every((t) => t.busy.length === 0)) threads.forEach((t) => t.worker.unref())
    if (done) done.chunk.resolve(readSenders(message, done.valid))
    pump(pool)
  })
  const lost = () => {
    const at = threads.indexOf(thread)
    if (at < 0) return
    threads.splice(at, 1)
    // Its work is not lost: the others take it, or the caller's thread when none is left.
    pool.queue.unshift(...thread.busy.splice(0).map(({ chunk }) => chunk))
    pump(pool)
  }
  thread.worker.on('error', lost)
  thread.worker.on('exit', lost)
}

function pump({ queue, threads, stopped }: Pool): void {
  if (stopped) return
  if (threads.length === 0) {
    for (const chunk of queue.splice(0)) chunk.resolve(chunk.raws.map(recoverOrNothing))
    return
  }
  for (let ahead = 0; ahead < AHEAD; ahead++)
    for (const thread of threads) {
      if (thread.busy.length > ahead) continue
      const chunk = queue.shift()
      if (!chunk) return
      send(thread, chunk)
    }
}

function send(thread: Thread, chunk: Chunk): void {
  const { raws } = chunk
  const valid: boolean[] = []
  const payloads: Uint8Array[] = []
  const lengths = new Uint32Array(raws.length)
  const signatures = new Uint8Array(65 * raws.length)
  raws.forEach((raw, i) => {
    valid[i] = false
    try {
      const parts = splitSigned(raw)
      if (signatureFault(parts) !== undefined) return
      payloads.push(parts.payload)
      lengths[i] = parts.payload.length
      signatures.set(parts.signature, 65 * i)
      signatures[65 * i + 64] = parts.parity
      valid[i] = true
    } catch {
      // No transaction: the answer for it is undefined.
    }
  })
  const joined = concatBytes(...payloads)
  thread.busy.push({ chunk, valid })
  thread.worker.ref()
  thread.worker.postMessage({ payloads: joined, lengths, signatures }, [
    joined.buffer as ArrayBuffer,
    lengths.buffer,
    signatures.buffer,
  ])
}

/** What a thread answers, as addresses. */
const readSenders = (message: Uint8Array, valid: readonly boolean[]): (Address | undefined)[] =>
  valid.map((is, i) =>
    is && message[21 * i] === 1 ? bytesToHex(message.subarray(21 * i + 1, 21 * i + 21)) : undefined,
  )

function recoverOrNothing(raw: Uint8Array): Address | undefined {
  try {
    return raw[0] === depositTransactionType ? undefined : recoverSender(raw)
  } catch {
    return undefined
  }
}

function startWorker(): Worker | undefined {
  const require = nodeRequire()
  const backend = recovery().id
  if (!require || backend === 'js') return undefined
  try {
    const threads = require('node:worker_threads') as typeof import('node:worker_threads')
    const { pathToFileURL } = require('node:url') as typeof import('node:url')
    return new threads.Worker(PROGRAM, {
      eval: true,
      workerData: {
        backend,
        module: require.resolve(backend === 'native' ? 'secp256k1/bindings' : 'tiny-secp256k1'),
        keccak: pathToFileURL(require.resolve('@noble/hashes/sha3.js')).href,
        fast: {
          module: keccakModule(),
          rate: KECCAK_RATE,
          input: keccakLayout.input,
          end: keccakLayout.end,
        },
      },
    })
  } catch {
    return undefined
  }
}
