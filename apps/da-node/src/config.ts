import { defineConfig, packageVersion } from '@animechain/observability'
import { serviceTable, storageWords } from '@animechain/stack'

const roles = ['storage', 'keys']

/** Every setting of the node: flag, environment, file key, help. */
export const config = defineConfig(
  {
    ...serviceTable,
    metricsPort: { ...serviceTable.metricsPort, default: 9575 },
    roles: {
      type: 'list',
      default: roles,
      help: 'What the node does: storage (shards of blobs), keys (shares of keys), or both.',
      check: (given: readonly string[]) =>
        given.length > 0 && given.every((each) => roles.includes(each))
          ? undefined
          : 'storage, keys, or both',
    },
    dataDir: { type: 'path', required: true, help: 'Folder of the node, its own.' },
    deployment: { type: 'path', required: true, help: 'Deployment file (chain.json).' },
    committee: {
      type: 'path',
      help: 'File of the committee (committee.json). Without it the committees are those that CommitteeRegistry on L1 has.',
    },
    l1RpcUrl: { type: 'url', help: 'JSON-RPC of L1, for the committees and for challenges.' },
    l2RpcUrl: {
      type: 'url',
      required: true,
      help: 'JSON-RPC that has the newest blocks of L2: policies are asked there.',
    },
    l2SafeRpcUrl: {
      type: 'url',
      help: 'JSON-RPC of a replica of your own, which derives L2 from L1: asked about what is safe. Default: the same as l2RpcUrl.',
    },
    nodeKey: {
      type: 'privateKey',
      help: 'Key that signs acknowledgements and receipts, and pays for anchors. Default: node.key in the folder, made at the first start.',
    },
    shareKey: {
      type: 'privateKey',
      help: 'X25519 key that shares are sealed to. Default: share.key in the folder, made at the first start.',
    },
    objects: {
      type: 'string',
      help: 'Where the bytes of shards are: a folder, or s3://bucket/prefix (s3+http://host:port/bucket/prefix for a server of your own). Default: objects in the folder.',
    },
    storage: {
      type: 'string',
      default: 'auto',
      choices: storageWords,
      help: 'Key-value store of the metadata.',
    },
    postgresUrl: {
      type: 'string',
      secret: true,
      help: 'PostgreSQL for the metadata instead: postgres://user:password@host/database, one for each node.',
    },
    postgresConnections: {
      type: 'integer',
      default: 8,
      min: 2,
      max: 100,
      help: 'Connections to it at most.',
    },
    receiptMark: {
      type: 'path',
      help: 'File that says how far the log of receipts is. On another disk than the rest, it shows that an old copy was put back.',
    },
    httpHost: { type: 'string', default: '127.0.0.1', help: 'Address of the HTTP API.' },
    httpPort: { type: 'integer', default: 9580, min: 0, max: 65_535, help: 'Its port; 0 takes a free one.' },
    httpTrustedProxies: {
      type: 'list',
      default: [],
      help: 'Addresses of proxies whose X-Forwarded-For names the client, by which requests are bounded.',
    },
    requestsPerMinute: { type: 'integer', default: 60_000, min: 1, help: 'Requests of one client a minute.' },
    releasesPerMinute: { type: 'integer', default: 1_200, min: 1, help: 'Of them for shares of keys.' },
    denialsPerSecond: {
      type: 'integer',
      default: 20,
      min: 1,
      help: 'Denials of all clients a second that get a receipt (at most 18 KB each); more are answered with 429.',
    },
    capacity: { type: 'integer', default: 2 ** 40, min: 2 ** 20, unit: 'bytes', help: 'Room for shards.' },
    projectCapacity: {
      type: 'integer',
      default: 2 ** 40,
      min: 2 ** 20,
      unit: 'bytes',
      help: 'Of it for one project.',
    },
    uploadExpiry: {
      type: 'integer',
      default: 86_400,
      min: 60,
      unit: 's',
      help: 'After which a shard that nobody goes on with is removed.',
    },
    retention: {
      type: 'integer',
      default: 315_360_000,
      min: 86_400,
      unit: 's',
      help: 'How long shards are kept, and acknowledged.',
    },
    batchers: {
      type: 'list',
      default: [],
      help: 'Accounts that may have batches of a confidential rollup stored. Default: the batcher of SystemConfig on L1.',
    },
    repairInterval: {
      type: 'integer',
      default: 3_600,
      min: 1,
      unit: 's',
      help: 'Time between two scrubs with repair.',
    },
    moveInterval: {
      type: 'integer',
      default: 15,
      min: 0,
      unit: 's',
      help: 'Time between two looks whether another committee is in force, to which shares of keys are moved; 0 for none: then only when the administration says so.',
    },
    moveTurn: {
      type: 'integer',
      default: 60,
      min: 1,
      unit: 's',
      help: 'Time that each old key node leaves the one before it to move a share.',
    },
    anchorInterval: {
      type: 'integer',
      default: 3_600,
      min: 0,
      unit: 's',
      help: 'Time between two anchors of receipts on L2; 0 for none.',
    },
    challengeInterval: {
      type: 'integer',
      default: 12_000,
      min: 0,
      max: 600_000,
      unit: 'ms',
      help: 'Time between two looks for challenges of this node on L1, where its deployment has them; 0 for none: then a challenge costs the stake.',
    },
    challengeKey: {
      type: 'privateKey',
      help: 'Key of an account with ether on L1, which pays for answers to challenges, and sends nothing else. Default: nodeKey.',
    },
    challengeMaxFeePerGas: {
      type: 'bigint',
      min: 1,
      unit: 'wei',
      help: 'L1 base fee above which an answer waits. Default: what the stake at risk is worth, spread over the gas of an answer.',
    },
    viewInterval: {
      type: 'integer',
      default: 400,
      min: 50,
      max: 2_000,
      unit: 'ms',
      help: 'Time between two looks at the newest block.',
    },
    adminHost: { type: 'string', default: '127.0.0.1', help: 'Address of the administration.' },
    adminPort: {
      type: 'integer',
      min: 0,
      max: 65_535,
      help: 'Its port; without one there is no administration.',
    },
    adminToken: {
      type: 'string',
      secret: true,
      help: 'Bearer token of the administration, at least 16 characters.',
    },
  },
  {
    program: 'animechain-da-node',
    version: packageVersion(import.meta.url),
    summary:
      'A node of the private store: keeps shards of sealed blobs, releases shares of keys as policies on L2 say, and signs a receipt for every decision.',
  },
)
