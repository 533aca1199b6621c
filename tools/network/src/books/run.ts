import { zeroHash, type Hex } from 'viem'
import { randomFrom } from '../random.js'
import type { Action } from './actions.js'
import { world } from './chain.js'
import { Comparison, type Touched } from './compare.js'
import { Contracts } from './contracts.js'
import { digestOf, noCounts, type End } from './digest.js'
import { drillKinds } from './drills.js'
import { Books, sumsOf } from './model.js'
import { traceOf } from './random.js'

const byCertificate = new Set(['exit', 'settle', 'refillToken', 'shareFees', 'slashWrong'])

const byEpoch = new Set(['checkIn', 'draw', 'reveal', 'missed', 'absent', 'disprove', 'close'])

/** Number of the drill that an action can have changed, -1 for none. */
function drillOf(books: Books, { kind, b }: Action): number {
  if (kind === 'commitDrill') return books.drills.all.length - 1
  if (kind === 'revealDrill' || kind === 'expireDrill') return b
  return drillKinds.has(kind) ? (books.claims[b]?.drill ?? -1) : -1
}

/** Which certificates, drills and epochs an action can have changed. */
function touched(books: Books, action: Action): Touched {
  const { kind, b } = action
  const current = Number(books.registry.epochAt(books.now))
  return {
    certificates: kind === 'certify' ? [books.certificates.length - 1] : byCertificate.has(kind) ? [b] : [],
    drills: [drillOf(books, action)],
    epochs: byEpoch.has(kind) && b !== current ? [b, current] : [current],
  }
}

/** Certificates, drills and epochs of which there is anything. */
const everything = (books: Books): Touched => ({
  certificates: books.certificates.keys(),
  drills: books.drills.all.keys(),
  epochs: Array.from({ length: Number(books.registry.epochAt(books.now)) }, (_, i) => i + 1),
})

/**
 * Plays a trace on the contracts on anvil and on the model at once, and compares all that the contracts keep after each action, to the wei.
 * @param books the model, as it begins
 * @throws {Error} that names the action and the first value that differs
 */
export async function playContracts(
  actions: readonly Action[],
  say: (line: string) => void = () => {},
  books: Books = new Books(),
): Promise<End & { values: number }> {
  const chain = await world()
  try {
    const [contracts, counts] = [new Contracts(chain), noCounts()]
    const comparison = new Comparison(books, contracts)
    await comparison.begin()
    let digest: Hex = zeroHash
    for (const [i, action] of actions.entries()) {
      const text = `action ${i}, ${action.kind} ${action.a} ${action.b} ${action.amount}`
      const expected = books.act(action)
      const allowed = await contracts.act(action)
      if (allowed !== expected)
        throw new Error(
          `${text}: expected the contracts to ${expected ? 'allow' : 'refuse'} it; they did not.`,
        )
      counts[action.kind][allowed ? 0 : 1]++
      if (action.kind === 'decide') await comparison.forgetBurned()
      digest = digestOf(digest, allowed, await comparison.check(touched(books, action), text))
      if ((i + 1) % 500 === 0)
        say(`${i + 1} actions, ${books.certificates.length} certificates, ${books.claims.length} claims`)
    }
    await comparison.check(everything(books), 'all actions')
    return { digest, sums: sumsOf(books), counts, values: comparison.values }
  } finally {
    await chain.stop()
  }
}

/** A trace by its length and seed. */
export const traceBySeed = (length: number, seed: number): Action[] => traceOf(length, randomFrom(seed))
