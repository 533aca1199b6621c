import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { BaseError, hostAllowed, type Lifecycle } from '@animechain/core'
import { boundConnections } from './connections.js'

/** Default of the option of that name. */
const TIMEOUT_MS = 2_000

/** What a program says about itself: `live` decides about a restart, `ready` about traffic. */
export interface HealthReport {
  /** The process does its work; false asks the supervisor for a restart. Default true. */
  live?: boolean
  /** It can serve: in sync, connected. */
  ready: boolean
  /** Shown as JSON; bigints as decimal strings. No secrets. */
  details?: Record<string, unknown>
}

/** Where `/healthz`, `/readyz` and `/metrics` are served, and what they say. */
export interface HealthServerOptions {
  /** Default 127.0.0.1. */
  host?: string
  /** 0 takes a free one. */
  port: number
  /** Host names besides localhost and IP addresses under which it may be called, against DNS rebinding; `['*']` for any. */
  hosts?: readonly string[]
  health: () => HealthReport | Promise<HealthReport>
  /** Served below /metrics when given. */
  metrics?: { render(): Promise<string>; readonly contentType: string }
  /** After this long a probe counts as failed, milliseconds. Default 2,000. */
  timeoutMs?: number
}

export interface HealthServer extends Lifecycle {
  /** The port in use; the configured one before the start. */
  readonly port: number
  readonly url: string
}

/** What a request is answered with. */
interface Answer {
  status: number
  type: string
  body: string
}

const json = (status: number, value: unknown): Answer => ({
  status,
  type: 'application/json',
  body: `${JSON.stringify(value, (_name, item) => (typeof item === 'bigint' ? item.toString() : item))}\n`,
})

const failedProbe = (error: string): HealthReport => ({ live: false, ready: false, details: { error } })

/** Asks for the health. Without an answer in time, or with an error, the probe has failed. */
async function probe({ health, timeoutMs = TIMEOUT_MS }: HealthServerOptions): Promise<HealthReport> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<HealthReport>((resolve) => {
    timer = setTimeout(() => resolve(failedProbe(`no answer in ${timeoutMs} ms`)), timeoutMs)
  })
  try {
    return await Promise.race([(async () => health())(), timeout])
  } catch (error) {
    return failedProbe(error instanceof BaseError ? error.shortMessage : 'the health check failed')
  } finally {
    clearTimeout(timer)
  }
}

/** Live is who must not be started again, ready who can serve as well. */
function answerProbe(path: '/healthz' | '/readyz', { live = true, ready, details }: HealthReport): Answer {
  const ok = path === '/healthz' ? live : live && ready
  return json(ok ? 200 : 503, { live, ready, ...(details && { details }) })
}

async function answer(options: HealthServerOptions, method: string, path: string): Promise<Answer> {
  const { metrics } = options
  if (method !== 'GET' && method !== 'HEAD') return json(405, { error: 'expected GET' })
  if (path === '/healthz' || path === '/readyz') return answerProbe(path, await probe(options))
  if (path === '/metrics' && metrics)
    return { status: 200, type: metrics.contentType, body: await metrics.render() }
  return json(404, { error: `expected ${metrics ? '/healthz, /readyz or /metrics' : '/healthz or /readyz'}` })
}

function respond(options: HealthServerOptions, request: IncomingMessage, response: ServerResponse): void {
  request.resume()
  if (!hostAllowed(request.headers.host, options.hosts ?? [])) {
    response.writeHead(403, { 'content-type': 'text/plain', connection: 'close' })
    response.end('invalid host specified\n')
    return
  }
  answer(options, request.method ?? 'GET', (request.url ?? '/').split('?')[0]!)
    .catch(() => json(500, { error: 'internal error' }))
    .then(({ status, type, body }) => {
      response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' })
      response.end(request.method === 'HEAD' ? undefined : body)
    })
    .catch(() => response.destroy())
}

function cannotListen(host: string, port: number, cause: NodeJS.ErrnoException): BaseError {
  const isTaken = cause.code === 'EADDRINUSE'
  return new BaseError(`The health endpoint cannot listen on ${host}:${port}.`, {
    code: 'HEALTH_LISTEN',
    cause,
    metaMessages: isTaken ? ['The port is in use. Give another one, or 0 for any free port.'] : [],
  })
}

/** A server that listens. @throws {BaseError} `HEALTH_LISTEN` */
async function listen(options: HealthServerOptions, host: string): Promise<Server> {
  const server = createServer((request, response) => respond(options, request, response))
  server.requestTimeout = 10_000
  server.headersTimeout = 5_000
  boundConnections(server, MAX_CONNECTIONS)
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(cannotListen(host, options.port, cause)))
    server.listen(options.port, host, () => resolve())
  })
  return server
}

/** HTTP for supervisors: `/healthz` (200 or 503), `/readyz` (200 or 503) with a JSON body, and `/metrics` in Prometheus' text format. */
export function healthServer(options: HealthServerOptions): HealthServer {
  const host = options.host ?? '127.0.0.1'
  let server: Server | undefined
  let port = options.port
  return {
    get port() {
      return port
    },
    get url() {
      return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
    },
    async start() {
      if (server !== undefined) return
      server = await listen(options, host)
      port = (server.address() as AddressInfo).port
    },
    async stop() {
      const closing = server
      server = undefined
      if (closing === undefined) return
      await new Promise<void>((resolve) => {
        closing.close(() => resolve())
        closing.closeAllConnections()
      })
    },
  }
}

/** Open connections of supervisors. */
const MAX_CONNECTIONS = 100
