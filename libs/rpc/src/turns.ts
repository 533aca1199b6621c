import { turns as slices } from '@animechain/runtime'
import { RpcError, rpcErrorCodes } from './errors.js'

/** Milliseconds that one request works before other work gets its turn. */
const SLICE_MS = 10

export const timedOut = () =>
  new RpcError(rpcErrorCodes.timeout, 'request timed out: ask for less at once, or try again later')

/** Longest wait of a loop for others, milliseconds. */
const MAX_PAUSE_MS = 50

/**
 * Lets others work; when they had something to do, for as long again: many such loops together leave half of the thread to the rest of the node.
 */
async function giveWay(from: number): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
  const others = performance.now() - from
  if (others > 1) await new Promise((resolve) => setTimeout(resolve, Math.min(others, MAX_PAUSE_MS)))
}

/**
 * For loops over much: wait for it between two steps. It lets others work when this one has had its time.
 * @param until when it throws that the request took too long, on the clock of `performance.now()`
 */
export function turns(until = Infinity): () => Promise<void> {
  const turn = slices(SLICE_MS, giveWay)
  return async () => {
    if (performance.now() > until) throw timedOut()
    await turn()
  }
}
