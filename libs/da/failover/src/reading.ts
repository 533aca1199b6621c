import {
  prefixesOf,
  type Commitment,
  type DaBlobsResult,
  type DaGetResult,
  type DaSealedResult,
  type DataAvailability,
} from '@animechain/core'

type Answer = DaGetResult | DaBlobsResult | DaSealedResult
type NotData = Exclude<DaGetResult, { status: 'data' }>

/** Of answers without bytes the one that says most about why: what may be different tomorrow goes before what is for good. */
const order: readonly NotData['status'][] = ['unavailable', 'forbidden', 'expired', 'missing', 'invalid']

/** Backends that write commitments of this prefix. */
export const ofPrefix = (backends: readonly DataAvailability[], commitment: Commitment): DataAvailability[] =>
  backends.filter(({ capabilities }) => prefixesOf(capabilities).includes(commitment[0]!))

/** Asks one after the other: bytes win, and an expiry that is proven; `invalid` only where all say so. */
export async function firstAnswer<T extends Answer>(
  backends: readonly DataAvailability[],
  ask: (da: DataAvailability) => Promise<T> | undefined,
): Promise<T | NotData> {
  let best: NotData | undefined
  for (const backend of backends) {
    const answer: Answer | undefined = await ask(backend)
    if (answer === undefined) continue
    if (answer.status === 'data' || answer.status === 'blobs' || answer.status === 'sealed')
      return answer as T
    if (answer.status === 'expired' && answer.proven) return answer
    if (!best || order.indexOf(answer.status) < order.indexOf(best.status)) best = answer
  }
  return best ?? { status: 'invalid', reason: 'no commitment of this backend' }
}
