import type { BaseError, Hex, Logger, Metrics } from '@animechain/core'
import type { S3DaOptions } from '@animechain/da-s3'
import type { BlockDifference } from '@animechain/execution-shadow'
import type { RollupOptions } from '@animechain/node'
import type { CommitteeFile } from '@animechain/vault-protocol'
import type { Deployment } from './deployment.js'
import type { GossipSettings } from './nodeGossip.js'
import type { SharedLayers } from './sharedLayers.js'
import type { DamageWord, DaWord, ExecutionWord, ProvingWord, SettlementWord, StorageWord } from './words.js'

/** A node in words and keys: what a configuration file says. */
export interface NodeSettings {
  execution: ExecutionWord
  /** The other engine executes every block too; told of the first one on which they differ. */
  shadow?: { onDifference: (difference: BlockDifference) => void } | undefined
  /** Threads at most for calls and traces; default `defaultReaderThreads` */
  readerThreads?: number
  da: DaWord
  settlement: SettlementWord
  proving: ProvingWord
  storage: StorageWord
  /** What to do with a damaged store; default `refuse`. */
  onDamage?: DamageWord | undefined
  /** Told of failures that the store does not get over by itself. */
  onStorageFailure?: (error: BaseError) => void
  /** folder of the node */
  dataDir: string
  deployment: Deployment
  /** JSON-RPC of L1; of several, `l1Quorum` must agree (default: more than half) */
  l1RpcUrl: string | readonly string[]
  l1Quorum?: number | undefined
  /** Beacon APIs that serve blobs, asked in turn: of L1, or of an archive of what L1 has dropped */
  l1BeaconUrl?: string | readonly string[] | undefined
  /** Where blobs are kept for ever: a folder, or a bucket as `s3://bucket/prefix/`; default: in the node's folder */
  blobArchive?: string | undefined
  /** View key of a confidential chain, 32 bytes: reads its batches, and seals them with `da: 'private'` */
  viewKey?: Hex | undefined
  /** Committees that have the batches of a confidential chain, or their files, the newest first */
  committee?: readonly (string | CommitteeFile)[]
  /** Servers of the OP alt-DA protocol: the first is written to where `da` says so, all are read from. */
  altDaUrl?: readonly string[] | undefined
  /** Sent to the first of them as a bearer token. */
  altDaToken?: string | undefined
  /** The bucket that batches are put in with `da: 's3'`, and read from. */
  s3?: S3DaOptions | undefined
  /** What `da: 'failover'` is made of, in the order in which they are taken; default none */
  daFailover?: readonly DaWord[] | undefined
  /** Layers in memory that this node has in common with others of its process; default: a sequencer makes its own, a verifier has none. */
  shared?: SharedLayers
  /** Keys of the roles that the node plays; without one it does not play it. */
  keys?: {
    batcher?: Hex | undefined
    proposer?: Hex | undefined
    challenger?: Hex | undefined
    /** announces a sequencer's blocks, over gossip */
    blockSigner?: Hex | undefined
  }
  /** The network of verifiers; default: the node takes no part. */
  gossip?: GossipSettings
  /** wei per gas that moves in disputes may cost; default: those of `@animechain/proving-interactive` */
  disputeFees?: { normal: bigint; urgent: bigint } | undefined
  /** Everything else of `createRollup` of @animechain/node. */
  options?: Partial<
    Omit<
      RollupOptions,
      'chain' | 'genesis' | 'execution' | 'da' | 'settlement' | 'proving' | 'storage' | 'logger' | 'metrics'
    >
  >
  logger: Logger
  metrics: Metrics
}
