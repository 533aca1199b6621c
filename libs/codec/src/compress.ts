import zstdCodec from 'zstd-codec'

interface Simple {
  compress(content: Uint8Array, level: number): Uint8Array | null
  decompress(compressed: Uint8Array): Uint8Array | null
}

let instance: Promise<Simple> | undefined

/** zstd-codec's WebAssembly, instantiated once. It compresses; what a frame says is decided by decompress.ts alone. */
export function compressor(): Promise<Simple> {
  instance ??= new Promise((resolve) => {
    zstdCodec.ZstdCodec.run((binding) => resolve(new binding.Simple()))
  })
  return instance
}
