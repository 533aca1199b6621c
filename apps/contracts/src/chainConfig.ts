import type { L1Config } from '@animechain/contracts'
import type { ConfigValues } from '@animechain/observability'
import { provenProgram } from '@animechain/stack'
import { presets, type deployConfig } from './config.js'

/** What `contracts deploy` was told, by flags, environment and file: the values of its table of options, in their units. */
export type DeployValues = ConfigValues<(typeof deployConfig)['table']>

/** Fee scalars that suit a way of posting: half a byte on L1 for a byte of transactions, and with blobs a little calldata for all of them. */
const scalars = {
  calldata: { baseFeeScalar: 500_000, blobBaseFeeScalar: 0 },
  blob: { baseFeeScalar: 10_000, blobBaseFeeScalar: 500_000 },
} as const

const numberNames = [
  'challengePeriod',
  'answeringTime',
  'assertionInterval',
  'finalityDelay',
  'proofMaturityDelay',
  'forceDelay',
  'contextInterval',
  'listingDelay',
  'pauseDuration',
  'timelockDelay',
] as const
const amountNames = ['assertionBond', 'gasLimit'] as const

/** The configuration of the contracts that the settings of the command ask for. */
export async function chainConfig(values: DeployValues): Promise<L1Config> {
  const preset = presets[values.preset]
  const fees = scalars[values.da as keyof typeof scalars]
  return {
    ...preset,
    ...Object.fromEntries(numberNames.map((name) => [name, values[name] ?? preset[name]])),
    ...Object.fromEntries(amountNames.map((name) => [name, values[name] ?? preset[name]])),
    baseFeeScalar: values.baseFeeScalar ?? fees.baseFeeScalar,
    blobBaseFeeScalar: values.blobBaseFeeScalar ?? fees.blobBaseFeeScalar,
    stakes: {
      spans: values.stakeSpans ?? preset.stakes.spans,
      steps: values.stakeSteps ?? preset.stakes.steps,
    },
    l2ChainId: BigInt(values.l2ChainId),
    proving: await provenProgram({ chainId: BigInt(values.l2ChainId) }),
    roles: {
      timelockProposer: values.owner,
      operator: values.operator,
      guardian: values.guardian,
      sequencer: values.sequencer,
      batcher: values.batcher,
      proposer: values.proposer,
      challenger: values.challenger,
    },
    ...(values.salt ? { salt: values.salt } : {}),
  }
}
