import type { AddressInfo } from 'node:net'
import type { Readable } from 'node:stream'
import rateLimit from '@fastify/rate-limit'
import { isBaseError, type Hash, type Lifecycle, type Logger } from '@animechain/core'
import { toJson, type ApiError } from '@animechain/vault-protocol'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { malformed, Refusal } from './refusal.js'

/** Bytes of a JSON body at most. */
export const maxJsonBytes = 256 * 1_024
/** Bytes of a part of a shard at most. */
export const maxPartBytes = 8 * 2 ** 20

/** Where and how the API is served. */
export interface HttpOptions {
  /** default 127.0.0.1 */
  host?: string
  /** 0 takes a free one */
  port: number
  /** Addresses of proxies whose `X-Forwarded-For` names the client. */
  trustedProxies?: readonly string[]
  /** requests of one client a minute; default 60,000: a unit each 1 ms */
  requestsPerMinute?: number
  /** connections at once; default 1,024 */
  connections?: number
  logger: Logger
}

/** A server with the routes that were put on it. */
export interface HttpServer extends Lifecycle {
  readonly url: string
  readonly port: number
}

/** Bytes that are read by the route itself, as they come. */
export type StreamBody = Readable

const hashPattern = '^0x[0-9a-f]{64}$'
/** Schemas of what routes have in their paths: fastify answers 400 for others. */
export const parameters = {
  blob: { blob: { type: 'string', pattern: hashPattern } },
  shard: { shard: { type: 'integer', minimum: 0, maximum: 4 } },
  stripe: { stripe: { type: 'integer', minimum: 0, maximum: 2 ** 32 } },
  object: { object: { type: 'string', pattern: hashPattern } },
  rendition: { rendition: { type: 'integer', minimum: 0, maximum: 255 } },
} as const

/** Parameters of a path, checked by its schema. */
export const paramsOf = (request: FastifyRequest) =>
  request.params as { blob: Hash; shard: number; stripe: number; object: Hash; rendition: number }

/** JSON of a body. @throws {Refusal} */
export function jsonOf(request: FastifyRequest): unknown {
  try {
    return JSON.parse(Buffer.from(request.body as Uint8Array).toString())
  } catch (cause) {
    throw malformed('The body is no JSON.', cause)
  }
}

/** Answers with JSON; bigints are decimal strings. */
export const sendJson = (reply: FastifyReply, value: unknown, status = 200) =>
  reply.code(status).type('application/json').send(toJson(value))

/** What is said of what could not be done. */
function refusalOf(error: unknown): {
  status: number
  code: string
  message: string
  headers?: Record<string, string>
} {
  if (error instanceof Refusal)
    return { status: error.status, code: error.code, message: error.shortMessage, headers: error.headers }
  if (isBaseError(error)) {
    if (error.code === 'VAULT_MALFORMED' || error.code === 'INVALID_INPUT')
      return { status: 400, code: 'VAULT_MALFORMED', message: error.shortMessage }
    if (error.code === 'VAULT_BUSY') return { status: 429, code: error.code, message: error.shortMessage }
  }
  const { statusCode, code, message } = error as { statusCode?: number; code?: string; message: string }
  // Those of fastify: bodies that are too long, paths that are none, too many requests.
  if (statusCode === 429) return { status: 429, code: 'VAULT_BUSY', message: 'There were too many requests.' }
  if (statusCode !== undefined && statusCode < 500)
    return { status: statusCode, code: 'VAULT_MALFORMED', message: `${message} (${code})` }
  return { status: 503, code: 'VAULT_UNAVAILABLE', message: 'The node could not do this at the moment.' }
}

function addHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({
      'cache-control': 'no-store',
      'access-control-allow-origin': '*',
      'access-control-expose-headers': 'x-vault-path, upload-offset, x-vault-complete, retry-after',
      'x-content-type-options': 'nosniff',
    })
    if (request.method !== 'OPTIONS') return
    await reply
      .code(204)
      .headers({
        'access-control-allow-methods': 'GET, HEAD, PUT, POST, DELETE',
        'access-control-allow-headers': 'content-type, content-range',
        'access-control-max-age': '600',
      })
      .send()
  })
}

function addParsers(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  // The bytes as they came: what they are is said by a receipt, also where they are no JSON.
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  )
  app.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload))
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
}

/** Serves routes over HTTP, bounded: bodies, connections, requests of a client. */
export function httpServer(options: HttpOptions, routes: (app: FastifyInstance) => void): HttpServer {
  const { host = '127.0.0.1', logger } = options
  let app: FastifyInstance | undefined
  let port = options.port

  async function make(): Promise<FastifyInstance> {
    const made = fastify({
      logger: false,
      bodyLimit: maxJsonBytes,
      trustProxy: options.trustedProxies?.length ? [...options.trustedProxies] : false,
      requestTimeout: 120_000,
      connectionTimeout: 120_000,
      forceCloseConnections: true,
      exposeHeadRoutes: false,
      routerOptions: { maxParamLength: 100 },
    })
    made.server.maxConnections = options.connections ?? 1_024
    addHeaders(made)
    addParsers(made)
    await made.register(rateLimit, {
      global: true,
      max: options.requestsPerMinute ?? 60_000,
      timeWindow: 60_000,
      cache: 10_000,
    })
    made.setErrorHandler((error, request, reply) => {
      const { status, code, message, headers } = refusalOf(error)
      if (status >= 500 || isBaseError(error))
        logger[status >= 500 ? 'warn' : 'debug']('a request was refused', {
          route: request.routeOptions.url,
          status,
          code,
          error: (error as Error).message,
        })
      const body: ApiError = { error: { code, message } }
      return sendJson(reply.headers(headers ?? {}), body, status)
    })
    made.setNotFoundHandler((request, reply) => {
      const body: ApiError = {
        error: { code: 'VAULT_NO_ROUTE', message: `No ${request.method} ${request.url.slice(0, 80)}.` },
      }
      // Not 404: that would say that the node has not what it was asked for.
      return sendJson(reply, body, 400)
    })
    routes(made)
    return made
  }

  return {
    get url() {
      return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
    },
    get port() {
      return port
    },
    async start() {
      if (app) return
      const made = await make()
      await made.listen({ host, port: options.port })
      app = made
      port = (made.server.address() as AddressInfo).port
    },
    async stop() {
      const running = app
      app = undefined
      await running?.close()
    },
  }
}
