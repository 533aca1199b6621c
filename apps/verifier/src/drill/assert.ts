import { randomBytes } from 'node:crypto'
import { bytesToHex, outputHistory, type Address, type Assertion, type Hex } from '@animechain/core'
import { assertionGameType } from '@animechain/contracts/config'
import { disputeGameFactoryAbi } from '@animechain/contracts/DisputeGameFactory'
import { privateKeyToAccount } from 'viem/accounts'
import { expectValue, refused } from '../network/send.js'
import {
  assertionsAbout,
  cannot,
  eth,
  foundDrill,
  nextOf,
  saysDrill,
  type DrillContext,
  type Found,
} from './context.js'

/**
 * What the assertion of a batch builds on: the same as a rival's, else the accepted assertion of the batch before, else the only one; undefined: the genesis.
 * @throws {BaseError} `VERIFIER_DRILL` where that is not known
 */
function parentOf(
  about: readonly Assertion[],
  { batchIndex, interval }: { batchIndex: bigint; interval: bigint },
): Assertion | undefined {
  const standing = about.filter(({ status }) => status !== 'rejected')
  const rival = standing.find((each) => each.batchIndex === batchIndex)
  if (batchIndex < interval || (rival && rival.parent === undefined)) return undefined
  const before = standing.filter((each) => each.batchIndex === batchIndex - interval)
  const parent =
    before.find(({ id, status }) => (rival ? id === rival.parent : status === 'accepted')) ??
    (before.length === 1 ? before[0] : undefined)
  if (parent) return parent
  throw cannot(
    `It is not known which assertion the one of batch ${batchIndex} builds on.`,
    `Expected an accepted assertion of batch ${batchIndex - interval}, or one alone, got ${before.length} of it.`,
    ['Wait until one is there or accepted, or until somebody has asserted this batch.'],
  )
}

/** The claim, with made-up roots of the blocks before its last: what L1 sees of them is a commitment. */
async function claimOf({ settlement }: DrillContext, { secret }: Found) {
  const reading = settlement()
  await reading.start()
  const { batchIndex, batchAcc, outputRoot } = secret
  const { interval, historyHeight } = await reading.assertionRules()
  const about = await assertionsAbout(reading, [batchIndex, batchIndex - interval])
  const made = about.find((each) => saysDrill(each, secret))
  if (made)
    throw cannot(
      `The root of the drill is asserted already, in ${made.id}.`,
      'Expected no such assertion: `drill reveal` is next, once somebody has asserted another root.',
    )
  await reading.view()
  const [record] = await reading.getBatches(batchIndex, batchIndex + 1n)
  if (record?.acc !== batchAcc)
    throw cannot(
      `Batch ${batchIndex} on L1 is not the one that was committed to.`,
      `Expected the accumulator ${batchAcc}, got ${record?.acc ?? 'no such batch'}: L1 reorganised. Nothing can be made of this drill.`,
    )
  const parent = parentOf(about, { batchIndex, interval })
  const { firstBlock, blockCount } = record.header
  const blockNumber = firstBlock + BigInt(blockCount) - 1n
  const blocks = Number(blockNumber - (parent?.blockNumber ?? 0n))
  const roots = Array.from({ length: blocks - 1 }, () => bytesToHex(randomBytes(32)))
  return {
    ...{ batchIndex, batchAcc, blockNumber, outputRoot, parent: parent?.id },
    ...outputHistory([...roots, outputRoot], historyHeight),
  }
}

const bondOf = ({ at, deployment }: DrillContext): Promise<bigint> =>
  at.client.readContract({
    ...{ address: deployment.addresses.disputeGameFactory, abi: disputeGameFactoryAbi },
    functionName: 'initBonds',
    args: [assertionGameType],
  })

/** `drill assert`: makes the wrong assertion. */
export async function assertDrill(context: DrillContext): Promise<void> {
  const { values, at, settlement, tell, say } = context
  const account = privateKeyToAccount(
    expectValue(values.asserterKey, 'asserterKey', 'the key of the account that asserts, in --asserter-key'),
  )
  const found = await foundDrill(context)
  const { secret, drill, stage, commitment } = found
  if (stage.is !== 'committed')
    throw cannot(`The drill ${commitment} is past its assertion: ${stage.is}.`, nextOf(found))
  const [claim, bond] = [await claimOf(context, found), await bondOf(context)]
  const balance = await at.client.getBalance({ address: account.address })
  if (balance <= bond)
    throw cannot(
      `${account.address} cannot pay the bond.`,
      `Expected ${eth(bond)} and gas, got ${eth(balance)}.`,
    )
  tell([
    `Asserts the wrong root ${secret.outputRoot} for batch ${secret.batchIndex}, by ${account.address}.`,
    `It costs a bond of ${eth(bond)}, which is lost when L1 accepts another root, and the fees.`,
    ...(account.address.toLowerCase() === drill.maker.toLowerCase()
      ? ['The maker asserts it itself: who looks at the commitment knows that it is a drill.']
      : []),
  ])
  const sent = await settlement(account).assert(claim, { maxFeePerGas: values.dutyFee })
  if (sent.status === 'error') throw sent.error
  if (sent.status !== 'ok') throw refused(`assert batch ${secret.batchIndex}`, sent)
  const hash = sent.location.l1TransactionHash as Hex
  const { gasUsed, effectiveGasPrice } = await at.client.getTransactionReceipt({ hash })
  const fee = gasUsed * effectiveGasPrice
  const game = sent.id as Address
  say([`Asserted in ${game}: ${eth(bond)} of bond, ${eth(fee)} of fees (${hash}).`, nextOf(found, true)], {
    done: 'asserted',
    commitment,
    game,
    bond,
    fee,
    transactions: [hash],
  })
}
