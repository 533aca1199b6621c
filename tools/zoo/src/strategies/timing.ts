import { period } from '../../../../libs/proving/interactive/test/l1World.js'
import type { Lie } from '../../../../libs/proving/interactive/src/liar.js'
import type { Adversary, Arena } from '../arena.js'
import type { Strategy } from '../match.js'
import { onceAt, players, stalling, together, untilConfirmed } from './scripts.js'

const lie = (seed: number): Lie => ({ span: (seed * 7) % 16, step: (seed * 13) % 32, seed })

/** The right claim stands alone; its rival comes so many seconds before or after it may be confirmed. */
const deadline = (name: string, what: string, offset: number): Strategy => ({
  name,
  what,
  async begin(arena) {
    const { w, honest } = arena
    await w.claim(honest.account)
    const time = (await arena.now()) + period + offset
    // It is not there to confirm its claim in the very second.
    if (offset >= 0) honest.awayUntil = time + 2
    const account = await arena.account()
    const chain = w.wrongChain(2n, 1)
    const player = await w.pretender(account, chain, lie(1))
    let hasClaimed = false
    return together(
      onceAt(arena, time, async () => {
        await w.claim(account, chain)
        hasClaimed = true
      }),
      {
        async turn() {
          if (hasClaimed) await player.pass()
        },
      },
    )
  },
})

/** A liar who makes another wrong claim whenever the right one is about to be confirmed. */
function inTurn(arena: Arena, count: number): Adversary {
  const liars: { pass(): Promise<unknown> }[] = []
  return stalling(arena, {
    async turn() {
      if (liars.length < count && (await untilConfirmed(arena)) <= 20)
        liars.push(await arena.liar(BigInt(1 + (liars.length % 3)), lie(liars.length + 1)))
      else if (liars.length === count) for (const liar of liars) await liar.pass()
    },
  })
}

/** Lies whose strength is when they are told. */
export const timing: readonly Strategy[] = [
  deadline('deadline-before', 'a rival in the last second before the right claim may be confirmed', -1),
  deadline('deadline-at', 'a rival in the second in which the right claim may be confirmed', 0),
  deadline('deadline-after', 'a rival in the second after, while nobody has confirmed the claim yet', 1),
  {
    name: 'late-rivals',
    what: 'five rivals, each when the right claim is about to be confirmed',
    async begin(arena) {
      await arena.w.claim(arena.honest.account)
      return inTurn(arena, 5)
    },
  },
  {
    name: 'stalling',
    what: 'gives each answer at the last moment',
    begin: async (arena) => stalling(arena, players(await arena.liar(2n, lie(2)))),
  },
  {
    name: 'stalling-in-turn',
    what: 'three liars who give each answer at the last moment',
    begin: async (arena) =>
      stalling(
        arena,
        players(await arena.liar(1n, lie(3)), await arena.liar(2n, lie(4)), await arena.liar(3n, lie(5))),
      ),
  },
  {
    name: 'late-player',
    what: 'nobody answers for half a period: as late as the honest player may come',
    async begin(arena) {
      const liar = await arena.liar(2n, lie(6))
      arena.honest.awayUntil = (await arena.now()) + period / 2 - 60
      return players(liar)
    },
  },
]
