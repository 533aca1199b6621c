import { defineConfig, packageVersion } from '@animechain/observability'
import { nodeTable, serviceTable } from '@animechain/stack'
import { logTable, memberTable } from './network/rows.js'

/** Words of the command line that are no settings of the running node. */
export const networkCommands = ['join', 'stake', 'leave', 'withdraw', 'claim', 'status', 'prove-key'] as const
export type NetworkCommand = (typeof networkCommands)[number]

/** Settings of the commands beside the running node. */
export const commandConfig = defineConfig(
  {
    l1RpcUrl: { type: 'urls', default: ['http://127.0.0.1:8545'], help: nodeTable.l1RpcUrl.help },
    l1Quorum: nodeTable.l1Quorum,
    deployment: { type: 'path', default: '.devnet/chain.json', help: 'Deployment file.' },
    ownerKey: {
      type: 'privateKey',
      help: 'Key of the account that owns the stake: join, stake, leave, withdraw, claim. No running node needs it. claim: any account that has something to claim.',
    },
    attesterKey: {
      type: 'privateKey',
      help: 'Hot key: join (where there is no --key-proof) and prove-key.',
    },
    keyProof: {
      type: 'hex',
      help: 'What prove-key prints on the machine that has the hot key: join needs no hot key then.',
    },
    stakeOwner: { type: 'address', help: 'Account of the member: status, prove-key.' },
    amount: {
      type: 'string',
      help: 'Stake: ether as a decimal number (32.5), of a token its smallest unit. join: the least stake without it.',
    },
    token: { type: 'address', help: 'Token instead of ETH: stake, withdraw.' },
    endpoint: {
      type: 'string',
      help: 'Where peers reach the node: a multiaddr with its identity, or a URL. join.',
    },
    to: { type: 'address', help: 'Receiver of withdraw and claim; default: the owner.' },
    nodeUrl: {
      type: 'url',
      default: 'http://127.0.0.1:9572',
      help: 'Health server of the running node: status.',
    },
    json: { type: 'boolean', default: false, help: 'Print JSON.' },
  },
  {
    program: 'animechain-verifier',
    version: packageVersion(import.meta.url),
    positionals: networkCommands.join(' | '),
    summary: [
      'join       become a member of the verifier network, or change key, endpoint and stake',
      'stake      add stake: ETH, or a token as cover',
      'leave      begin unbonding',
      'withdraw   be paid after unbonding',
      'claim      have fees, rewards and bounties paid',
      'status     stake, epoch, weight, cover, duties, rewards, peers, log of signatures',
      'prove-key  sign, with the hot key, that it belongs to --stake-owner',
      'sign       serve as a remote signer (has its own --help)',
      'drill      make a drill: commit, assert, reveal, decide, close, expire (has its own --help)',
      'watch      watch the chain without stake (has its own --help)',
      'Without one of these words it is the node (animechain-verifier --help).',
    ].join('\n'),
  },
)

/** Settings of the remote signer, `animechain-verifier sign`. */
export const signConfig = defineConfig(
  {
    ...serviceTable,
    metricsPort: { ...serviceTable.metricsPort, default: 9574 },
    dataDir: { type: 'path', required: true, help: 'Folder of the signer: the log of what it signed.' },
    deployment: { type: 'path', required: true, help: 'Deployment file (chain.json).' },
    l1RpcUrl: { ...nodeTable.l1RpcUrl, help: `${nodeTable.l1RpcUrl.help} Asked only before a log is begun.` },
    l1Quorum: nodeTable.l1Quorum,
    attesterKey: { type: 'privateKey', required: true, help: 'Hot key.' },
    signerToken: { ...memberTable.signerToken, required: true },
    signerHost: {
      type: 'string',
      default: '127.0.0.1',
      help: 'Address that nodes ask. Over a network put a proxy with TLS before it.',
    },
    signerPort: {
      type: 'integer',
      default: 9575,
      min: 0,
      max: 65_535,
      help: 'Its port; 0 takes a free one.',
    },
    ...logTable,
  },
  {
    program: 'animechain-verifier sign',
    version: packageVersion(import.meta.url),
    summary: 'Signs attestations for a node on another machine, each batch once.',
  },
)
