import type { Assertion, Hex, Logger, Settlement } from '@animechain/core'
import type { L1Block, NetworkReads } from '../l1/reads.js'
import { gameOf } from './chain.js'
import type { BatchOfGame, Journal } from './journal.js'

/** Assertions fetched together. */
const PAGE = 50
/** Assertions whose duty is not done; those after them wait. */
const MAX_OPEN = 500

/** How many of the newest are compared with what was concluded of them, after L1 changed what it had finalised. */
const MAX_BACK = 100n

/** What following is done with. */
export interface FollowerParts {
  settlement: Pick<Settlement, 'assertionCount' | 'getAssertions'>
  reads: Pick<NetworkReads, 'finalBlock' | 'hashOf'>
  journal: Pick<Journal, 'cursor' | 'conclude' | 'judged'>
  logger: Logger
}

/**
 * Follows the assertions that L1 has finalised, until the duty of each is done. That L1 changes what it finalised is no part of its promise, but its operators,
 * development chains and endpoints that move to another node do it: another assertion then may have the place of one that was concluded.
 */
export function finalAssertions({ settlement, reads, journal, logger }: FollowerParts) {
  const open = new Map<bigint, Assertion>()
  let next: bigint | undefined
  let lastCount: bigint | undefined
  /** Final block by which all was read: as long as L1 has it, what was read is there. */
  let anchor: L1Block | undefined
  let waiting = 0n

  const pageOf = (index: bigint, before: bigint) =>
    settlement.getAssertions(index, Math.min(PAGE, Number(before - index)), { at: 'finalized' })

  /** The status of those that wait may have changed. */
  async function readAgain(): Promise<void> {
    for (const index of [...open.keys()]) {
      const [now] = await pageOf(index, index + 1n)
      if (now?.index === index) open.set(index, now)
      else open.delete(index)
    }
  }

  /** Opens what is in the place of others that were concluded. Of each that was, the journal has what it was judged to be. */
  async function lookBack(end: bigint): Promise<void> {
    for (let index = end > MAX_BACK ? end - MAX_BACK : 0n; index < end; index += BigInt(PAGE))
      for (const assertion of await pageOf(index, end)) {
        if (open.has(assertion.index) || journal.judged(assertion.id) !== undefined) continue
        open.set(assertion.index, assertion)
        logger.warn('an assertion that was not judged is in the place of one that was: L1 was reorganised', {
          ...{ index: assertion.index, game: assertion.id, batchIndex: assertion.batchIndex },
        })
      }
  }

  /** Reads on to what is younger than the block by which it is read. */
  async function readOn(from: bigint, count: bigint, { timestamp }: L1Block): Promise<bigint> {
    let index = from
    while (index < count && open.size < MAX_OPEN) {
      const page = await pageOf(index, count)
      const young = page.find(({ createdAt }) => createdAt > timestamp)
      for (const assertion of page) {
        if (assertion.index === young?.index) break
        open.set(assertion.index, assertion)
      }
      if (young) return young.index
      index = index + BigInt(PAGE) < count ? index + BigInt(PAGE) : count
    }
    return index
  }

  const isThere = async (block: L1Block, final: L1Block): Promise<boolean> =>
    block.hash === final.hash || (await reads.hashOf(block.number)) === block.hash

  return {
    /** Reads what L1 finalised since the last look. Answers how many there are that wait for room, or for the next look. */
    async look(): Promise<bigint> {
      const final = await reads.finalBlock()
      if (final === undefined) return 0n
      if (final.hash === anchor?.hash && waiting === 0n) return 0n
      const isSame = anchor !== undefined && (await isThere(anchor, final))
      // What fails on the way is begun anew.
      anchor = undefined
      const count = await settlement.assertionCount({ at: 'finalized' })
      next ??= journal.cursor()
      if (count < next) next = count
      if (!isSame || count !== lastCount) await readAgain()
      if (!isSame) await lookBack(next)
      next = await readOn(next, count, final)
      // Where L1 changed it meanwhile, the next look finds that it is not there.
      anchor = final
      lastCount = count
      return (waiting = count - next)
    },
    /** In the order of the list. */
    open: (): readonly Assertion[] => [...open.values()].sort((a, b) => (a.index < b.index ? -1 : 1)),
    /** The duties of these are done. */
    async conclude(done: readonly Assertion[], judged: ReadonlyMap<Hex, 'right' | 'wrong'>): Promise<void> {
      if (done.length === 0) return
      for (const { index } of done) open.delete(index)
      const known = new Map<Hex, 'right' | 'wrong'>()
      const right: BatchOfGame[] = []
      for (const assertion of done) {
        const game = gameOf(assertion)
        const is = judged.get(game)
        if (is) known.set(game, is)
        const { batchIndex, batchAcc, status } = assertion
        if (is === 'right' && status !== 'rejected') right.push({ game, batchIndex, batchAcc })
      }
      const least = [...open.keys()].reduce((a, b) => (b < a ? b : a), next ?? 0n)
      await journal.conclude(least, known, right)
    },
  }
}
