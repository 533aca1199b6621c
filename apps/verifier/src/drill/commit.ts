import { randomBytes } from 'node:crypto'
import { bytesToHex, InvalidInputError, type Address, type Hash } from '@animechain/core'
import { drillCommitment, drillStage } from '@animechain/network-verifier'
import { parseEther, type PrivateKeyAccount } from 'viem'
import { expectValue } from '../network/send.js'
import {
  assertionsAbout,
  cannot,
  dateOf,
  eth,
  nextOf,
  saysDrill,
  secretOf,
  timeOf,
  type DrillContext,
  type DrillValues,
} from './context.js'
import { writeDrillFile, type DrillSecret } from './file.js'
import { makerOf, sendCall } from './send.js'

/** wei; undefined: it was not given */
function bountyOf({ bounty }: DrillValues): bigint | undefined {
  if (bounty === undefined) return undefined
  if (/^\d{1,18}(\.\d{1,18})?$/.test(bounty)) return parseEther(bounty)
  throw new InvalidInputError('bounty', 'ether as a decimal number, e.g. 0.1', bounty)
}

function rootOf({ outputRoot }: DrillValues): Hash | undefined {
  if (outputRoot === undefined || outputRoot.length === 66)
    return outputRoot?.toLowerCase() as Hash | undefined
  throw new InvalidInputError('outputRoot', '32 bytes of hex', outputRoot)
}

/** A new drill, which is on L1 nowhere yet. */
async function newSecret(context: DrillContext, account: PrivateKeyAccount): Promise<DrillSecret> {
  const { values, at, drills, reads, settlement } = context
  const batchIndex = expectValue(values.batch, 'batch', 'the batch that the drill is about, in --batch')
  const least = await reads.leastBounty()
  const bounty = bountyOf(values) ?? least
  if (bounty < least) throw new InvalidInputError('bounty', `${eth(least)} at least`, eth(bounty))
  const reading = settlement()
  await reading.start()
  const { batchCount } = await reading.view()
  if (batchIndex >= batchCount)
    throw new InvalidInputError('batch', `one of the ${batchCount} batches that L1 has`, batchIndex)
  const [record] = await reading.getBatches(batchIndex, batchIndex + 1n)
  const secret: DrillSecret = {
    ...{ chainId: at.domain.chainId, batchIndex, bounty },
    drills: drills.toLowerCase() as Address,
    maker: account.address.toLowerCase() as Address,
    batchAcc: record!.acc,
    outputRoot: rootOf(values) ?? bytesToHex(randomBytes(32)),
    salt: bytesToHex(randomBytes(32)),
  }
  const made = (await assertionsAbout(reading, [batchIndex])).find((each) => saysDrill(each, secret))
  if (made)
    throw new InvalidInputError('outputRoot', 'a wrong root that nobody has asserted', `that of ${made.id}`)
  return secret
}

/** A drill whose file was written, and that did not come to L1: a crash came between. */
async function resumed(
  { values, reads }: DrillContext,
  secret: DrillSecret,
  account: PrivateKeyAccount,
): Promise<DrillSecret> {
  const { drillFile, batch } = values
  const [bounty, outputRoot] = [bountyOf(values), rootOf(values)]
  const isSame =
    (batch ?? secret.batchIndex) === secret.batchIndex &&
    (bounty ?? secret.bounty) === secret.bounty &&
    (outputRoot ?? secret.outputRoot) === secret.outputRoot &&
    secret.maker.toLowerCase() === account.address.toLowerCase()
  if (!isSame)
    throw cannot(
      `The file ${drillFile} has another drill, about batch ${secret.batchIndex} by ${secret.maker}.`,
      'Expected no file, or one of the same drill that is not on L1 yet: none is overwritten.',
    )
  const commitment = drillCommitment(secret)
  if (await reads.drill(commitment))
    throw cannot(
      `The drill in ${drillFile} is committed to already.`,
      'Expected no file: another drill needs a file of its own. `drill status` says what is next for this one.',
    )
  return secret
}

/** `drill commit`: the secret to the file, then the commitment to L1. */
export async function commitDrill(context: DrillContext): Promise<void> {
  const { values, at, reads, calls, tell, say } = context
  const account = makerOf(context)
  const before = await secretOf(context)
  const secret = before ? await resumed(context, before, account) : await newSecret(context, account)
  const { batchIndex, bounty, outputRoot, batchAcc } = secret
  const balance = await at.client.getBalance({ address: account.address })
  if (balance <= bounty)
    throw cannot(
      `${account.address} cannot pay the bounty.`,
      `Expected ${eth(bounty)} and gas, got ${eth(balance)}.`,
    )
  if (!before) await writeDrillFile(values.drillFile, secret)
  const commitment = drillCommitment(secret)
  tell([
    `Commits to a drill about batch ${batchIndex}, whose secret is in ${values.drillFile}: keep it, and let nobody read it.`,
    `It costs a bounty of ${eth(bounty)}: to the first who raises a right alarm on L1, back to ${account.address} without one.`,
  ])
  const { transactions, fee } = await sendCall(context, account, calls.commitDrill(commitment, bounty))
  const drill = (await reads.drill(commitment))!
  const stage = drillStage(drill, await timeOf(context))
  say(
    [
      `Committed to drill ${commitment}: ${eth(bounty)} of bounty, ${eth(fee)} of fees (${transactions.join(', ')}).`,
      `The wrong root is ${outputRoot}. The drill is to be revealed by ${dateOf(drill.expiresAt)}.`,
      nextOf({ secret, commitment, drill, stage }),
    ],
    {
      ...{ done: 'committed', commitment, batchIndex, batchAcc, outputRoot, bounty, fee },
      ...{ until: drill.expiresAt, transactions },
    },
  )
}
