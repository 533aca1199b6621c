import type { L1World } from '../../../libs/proving/interactive/test/l1World.js'
import { period } from '../../../libs/proving/interactive/test/l1World.js'
import { Arena, type Adversary } from './arena.js'
import { burnedSoFar, check, type Figures } from './check.js'
import { HONEST_PURSE } from './honest.js'

/** A way to cheat, delay or rob. */
export interface Strategy {
  name: string
  /** What it does, for the table. */
  what: string
  /** Sets the stage: what is done before the honest player looks for the first time. */
  begin(arena: Arena): Promise<Adversary>
  /** Seconds for which it keeps the honest player from answering, besides half a period for all answers. default: 0 */
  delay?: number
  /** Looks at what else must hold in the end. Returns violations. */
  after?(arena: Arena, figures: Figures): Promise<readonly string[]>
}

export interface Verdict extends Figures {
  strategy: string
  /** moves of the honest player that L1 took, by kind */
  moves: ReadonlyMap<string, number>
  violations: readonly string[]
}

/** Seconds of L1 between turns, unless an adversary is less patient. */
const ROUND = 120
/** Looks after the decision, a period between each: all that can be collected is by then. */
const LAST_ROUNDS = 6

/** Plays one strategy against the honest player, from the start of the world to where nothing is left to collect. Leaves the world as it was. */
export async function match(w: L1World, strategy: Strategy): Promise<Verdict> {
  const snapshot = await w.l1.request<string>('evm_snapshot')
  const arena = new Arena(w)
  const { honest } = arena
  try {
    await arena.fund(honest.address, HONEST_PURSE)
    const from = await w.client.getBlockNumber()
    const burned = await burnedSoFar(arena)
    const adversary = await strategy.begin(arena)
    await playOut(arena, adversary)
    for (let i = 0; i < LAST_ROUNDS; i++) {
      await adversary.turn()
      await honest.pass()
      await w.pass(period)
    }
    const limits = { answering: period / 2 + (strategy.delay ?? 0) }
    const { violations, figures } = await check(arena, { from, burned, limits })
    const more = (await strategy.after?.(arena, figures)) ?? []
    return { strategy: strategy.name, moves: honest.moves, violations: [...violations, ...more], ...figures }
  } finally {
    // Whatever a strategy has come to.
    await w.l1.request('evm_setAutomine', [true])
    await w.l1.request('evm_revert', [snapshot])
  }
}

/** Turns of both until all tournaments that anybody can save are decided, or should be. */
async function playOut(arena: Arena, adversary: Adversary): Promise<void> {
  const end = (await arena.now()) + 3 * period
  for (;;) {
    await adversary.turn()
    await arena.honest.pass()
    const { now, view, tournaments } = await arena.board()
    const isOpen = tournaments.some(
      ({ id, parent }) =>
        (parent === undefined || view.edge(parent)!.maker === arena.honest.address) &&
        view.assertions(id).every(({ status }) => status !== 'accepted'),
    )
    if (!isOpen || now > end) return
    await arena.w.pass(Math.max(1, Math.min(ROUND, (await adversary.patience?.()) ?? ROUND)))
  }
}
