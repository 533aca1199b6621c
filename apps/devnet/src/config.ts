import { defineConfig, packageVersion } from '@animechain/observability'
import { blockTimeSetting, defaultExecution, executionWords } from '@animechain/stack'
import { devnetDaWords, refusedDaWords } from './da/words.js'
import { networkSize } from './network/members.js'
import { devnetRpcHosts } from './options.js'

const port = { type: 'integer', min: 0, max: 65_535 } as const

/** Every setting of the devnet. */
export const config = defineConfig(
  {
    directory: {
      type: 'path',
      default: '.devnet',
      help: 'Keeps the chains between starts, and chain.json for tools.',
    },
    reset: { type: 'boolean', default: false, help: 'Begin anew: throw away what the directory holds.' },
    l1Port: { ...port, default: 8545, help: 'JSON-RPC of L1; 0 takes a free port.' },
    l2Port: { ...port, default: 9545, help: 'JSON-RPC of L2, HTTP and WebSocket.' },
    verifierPort: { ...port, default: 9546, help: 'JSON-RPC of the verifier.' },
    bridgePort: { ...port, default: 9560, help: 'HTTP API of the bridge.' },
    metricsPort: {
      ...port,
      default: 9571,
      help: 'First of three ports for health and metrics of sequencer, verifier and bridge; 0 takes free ones.',
    },
    l1BlockTime: { type: 'integer', default: 1, min: 1, max: 60, unit: 's', help: 'Time between L1 blocks.' },
    blockTime: blockTimeSetting,
    da: {
      type: 'string',
      default: 'blob',
      choices: devnetDaWords,
      refusals: refusedDaWords,
      help: 'Where batches are written: auto takes blob or calldata by price, private starts the committee too, altda a server of the alt-DA protocol, s3 a folder behind the S3 API; failover is altda, then calldata.',
    },
    execution: {
      type: 'string',
      default: defaultExecution,
      choices: executionWords,
      help: 'Execution engine.',
    },
    shadow: {
      type: 'boolean',
      default: false,
      help: 'The verifier executes every block on the other engine too, and ends at the first difference.',
    },
    maxBatchAge: {
      type: 'integer',
      default: 4,
      min: 1,
      unit: 's',
      help: 'A batch is posted when its oldest block is this old.',
    },
    maxIdleBatchAge: {
      type: 'integer',
      default: 15,
      min: 1,
      unit: 's',
      help: 'The same for blocks without transactions and deposits of users; at most half of the force-inclusion delay (of 30 s, unless it is a real one).',
    },
    vault: {
      type: 'boolean',
      default: false,
      help: 'Run the private store: five nodes, its committee. Fixed at the first start.',
    },
    daPort: {
      ...port,
      default: 9590,
      help: 'First of two ports: the alt-DA server, and the folder behind the S3 API.',
    },
    vaultPort: { ...port, default: 9580, help: 'First of five ports for the HTTP APIs of the committee.' },
    network: {
      type: 'boolean',
      default: false,
      help: 'Run the verifier network: its contracts, and verifiers with stake. Fixed at the first start.',
    },
    networkVerifiers: {
      type: 'integer',
      default: networkSize.default,
      min: networkSize.least,
      max: networkSize.most,
      help: 'Verifiers of the network, the first one among them. Fixed at the first start.',
    },
    networkPort: {
      ...port,
      default: 9600,
      help: "First of the ports for HTTP of the verifiers' gossip, as many as there are verifiers.",
    },
    productionDelays: {
      type: 'boolean',
      default: false,
      help: 'A week to challenge and so on, instead of seconds. Fixed at the first start.',
    },
    rpcHosts: {
      type: 'list',
      default: [...devnetRpcHosts],
      help: 'Host names besides localhost under which L2 and the verifier may be called, as containers do; * for any.',
    },
    verifier: { type: 'boolean', default: true, help: 'Run a verifier.' },
    bridge: { type: 'boolean', default: true, help: 'Run the bridge.' },
    bridgeGrace: {
      type: 'integer',
      default: 60,
      min: 0,
      unit: 's',
      help: 'The bridge leaves each step of a withdrawal to its owner for so long.',
    },
    status: { type: 'boolean', default: true, help: 'Print the status line.' },
    exitAfter: { type: 'integer', min: 1, unit: 's', help: 'Stop after so long; for measurements.' },
  },
  {
    program: 'npm start --',
    version: packageVersion(import.meta.url),
    summary:
      'A whole rollup on this machine: a real L1 (anvil), the contracts, sequencer, batcher, proposer, verifier and bridge.',
  },
)
