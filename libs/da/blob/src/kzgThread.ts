import { BaseError, bytesToHex, packageModule } from '@animechain/core'
import { askedThread } from '@animechain/runtime'
import { loadKzg, type Kzg } from './kzg.js'

type Worker = import('node:worker_threads').Worker

interface KzgQuestion {
  blob: Uint8Array
  commitment?: Uint8Array
}

interface KzgAnswer {
  result?: Uint8Array
  error?: string
}

/** KZG that may be elsewhere. */
export interface KzgThread {
  /** 131,072 bytes to 48 bytes. @throws BaseError `DA_KZG` */
  commit(blob: Uint8Array): Promise<Uint8Array>
  /** 48 bytes. @throws BaseError `DA_KZG` */
  prove(blob: Uint8Array, commitment: Uint8Array): Promise<Uint8Array>
}

/**
 * KZG in a thread that starts when it is first needed and keeps no process alive. In the caller's thread where there are none.
 * `start` is for tests.
 */
export function kzgThread(start: () => Promise<Worker | undefined> = startWorker): KzgThread {
  const thread = askedThread<KzgQuestion, KzgAnswer>(start)
  const known = new WeakMap<Uint8Array, Promise<Uint8Array>>()

  async function ask(blob: Uint8Array, commitment?: Uint8Array): Promise<Uint8Array> {
    // Copies: a blob may be a view of something larger.
    const asked = await thread.ask({
      blob: Uint8Array.from(blob),
      ...(commitment && { commitment: Uint8Array.from(commitment) }),
    })
    if (asked.status === 'lost')
      throw new BaseError('The thread of KZG ended.', { code: 'DA_KZG', cause: asked.cause })
    if (asked.status === 'absent') {
      const kzg = await loadKzg()
      return commitment ? kzg.computeBlobKzgProof(blob, commitment) : kzg.blobToKzgCommitment(blob)
    }
    const { result, error } = asked.answer
    if (result) return result
    throw new BaseError(`KZG failed: ${error}`, { code: 'DA_KZG' })
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
