import { BaseError, type Address, type Assertion, type Hash, type Settlement } from '@animechain/core'
import {
  drillCalls,
  drillCommitment,
  drillReads,
  drillStage,
  rivalReads,
  type DrillCalls,
  type DrillOnL1,
  type DrillReads,
  type DrillStage,
  type RivalReads,
} from '@animechain/network-verifier'
import type { ConfigValues } from '@animechain/observability'
import { optimistic } from '@animechain/settlement-optimistic'
import type { Deployment } from '@animechain/stack'
import { formatEther, zeroAddress, type Account } from 'viem'
import type { drillConfig } from '../drillConfig.js'
import { drillsContract, networkAt, type NetworkAt } from '../network/l1.js'
import { readDrillFile, type DrillSecret } from './file.js'

/** Settings of a command of a drill. */
export type DrillValues = ConfigValues<(typeof drillConfig)['table']>

/** A command of a drill under way. */
export interface DrillContext {
  values: DrillValues
  deployment: Deployment
  at: NetworkAt
  /** the contract */
  drills: Address
  reads: DrillReads
  rivals: RivalReads
  calls: DrillCalls
  /** Assertions on L1, which an account makes if it has to. */
  settlement(asserter?: Account): Settlement
  /** Says something for people before it is done; nothing with --json. */
  tell(lines: readonly string[]): void
  /** Prints the outcome for people, or JSON. */
  say(lines: readonly string[], json: unknown): void
}

/** Assertions that are looked through, the newest. */
const MOST_ASSERTIONS = 1_000n
const PAGE = 100n

/** Reaches the drills of a deployment. @throws {BaseError} `VERIFIER_NO_NETWORK` where it has none */
export function drillContext(
  values: DrillValues,
  deployment: Deployment,
  { tell, say }: Pick<DrillContext, 'tell' | 'say'>,
): DrillContext {
  const at = networkAt(deployment, values)
  const drills = drillsContract(at.contracts)
  const { addresses, rollup, l1 } = deployment
  return {
    ...{ values, deployment, at, drills, tell, say },
    reads: drillReads(at.client, drills),
    rivals: rivalReads(at.client, addresses.disputeGameFactory),
    calls: drillCalls(drills),
    settlement: (asserter) =>
      optimistic({
        l1: {
          rpcUrl: values.l1RpcUrl,
          chainId: l1.id,
          ...(values.l1Quorum !== undefined && { quorum: values.l1Quorum }),
        },
        contracts: addresses,
        startBlock: rollup.l1StartBlock,
        ...(asserter && { accounts: { proposer: asserter } }),
      }),
  }
}

/** What stands in a command's way. */
export const cannot = (what: string, expected: string, more: readonly string[] = []): BaseError =>
  new BaseError(what, { code: 'VERIFIER_DRILL', metaMessages: [expected, ...more] })

/** wei in ether */
export const eth = (wei: bigint): string => `${formatEther(wei)} ETH`

/** A time of L1, seconds, for people. */
export const dateOf = (seconds: bigint): string => new Date(Number(seconds) * 1_000).toISOString()

/** A drill by its file, and as L1 has it now. */
export interface Found {
  secret: DrillSecret
  commitment: Hash
  drill: DrillOnL1
  stage: DrillStage
}

/**
 * The drill of the file; undefined: there is no file.
 * @throws {BaseError} `VERIFIER_DRILL_FILE` where it is damaged or of another chain
 */
export async function secretOf({
  values,
  at,
  drills,
}: Pick<DrillContext, 'values' | 'at' | 'drills'>): Promise<DrillSecret | undefined> {
  const { drillFile: path } = values
  const secret = await readDrillFile(path)
  if (!secret) return undefined
  const { chainId } = at.domain
  if (secret.chainId !== chainId || secret.drills.toLowerCase() !== drills.toLowerCase())
    throw new BaseError(`The drill in ${path} is of another chain.`, {
      code: 'VERIFIER_DRILL_FILE',
      metaMessages: [
        `Expected L1 ${chainId} and its contract ${drills}, got L1 ${secret.chainId} and ${secret.drills}.`,
      ],
    })
  return secret
}

