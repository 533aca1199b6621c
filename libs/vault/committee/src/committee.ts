import {
  InvalidInputError,
  silentLogger,
  systemClock,
  type Clock,
  type Hash,
  type Logger,
} from '@animechain/core'
import { emitter, type Emitter } from '@animechain/runtime'
import { UNITS, defaultCrypto, type VaultCrypto } from '@animechain/vault-format'
import type { BlobDescriptor, VaultDomain } from '@animechain/vault-protocol'
import { healthOf, type NodeHealth } from './health.js'
import type { CommitteeEvents, Shared } from './members.js'
import { nodeClient, type StorageNode } from './nodeClient.js'
import {
  prepare,
  send,
  type PrepareOptions,
  type PreparedPut,
  type PutOptions,
  type PutResult,
} from './put.js'
import { contentReader, type ReadOptions } from './read.js'
import { reconstructShard, repair, type RepairOptions, type RepairedShard } from './repair.js'
import { unitReader } from './units.js'

/** Who the committee is, and how it is spoken to. */
export interface CommitteeOptions {
  /** The five members, in the order of the committee's epoch: member j has shard j. */
  nodes: readonly StorageNode[]
  /** where acknowledgements are signed for */
  domain: VaultDomain
  /** milliseconds after which other nodes are asked as well; default 250 */
  hedgeDelay?: number
  /** milliseconds for one question; default 30,000 */
  timeout?: number
  fetch?: typeof globalThis.fetch
  crypto?: VaultCrypto
  clock?: Clock
  logger?: Logger
}

/** The client of a storage committee. */
export interface StorageCommittee {
  readonly nodes: readonly StorageNode[]
  /**
   * Seals content and stores it: reads it twice, first to know its id. Acknowledged means synced on so many nodes.
   * @throws {BaseError} `VAULT_PUT_INCOMPLETE`, `VAULT_SOURCE_CHANGED`, `VAULT_READ_ONCE`
   */
  put(options: PutOptions): Promise<PutResult>
  /** The first half of a put: what comes of it is sent by {@link StorageCommittee.send}, and again after a cut. */
  prepare(options: PrepareOptions & Pick<PutOptions, 'onProgress'>): Promise<PreparedPut>
  /** The second half. Bytes that nodes have already are not sent again. */
  send(
    prepared: PreparedPut,
    options: Omit<PutOptions, 'content' | 'dataKey' | 'project' | 'header'>,
  ): Promise<PutResult>
  /** @throws {BaseError} `VAULT_UNKNOWN_BLOB` where three nodes say that they have it not, `VAULT_UNREADABLE` */
  descriptor(blob: Hash, signal?: AbortSignal): Promise<BlobDescriptor>
  /** Bytes of the content. Throws what reading throws. */
  contentLength(options: Pick<ReadOptions, 'blob' | 'dataKey' | 'signal'>): Promise<number>
  /**
   * Content, verified, in pieces of at most a chunk. Where all are well, a chunk is one question to one node.
   * @throws {BaseError} `VAULT_UNKNOWN_BLOB`, `VAULT_UNREADABLE`, `VAULT_WRONG_KEY`, `VAULT_BAD_CHUNK`, `VAULT_BAD_PADDING`
   */
  read(options: ReadOptions): AsyncGenerator<Uint8Array>
  /**
   * The sealed chunks, for whoever opens them elsewhere, verified by the blob's roots.
   * @throws {BaseError} `VAULT_UNKNOWN_BLOB`, `VAULT_UNREADABLE`, `VAULT_FALSE_PARITY`
   */
  body(options: Pick<ReadOptions, 'blob' | 'ahead' | 'signal'>): AsyncGenerator<Uint8Array>
  /**
   * The units of a shard, one after the other, from the other nodes: what its node needs to have it back. Empty ones included.
   * @throws {BaseError} `VAULT_UNREADABLE`, `VAULT_FALSE_PARITY`
   */
  reconstructShard(options: { blob: Hash; shard: number; signal?: AbortSignal }): AsyncGenerator<Uint8Array>
  /** Brings lost shards back to their nodes. */
  repair(options: RepairOptions): Promise<RepairedShard[]>
  /** Hears of every fault of a node. */
  on: Emitter<CommitteeEvents>['on']
  health(): readonly (StorageNode & NodeHealth)[]
}

/** A client of the committee's five storage nodes. */
export function storageCommittee(options: CommitteeOptions): StorageCommittee {
  const { nodes, domain, clock = systemClock, logger = silentLogger, crypto = defaultCrypto } = options
  const { hedgeDelay = 250, timeout = 30_000, fetch = globalThis.fetch.bind(globalThis) } = options
  if (nodes.length !== UNITS)
    throw new InvalidInputError('nodes', `${UNITS}, one for each shard`, nodes.length)
  const members = nodes.map((node) => ({
    client: nodeClient({ ...node, url: node.url.replace(/\/$/, '') }, { fetch, timeout }),
    health: healthOf(clock),
  }))
  const events = emitter<CommitteeEvents>(logger)
  const shared: Shared = { members, domain, crypto, clock, logger, events, hedgeDelay }
  const units = unitReader(shared)
  const reader = contentReader(shared, units)
  events.on('fault', ({ node, ...fault }) =>
    logger.warn('a storage node is at fault', { node: node.address, ...fault }),
  )
  return {
    nodes,
    async put(parameters) {
      const prepared = await prepare(shared, parameters)
      try {
        return await send(shared, prepared, parameters)
      } finally {
        await prepared.dispose()
      }
    },
    prepare: (parameters) => prepare(shared, parameters),
    send: (prepared, parameters) => send(shared, prepared, parameters),
    descriptor: async (blob, signal) => (await units.blob(blob, signal)).descriptor,
    contentLength: (parameters) => reader.contentLength(parameters),
    read: (parameters) => reader.read(parameters),
    body: (parameters) => reader.body(parameters),
    reconstructShard: (parameters) => reconstructShard(units, parameters),
    repair: (parameters) => repair(shared, units, parameters),
    on: events.on,
    health: () => members.map(({ client, health }) => ({ ...client.node, ...health.state })),
  }
}
