import {
  emptyRootHash,
  outputRoot,
  predeploys,
  type ExecutionEngine,
  type SealedHeader,
} from '@animechain/core'
import type { OutputInfo } from '../types.js'

/** The output of a block, from its state. */
export async function outputOf(engine: ExecutionEngine, header: SealedHeader): Promise<OutputInfo> {
  const passer = await engine.stateAt(header).getAccount(predeploys.l2ToL1MessagePasser)
  const withdrawalStorageRoot = passer?.storageRoot ?? emptyRootHash
  return {
    blockNumber: header.number,
    blockHash: header.hash,
    stateRoot: header.stateRoot,
    withdrawalStorageRoot,
    outputRoot: outputRoot({
      stateRoot: header.stateRoot,
      messagePasserStorageRoot: withdrawalStorageRoot,
      blockHash: header.hash,
    }),
  }
}
