import { concatBytes } from '@animechain/core'
import { badMedia } from '../errors.js'
import type { PartsBuilder } from './parts.js'
import { nameAt, viewOf } from './parts.js'

export const PNG_SIGNATURE = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
/** What is shown: header, palette, transparency, image data, and the frames of an animation. */
const SHOWN = new Set(['IHDR', 'PLTE', 'tRNS', 'acTL', 'fcTL', 'fdAT'])

const bad = (why: string) => badMedia('PNG', why)

/** Takes a PNG apart. How many chunks the image data comes in is left to whoever writes a file, so they count as one piece. */
export function splitPng(bytes: Uint8Array, parts: PartsBuilder): void {
  const view = viewOf(bytes)
  let image: Uint8Array[] = []
  const endImage = () => {
    if (image.length > 0) parts.keep('IDAT', image.length === 1 ? image[0]! : concatBytes(...image))
    image = []
  }
  for (let at = PNG_SIGNATURE.length; ;) {
    if (at + 12 > bytes.length) throw bad(`expected a chunk at byte ${at}, got the end of the file`)
    const length = view.getUint32(at)
    if (length > bytes.length - at - 12)
      throw bad(`the chunk at byte ${at} says ${length} bytes, and ${bytes.length - at - 12} are left`)
    parts.count()
    const name = nameAt(bytes, at + 4)
    const data = bytes.subarray(at + 8, at + 8 + length)
    if (at === PNG_SIGNATURE.length && (name !== 'IHDR' || length !== 13))
      throw bad(`expected a chunk IHDR of 13 bytes first, got ${JSON.stringify(name)} of ${length}`)
    if (name === 'IDAT') image.push(data)
    else if (name === 'caBX') parts.manifest(data)
    else if (name === 'IEND') break
    else if (SHOWN.has(name)) {
      endImage()
      parts.keep(name, data)
    }
    at += 12 + length
  }
  endImage()
  if (!parts.content.some(({ name }) => name === 'IDAT')) throw bad('expected a chunk IDAT, got none')
}
