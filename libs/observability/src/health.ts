import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { BaseError, hostAllowed, shares, type Lifecycle } from '@animechain/core'

export interface HealthReport {
  /** The process does its work; false asks the supervisor for a restart. Default true. */
  live?: boolean
  /** It can serve: in sync, connected. */
  ready: boolean
  /** Shown as JSON; bigints as decimal strings. No secrets. */
  details?: Record<string, unknown>
}

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

/** HTTP for supervisors: `/healthz` (200 or 503), `/readyz` (200 or 503) with a JSON body, and `/metrics` in Prometheus' text format. */
export function healthServer(options: HealthServerOptions): HealthServer {
  const host = options.host ?? '127.0.0.1'
  const timeoutMs = options.timeoutMs ?? 2_000
  let server: Server | undefined
  let port = options.port

  const probe = async (): Promise<HealthReport> => {
    let timer: NodeJS.Timeout | undefined
    try {
      return await Promise.race([
        (async () => options.health())(),
        new Promise<HealthReport>((resolve) => {
          timer = setTimeout(
            () => resolve({ live: false, ready: false, details: { error: `no answer in ${timeoutMs} ms` } }),
            timeoutMs,
          )
        }),
      ])
    } catch (error) {
      return {
        live: false,
        ready: false,
        details: { error: error instanceof BaseError ? error.shortMessage : 'the health check failed' },
      }
    } finally {
      clearTimeout(timer)
    }
  }

  const answer = async (
    method: string,
    path: string,
  ): Promise<{ status: number; type: string; body: string }> => {
    const json = (status: number, value: unknown) => ({
      status,
      type: 'application/json',
      body: `${JSON.stringify(value, (_name, item) => (typeof item === 'bigint' ? item.toString() : item))}\n`,
    })
    if (method !== 'GET' && method !== 'HEAD') return json(405, { error: 'expected GET' })
    if (path === '/healthz' || path === '/readyz') {
      const report = await probe()
      const live = report.live ?? true
      const ok = path === '/healthz' ? live : live && report.ready
      return json(ok ? 200 : 503, {
        live,
        ready: report.ready,
        ...(report.details ? { details: report.details } : {}),
      })
    }
    if (path === '/metrics' && options.metrics)
      return { status: 200, type: options.metrics.contentType, body: await options.metrics.render() }
    return json(404, {
      error: `expected ${options.metrics ? '/healthz, /readyz or /metrics' : '/healthz or /readyz'}`,
    })
  }

  return {
    get port() {
      return port
    },
    get url() {
      return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
    },
    async start() {
      if (server !== undefined) return
      const made = createServer((request, response) => {
        request.resume()
        if (!hostAllowed(request.headers.host, options.hosts ?? [])) {
          response.writeHead(403, { 'content-type': 'text/plain', connection: 'close' })
          return void response.end('invalid host specified\n')
        }
        answer(request.method ?? 'GET', (request.url ?? '/').split('?')[0]!)
          .catch(() => ({ status: 500, type: 'application/json', body: '{"error":"internal error"}\n' }))
          .then(({ status, type, body }) => {
            response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' })
            response.end(request.method === 'HEAD' ? undefined : body)
          })
          .catch(() => response.destroy())
      })
      made.requestTimeout = 10_000
      made.headersTimeout = 5_000
      boundConnections(made)
      await new Promise<void>((resolve, reject) => {
        made.once('error', (cause: NodeJS.ErrnoException) =>
          reject(
            new BaseError(`The health endpoint cannot listen on ${host}:${options.port}.`, {
              code: 'HEALTH_LISTEN',
              cause,
              metaMessages:
                cause.code === 'EADDRINUSE'
                  ? ['The port is in use. Give another one, or 0 for any free port.']
                  : [],
            }),
          ),
        )
        made.listen(options.port, host, () => resolve())
      })
      server = made
      port = (made.address() as AddressInfo).port
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

/** The oldest connection of the address that has most gives way to a new one: nobody can keep the supervisor out. */
function boundConnections(server: Server): void {
  const places = shares({ total: MAX_CONNECTIONS })
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
