import { outputRoot, predeploys, type ExecutionEngine, type Hash, type SealedHeader } from '@animechain/core'
import type { OutputInfo } from '../types.js'

/** Root of a trie without entries: keccak256(rlp('')). */
const EMPTY_TRIE: Hash = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421'

/** The output of a block, from its state. */
export async function outputOf(engine: ExecutionEngine, header: SealedHeader): Promise<OutputInfo> {
  const passer = await engine.stateAt(header).getAccount(predeploys.l2ToL1MessagePasser)
  const withdrawalStorageRoot = passer?.storageRoot ?? EMPTY_TRIE
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
