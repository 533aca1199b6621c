import { describe, expect, test } from '@jest/globals'
import { BaseError, type BatchBody, type BatchCodec } from '@animechain/core'
import { blockRoom, unseenBytes } from '../../src/sequencing/blockRoom.js'

const BATCH = 1_000
const UNSEEN = 900

/** A codec that keeps a part of what it gets, `ratio()`, and refuses more than a batch. */
function fakeCodec(ratio: () => number): BatchCodec {
  return {
    id: 'fake',
    limits: {
      compressedBytes: BATCH,
      decompressedBytes: 4_000,
      blocks: 10,
      transactions: 77,
      labels: 10,
    },
    async encode({ blocks }) {
      const raw = blocks
        .flatMap(({ transactions }) => transactions)
        .reduce((sum, { length }) => sum + length, 0)
      const bytes = Math.ceil(raw * ratio())
      if (bytes > BATCH) throw new BaseError('too large', { code: 'CODEC_TOO_LARGE' })
      return new Uint8Array(bytes)
    },
    decode: async () => ({ ok: false, reason: 'unused' }),
  }
}
const blockOf = (bytes: number): BatchBody => ({
  blocks: [{ timestampDelta: 1, depositCount: 0, transactions: [new Uint8Array(bytes)] }],
  labels: [],
})
const settled = () => new Promise(setImmediate)

describe('the room of a block', () => {
  test('is what any transactions may have, until a large block was seen to encode well', async () => {
    const room = blockRoom({ codec: fakeCodec(() => 0.5), batchBytes: BATCH })
    expect(unseenBytes(BATCH)).toBe(UNSEEN)
    expect(room).toMatchObject({ bytes: UNSEEN, transactions: 77 })
    expect(await room.fits(blockOf(100))).toBe(true)
    await settled()
    expect(room.bytes).toBe(UNSEEN)
    expect(await room.fits(blockOf(800))).toBe(true)
    await settled()
    expect(room.bytes).toBe(1_700)
  })

  test('ends below what may be decoded', async () => {
    const room = blockRoom({ codec: fakeCodec(() => 0.01), batchBytes: BATCH })
    await room.fits(blockOf(UNSEEN))
    await settled()
    expect(room.bytes).toBe(3_600)
  })

  test('a block that is encoded worse is not sealed, and those after it are as small as at first', async () => {
    let ratio = 0.5
    const room = blockRoom({ codec: fakeCodec(() => ratio), batchBytes: BATCH })
    await room.fits(blockOf(UNSEEN))
    await settled()
    ratio = 0.99
    expect(await room.fits(blockOf(room.bytes))).toBe(false)
    expect(room.bytes).toBe(UNSEEN)
    ratio = 0.5
    for (let i = 0; i < 59; i++) {
      expect(await room.fits(blockOf(UNSEEN))).toBe(true)
      await settled()
      expect(room.bytes).toBe(UNSEEN)
    }
    await room.fits(blockOf(UNSEEN))
    await settled()
    expect(room.bytes).toBe(1_700)
  })

  test('one that only just fits a batch does not: another label, and it would not', async () => {
    let ratio = 0.5
    const room = blockRoom({ codec: fakeCodec(() => ratio), batchBytes: BATCH })
    await room.fits(blockOf(UNSEEN))
    await settled()
    ratio = 0.99
    expect(await room.fits(blockOf(1_000))).toBe(false)
    ratio = 0.95
    expect(await room.fits(blockOf(1_000))).toBe(true)
  })

  test('is fixed where it is set', async () => {
    const room = blockRoom({ codec: fakeCodec(() => 0.1), batchBytes: BATCH, fixedBytes: 500 })
    expect(await room.fits(blockOf(500))).toBe(true)
    await settled()
    expect(room.bytes).toBe(500)
  })

  test('a codec that fails is no block that does not fit', async () => {
    const codec = { ...fakeCodec(() => 0.5) }
    const room = blockRoom({ codec, batchBytes: BATCH })
    await room.fits(blockOf(UNSEEN))
    await settled()
    codec.encode = async () => {
      throw new Error('no memory')
    }
    await expect(room.fits(blockOf(1_500))).rejects.toThrow('no memory')
  })
})
