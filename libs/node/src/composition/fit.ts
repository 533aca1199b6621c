import { CompositionError, InvalidInputError, prefixesOf } from '@animechain/core'
import { FORCED_KIND } from '../derivation/body.js'
import type { Settings } from './settings.js'

/** Faster blocks would have times ahead of every clock: derivation and the proof program want each to be later than its parent. milliseconds */
const MIN_BLOCK_TIME = 1_000

/** @throws {InvalidInputError} for an option that is out of its range */
function expectInRange({ role, blockTime }: Settings): void {
  if (role !== 'sequencer' && role !== 'verifier')
    throw new InvalidInputError('role', 'sequencer or verifier', role)
  if (!(blockTime >= MIN_BLOCK_TIME))
    throw new InvalidInputError(
      'blockTime',
      `at least ${MIN_BLOCK_TIME} milliseconds, because timestamps are whole seconds and rise with every block`,
      blockTime,
    )
}

/** What is written can be put into the inbox, and what the inbox holds can be read. */
function expectBatchesFit({ da, settlement, readers }: Settings): void {
  const settlementName = `settlement ${settlement.capabilities.id}`
  const daName = `data availability ${da.capabilities.id}`
  const { daPrefixes } = settlement.capabilities
  const refused = prefixesOf(da.capabilities).find((prefix) => daPrefixes && !daPrefixes.includes(prefix))
  if (daPrefixes && refused !== undefined)
    throw new CompositionError(
      daName,
      `an inbox that takes DA kind ${refused}`,
      settlementName,
      daPrefixes.length ? `kinds ${daPrefixes.join(', ')}` : 'none',
    )
  if (
    !settlement.getBody &&
    !readers.some(({ capabilities }) => prefixesOf(capabilities).includes(FORCED_KIND))
  )
    throw new CompositionError(
      settlementName,
      `a reader of DA kind ${FORCED_KIND} for batches that anyone may force`,
      daName,
      `kind ${prefixesOf(da.capabilities).join(', ')}`,
    )
}

function expectProvable({ execution, proving }: Settings): void {
  const { id, engines } = proving.capabilities
  if (engines && !engines.includes(execution.id))
    throw new CompositionError(
      `proof system ${id}`,
      `one of the engines ${engines.join(', ')}`,
      'execution',
      execution.id,
    )
  if (proving.enforce && !execution.proofInputs)
    throw new CompositionError(
      `proof system ${id}`,
      'an engine that has a proof program (wasm)',
      'execution',
      execution.id,
    )
}

function expectAnnouncementsFit({ announcements, settlement }: Settings): void {
  if (!announcements || settlement.sequencer) return
  throw new CompositionError(
    'block announcements',
    'a settlement that names the key that signs them',
    `settlement ${settlement.capabilities.id}`,
    'none',
  )
}

/**
 * Whether the parts of a node fit together.
 * @throws {CompositionError} naming both parts that do not
 */
export function expectFit(settings: Settings): void {
  expectInRange(settings)
  if (!settings.chain.rollup)
    throw new CompositionError('createRollup', 'a chain with rollup rules', 'the chain configuration', 'none')
  expectBatchesFit(settings)
  expectProvable(settings)
  expectAnnouncementsFit(settings)
}
