import {
  bytesToHex,
  concatBytes,
  emptyRootHash,
  hexToBytes,
  outputRoot,
  predeploys,
  rulesAt,
  type BlockInput,
  type ChainConfig,
  type Hash,
  type SealedHeader,
} from '@animechain/core'
import { rlpEncode, uintToBytes } from '@animechain/tx'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { environmentOf } from './block.js'
import { ExecutionError } from './errors.js'
import { guestModule, instantiate } from './guest.js'
import { encodeHeader } from './header.js'
import type { NodeStore } from './nodeStore.js'
import { precompile } from './precompiles.js'
import { forkNumbers } from './rules.js'
import { readAccount } from './trieRead.js'

/** What the proof build of one block that is given whole reads with `input(i)`: parent's output root, hash of the block's input, hash of the chain's rules. */
export type BlockInputs = readonly [Hash, Hash, Hash]
/** What the program reads with `input(i)`: output root of the agreed block, accumulator of the inbox, number of the block at which to stop, hash of the chain's rules. */
export type BatchInputs = readonly [Hash, Hash, Hash, Hash]

/**
 * Everything that the proof build reads to get from the output root of one block to that of the next. Preimages are by their
 * keccak256 hash; the program reads them 32 bytes at a time.
 */
export interface BlockWitness {
  inputs: BlockInputs
  /** what the program gives */
  outputRoot: Hash
  preimages: ReadonlyMap<Hash, Uint8Array>
}

/** Preimages by keccak256 hash; blobs by versioned hash (131,072 bytes, as EIP-4844 stores them). */
export type PreimageKind = 'keccak256' | 'blob'
/** Kinds as the guest numbers them (assembly/witness.ts). */
const preimageKinds: readonly PreimageKind[] = ['keccak256', 'blob']

/** Where the program gets a preimage from; undefined stops it. */
export type PreimageOracle = (hash: Hash, kind: PreimageKind) => Uint8Array | undefined

const SYSTEM_CALLS_OFF = new Uint8Array(0)
const ONE = Uint8Array.of(1)

/** The rules of a chain as the proof build reads them (assembly/proof/chain.ts). */
export function encodeRules(chain: ChainConfig): Uint8Array {
  return rlpEncode([
    uintToBytes(chain.chainId),
    uintToBytes(chain.rollup ? 1n : 0n),
    uintToBytes(chain.eip1559.elasticityMultiplier),
    uintToBytes(chain.eip1559.baseFeeMaxChangeDenominator),
    chain.hardforks.map(({ name, timestamp }) => {
      const { blobs } = rulesAt(chain, timestamp)
      return [
        uintToBytes(BigInt(forkNumbers[name])),
        uintToBytes(timestamp),
        uintToBytes(BigInt(blobs.max)),
        uintToBytes(blobs.baseFeeUpdateFraction),
      ]
    }),
  ])
}

/** A block's input as the proof build reads it (assembly/proof/block.ts). */
export function encodeBlockInput(chain: ChainConfig, parent: SealedHeader, input: BlockInput): Uint8Array {
  return rlpEncode([
    uintToBytes(input.timestamp),
    hexToBytes(input.beneficiary),
    uintToBytes(input.gasLimit),
    hexToBytes(input.prevRandao),
    hexToBytes(input.extraData),
    hexToBytes(input.parentBeaconBlockRoot),
    input.systemCalls === false ? SYSTEM_CALLS_OFF : ONE,
    input.baseFeePerGas === undefined ? [] : [uintToBytes(input.baseFeePerGas)],
    uintToBytes(environmentOf(chain, parent, input).excessBlobGas),
    (input.withdrawals ?? []).map((w) => [
      uintToBytes(w.index),
      uintToBytes(w.validatorIndex),
      hexToBytes(w.address),
      uintToBytes(w.amount),
    ]),
    [...input.transactions],
  ])
}

