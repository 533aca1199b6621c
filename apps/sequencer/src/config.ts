import { defineConfig, packageVersion } from '@animechain/observability'
import { blockTimeSetting, networkTable, nodeTable, serviceTable } from '@animechain/stack'
import { poolTable } from './poolSettings.js'

/** Every setting of the sequencer: flag, environment, file key, help. */
export const config = defineConfig(
  {
    ...nodeTable,
    ...serviceTable,
    ...networkTable,
    batcherKey: { type: 'privateKey', help: 'Key that posts batches; without it this node posts none.' },
    proposerKey: { type: 'privateKey', help: 'Key that asserts outputs; without it this node asserts none.' },
    blockSignerKey: {
      type: 'privateKey',
      help: 'Key that announces blocks over gossip, the sequencer that SystemConfig names: nodes that follow then have them before L1. Without it none are announced.',
    },
    blockTime: blockTimeSetting,
    emptyBlocks: {
      type: 'string',
      default: 'always',
      choices: ['always', 'whenTransactions'],
      help: 'Whether blocks without transactions are built.',
    },
    l1Confirmations: {
      type: 'integer',
      default: 0,
      min: 0,
      max: 1_000,
      help: 'L1 blocks on top of a deposit before it is read.',
    },
    ...poolTable,
    maxBatchAge: {
      type: 'integer',
      default: 60,
      min: 1,
      max: 86_400,
      unit: 's',
      help: 'A batch is posted when its oldest block is this old.',
    },
    maxIdleBatchAge: {
      type: 'integer',
      min: 1,
      max: 86_400,
      unit: 's',
      help: 'The same for blocks without transactions and deposits of users; default as long. At most half of the force-inclusion delay.',
    },
    maxBatchBytes: {
      type: 'integer',
      min: 1_000,
      unit: 'bytes',
      help: 'Largest batch, encoded; default what the DA backend takes, which it never exceeds.',
    },
    targetBatchBytes: {
      type: 'integer',
      min: 1_000,
      unit: 'bytes',
      help: 'A batch is posted when it is about this large; default 90% of the largest.',
    },
    maxFeePerGas: {
      type: 'bigint',
      min: 1,
      unit: 'wei',
      help: 'L1 base fee above which posting waits, until half of the force-inclusion delay is over.',
    },
    maxFeePerBlobGas: { type: 'bigint', min: 1, unit: 'wei', help: 'The same for blob gas.' },
    assertInterval: {
      type: 'integer',
      default: 0,
      min: 0,
      unit: 's',
      help: 'Least time between two assertions.',
    },
  },
  {
    program: 'animechain-sequencer',
    version: packageVersion(import.meta.url),
    summary: 'Orders transactions, builds blocks, posts batches, asserts outputs and serves JSON-RPC.',
  },
)