/** Time of L1's newest block, seconds. */
export const timeOf = async ({ at }: Pick<DrillContext, 'at'>): Promise<bigint> =>
  (await at.client.getBlock()).timestamp

/** The drill of the file, which is on L1. @throws {BaseError} `VERIFIER_DRILL_FILE`, also where there is no file; `VERIFIER_DRILL` where it is not committed to */
export async function foundDrill(context: DrillContext): Promise<Found> {
  const { values, reads } = context
  const secret = await secretOf(context)
  if (!secret)
    throw new BaseError(`There is no file ${values.drillFile}.`, {
      code: 'VERIFIER_DRILL_FILE',
      metaMessages: ['Expected the file that `drill commit` wrote.'],
    })
  const commitment = drillCommitment(secret)
  const [drill, now] = await Promise.all([reads.drill(commitment), timeOf(context)])
  if (!drill)
    throw cannot(
      `L1 knows no drill ${commitment}.`,
      'Expected it to be committed to: `drill commit` with the same file.',
    )
  return { secret, commitment, drill, stage: drillStage(drill, now) }
}

/** Assertions among the newest 1,000 of all that are about these batches, from the oldest to the newest. */
export async function assertionsAbout(
  settlement: Pick<Settlement, 'assertionCount' | 'getAssertions'>,
  batches: readonly bigint[],
): Promise<Assertion[]> {
  const count = await settlement.assertionCount()
  const found: Assertion[] = []
  for (let from = count > MOST_ASSERTIONS ? count - MOST_ASSERTIONS : 0n; from < count; from += PAGE)
    found.push(...(await settlement.getAssertions(from, Number(PAGE))))
  return found.filter(({ batchIndex }) => batches.includes(batchIndex))
}

/** Whether an assertion says what a drill is going to say. */
export const saysDrill = (
  { batchIndex, batchAcc, outputRoot }: Assertion,
  secret: Pick<DrillSecret, 'batchIndex' | 'batchAcc' | 'outputRoot'>,
): boolean =>
  batchIndex === secret.batchIndex && batchAcc === secret.batchAcc && outputRoot === secret.outputRoot

/** Whether an assertion says another root than the drill, about the same batch. */
export const saysOther = (assertion: Assertion, secret: DrillSecret): boolean =>
  assertion.batchIndex === secret.batchIndex &&
  assertion.batchAcc === secret.batchAcc &&
  assertion.outputRoot !== secret.outputRoot

/** What is to be done next, for people. @param isAsserted whether the wrong root is known to be on L1 */
export function nextOf({ secret: { batchIndex }, drill, stage }: Found, isAsserted = false): string {
  const burned = (until: bigint) => `by ${dateOf(until)}: after that anybody can have the bounty burned`
  switch (stage.is) {
    case 'committed': {
      const first = isAsserted ? '' : 'drill assert, then '
      return `Next: ${first}drill reveal, once somebody has asserted another root for batch ${batchIndex}, ${burned(stage.until)}.`
    }
    case 'revealed':
      return `Next: drill decide, once L1 has accepted another root for batch ${batchIndex}, ${burned(stage.until)}.`
    case 'decided':
      return `Alarms can be revealed until ${dateOf(stage.until)}. Next: drill close, after that.`
    case 'closable':
      return 'Next: drill close.'
    case 'late':
      return drill.game === zeroAddress
        ? 'It was not revealed in time. Anybody can have the bounty burned (drill expire).'
        : 'It was not decided in time. It still can be (drill decide), until somebody has the bounty burned (drill expire).'
    case 'paid':
      return `It is over: the bounty is that of ${drill.winner}, who raised the first right alarm.`
    case 'returned':
      return `It is over: nobody raised a right alarm, and the bounty is that of ${drill.maker} again (animechain-verifier claim has it paid).`
    case 'burned':
      return 'It is over: the bounty was burned.'
  }
}