/** Parts of a block's output root (version 0) and the root itself. */
export function outputOf(store: NodeStore, header: SealedHeader): { preimage: Uint8Array; root: Hash } {
  const passer =
    header.stateRoot === emptyRootHash
      ? undefined
      : readAccount(
          (hash) => store.node(hash),
          hexToBytes(header.stateRoot),
          hexToBytes(predeploys.l2ToL1MessagePasser),
        )
  const messagePasserStorageRoot = passer ? bytesToHex(passer.storageRoot) : emptyRootHash
  const { stateRoot, hash: blockHash } = header
  return {
    preimage: concatBytes(
      new Uint8Array(32),
      ...[stateRoot, messagePasserStorageRoot, blockHash].map(hexToBytes),
    ),
    root: outputRoot({ stateRoot, messagePasserStorageRoot, blockHash }),
  }
}

/**
 * Runs the proof build on V8. It sees nothing but the inputs and what the oracle gives. Four inputs are those of the program, three those of
 * a block that is given whole (docs/spec/execution.md, "Proof program").
 * @returns the output root
 * @throws EXECUTION_STATE_MISSING when the oracle has no preimage; EXECUTION_GUEST when the program traps: such a block cannot exist
 */
export async function runProof(
  inputs: BatchInputs | BlockInputs,
  oracle: PreimageOracle,
  module?: WebAssembly.Module,
): Promise<Hash> {
  let result: Hash | undefined
  let last: { kind: number; hash: Uint8Array; bytes: Uint8Array } | undefined
  const at = (pointer: number | undefined) => pointer! >>> 0
  const guest = instantiate(module ?? (await guestModule('proof')), {
    input: (index, out) => guest.bytes().set(hexToBytes(inputs[index!]!), at(out)),
    preimage(kind, hashAt, offset, out) {
      const memory = guest.bytes()
      // A preimage is read in many pieces, one after another.
      let same = last?.kind === kind
      for (let i = 0; same && i < 32; i++) same = last!.hash[i] === memory[at(hashAt) + i]
      if (!same || last === undefined) {
        const hash = guest.copy(at(hashAt), 32)
        const name = preimageKinds[kind!]
        const bytes = name && oracle(bytesToHex(hash), name)
        if (bytes === undefined)
          throw new ExecutionError(
            `The witness has no preimage of ${bytesToHex(hash)}.`,
            'EXECUTION_STATE_MISSING',
          )
        last = { kind: kind!, hash, bytes }
      }
      const chunk = last.bytes.subarray(at(offset), at(offset) + 32)
      memory.set(chunk, at(out))
      return chunk.length
    },
    precompile(address, input, length, out) {
      const output = precompile(address!, guest.copy(at(input), at(length)))
      if (output === undefined) return -1
      guest.bytes().set(output, at(out))
      return output.length
    },
    output: (value) => void (result = bytesToHex(guest.copy(at(value), 32))),
  })
  try {
    if (inputs.length === 4) guest.exports.run()
    else guest.exports.runBlock()
  } catch (cause) {
    if (cause instanceof ExecutionError) throw cause
    throw new ExecutionError('The proof build trapped.', 'EXECUTION_GUEST', { cause })
  }
  if (result === undefined) throw new ExecutionError('The proof build gave no output.', 'EXECUTION_GUEST')
  return result
}

/**
 * Records every preimage that the proof build reads for one block, siblings of deleted trie keys included: by running that very
 * program with the node's storage behind it.
 */
export async function recordWitness(
  chain: ChainConfig,
  store: NodeStore,
  parent: SealedHeader,
  input: BlockInput,
  module?: WebAssembly.Module,
): Promise<BlockWitness> {
  const output = outputOf(store, parent)
  const block = encodeBlockInput(chain, parent, input)
  const rules = encodeRules(chain)
  const known = new Map<Hash, Uint8Array>()
  const hashed = (bytes: Uint8Array): Hash => {
    const hash = bytesToHex(keccak_256(bytes))
    known.set(hash, bytes)
    return hash
  }
  known.set(output.root, output.preimage)
  hashed(encodeHeader(parent))
  const inputs = [output.root, hashed(block), hashed(rules)] as const
  const preimages = new Map<Hash, Uint8Array>()
  const result = await runProof(
    inputs,
    (hash) => {
      const bytes = known.get(hash) ?? store.preimage(hexToBytes(hash))
      if (bytes !== undefined) preimages.set(hash, bytes)
      return bytes
    },
    module,
  )
  return { inputs, outputRoot: result, preimages }
}
