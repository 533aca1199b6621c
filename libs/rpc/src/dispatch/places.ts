import { fairSemaphore } from '@animechain/runtime'
import { RpcError, rpcErrorCodes } from '../errors.js'
import type { RpcLimits } from '../limits.js'
import { timedOut } from '../turns.js'
import type { Run } from './run.js'

const busy = () =>
  new RpcError(rpcErrorCodes.limitExceeded, 'the node is busy: too many calls wait. Try again later')

/** Does work in one of few places: each client in its turn. */
type InPlace = <T>(run: Run, work: () => Promise<T>) => Promise<T>

/** The places of a server. */
export interface Places {
  /** For calls, traces, proofs, log searches and what else reads much. */
  heavy: InPlace
  /** For writing long answers. More at once would not be written sooner: it is work of this thread alone. */
  writing: InPlace
}

/** Places for writing: one client has one of them. */
const WRITERS = 2

export function places(limits: RpcLimits): Places {
  const of = (count: number): InPlace => {
    const inTurn = fairSemaphore({
      places: count,
      maxWaiting: limits.heavyQueue,
      maxWaitingPerClient: limits.clientHeavyQueue,
      busy,
    })
    return ({ caller, deadline }, work) => {
      const { address, connection } = caller.client
      return inTurn({ client: address, connection: String(connection) }, () => {
        // Its time may be over before its turn comes.
        if (performance.now() > deadline || !caller.isOpen) throw timedOut()
        return work()
      })
    }
  }
  return { heavy: of(limits.heavy), writing: of(WRITERS) }
}

/** What comes first: the work, or the end of its time. The work goes on, but nobody waits for it. */
export async function within<T>(deadline: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  try {
    return await Promise.race([
      work,
      new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(timedOut()), Math.max(0, deadline - performance.now()))
      }),
    ])
  } finally {
    clearTimeout(timer)
  }
}
