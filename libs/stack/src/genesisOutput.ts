import { outputRoot, predeploys, rollupChain, type Genesis, type Hash } from '@animechain/core'
import { ethereumjs } from '@animechain/execution-ethereumjs'
import { memoryStorage } from '@animechain/storage-memory'

/** Hash and output root of a chain's block 0, as the reference engine computes them. */
export async function genesisOutput(options: {
  chainId: bigint
  genesis: Genesis
}): Promise<{ hash: Hash; outputRoot: Hash }> {
  const engine = ethereumjs()
  const storage = memoryStorage()
  await storage.start()
  try {
    const header = await engine.open({
      chain: rollupChain({ chainId: options.chainId }),
      genesis: options.genesis,
      storage,
      blockHash: () => undefined,
    })
    const { storageRoot } = await engine.stateAt(header).getProof(predeploys.l2ToL1MessagePasser, [])
    return {
      hash: header.hash,
      outputRoot: outputRoot({
        stateRoot: header.stateRoot,
        messagePasserStorageRoot: storageRoot,
        blockHash: header.hash,
      }),
    }
  } finally {
    await engine.close()
    await storage.stop()
  }
}
