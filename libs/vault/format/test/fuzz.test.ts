import { describe, expect, it } from '@jest/globals'
import { concatBytes, equalBytes, isBaseError, type Hash } from '@animechain/core'
import {
  SEALED_CHUNK_BYTES,
  chunkOpener,
  decodeHeader,
  newDataKey,
  nodeCrypto,
  openBytes,
  openStream,
  sealBytes,
  sealStripes,
  verifyInclusion,
  verifyUnitRoots,
  webCrypto,
} from '../src/index.js'
import { openBySpec } from './independent.js'
import { seededBytes, seededNumbers } from './seeded.js'

const project: Hash = `0x${'f0'.repeat(32)}`
const codes = new Set([
  'VAULT_BAD_HEADER',
  'VAULT_WRONG_KEY',
  'VAULT_BAD_CHUNK',
  'VAULT_TRUNCATED',
  'VAULT_BAD_PADDING',
])

/** What came out, or the code of the error; anything else fails. */
async function outcome(work: Promise<Uint8Array>): Promise<Uint8Array | string> {
  try {
    return await work
  } catch (error) {
    if (isBaseError(error) && codes.has(error.code)) return error.code
    throw error
  }
}

const lengths = [0, 5_000, 262_136, 262_140, 800_000]

describe.each([nodeCrypto()!, webCrypto()])('changed bytes, by $id', (crypto) => {
  it('never gives other bytes, and always a named error', async () => {
    const below = seededNumbers(`fuzz ${crypto.id}`)
    for (const length of lengths) {
      const content = seededBytes(`fuzz ${length}`, length)
      const dataKey = newDataKey()
      const { header, body } = await sealBytes({ content, dataKey, project, crypto })
      const foreign = await sealBytes({ content, dataKey, project, crypto })
      const chunk = (bytes: Uint8Array, i: number) =>
        bytes.subarray(i * SEALED_CHUNK_BYTES, (i + 1) * SEALED_CHUNK_BYTES)
      const chunks = Math.ceil(body.length / SEALED_CHUNK_BYTES)
      const open = (changed: Uint8Array, top = header, key = dataKey) =>
        outcome(openBytes({ header: top, body: changed, dataKey: key, crypto }))
      const rounds = length > 300_000 ? 3 : 10
      for (let round = 0; round < rounds; round++) {
        const flipped = body.slice()
        flipped[below(body.length)]! ^= 1 << below(8)
        expect(await open(flipped)).toBe('VAULT_BAD_CHUNK')
        const changedHeader = header.slice()
        changedHeader[below(80)]! ^= 1 << below(8)
        expect(typeof (await open(body, changedHeader))).toBe('string')
        expect(typeof (await open(body.slice(0, below(body.length))))).toBe('string')
        expect(typeof (await open(concatBytes(body, seededBytes('more', 1 + below(300_000)))))).toBe('string')
      }
      expect(await open(body, header, newDataKey())).toBe('VAULT_WRONG_KEY')
      expect(typeof (await open(body, foreign.header))).toBe('string')
      expect(typeof (await open(new Uint8Array(0)))).toBe('string')
      for (let i = 0; i < chunks; i++) {
        const parts = Array.from({ length: chunks }, (_, j) => chunk(i === j ? foreign.body : body, j))
        expect(await open(concatBytes(...parts))).toBe('VAULT_BAD_CHUNK')
        const without = Array.from({ length: chunks }, (_, j) =>
          i === j ? new Uint8Array(0) : chunk(body, j),
        )
        expect(typeof (await open(concatBytes(...without)))).toBe('string')
      }
      if (chunks > 2) {
        const swapped = concatBytes(chunk(body, 1), chunk(body, 0), ...[chunk(body, 2), chunk(body, 3)])
        expect(await open(swapped)).toBe('VAULT_BAD_CHUNK')
      }
      // Another length than the descriptor's is told as such.
      if (length > 0)
        expect(
          await outcome(openBytes({ header, body, dataKey, crypto, length: body.length + 16_384 })),
        ).toBe('VAULT_TRUNCATED')
    }
  })

  it('opens a chunk at its own place alone', async () => {
    const content = seededBytes('places', 600_000)
    const dataKey = newDataKey()
    const { header, body } = await sealBytes({ content, dataKey, project, crypto })
    const opener = await chunkOpener(header, dataKey, crypto)
    const first = body.subarray(0, SEALED_CHUNK_BYTES)
    expect(equalBytes(await opener.open(0, false, first), content.subarray(0, 262_144))).toBe(true)
    for (const [index, last, bytes] of [
      [0, true, first],
      [1, false, first],
      [-1, false, first],
      [2 ** 32, false, first],
      [0, false, first.subarray(1)],
      [0, false, new Uint8Array(0)],
      [0, true, new Uint8Array(16)],
    ] as const)
      await expect(opener.open(index, last, bytes)).rejects.toMatchObject({ code: 'VAULT_BAD_CHUNK' })
  })
})

