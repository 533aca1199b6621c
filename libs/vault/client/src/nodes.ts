import type { Address, Hash } from '@animechain/core'
import {
  routes,
  signedFromJson,
  toJson,
  type EraseBody,
  type Manifest,
  type ManifestBody,
  type NodeInfo,
  type ProjectRead,
  type ReleaseAnswer,
  type ReleaseBody,
  type RevokeNow,
  type Signed,
  type SupersedeBody,
} from '@animechain/vault-protocol'
import { nodeInfoFromJson, receiptsPageFromJson, releaseAnswerFromJson, type ReceiptsPage } from './wire.js'

/** A member of a committee, as its registry on L1 lists it. */
export interface CommitteeNode {
  address: Address
  url: string
  /** X25519 key that its shares are sealed to */
  shareKey: Hash
}

/** The key nodes that shares are dealt to, in the order of their shares. */
export interface KeyCommittee {
  /** epoch of the committee, as registered on L1 */
  epoch: bigint
  /** shares that open a key */
  threshold: number
  nodes: readonly CommitteeNode[]
}

/** What a node answered. `refused`: it said no, with its code; `unreachable`: nothing that can be read came. */
export type NodeAnswer<T> =
  | { status: 'ok'; value: T }
  | { status: 'refused'; http: number; code: string; message: string }
  | { status: 'unreachable'; message: string }

/** Settings of a call to a node. */
export interface CallOptions {
  signal?: AbortSignal | undefined
  /** milliseconds, default 10,000 */
  timeoutMs?: number | undefined
}

/** The HTTP API of one node. Its methods never throw for what the node does; only `signal` rejects. */
export interface NodeClient {
  readonly node: Pick<CommitteeNode, 'address' | 'url'>
  info(options?: CallOptions): Promise<NodeAnswer<NodeInfo>>
  putManifest(body: ManifestBody, options?: CallOptions): Promise<NodeAnswer<undefined>>
  manifest(object: Hash, rendition: number, options?: CallOptions): Promise<NodeAnswer<Signed<Manifest>>>
  /** A denial is an `ok` too: the receipt says it. */
  release(body: ReleaseBody, options?: CallOptions): Promise<NodeAnswer<ReleaseAnswer>>
  revokeNow(order: Signed<RevokeNow>, options?: CallOptions): Promise<NodeAnswer<undefined>>
  erase(body: EraseBody, options?: CallOptions): Promise<NodeAnswer<undefined>>
  /** To storage nodes: one blob is to go. */
  supersede(body: SupersedeBody, options?: CallOptions): Promise<NodeAnswer<undefined>>
  receipts(
    read: Signed<ProjectRead>,
    page: { from: bigint; limit: number },
    options?: CallOptions,
  ): Promise<NodeAnswer<ReceiptsPage>>
}

/** Longest answer of a node that is read, bytes: a page of receipts with what was asked. */
const MAX_ANSWER = 64 * 1024 * 1024
/** Longest answer of everything else, bytes. */
const MAX_SMALL_ANSWER = 1024 * 1024

/** Nothing of a request stays in a browser's cache, nothing of the page goes along. */
const unseen = {
  redirect: 'error',
  cache: 'no-store',
  credentials: 'omit',
  referrerPolicy: 'no-referrer',
} as const

async function textOf(response: Response, limit: number): Promise<string> {
  const reader = response.body?.getReader()
  if (!reader) return ''
  const decoder = new TextDecoder()
  let text = ''
  let length = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    length += value.length
    if (length > limit) {
      await reader.cancel()
      throw new Error(`expected an answer of at most ${limit} bytes`)
    }
    text += decoder.decode(value, { stream: true })
  }
}

interface Call<T> {
  method: 'GET' | 'PUT' | 'POST'
  path: string
  body?: unknown
  /** throws where the answer is none */
  read(json: unknown): T
  limit?: number
  /** HTTP statuses besides 2xx whose body is read all the same */
  also?: readonly number[]
}

