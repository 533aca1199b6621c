import type { ChainKnowledge, Hash } from '@animechain/core'
import { challengeTreeAbi } from '@animechain/contracts/ChallengeTree'
import { parseEventLogs, type Address, type TransactionReceipt } from 'viem'
import { timeUntil } from '../../../../libs/proving/interactive/src/index.js'
import { period } from '../../../../libs/proving/interactive/test/l1World.js'
import type { Adversary, Arena } from '../arena.js'

/** What all players have in common. */
export interface Passing {
  pass(): Promise<{ movesMade: number }>
}

/** Players who each do all that is due. */
export const players = (...all: readonly Passing[]): Adversary => ({
  async turn() {
    for (const player of all) await player.pass()
  },
})

/** Several adversaries, one after the other. */
export const together = (...all: readonly Adversary[]): Adversary => ({
  async turn() {
    for (const adversary of all) await adversary.turn()
  },
  async patience() {
    const each = await Promise.all(all.map((adversary) => adversary.patience?.() ?? Infinity))
    return Math.min(...each)
  },
})

/** Does something once, in a block of L1 with this time, seconds. */
export function onceAt(arena: Arena, time: number, act: () => Promise<unknown>): Adversary {
  let isDone = false
  /** seconds before, for what has to be looked at first */
  const lead = 5
  return {
    async turn() {
      if (isDone || (await arena.now()) < time - lead) return
      isDone = true
      await arena.at(time)
      await act()
    },
    patience: async () => (isDone ? Infinity : time - lead - (await arena.now())),
  }
}

/** Seconds until the right claim of the first tournament is confirmed if nobody moves; Infinity: not at all. */
export async function untilConfirmed(arena: Arena): Promise<number> {
  const { view, tournaments } = await arena.board()
  const edge = tournaments[0] && view.edge(await arena.rightEdge(tournaments[0]))
  return edge === undefined ? Infinity : timeUntil(view, edge, period)
}

/** Seconds that all answers of a liar on one path take, with L1's blocks a second apart. */
const ANSWERS = 75

/** Plays only when the right claim would be confirmed if it waited any longer. */
export const stalling = (arena: Arena, adversary: Adversary): Adversary => ({
  async turn() {
    if ((await untilConfirmed(arena)) <= ANSWERS) await adversary.turn()
  },
  async patience() {
    const left = await untilConfirmed(arena)
    return left > ANSWERS ? left - ANSWERS : 1
  },
})

/** What the right chain knows of the first batch, with other output roots, and perhaps another end. */
export function otherwise(
  { w }: Arena,
  outputRoot: (block: bigint, right: Hash) => Hash,
  lastBlock?: bigint,
): ChainKnowledge {
  const { chain } = w
  return {
    proofInputs: chain.proofInputs.bind(chain),
    async batch(index) {
      const batch = await chain.batch(index)
      return batch && { ...batch, lastBlock: lastBlock ?? batch.lastBlock }
    },
    async outputRoot(block) {
      const end = w.batches[0]!.lastBlock
      const right = await chain.outputRoot(block > end ? end : block)
      return right && outputRoot(block, right)
    },
  }
}

/** The game that a claim made. */
export function gameOf({ logs }: TransactionReceipt): Address {
  const [opened] = parseEventLogs({ abi: challengeTreeAbi, logs, eventName: 'Opened' })
  return opened!.args.game
}
