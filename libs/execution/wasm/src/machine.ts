import {
  AbortedError,
  bytesToHex,
  hexToBytes,
  type ChainConfig,
  type ForkRules,
  type Hash,
  type Hex,
  type ReadSignal,
} from '@animechain/core'
import { ExecutionError } from './errors.js'
import { instantiate, type Guest, type HostFunction, type TraceHook } from './guest.js'
import * as layout from './layout.js'
import type { NodeStore } from './nodeStore.js'
import { precompile } from './precompiles.js'
import { forkNumbers } from './rules.js'
import { writeNumber, type FlatState } from './state.js'

/** What the guest's reads are answered from. */
export interface Source {
  store: NodeStore
  state: FlatState
  blockHash(number: bigint): Hash | undefined
}

/** What every opcode of a block sees. */
export interface Environment {
  rules: ForkRules
  parentHash: Hash
  number: bigint
  timestamp: bigint
  beneficiary: Hash
  gasLimit: bigint
  prevRandao: Hash
  baseFeePerGas: bigint
  excessBlobGas: bigint
  parentBeaconBlockRoot: Hash
  systemCalls: boolean
}

/** An instance of the guest whose reads are answered from a {@link Source}, which can be changed between blocks. */
export interface Machine extends Guest {
  source: Source
  /** Time of `performance.now()` after which the guest is stopped at its next question to the host. */
  deadline?: number
  /** Stops the guest in the same way when it is aborted. */
  signal?: ReadSignal
  /** Bytes of the guest as hex. */
  hex(at: number, length: number): Hex
  /** A 256-bit number. */
  readWord(at: number): bigint
  writeBig(at: number, length: number, value: bigint): void
  /** Fills the block context. */
  setBlock(chain: ChainConfig, environment: Environment): void
}

/** @throws EXECUTION_TIMEOUT, AbortedError */
export function assertInTime({ deadline, signal }: Machine): void {
  if (signal?.aborted) throw new AbortedError('The call')
  if (deadline !== undefined && performance.now() > deadline)
    throw new ExecutionError('The call took longer than it may.', 'EXECUTION_TIMEOUT')
}

export function machine(
  module: WebAssembly.Module,
  source: Source,
  hooks: Record<string, TraceHook> = {},
): Machine {
  // Reads that come in pairs (size, then bytes) are looked up once.
  let pending: Uint8Array = new Uint8Array(0)
  const take = (at: number, length: number) => guest.bytes().slice(at >>> 0, (at >>> 0) + length)
  const give = (at: number, data: Uint8Array) => guest.bytes().set(data, at >>> 0)
  const answerOrNothing = (data: Uint8Array, out: number): number => {
    if (data.length === 0) return 0
    give(out, data)
    return 1
  }
  const size = (data: Uint8Array): number => {
    pending = data
    return data.length
  }
  const host: Record<string, HostFunction> = {
    readAccount: (address, out) => answerOrNothing(self.source.state.account(take(address!, 20)), out!),
    readStorage: (address, key, out) =>
      answerOrNothing(self.source.state.slot(take(address!, 20), take(key!, 32)), out!),
    codeSize: (hash) => size(self.source.store.code(take(hash!, 32))),
    readCode: (_hash, out) => give(out!, pending),
    nodeSize: (hash) => size(self.source.store.node(take(hash!, 32))),
    readNode: (_hash, out) => give(out!, pending),
    blockHash(low, high, out) {
      const hash = self.source.blockHash((BigInt(high! >>> 0) << 32n) | BigInt(low! >>> 0))
      if (hash === undefined) return 0
      give(out!, hexToBytes(hash))
      return 1
    },
    precompile(address, input, length, out) {
      const output = precompile(address!, take(input!, length!))
      if (output === undefined) return -1
      give(out!, output)
      return output.length
    },
  }
  for (const name of ['readAccount', 'readStorage', 'precompile']) {
    const run = host[name]!
    host[name] = (...args) => {
      assertInTime(self)
      return run(...args)
    }
  }
  const guest = instantiate(module, host, hooks)
  const self: Machine = {
    ...guest,
    source,
    hex: hexReader(guest),
    readWord(at) {
      const view = guest.view()
      // Most numbers are small, and every limb read as a bigint is an object.
      let above = 0
      for (let i = 8; i < 32; i += 4) above |= view.getUint32(at + i, true)
      let value = view.getBigUint64(at + (above === 0 ? 0 : 24), true)
      for (let i = 16; above !== 0 && i >= 0; i -= 8) value = (value << 64n) | view.getBigUint64(at + i, true)
      return value
    },
    writeBig: (at, length, value) => writeNumber(guest.bytes(), at, length, value),
    setBlock: (chain, environment) => writeBlockContext(guest, chain, environment),
  }
  return self
}

/** What every opcode of a block sees, where the guest looks for it. */
function writeBlockContext(guest: Guest, chain: ChainConfig, environment: Environment): void {
  const at = guest.exports.blockContext() >>> 0
  const bytes = guest.bytes()
  const view = guest.view()
  const { rules } = environment
  bytes.fill(0, at, at + 320)
  view.setBigUint64(at + layout.block.number, environment.number, true)
  view.setBigUint64(at + layout.block.timestamp, environment.timestamp, true)
  view.setBigUint64(at + layout.block.gasLimit, environment.gasLimit, true)
  view.setUint32(at + layout.block.fork, forkNumbers[rules.fork], true)
  view.setUint32(at + layout.block.rollup, chain.rollup ? 1 : 0, true)
  writeNumber(bytes, at + layout.block.baseFee, 32, environment.baseFeePerGas)
  bytes.set(hexToBytes(environment.prevRandao), at + layout.block.prevRandao)
  bytes.set(hexToBytes(environment.beneficiary), at + layout.block.beneficiary)
  writeNumber(bytes, at + layout.block.chainId, 32, chain.chainId)
  bytes.set(hexToBytes(environment.parentHash), at + layout.block.parentHash)
  bytes.set(hexToBytes(environment.parentBeaconBlockRoot), at + layout.block.beaconRoot)
  view.setBigUint64(at + layout.block.excessBlobGas, environment.excessBlobGas, true)
  view.setBigUint64(at + layout.block.blobFraction, rules.blobs.baseFeeUpdateFraction, true)
  view.setUint32(at + layout.block.blobMax, rules.blobs.max, true)
  view.setUint32(at + layout.block.systemCalls, environment.systemCalls ? 1 : 0, true)
}

/** Node writes hex in one go from a view that is made once for each size of the memory; browsers byte by byte. */
function hexReader(guest: Guest): Machine['hex'] {
  if (typeof Buffer !== 'function') return (at, length) => bytesToHex(guest.copy(at, length))
  let buffer: Buffer | undefined
  return (at, length) => {
    const bytes = guest.bytes()
    if (buffer?.buffer !== bytes.buffer) buffer = Buffer.from(bytes.buffer)
    return `0x${buffer!.toString('hex', at, at + length)}`
  }
}
