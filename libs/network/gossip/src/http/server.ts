import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  concatBytes,
  hostAllowed,
  shares,
  steadyTime,
  type Clock,
  type Hash,
  type Lifecycle,
  type Logger,
} from '@animechain/core'
import type { GossipBounds } from '../bounds.js'
import { GossipError } from '../errors.js'
import type { Intake, Outcome } from '../intake.js'
import type { GossipMetrics } from '../metrics.js'
import { framed } from '../p2p/frames.js'
import type { Offence, Penalties } from '../penalties.js'
import { rateLimit } from '../rate.js'
import { MAX_MESSAGE_BYTES, type MessageSource, type TopicRules } from '../topic.js'
import { decodeCursor, encodeCursor, MAX_LISTED } from './cursor.js'

/** Where a node answers over HTTP. */
export interface HttpServerOptions {
  /** default 127.0.0.1 */
  host?: string
  /** 0 takes a free one */
  port: number
  /** Host names besides localhost and IP addresses under which it may be called, against DNS rebinding; `['*']` for any. */
  hosts?: readonly string[]
}

/** What the server needs from the node. */
export interface HttpServerParts {
  options: HttpServerOptions
  topics: Readonly<Record<string, TopicRules>>
  bounds: GossipBounds
  clock: Clock
  logger: Logger
  metrics: GossipMetrics
  penalties: Penalties
  intake: Intake
  take(topic: string, bytes: Uint8Array, source: MessageSource): Promise<Outcome>
  payload(hash: Hash, signal: AbortSignal): Promise<Uint8Array | undefined>
  blame(peer: string, offence: Offence): void
}

/** The HTTP side of a node that answers. */
export interface GossipServer extends Lifecycle {
  readonly url: string
}

interface Reply {
  status: number
  body: Uint8Array | string
  headers?: Record<string, string>
  /** Nothing more is read from this connection. */
  close?: boolean
}

const problem = (status: number, text: string, more: Partial<Reply> = {}): Reply => ({
  status,
  body: `${JSON.stringify({ error: text })}\n`,
  ...more,
})
const said = (status: number, outcome: string): Reply => ({
  status,
  body: `${JSON.stringify({ outcome })}\n`,
})

/** A body that is no longer than it may be; undefined where it is. */
async function bodyOf(request: IncomingMessage, maxBytes: number): Promise<Uint8Array | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return undefined
  const pieces: Uint8Array[] = []
  let length = 0
  for await (const piece of request as AsyncIterable<Uint8Array>) {
    length += piece.length
    if (length > maxBytes) return undefined
    // Many small pieces cost more than their bytes.
    if (pieces.push(piece) > 64) pieces.splice(0, pieces.length, concatBytes(...pieces))
  }
  return concatBytes(...pieces)
}

/** What became of a message, for whoever posted it. */
function replyTo(outcome: Outcome): Reply {
  switch (outcome.outcome) {
    case 'accepted':
      return said(202, 'accepted')
    case 'duplicate':
      return said(200, 'duplicate')
    case 'ignored':
      return problem(422, outcome.reason)
    case 'rejected':
      return problem(400, outcome.reason)
  }
}

const PAYLOAD = /^\/v1\/payloads\/(0x[0-9a-f]{64})$/
const GOSSIP = /^\/v1\/gossip\/([A-Za-z0-9_-]{1,64})(?:\/([A-Za-z0-9_.-]{1,128}))?$/

/** What is done for a request, apart from its connection. */
function routes(parts: HttpServerParts) {
  const { topics, bounds, clock, intake } = parts
  const run = randomBytes(8).toString('hex')

  async function post(request: IncomingMessage, topic: string, client: string): Promise<Reply> {
    const { maxBytes = MAX_MESSAGE_BYTES } = topics[topic]!
    const body = await bodyOf(request, maxBytes)
    if (!body) return problem(413, `expected at most ${maxBytes} bytes`, { close: true })
    const outcome = await parts.take(topic, body, { kind: 'http', peer: client })
    if (outcome.outcome === 'rejected') parts.blame(client, 'rejected')
    return replyTo(outcome)
  }

  function list(topic: string, group: string | undefined, query: URLSearchParams): Reply {
    const cursor = decodeCursor(query.get('after'))
    const limit = Number(query.get('limit') ?? MAX_LISTED)
    if (!Number.isInteger(limit) || limit < 1)
      return problem(400, 'expected limit to be a whole number above 0')
    const kept = intake.recent(topic)!
    const found = kept.list({
      // A cursor of another run says nothing about this one.
      after: cursor?.run === run ? cursor.place : 0,
      limit: Math.min(limit, MAX_LISTED),
      now: clock.now(),
      ...(group === undefined ? {} : { group }),
    })
    return {
      status: 200,
      body: concatBytes(...found.map(({ message }) => framed(message.bytes))),
      headers: { 'gossip-cursor': encodeCursor({ run, place: kept.last }) },
    }
  }

  async function payload(hash: Hash): Promise<Reply> {
    const found = await parts.payload(hash, AbortSignal.timeout(bounds.requestTimeoutMs))
    if (!found || found.length > bounds.maxPayloadBytes) return problem(404, 'not here')
    return { status: 200, body: found }
  }

  /** What a topic's own path says; undefined where it is the path of none. */
  function own(pathname: string): Reply | undefined {
    const now = clock.now()
    for (const [topic, { route }] of Object.entries(topics)) {
      const kept = intake.recent(topic)!
      if (!route || !(pathname === route.path || pathname.startsWith(`${route.path}/`))) continue
      const group = pathname.slice(route.path.length + 1)
      if ((route.lists === 'group') === (group === '')) continue
      if (route.lists === 'latest') {
        const latest = kept.highest(now)
        return latest ? { status: 200, body: latest.message.bytes } : problem(404, 'nothing yet')
      }
      const found = kept.list({ limit: MAX_LISTED, now, ...(group === '' ? {} : { group }) })
      return { status: 200, body: concatBytes(...found.map(({ message }) => message.bytes)) }
    }
    return undefined
  }

  return async (request: IncomingMessage, client: string): Promise<Reply> => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://node')
    if (request.method === 'OPTIONS') return { status: 204, body: '' }
    const listed = request.method === 'GET' ? own(pathname) : undefined
    if (listed) return listed
    const hash = PAYLOAD.exec(pathname)?.[1]
    if (hash) return request.method === 'GET' ? payload(hash as Hash) : problem(405, 'expected GET')
    const [, topic, group] = GOSSIP.exec(pathname) ?? []
    if (topic === undefined || !Object.hasOwn(topics, topic))
      return problem(404, `expected /v1/gossip/{${Object.keys(topics).join(',')}} or /v1/payloads/0x…`)
    if (request.method === 'GET') return list(topic, group, searchParams)
    if (request.method === 'POST' && group === undefined) return post(request, topic, client)
    return problem(405, 'expected GET, or POST for a topic')
  }
}

