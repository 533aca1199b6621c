import { bytesToHex, hexToBytes } from '@animechain/core'

/** What of KZG is needed to post and to verify blobs. viem takes it as its `kzg` parameter. */
export interface Kzg {
  readonly id: 'c-kzg' | 'kzg-wasm'
  /** 131,072 bytes to 48 bytes */
  blobToKzgCommitment(blob: Uint8Array): Uint8Array
  /** 48 bytes */
  computeBlobKzgProof(blob: Uint8Array, commitment: Uint8Array): Uint8Array
}

const loaded = new Map<string, Promise<Kzg>>()

/**
 * Loads KZG with the ceremony's trusted setup: the native addon where it is there, else WebAssembly (about seven times slower).
 * `prefer` asks for one of them. Loaded once a process.
 */
export function loadKzg(prefer: 'auto' | 'c-kzg' | 'kzg-wasm' = 'auto'): Promise<Kzg> {
  let kzg = loaded.get(prefer)
  if (!kzg) {
    kzg = prefer === 'c-kzg' ? native() : prefer === 'kzg-wasm' ? wasm() : native().catch(wasm)
    loaded.set(prefer, kzg)
    kzg.catch(() => loaded.delete(prefer))
  }
  return kzg
}

let setupLoaded = false

async function native(): Promise<Kzg> {
  const module = await import('c-kzg')
  const kzg = (module.default ?? module) as typeof module
  if (!setupLoaded) kzg.loadTrustedSetup(0)
  setupLoaded = true
  return {
    id: 'c-kzg',
    blobToKzgCommitment: (blob) => Uint8Array.from(kzg.blobToKzgCommitment(blob)),
    computeBlobKzgProof: (blob, commitment) => Uint8Array.from(kzg.computeBlobKzgProof(blob, commitment)),
  }
}

async function wasm(): Promise<Kzg> {
  const { loadKZG } = await import('kzg-wasm')
  // No precomputed tables: they take 10 s to make and speed up proofs that are not needed here.
  const kzg = await loadKZG(0)
  return {
    id: 'kzg-wasm',
    blobToKzgCommitment: (blob) => hexToBytes(kzg.blobToKZGCommitment(bytesToHex(blob))),
    computeBlobKzgProof: (blob, commitment) =>
      hexToBytes(kzg.computeBlobKZGProof(bytesToHex(blob), bytesToHex(commitment))),
  }
}
