import { EventEmitter } from 'node:events'
import { describe, expect, test } from '@jest/globals'
import { bytesToHex } from '@animechain/core'
import { encodeBlobs } from '../src/encoding.js'
import { loadKzg } from '../src/kzg.js'
import { blobKzg, kzgThread } from '../src/kzgThread.js'

type Worker = import('node:worker_threads').Worker

const blobs = encodeBlobs(new Uint8Array(200_000).map((_, i) => i % 251))

describe('KZG in a thread', () => {
  test('gives the commitments and proofs of the caller’s thread, ready for viem', async () => {
    const [there, here] = [await blobKzg(blobs), await loadKzg()]
    expect(there.id).toBe('thread')
    for (const blob of blobs) {
      const commitment = here.blobToKzgCommitment(blob)
      // viem hands over copies.
      expect(bytesToHex(there.blobToKzgCommitment(blob.slice()))).toBe(bytesToHex(commitment))
      expect(bytesToHex(there.computeBlobKzgProof(blob, commitment))).toBe(
        bytesToHex(here.computeBlobKzgProof(blob, commitment)),
      )
    }
    expect(() => there.blobToKzgCommitment(new Uint8Array(131_072))).toThrow('other blobs')
  })

  test('says what failed, and starts again when its thread ended', async () => {
    const workers: EventEmitter[] = []
    const thread = kzgThread(async () => {
      const worker = Object.assign(new EventEmitter(), {
        ref() {},
        unref() {},
        postMessage() {},
      })
      workers.push(worker)
      return worker as unknown as Worker
    })
    const first = thread.commit(new Uint8Array(1))
    await new Promise(setImmediate)
    workers[0]!.emit('message', { error: 'expected 131072 bytes' })
    await expect(first).rejects.toThrow('expected 131072 bytes')
    const second = thread.commit(new Uint8Array(2))
    await new Promise(setImmediate)
    workers[0]!.emit('error', new Error('crashed'))
    workers[0]!.emit('exit', 1)
    await expect(second).rejects.toMatchObject({ code: 'DA_KZG' })
    const third = thread.commit(new Uint8Array(3))
    await new Promise(setImmediate)
    workers[1]!.emit('message', { result: Uint8Array.of(7) })
    expect(await third).toEqual(Uint8Array.of(7))
  })

  test('works in the caller’s thread where no thread can be had', async () => {
    const thread = kzgThread(async () => undefined)
    const commitment = await thread.commit(blobs[0]!)
    expect(bytesToHex(commitment)).toBe(bytesToHex((await loadKzg()).blobToKzgCommitment(blobs[0]!)))
  })
})