function send(response: ServerResponse, { status, body, headers, close }: Reply): void {
  response.writeHead(status, {
    'content-type': typeof body === 'string' ? 'application/json' : 'application/octet-stream',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    // What is served is public, and watchers in browsers ask and post too.
    'access-control-allow-origin': '*',
    'access-control-allow-methods': 'GET, POST',
    'access-control-allow-headers': 'content-type',
    'access-control-max-age': '7200',
    'access-control-expose-headers': 'gossip-cursor',
    ...headers,
    ...(close ? { connection: 'close' } : {}),
  })
  response.end(body)
}

/** One request from its first check to its answer. */
function answering(parts: HttpServerParts) {
  const { options, bounds, clock, logger, metrics, penalties } = parts
  const handle = routes(parts)
  const limit = rateLimit(bounds.httpRate)
  let open = 0
  const reply = async (request: IncomingMessage): Promise<Reply> => {
    const client = request.socket.remoteAddress ?? ''
    if (!hostAllowed(request.headers.host, options.hosts ?? []))
      return problem(403, 'invalid host specified', { close: true })
    if (penalties.isGraylisted(client, clock.now()))
      return problem(403, 'this address sent what was rejected', { close: true })
    if (limit.take(client, 1, steadyTime(clock)) < 1) {
      const seconds = Math.ceil(limit.waitMs(client, steadyTime(clock)) / 1_000)
      return problem(429, 'too many requests', { close: true, headers: { 'retry-after': String(seconds) } })
    }
    if (open >= bounds.maxHttpRequests)
      return problem(503, 'too many requests at once', { close: true, headers: { 'retry-after': '1' } })
    open++
    try {
      return await handle(request, client)
    } catch (error) {
      logger.warn('a request failed', { error: String(error) })
      return problem(500, 'the request failed', { close: true })
    } finally {
      open--
    }
  }
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const answer = await reply(request)
    metrics.requests.inc(1, { what: 'http', status: String(answer.status) })
    send(response, answer)
  }
}

/**
 * How long a connection without a request stays open, milliseconds: longer than proxies keep theirs, and than a busy client pauses. One that the server ends just
 * as the client asks again on it fails that request, with a reset. What is open is bounded by number, so that idle ones keep nobody out.
 */
const KEEP_ALIVE_MS = 65_000

/** Bounds open connections: the oldest of the address that has most gives way, so that nobody keeps the others out. */
function boundConnections(server: Server, most: number): void {
  const places = shares({ total: most })
  let count = 0
  server.on('connection', (socket) => {
    const age = count++
    const place = places.hold(socket.remoteAddress ?? '', {
      rank: () => age,
      giveWay: () => socket.destroy(),
    })
    place.grow(1)
    socket.once('close', () => place.end())
  })
}

/** @throws {GossipError} `GOSSIP_LISTEN` */
async function listen(server: Server, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new GossipError(`The gossip server cannot listen on ${host}:${port}.`, 'GOSSIP_LISTEN', { cause }),
      ),
    )
    server.listen(port, host, () => resolve())
  })
}

/** Serves `POST` and `GET /v1/gossip/<topic>`, `GET /v1/gossip/<topic>/<group>`, topics' own paths and `GET /v1/payloads/<hash>`. docs/spec/network.md, 10 */
export function gossipServer(parts: HttpServerParts): GossipServer {
  const { host = '127.0.0.1' } = parts.options
  let { port } = parts.options
  let running: Server | undefined
  return {
    get url() {
      return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
    },
    async start() {
      if (running) return
      const respond = answering(parts)
      const server = createServer(
        {
          keepAliveTimeout: KEEP_ALIVE_MS,
          requestTimeout: parts.bounds.requestTimeoutMs,
          headersTimeout: parts.bounds.requestTimeoutMs,
          maxHeaderSize: 16_384,
        },
        (request, response) => void respond(request, response).catch(() => response.destroy()),
      )
      boundConnections(server, parts.bounds.maxHttpConnections)
      await listen(server, host, port)
      running = server
      port = (server.address() as AddressInfo).port
    },
    async stop() {
      const server = running
      running = undefined
      if (!server) return
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}
