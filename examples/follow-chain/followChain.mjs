// Follows a chain from L1 alone: reads its batches, executes every block again, and prints each block once it is safe.
import { parseArgs } from 'node:util'
import { batchCodec } from '@animechain/codec'
import { rollupChain } from '@animechain/core'
import { blob } from '@animechain/da-blob'
import { calldata } from '@animechain/da-calldata'
import { wasm } from '@animechain/execution-wasm'
import { createRollup } from '@animechain/node'
import { reexecution } from '@animechain/proving-reexecution'
import { optimistic } from '@animechain/settlement-optimistic'
import { readDeployment } from '@animechain/stack'
import { memoryStorage } from '@animechain/storage-memory'
import { createPublicClient, http } from 'viem'

const { values } = parseArgs({
  options: {
    chain: { type: 'string', default: '.devnet/chain.json' },
    blocks: { type: 'string', default: '10' },
  },
})
const { l1, l2, addresses, rollup: deployed } = readDeployment(values.chain)
const rpcUrl = l1.rpcUrls.default.http[0]

const rollup = createRollup({
  role: 'verifier',
  chain: rollupChain({ chainId: deployed.chainId }),
  genesis: deployed.genesis,
  execution: wasm(),
  // Each batch says where its bytes are; a follower reads every kind.
  da: blob({ rpcUrl }),
  readers: [calldata({ rpcUrl })],
  settlement: optimistic({ l1: { rpcUrl }, contracts: addresses, startBlock: deployed.l1StartBlock }),
  proving: reexecution(),
  storage: memoryStorage(),
  codec: batchCodec(),
})

let printed = 0n
const last = new Promise((resolve) =>
  rollup.on('safe', ({ header }) => {
    // The safe head moves by whole batches.
    for (; printed < header.number; printed++) {
      const block = rollup.chain.headerByNumber(printed + 1n)
      console.log(`safe ${block.number} ${block.hash} gas ${block.gasUsed}`)
    }
    if (header.number >= BigInt(values.blocks)) resolve(header)
  }),
)
rollup.on('serviceError', ({ service, error }) => console.error(`${service}: ${error.message}`))
await rollup.start()
const derived = await last
await rollup.stop()

// Only now is the sequencer asked, and only whether it says the same.
const node = createPublicClient({ chain: l2, transport: http() })
const { hash } = await node.getBlock({ blockNumber: derived.number })
if (hash !== derived.hash)
  throw new Error(`Block ${derived.number}: derived ${derived.hash} from L1, the sequencer says ${hash}.`)
console.log(`The sequencer has the same block ${derived.number}.`)
