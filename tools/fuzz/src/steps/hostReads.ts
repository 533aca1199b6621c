import { bytesToBigInt, bytesToHex, keccak256Hex, type Hash } from '@animechain/core'
import {
  blobPoint,
  chunkedKey,
  hostData,
  precompileKey,
  type HostData,
  type PrecompileCall,
} from '@animechain/proving-machine'
import { bls12_381 } from '@noble/curves/bls12-381.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { precompileInput } from '../precompileInput.js'
import type { Random } from '../random.js'
import type { L1Prover } from './l1Prover.js'

const G1 = bls12_381.G1.Point
const ELEMENTS = 4_096

/** [τ]₁ of Ethereum's trusted setup: the commitment to the polynomial X. */
const TAU = G1.fromHex(
  'ad3eb50121139aa34db1d545093ac9374ab7bca2c0f3bf28e27c8dcd8fc7cb42d25926fc0c97b336e9f0fb35e5a04c81',
)

/** A blob of the polynomial `a + bX`, every element of which has the same proof, `b` times the generator. */
export interface LinearBlob {
  versionedHash: Hash
  blob: Uint8Array
  commitment: Uint8Array
  proof: Uint8Array
}

/** The twelve bits of an element's place in reverse. */
function reversed(place: number): number {
  let out = 0
  for (let bit = 1; bit < ELEMENTS; bit <<= 1) out = (out << 1) | (place & bit ? 1 : 0)
  return out
}

/** `a` and `b` above 0 and below the order of the group. */
export function linearBlob(a: bigint, b: bigint): LinearBlob {
  const blob = new Uint8Array(32 * ELEMENTS)
  // Element 2,048 is at the first root of unity, the others at its powers.
  const root = bytesToBigInt(blobPoint(ELEMENTS / 2))
  for (let i = 0, point = 1n; i < ELEMENTS; i++, point = (point * root) % G1.Fn.ORDER) {
    const value = (a + b * point) % G1.Fn.ORDER
    blob.set(Buffer.from(value.toString(16).padStart(64, '0'), 'hex'), 32 * reversed(i))
  }
  const commitment = G1.BASE.multiply(a).add(TAU.multiply(b)).toBytes()
  const hash = sha256(commitment)
  hash[0] = 1
  return { versionedHash: bytesToHex(hash), blob, commitment, proof: G1.BASE.multiply(b).toBytes() }
}

/** What a machine reads, with the words that name it. */
export interface Readable {
  host: HostData
  /** by kind; the length of what is named, in bytes */
  keys: readonly (readonly { key: Hash; length: number }[])[]
}

/** Data of every kind: of lengths around words and chunks, a blob, calls of precompiles that succeed and fail on this L1. */
export async function readable(
  random: Random,
  l1: Pick<L1Prover, 'precompile'>,
  calls: number,
): Promise<Readable> {
  const inputs = Array.from({ length: 4 }, () => bytesToHex(random.bytes(32)))
  const preimages = [0, 1, 31, 32, 33, 64, 500].map((length) => random.bytes(length))
  const chunked = [0, 1, 4_095, 4_096, 4_097, 8_192, 20_011].map((length) => random.bytes(length))
  const hashed = [0, 31, 33, 65, 4_097].map((length) => random.bytes(length))
  const linear = linearBlob(BigInt(`0x${Buffer.from(random.bytes(31)).toString('hex')}`), 12_345n)
  const precompiles: (PrecompileCall & { output: Uint8Array | undefined })[] = []
  while (precompiles.length < calls) {
    const { address, input } = precompileInput(random)
    // The others run in the program.
    if ([2, 3, 4, 5, 9].includes(address)) continue
    const bytes = Uint8Array.from(Buffer.from(input, 'hex'))
    precompiles.push({ number: address, input: bytes, output: await l1.precompile(address, bytes) })
  }
  const { versionedHash, blob, commitment, proof } = linear
  const host = hostData({
    ...{ inputs, preimages, chunked, precompiles, sha256: hashed },
    blobs: [{ versionedHash, blob }],
    blobProof: () => ({ commitment, proof }),
  })
  return {
    host,
    keys: [
      preimages.map((data) => ({ key: keccak256Hex(data), length: data.length })),
      [{ key: versionedHash, length: blob.length }],
      chunked.map((data) => ({ key: chunkedKey(data), length: data.length })),
      precompiles.map((call) => ({ key: precompileKey(call), length: 64 + (call.output?.length ?? 0) })),
      hashed.map((data) => ({ key: bytesToHex(sha256(data)), length: data.length })),
    ],
  }
}
