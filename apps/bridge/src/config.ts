import { defineConfig, packageVersion } from '@animechain/observability'
import { nodeTable, serviceTable, storageWords } from '@animechain/stack'

/** Verifiers that are asked for attestations. */
const verifiers = {
  type: 'list',
  default: [],
  check: (urls: readonly string[]) =>
    urls.length <= 16 && urls.every((url) => /^https?:\/\//.test(url) && URL.canParse(url))
      ? undefined
      : 'at most 16 URLs of HTTP',
  help: 'URLs of verifiers that are asked for attestations, by HTTP; without them only certificates that stand on L1 are found.',
} as const

/** Settings of the service, `animechain-bridge serve`. */
export const serveConfig = defineConfig(
  {
    ...serviceTable,
    metricsPort: { ...serviceTable.metricsPort, default: 9573 },
    l1RpcUrl: nodeTable.l1RpcUrl,
    l1Quorum: nodeTable.l1Quorum,
    l2RpcUrl: { type: 'url', required: true, help: 'JSON-RPC of L2.' },
    deployment: { type: 'path', required: true, help: 'Deployment file (chain.json).' },
    dataDir: { type: 'path', required: true, help: 'Folder of the bridge.' },
    storage: { type: 'string', default: 'auto', choices: storageWords, help: 'Key-value store.' },
    relayerKey: {
      type: 'privateKey',
      help: 'Pays L1 gas for proving and finalising; without it the bridge only reports.',
    },
    pollInterval: {
      type: 'integer',
      default: 2_000,
      min: 100,
      max: 600_000,
      unit: 'ms',
      help: 'Time between two looks at the chains.',
    },
    maxGas: {
      type: 'integer',
      default: 2_000_000,
      min: 100_000,
      unit: 'gas',
      help: 'A withdrawal that can cost more L1 gas (its gas limit and 40 a byte of data) is left to others.',
    },
    maxGasPerHour: {
      type: 'integer',
      default: 100_000_000,
      min: 1_000_000,
      unit: 'gas',
      help: 'L1 gas that the relayer spends in an hour at most.',
    },
    maxGasPerAccount: {
      type: 'integer',
      default: 10_000_000,
      min: 1_000_000,
      unit: 'gas',
      help: 'Of it for the withdrawals of one account.',
    },
    maxOpenPerAccount: {
      type: 'integer',
      default: 100,
      min: 1,
      max: 10_000,
      help: 'Unfinished withdrawals of one account that are followed; fewer as the list of 10,000 fills.',
    },
    grace: {
      type: 'integer',
      default: 60,
      min: 0,
      max: 604_800,
      unit: 's',
      help: 'How long a step, proving or finalising, is left to the owner of the withdrawal once it is possible.',
    },
    fast: {
      type: 'string',
      default: 'never',
      choices: ['never', 'when-covered'],
      help: 'Whether the relayer pays withdrawals early where verifiers cover them, with the fee of 0.1% out of its own purse; tokens as far as it approved FastExits.',
    },
    verifiers,
    maxFastFee: {
      type: 'bigint',
      default: 10n ** 16n,
      min: 0,
      unit: 'wei',
      help: 'Fee of one early payment at most.',
    },
    maxFastFeesPerHour: {
      type: 'bigint',
      default: 10n ** 17n,
      min: 0,
      unit: 'wei',
      help: 'Fees of early payments in an hour at most.',
    },
    maxFastFeesPerAccount: {
      type: 'bigint',
      default: 2n * 10n ** 16n,
      min: 0,
      unit: 'wei',
      help: 'Of them for the withdrawals of one account.',
    },
    httpHost: { type: 'string', default: '127.0.0.1', help: 'Address of the HTTP API.' },
    httpPort: { type: 'integer', default: 9560, min: 0, max: 65_535, help: 'Its port; 0 takes a free one.' },
    httpHosts: {
      type: 'list',
      default: [],
      help: 'Host names besides localhost under which the HTTP API may be called; * for any.',
    },
  },
  {
    program: 'animechain-bridge serve',
    version: packageVersion(import.meta.url),
    summary:
      'Follows every withdrawal and proves and finalises it on L1; tells the status of each transfer over HTTP.',
  },
)

/** Settings of the commands that sign with a key of the user's own. */
export const commandConfig = defineConfig(
  {
    l1RpcUrl: { type: 'urls', default: ['http://127.0.0.1:8545'], help: nodeTable.l1RpcUrl.help },
    l1Quorum: nodeTable.l1Quorum,
    l2RpcUrl: { type: 'url', default: 'http://127.0.0.1:9545', help: 'JSON-RPC of L2.' },
    deployment: { type: 'path', default: '.devnet/chain.json', help: 'Deployment file.' },
    key: { type: 'privateKey', help: 'Key that signs; ANIMECHAIN_KEY_FILE may name a file.' },
    asset: {
      type: 'string',
      default: 'eth',
      choices: ['eth', 'erc20', 'erc721', 'erc1155'],
      help: 'What is moved.',
    },
    amount: {
      type: 'string',
      help: 'ETH as a decimal number of ether (0.5); tokens in their smallest unit.',
    },
    tokenId: { type: 'bigint', min: 0, help: 'Token, for erc721 and erc1155.' },
    l1Token: { type: 'address', help: 'Token contract on L1.' },
    l2Token: { type: 'address', help: 'Token contract on L2.' },
    to: { type: 'address', help: 'Receiver; default: the account of the key.' },
    wait: {
      type: 'boolean',
      default: true,
      help: 'Wait until the transfer is complete; a withdrawal is proved and finalised with the key.',
    },
    fast: {
      type: 'boolean',
      default: false,
      help: 'For withdraw: have it paid early as soon as verifiers cover it, for a fee of 0.1%; otherwise in the ordinary way.',
    },
    verifiers,
    timeout: { type: 'integer', default: 600, min: 1, unit: 's', help: 'Longest wait.' },
  },
  {
    program: 'animechain-bridge',
    version: packageVersion(import.meta.url),
    positionals:
      'serve | deposit | withdraw | status <transaction hash> | quote [transaction hash] | force | assert | resolve',
    summary: [
      "serve     run the service: prove and finalise everybody's withdrawals, HTTP API (has its own --help)",
      'deposit   move an asset from L1 to L2',
      'withdraw  move an asset from L2 to L1',
      'status    where a deposit (L1 transaction) or a withdrawal (L2 transaction) stands',
      'quote     what an early payment of a withdrawal (L2 transaction), or of --amount, costs beside the ordinary way',
      'force     make the chain read deposits that the sequencer leaves unread',
      'assert    assert the newest output, as the node in --l2-rpc-url has it, with a bond',
      'resolve   settle assertions that are decided, and claim the bonds of the key',
    ].join('\n'),
  },
)
