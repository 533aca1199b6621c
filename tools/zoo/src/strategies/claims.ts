import type { Adversary } from '../arena.js'
import type { Strategy } from '../match.js'

/** Players who each do all that is due. */
export const players = (...all: readonly { pass(): Promise<{ movesMade: number }> }[]): Adversary => ({
  async turn() {
    for (const player of all) await player.pass()
  },
})

export const claims: readonly Strategy[] = [
  {
    name: 'wrong-root',
    what: 'claims a wrong output root, and defends it down to one instruction',
    begin: async (arena) => players(await arena.liar(2n, { span: 5, step: 11, seed: 1 })),
  },
]
