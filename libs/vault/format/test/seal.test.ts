import { createHash } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { bytesToHex, equalBytes, hexToBytes, type Hash } from '@animechain/core'
import {
  CHUNK_BYTES,
  layoutOf,
  newDataKey,
  nodeCrypto,
  openBytes,
  openStream,
  reconstructStripe,
  rootsTree,
  sealBytes,
  sealStripes,
  shardOf,
  unitOf,
  unitRoot,
  verifyUnit,
  verifyUnitRoots,
  webCrypto,
  type SealedStripe,
} from '../src/index.js'
import { blobBySpec, openBySpec, shardsBySpec } from './independent.js'

const project: Hash = `0x${'a1'.repeat(32)}`

/** The same bytes for the same seed. */
export function bytesOf(seed: string, length: number): Uint8Array {
  const out = Buffer.alloc(Math.ceil(length / 32) * 32)
  for (let i = 0; i * 32 < length; i++)
    createHash('sha256')
      .update(`${seed}/${i}`)
      .digest()
      .copy(out, i * 32)
  return new Uint8Array(out.buffer, out.byteOffset, length)
}

/** Around every edge: of a chunk, of a stripe, of the trailer. */
const lengths = [
  0, 1, 2, 7, 8, 100, 4096, 253_943, 253_944, 262_135, 262_136, 262_137, 262_144, 500_000, 786_000, 786_433,
  1_100_000, 1_600_001,
]

describe('sealing', () => {
  it.each(lengths)('seals %d bytes as the specification says, with both implementations', async (length) => {
    const content = bytesOf(`content ${length}`, length)
    const dataKey = newDataKey()
    const sealed = await sealBytes({ content, dataKey, project, crypto: nodeCrypto()! })
    expect(equalBytes(openBySpec(sealed.header, sealed.body, dataKey), content)).toBe(true)
    const told = blobBySpec(sealed.header, sealed.body, hexToBytes(project))
    expect(sealed.descriptor).toEqual({
      header: bytesToHex(sealed.header),
      length: BigInt(sealed.body.length),
      dataRoot: bytesToHex(told.dataRoot),
      shardRoots: told.shardRoots.map((root) => bytesToHex(root)),
      project,
    })
    expect(sealed.blob).toBe(bytesToHex(told.blob))
    expect(sealed.contentLength).toBe(length)
    const shards = shardsBySpec(sealed.body).map((units) => Buffer.concat(units))
    expect(sealed.shards.every((shard, i) => equalBytes(shard, shards[i]!))).toBe(true)
    expect(verifyUnitRoots(sealed.descriptor, sealed.unitRoots)).toBe(true)
    // The other implementation, from the same header: the same bytes.
    const again = await sealBytes({ content, dataKey, project, header: sealed.header, crypto: webCrypto() })
    expect(again.blob).toBe(sealed.blob)
    for (const crypto of [nodeCrypto()!, webCrypto()])
      expect(equalBytes(await openBytes({ ...sealed, dataKey, crypto }), content)).toBe(true)
  })

  it('gives and takes streams in pieces of any size', async () => {
    const content = bytesOf('pieces', 1_000_000)
    const dataKey = newDataKey()
    const whole = await sealBytes({ content, dataKey, project })
    for (const size of [977, 65_536, CHUNK_BYTES, 999_999]) {
      async function* pieces(bytes: Uint8Array) {
        for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
      }
      const stripes: SealedStripe[] = []
      const sealing = sealStripes({ content: pieces(content), dataKey, project, header: whole.header })
      let next = await sealing.next()
      for (; !next.done; next = await sealing.next()) stripes.push(next.value)
      expect(next.value.blob).toBe(whole.blob)
      const opened: Uint8Array[] = []
      const stream = new ReadableStream<Uint8Array>({
        async start(controller) {
          for await (const piece of pieces(whole.body)) controller.enqueue(piece)
          controller.close()
        },
      })
      for await (const piece of openStream({
        header: whole.header,
        body: stream,
        dataKey,
        length: whole.body.length,
      }))
        opened.push(piece)
      expect(equalBytes(Buffer.concat(opened), content)).toBe(true)
    }
  })

  it('lays units out as the layout says, with paths to the roots of shards', async () => {
    for (const length of [0, 262_136, 700_000, 1_600_001]) {
      const sealed = await sealBytes({ content: bytesOf('layout', length), dataKey: newDataKey(), project })
      const layout = layoutOf(sealed.descriptor.length)
      for (let shard = 0; shard < 5; shard++) {
        const bytes = sealed.shards[shard]!
        expect(bytes.length).toBe(layout.shardLength(shard))
        const units = Array.from({ length: layout.stripes }, (_, stripe) => {
          const from = layout.unitOffset(stripe)
          return bytes.subarray(from, from + layout.unitLength(stripe, unitOf(stripe, shard)))
        })
        const tree = rootsTree(units.map((unit) => unitRoot(unit)))
        for (const [stripe, unit] of units.entries()) {
          const given = { shard, stripe, bytes: unit, path: tree.path(stripe) }
          expect(verifyUnit(sealed.descriptor, given)).toBe(true)
          if (unit.length === 0) continue
          const wrong = unit.slice()
          wrong[wrong.length - 1]! ^= 1
          expect(verifyUnit(sealed.descriptor, { ...given, bytes: wrong })).toBe(false)
          expect(verifyUnit(sealed.descriptor, { ...given, shard: (shard + 1) % 5 })).toBe(false)
        }
      }
    }
  })

  it('gets every stripe back from any three units', async () => {
    for (const length of [1, 300_000, 700_000]) {
      const sealed = await sealBytes({ content: bytesOf('stripe', length), dataKey: newDataKey(), project })
      const layout = layoutOf(sealed.descriptor.length)
      const unitLengths = [0, 1, 2, 3, 4].map((unit) => layout.unitLength(0, unit))
      const units = unitLengths.map((bytes, unit) => sealed.shards[shardOf(0, unit)]!.subarray(0, bytes))
      for (let a = 0; a < 5; a++)
        for (let b = a; b < 5; b++) {
          const left = units.map((unit, i) => (i === a || i === b ? undefined : unit))
          const back = reconstructStripe(left, unitLengths)
          expect(back.every((unit, i) => equalBytes(unit, units[i]!))).toBe(true)
        }
    }
  })
})
