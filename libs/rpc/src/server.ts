import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import {
  BaseError,
  hostAllowed,
  shares,
  silentLogger,
  silentMetrics,
  type Lifecycle,
  type Logger,
  type Metrics,
} from '@animechain/core'
import { mutex } from '@animechain/runtime'
import { WebSocketServer, type WebSocket } from 'ws'
import type { RpcBackend } from './backend.js'
import { connectionTable } from './connections.js'
import type { Context, RequestContext } from './context.js'
import { dispatcher, type Dispatch } from './dispatch/dispatch.js'
import { filters } from './filters.js'
import { serveHttp, type Serving } from './http.js'
import { defaultLimits, type RpcLimits } from './limits.js'
import { allMethods } from './methods/index.js'
import { forwardTo } from './sequencer.js'
import { MAX_FRAGMENTS, serveSocket } from './sockets.js'
import { subscriptions } from './subscriptions/subscriptions.js'
import { transferWatch } from './transfers.js'

/** Where JSON-RPC is served, to whom, and for which node. */
export interface RpcServerOptions {
  backend: RpcBackend
  /** Default 127.0.0.1. */
  host?: string
  /** 0 takes a free one. */
  port: number
  /** Overrides of {@link defaultLimits}. */
  limits?: Partial<RpcLimits>
  logger?: Logger
  metrics?: Metrics
  /** Origins that browsers may call from; `['*']` for any. Default none. */
  cors?: readonly string[]
  /** Host names besides localhost and IP addresses under which the server may be called, against DNS rebinding; `['*']` for any. */
  hosts?: readonly string[]
  /** Addresses of proxies whose `X-Forwarded-For` tells who the client is. Default none: anybody could write there what they like. */
  trustedProxies?: readonly string[]
  /** Where transactions go when the backend has no pool. */
  sequencerUrl?: string
  /** Answer of web3_clientVersion. */
  clientVersion?: string
  /** Least tip that is suggested, wei per gas; default 1,000,000 (0.001 gwei). */
  minTip?: bigint
}

export interface RpcServer extends Lifecycle {
  /** The port in use; the configured one before the start. */
  readonly port: number
  /** `http://host:port`; the same with `ws` is the WebSocket. */
  readonly url: string
}

/** Milliseconds between pings; a client that misses one is cut off. */
const PING_MS = 30_000

/** Ethereum JSON-RPC over HTTP POST and WebSocket on one port. */
export function rpcServer(options: RpcServerOptions): RpcServer {
  const host = options.host ?? '127.0.0.1'
  const limits: RpcLimits = { ...defaultLimits, ...options.limits }
  const logger = options.logger ?? silentLogger

  let port = options.port
  let running: Running | undefined
  /** Starts and stops, one after the other. */
  const { run: inTurn } = mutex()

  return {
    get port() {
      return port
    },
    get url() {
      return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
    },
    start: () =>
      inTurn(async () => {
        if (running !== undefined) return
        const made = run(options, limits, logger)
        await listen(made, options.port, host)
        // From here on an error is that of one connection, as when the process has no file descriptor left for it.
        made.server.removeAllListeners('error')
        made.server.on('error', (error) =>
          logger.warn('a connection was not taken', { error: String(error) }),
        )
        running = made
        port = (made.server.address() as AddressInfo).port
        logger.info('serving JSON-RPC', { host, port })
      }),
    stop: () =>
      inTurn(async () => {
        const closing = running
        running = undefined
        await closing?.stop()
      }),
  }
}

interface Running {
  readonly server: Server
  stop(): Promise<void>
}

/** @throws BaseError `RPC_LISTEN` */
function listen(made: Running, port: number, host: string): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    made.server.once('error', (cause: NodeJS.ErrnoException) => {
      void made.stop()
      reject(
        new BaseError(`JSON-RPC cannot listen on ${host}:${port}.`, {
          code: 'RPC_LISTEN',
          cause,
          metaMessages:
            cause.code === 'EADDRINUSE'
              ? ['The port is in use. Give another one, or 0 for any free port.']
              : [],
        }),
      )
    })
    made.server.listen(port, host, resolve)
  })
}

