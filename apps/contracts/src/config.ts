import {
  devnetDefaults,
  devnetNetwork,
  devnetVault,
  productionDefaults,
  productionNetwork,
  productionVault,
} from '@animechain/contracts'
import { defineConfig, packageVersion, type ConfigField } from '@animechain/observability'
import { blockTimeSetting, daWords } from '@animechain/stack'

/** Sets of periods and bonds that a configuration starts from. */
export const presets = { production: productionDefaults, test: devnetDefaults } as const

/** What the private store has on L1 with each of them. */
export const vaultPresets = { production: productionVault, test: devnetVault } as const

/** What the verifier network is deployed with. */
export const networkPresets = { production: productionNetwork, test: devnetNetwork } as const

const address = (help: string) => ({ type: 'address', required: true, help }) as const
const byPreset = (help: string) => `${help} Default: the preset's.`
const seconds = (help: string) => ({ type: 'integer', min: 0, unit: 's', help: byPreset(help) }) as const
const bond = (help: string) => ({ type: 'bigint', min: 1, unit: 'wei', help: byPreset(help) }) as const

/** How long the command waits before it believes that what it sent stays. */
export const waits = ['finalized', 'safe', 'confirmations'] as const

const keys = {
  deployerKey: {
    type: 'privateKey',
    help: 'Key that pays for the deployment, and has no rights afterwards. Not needed with --dry-run.',
  },
  deployer: {
    type: 'address',
    help: 'Account of that key, for --dry-run without the key. Where both are given they must agree.',
  },
} as const satisfies Record<string, ConfigField>

const chains = {
  l1RpcUrl: {
    type: 'urls',
    required: true,
    help: 'JSON-RPC of L1: one URL, or several separated by commas, more than half of which must agree.',
  },
  l1ChainId: { type: 'integer', required: true, min: 1, help: 'Chain id of L1; another one is refused.' },
  l1Name: { type: 'string', default: 'L1', help: 'Name of L1 in the deployment file.' },
  l1PublicUrl: {
    type: 'url',
    help: 'JSON-RPC of L1 that is written into the deployment file, for wallets. Never the one above: it may hold a key.',
  },
  l2ChainId: {
    type: 'integer',
    required: true,
    min: 1,
    help: 'Chain id of L2: one that no other chain has.',
  },
  l2Name: { type: 'string', default: 'L2', help: 'Name of L2 in the deployment file.' },
  l2RpcUrl: {
    type: 'url',
    default: 'http://127.0.0.1:9545',
    help: 'JSON-RPC of L2 that is written into the deployment file, for wallets.',
  },
  blockTime: {
    ...blockTimeSetting,
    help: 'Time between L2 blocks that is written into the deployment file.',
  },
} as const satisfies Record<string, ConfigField>

const roles = {
  owner: address(
    'Proposes to the timelock, which owns all contracts: a multi-signature wallet or a governor.',
  ),
  operator: address('Rotates keys, sets fees and the gas limit without delay, within bounds.'),
  guardian: address('Pauses withdrawals for a bounded time.'),
  sequencer: address('Account of the sequencer.'),
  batcher: address('Account whose key posts batches.'),
  proposer: address('Account whose key asserts outputs.'),
  challenger: address('Account whose key disputes wrong assertions.'),
  feeRecipient: address('Gets the fees of L2, on L1.'),
} as const satisfies Record<string, ConfigField>

