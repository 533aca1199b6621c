import { randomBytes } from 'node:crypto'
import { EventEmitter } from 'node:events'
import type { Worker } from 'node:worker_threads'
import { describe, expect, test } from '@jest/globals'
import { batchCodec, codecLimits } from '@animechain/codec'
import type { BatchBody } from '@animechain/core'
import { codecThread } from '../src/codecThread.js'

const noise = (length: number) => new Uint8Array(randomBytes(length))
const body: BatchBody = {
  blocks: [
    { timestampDelta: 1, depositCount: 1, transactions: [noise(9_000), noise(20_000)] },
    { timestampDelta: 2, depositCount: 0, transactions: [] },
    { timestampDelta: 1, depositCount: 0, transactions: [noise(7_000)] },
  ],
  labels: [{ l1BlockHash: `0x${'ab'.repeat(32)}`, logIndex: 3 }],
}
const small: BatchBody = {
  blocks: [{ timestampDelta: 1, depositCount: 0, transactions: [noise(100)] }],
  labels: [],
}

/** A thread that answers as it is told. */
function threadThat(act: (worker: EventEmitter) => void) {
  const worker = Object.assign(new EventEmitter(), {
    ref() {},
    unref() {},
    postMessage: () => setImmediate(() => act(worker)),
  })
  return worker as unknown as Worker
}

describe('the codec in a thread', () => {
  test('gives what it gives in the caller’s', async () => {
    const [there, here] = [codecThread(), batchCodec()]
    const encoded = await there.encode(body)
    expect(encoded).toEqual(await here.encode(body))
    expect(await there.decode(encoded)).toEqual({ ok: true, body })
    const none = noise(20_000)
    expect(await there.decode(none)).toEqual(await here.decode(none))
    expect(await there.encode(small)).toEqual(await here.encode(small))
  })

  test('refuses as it does in the caller’s', async () => {
    const length = Math.floor(codecLimits.compressedBytes / 7)
    const transactions = Array.from({ length: 8 }, () => noise(length))
    const large = { blocks: [{ timestampDelta: 1, depositCount: 0, transactions }], labels: [] }
    await expect(codecThread().encode(large)).rejects.toMatchObject({ code: 'CODEC_TOO_LARGE' })
  })

  test('works in the caller’s thread where there is none, or it ends', async () => {
    const expected = await batchCodec().encode(body)
    expect(await codecThread(() => undefined).encode(body)).toEqual(expected)
    let started = 0
    const ending = codecThread(() => {
      started++
      return threadThat((worker) => worker.emit('exit', 1))
    })
    expect(await ending.encode(body)).toEqual(expected)
    expect(await ending.decode(expected)).toEqual({ ok: true, body })
    expect(started).toBe(1)
    const failing = codecThread(() => threadThat((worker) => worker.emit('message', { failed: 'no memory' })))
    expect(await failing.encode(body)).toEqual(expected)
  })
})
