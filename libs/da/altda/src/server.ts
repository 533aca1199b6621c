import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  BaseError,
  bytesToHex,
  concatBytes,
  hexToBytes,
  hostAllowed,
  keccak256,
  silentLogger,
  silentMetrics,
  steadyTime,
  systemClock,
  type Clock,
  type Lifecycle,
  type Logger,
  type Metrics,
} from '@animechain/core'
import {
  decodeOpCommitment,
  genericEncoded,
  keccakEncoded,
  keccakLayer,
  MAX_ENCODED_BYTES,
  verdictOf,
} from './commitment.js'
import { rateBound, type RateBound } from './rate.js'
import type { AltDaStore } from './store.js'

/** Where the server listens, what it keeps bytes in, and its bounds. */
export interface AltDaServerOptions {
  store: AltDaStore
  /** default 127.0.0.1 */
  host?: string
  /** 0 takes a free one */
  port: number
  /** Asked of writers as `Authorization: Bearer <token>`. Default: whoever reaches the server may write. */
  token?: string
  /** Commits with `0x01 ‖ layer ‖ keccak256` instead of `0x00 ‖ keccak256` where a writer leaves the choice to the server. 0 to 126 */
  genericLayer?: number
  /** Longest body, bytes; default 120,000: what one L1 transaction holds when a challenge is answered */
  maxBytes?: number
  /** for each address; default 100 a second, 200 at once */
  rate?: RateBound
  /** Requests that are answered at once, each with a body of `maxBytes` at most; default 64. More get 503. */
  maxRequests?: number
  /** milliseconds for a request to come in whole; default 30,000 */
  timeoutMs?: number
  /** Host names besides localhost and IP addresses under which it may be called, against DNS rebinding; `['*']` for any. */
  hosts?: readonly string[]
  logger?: Logger
  metrics?: Metrics
  clock?: Clock
}

/** A server of the OP alt-DA protocol. */
export interface AltDaServer extends Lifecycle {
  /** The port in use; the configured one before the start. */
  readonly port: number
  readonly url: string
}

/** What a request is answered with. */
interface Reply {
  status: number
  body: Uint8Array | string
  retryAfterMs?: number
  /** Nothing more is read from this connection. */
  close?: boolean
}

const bytesReply = (body: Uint8Array): Reply => ({ status: 200, body })
const problem = (status: number, body: string, more: Partial<Reply> = {}): Reply => ({
  status,
  body: `${body}\n`,
  ...more,
})

const digest = (text: string) => createHash('sha256').update(text).digest()

/** The encoded commitment in a path, with or without `0x`. */
function commitmentIn(text: string): Uint8Array | undefined {
  const digits = text.startsWith('0x') ? text : `0x${text}`
  if (digits.length > 2 + 2 * MAX_ENCODED_BYTES) return undefined
  try {
    const encoded = hexToBytes(digits)
    return decodeOpCommitment(encoded) && encoded
  } catch {
    return undefined
  }
}

/** The body of a request; undefined where it is longer than `maxBytes`, which is known before it is read where the client says its length. */
async function bodyOf(request: IncomingMessage, maxBytes: number): Promise<Uint8Array | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return undefined
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    length += chunk.length
    if (length > maxBytes) return undefined
    chunks.push(chunk)
  }
  return concatBytes(...chunks)
}

const keyOf = (encoded: Uint8Array) => `altda/${bytesToHex(encoded).slice(2)}`

/** What the server does for a request, apart from its connection. */
function handlers(options: AltDaServerOptions) {
  const { store, genericLayer, maxBytes = 120_000, logger = silentLogger } = options
  const verifiers = genericLayer === undefined ? {} : { [genericLayer]: keccakLayer }
  const secret = options.token === undefined ? undefined : digest(options.token)

  const mayWrite = ({ headers }: IncomingMessage) =>
    secret === undefined ||
    timingSafeEqual(digest(/^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? ''), secret)

  async function put(request: IncomingMessage, given: string | undefined): Promise<Reply> {
    if (!mayWrite(request)) return problem(401, 'expected the token of this server', { close: true })
    const encoded = given === undefined ? undefined : commitmentIn(given)
    if (given !== undefined && !encoded)
      return problem(400, 'expected the hex of a commitment', { close: true })
    const data = await bodyOf(request, maxBytes)
    if (!data) return problem(413, `expected at most ${maxBytes} bytes`, { close: true })
    if (encoded) {
      // Whoever supplies a commitment may be wrong about it, and readers would be served bytes that nobody can use.
      const verdict = await verdictOf(encoded, data, verifiers)
      if (!verdict.valid) return problem(400, verdict.reason)
    }
    const own =
      encoded ??
      (genericLayer === undefined ? keccakEncoded(data) : genericEncoded(genericLayer, keccak256(data)))
    const stored = await store.put(keyOf(own), data)
    if (stored.status !== 'ok') {
      logger.warn('the store did not take a batch', { status: stored.status, bytes: data.length })
      return problem(stored.status === 'tooLarge' ? 413 : 500, `the store answered ${stored.status}`)
    }
    return encoded ? bytesReply(new Uint8Array()) : bytesReply(own)
  }

  async function get(given: string): Promise<Reply> {
    const encoded = commitmentIn(given)
    if (!encoded) return problem(400, 'expected the hex of a commitment')
    const found = await store.get(keyOf(encoded))
    if (found.status === 'missing') return problem(404, 'not here')
    // Whatever else the store says is no absence.
    if (found.status !== 'object') return problem(500, `the store answered ${found.status}`)
    const verdict = await verdictOf(encoded, found.body, verifiers)
    if (verdict.valid) return bytesReply(found.body)
    logger.error('what is stored is not what was put', { commitment: bytesToHex(encoded) })
    return problem(500, 'what is stored is not what was put')
  }

  async function health(): Promise<Reply> {
    const { ok, detail } = (await store.health?.()) ?? { ok: true }
    return ok ? { status: 200, body: 'ok\n' } : problem(503, detail ?? 'the store does not answer')
  }

  return async (request: IncomingMessage, path: string): Promise<Reply> => {
    const [, verb, given, more] = path.split('/')
    if (more !== undefined) return problem(404, 'expected /put, /put/0x… or /get/0x…')
    if (verb === 'health' && given === undefined) return health()
    if (verb === 'put')
      return request.method === 'POST' || request.method === 'PUT'
        ? put(request, given === '' ? undefined : given)
        : problem(405, 'expected POST')
    if (verb === 'get' && given) return request.method === 'GET' ? get(given) : problem(405, 'expected GET')
    return problem(404, 'expected /put, /put/0x… or /get/0x…')
  }
}

