import { defineConfig, packageVersion } from '@animechain/observability'
import { nodeTable, serviceTable } from '@animechain/stack'

/** Every setting of the verifier: flag, environment, file key, help. */
export const config = defineConfig(
  {
    ...nodeTable,
    ...serviceTable,
    // It has nothing that is not on L1.
    onDamage: { ...nodeTable.onDamage, default: 'rederive' },
    rpcPort: { ...nodeTable.rpcPort, default: 9546 },
    metricsPort: { ...serviceTable.metricsPort, default: 9572 },
    shadow: {
      type: 'boolean',
      default: false,
      help: 'Execute every block on the other engine too, and stop with exit code 1 on the first difference.',
    },
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
  },
  {
    program: 'animechain-verifier',
    version: packageVersion(import.meta.url),
    summary:
      'Derives the chain from L1 alone, executes it again, compares every assertion with its own result and challenges wrong ones.',
  },
)
