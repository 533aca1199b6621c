import { isBaseError, type Logger, type Metrics } from '@animechain/core'
import type { ConfigValues } from '@animechain/observability'
import { rpcServer } from '@animechain/rpc'
import { checkGenesis, composeNode, readDeployment, rollupInfo, type RunningApp } from '@animechain/stack'
import type { config } from './config.js'

/** Composes the verifier from its settings, starts it, and serves JSON-RPC of the chain it derived. */
export async function start(context: {
  values: ConfigValues<(typeof config)['table']>
  logger: Logger
  metrics: Metrics
}): Promise<RunningApp> {
  const { values, logger, metrics } = context
  const deployment = readDeployment(values.deployment)
  const { rollup, storage } = await composeNode({
    ...values,
    deployment,
    keys: { challenger: values.challengerKey },
    options: {
      role: 'verifier',
      derivation: { pollMs: values.l1PollInterval },
      verifier: { pollMs: values.pollInterval, challenge: values.challengerKey !== undefined },
    },
    logger,
    metrics,
  })
  const rpc = rpcServer({
    backend: {
      chainConfig: rollup.config,
      chain: rollup.chain,
      engine: rollup.engine,
      syncStatus: () => rollup.syncStatus(),
      outputAt: (number) => rollup.outputAt(number),
      rollupConfig: rollupInfo(deployment),
    },
    host: values.rpcHost,
    port: values.rpcPort,
    cors: values.cors,
    hosts: values.rpcHosts,
    logger,
    metrics,
    ...(values.sequencerUrl ? { sequencerUrl: values.sequencerUrl } : {}),
  })
  const wrongAssertions = metrics.counter({
    name: 'verifier_wrong_assertions_total',
    help: 'Assertions that this node contradicts.',
  })
  const stop = async () => {
    await rpc.stop()
    await rollup.stop()
    await storage.stop()
  }
  rollup.on('wrongAssertion', ({ id, batchIndex, blockNumber, claimed, expected }) => {
    wrongAssertions.inc()
    logger.error('WRONG ASSERTION', {
      assertion: id,
      batch: batchIndex,
      block: blockNumber,
      claimed,
      expected,
    })
  })
  rollup.on('wrongLabel', (label) =>
    logger.warn('a deposit is labelled with another L1 log than its own', { ...label }),
  )
  rollup.on('batch', ({ record, blocks, bytes, fallback, outputRoot }) =>
    logger.info('batch derived', {
      batch: record.index,
      firstBlock: record.header.firstBlock,
      blocks,
      bytes,
      outputRoot,
      ...(fallback ? { fallback } : {}),
    }),
  )
  rollup.on('l1Reorg', ({ safeBefore, safeAfter, batchesDropped }) =>
    logger.warn('L1 was reorganised', {
      safeBefore: safeBefore.number,
      safeAfter: safeAfter.number,
      batchesDropped,
    }),
  )
  rollup.on('serviceError', ({ service, error }) =>
    logger.warn('a service failed', {
      service,
      code: isBaseError(error) ? error.code : undefined,
      error: error.message,
    }),
  )
  const { exitAtBlock } = values
  if (exitAtBlock !== undefined) {
    const reached = () => {
      const header = rollup.chain.headerByNumber(BigInt(exitAtBlock))
      if (!header || rollup.chain.head('safe').number < header.number) return
      process.stdout.write(`derived block ${header.number} ${header.hash}\n`)
      process.kill(process.pid, 'SIGTERM')
    }
    rollup.on('safe', reached)
  }
  try {
    await rollup.start()
    checkGenesis(deployment, rollup.chain.headerByNumber(0n)?.hash)
    await rpc.start()
  } catch (error) {
    await stop()
    throw error
  }
  logger.info('serving JSON-RPC', { url: rpc.url })
  return {
    stop,
    health: () => {
      const { ok, detail } = rollup.health()
      const { l1, l2, batchCount } = rollup.syncStatus()
      return {
        ready: ok,
        details: {
          detail,
          l1Head: l1.head,
          safe: l2.safe.number,
          finalized: l2.finalized.number,
          batches: batchCount,
        },
      }
    },
  }
}
