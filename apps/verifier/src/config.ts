import { defineConfig } from '@animechain/observability'
import { nodeTable, serviceTable } from '@animechain/stack'

/** Every setting of the verifier: flag, environment, file key, help. */
export const config = defineConfig(
  {
    ...nodeTable,
    ...serviceTable,
    rpcPort: { ...nodeTable.rpcPort, default: 9546 },
    metricsPort: { ...serviceTable.metricsPort, default: 9572 },
    challengerKey: {
      type: 'privateKey',
      help: 'Key that challenges wrong assertions; without it they are only reported.',
    },
    pollInterval: {
      type: 'integer',
      default: 1_000,
      min: 100,
      max: 600_000,
      unit: 'ms',
      help: 'Time between two looks at the assertions.',
    },
    sequencerUrl: { type: 'url', help: 'JSON-RPC that transactions are passed on to.' },
    exitAtBlock: {
      type: 'integer',
      min: 0,
      help: 'Ends with exit code 0 once this block is derived from L1, printing its number and hash.',
    },
    cors: { type: 'list', default: ['*'], help: 'Origins that browsers may call JSON-RPC from.' },
    rpcHosts: {
      type: 'list',
      default: [],
      help: 'Host names besides localhost under which JSON-RPC may be called; * for any.',
    },
  },
  {
    program: 'animechain-verifier',
    summary:
      'Derives the chain from L1 alone, executes it again, compares every assertion with its own result and challenges wrong ones.',
  },
)
