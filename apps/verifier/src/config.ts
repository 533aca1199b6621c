import { defineConfig, packageVersion } from '@animechain/observability'
import { networkTable, nodeTable, serviceTable } from '@animechain/stack'
import { dutyTable, logTable, memberTable } from './network/rows.js'

/** Every setting of the verifier: flag, environment, file key, help. */
export const config = defineConfig(
  {
    ...nodeTable,
    ...serviceTable,
    ...networkTable,
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
      help: 'Key that plays disputes about assertions: it pays bonds, stakes and gas, and gets what is won. Without it wrong assertions are only reported.',
    },
    disputeFee: {
      type: 'bigint',
      default: 100_000_000_000n,
      min: 1,
      unit: 'wei',
      help: 'Fee per gas at most for moves in disputes while there is time.',
    },
    urgentDisputeFee: {
      type: 'bigint',
      default: 1_000_000_000_000n,
      min: 1,
      unit: 'wei',
      help: 'The same when a wrong assertion would be accepted soon. The purse must cover a dispute to its end at this fee, or it is not entered.',
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
    ...memberTable,
    ...logTable,
    ...dutyTable,
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
      'Derives the chain from L1 alone, executes it again, compares every assertion with its own result and defeats wrong ones in disputes on L1.',
  },
)
