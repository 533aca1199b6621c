import { BaseError, steadyTime, type Clock, type Hash } from '@animechain/core'
import { boundedMap, type BoundedMap } from '@animechain/runtime'
import { brokenLink, brokenTime, parts } from './branch.js'
import type { L1Header } from './header.js'

/** Headers kept: what L1 may reorganise, with room. */
const KEPT = 1_024
/** Headers fetched at most to link a new head with those known: a day of Ethereum. */
const MAX_GAP = 8_192

/** Where verified headers come from. */
export interface HeaderChainOptions {
  /** A header by its hash, verified; undefined where L1 does not know it. */
  byHash: (hash: Hash) => Promise<L1Header | undefined>
  /** Headers of [from, to], verified, in one request. */
  range: (from: bigint, to: bigint) => Promise<L1Header[]>
  clock: Clock
}

/** Where a head of L1 stands to those seen before. */
export type Link =
  /** the first one; nothing to compare with */
  | 'first'
  /** on top of the known ones, or another branch that leaves them at a known block */
  | 'linked'
  /** one that was there before, below the newest */
  | 'behind'

/** Headers asked for in one request. */
const STEP = 128n
/**
 * An L1 that does not link with what was seen before is believed when it stays so for this many looks and so long: this process may have slept for a day.
 * milliseconds
 */
const ADOPT_LOOKS = 3
const ADOPT_MS = 5_000

const unlinked = (head: L1Header, what: string) =>
  new BaseError(`Block ${head.number} of L1 does not link with those seen before: ${what}.`, {
    code: 'SETTLEMENT_REORGED',
  })

/** The headers that are known, each the parent of the next. */
interface Known {
  readonly headers: BoundedMap<bigint, L1Header>
  newest: L1Header | undefined
}

/** Takes a branch in. What was above its beginning is of one that L1 has left. */
function put(known: Known, branch: readonly L1Header[]): void {
  const { headers, newest } = known
  const [first] = branch
  if (first && newest) for (let at = first.number; at <= newest.number; at++) headers.delete(at)
  for (const header of branch) headers.set(header.number, header)
  known.newest = branch.at(-1) ?? newest
}

/** The branch from just above the newest known header, or from the head itself where that is not above it. @throws `SETTLEMENT_REORGED` */
async function upTo(
  head: L1Header,
  newest: L1Header,
  range: HeaderChainOptions['range'],
): Promise<L1Header[]> {
  if (head.number > newest.number + BigInt(MAX_GAP))
    throw unlinked(head, `${newest.number} was the newest, and more lies between than is looked up`)
  const branch: L1Header[] = []
  for (const [from, to] of parts(newest.number + 1n, head.number - 1n, STEP))
    branch.push(...(await range(from, to)))
  branch.push(head)
  const broken = brokenLink(branch)
  if (broken) throw unlinked(head, broken)
  return branch
}

/** The branch continued down to where it leaves the known headers. @throws `SETTLEMENT_REORGED` */
async function downTo(
  headers: Known['headers'],
  top: readonly L1Header[],
  byHash: HeaderChainOptions['byHash'],
): Promise<L1Header[]> {
  const head = top.at(-1)!
  let branch = [...top]
  for (;;) {
    const lowest = branch[0]!
    const parent = headers.get(lowest.number - 1n)
    if (!parent) throw unlinked(head, 'the branch begins before the oldest that is kept')
    if (parent.hash === lowest.parentHash) return branch
    const header = await byHash(lowest.parentHash)
    if (!header || header.hash !== lowest.parentHash || header.number !== lowest.number - 1n)
      throw unlinked(head, `L1 does not have the parent of ${lowest.number}`)
    branch = [header, ...branch]
  }
}

/** The newest headers of L1, each the parent of the next. */
export function headerChain({ byHash, range, clock }: HeaderChainOptions) {
  const known: Known = { headers: boundedMap<bigint, L1Header>(KEPT), newest: undefined }
  /** Looks in a row whose head did not link, and when the first was. */
  let strangers = { looks: 0, since: 0 }

  function begin(head: L1Header): Link {
    known.headers.clear()
    known.newest = undefined
    put(known, [head])
    return 'first'
  }

  async function link(head: L1Header, newest: L1Header): Promise<Link> {
    const { headers } = known
    if (headers.get(head.number)?.hash === head.hash) return head.hash === newest.hash ? 'linked' : 'behind'
    const branch = await downTo(headers, await upTo(head, newest, range), byHash)
    const backwards = brokenTime(headers.get(branch[0]!.number - 1n)!, branch)
    if (backwards) throw unlinked(head, backwards)
    put(known, branch)
    return 'linked'
  }

  /**
   * Takes a head of L1 in, with what lies between it and the known ones.
   * @throws {BaseError} `SETTLEMENT_REORGED` where it does not chain with them. They stay as they are, unless that goes on.
   */
  async function extend(head: L1Header): Promise<Link> {
    if (!known.newest) return begin(head)
    try {
      const found = await link(head, known.newest)
      strangers = { looks: 0, since: 0 }
      return found
    } catch (error) {
      if ((error as BaseError).code !== 'SETTLEMENT_REORGED') throw error
      if (strangers.looks === 0) strangers.since = steadyTime(clock)
      strangers.looks++
      if (strangers.looks < ADOPT_LOOKS || steadyTime(clock) - strangers.since < ADOPT_MS) throw error
      strangers = { looks: 0, since: 0 }
      return begin(head)
    }
  }

  return {
    extend,
    /** The known header at a height, where there is one. */
    at: (number: bigint): L1Header | undefined => known.headers.get(number),
    get newest() {
      return known.newest
    },
  }
}

/** L1's newest headers, each one the parent of the next; see {@link headerChain}. */
export type HeaderChain = ReturnType<typeof headerChain>
