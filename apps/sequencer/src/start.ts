import { isBaseError, type Logger, type Metrics } from '@animechain/core'
import type { ConfigValues } from '@animechain/observability'
import { rpcServer } from '@animechain/rpc'
import { checkGenesis, composeNode, readDeployment, rollupInfo, type RunningApp } from '@animechain/stack'
import type { config } from './config.js'

/** Composes the sequencer from its settings, starts it, and serves JSON-RPC. */
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
    keys: { batcher: values.batcherKey, proposer: values.proposerKey },
    options: {
      role: 'sequencer',
      blockTime: values.blockTime,
      derivation: { pollMs: values.l1PollInterval },
      sequencer: { emptyBlocks: values.emptyBlocks, l1Confirmations: values.l1Confirmations },
      batcher: values.batcherKey
        ? {
            maxAgeSeconds: values.maxBatchAge,
            ...(values.maxBatchBytes === undefined ? {} : { targetBytes: values.maxBatchBytes }),
            ...(values.maxFeePerGas === undefined ? {} : { maxFeePerGas: values.maxFeePerGas }),
            ...(values.maxFeePerBlobGas === undefined ? {} : { maxFeePerBlobGas: values.maxFeePerBlobGas }),
          }
        : false,
      proposer: values.proposerKey
        ? { everyBatches: values.assertEveryBatches, minIntervalSeconds: values.assertInterval }
        : false,
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
      rollupConfig: rollupInfo(deployment, values.blockTime),
      ...(rollup.pool ? { pool: rollup.pool } : {}),
    },
    host: values.rpcHost,
    port: values.rpcPort,
    cors: values.cors,
    hosts: values.rpcHosts,
    logger,
    metrics,
  })
  const stop = async () => {
    await rpc.stop()
    await rollup.stop()
    await storage.stop()
  }
  try {
    await rollup.start()
    checkGenesis(deployment, rollup.chain.headerByNumber(0n)?.hash)
    await rpc.start()
  } catch (error) {
    await stop()
    throw error
  }
  rollup.on('batchPosted', (batch) => logger.info('batch posted', { ...batch }))
  rollup.on('asserted', (assertion) => logger.info('asserted', { ...assertion }))
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
          unsafe: l2.unsafe.number,
          safe: l2.safe.number,
          finalized: l2.finalized.number,
          batches: batchCount,
        },
      }
    },
  }
}
