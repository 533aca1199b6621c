import {
  bytesToHex,
  concatBytes,
  hexToBytes,
  type Hash,
  type ProofInputs,
  type WitnessedCall,
} from '@animechain/core'
import { hostData, type HostData } from '@animechain/proving-machine'
import { InteractiveError } from './errors.js'

/** First byte of the encoding: a version. */
const VERSION = 2

/** What the machine reads, from what the node gave. */
export const hostOf = (
  { inputs, preimages, sha256, blobs, precompiles }: ProofInputs,
  blobProof?: HostData['blobProof'],
): HostData => hostData({ inputs, preimages, sha256, blobs, precompiles, ...(blobProof && { blobProof }) })

function u32(value: number): Uint8Array {
  const out = new Uint8Array(4)
  new DataView(out.buffer).setUint32(0, value)
  return out
}

const sized = (bytes: Uint8Array): Uint8Array[] => [u32(bytes.length), bytes]

/** Bytes of proof inputs, to be kept on disk: counts and lengths in four bytes each, then the data. */
export function encodeProofInputs({
  inputs,
  preimages,
  sha256,
  blobs,
  precompiles,
}: ProofInputs): Uint8Array {
  return concatBytes(
    Uint8Array.of(VERSION),
    ...[inputs, preimages, sha256, blobs, precompiles].map(({ length }) => u32(length)),
    ...inputs.map(hexToBytes),
    ...preimages.flatMap(sized),
    ...sha256.flatMap(sized),
    ...blobs.flatMap(({ versionedHash, blob }) => [hexToBytes(versionedHash), ...sized(blob)]),
    ...precompiles.flatMap(({ number, input, output }) => [
      u32(number),
      Uint8Array.of(output === undefined ? 0 : 1),
      ...sized(input),
      ...sized(output ?? new Uint8Array()),
    ]),
  )
}

/** @throws {InteractiveError} `PROVING_STORE` when they are not such bytes */
export function decodeProofInputs(bytes: Uint8Array): ProofInputs {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let at = 1
  const take = (length: number): Uint8Array => {
    if (at + length > bytes.length) throw broken(bytes)
    at += length
    return bytes.subarray(at - length, at)
  }
  const number = (): number => {
    take(4)
    return view.getUint32(at - 4)
  }
  const times = <T>(count: number, one: () => T): T[] => Array.from({ length: count }, one)
  const word = (): Hash => bytesToHex(take(32))
  if (bytes[0] !== VERSION) throw broken(bytes)
  const [inputs, preimages, sha256] = [number(), number(), number()]
  const [blobs, precompiles] = [number(), number()]
  if (inputs + preimages + sha256 + blobs + precompiles > bytes.length) throw broken(bytes)
  const read = {
    inputs: times(inputs, word),
    preimages: times(preimages, () => take(number())),
    sha256: times(sha256, () => take(number())),
    blobs: times(blobs, () => ({ versionedHash: word(), blob: take(number()) })),
    precompiles: times(precompiles, (): WitnessedCall => {
      const address = number()
      const succeeded = take(1)[0] === 1
      const input = take(number())
      const output = take(number())
      return { number: address, input, output: succeeded ? output : undefined }
    }),
  }
  if (at !== bytes.length) throw broken(bytes)
  return read
}

const broken = (bytes: Uint8Array): InteractiveError =>
  new InteractiveError('What is stored for a dispute cannot be read.', 'PROVING_STORE', {
    metaMessages: [`Expected proof inputs of version ${VERSION}, got ${bytes.length} bytes.`],
  })
