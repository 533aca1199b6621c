import type { Logger } from '@animechain/core'
import { readDeployment, type AppContext, type RunningApp } from '@animechain/stack'
import type { watchConfig } from '../watchConfig.js'
import { watcher, type Seen } from './watcher.js'

/** Says in the log what was seen. What is wrong, and alarms of others, the node says itself. */
function told(seen: Seen, logger: Logger): void {
  if (seen.kind === 'assertion') {
    const { id, batchIndex, blockNumber } = seen.assertion
    logger.info('assertion compared', { id, batchIndex, blockNumber, verdict: seen.verdict })
  } else if (seen.kind === 'raised') {
    const { alarm, by, peers } = seen
    logger.warn('alarm raised', {
      game: alarm.game,
      claimed: alarm.claimed,
      derived: alarm.derived,
      by,
      peers,
    })
  } else if (seen.kind === 'answer') {
    const { url, outcome, status, said } = seen.answer
    logger.info('alarm answered', { game: seen.alarm.game, url, outcome, status, said, last: seen.last })
  }
}

/** Watches until it is stopped. */
export async function startWatching({
  values,
  logger,
  metrics,
  fail,
}: AppContext<(typeof watchConfig)['table']>): Promise<RunningApp> {
  const counts = { right: 0, wrong: 0, apart: 0, raised: 0, heard: 0 }
  const watching = await watcher({
    ...{ values, deployment: readDeployment(values.deployment), logger, metrics },
    onSeen(seen) {
      if (seen.kind === 'assertion') counts[seen.verdict]++
      else if (seen.kind !== 'answer') counts[seen.kind]++
      told(seen, logger)
    },
    onFailure: fail,
  })
  const { rollup, gossip, claims } = watching
  try {
    await watching.start()
    await claims?.start()
  } catch (error) {
    await watching.stop()
    throw error
  }
  if (!watching.hasNetwork)
    logger.warn('this deployment has no verifier network: wrong assertions are named, and no alarm is raised')
  logger.info('watching', { by: watching.by, addresses: gossip?.addresses, url: gossip?.httpUrl })
  return {
    stop: () => watching.stop(),
    health() {
      const { ok, detail } = rollup.health()
      const { l1, l2, batchCount } = rollup.syncStatus()
      return {
        ready: ok,
        details: {
          ...{ detail, l1Head: l1.head, safe: l2.safe.number, batches: batchCount, ...counts },
          ...{ by: watching.by, peers: gossip?.peers().length },
          ...(claims && {
            l1Alarms: { account: claims.account, ...claims.counts(), trouble: claims.trouble },
          }),
        },
      }
    },
  }
}
