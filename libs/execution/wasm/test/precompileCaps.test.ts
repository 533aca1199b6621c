import { describe, expect, test } from '@jest/globals'
import {
  predeploys,
  rollupChain,
  type CallOptions,
  type ChainConfig,
  type ExecutionEngine,
  type Genesis,
} from '@animechain/core'
import { ethereumjs } from '@animechain/execution-ethereumjs'
import { memoryStorage } from '@animechain/storage-memory'
import { wasm } from '../src/index.js'

const zero = `0x${'00'.repeat(32)}` as const
const genesis: Genesis = {
  timestamp: 1n,
  gasLimit: 60_000_000n,
  baseFeePerGas: 1n,
  prevRandao: zero,
  extraData: '0x',
  beneficiary: predeploys.sequencerFeeVault,
  alloc: {},
}
const ethereum: ChainConfig = {
  chainId: 5n,
  hardforks: [{ name: 'osaka', timestamp: 0n }],
  eip1559: { elasticityMultiplier: 2n, baseFeeMaxChangeDenominator: 8n },
}
const opened = async (engine: ExecutionEngine, chain: ChainConfig) => {
  const storage = memoryStorage()
  await storage.start()
  return { engine, head: await engine.open({ chain, genesis, storage, blockHash: () => undefined }) }
}

/** Bytes of one unit and units at most, docs/spec/execution.md. */
const caps: [string, number, number][] = [
  ['08', 192, 192],
  ['0c', 160, 256],
  ['0e', 288, 128],
  ['0f', 384, 96],
]

describe.each<[string, ChainConfig, boolean]>([
  ['a rollup', rollupChain({ chainId: 5n }), true],
  ['plain Ethereum', ethereum, false],
])('on %s', (_name, chain, capped) => {
  test('both engines run precompiles up to their caps, and beyond them as the chain has it', async () => {
    const engines = await Promise.all([wasm(), ethereumjs()].map((engine) => opened(engine, chain)))
    for (const [address, unit, most] of caps)
      for (const units of [most, most + 1]) {
        const request = {
          to: `0x${address.padStart(40, '0')}` as const,
          data: `0x${'00'.repeat(unit * units)}` as const,
          gas: 16_000_000n,
        }
        const options: CallOptions = { timeoutMs: 60_000 }
        const answers = []
        for (const { engine, head } of engines) {
          const { status, gasUsed, ...rest } = await engine.call(head, request, options)
          answers.push({ status, gasUsed, returnData: 'returnData' in rest ? rest.returnData : undefined })
        }
        expect([address, units, answers[0]]).toEqual([address, units, answers[1]])
        const fails = capped && units > most
        expect([address, units, answers[0]!.status]).toEqual([address, units, fails ? 'halt' : 'success'])
        if (fails) expect(answers[0]!.gasUsed).toBe(16_000_000n)
      }
    for (const { engine } of engines) await engine.close()
  }, 60_000)
})
