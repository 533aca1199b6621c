import { keccak256 as noble } from '@animechain/core'

/** Keccak-256; replaced by {@link useFasterKeccak} where WebAssembly runs. */
export let keccak: (data: Uint8Array) => Uint8Array = noble

let ready: Promise<void> | undefined

/** Loads the WebAssembly Keccak once; without it (or without WebAssembly) everything works, only slower. */
export function useFasterKeccak(): Promise<void> {
  ready ??= (async () => {
    try {
      const { createKeccak } = await import('hash-wasm')
      const hasher = await createKeccak(256)
      keccak = (data) => hasher.init().update(data).digest('binary')
    } catch {
      keccak = noble
    }
  })()
  return ready
}
