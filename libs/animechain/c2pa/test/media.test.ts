import { describe, expect, it } from '@jest/globals'
import { isBaseError } from '@animechain/core'
import fc from 'fast-check'
import { contentHash, splitMedia } from '../src/index.js'
import { jpeg, mp4, png, pngChunk, pngFrom, webp } from './samples.js'

const files = [png(), jpeg(), webp(), mp4()]

/** What a decoder may do with any bytes: take them apart, or refuse them by name. */
function outcome(bytes: Uint8Array): string {
  try {
    return splitMedia(bytes).format
  } catch (error) {
    if (isBaseError(error)) return error.code
    throw error
  }
}

describe('splitMedia', () => {
  it('keeps what is shown', () => {
    const names = files.map((file) => splitMedia(file).content.map(({ name }) => name))
    expect(names).toEqual([
      ['IHDR', 'IDAT'],
      ['FFDB', 'FFC0', 'FFC4', 'FFC4', 'FFDA', 'scan'],
      ['VP8L'],
      ['mdat'],
    ])
  })

  it.each([
    ['nothing', new Uint8Array(0), 'starts with nothing'],
    [
      'text',
      new TextEncoder().encode('<html>'),
      'PNG, JPEG, WebP or MP4 file, got one that starts with 0x3c68746d6c3e',
    ],
    ['a cut PNG', png().subarray(0, -5), 'expected a chunk at byte'],
    [
      'a PNG whose chunk is longer than it',
      pngFrom([Buffer.from('ffffffff49484452', 'hex')]),
      'says 4294967295 bytes',
    ],
    [
      'a PNG without header',
      pngFrom([pngChunk('IDAT', Buffer.alloc(3))]),
      'expected a chunk IHDR of 13 bytes first',
    ],
    ['a PNG without image', pngFrom([pngChunk('IHDR', Buffer.alloc(13))]), 'expected a chunk IDAT'],
    ['a cut JPEG', jpeg().subarray(0, -2), 'has no end'],
    ['a JPEG without scan', jpeg().subarray(0, 20), 'at byte'],
    ['a cut WebP', webp().subarray(0, -2), 'it says'],
    ['an MP4 without samples', mp4().subarray(0, 20), 'expected a box mdat'],
    ['a cut MP4', mp4().subarray(0, -1), 'are left'],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => splitMedia(bytes)).toThrow(message)
  })

  it('refuses two manifests, and too many parts', () => {
    const [head, image] = [pngChunk('IHDR', Buffer.alloc(13)), pngChunk('IDAT', Buffer.alloc(1))]
    const manifest = pngChunk('caBX', Buffer.alloc(1))
    expect(() => splitMedia(pngFrom([head, manifest, manifest, image]))).toThrow(
      'at most one manifest, got 2',
    )
    const many = Array<Buffer>(100_001).fill(pngChunk('tEXt', Buffer.alloc(0)))
    expect(() => splitMedia(pngFrom([head, image, ...many]))).toThrow(
      'parts of a media file of at most 100000',
    )
  })

  it('takes any bytes apart, or refuses them by name: 10,000 changed files', () => {
    const seen = new Set<string>()
    const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }))
    fc.assert(
      fc.property(
        fc.constantFrom(...files),
        fc.array(change, { maxLength: 4 }),
        fc.nat(),
        (file, changes, cut) => {
          const copy = file.slice(0, cut % 3 === 0 ? cut % (file.length + 1) : file.length)
          for (const [at, value] of changes) if (copy.length > 0) copy[at % copy.length] = value
          seen.add(outcome(copy))
        },
      ),
      { numRuns: 8_000 },
    )
    const starts = files.map((file) => file.subarray(0, 12))
    fc.assert(
      fc.property(fc.constantFrom(...starts), fc.uint8Array({ maxLength: 100 }), (start, rest) => {
        seen.add(outcome(new Uint8Array([...start, ...rest])))
      }),
      { numRuns: 2_000 },
    )
    expect([...seen].sort()).toEqual([
      'MEDIA_MALFORMED',
      'MEDIA_UNKNOWN',
      'image/jpeg',
      'image/png',
      'image/webp',
      'video/mp4',
    ])
  })
})

describe('contentHash', () => {
  it('is of what is shown, and of all of that', async () => {
    const hashes = await Promise.all(
      [...files, png(8), png(7, '')].map((file) => contentHash(splitMedia(file))),
    )
    expect(new Set(hashes.slice(0, 5)).size).toBe(5)
    expect(hashes[5]).toBe(hashes[0])
    // Pinned: records of stores outlive releases.
    expect(hashes[0]).toBe('0x9bc875a1104726a1dcc9b84b1766a68b82ae32fd7f760d27883b2e826287dcf1')
  })
})
