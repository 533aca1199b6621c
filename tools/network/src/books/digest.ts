import { encodeAbiParameters, keccak256, zeroHash, type Hex } from 'viem'
import { Books, sumsOf } from './model.js'
import { kinds, type Action, type Kind } from './actions.js'

const parameters = [{ type: 'bytes32' }, { type: 'bool' }, { type: 'uint256[]' }] as const

/** Hash over what came of every action so far: whether it was allowed, and the sums after it. */
export const digestOf = (before: Hex, allowed: boolean, sums: readonly bigint[]): Hex =>
  keccak256(encodeAbiParameters(parameters, [before, allowed, sums]))

/** What came of a trace. */
export interface End {
  digest: Hex
  sums: bigint[]
  /** How often each kind was allowed and refused. */
  counts: Readonly<Record<Kind, [allowed: number, refused: number]>>
}

export const noCounts = (): Record<Kind, [number, number]> =>
  Object.fromEntries(kinds.map((kind) => [kind, [0, 0]])) as Record<Kind, [number, number]>

/** Plays a trace on the model. */
export function playModel(actions: readonly Action[]): End {
  const books = new Books()
  const counts = noCounts()
  let digest: Hex = zeroHash
  for (const action of actions) {
    const allowed = books.act(action)
    counts[action.kind][allowed ? 0 : 1]++
    digest = digestOf(digest, allowed, sumsOf(books))
  }
  return { digest, sums: sumsOf(books), counts }
}