describe('streams', () => {
  it('give only content before a cut is known, whatever its zeros', async () => {
    const below = seededNumbers('streams')
    for (let round = 0; round < 8; round++) {
      // Runs of zeros, which may be padding until more comes.
      const content = new Uint8Array(below(2_000_000))
      for (let i = 0; i < 3; i++)
        content.set(seededBytes(`run ${round}/${i}`, below(9)), below(content.length - 9 || 1))
      const dataKey = newDataKey()
      const { header, body } = await sealBytes({ content, dataKey, project })
      expect(equalBytes(openBySpec(header, body, dataKey), content)).toBe(true)
      expect(equalBytes(await openBytes({ header, body, dataKey }), content)).toBe(true)
      const cut = body.subarray(0, below(body.length))
      let given = 0
      const read = async () => {
        for await (const piece of openStream({ header, body: cut, dataKey })) {
          expect(equalBytes(piece, content.subarray(given, given + piece.length))).toBe(true)
          given += piece.length
        }
      }
      await expect(read()).rejects.toMatchObject({ code: expect.stringMatching(/^VAULT_/) })
    }
  })

  it('read ahead nothing, and end with their signal or their reader', async () => {
    let made = 0
    let isClosed = false
    async function* endless() {
      try {
        for (;;) {
          made++
          yield seededBytes(`piece ${made}`, 100_000)
        }
      } finally {
        isClosed = true
      }
    }
    const sealing = sealStripes({ content: endless(), dataKey: newDataKey(), project })
    await sealing.next()
    // A stripe, and the block that shows that it was not the last.
    expect(made).toBeLessThanOrEqual(11)
    await sealing.return({} as never)
    expect(isClosed).toBe(true)
    const controller = new AbortController()
    const aborted = sealStripes({
      content: endless(),
      dataKey: newDataKey(),
      project,
      signal: controller.signal,
    })
    await aborted.next()
    controller.abort()
    const rest = async () => {
      for await (const { units } of aborted) expect(units.length).toBe(5)
    }
    await expect(rest()).rejects.toMatchObject({ code: 'ABORTED' })
    await expect(
      sealBytes({ content: 'text' as unknown as Uint8Array, dataKey: newDataKey(), project }),
    ).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })
})

describe('what strangers send', () => {
  it('is refused without an exception by what verifies', async () => {
    const { descriptor, unitRoots } = await sealBytes({
      content: seededBytes('stranger', 900_000),
      dataKey: newDataKey(),
      project,
    })
    const below = seededNumbers('strangers')
    for (let round = 0; round < 60; round++) {
      const changed = unitRoots.slice()
      changed[below(changed.length)]! ^= 1 << below(8)
      expect(verifyUnitRoots(descriptor, changed)).toBe(false)
    }
    expect(verifyUnitRoots(descriptor, unitRoots.subarray(32))).toBe(false)
    expect(verifyUnitRoots({ ...descriptor, length: 3n }, unitRoots)).toBe(false)
    const root = new Uint8Array(32)
    for (const [index, count] of [
      [-1, 3],
      [3, 3],
      [0.5, 3],
      [0, 2 ** 60],
      [0, 0],
    ])
      expect(verifyInclusion({ root, leaf: root, index: index!, count: count!, path: [] })).toBe(false)
    for (let length = 0; length < 100; length++)
      expect(() => decodeHeader(seededBytes(`header ${length}`, length))).toThrow(
        expect.objectContaining({ code: 'VAULT_BAD_HEADER' }),
      )
  })
})
