// A rollup whose batches are files in a folder: a sequencer writes them, a verifier that shares nothing but the folder and L1 reads them.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rollupChain, rollupRules } from '@animechain/core'
import { wasm } from '@animechain/execution-wasm'
import { createRollup } from '@animechain/node'
import { reexecution } from '@animechain/proving-reexecution'
import { memorySettlement } from '@animechain/settlement-memory'
import { memoryStorage } from '@animechain/storage-memory'
import { folderDa } from './folderDa.mjs'

const path = mkdtempSync(join(tmpdir(), 'own-da-'))
const timestamp = BigInt(Math.floor(Date.now() / 1000))
/** An L1 in this process, which takes batches of any kind. */
const settlement = memorySettlement({ genesisTimestamp: timestamp, blockTime: 1 })

const node = (role) =>
  createRollup({
    role,
    chain: rollupChain({ chainId: 4242n }),
    genesis: {
      timestamp,
      gasLimit: 16_000_000n,
      baseFeePerGas: 1_000_000_000n,
      prevRandao: `0x${'00'.repeat(32)}`,
      extraData: '0x',
      beneficiary: rollupRules.sequencerFeeVault,
      alloc: {},
    },
    execution: wasm(),
    da: folderDa({ path }), // all that there is to putting it into a rollup
    settlement,
    proving: reexecution(),
    storage: memoryStorage(),
    ...(role === 'sequencer' ? { batcher: { pollMs: 100, maxAgeSeconds: 1 } } : {}),
  })
const sequencer = node('sequencer')
const verifier = node('verifier')

sequencer.on('batchPosted', ({ firstBlock, lastBlock, bytes }) =>
  console.log(`posted blocks ${firstBlock} to ${lastBlock}: ${bytes} bytes`),
)
const derived = new Promise((resolve) =>
  verifier.on('safe', ({ header }) => {
    console.log(`derived block ${header.number} ${header.hash}`)
    if (header.number >= 3n) resolve(header)
  }),
)
await sequencer.start()
await verifier.start()
const { number, hash } = await derived
const built = sequencer.chain.headerByNumber(number)
await verifier.stop()
await sequencer.stop()
console.log(`${readdirSync(path).length} batches in ${path}`)
rmSync(path, { recursive: true })
if (built?.hash !== hash)
  throw new Error(`Block ${number}: derived ${hash} from the folder, the sequencer built ${built?.hash}.`)
