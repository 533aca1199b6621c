import { bytesToHex } from '@animechain/core'
import { badMedia } from '../errors.js'
import type { PartsBuilder } from './parts.js'
import { nameAt, viewOf } from './parts.js'

/** UUID of C2PA's box. */
const C2PA_BOX = '0xd8fec3d61b0e483c92975828877ec481'
/** Of a manifest's box: version and flags, the purpose, 8 bytes that say where other boxes are. */
const PURPOSE = new TextEncoder().encode('manifest\0')

const bad = (why: string) => badMedia('MP4', why)

/**
 * Takes an MP4 apart. What is played: the samples, in their boxes `mdat`. The other boxes say where in the file samples are, so that they
 * change when a manifest before them is removed.
 */
export function splitMp4(bytes: Uint8Array, parts: PartsBuilder): void {
  const view = viewOf(bytes)
  for (let at = 0; at < bytes.length;) {
    if (at + 8 > bytes.length) throw bad(`expected a box at byte ${at}, got the end of the file`)
    parts.count()
    const short = view.getUint32(at)
    const name = nameAt(bytes, at + 4)
    const header = short === 1 ? 16 : 8
    if (at + header > bytes.length) throw bad(`the box at byte ${at} has no length`)
    // 0: to the end of the file; 1: in 64 bits.
    const length = short === 0 ? bytes.length - at : short === 1 ? Number(view.getBigUint64(at + 8)) : short
    if (length < header || length > bytes.length - at)
      throw bad(`the box at byte ${at} says ${length} bytes, and ${bytes.length - at} are left`)
    const data = bytes.subarray(at + header, at + length)
    if (name === 'mdat') parts.keep(name, data)
    else if (name === 'uuid' && bytesToHex(data.subarray(0, 16)) === C2PA_BOX) manifestBox(data, parts)
    at += length
  }
  if (parts.content.length === 0) throw bad('expected a box mdat, got none')
}

function manifestBox(data: Uint8Array, parts: PartsBuilder): void {
  // Boxes with other purposes hold hashes of fragments, and free space.
  if (PURPOSE.some((byte, i) => data[20 + i] !== byte)) return
  if (data.length < 20 + PURPOSE.length + 8) throw bad("expected a manifest in C2PA's box, got its end")
  parts.manifest(data.subarray(20 + PURPOSE.length + 8))
}
