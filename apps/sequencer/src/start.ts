import { startNode, type AppContext, type RunningApp } from '@animechain/stack'
import type { config } from './config.js'
import { poolOptions } from './poolSettings.js'

/** Composes the sequencer from its settings, starts it, and serves JSON-RPC. */
export function start(context: AppContext<(typeof config)['table']>): Promise<RunningApp> {
  const { values } = context
  return startNode({
    ...context,
    keys: {
      batcher: values.batcherKey,
      proposer: values.proposerKey,
      blockSigner: values.blockSignerKey,
    },
    options: {
      role: 'sequencer',
      blockTime: values.blockTime,
      pool: poolOptions(values),
      sequencer: { emptyBlocks: values.emptyBlocks, l1Confirmations: values.l1Confirmations },
      batcher: values.batcherKey
        ? {
            maxAgeSeconds: values.maxBatchAge,
            ...(values.maxIdleBatchAge === undefined ? {} : { maxIdleAgeSeconds: values.maxIdleBatchAge }),
            ...(values.maxBatchBytes === undefined ? {} : { maxBytes: values.maxBatchBytes }),
            ...(values.targetBatchBytes === undefined ? {} : { targetBytes: values.targetBatchBytes }),
            ...(values.maxFeePerGas === undefined ? {} : { maxFeePerGas: values.maxFeePerGas }),
            ...(values.maxFeePerBlobGas === undefined ? {} : { maxFeePerBlobGas: values.maxFeePerBlobGas }),
          }
        : false,
      proposer: values.proposerKey ? { minIntervalSeconds: values.assertInterval } : false,
    },
    blockTime: values.blockTime,
  })
}
