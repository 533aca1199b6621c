import type { L1Config } from '@animechain/contracts'
import { InvalidInputError } from '@animechain/core'
import type { ConfigValues } from '@animechain/observability'
import { provenProgram } from '@animechain/stack'
import { networkPresets, presets, vaultPresets, type deployConfig } from './config.js'

/** What `contracts deploy` was told, by flags, environment and file: the values of its table of options, in their units. */
export type DeployValues = ConfigValues<(typeof deployConfig)['table']>

/** Fee scalars that suit a way of posting: half a byte on L1 for a byte of transactions, and with blobs a little calldata for all of them. */
const scalars = {
  calldata: { baseFeeScalar: 500_000, blobBaseFeeScalar: 0 },
  blob: { baseFeeScalar: 10_000, blobBaseFeeScalar: 500_000 },
  /** Bytes elsewhere: L1 has a commitment, or a certificate, for a whole batch. */
  elsewhere: { baseFeeScalar: 10_000, blobBaseFeeScalar: 0 },
} as const

const scalarsOf = (da: string) =>
  da === 'calldata' || da === 'failover' ? scalars.calldata : da === 'blob' ? scalars.blob : scalars.elsewhere

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
  const fees = scalarsOf(values.da)
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
    ...vaultOf(values),
    ...(values.network
      ? { network: { ...networkPresets[values.preset], feeRecipient: values.feeRecipient } }
      : {}),
    ...(values.salt ? { salt: values.salt } : {}),
  }
}

/** @throws {InvalidInputError} where the settings of the private store do not go together */
function vaultOf({ vault, keyRoot, da, preset }: DeployValues): Pick<L1Config, 'vault'> {
  if (keyRoot !== undefined && !vault)
    throw new InvalidInputError('vault', 'true with keyRoot: certificates come from its committees', vault)
  if (da === 'private' && keyRoot === undefined)
    throw new InvalidInputError(
      'keyRoot',
      'the root of the keys that batches are sealed with, for da private',
      keyRoot,
    )
  if (!vault) return {}
  return { vault: { ...vaultPresets[preset], ...(keyRoot ? { keyRoot } : {}) } }
}
