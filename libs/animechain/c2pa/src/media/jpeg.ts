import { bytesToHex, concatBytes } from '@animechain/core'
import { badMedia } from '../errors.js'
import type { PartsBuilder } from './parts.js'
import { nameAt, viewOf } from './parts.js'

const SOS = 0xda
const EOI = 0xd9
const APP11 = 0xeb
/** Adobe's: says how colours are coded, so that programs which remove metadata leave it. */
const APP14 = 0xee
const COMMENT = 0xfe
/** UUID of C2PA's description box, after the heads of the boxes `jumb` and `jumd`. */
const C2PA_TYPE = '0x6332706100110010800000aa00389b71'

const bad = (why: string) => badMedia('JPEG', why)
const isRestart = (marker: number): boolean => marker >= 0xd0 && marker <= 0xd7

/** Boxes of JUMBF in APP11 are cut into segments, which repeat the head of the box after a number (ISO/IEC 19566-5, annex D). */
class Boxes {
  readonly #byNumber = new Map<number, { parts: Uint8Array[]; next: number }>()

  add(data: Uint8Array): void {
    if (data.length < 16 || data[0] !== 0x4a || data[1] !== 0x50) return
    const view = viewOf(data)
    const [box, sequence] = [view.getUint16(2), view.getUint32(4)]
    const known = this.#byNumber.get(box)
    if (!known) {
      if (sequence !== 1) throw bad(`expected packet 1 of the box ${box} in APP11, got ${sequence}`)
      this.#byNumber.set(box, { parts: [data.subarray(8)], next: 2 })
      return
    }
    if (sequence !== known.next)
      throw bad(`expected packet ${known.next} of the box ${box} in APP11, got ${sequence}`)
    known.next++
    known.parts.push(data.subarray(16))
  }

  manifests(): Uint8Array[] {
    return [...this.#byNumber.values()]
      .map(({ parts }) => concatBytes(...parts))
      .filter(
        (box) =>
          nameAt(box, 4) === 'jumb' &&
          nameAt(box, 12) === 'jumd' &&
          bytesToHex(box.subarray(16, 32)) === C2PA_TYPE,
      )
  }
}

/** Takes a JPEG apart. What is shown: all segments but the application's and comments, and the coded data, up to the end of the image. */
export function splitJpeg(bytes: Uint8Array, parts: PartsBuilder): void {
  const view = viewOf(bytes)
  const boxes = new Boxes()
  let scans = 0
  for (let at = 2; ;) {
    if (at + 2 > bytes.length) throw bad(`expected a marker at byte ${at}, got the end of the file`)
    if (bytes[at] !== 0xff)
      throw bad(`expected a marker at byte ${at}, got ${bytesToHex(bytes.subarray(at, at + 1))}`)
    const marker = bytes[at + 1]!
    // Any number of 0xff may stand before a marker.
    if (marker === 0xff) {
      at++
      continue
    }
    if (marker === EOI) break
    parts.count()
    if (at + 4 > bytes.length) throw bad(`the segment at byte ${at} has no length`)
    const length = view.getUint16(at + 2)
    const next = at + 2 + length
    if (length < 2 || next > bytes.length)
      throw bad(`the segment at byte ${at} says ${length} bytes, and ${bytes.length - at - 2} are left`)
    const data = bytes.subarray(at + 4, next)
    if (marker === APP11) boxes.add(data)
    else if (marker === APP14 || ((marker < 0xe0 || marker > 0xef) && marker !== COMMENT))
      parts.keep(`FF${marker.toString(16).toUpperCase()}`, data)
    at = next
    if (marker !== SOS) continue
    scans++
    const end = endOfScan(bytes, at)
    parts.keep('scan', bytes.subarray(at, end))
    at = end
  }
  if (scans === 0) throw bad('expected a scan, got none')
  for (const manifest of boxes.manifests()) parts.manifest(manifest)
}

/** Coded data goes on to the next marker that neither restarts the decoder nor is an escaped 0xff. */
function endOfScan(bytes: Uint8Array, from: number): number {
  for (
    let at = bytes.indexOf(0xff, from);
    at >= 0 && at + 1 < bytes.length;
    at = bytes.indexOf(0xff, at + 1)
  ) {
    const marker = bytes[at + 1]!
    if (marker !== 0 && marker !== 0xff && !isRestart(marker)) return at
  }
  throw bad(`the scan at byte ${from} has no end`)
}
