import { batchCodec } from '@animechain/codec'
import { rollupChain, silentMetrics, type ExecutionEngine, type Metrics } from '@animechain/core'
import { blob } from '@animechain/da-blob'
import { calldata } from '@animechain/da-calldata'
import { wasm } from '@animechain/execution-wasm'
import { createRollup, type Rollup } from '@animechain/node'
import { reexecution } from '@animechain/proving-reexecution'
import { optimistic } from '@animechain/settlement-optimistic'
import { memoryStorage } from '@animechain/storage-memory'
import type { Deployment } from './deployment.js'
import type { Work } from './messages.js'

export interface LightNode {
  rollup: Rollup
  work: Work
  /** Linear memory of the guest, bytes; after the start. */
  guestMemory(): number
  /** Assertions on L1 that were compared with this node's own outputs. */
  assertionsChecked(): number
}

/** A verifier whose only source is L1: the composition of `apps/verifier`, with its state in memory. Does no I/O before its start. */
export function lightNode(options: {
  deployment: Deployment
  l1Url: string
  /** the guest's `node` build */
  guest: WebAssembly.Module
}): LightNode {
  const { deployment, l1Url, guest } = options
  const work: Work = { blocks: 0, transactions: 0, gas: 0, seconds: 0 }
  let assertions = 0
  const metrics: Metrics = {
    ...silentMetrics,
    counter: ({ name }) => ({
      inc(by = 1) {
        if (name === 'rollup_assertions_checked_total') assertions += by
      },
    }),
  }
  const engine = wasm({ guests: { node: guest } })
  const rollup = createRollup({
    role: 'verifier',
    chain: rollupChain({ chainId: deployment.chainId }),
    genesis: deployment.genesis,
    execution: measured(engine, work),
    da: calldata({ rpcUrl: l1Url }),
    readers: [blob({ rpcUrl: l1Url })],
    settlement: optimistic({
      l1: { rpcUrl: l1Url },
      contracts: deployment.addresses,
      startBlock: deployment.l1StartBlock,
      accounts: {},
    }),
    proving: reexecution(),
    storage: memoryStorage(),
    codec: batchCodec(),
    metrics,
  })
  return { rollup, work, guestMemory: () => engine.guestMemory(), assertionsChecked: () => assertions }
}

/** The same engine, with the time that its blocks take. */
function measured(engine: ExecutionEngine, work: Work): ExecutionEngine {
  return {
    ...engine,
    async executeBlock(parent, input) {
      const began = performance.now()
      const block = await engine.executeBlock(parent, input)
      work.seconds += (performance.now() - began) / 1000
      work.blocks++
      work.transactions += block.transactions.length
      work.gas += Number(block.header.gasUsed)
      return block
    },
  }
}
