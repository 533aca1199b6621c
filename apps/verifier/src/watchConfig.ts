import { defineConfig, packageVersion } from '@animechain/observability'
import { networkTable, nodeTable, serviceTable } from '@animechain/stack'

const { execution, readerThreads, viewKey, committee, altDaUrl, storage, onDamage, deployment } = nodeTable
const { s3Bucket, s3Endpoint, s3Region, s3Prefix } = nodeTable
const { l1RpcUrl, l1Quorum, l1BeaconUrl, l1PollInterval, undoFinalized } = nodeTable

/** Settings of `animechain-verifier watch`. */
export const watchConfig = defineConfig(
  {
    ...{ l1RpcUrl, l1Quorum, l1BeaconUrl, deployment },
    dataDir: {
      type: 'path',
      default: 'animechain-watch',
      help: 'Folder of the watcher: the chain that it derived, and its keys.',
    },
    watchKey: {
      type: 'privateKey',
      help: 'Key that signs alarms. It needs no stake and no ether: any will do. Without it one is made and kept in the folder.',
    },
    once: {
      type: 'boolean',
      default: false,
      help: 'Compare what L1 has now, raise alarms and end: exit code 0 when every assertion is right, 3 when one is wrong, 4 when one is wrong and nobody took the alarm.',
    },
    onceTimeout: {
      type: 'integer',
      default: 3_600,
      min: 1,
      max: 604_800,
      unit: 's',
      help: 'Time in which --once must be done, or it ends with exit code 1.',
    },
    ...networkTable,
    gossipHttpPeers: {
      ...networkTable.gossipHttpPeers,
      help: 'HTTP sides of nodes that alarms are posted to.',
    },
    pollInterval: {
      type: 'integer',
      default: 1_000,
      min: 100,
      max: 600_000,
      unit: 'ms',
      help: 'Time between two looks at the assertions.',
    },
    ...{ execution, readerThreads, storage, viewKey, committee, altDaUrl },
    ...{ s3Bucket, s3Endpoint, s3Region, s3Prefix, l1PollInterval, undoFinalized },
    // It has nothing that is not on L1.
    onDamage: { ...onDamage, default: 'rederive' },
    ...serviceTable,
    metricsPort: { ...serviceTable.metricsPort, default: 9576 },
  },
  {
    program: 'animechain-verifier watch',
    version: packageVersion(import.meta.url),
    summary:
      'Watches the chain without stake: derives it from L1 alone, compares every assertion with its own result, and raises a signed alarm about each wrong one that all nodes check for themselves.',
  },
)
