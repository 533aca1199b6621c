import { zeroHash, type SealedHeader } from '@animechain/core'
import { method, needHeader, type MethodTable } from '../context.js'
import { plainJson, type Json } from '../encode.js'
import { param } from '../params.js'

const ref = ({ hash, number, parentHash, timestamp }: SealedHeader): Json => ({
  hash,
  number: Number(number),
  parentHash,
  timestamp: Number(timestamp),
})

/** `optimism_`: what operators and bridges ask (the OP Stack's rollup node API; numbers are JSON numbers there). */
export const optimismMethods: MethodTable = {
  optimism_syncStatus: method([], async ({ backend }) => {
    const { l1, l2, batchCount, safeBatch } = await backend.syncStatus()
    return {
      head_l1: { number: Number(l1.head) },
      safe_l1: { number: Number(l1.safe) },
      finalized_l1: { number: Number(l1.finalized) },
      unsafe_l2: ref(l2.unsafe),
      safe_l2: ref(l2.safe),
      finalized_l2: ref(l2.finalized),
      batch_count: Number(batchCount),
      safe_batch: safeBatch === undefined ? null : Number(safeBatch),
    }
  }),
  optimism_outputAtBlock: method(
    [param.block],
    async (context, wanted) => {
      const header = needHeader(context, wanted)
      const output = await context.backend.outputAt(header.number)
      return {
        version: zeroHash,
        outputRoot: output.outputRoot,
        blockRef: ref(header),
        withdrawalStorageRoot: output.withdrawalStorageRoot,
        stateRoot: output.stateRoot,
      }
    },
    { heavy: true },
  ),
  optimism_rollupConfig: method([], ({ backend: { rollupConfig, chainConfig } }) =>
    plainJson({ l2_chain_id: chainConfig.chainId, ...chainConfig, ...rollupConfig }),
  ),
  optimism_version: method([], ({ clientVersion }) => clientVersion),
}
