import zstdCodec from 'zstd-codec'
import { Malformed } from './column.js'

interface Simple {
  compress(content: Uint8Array, level: number): Uint8Array | null
  decompress(compressed: Uint8Array): Uint8Array | null
}

let instance: Promise<Simple> | undefined

/** zstd-codec's WebAssembly, instantiated once. */
export function zstd(): Promise<Simple> {
  instance ??= new Promise((resolve) => {
    zstdCodec.ZstdCodec.run((binding) => resolve(new binding.Simple()))
  })
  return instance
}

/** RFC 8878 3.1.1.2.4 */
const BLOCK_MAX = 131_072

/**
 * Checks that bytes are exactly one frame of the accepted kind before anything is allocated for it, and returns its content's size.
 * docs/spec/codec.md 2.
 */
export function checkFrame(frame: Uint8Array, maxContent: number): number {
  const byte = (at: number): number => {
    if (at >= frame.length) throw new Malformed('zstd frame ends early')
    return frame[at]!
  }
  if (byte(0) !== 0x28 || byte(1) !== 0xb5 || byte(2) !== 0x2f || byte(3) !== 0xfd)
    throw new Malformed('no zstd frame')
  const descriptor = byte(4)
  if ((descriptor & 0b0001_1111) !== 0)
    throw new Malformed('zstd frame with a dictionary, a checksum or a reserved bit')
  const single = (descriptor & 0x20) !== 0
  const sizeFlag = descriptor >> 6
  if (!single && sizeFlag === 0) throw new Malformed('zstd frame without content size')
  let at = 5
  let window = 0
  if (!single) {
    const w = byte(at++)
    const base = 2 ** ((w >> 3) + 10)
    window = base + (base / 8) * (w & 7)
  }
  const sizeBytes = 1 << sizeFlag
  let content = 0
  for (let i = sizeBytes - 1; i >= 0; i--) content = content * 256 + byte(at + i)
  at += sizeBytes
  if (sizeFlag === 1) content += 256
  if (single) window = content
  if (content === 0 || content > maxContent)
    throw new Malformed(`zstd frame with ${content} bytes of content`)
  if (window > Math.max(maxContent, 1024)) throw new Malformed(`zstd frame with a window of ${window} bytes`)
  const blockMax = Math.min(window, BLOCK_MAX)
  for (;;) {
    const header = byte(at) | (byte(at + 1) << 8) | (byte(at + 2) << 16)
    at += 3
    const type = (header >> 1) & 3
    const size = header >> 3
    if (type === 3) throw new Malformed('zstd block of the reserved type')
    if (size > blockMax) throw new Malformed(`zstd block of ${size} bytes`)
    at += type === 1 ? 1 : size
    if (at > frame.length) throw new Malformed('zstd frame ends early')
    if (header & 1) break
  }
  if (at !== frame.length) throw new Malformed(`${frame.length - at} bytes after the zstd frame`)
  return content
}

/** Decompresses a frame that {@link checkFrame} accepts. */
export async function decompress(frame: Uint8Array, maxContent: number): Promise<Uint8Array> {
  const size = checkFrame(frame, maxContent)
  const codec = await zstd()
  let content: Uint8Array | null
  try {
    content = codec.decompress(frame)
  } catch {
    content = null
  }
  if (content === null || content.length !== size) throw new Malformed('corrupt zstd frame')
  return content
}
