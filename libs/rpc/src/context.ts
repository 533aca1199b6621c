import type { ChainBlock, Logger, ReadOrigin, SealedHeader } from '@animechain/core'
import type { RpcBackend } from './backend.js'
import type { Client, Connection } from './client.js'
import { serverError } from './errors.js'
import type { Filters } from './filters.js'
import type { RpcLimits } from './limits.js'
import type { BlockRef, Param } from './params.js'
import type { Sequencer } from './sequencer.js'
import type { Subscriptions } from './subscriptions/subscriptions.js'

/** What handlers work with. */
export interface Context {
  readonly backend: RpcBackend
  readonly limits: RpcLimits
  readonly logger: Logger
  readonly filters: Filters
  readonly subscriptions: Subscriptions
  /** Where transactions go when there is no pool. */
  readonly sequencer: Sequencer | undefined
  readonly clientVersion: string
  /** Least tip that is suggested, wei per gas. */
  readonly minTip: bigint
  /** Calls of eth_sendRawTransactionSync that wait. */
  readonly waiting: { count: number }
  readonly client: Client
  /** When the request has had its time, on the clock of `performance.now()`. */
  readonly deadline: number
  /** Absent over HTTP. */
  readonly connection: Connection | undefined
}

/** What differs between the requests of a server. */
export type RequestContext = Pick<Context, 'client' | 'connection' | 'deadline'>

/** One method: how its parameters are read and what it answers. */
export interface Method {
  readonly params: readonly Param<unknown>[]
  /**
   * Works the engine or reads much: a bounded number of these runs at once. `read`: calls, traces and proofs alone, which an engine with turns
   * of its own bounds itself.
   */
  readonly heavy: boolean | 'read'
  /** Has a bound of its own on its time. */
  readonly waits: boolean
  handle(context: Context, ...values: never[]): unknown
}

type Values<P extends readonly Param<unknown>[]> = { [I in keyof P]: ReturnType<P[I]> }

/** A row of a method table. Handlers get their parameters typed. */
export function method<const P extends readonly Param<unknown>[]>(
  params: P,
  handle: (context: Context, ...values: Values<P>) => unknown,
  options: { heavy?: boolean | 'read'; waits?: boolean } = {},
): Method {
  const { heavy = false, waits = false } = options
  return { params, handle: handle as Method['handle'], heavy, waits }
}

export type MethodTable = Readonly<Record<string, Method>>

/** Who asks, as an engine wants to know it. */
export function originOf({ client }: Context): ReadOrigin {
  return { client: client.address, connection: String(client.connection), signal: client.gone }
}

/** The header that a block parameter means, or undefined. */
export function findHeader({ backend }: Context, ref: BlockRef): SealedHeader | undefined {
  if (ref.type === 'tag') return backend.chain.head(ref.tag === 'pending' ? 'latest' : ref.tag)
  return ref.type === 'number'
    ? backend.chain.headerByNumber(ref.number)
    : backend.chain.headerByHash(ref.hash)
}

/** As {@link findHeader}; throws geth's error when there is none. */
export function needHeader(context: Context, ref: BlockRef): SealedHeader {
  const header = findHeader(context, ref)
  if (header === undefined) throw serverError('header not found')
  return header
}

/** The block that a block parameter means, or undefined. */
export function findBlock(context: Context, ref: BlockRef): ChainBlock | undefined {
  const header = findHeader(context, ref)
  return header === undefined ? undefined : context.backend.chain.blockByHash(header.hash)
}

/** The parent of a block whose transactions are executed again. */
export function needParent(context: Context, header: SealedHeader): SealedHeader {
  if (header.number === 0n) throw serverError('genesis is not traceable')
  const parent = context.backend.chain.headerByHash(header.parentHash)
  if (parent === undefined) throw serverError(`parent ${header.parentHash} not found`)
  return parent
}

export const latest: BlockRef = { type: 'tag', tag: 'latest' }
export const pending: BlockRef = { type: 'tag', tag: 'pending' }
