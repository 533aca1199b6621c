import { BaseError, steadyTime, type Clock, type Hash } from '@animechain/core'
import { boundedMap } from '@animechain/runtime'
import type { L1Header } from './header.js'

/** Headers kept: what L1 may reorganise, with room. */
const KEPT = 1_024
/** Headers fetched at most to link a new head with those known: a day of Ethereum. */
const MAX_GAP = 8_192

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

/** The newest headers of L1, each the parent of the next. */
export function headerChain({ byHash, range, clock }: HeaderChainOptions) {
  const known = boundedMap<bigint, L1Header>(KEPT)
  let newest: L1Header | undefined
  /** Looks in a row whose head did not link, and when the first was. */
  let strangers = { looks: 0, since: 0 }

  function put(headers: readonly L1Header[]): void {
    const [first] = headers
    // What was above is of a branch that L1 has left.
    if (first && newest) for (let at = first.number; at <= newest.number; at++) known.delete(at)
    for (const header of headers) {
      known.set(header.number, header)
      newest = header
    }
  }

  const unlinked = (head: L1Header, what: string) =>
    new BaseError(`Block ${head.number} of L1 does not link with those seen before: ${what}.`, {
      code: 'SETTLEMENT_REORGED',
    })

  /** Headers between the newest known one and a head that is far above. */
  async function gap(to: L1Header): Promise<L1Header[]> {
    const from = newest!.number + 1n
    const headers: L1Header[] = []
    for (let at = from; at < to.number; at += STEP) {
      const end = at + STEP < to.number ? at + STEP - 1n : to.number - 1n
      headers.push(...(await range(at, end)))
    }
    return [...headers, to]
  }

  function begin(head: L1Header): Link {
    known.clear()
    newest = undefined
    put([head])
    return 'first'
  }

  /**
   * Takes a head of L1 in, with what lies between it and the known ones.
   * @throws {BaseError} `SETTLEMENT_REORGED` where it does not chain with them. They stay as they are, unless that goes on.
   */
  async function extend(head: L1Header): Promise<Link> {
    if (!newest) return begin(head)
    try {
      const found = await link(head)
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

  async function link(head: L1Header): Promise<Link> {
    if (known.get(head.number)?.hash === head.hash) return head.hash === newest!.hash ? 'linked' : 'behind'
    if (head.number > newest!.number + BigInt(MAX_GAP))
      throw unlinked(head, `${newest!.number} was the newest, and more lies between than is looked up`)
    let branch = head.number > newest!.number + 1n ? await gap(head) : [head]
    for (const [i, header] of branch.entries()) {
      const before = branch[i - 1]
      if (before && (header.parentHash !== before.hash || header.number !== before.number + 1n))
        throw unlinked(head, `${header.number} is no child of ${before.number}`)
    }
    // Down to where the branch leaves the known ones.
    for (;;) {
      const lowest = branch[0]!
      const parent = known.get(lowest.number - 1n)
      if (parent?.hash === lowest.parentHash) break
      if (!known.has(lowest.number - 1n))
        throw unlinked(head, 'the branch begins before the oldest that is kept')
      const header = await byHash(lowest.parentHash)
      if (!header || header.hash !== lowest.parentHash || header.number !== lowest.number - 1n)
        throw unlinked(head, `L1 does not have the parent of ${lowest.number}`)
      branch = [header, ...branch]
    }
    for (const [i, header] of branch.entries()) {
      const before = i === 0 ? known.get(header.number - 1n)! : branch[i - 1]!
      if (header.timestamp < before.timestamp)
        throw unlinked(head, `the time of ${header.number} is before that of its parent`)
    }
    put(branch)
    return 'linked'
  }

  return {
    extend,
    /** The known header at a height, where there is one. */
    at: (number: bigint): L1Header | undefined => known.get(number),
    get newest() {
      return newest
    },
  }
}

export type HeaderChain = ReturnType<typeof headerChain>
