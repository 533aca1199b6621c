import {
  BaseError,
  type Assertion,
  type Hash,
  type Logger,
  type Settlement,
  type SubmitOptions,
} from '@animechain/core'

/** Assertions fetched together. */
const PAGE = 100
/** Assertions that are followed at once; those after them wait, and the look says so. */
const MAX_FOLLOWED = 100_000

/** What an assertion says, whatever became of it: after an L1 reorg an index, and the id with it, may belong to another. */
export const claimKey = ({
  index,
  batchIndex,
  batchAcc,
  blockNumber,
  outputRoot,
  parent,
  history,
}: Assertion): string => [index, batchIndex, batchAcc, blockNumber, outputRoot, parent, history].join(':')

/**
 * Follows the list of assertions until L1 has finalised what matters of each. Those that a reorg can still take away or replace are read again with every
 * L1 block; those whose creation is final are kept until the caller forgets them.
 */
export function assertionFollower(settlement: Settlement) {
  /** Created in a block that is final, and not forgotten yet; by index. */
  const kept = new Map<bigint, Assertion>()
  /** Those after them. */
  let young: Assertion[] = []
  /** All before this index were read when L1 had finalised them. */
  let next = 0n
  let lastHead: Hash | undefined

  async function readAgain(isDue: (assertion: Assertion) => boolean): Promise<void> {
    for (const [index, assertion] of kept) {
      if (!isDue(assertion)) continue
      const [now] = await settlement.getAssertions(index, 1)
      if (now) kept.set(index, now)
    }
  }

  async function readYoung(from: bigint, to: bigint): Promise<void> {
    const read: Assertion[] = []
    for (let at = from; at < to; at += BigInt(PAGE)) {
      if (kept.size + read.length >= MAX_FOLLOWED) break
      // Fewer may come back: the list may hold games of other kinds.
      read.push(...(await settlement.getAssertions(at, Number(to - at < PAGE ? to - at : BigInt(PAGE)))))
    }
    young = read
  }

  const tooMany = (count: bigint): BaseError =>
    new BaseError('More assertions are open than this node follows.', {
      code: 'NODE_TOO_MANY_ASSERTIONS',
      metaMessages: [`Expected at most ${MAX_FOLLOWED}; ${count - next} of ${count} wait.`],
    })

  return {
    /**
     * Reads what may have changed since the last look, and answers whether it did. Nothing has while L1's `head` is the same; undefined: it is not known.
     * `isDue` spares those that are final and whose status does not matter yet.
     * @throws BaseError `NODE_TOO_MANY_ASSERTIONS` after reading as many as can be followed
     */
    async look(head: Hash | undefined, isDue: (assertion: Assertion) => boolean): Promise<boolean> {
      if (head !== undefined && head === lastHead) return false
      lastHead = undefined
      const final = await settlement.assertionCount({ at: 'finalized' })
      const count = await settlement.assertionCount()
      await readAgain(isDue)
      if (kept.size >= MAX_FOLLOWED) throw tooMany(count)
      while (next < final && kept.size < MAX_FOLLOWED) {
        const size = final - next < PAGE ? final - next : BigInt(PAGE)
        for (const assertion of await settlement.getAssertions(next, Number(size)))
          kept.set(assertion.index, assertion)
        next += size
      }
      // What the caller forgets now makes room for the rest.
      if (next < final) return true
      await readYoung(next, count)
      if (kept.size + young.length >= MAX_FOLLOWED) throw tooMany(count)
      lastHead = head
      return true
    },
    /** As last read, in the order of the list. */
    all: (): readonly Assertion[] => [...kept.values(), ...young],
    /** Whether no reorg can take it away or replace it. */
    isFinal: ({ index }: Assertion): boolean => kept.has(index),
    /** No more of it is needed. One that a reorg can still replace is read again all the same. */
    forget(assertion: Assertion): void {
      kept.delete(assertion.index)
    },
    /** How it stands where no reorg can change it; undefined: it is not there. */
    async finalStatus(assertion: Assertion): Promise<Assertion['status'] | undefined> {
      const [final] = await settlement.getAssertions(assertion.index, 1, { at: 'finalized' })
      return final && claimKey(final) === claimKey(assertion) ? final.status : undefined
    },
  }
}

/** Whether an assertion's game is over. */
export const isSettled = ({ status }: Assertion): boolean => status === 'accepted' || status === 'rejected'

/** Claims what L1 owes to this node's keys, whoever settled the assertions that it comes from. */
export async function collect(
  { settlement, logger }: { settlement: Settlement; logger: Logger },
  options: SubmitOptions,
): Promise<void> {
  const owed = await settlement.owed()
  if (owed === 0n) return
  const result = await settlement.claim(options)
  if (result.status === 'error') throw result.error
  if (result.status === 'ok') logger.info('bonds claimed', { wei: owed })
  else logger.info('bonds were not claimed yet', { status: result.status })
}
