import {
  concatBytes,
  hexToBytes,
  silentLogger,
  systemClock,
  type DataAvailability,
  type Hash,
  type Lifecycle,
} from '@animechain/core'
import type { Account } from 'viem'
import { commitmentOf } from './commitment.js'
import { altDaContract, type AltDaContract, type AltDaL1Options } from './contract.js'

/** What is watched, and whose bonds are at stake. */
export interface AltDaWatchOptions extends Omit<AltDaL1Options, 'account'> {
  /** Pays the bonds. Its balance must cover one for each commitment that is withheld at a time. */
  account: Account
  /** Where everybody must find the bytes. */
  da: Pick<DataAvailability, 'get'>
}

/** Watches over announcements until it is stopped. */
export interface AltDaWatch extends Lifecycle {
  /** One look at L1 and the servers. @throws what L1 threw */
  tick(): Promise<void>
  /** Commitments that it has challenged, and that are not decided. */
  readonly challenges: readonly Hash[]
}

/** Announcements that are followed at a time; what is announced beyond waits for the next look. */
const MAX_FOLLOWED = 1_000
/** L1 blocks that are asked for logs at once. */
const LOG_RANGE = 2_000n

/** What is known of one announcement. */
interface Followed {
  /** L1 block at which it is challenged unless the bytes were found before: in the middle of the window, so that a slow L1 still takes it. */
  challengeAt: bigint
  isOurs: boolean
}

type Parts = Required<Pick<AltDaWatchOptions, 'logger'>> & {
  contract: AltDaContract
  da: AltDaWatchOptions['da']
  account: Account
  followed: Map<Hash, Followed>
}

const commitmentTo = (hash: Hash) => commitmentOf(concatBytes(Uint8Array.of(0), hexToBytes(hash)))

/** The next step for one announcement. */
async function follow(parts: Parts, hash: Hash, at: Followed, head: bigint): Promise<void> {
  const { contract, da, account, followed, logger } = parts
  const { state } = await contract.stateOf(hash)
  // One that was sent and is not there was dropped by L1, or never got there.
  if (at.isOurs && state !== 'open') {
    if (state === 'challenged') return
    followed.delete(hash)
    if (state === 'expired') await contract.expire(hash)
    await contract.withdraw(account.address)
    return
  }
  if (state !== 'open') {
    followed.delete(hash)
    return
  }
  const found = await da.get(commitmentTo(hash))
  if (found.status === 'data') {
    followed.delete(hash)
    return
  }
  logger.info('the bytes of an announcement are not to be had', { hash, status: found.status })
  if (head < at.challengeAt) return
  logger.warn('challenging a commitment', { hash, status: found.status })
  // Before it is known to be mined: whatever comes of it, the bond must be looked after.
  at.isOurs = true
  await contract.challenge(hash)
}

/**
 * Asks for the bytes of every announcement, and challenges it on L1 when they cannot be had by the middle of its window. One honest watcher keeps what nobody
 * can read out of the inbox.
 */
export function altDaWatch(options: AltDaWatchOptions): AltDaWatch {
  const { account, da, startBlock = 0n, pollMs = 1_000 } = options
  const { logger = silentLogger, clock = systemClock } = options
  const contract = altDaContract(options)
  const followed = new Map<Hash, Followed>()
  const parts: Parts = { contract, da, account, followed, logger }
  let next = startBlock
  let stopping: AbortController | undefined
  let running: Promise<void> | undefined

  async function read(head: bigint): Promise<void> {
    while (next <= head && followed.size < MAX_FOLLOWED) {
      const to = next + LOG_RANGE - 1n < head ? next + LOG_RANGE - 1n : head
      for (const { hash, challengeUntil } of await contract.announcements(next, to))
        if (challengeUntil >= head && !followed.has(hash))
          followed.set(hash, {
            challengeAt: (head + challengeUntil) / 2n,
            isOurs: false,
          })
      next = to + 1n
    }
  }

  async function tick(): Promise<void> {
    const head = await contract.client.getBlockNumber()
    await read(head)
    for (const [hash, at] of [...followed])
      try {
        await follow(parts, hash, at, head)
      } catch (error) {
        // One that fails must not keep the others from being looked at.
        logger.warn('an announcement could not be followed', { hash, error: String(error) })
      }
  }

  async function loop(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await tick().catch((error: unknown) => logger.warn('no look at L1', { error: String(error) }))
      await clock.sleep(pollMs, signal)
    }
  }

  return {
    get challenges() {
      return [...followed].filter(([, { isOurs }]) => isOurs).map(([hash]) => hash)
    },
    tick,
    async start() {
      if (stopping) return
      stopping = new AbortController()
      running = loop(stopping.signal)
    },
    async stop() {
      stopping?.abort()
      stopping = undefined
      await running
    },
  }
}