const rules = {
  preset: {
    type: 'string',
    default: 'production',
    choices: ['production', 'test'],
    help: 'Periods and bonds that the ones below change: production (a week to challenge) or test (seconds; never for value).',
  },
  challengePeriod: seconds('How long an assertion can be challenged.'),
  answeringTime: seconds('How long an honest player may take for all answers of a dispute together.'),
  finalityDelay: seconds("Between the end of an assertion's game and its being final."),
  proofMaturityDelay: seconds('Between the proof of a withdrawal and its payment.'),
  forceDelay: seconds('How long a deposit may be left unread before anybody can force it.'),
  contextInterval: seconds('Greatest age of what L2 knows of L1, before a batch brings news.'),
  listingDelay: seconds("How long a stranger's assertion stands before clients are shown it."),
  pauseDuration: seconds('Longest pause by the guardian.'),
  timelockDelay: seconds('How long a change of the contracts waits. Longer than an exit takes.'),
  assertionBond: bond('Bond of an assertion.'),
  stakeSpans: bond('Stake of a refinement to spans of instructions.'),
  stakeSteps: bond('Stake of a refinement to single instructions.'),
  assertionInterval: {
    type: 'integer',
    min: 1,
    max: 1_024,
    help: byPreset('Every so many batches are asserted.'),
  },
  gasLimit: { type: 'bigint', min: 1, unit: 'gas', help: byPreset('Gas limit of L2 blocks.') },
  da: {
    type: 'string',
    default: 'blob',
    choices: daWords.filter((word) => word !== 'memory'),
    help: 'Where the sequencer will write batches: decides the defaults of the fee scalars. The contracts take both.',
  },
  baseFeeScalar: {
    type: 'integer',
    min: 0,
    help: "Parts per million of L1's base fee that users pay for a byte; default 500000 for calldata, 10000 for blob.",
  },
  blobBaseFeeScalar: {
    type: 'integer',
    min: 0,
    help: "Parts per million of L1's blob base fee; default 0 for calldata, 500000 for blob.",
  },
  genesisTimestamp: {
    type: 'bigint',
    min: 1,
    unit: 's',
    help: "Time of L2 block 0, not after L1's newest block; default: that block's time at the installation.",
  },
  vault: {
    type: 'boolean',
    default: false,
    help: 'Deploys what the private store has on L1 too: committees with stake, and challenges. Its contracts on L2 are in every genesis.',
  },
  keyRoot: {
    type: 'hex',
    help: "Root of the keys of sealed batches: with it, and vault, the inbox takes batches that a storage committee certifies. Compare it with that of the chain's view key.",
  },
  network: {
    type: 'boolean',
    default: false,
    help: 'Deploys the contracts of the verifier network too: stake, certificates, and withdrawals that are paid early out of that stake. Verifiers get a fifth of the fees of L2, and feeRecipient the rest.',
  },
  salt: { type: 'string', help: 'Makes another set of contracts for the same configuration.' },
} as const satisfies Record<string, ConfigField>

const running = {
  dryRun: {
    type: 'boolean',
    default: false,
    help: 'Print every transaction with its cost and the addresses that result, and send nothing.',
  },
  state: {
    type: 'path',
    default: 'deployment-state.json',
    help: 'File that records each step; keep it until the deployment is done.',
  },
  deployment: { type: 'path', default: 'chain.json', help: 'Deployment file that is written at the end.' },
  wait: {
    type: 'string',
    default: 'finalized',
    choices: waits,
    help: 'What is waited for before the deployment file is written: that L1 calls the transactions finalized or safe, or so many confirmations.',
  },
  confirmations: {
    type: 'integer',
    default: 12,
    min: 1,
    max: 10_000,
    help: 'L1 blocks from that of the last transaction on, with --wait confirmations.',
  },
  maxFeePerGas: { type: 'bigint', min: 1, unit: 'wei', help: 'L1 base fee above which sending waits.' },
  resendAfter: {
    type: 'integer',
    default: 60,
    min: 1,
    max: 86_400,
    unit: 's',
    help: 'A transaction that is not mined after so long is sent again with higher fees.',
  },
  timeout: {
    type: 'integer',
    default: 7_200,
    min: 1,
    unit: 's',
    help: 'Longest wait for finality, and for transactions of a run before.',
  },
} as const satisfies Record<string, ConfigField>

/** Settings of `animechain-contracts deploy`. */
export const deployConfig = defineConfig(
  { ...chains, ...keys, ...roles, ...rules, ...running },
  {
    program: 'animechain-contracts deploy',
    version: packageVersion(import.meta.url),
    summary: [
      "Deploys a chain's contracts on L1, verifies them and writes the deployment file that sequencer, verifier and bridge take.",
      'A run that was cut off is resumed by running it again.',
    ].join('\n'),
  },
)
