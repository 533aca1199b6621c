import { BaseError, hexToBytes, keccak256Hex, type Hash, type Hex } from '@animechain/core'
import { rlpEncode, uintToBytes } from '@animechain/tx'

/** What of an L1 header is read, once its hash has been computed from all of it. */
export interface L1Header {
  number: bigint
  hash: Hash
  parentHash: Hash
  stateRoot: Hash
  /** seconds */
  timestamp: bigint
}

/** Header fields as JSON-RPC names them (yellow paper 4.4.3). The last ones came with forks, in this order. */
const hashes = ['parentHash', 'sha3Uncles', 'miner', 'stateRoot', 'transactionsRoot', 'receiptsRoot'] as const
const forkFields = [
  ['baseFeePerGas', 'number'],
  ['withdrawalsRoot', 'bytes'],
  ['blobGasUsed', 'number'],
  ['excessBlobGas', 'number'],
  ['parentBeaconBlockRoot', 'bytes'],
  ['requestsHash', 'bytes'],
] as const

const invalid = (what: string, cause?: unknown) =>
  new BaseError(`L1 answers with a block that is none: ${what}.`, {
    code: 'L1_HEADER_INVALID',
    cause,
    metaMessages: ['Either the L1 endpoint is wrong, or this node does not know the newest fork of L1.'],
  })

/**
 * RLP of the header of a block that JSON-RPC gave, as contracts take it that check it by its hash.
 * @throws {BaseError} `L1_HEADER_INVALID` where a field is missing or the hash is another one
 */
export function l1HeaderBytes(block: unknown): Uint8Array {
  if (typeof block !== 'object' || block === null)
    throw invalid(`expected a block, got ${JSON.stringify(block)?.slice(0, 80)}`)
  const fields = block as Record<string, Hex>
  try {
    const bytes = (name: string) => hexToBytes(fields[name]!)
    const number = (name: string) => uintToBytes(BigInt(fields[name]!))
    const encoded = rlpEncode([
      ...hashes.map(bytes),
      bytes('logsBloom'),
      ...['difficulty', 'number', 'gasLimit', 'gasUsed', 'timestamp'].map(number),
      bytes('extraData'),
      bytes('mixHash'),
      bytes('nonce'),
      ...forkFields
        .filter(([name]) => fields[name] !== undefined && fields[name] !== null)
        .map(([name, kind]) => (kind === 'bytes' ? bytes(name) : number(name))),
    ])
    const hash = keccak256Hex(encoded)
    if (hash !== fields.hash) throw invalid(`expected the hash ${hash}, got ${String(fields.hash)}`)
    return encoded
  } catch (error) {
    if ((error as BaseError).code === 'L1_HEADER_INVALID') throw error
    throw invalid('a field of its header is missing or malformed', error)
  }
}

/**
 * The header of a block that JSON-RPC gave, its hash computed from its fields.
 * @throws {BaseError} `L1_HEADER_INVALID` where a field is missing or the hash is another one
 */
export function l1Header(block: unknown): L1Header {
  const hash = keccak256Hex(l1HeaderBytes(block))
  const fields = block as Record<string, Hex>
  return {
    number: BigInt(fields.number!),
    hash,
    parentHash: fields.parentHash!,
    stateRoot: fields.stateRoot!,
    timestamp: BigInt(fields.timestamp!),
  }
}
