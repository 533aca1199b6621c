import type { Hash } from '@animechain/core'
import { BLOCKS_PER_BATCH, wrongOutput } from '../../../../libs/proving/interactive/test/toyChain.js'
import { period } from '../../../../libs/proving/interactive/test/l1World.js'
import type { Lie } from '../../../../libs/proving/interactive/src/liar.js'
import type { Arena } from '../arena.js'
import type { Strategy } from '../match.js'
import { gameOf, otherwise, players } from './scripts.js'

const lie = (seed: number): Lie => ({ span: (seed * 5) % 16, step: (seed * 11) % 32, seed })

/** Claims for the first batch what `outputRoot` says, as if it ended with `lastBlock`. */
async function claiming(arena: Arena, outputRoot: (block: bigint, right: Hash) => Hash, lastBlock?: bigint) {
  const account = await arena.account()
  const chain = otherwise(arena, outputRoot, lastBlock)
  await arena.w.claim(account, chain)
  return players(await arena.w.pretender(account, chain, lie(3)))
}

const LAST = BigInt(BLOCKS_PER_BATCH)
/** A block that no batch has, within what a history holds. */
const FAR = 5_000n

/** Lies about what is claimed. */
export const claims: readonly Strategy[] = [
  {
    name: 'wrong-root',
    what: 'a wrong output root, defended down to one instruction',
    begin: async (arena) => players(await arena.liar(3n, lie(1))),
  },
  {
    name: 'wrong-first-block',
    what: 'every block of the batch is wrong',
    begin: async (arena) => players(await arena.liar(1n, lie(2))),
  },
  {
    name: 'wrong-history',
    what: 'the right output root after a wrong block in the middle',
    begin: (arena) => claiming(arena, (block, right) => (block === 2n ? wrongOutput(block) : right)),
  },
  {
    name: 'wrong-length',
    what: 'the chain goes on after the batch, to another output root',
    begin: (arena) => claiming(arena, (block, right) => (block > LAST ? wrongOutput(block) : right), FAR),
  },
  {
    name: 'wrong-padding',
    what: 'the right output root, with other blocks after the end of the batch',
    begin: (arena) =>
      claiming(arena, (block, right) => (block > 100n && block < FAR ? wrongOutput(block) : right), FAR),
  },
  {
    name: 'junk-first',
    what: 'six wrong claims before the honest player looks, for half of the time that it has',
    async begin(arena) {
      const liars = []
      for (const seed of [1, 2, 3, 4, 5, 6]) liars.push(await arena.liar(BigInt(1 + (seed % 3)), lie(seed)))
      arena.honest.awayUntil = (await arena.now()) + period / 4
      return players(...liars)
    },
  },
  {
    name: 'equivocation',
    what: 'one account makes two wrong claims, and refines the same right edges in two ways',
    async begin(arena) {
      const { w } = arena
      const account = await arena.account()
      return players(
        await w.liar(account, 2n, lie(1)),
        await w.liar(account, 2n, lie(2)),
        await w.pretender(account, w.chain, lie(3)),
        await w.pretender(account, w.chain, lie(4)),
      )
    },
  },
  {
    name: 'orphans',
    what: 'wrong claims, and on each of them a claim for the next batch',
    async begin(arena) {
      const { w } = arena
      const liars = []
      for (const seed of [1, 2]) {
        const account = await arena.account()
        const chain = w.wrongChain(2n, seed)
        const game = gameOf(await w.claim(account, chain))
        await w.claim(await arena.account(), chain, { game, batchIndex: 0 })
        liars.push(await w.pretender(account, chain, lie(seed)))
      }
      return players(...liars)
    },
  },
  {
    name: 'both-batches',
    what: 'a rival of the right claim, and one of the right claim that continues it',
    async begin(arena) {
      const { w, honest } = arena
      const game = gameOf(await w.claim(honest.account))
      await w.claim(honest.account, w.chain, { game, batchIndex: 0 })
      const [one, two] = [await arena.account(), await arena.account()]
      const [first, second] = [w.wrongChain(2n, 1), w.wrongChain(5n, 2)]
      await w.claim(one, first)
      await w.claim(two, second, { game, batchIndex: 0 })
      return players(await w.pretender(one, first, lie(1)), await w.pretender(two, second, lie(2)))
    },
  },
  {
    name: 'hijacked-claim',
    what: 'makes the right claim itself, refines it with junk free of charge, and rivals it from a second account',
    async begin(arena) {
      const { w } = arena
      const account = await arena.account()
      await w.claim(account)
      const junk = await w.pretender(account, w.chain, lie(7))
      return players(await arena.liar(2n, lie(8)), junk)
    },
  },
]
