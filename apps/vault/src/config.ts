import { defineConfig, packageVersion, type ConfigValues } from '@animechain/observability'

/** The commands, and what each takes. */
export const commands = {
  init: 'make a key file where there is none, and a project on chain; remember it',
  key: "show the account and the owner's public key of the key file",
  'put <file> [name]': 'seal a file and put it; goes on where it was cut off',
  'ls [folder]': 'what is in the project',
  'get <name>': 'open an object, or a range of it, into a file or to the terminal',
  'grant <name|folder|/>': 'let somebody open it; writes the pass for them',
  'pass-on': 'pass a grant on, nowhere wider than it is',
  grants: 'the grants that the owner gave',
  'revoke <grant|all>': 'take a grant back at once, and seal anew what it covered',
  'erase <name|folder>': 'destroy an object and everything below it, for good',
  audit: 'compare what key nodes did with what the policy allowed; --collect, then --offline',
  'committee [challenge]':
    'how the nodes are; with --deal-to: deal all keys to another committee; challenge: have nodes show on L1 that they have shards',
} as const

/** Settings of the commands. */
export const vaultConfig = defineConfig(
  {
    committee: {
      type: 'list',
      default: ['committee.json'],
      help: 'Committee file: nodes, chain, contracts. After it those of earlier epochs, which are asked for what the newest has not, and told every order.',
      check: (given: readonly string[]) => (given.length > 0 ? undefined : 'at least one file'),
    },
    l1RpcUrl: {
      type: 'url',
      default: 'http://127.0.0.1:8545',
      help: 'JSON-RPC of L1, for `committee challenge`.',
    },
    samples: {
      type: 'integer',
      default: 3,
      min: 0,
      max: 64,
      help: 'Shards that `committee challenge` picks by chance; 0: only go on with those of earlier runs.',
    },
    of: {
      type: 'string',
      default: 'acknowledged',
      choices: ['acknowledged', 'certified'],
      help: "What `committee challenge` picks from: shards of this account's projects, or batches of a confidential rollup, which anybody may ask for.",
    },
    spendPerDay: {
      type: 'bigint',
      default: 10n ** 17n,
      min: 1,
      unit: 'wei',
      help: 'Bonds and gas of `committee challenge` within 24 hours, at most.',
    },
    maxFeePerGas: {
      type: 'bigint',
      min: 1,
      unit: 'wei',
      help: 'L1 base fee above which `committee challenge` sends nothing.',
    },
    l2RpcUrl: { type: 'url', default: 'http://127.0.0.1:9545', help: 'JSON-RPC of L2.' },
    home: {
      type: 'path',
      default: '.vault',
      help: 'Folder for what the client keeps.',
    },
    keyFile: { type: 'path', help: "Account and owner's key, mode 0600. Default: key.json in --home." },
    account: {
      type: 'privateKey',
      help: 'Private key of the account, for `init`; default a new one.',
    },
    passphrase: {
      type: 'string',
      secret: true,
      help: 'Opens the key file; with `init` it is encrypted with it (scrypt).',
    },
    project: { type: 'hex', help: 'Project id. Default: the one that `init` remembered, or that of --pass.' },
    pass: { type: 'path', help: 'Pass to read with, as `grant` wrote it.' },
    rendition: {
      type: 'integer',
      default: 0,
      min: 0,
      max: 253,
      help: '0 master, 1 proxy, 2 thumbnail, or another.',
    },
    purpose: {
      type: 'string',
      default: 'view',
      choices: ['view', 'edit', 'train', 'infer', 'audit', 'dub'],
      help: 'What it is opened for.',
    },
    range: { type: 'string', help: 'Bytes of `get`, as HTTP has them: 0-1023, 1024-, -512.' },
    out: { type: 'path', help: 'File that is written; `get` without it writes to standard output.' },
    type: { type: 'string', help: 'Media type of what is put.' },
    margin: {
      type: 'integer',
      default: 1,
      min: 0,
      max: 2,
      help: 'Shards that may be lost after a put, at least.',
    },
    blind: {
      type: 'boolean',
      default: false,
      help: 'Have `init` make a project whose grants the chain does not show.',
    },
    to: {
      type: 'string',
      help: 'Who gets a grant: an account, collection:<address>[/<token id>], licence:<registry>/<id>.',
    },
    renditions: { type: 'list', default: ['1', '2'], help: 'Renditions of a grant.' },
    purposes: { type: 'list', default: ['view'], help: 'Purposes of a grant.' },
    expires: {
      type: 'string',
      default: '7d',
      help: 'End of a grant: 8h, 7d, or a time like 2030-01-31T12:00Z.',
    },
    delegation: {
      type: 'integer',
      default: 0,
      min: 0,
      max: 2,
      help: 'How many times a grant may be passed on.',
    },
    label: { type: 'string', help: "What a grant is called in the owner's list." },
    reencrypt: {
      type: 'boolean',
      default: true,
      help: 'Seal anew what a grant covered, when it is revoked.',
    },
    collect: {
      type: 'path',
      help: 'Have `audit` fetch receipts and the state of the chain into this folder.',
    },
    offline: { type: 'path', help: 'Have `audit` look at what is in this folder, without a network.' },
    dealTo: { type: 'path', help: 'Committee file of those who get the keys, for `committee`.' },
    yes: { type: 'boolean', default: false, help: 'Erase without asking.' },
    json: { type: 'boolean', default: false, help: 'Print JSON, and no progress.' },
    timeout: {
      type: 'integer',
      default: 10_000,
      min: 100,
      max: 600_000,
      unit: 'ms',
      help: 'For one request to a node.',
    },
  },
  {
    program: 'vault',
    envPrefix: 'ANIMECHAIN_VAULT_',
    version: packageVersion(import.meta.url),
    positionals: Object.keys(commands).join(' | '),
    summary: [
      'The private store: files that no operator can read, opened by whom you say, for as long as you say.',
      ...Object.entries(commands).map(([command, what]) => `${command.padEnd(24)}${what}`),
      'Exit codes: 0 done, 1 failed, 2 wrong usage, 3 the audit found something or a node lost stake, 4 access denied, 130 interrupted.',
    ].join('\n'),
  },
)

/** Values of the settings. */
export type VaultValues = ConfigValues<(typeof vaultConfig)['table']>
