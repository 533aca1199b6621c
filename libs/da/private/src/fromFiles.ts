import type { Address, Clock, DataAvailability, Hash, Logger } from '@animechain/core'
import type { CommitteeFile, MessageSigner } from '@animechain/vault-protocol'
import type { BatchKeys } from './batchKeys.js'
import { committeeStore } from './committeeStore.js'
import { privateDaOf } from './privateDa.js'

/** A confidential chain, as a node of it is configured. */
export interface PrivateDaOptions {
  /** Committees that have its batches, the newest first. */
  committees: readonly CommitteeFile[]
  /** 32 bytes, or what they give; without it nothing can be read */
  viewKey?: Uint8Array | BatchKeys
  /** `PrivateDA` on L1; default: as the newest committee's file names it */
  adapter?: Address
  /** What the adapter says that the keys of batches are: a view key with another root is refused. */
  keyRoot?: Hash | (() => Promise<Hash>)
  /** account that the nodes let upload batches; only posting needs it */
  uploader?: MessageSigner
  /** seconds for which nodes are asked to keep a batch; default 90 days */
  retention?: number
  /** milliseconds for one question to one node; default 10,000 */
  timeout?: number
  fetch?: typeof globalThis.fetch
  clock?: Clock
  logger?: Logger
}

/**
 * Data availability in the private store: each batch is sealed for the holders of the view key, a committee certifies to L1 that it has it, and everybody else
 * sees ciphertext, lengths and times. docs/guides/confidential.md
 */
export function privateDa(options: PrivateDaOptions): DataAvailability {
  const { committees, adapter = committees[0]?.adapter, ...rest } = options
  const { viewKey, keyRoot, retention, clock } = rest
  const certificates = adapter && committees[0] && { chainId: committees[0].l1ChainId, adapter }
  return privateDaOf({
    committees: committees.map((committee) => ({
      epoch: committee.epoch,
      threshold: committee.storage.threshold,
      store: committeeStore({ ...rest, committee, ...(certificates ? { certificates } : {}) }),
    })),
    ...(certificates ? { certificates } : {}),
    ...(viewKey ? { viewKey } : {}),
    ...(keyRoot ? { keyRoot } : {}),
    ...(retention === undefined ? {} : { retention }),
    ...(clock ? { clock } : {}),
  })
}
