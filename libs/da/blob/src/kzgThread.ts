import { BaseError, bytesToHex, packageModule } from '@animechain/core'
import { loadKzg, type Kzg } from './kzg.js'

type Worker = import('node:worker_threads').Worker

/** KZG that may be elsewhere. */
export interface KzgThread {
  /** 131,072 bytes to 48 bytes. @throws BaseError `DA_KZG` */
  commit(blob: Uint8Array): Promise<Uint8Array>
  /** 48 bytes. @throws BaseError `DA_KZG` */
  prove(blob: Uint8Array, commitment: Uint8Array): Promise<Uint8Array>
}

interface Waiting {
  resolve(value: Uint8Array): void
  reject(error: Error): void
}

/**
 * KZG in a thread that starts when it is first needed and keeps no process alive. In the caller's thread where there are none.
 * `start` is for tests.
 */
export function kzgThread(start: () => Promise<Worker | undefined> = startWorker): KzgThread {
  let worker: Promise<Worker | undefined> | undefined
  /** What was sent, oldest first. */
  const waiting: Waiting[] = []
  let answered = false
  const known = new WeakMap<Uint8Array, Promise<Uint8Array>>()

  async function begin(): Promise<Worker | undefined> {
    const started = await start()
    started?.unref()
    started?.on('message', ({ result, error }: { result?: Uint8Array; error?: string }) => {
      answered = true
      const { resolve, reject } = waiting.shift()!
      if (waiting.length === 0) started.unref()
      if (result) resolve(result)
      else reject(new BaseError(`KZG failed: ${error}`, { code: 'DA_KZG' }))
    })
    let gone = false
    const lost = (cause?: unknown) => {
      if (gone) return
      gone = true
      // One that never worked would not the next time either.
      worker = answered ? undefined : Promise.resolve(undefined)
      for (const { reject } of waiting.splice(0))
        reject(new BaseError('The thread of KZG ended.', { code: 'DA_KZG', cause }))
    }
    started?.on('error', lost)
    started?.on('exit', () => lost())
    return started
  }

  async function ask(blob: Uint8Array, commitment?: Uint8Array): Promise<Uint8Array> {
    worker ??= begin()
    const thread = await worker
    if (thread === undefined) {
      const kzg = await loadKzg()
      return commitment ? kzg.computeBlobKzgProof(blob, commitment) : kzg.blobToKzgCommitment(blob)
    }
    return new Promise((resolve, reject) => {
      waiting.push({ resolve, reject })
      thread.ref()
      // Copies: a blob may be a view of something larger.
      thread.postMessage({
        blob: Uint8Array.from(blob),
        ...(commitment && { commitment: Uint8Array.from(commitment) }),
      })
    })
  }

  return {
    commit(blob) {
      let made = known.get(blob)
      if (!made) {
        made = ask(blob)
        known.set(blob, made)
        made.catch(() => known.delete(blob))
      }
      return made
    },
    prove: ask,
  }
}

async function startWorker(): Promise<Worker | undefined> {
  const program = packageModule(import.meta.url, '@animechain/da-blob/kzg-worker')
  if (program === undefined) return undefined
  const { Worker } = await import('node:worker_threads')
  return new Worker(new URL(program), { execArgv: [] })
}

let shared: KzgThread | undefined
/** Of the process: the setup is large. */
export const sharedKzgThread = (): KzgThread => (shared ??= kzgThread())

/**
 * KZG for the blobs of one transaction, made ahead in the thread: it answers at once, as viem wants it, and knows no other blob.
 * @throws BaseError `DA_KZG`
 */
export async function blobKzg(blobs: readonly Uint8Array[]): Promise<Kzg> {
  const thread = sharedKzgThread()
  const commitments = await Promise.all(blobs.map((blob) => thread.commit(blob)))
  const proofs = await Promise.all(blobs.map((blob, i) => thread.prove(blob, commitments[i]!)))
  const indexOf = (blob: Uint8Array): number => {
    const same = blobs.indexOf(blob)
    const at = same >= 0 ? same : blobs.findIndex((other) => bytesToHex(other) === bytesToHex(blob))
    if (at < 0) throw new BaseError('KZG was prepared for other blobs.', { code: 'DA_KZG' })
    return at
  }
  return {
    id: 'thread',
    blobToKzgCommitment: (blob) => commitments[indexOf(blob)]!,
    computeBlobKzgProof: (blob) => proofs[indexOf(blob)]!,
  }
}
