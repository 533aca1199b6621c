import {
  emptyRootHash,
  equalBytes,
  hexToBytes,
  type EngineOpenOptions,
  type Hash,
  type SealedHeader,
} from '@animechain/core'
import { ExecutionError } from './errors.js'
import type { Machine, Source } from './machine.js'
import type { NodeStore } from './nodeStore.js'
import { flatState, type FlatState } from './state.js'
import type { TraceMachine } from './tracing.js'

/** A chain that the engine executes. */
export interface Opened extends EngineOpenOptions {
  store: NodeStore
  module: WebAssembly.Module
  builder: Machine
  /** for calls, made when first needed */
  reader?: Machine
  /** for traces, made when first needed */
  tracer?: TraceMachine
}

/** What an engine holds, between `open` and `close` and before. */
export interface EngineState {
  opened: Opened | undefined
  building: boolean
  /** The instance of the chain that was open before: the next one starts in it, a block forgets everything anyway. */
  spare: Machine | undefined
  /** Reads of other states than the one that blocks are built on. */
  elsewhere: FlatState | undefined
}

/** @throws EXECUTION_CLOSED */
export function assertOpen({ opened }: EngineState): Opened {
  if (opened === undefined) throw new ExecutionError('The engine is not open.', 'EXECUTION_CLOSED')
  return opened
}

export const holdsState = ({ store }: Opened, { stateRoot }: SealedHeader): boolean =>
  stateRoot === emptyRootHash || store.hasNode(hexToBytes(stateRoot))

/** @throws EXECUTION_STATE_MISSING */
export function assertState(open: Opened, header: SealedHeader): void {
  if (!holdsState(open, header))
    throw new ExecutionError(
      `The state of block ${header.number} (${header.stateRoot}) is not here.`,
      'EXECUTION_STATE_MISSING',
    )
}

/** BLOCKHASH above a block. */
export const ancestors =
  (open: Opened, parent: SealedHeader) =>
  (number: bigint): Hash | undefined =>
    number === parent.number
      ? parent.hash
      : number === parent.number - 1n
        ? parent.parentHash
        : open.blockHash(number)

/**
 * What reads on top of a block are answered from.
 * @throws EXECUTION_STATE_MISSING
 */
export function sourceAt(state: EngineState, open: Opened, header: SealedHeader): Source {
  assertState(open, header)
  return { store: open.store, state: stateOf(state, open, header), blockHash: ancestors(open, header) }
}

function stateOf(state: EngineState, open: Opened, header: SealedHeader): FlatState {
  const root = hexToBytes(header.stateRoot)
  const { state: built } = open.builder.source
  if (equalBytes(built.root, root)) return built
  if (state.elsewhere === undefined || !equalBytes(state.elsewhere.root, root))
    state.elsewhere = flatState(open.store, root)
  return state.elsewhere
}

/**
 * Runs work in an instance of the guest. One that failed is not to be used again: after a trap its globals are unknown.
 * @throws EXECUTION_GUEST for a trap
 */
export function guarded<T>(work: () => T, discard: () => void): T {
  try {
    return work()
  } catch (error) {
    discard()
    if (error instanceof WebAssembly.RuntimeError)
      throw new ExecutionError('The guest trapped.', 'EXECUTION_GUEST', { cause: error })
    throw error
  }
}
