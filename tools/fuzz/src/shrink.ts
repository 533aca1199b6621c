import type { GenesisAccount } from '@animechain/core'
import type { Case } from './case.js'
import { replay, type Difference, type Engines } from './run.js'

/** Shortest piece of code that is taken out on its own, bytes. */
const SMALLEST_PIECE = 1

/**
 * Makes a case smaller while the engines still part on it: blocks and transactions go, then accounts, then pieces of code.
 * @param milliseconds after which the smallest case so far is good enough
 */
export async function shrink(
  engines: Engines,
  recorded: Case,
  milliseconds = 30_000,
): Promise<{ recorded: Case; difference: Difference | undefined }> {
  const end = performance.now() + milliseconds
  let best = recorded
  let difference = await replay(engines, best)
  const attempt = async (smaller: Case): Promise<boolean> => {
    if (performance.now() > end) return false
    const found = await replay(engines, smaller)
    if (found === undefined) return false
    best = smaller
    difference = found
    return true
  }

  if (difference !== undefined) {
    const { block, transaction } = difference
    const blocks = best.blocks.slice(0, block + 1)
    if (transaction !== undefined)
      blocks[block] = {
        ...blocks[block]!,
        transactions: blocks[block]!.transactions.slice(0, transaction + 1),
      }
    await attempt({ ...best, blocks })
  }

  // Runs of transactions, long ones first.
  const count = () => best.blocks.reduce((sum, { transactions }) => sum + transactions.length, 0)
  for (let length = Math.ceil(count() / 2); length >= 1; length = length === 1 ? 0 : Math.ceil(length / 2))
    for (let from = 0; from < count();) {
      let position = 0
      const blocks = best.blocks.map((block) => ({
        ...block,
        transactions: block.transactions.filter(() => {
          const here = position++
          return here < from || here >= from + length
        }),
      }))
      if (!(await attempt({ ...best, blocks }))) from += length
    }
  for (let i = best.blocks.length - 1; i >= 0; i--)
    if (best.blocks[i]!.transactions.length === 0)
      await attempt({ ...best, blocks: best.blocks.filter((_, at) => at !== i) })

  const replaced = (address: string, account: GenesisAccount | undefined): Case => {
    const alloc: Record<string, GenesisAccount> = { ...best.alloc }
    if (account === undefined) delete alloc[address]
    else alloc[address] = account
    return { ...best, alloc }
  }
  for (const [address, account] of Object.entries(best.alloc)) {
    if (await attempt(replaced(address, undefined))) continue
    if (account.storage && (await attempt(replaced(address, { ...account, storage: undefined }))))
      delete account.storage
    const code = () => best.alloc[address as `0x${string}`]!.code ?? '0x'
    const length = () => code().length / 2 - 1
    for (let piece = Math.ceil(length() / 2); piece >= SMALLEST_PIECE; piece = Math.floor(piece / 2))
      for (let at = 0; at < length();) {
        const now = best.alloc[address as `0x${string}`]!
        const shorter = `${code().slice(0, 2 + 2 * at)}${code().slice(2 + 2 * (at + piece))}` as `0x${string}`
        if (!(await attempt(replaced(address, { ...now, code: shorter })))) at += piece
      }
  }
  return { recorded: best, difference }
}
