import {
  bytesToBigInt,
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
import { guestModule, instantiate, type Guest, type HostFunction } from './guest.js'
import { encodeHeader } from './header.js'
import type { NodeStore } from './nodeStore.js'
import { precompileResult, type PrecompileCall } from './precompiles.js'
import { forkNumbers } from './rules.js'
import { readAccount } from './trieRead.js'

/** What the proof build of one block that is given whole reads with `input(i)`: parent's output root, hash of the block's input, hash of the chain's rules. */
export type BlockInputs = readonly [Hash, Hash, Hash]
/** What the program reads with `input(i)`: output root of the agreed block, accumulator of the inbox, number of the block at which to stop, hash of the chain's rules. */
export type BatchInputs = readonly [Hash, Hash, Hash, Hash]

/** What a witness holds besides what it is a witness of. */
export interface ProofWitness {
  /** by keccak256 hash */
  preimages: ReadonlyMap<Hash, Uint8Array>
  /** blobs by versioned hash, 131,072 bytes each, as EIP-4844 stores them */
  blobs: ReadonlyMap<Hash, Uint8Array>
  /** calls of precompiles by the keccak256 hash of number (32 bytes) and input: what L1 must be given to run them itself */
  precompiles: ReadonlyMap<Hash, PrecompileCall>
  /** by SHA-256 hash: what sealed batches consist of */
  sha256: ReadonlyMap<Hash, Uint8Array>
}

/**
 * Everything that the proof build reads to get from the output root of one block to that of the next. The program reads it 32 bytes at a time.
 */
export interface BlockWitness extends ProofWitness {
  inputs: BlockInputs
  /** what the program gives */
  outputRoot: Hash
}

/** Kinds of preimages, as the program numbers them (docs/spec/execution.md, "Preimages"). */
export const preimageKinds = { keccak256: 0, blob: 1, precompile: 3, sha256: 4 } as const

/** What the program reads from outside: what the machine of fraud proofs takes, too. */
export interface ProofHost {
  /** words of 32 bytes */
  readonly inputs: readonly Hash[]
  /**
   * The data that a kind and a key name; undefined stops the program. `call` gives the call of a precompile whose result is asked for (kind 3), as
   * it stands in the program's memory: only V8 has it, and only who records or tries the program has a use for it.
   */
  preimage(kind: number, key: Hash, call?: () => PrecompileCall): Uint8Array | undefined
  /** The call behind the result with this key (kind 3), for L1. */
  precompile(key: Hash): PrecompileCall | undefined
}

/** What a recorded witness answers. */
export function witnessHost({
  inputs,
  preimages,
  blobs,
  precompiles,
  sha256,
}: ProofWitness & { inputs: readonly Hash[] }): ProofHost {
  const results = new Map<Hash, Uint8Array>()
  const resultOf = (key: Hash): Uint8Array | undefined => {
    const call = precompiles.get(key)
    const known = results.get(key) ?? (call && precompileResult(call))
    if (known !== undefined) results.set(key, known)
    return known
  }
  return {
    inputs,
    preimage(kind, key) {
      if (kind === preimageKinds.keccak256) return preimages.get(key)
      if (kind === preimageKinds.blob) return blobs.get(key)
      if (kind === preimageKinds.sha256) return sha256.get(key)
      return kind === preimageKinds.precompile ? resultOf(key) : undefined
    },
    precompile: (key) => precompiles.get(key),
  }
}

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

/** What `output` ends the program with: no instruction follows it. */
const HALTED = new Error('The program has halted.')

const trap = (what: string): never => {
  throw new ExecutionError(`The proof build trapped: ${what}.`, 'EXECUTION_GUEST')
}

/** The imports of the proof build (docs/spec/execution.md, "Proof program"), as the machine has them. */
function proofImports(
  guest: () => Guest,
  { inputs, preimage }: Pick<ProofHost, 'inputs' | 'preimage'>,
  output: (value: Hash) => void,
): Record<string, HostFunction> {
  let last: { kind: number; key: Uint8Array; bytes: Uint8Array } | undefined
  /** An address of 32 bytes, aligned to as many. */
  const word = (pointer: number | undefined): number => {
    const at = pointer! >>> 0
    return at % 32 === 0 && at + 32 <= guest().bytes().length
      ? at
      : trap(`0x${at.toString(16)} is no aligned word of its memory`)
  }
  const call = (): PrecompileCall => {
    const { exports, copy } = guest()
    const bytes = copy(exports.precompileCall() >>> 0, exports.precompileCallSize() >>> 0)
    return { number: Number(bytesToBigInt(bytes.subarray(0, 32))), input: bytes.slice(32) }
  }
  const look = (kind: number, keyAt: number): Uint8Array => {
    // A preimage is read in many pieces, one after another.
    const memory = guest().bytes()
    let same = last?.kind === kind
    for (let i = 0; same && i < 32; i++) same = last!.key[i] === memory[keyAt + i]
    if (same && last !== undefined) return last.bytes
    const key = guest().copy(keyAt, 32)
    const bytes = preimage(kind, bytesToHex(key), call)
    if (bytes === undefined)
      throw new ExecutionError(
        `The witness has no preimage of ${bytesToHex(key)}.`,
        'EXECUTION_STATE_MISSING',
      )
    last = { kind, key, bytes }
    return bytes
  }
  return {
    input(index, out) {
      const value = inputs[index! >>> 0] ?? trap(`there is no input ${index}`)
      guest().bytes().set(hexToBytes(value), word(out))
    },
    preimage(kind, keyAt, offset, out) {
      const from = offset! >>> 0
      if (from % 32 !== 0) trap(`it reads at ${from}, which is no multiple of 32`)
      const to = word(out)
      const piece = look(kind! >>> 0, word(keyAt)).subarray(from, from + 32)
      guest()
        .bytes()
        .fill(0, to, to + 32)
        .set(piece, to)
      return piece.length
    },
    output(value) {
      output(bytesToHex(guest().copy(word(value), 32)))
      throw HALTED
    },
  }
}

/** Runs the proof build and says, besides its output, how much memory it had and where its arena ended: bytes. */
export async function runProgram(
  host: Pick<ProofHost, 'inputs' | 'preimage'>,
  module?: WebAssembly.Module,
): Promise<{ outputRoot: Hash; memory: number; top: number }> {
  let outputRoot: Hash | undefined
  const imports = proofImports(
    () => guest,
    host,
    (value) => (outputRoot = value),
  )
  const guest = instantiate(module ?? (await guestModule('proof')), imports)
  try {
    if (host.inputs.length === 4) guest.exports.run()
    else guest.exports.runBlock()
  } catch (cause) {
    if (cause === HALTED && outputRoot !== undefined)
      return { outputRoot, memory: guest.bytes().length, top: guest.exports.mark() >>> 0 }
    if (cause instanceof ExecutionError) throw cause
    throw new ExecutionError('The proof build trapped.', 'EXECUTION_GUEST', { cause })
  }
  throw new ExecutionError('The proof build ended without an output.', 'EXECUTION_GUEST')
}

/**
 * Runs the proof build on V8. It sees nothing but the inputs and what the host gives. Four inputs are those of the program, three those of
 * a block that is given whole (docs/spec/execution.md, "Proof program").
 * @returns the output root
 * @throws EXECUTION_STATE_MISSING when the host has no preimage; EXECUTION_GUEST when the program traps: such a block cannot exist
 */
export async function runProof(
  host: Pick<ProofHost, 'inputs' | 'preimage'>,
  module?: WebAssembly.Module,
): Promise<Hash> {
  return (await runProgram(host, module)).outputRoot
}

/**
 * Runs the program on what a node has, and keeps what it reads: what is given, the rest from the storage; precompiles are run here.
 * @throws as runProof
 */
export async function record(
  inputs: readonly Hash[],
  store: NodeStore,
  given: {
    /** by keccak256 hash */
    known: ReadonlyMap<Hash, Uint8Array>
    blobs?: ReadonlyMap<Hash, Uint8Array>
    sha256?: ReadonlyMap<Hash, Uint8Array>
  },
  module?: WebAssembly.Module,
): Promise<ProofWitness & { outputRoot: Hash }> {
  const preimages = new Map<Hash, Uint8Array>()
  const blobs = new Map<Hash, Uint8Array>()
  const sha256 = new Map<Hash, Uint8Array>()
  const precompiles = new Map<Hash, PrecompileCall>()
  const kept = <T>(map: Map<Hash, T>, key: Hash, value: T | undefined): T | undefined => {
    if (value !== undefined) map.set(key, value)
    return value
  }
  const preimage: ProofHost['preimage'] = (kind, key, call) => {
    if (kind === preimageKinds.keccak256)
      return kept(preimages, key, given.known.get(key) ?? store.preimage(hexToBytes(key)))
    if (kind === preimageKinds.blob) return kept(blobs, key, given.blobs?.get(key))
    if (kind === preimageKinds.sha256) return kept(sha256, key, given.sha256?.get(key))
    const asked = kind === preimageKinds.precompile ? kept(precompiles, key, call?.()) : undefined
    return asked && precompileResult(asked)
  }
  const { outputRoot } = await runProgram({ inputs, preimage }, module)
  return { outputRoot, preimages, blobs, precompiles, sha256 }
}

/**
 * Records everything that the proof build reads for one block, siblings of deleted trie keys included: by running that very
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
  return { inputs, ...(await record(inputs, store, { known }, module)) }
}