function refusalOf(http: number, json: unknown): { code: string; message: string } {
  const { error } = (json ?? {}) as { error?: { code?: unknown; message?: unknown } }
  const text = (value: unknown, other: string) => (typeof value === 'string' ? value.slice(0, 300) : other)
  return { code: text(error?.code, `HTTP_${http}`), message: text(error?.message, `HTTP status ${http}`) }
}

/** What fetch says is "fetch failed"; why is in its cause. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error & { cause?: { message?: string } }
  return cause?.message ? `${message}: ${cause.message}` : message
}

/** Reads once more where the connection failed: one that was kept open may be closed by the node at the very moment. */
async function fetched(url: URL, init: RequestInit & { signal: AbortSignal }): Promise<Response> {
  try {
    return await fetch(url, init)
  } catch (error) {
    if (init.method !== 'GET' || init.signal.aborted) throw error
    return fetch(url, init)
  }
}

async function ask<T>(
  url: string,
  { method, path, body, read, limit = MAX_SMALL_ANSWER, also = [] }: Call<T>,
  { signal, timeoutMs = 10_000 }: CallOptions,
): Promise<NodeAnswer<T>> {
  const timeout = AbortSignal.timeout(timeoutMs)
  try {
    const response = await fetched(new URL(path, url), {
      method,
      ...unseen,
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      ...(body === undefined ? {} : { body: toJson(body), headers: { 'content-type': 'application/json' } }),
    })
    const text = await textOf(response, limit)
    let json: unknown
    try {
      json = text === '' ? undefined : JSON.parse(text)
    } catch {
      if (response.ok) return { status: 'unreachable', message: 'the node answered something else than JSON' }
    }
    if (response.ok || also.includes(response.status))
      try {
        return { status: 'ok', value: read(json) }
      } catch (error) {
        if (response.ok)
          return {
            status: 'unreachable',
            message: `the node's answer cannot be read: ${(error as Error).message}`,
          }
      }
    return { status: 'refused', http: response.status, ...refusalOf(response.status, json) }
  } catch (error) {
    signal?.throwIfAborted()
    const message = timeout.aborted
      ? `no answer within ${timeoutMs} ms`
      : `cannot be reached: ${reasonOf(error)}`
    return { status: 'unreachable', message }
  }
}

const nothing = (): undefined => undefined

/** Speaks with one node of a committee. */
export function nodeClient(node: Pick<CommitteeNode, 'address' | 'url'>): NodeClient {
  const { url } = node
  const post = (path: string, body: unknown, options: CallOptions = {}) =>
    ask<undefined>(url, { method: 'POST', path, body, read: nothing }, options)
  return {
    node,
    info: (options = {}) => ask(url, { method: 'GET', path: routes.info, read: nodeInfoFromJson }, options),
    putManifest: (body, options = {}) => {
      const { object, rendition } = body.manifest.message
      const path = routes.manifest(object, rendition)
      return ask<undefined>(url, { method: 'PUT', path, body, read: nothing }, options)
    },
    manifest: (object, rendition, options = {}) =>
      ask(
        url,
        {
          method: 'GET',
          path: routes.manifest(object, rendition),
          read: (json) => signedFromJson('Manifest', json),
        },
        options,
      ),
    release: (body, options = {}) =>
      ask(
        url,
        {
          method: 'POST',
          path: routes.release,
          body,
          read: releaseAnswerFromJson,
          also: [400, 403, 429, 503],
        },
        options,
      ),
    revokeNow: (order, options) => post(routes.revokeNow, order, options),
    erase: (body, options) => post(routes.erase, body, options),
    supersede: (body, options) => post(routes.supersede, body, options),
    receipts: (read, { from, limit }, options = {}) =>
      ask(
        url,
        {
          method: 'POST',
          path: routes.receipts,
          body: { read, from, limit },
          read: receiptsPageFromJson,
          limit: MAX_ANSWER,
        },
        options,
      ),
  }
}