function send(response: ServerResponse, { status, body, retryAfterMs, close }: Reply): void {
  response.writeHead(status, {
    'content-type': typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/octet-stream',
    'content-length': Buffer.byteLength(body),
    // An absence of now must not be one of tomorrow.
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(retryAfterMs === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfterMs / 1_000)) }),
    ...(close ? { connection: 'close' } : {}),
  })
  response.end(body)
}

/** One request from its first check to its answer. */
function answering(options: AltDaServerOptions) {
  const { logger = silentLogger, metrics = silentMetrics, clock = systemClock } = options
  const { maxRequests = 64, hosts = [], rate = { perSecond: 100, burst: 200 } } = options
  const handle = handlers(options)
  const wait = rateBound(rate, () => steadyTime(clock))
  const requests = metrics.counter({
    name: 'altda_requests_total',
    help: 'Requests to the alt-DA server.',
    labels: ['verb', 'status'],
  })
  let inFlight = 0

  const reply = async (request: IncomingMessage, path: string): Promise<Reply> => {
    if (!hostAllowed(request.headers.host, hosts))
      return problem(403, 'invalid host specified', { close: true })
    const retryAfterMs = wait(request.socket.remoteAddress ?? '')
    if (retryAfterMs > 0) return problem(429, 'too many requests', { retryAfterMs, close: true })
    if (inFlight >= maxRequests) return problem(429, 'too much at once', { retryAfterMs: 1_000, close: true })
    inFlight++
    try {
      return await handle(request, path)
    } catch (error) {
      logger.warn('a request failed', { error: String(error) })
      return problem(500, 'the request failed', { close: true })
    } finally {
      inFlight--
    }
  }
  return async (request: IncomingMessage, response: ServerResponse) => {
    const path = (request.url ?? '/').split('?')[0]!
    const answer = await reply(request, path)
    const verb = /^\/(get|put|health)(\/|$)/.exec(path)?.[1] ?? 'other'
    requests.inc(1, { verb, status: String(answer.status) })
    send(response, answer)
  }
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new BaseError(`The alt-DA server cannot listen on ${host}:${port}.`, { code: 'ALTDA_LISTEN', cause }),
      ),
    )
    server.listen(port, host, resolve)
  })
}

/**
 * Serves the OP alt-DA protocol: `POST /put`, `POST /put/0x<commitment>`, `GET /get/0x<commitment>`, and `GET /health`. It answers raw bytes, recomputes
 * what it is told, and says 404 only where its store says that there is nothing.
 * @throws {BaseError} `ALTDA_LISTEN` from `start`
 */
export function altDaServer(options: AltDaServerOptions): AltDaServer {
  const { host = '127.0.0.1', timeoutMs = 30_000, maxRequests = 64, store } = options
  let { port } = options
  let running: Server | undefined
  return {
    get port() {
      return port
    },
    get url() {
      return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
    },
    async start() {
      if (running) return
      await store.start?.()
      const respond = answering(options)
      const server = createServer(
        { requestTimeout: timeoutMs, headersTimeout: timeoutMs, maxHeaderSize: 64 * 1_024 },
        (request, response) => void respond(request, response),
      )
      server.maxConnections = 4 * maxRequests
      await listen(server, host, port)
      running = server
      port = (server.address() as AddressInfo).port
    },
    async stop() {
      const server = running
      running = undefined
      if (server) {
        const closed = new Promise((resolve) => server.close(resolve))
        server.closeAllConnections()
        await closed
      }
      await store.stop?.()
    },
  }
}
