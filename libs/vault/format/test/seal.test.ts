import { describe, expect, it } from '@jest/globals'
import { gcm } from '@noble/ciphers/aes.js'
import { x25519 } from '@noble/curves/ed25519.js'
import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, concatBytes, equalBytes, hexToBytes, type Hash } from '@animechain/core'
import {
  CHUNK_BYTES,
  SEALED_CHUNK_BYTES,
  chunkNonce,
  deriveKeyPair,
  keysOf,
  layoutOf,
  newDataKey,
  newKeyPair,
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
import { seededBytes } from './seeded.js'
import { blobBySpec, openBySpec, shardsBySpec } from './independent.js'

const project: Hash = `0x${'a1'.repeat(32)}`

/** Around every edge: of a chunk, of a stripe, of the trailer. */
const lengths = [2, 7, 100, 253_943, 262_135, 786_000, 1_100_000]

describe('sealing', () => {
  it.each(lengths)('seals %d bytes as the specification says, with both implementations', async (length) => {
    const content = seededBytes(`content ${length}`, length)
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

  it('agrees with a third implementation of its cryptography', async () => {
    const content = seededBytes('third', 400_000)
    const dataKey = newDataKey()
    const { header, body } = await sealBytes({ content, dataKey, project })
    const { chunkKey, prefix } = await keysOf(header, dataKey)
    const info = concatBytes(new TextEncoder().encode('animechain/vault/1'), Uint8Array.of(1))
    expect(hkdf(sha256, dataKey, header.subarray(8, 40), info, 64).subarray(0, 32)).toEqual(chunkKey)
    const opened = [0, 1].map((i) =>
      gcm(chunkKey, chunkNonce(prefix, i, i === 1), header).decrypt(
        body.subarray(i * SEALED_CHUNK_BYTES, (i + 1) * SEALED_CHUNK_BYTES),
      ),
    )
    expect(equalBytes(concatBytes(...opened).subarray(0, content.length), content)).toBe(true)
    for (const { publicKey, privateKey } of [await newKeyPair(), await deriveKeyPair(dataKey)])
      expect(x25519.getPublicKey(privateKey)).toEqual(publicKey)
  })

  it('gives and takes streams in pieces of any size', async () => {
    const content = seededBytes('pieces', 1_000_000)
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
      const sealed = await sealBytes({
        content: seededBytes('layout', length),
        dataKey: newDataKey(),
        project,
      })
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
      const sealed = await sealBytes({
        content: seededBytes('stripe', length),
        dataKey: newDataKey(),
        project,
      })
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
