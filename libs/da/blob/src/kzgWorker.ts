// The thread of KZG: loads the ceremony's setup, which takes a second, and works through what it is sent, in order.
import { parentPort } from 'node:worker_threads'
import { runInBackground } from '@animechain/core'
import { loadKzg } from './kzg.js'

interface Question {
  blob: Uint8Array
  /** absent: the commitment is wanted, else the proof for it */
  commitment?: Uint8Array
}

// A batch waits for seconds anyway; blocks and requests do not.
runInBackground()

parentPort!.on('message', ({ blob, commitment }: Question) => {
  loadKzg().then(
    (kzg) =>
      parentPort!.postMessage({
        result: commitment ? kzg.computeBlobKzgProof(blob, commitment) : kzg.blobToKzgCommitment(blob),
      }),
    (error: unknown) => parentPort!.postMessage({ error: String(error) }),
  )
})
