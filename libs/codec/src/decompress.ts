import { Malformed } from './column.js'
import { zstdModule } from './generated/zstdModule.js'

/** The decoder's exports (assembly/module.ts); pointers and sizes are bytes. */
interface Decoder {
  memory: { readonly buffer: ArrayBuffer }
  reserve(length: number): number
  size(): number
  decode(): number
}

/** The part of the WebAssembly interface that is used here; `lib.dom` would bring all of a browser along. */
interface WebAssemblyInterface {
  instantiate(bytes: Uint8Array): Promise<{ instance: { exports: unknown } }>
}

let instance: Promise<Decoder> | undefined

function decoder(): Promise<Decoder> {
  const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyInterface }
  instance ??= WebAssembly.instantiate(Uint8Array.from(atob(zstdModule), (c) => c.charCodeAt(0))).then(
    ({ instance }) => instance.exports as Decoder,
  )
  return instance
}

/**
 * The content of exactly one zstd frame of the accepted kind (docs/spec/codec.md 2), at most `maxContent` bytes. The decoder is compiled
 * from the source that the proven program has too (assembly/zstd.ts), so that no byte string means one thing here and another there.
 * @throws Malformed
 */
export async function decompress(frame: Uint8Array, maxContent: number): Promise<Uint8Array> {
  const zstd = await decoder()
  const at = zstd.reserve(frame.length)
  if (at === 0) throw new Malformed(`expected a zstd frame, got ${frame.length} bytes`)
  new Uint8Array(zstd.memory.buffer).set(frame, at)
  // Only headers are read up to here.
  const size = zstd.size()
  if (size === 0) throw new Malformed('no zstd frame of the accepted kind')
  if (size > maxContent)
    throw new Malformed(`expected at most ${maxContent} bytes in the zstd frame, got ${size}`)
  const content = zstd.decode()
  if (content === 0) throw new Malformed('corrupt zstd frame')
  return new Uint8Array(zstd.memory.buffer).slice(content, content + size)
}
