declare module 'zstd-codec' {
  interface Simple {
    compress(content: Uint8Array, level: number): Uint8Array | null
    decompress(compressed: Uint8Array): Uint8Array | null
  }
  const module: { ZstdCodec: { run(ready: (binding: { Simple: new () => Simple }) => void): void } }
  export default module
}
