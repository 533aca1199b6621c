import { parseEther } from 'viem'
import { openStore, period } from '../../../../libs/proving/interactive/test/l1World.js'
import type { Lie } from '../../../../libs/proving/interactive/src/liar.js'
import type { Adversary, Arena } from '../arena.js'
import type { Strategy } from '../match.js'
import { players, type Passing } from './scripts.js'

const lie = (seed: number): Lie => ({ span: (seed * 3) % 16, step: (seed * 17) % 32, seed })

/** Liars about blocks, one for each seed. */
async function liars(arena: Arena, seeds: readonly number[]): Promise<Passing[]> {
  const all: Passing[] = []
  for (const seed of seeds) all.push(await arena.liar(BigInt(1 + (seed % 3)), lie(seed)))
  return all
}

/** Accounts that claim nothing and refine right edges with junk: blocks, or the span in which somebody else lies already. */
async function sybils(arena: Arena, seeds: readonly number[], within?: Lie): Promise<Passing[]> {
  const all: Passing[] = []
  for (const seed of seeds) {
    const own = within ? { ...lie(seed), span: within.span, within: true } : lie(seed)
    all.push(await arena.pretender(arena.w.chain, own))
  }
  return all
}

/** The honest player has answered before accounts of the second kind see it: they cannot make its moves for it. */
const afterAnswers = (arena: Arena, first: readonly Passing[], second: readonly Passing[]): Adversary => ({
  async turn() {
    for (const player of first) await player.pass()
    await arena.honest.pass()
    for (const player of second) await player.pass()
  },
})

/** An account that makes each right move, before the honest player does. */
async function copycat(arena: Arena): Promise<Passing> {
  const { w } = arena
  return w.player(w.access(await arena.account()), w.commitments(await openStore()))
}

const seeds = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1)

/** Edges that the spammers make, at least. */
const SPAM_EDGES = 1_000
const SPAMMERS = 24
/** Wrong claims that nobody defends. */
const CROWD = 60

/** Several accounts that work together. */
export const collusion: readonly Strategy[] = [
  {
    name: 'copycat',
    what: 'somebody makes every right move a moment before the honest player',
    begin: async (arena) => players(await arena.liar(2n, lie(1)), await copycat(arena)),
  },
  {
    name: 'self-challenge',
    what: 'plays both sides while the honest player is away: the right one badly',
    async begin(arena) {
      const account = await arena.account()
      await arena.w.claim(account)
      const weak = await arena.w.pretender(account, arena.w.chain, lie(2))
      const liar = await arena.liar(3n, lie(3))
      arena.honest.awayUntil = (await arena.now()) + period / 2 - 120
      return players(liar, weak)
    },
  },
  {
    name: 'laundering',
    what: 'rivals its own claim and wins against it, to have its bond back as rewards',
    begin: async (arena) => players(await arena.liar(2n, lie(4)), await copycat(arena), await copycat(arena)),
    after: async (_, { lost }) =>
      lost >= parseEther('0.02') ? [] : [`the bond cost ${lost} wei, expected a fifth at least`],
  },
  {
    name: 'liars-against-liars',
    what: 'four wrong claims that are rivals of each other too',
    begin: async (arena) => players(...(await liars(arena, seeds(4)))),
  },
  {
    name: 'three-levels',
    what: 'a liar about blocks, one about spans, one about steps, who share what is right',
    begin: async (arena) =>
      afterAnswers(arena, await liars(arena, [5]), [
        ...(await sybils(arena, [6])),
        ...(await sybils(arena, [7], lie(5))),
      ]),
  },
  {
    name: 'sybil-spans',
    what: 'eight accounts refine the same right block with junk',
    begin: async (arena) => afterAnswers(arena, await liars(arena, [8]), await sybils(arena, seeds(8))),
  },
  {
    name: 'sybil-steps',
    what: 'eight accounts refine the same right span with junk',
    begin: async (arena) =>
      afterAnswers(arena, await liars(arena, [9]), await sybils(arena, seeds(8), lie(9))),
  },
  {
    name: 'rich-liars',
    what: 'ten liars, each with ten times the honest purse, and refinements by four more',
    begin: async (arena) => afterAnswers(arena, await liars(arena, seeds(10)), await sybils(arena, seeds(4))),
  },
  {
    name: 'outnumbering',
    what: `${CROWD} wrong claims before the honest player looks: more than its purse carries at the dearest fee`,
    async begin(arena) {
      const account = await arena.account()
      for (const seed of seeds(CROWD)) await arena.w.claim(account, arena.w.wrongChain(3n, seed + 100))
      return players(...(await liars(arena, [10])))
    },
  },
  {
    name: 'spam',
    what: `${SPAMMERS} wrong claims, ${SPAM_EDGES} edges and more`,
    begin: async (arena) => players(...(await liars(arena, seeds(SPAMMERS)))),
    after: async (_, { edges, lost }) => [
      ...(edges >= SPAM_EDGES ? [] : [`there were ${edges} edges, expected ${SPAM_EDGES}`]),
      ...(lost >= parseEther('2') ? [] : [`spam cost ${lost} wei`]),
    ],
  },
]
