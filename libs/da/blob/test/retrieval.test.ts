import { describe, expect, test } from '@jest/globals'
import { bytesToHex, keccak256, type Hash } from '@animechain/core'
import { commitmentOf, hashesOf } from '../src/commitment.js'
import { bytesPerBlob, encodeBlobs } from '../src/encoding.js'
import { fetchBlob, fetchData } from '../src/retrieval.js'
import type { BlobArchive } from '../src/archive.js'
import type { BlobSource } from '../src/sources.js'

/** In the place of KZG. */
const hashOf = async (blob: Uint8Array): Promise<Hash> => bytesToHex(keccak256(blob))
const data = Uint8Array.of(1, 2, 3)
const [blob] = encodeBlobs(data) as [Uint8Array]
const hash = await hashOf(blob)
const timeoutMs = 10_000

const source = (id: string, get: () => Uint8Array | undefined): BlobSource => ({ id, get: async () => get() })
const has = source('has', () => blob)
const hasNot = source('hasNot', () => undefined)
const fails = source('fails', () => {
  throw new Error('no connection')
})
const lies = source('lies', () => new Uint8Array(bytesPerBlob))
const short = source('short', () => blob.subarray(1))

describe('a blob from several sources', () => {
  test.each<[string, BlobSource[], RegExp | 'blob' | undefined]>([
    ['the first that has it', [hasNot, has], 'blob'],
    ['after one that fails', [fails, has], 'blob'],
    ['after one that lies', [lies, short, has], 'blob'],
    ['none has it', [hasNot, hasNot], undefined],
    ['one failed: it may have it', [fails, hasNot], /fails: no connection/],
    ['one lied', [lies, hasNot], /lies gave another blob/],
    ['nowhere to look', [], undefined],
  ])('%s', async (_what, sources, expected) => {
    const found = await fetchBlob({ sources, hashOf, timeoutMs }, hash, undefined)
    if (expected === 'blob') expect(found).toBe(blob)
    else if (expected) expect((found as Error).message).toMatch(expected)
    else expect(found).toBeUndefined()
  })

  test('what was found elsewhere is archived, what was there is not', async () => {
    const kept = new Map<string, Uint8Array>()
    const archive: BlobArchive = {
      id: 'archive',
      get: async (id) => kept.get(id),
      put: async (id, bytes) => void kept.set(id, bytes),
    }
    const retrieval = { sources: [archive, has], archive, hashOf, timeoutMs }
    await fetchBlob(retrieval, hash, undefined)
    expect([...kept.keys()]).toEqual([hash])
    const again = { ...retrieval, sources: [archive, fails] }
    expect(await fetchBlob(again, hash, undefined)).toBe(blob)
  })

  test('the data of all of them, or why not', async () => {
    const of = (sources: BlobSource[], hashes: Hash[] = [hash], signal?: AbortSignal) =>
      fetchData({ sources, hashOf, timeoutMs }, hashes, undefined, signal)
    expect(await of([has])).toEqual({ status: 'data', data })
    expect(await of([hasNot])).toEqual({ status: 'missing', authoritative: false })
    expect((await of([fails])).status).toBe('unavailable')
    expect((await of([has], [hash], AbortSignal.abort())).status).toBe('unavailable')
    // Two blobs where the length says one.
    expect((await of([has], [hash, hash])).status).toBe('invalid')
  })
})

test('a commitment holds 1 to 6 versioned hashes', () => {
  const versioned = (n: number): Hash => `0x01${n.toString(16).padStart(62, '0')}`
  const hashes = [1, 2, 3, 4, 5, 6].map(versioned)
  expect(hashesOf(commitmentOf(hashes))).toEqual(hashes)
  for (const wrong of [
    commitmentOf([]),
    commitmentOf([...hashes, versioned(7)]),
    commitmentOf([`0x02${'00'.repeat(31)}`]),
    commitmentOf(hashes).subarray(1),
    commitmentOf(hashes).subarray(0, -1),
  ])
    expect(hashesOf(wrong)).toBeUndefined()
})
