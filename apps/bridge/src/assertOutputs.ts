import {
  outputHistory,
  type Assertion,
  type BatchRecord,
  type Hash,
  type Hex,
  type Settlement,
} from '@animechain/core'

/** Assertions read at once. */
const PAGE = 100

export interface AssertOutputs {
  settlement: Settlement
  /** The output root of an L2 block, as a node that the caller trusts computed it. */
  outputAt(blockNumber: bigint): Promise<Hash>
  say(line: string): void
}

const lastBlockOf = ({ header }: BatchRecord): bigint => header.firstBlock + BigInt(header.blockCount) - 1n

async function* allAssertions(settlement: Settlement): AsyncGenerator<Assertion> {
  const count = await settlement.assertionCount()
  for (let from = 0n; from < count; from += BigInt(PAGE)) yield* await settlement.getAssertions(from, PAGE)
}

/** The assertions that the node shares, each on the one before: the newest batch of them, and its id. */
async function newestRight(
  { settlement, outputAt }: AssertOutputs,
  interval: bigint,
): Promise<{ batchIndex: bigint; id: Hex | undefined }> {
  const right = new Map<bigint, Hex>()
  let newest = -1n
  for await (const { id, batchIndex, blockNumber, outputRoot, parent, status } of allAssertions(settlement)) {
    if (status === 'rejected' || right.has(batchIndex)) continue
    if (parent !== right.get(batchIndex - interval) || outputRoot !== (await outputAt(blockNumber))) continue
    right.set(batchIndex, id)
    if (batchIndex > newest) newest = batchIndex
  }
  return { batchIndex: newest, id: right.get(newest) }
}

/** What the node says of a batch, on a parent. */
async function claimFor(
  { outputAt }: Pick<AssertOutputs, 'outputAt'>,
  record: BatchRecord,
  { parent, firstBlock, height }: { parent: Hex | undefined; firstBlock: bigint; height: number },
) {
  const blockNumber = lastBlockOf(record)
  const roots: Hash[] = []
  for (let number = firstBlock; number <= blockNumber; number++) roots.push(await outputAt(number))
  return {
    ...{ batchIndex: record.index, batchAcc: record.acc, blockNumber, parent },
    ...{ outputRoot: roots.at(-1)!, ...outputHistory(roots, height) },
  }
}

/**
 * Asserts what the node says of every batch that has no such assertion yet, each on the one before. Answers with how many were made; stops at the first that is
 * refused, and gives the refusal.
 */
export async function assertOutputs(
  parts: AssertOutputs,
): Promise<{ made: number; refused?: Awaited<ReturnType<Settlement['assert']>> }> {
  const { settlement, say } = parts
  const { interval, historyHeight: height } = await settlement.assertionRules()
  const { batchCount } = await settlement.view()
  let { batchIndex, id: parent } = await newestRight(parts, interval)
  let made = 0
  for (batchIndex += interval; batchIndex < batchCount; batchIndex += interval) {
    const records = await settlement.getBatches(batchIndex - interval + 1n, batchIndex + 1n)
    const claim = await claimFor(parts, records.at(-1)!, {
      parent,
      firstBlock: records[0]!.header.firstBlock,
      height,
    })
    const outcome = await settlement.assert(claim)
    if (outcome.status !== 'ok') return { made, refused: outcome }
    say(`Asserted output ${claim.outputRoot} of block ${claim.blockNumber}: ${outcome.id}`)
    parent = outcome.id
    made++
  }
  return { made }
}
