import {
  hexToBytes,
  type Address as HexAddress,
  type ChainConfig,
  type Hardfork,
  type Hash,
} from '@animechain/core'
import { type Common, createCustomCommon, Hardfork as CommonFork, Mainnet } from '@ethereumjs/common'
import { NobleBN254, type EVMResult } from '@ethereumjs/evm'
import { Address } from '@ethereumjs/util'
import { FastEvm, type InterpreterClass } from './interpreter.js'
import { keccak } from './keccak.js'
import { verifyProof } from './kzg.js'
import type { NodeStore } from './nodeStore.js'
import { capPrecompiles, namePrecompileFailures } from './precompileCaps.js'
import type { Snapshot } from './snapshot.js'
import { WorldState } from './worldState.js'

/** What the block instructions of the machine show. */
export interface BlockEnvironment {
  number: bigint
  timestamp: bigint
  beneficiary: HexAddress
  gasLimit: bigint
  prevRandao: Hash
  baseFeePerGas: bigint
  blobBaseFee: bigint
  blockHash(number: bigint): Hash | undefined
}

export interface MessageInput {
  from: HexAddress
  to?: HexAddress
  value: bigint
  data: Uint8Array
  /** gas, intrinsic gas taken off */
  gasLimit: bigint
  gasPrice: bigint
  blobVersionedHashes?: readonly Hash[]
}

/** One interpreter of @ethereumjs/evm with its own world state. Runs one message at a time. */
export interface Machine {
  readonly evm: FastEvm
  readonly state: WorldState
  setBlock(block: BlockEnvironment): void
  /** Addresses of precompiles in force, hex without `0x`. */
  precompiles(): Iterable<string>
  /** Runs a message at depth 0; the sender's nonce Must have been raised, and `value` be covered. */
  run(message: MessageInput): Promise<EVMResult>
}

const forks: Record<Hardfork, CommonFork> = {
  cancun: CommonFork.Cancun,
  prague: CommonFork.Prague,
  osaka: CommonFork.Osaka,
}

export function machine(
  chain: ChainConfig,
  fork: Hardfork,
  store: NodeStore,
  base: Snapshot,
  interpreter: InterpreterClass,
): Machine {
  const common: Common = createCustomCommon({ chainId: Number(chain.chainId) }, Mainnet, {
    hardfork: forks[fork],
    customCrypto: { keccak256: (data) => keccak(data), kzg: { verifyProof } as never },
  })
  const state = new WorldState(store, base)
  let block: ReturnType<typeof toBlock> | undefined
  let current: BlockEnvironment | undefined
  const blockchain = {
    async getBlock(number: number) {
      const hash = current?.blockHash(BigInt(number))
      return { hash: () => (hash === undefined ? new Uint8Array(32) : hexToBytes(hash)) }
    },
    async putBlock() {},
    shallowCopy: () => blockchain,
  }
  const evm = new FastEvm(
    { common, stateManager: state, blockchain: blockchain as never, bn254: new NobleBN254() },
    state,
    interpreter,
  )
  if (chain.rollup) capPrecompiles(evm)
  namePrecompileFailures(evm)
  return {
    evm,
    state,
    setBlock(environment) {
      current = environment
      block = toBlock(environment)
    },
    precompiles: () => evm.precompiles.keys(),
    async run(message) {
      evm.transientStorage.clear()
      const caller = new Address(hexToBytes(message.from))
      return evm.runCall({
        block: block as never,
        caller,
        origin: caller,
        gasPrice: message.gasPrice,
        gasLimit: message.gasLimit,
        to: message.to === undefined ? undefined : new Address(hexToBytes(message.to)),
        value: message.value,
        data: message.data,
        depth: 0,
        skipNonceIncrement: true,
        blobVersionedHashes: message.blobVersionedHashes as never,
      })
    },
  }
}

function toBlock(environment: BlockEnvironment) {
  return {
    header: {
      number: environment.number,
      coinbase: new Address(hexToBytes(environment.beneficiary)),
      timestamp: environment.timestamp,
      difficulty: 0n,
      prevRandao: hexToBytes(environment.prevRandao),
      gasLimit: environment.gasLimit,
      baseFeePerGas: environment.baseFeePerGas,
      getBlobGasPrice: () => environment.blobBaseFee,
    },
  }
}
