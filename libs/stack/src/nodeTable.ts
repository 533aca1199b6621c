import type { ConfigField, ConfigTable } from '@animechain/observability'
import { limitTable, type Limit, type RpcLimits } from '@animechain/rpc'
import {
  damageWords,
  daWords,
  defaultExecution,
  defaultReaderThreads,
  executionWords,
  provingWords,
  settlementWords,
  storageWords,
  type DaWord,
} from './words.js'

/** Blocks within a second would need equal timestamps, and those neither derivation nor the proof program allows. */
export const blockTimeSetting = {
  type: 'integer',
  default: 1_000,
  max: 3_600_000,
  unit: 'ms',
  help: 'Time between L2 blocks, at least a second.',
  check: (ms: number) =>
    ms >= 1_000 ? undefined : 'at least 1000, because timestamps are whole seconds and rise with every block',
} as const satisfies ConfigField

type LimitRows = {
  [K in keyof RpcLimits as `rpc${Capitalize<K>}`]: {
    type: RpcLimits[K] extends bigint ? 'bigint' : 'integer'
    default: RpcLimits[K]
  } & ConfigField
}

const rowName = (limit: string) => `rpc${limit[0]!.toUpperCase()}${limit.slice(1)}`

/** A row for each bound of the JSON-RPC server: `bodyBytes` is `--rpc-body-bytes`. */
const limitRows = Object.fromEntries(
  Object.entries<Limit>(limitTable).map(([name, limit]) => [
    rowName(name),
    {
      type: typeof limit.default === 'bigint' ? 'bigint' : 'integer',
      default: limit.default,
      // 0 is a value where it means that there is no bound.
      min: limit.default === 0n ? 0 : 1,
      help: limit.help,
      ...(limit.unit === 'count' ? {} : { unit: limit.unit }),
    },
  ]),
) as unknown as LimitRows

/** The bounds of the JSON-RPC server among a node's settings. */
export function rpcLimits(values: Readonly<Record<string, unknown>>): RpcLimits {
  return Object.fromEntries(
    Object.keys(limitTable).map((name) => [name, values[rowName(name)]]),
  ) as unknown as RpcLimits
}

/** Rows that every node has, whatever its role: the layers by name, L1, the deployment, JSON-RPC. */
export const nodeTable = {
  execution: {
    type: 'string',
    default: defaultExecution,
    choices: executionWords,
    help: 'Execution engine.',
  },
  readerThreads: {
    type: 'integer',
    default: defaultReaderThreads,
    min: 1,
    max: 64,
    help: 'Threads at most for calls and traces of JSON-RPC.',
  },
  da: {
    type: 'string',
    default: 'blob',
    choices: daWords,
    help: 'Where batch bytes are written. They are read from wherever a batch says.',
  },
  viewKey: {
    type: 'privateKey',
    help: 'View key of a confidential chain: reads its batches, and seals them. A node without it waits at the first one.',
  },
  committee: {
    type: 'list',
    default: [],
    help: 'Files of the storage committees that have the batches of a confidential chain (committee.json), the newest first.',
  },
  daFailover: {
    type: 'list',
    default: ['blob', 'calldata'],
    help: 'What --da failover is made of, in the order in which they are taken; none may be read by more than the first.',
    check: (words: readonly string[]) =>
      words.length >= 2 && words.every((word) => word !== 'failover' && daWords.includes(word as DaWord))
        ? undefined
        : `at least two of ${daWords.filter((word) => word !== 'failover').join(', ')}`,
  },
  altDaUrl: {
    type: 'urls',
    help: 'Servers of the OP alt-DA protocol: the first is written to with --da altda, all are read from.',
  },
  s3Bucket: {
    type: 'string',
    help: 'Bucket for --da s3, which is also read from. Credentials come from where the AWS SDK looks: environment, profile, instance.',
  },
  s3Endpoint: { type: 'url', help: 'Address of the S3 server, where it is not AWS.' },
  s3Region: { type: 'string', help: 'Region of the bucket; us-east-1 without it.' },
  s3Prefix: { type: 'string', help: 'What stands in front of every key in the bucket.' },
  altDaToken: { type: 'string', secret: true, help: 'Bearer token for the first of altDaUrl.' },
  settlement: { type: 'string', default: 'optimistic', choices: settlementWords, help: 'Settlement layer.' },
  proving: {
    type: 'string',
    default: 'auto',
    choices: provingWords,
    help: 'Proof system: interactive plays disputes on L1 with the key for them, reexecution only tells what is wrong. auto takes interactive where the settlement is optimistic and the engine wasm.',
  },
  storage: {
    type: 'string',
    default: 'auto',
    choices: storageWords,
    help: 'Key-value store: auto takes lmdb where its addon loads, else file.',
  },
  onDamage: {
    type: 'string',
    default: 'refuse',
    choices: damageWords,
    help: 'A damaged store: refuse to start, or rederive: keep it aside and derive the chain from L1 again, without what was not there yet.',
  },
  dataDir: { type: 'path', required: true, help: 'Folder of the node.' },
  deployment: { type: 'path', required: true, help: 'Deployment file (chain.json).' },
  l1RpcUrl: {
    type: 'urls',
    required: true,
    help: 'JSON-RPC of L1: one URL, or several separated by commas, of which l1Quorum must agree.',
  },
  l1Quorum: {
    type: 'integer',
    min: 1,
    max: 100,
    help: 'L1 endpoints that must give the same answer; more than half of them without it.',
  },
  undoFinalized: {
    type: 'boolean',
    default: false,
    help: 'Go back behind blocks that L1 had finalised, for a development L1 that was set back.',
  },
  l1BeaconUrl: {
    type: 'urls',
    help: 'Beacon APIs that serve blobs, asked in turn, when the JSON-RPC of L1 does not: of L1, or of another node that serves its archive.',
  },
  blobArchive: {
    type: 'string',
    help: 'Where blobs are kept for ever: a folder, or s3://bucket/prefix/ with ?endpoint= and &region= where they are not those of AWS. Nodes may share it. In the node’s own folder without it.',
  },
  blobServerHost: { type: 'string', default: '127.0.0.1', help: 'Address of the server of archived blobs.' },
  blobServerPort: {
    type: 'integer',
    min: 0,
    max: 65_535,
    help: 'Its port, 0 for a free one: it answers as a beacon API to nodes that come after L1 has dropped the blobs. Not served without it.',
  },
  l1PollInterval: {
    type: 'integer',
    default: 500,
    min: 50,
    max: 60_000,
    unit: 'ms',
    help: 'Time between two looks at L1.',
  },
  rpcHost: { type: 'string', default: '127.0.0.1', help: 'Address of JSON-RPC (HTTP and WebSocket).' },
  rpcPort: { type: 'integer', default: 9545, min: 0, max: 65_535, help: 'Its port; 0 takes a free one.' },
  cors: { type: 'list', default: ['*'], help: 'Origins that browsers may call JSON-RPC from.' },
  rpcHosts: {
    type: 'list',
    default: [],
    help: 'Host names besides localhost and IP addresses under which JSON-RPC may be called, such as host.docker.internal from a container; * for any. Others get 403.',
  },
  rpcTrustedProxies: {
    type: 'list',
    default: [],
    help: 'Addresses of proxies whose X-Forwarded-For names the client, by which bounds are shared out.',
  },
  ...limitRows,
} as const satisfies ConfigTable
