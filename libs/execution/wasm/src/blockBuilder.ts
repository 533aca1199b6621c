import {
  assertBlockAttributes,
  hexToBytes,
  type BlockAttributes,
  type BlockBuilder,
  type SealedHeader,
} from '@animechain/core'
import { blockRun, environmentOf } from './block.js'
import { ancestors, assertOpen, assertState, guarded, type EngineState } from './engineState.js'
import { ExecutionError } from './errors.js'
import { encodeHeader } from './header.js'
import { machine } from './machine.js'
import { headerOperation } from './nodeStore.js'

/** Opens a block in the instance that builds them. */
export function openBlock(
  engine: EngineState,
  parent: SealedHeader,
  attributes: BlockAttributes,
): BlockBuilder {
  const open = assertOpen(engine)
  const { chain, store } = open
  if (engine.building) throw new ExecutionError('A block is under construction already.', 'EXECUTION_BUSY')
  assertBlockAttributes(chain, parent, attributes)
  assertState(open, parent)
  const environment = environmentOf(chain, parent, attributes)
  const m = open.builder
  m.source.state.move(hexToBytes(parent.stateRoot), { keep: false })
  m.source.blockHash = ancestors(open, parent)
  const discard = () => {
    engine.building = false
    if (engine.opened === open) open.builder = machine(open.module, m.source)
  }
  engine.building = true
  const run = guarded(() => blockRun(m, chain, parent, attributes, environment), discard)
  let ended = false
  const assertBuilding = () => {
    if (ended || !engine.building || engine.opened !== open)
      throw new ExecutionError('The block has ended.', 'EXECUTION_CLOSED')
  }
  return {
    attributes,
    baseFeePerGas: environment.baseFeePerGas,
    get gasUsed() {
      return run.gasUsed()
    },
    async add(raw, { sender } = {}) {
      assertBuilding()
      return guarded(() => run.add(raw, sender), discard)
    },
    async seal() {
      assertBuilding()
      ended = true
      const { block, changes } = guarded(() => run.seal(), discard)
      try {
        const { header } = block
        const kept = headerOperation(hexToBytes(header.hash), encodeHeader(header))
        await store.commit([...changes.operations, kept])
        changes.advance()
        return block
      } finally {
        engine.building = false
      }
    },
    async abort() {
      if (ended) return
      ended = true
      engine.building = false
    },
  }
}
