import { badMedia } from '../errors.js'
import type { PartsBuilder } from './parts.js'
import { nameAt, viewOf } from './parts.js'

/** What is shown. The extended header `VP8X` says which metadata there is, so that it changes when that is removed. */
const SHOWN = new Set(['VP8 ', 'VP8L', 'ALPH', 'ANIM', 'ANMF'])

const bad = (why: string) => badMedia('WebP', why)

/** Takes a WebP apart. */
export function splitWebp(bytes: Uint8Array, parts: PartsBuilder): void {
  const view = viewOf(bytes)
  const end = view.getUint32(4, true) + 8
  if (end > bytes.length) throw bad(`it says ${end} bytes, and has ${bytes.length}`)
  for (let at = 12; at < end;) {
    if (at + 8 > end) throw bad(`expected a chunk at byte ${at}, got the end of the file`)
    const length = view.getUint32(at + 4, true)
    if (length > end - at - 8)
      throw bad(`the chunk at byte ${at} says ${length} bytes, and ${end - at - 8} are left`)
    parts.count()
    const name = nameAt(bytes, at)
    const data = bytes.subarray(at + 8, at + 8 + length)
    if (name === 'C2PA') parts.manifest(data)
    else if (SHOWN.has(name)) parts.keep(name, data)
    // Chunks start at even bytes.
    at += 8 + length + (length % 2)
  }
  if (parts.content.length === 0) throw bad('expected a chunk of an image, got none')
}
