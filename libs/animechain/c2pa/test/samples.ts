import { deflateSync } from 'node:zlib'

/** Files made by hand, small and whole: structures of their own, not those of the package. */

const u32 = (value: number): Buffer => {
  const out = Buffer.alloc(4)
  out.writeUInt32BE(value >>> 0)
  return out
}
const u16 = (value: number): Buffer => u32(value).subarray(2)

function crc32(bytes: Buffer): number {
  let crc = -1
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1
  }
  return ~crc
}

const pngHead = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
export const pngChunk = (name: string, data: Buffer): Buffer => {
  const named = Buffer.concat([Buffer.from(name, 'latin1'), data])
  return Buffer.concat([u32(data.length), named, u32(crc32(named))])
}
const ihdr = pngChunk('IHDR', Buffer.concat([u32(4), u32(4), Buffer.from([8, 2, 0, 0, 0])]))
export const pngFrom = (chunks: readonly Buffer[]): Uint8Array =>
  new Uint8Array(Buffer.concat([pngHead, ...chunks, pngChunk('IEND', Buffer.alloc(0))]))

/** 4 by 4 pixels of one shade; in two chunks of image data, and with a comment. */
export function png(shade = 7, comment = 'a layout'): Uint8Array {
  const pixels = deflateSync(Buffer.alloc(4 * 13, shade))
  const text = comment === '' ? [] : [pngChunk('tEXt', Buffer.from(`Comment\0${comment}`))]
  return pngFrom([
    ...[ihdr, ...text],
    ...[pngChunk('IDAT', pixels.subarray(0, 5)), pngChunk('IDAT', pixels.subarray(5))],
  ])
}
/** The same pixels, in one chunk of image data. */
export const pngInOneChunk = (shade = 7): Uint8Array =>
  pngFrom([ihdr, pngChunk('IDAT', deflateSync(Buffer.alloc(4 * 13, shade)))])

/** Chunks of a PNG, without those that are named. */
export function pngWithout(bytes: Uint8Array, ...names: string[]): Uint8Array {
  const file = Buffer.from(bytes)
  const kept = [file.subarray(0, 8)]
  for (let at = 8; at < file.length;) {
    const end = at + 12 + file.readUInt32BE(at)
    if (!names.includes(file.toString('latin1', at + 4, at + 8))) kept.push(file.subarray(at, end))
    at = end
  }
  return new Uint8Array(Buffer.concat(kept))
}

const segment = (marker: number, data: Buffer): Buffer =>
  Buffer.concat([Buffer.from([0xff, marker]), u16(data.length + 2), data])

/** One grey block of 8 by 8, with the shortest tables. */
export function jpeg(): Uint8Array {
  const table = (kind: number) =>
    segment(0xc4, Buffer.concat([Buffer.from([kind, 1]), Buffer.alloc(15), Buffer.from([0])]))
  return new Uint8Array(
    Buffer.concat([
      Buffer.from([0xff, 0xd8]),
      segment(0xe0, Buffer.from('4a46494600010100000100010000', 'hex')),
      segment(0xfe, Buffer.from('a comment')),
      segment(0xdb, Buffer.concat([Buffer.from([0]), Buffer.alloc(64, 1)])),
      segment(0xc0, Buffer.from('080008000801011100', 'hex')),
      ...[table(0x00), table(0x10)],
      segment(0xda, Buffer.from('010100003f00', 'hex')),
      // An escaped 0xff and a restart are within a scan.
      Buffer.from([0x3f, 0xff, 0x00, 0xff, 0xd0, 0x3f, 0xff, 0xd9]),
    ]),
  )
}
/** Without segments of applications and comments, as sites leave a JPEG that is uploaded. */
export function jpegStripped(bytes: Uint8Array): Uint8Array {
  const file = Buffer.from(bytes)
  const kept = [file.subarray(0, 2)]
  for (let at = 2; at < file.length;) {
    const marker = file[at + 1]!
    const end = marker === 0xda ? file.length : at + 2 + file.readUInt16BE(at + 2)
    if ((marker < 0xe0 || marker > 0xef) && marker !== 0xfe) kept.push(file.subarray(at, end))
    at = end
  }
  return new Uint8Array(Buffer.concat(kept))
}

const riffChunk = (name: string, data: Buffer): Buffer => {
  const length = Buffer.alloc(4)
  length.writeUInt32LE(data.length)
  return Buffer.concat([Buffer.from(name), length, data, Buffer.alloc(data.length % 2)])
}
const riff = (chunks: readonly Buffer[]): Uint8Array =>
  new Uint8Array(riffChunk('RIFF', Buffer.concat([Buffer.from('WEBP'), ...chunks])))
const pixel = riffChunk('VP8L', Buffer.from('2f00000010071011118888fe0700', 'hex'))
/** One pixel, lossless, with an extended header. */
export const webp = (): Uint8Array =>
  riff([riffChunk('VP8X', Buffer.from('00000000000000000000', 'hex')), pixel])
/** The same without everything else. */
export const webpStripped = (): Uint8Array => riff([pixel])

const box = (name: string, ...parts: Buffer[]): Buffer => {
  const data = Buffer.concat(parts)
  return Buffer.concat([u32(data.length + 8), Buffer.from(name), data])
}
/** A film of no tracks, with some bytes where samples are. */
export const mp4 = (): Uint8Array =>
  new Uint8Array(
    Buffer.concat([
      box('ftyp', Buffer.from('isom'), u32(0), Buffer.from('isom')),
      box('moov', box('mvhd', Buffer.alloc(100))),
      box('mdat', Buffer.from('samples of a film')),
    ]),
  )
/** Without boxes `uuid`. */
export function mp4Stripped(bytes: Uint8Array): Uint8Array {
  const file = Buffer.from(bytes)
  const kept: Buffer[] = []
  for (let at = 0; at < file.length;) {
    const end = at + file.readUInt32BE(at)
    if (file.toString('latin1', at + 4, at + 8) !== 'uuid') kept.push(file.subarray(at, end))
    at = end
  }
  return new Uint8Array(Buffer.concat(kept))
}