/** Counts requests under way, so that they are bounded and can be waited for. */
function workCount(dispatch: Dispatch) {
  let inFlight = 0
  let idle: (() => void) | undefined
  const counted: Dispatch = async (body, caller) => {
    inFlight++
    try {
      return await dispatch(body, caller)
    } finally {
      if (--inFlight === 0) idle?.()
    }
  }
  return {
    counted,
    get inFlight() {
      return inFlight
    },
    /** Waits until nothing is under way, or for `ms`. */
    async settled(ms: number) {
      if (inFlight === 0) return
      let timer: NodeJS.Timeout | undefined
      await Promise.race([
        new Promise<void>((resolve) => (idle = resolve)),
        new Promise<void>((resolve) => (timer = setTimeout(resolve, ms))),
      ])
      clearTimeout(timer)
      // The last answers are on their way to the sockets.
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
}

/** The version that the manifest says. */
const packageVersion = (): string =>
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version

function run(options: RpcServerOptions, limits: RpcLimits, logger: Logger): Running {
  const { chain, pool } = options.backend
  const metrics = options.metrics ?? silentMetrics
  const kept = filters({ chain, pool, limits })
  const subscribed = subscriptions({ chain, pool, limits, logger, metrics })
  const context: Omit<Context, keyof RequestContext> = {
    backend: options.backend,
    limits,
    logger,
    filters: kept,
    subscriptions: subscribed,
    sequencer: options.sequencerUrl === undefined ? undefined : forwardTo(options.sequencerUrl, logger),
    clientVersion:
      options.clientVersion ??
      `animechain/v${packageVersion()}/${process.platform}-${process.arch}/node${process.versions.node}`,
    minTip: options.minTip ?? 1_000_000n,
    waiting: { count: 0 },
  }
  const work = workCount(dispatcher({ methods: allMethods, context, logger, metrics }))
  const origins = options.cors ?? []
  let stopping = false
  const connections = connectionTable(limits, options.trustedProxies)
  const transfers = transferWatch({ bytesPerSecond: limits.transferRate, graceMs: limits.transferGraceMs })
  const serving: Serving = {
    limits,
    dispatch: work.counted,
    bodies: shares({ total: limits.bodiesBytes, perClient: limits.clientBodiesBytes }),
    answers: shares({ total: limits.answersBytes, perClient: limits.clientAnswersBytes }),
    transfers,
    // One request of each connection is always taken: else those who keep slow ones under way would lock others out.
    busy: ({ active }) => stopping || (work.inFlight >= limits.inFlight && active > 1),
    hostAllowed: ({ headers }) => hostAllowed(headers.host, options.hosts ?? []),
    originAllowed: (origin) => origins.includes('*') || origins.includes(origin),
    anyOrigin: origins.includes('*'),
  }

  const server = httpServer(serving, connections, logger)
  const sockets = webSockets({ server, serving, connections, subscribed, metrics, logger }, () => stopping)

  return {
    server,
    async stop() {
      stopping = true
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeIdleConnections()
      await work.settled(limits.stopGraceMs)
      kept.stop()
      subscribed.stop()
      transfers.stop()
      for (const client of sockets.clients) client.close(1001, 'the server stops')
      const wait = setTimeout(() => {
        for (const client of sockets.clients) client.terminate()
        server.closeAllConnections()
      }, 200)
      server.closeIdleConnections()
      await closed
      clearTimeout(wait)
      for (const client of sockets.clients) client.terminate()
      sockets.close()
    },
  }
}

function httpServer(
  serving: Serving,
  connections: ReturnType<typeof connectionTable>,
  logger: Logger,
): Server {
  const { limits } = serving
  const server = createServer(
    {
      keepAliveTimeout: 65_000,
      requestTimeout: limits.requestTimeoutMs,
      headersTimeout: limits.requestTimeoutMs,
      connectionsCheckingInterval: Math.min(limits.requestTimeoutMs, 5_000),
    },
    (request, response) => {
      const { socket } = request
      const connection = connections.of(socket)
      // Requests that are sent without waiting for answers: the rest stays in the socket.
      if (++connection.active >= limits.socketInFlight) socket.pause()
      const serve = async () => {
        if (connection.active > limits.socketInFlight)
          await new Promise<void>((resolve) => connection.waiting.push(resolve))
        // Its end, which the serving would wait for, may have been told while it waited.
        if (!request.destroyed) await serveHttp(serving, connection, request, response)
      }
      serve()
        .catch((error: unknown) => {
          logger.debug('a connection failed', { error: String(error) })
          response.destroy()
        })
        .finally(() => {
          connection.active--
          // One read may hold hundreds of requests: others get their turns between them.
          const next = connection.waiting.shift()
          if (next) setImmediate(next)
          if (connection.active < limits.socketInFlight && socket.isPaused()) socket.resume()
        })
    },
  )
  server.on('connection', (socket: Socket) => connections.accept(socket))
  return server
}

function webSockets(
  parts: {
    server: Server
    serving: Serving
    connections: ReturnType<typeof connectionTable>
    subscribed: ReturnType<typeof subscriptions>
    metrics: Metrics
    logger: Logger
  },
  stopping: () => boolean,
): WebSocketServer {
  const { server, serving, connections, subscribed, logger } = parts
  const openSockets = parts.metrics.gauge({ name: 'rpc_websockets', help: 'Open WebSocket connections.' })
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: serving.limits.bodyBytes,
    maxFragments: MAX_FRAGMENTS,
    perMessageDeflate: false,
  } as ConstructorParameters<typeof WebSocketServer>[0])
  const alive = new WeakSet<WebSocket>()
  server.on('upgrade', (request: IncomingMessage, tcp: Socket, head: Buffer) => {
    const refuse = (status: string) =>
      tcp.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
    tcp.on('error', () => tcp.destroy())
    const { origin } = request.headers
    if (stopping()) return refuse('503 Service Unavailable')
    if (!serving.hostAllowed(request) || (origin !== undefined && !serving.originAllowed(origin)))
      return refuse('403 Forbidden')
    const open = connections.of(tcp)
    open.identify(request)
    sockets.handleUpgrade(request, tcp, head, (socket) => {
      alive.add(socket)
      openSockets.set(sockets.clients.size)
      socket.on('pong', () => alive.add(socket))
      socket.on('message', () => alive.add(socket))
      socket.on('close', () => openSockets.set(sockets.clients.size))
      serveSocket({ socket, tcp, open, serving, subscriptions: subscribed, logger })
    })
  })
  const pings = setInterval(() => {
    for (const client of sockets.clients) {
      if (!alive.delete(client)) client.terminate()
      else client.ping()
    }
  }, PING_MS)
  pings.unref()
  server.on('close', () => clearInterval(pings))
  return sockets
}
