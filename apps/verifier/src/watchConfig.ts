import { defineConfig, packageVersion } from '@animechain/observability'
import { networkTable, nodeTable, serviceTable } from '@animechain/stack'
import { dutyTable } from './network/rows.js'

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
    claim: {
      type: 'boolean',
      default: false,
      help: 'Raise alarms on L1 too, by commit and reveal, for the bounties of drills. Needs --duty-key.',
    },
    dutyKey: {
      type: 'privateKey',
      help: 'Account on L1 that pays for the alarms of --claim and earns their bounties. It needs no stake; a fraction of an ether lasts long.',
    },
    claimTo: { type: 'address', help: 'Receiver of bounties; default: the account of --duty-key.' },
    dutyFee: dutyTable.dutyFee,
    alarmDayFee: {
      ...dutyTable.alarmDayFee,
      min: 1,
      help: 'Fees of commitments to alarms on L1 in a day (UTC) at most, half of it for one alarm. What comes after a commitment is paid only where the bounty of a drill is worth it.',
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
