import { setMaxListeners } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import {
  BaseError,
  silentLogger,
  silentMetrics,
  type Lifecycle,
  type Logger,
  type Metrics,
} from '@animechain/core'
import { WebSocketServer, type WebSocket } from 'ws'
import { defaultLimits, type RpcBackend, type RpcLimits } from './backend.js'
import type { Client, Connection, Context } from './context.js'
import { dispatcher, type Dispatch } from './dispatch.js'
import { filters } from './filters.js'
import { allMethods } from './methods/index.js'
import { forwardTo } from './sequencer.js'

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

const JSON_TYPES = ['application/json', 'application/json-rpc', 'application/jsonrequest']
/** Milliseconds between pings; a client that misses one is cut off. */
const PING_MS = 30_000
const IP = /^(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-fA-F:.]+\])$/

/** Ethereum JSON-RPC over HTTP POST and WebSocket on one port. */
export function rpcServer(options: RpcServerOptions): RpcServer {
  const host = options.host ?? '127.0.0.1'
  const limits: RpcLimits = { ...defaultLimits, ...options.limits }
  const logger = options.logger ?? silentLogger
  const metrics = options.metrics ?? silentMetrics
  const origins = options.cors ?? []
  const hosts = (options.hosts ?? []).map((name) => name.toLowerCase())
  const openSockets = metrics.gauge({ name: 'rpc_websockets', help: 'Open WebSocket connections.' })

  let port = options.port
  let running: { server: Server; stop: () => Promise<void> } | undefined
  /** Starts and stops, one after the other. */
  let last: Promise<void> = Promise.resolve()
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const mine = last.then(work)
    last = mine.catch(() => undefined)
    return mine
  }

  const hostAllowed = (request: IncomingMessage) => {
    const given = request.headers.host
    // HTTP/1.0 clients send none; browsers always do.
    if (given === undefined || hosts.includes('*')) return true
    const name = given.replace(/:\d+$/, '').toLowerCase()
    return name === 'localhost' || IP.test(name) || hosts.includes(name)
  }
  const originAllowed = (origin: string) => origins.includes('*') || origins.includes(origin)

  function run() {
    const kept = filters({ chain: options.backend.chain, pool: options.backend.pool, limits })
    const context: Omit<Context, 'client' | 'connection'> = {
      backend: options.backend,
      limits,
      logger,
      filters: kept,
      sequencer: options.sequencerUrl === undefined ? undefined : forwardTo(options.sequencerUrl, logger),
      clientVersion:
        options.clientVersion ??
        `animechain/v0.1.0/${process.platform}-${process.arch}/node${process.versions.node}`,
      minTip: options.minTip ?? 1_000_000n,
      waiting: { count: 0 },
    }
    const dispatch = dispatcher({ methods: allMethods, context, logger, metrics })
    let inFlight = 0
    let idle: (() => void) | undefined
    let stopping = false
    let connections = 0
    const clients = new WeakMap<Socket, Client>()
    const clientOf = (socket: Socket): Client => {
      const known = clients.get(socket)
      if (known) return known
      const gone = new AbortController()
      // Each call that runs listens.
      setMaxListeners(0, gone.signal)
      socket.once('close', () => gone.abort())
      const client: Client = {
        address: socket.remoteAddress ?? 'unknown',
        connection: ++connections,
        gone: gone.signal,
      }
      clients.set(socket, client)
      return client
    }
    /** Counts work so that it is bounded and can be waited for. */
    const counted: Dispatch = async (body, caller) => {
      inFlight++
      try {
        return await dispatch(body, caller)
      } finally {
        if (--inFlight === 0) idle?.()
      }
    }

    const server = createServer(
      {
        keepAliveTimeout: 65_000,
        requestTimeout: limits.requestTimeoutMs,
        headersTimeout: limits.requestTimeoutMs,
        connectionsCheckingInterval: Math.min(limits.requestTimeoutMs, 5_000),
      },
      (request, response) => {
        serveHttp(
          request,
          response,
          clientOf(request.socket),
          counted,
          () => stopping || inFlight >= limits.inFlight,
        ).catch((error: unknown) => {
          logger.debug('a connection failed', { error: String(error) })
          response.destroy()
        })
      },
    )
    server.maxConnections = limits.connections
    const sockets = new WebSocketServer({
      noServer: true,
      maxPayload: limits.bodyBytes,
      perMessageDeflate: false,
    })
    server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
      const refuse = (status: string) =>
        socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
      socket.on('error', () => socket.destroy())
      const { origin } = request.headers
      if (stopping) refuse('503 Service Unavailable')
      else if (!hostAllowed(request) || (origin !== undefined && !originAllowed(origin)))
        refuse('403 Forbidden')
      else
        sockets.handleUpgrade(request, socket, head, (client) =>
          serveSocket(client, clientOf(socket), counted),
        )
    })
    const alive = new WeakSet<WebSocket>()
    sockets.on('connection', () => openSockets.set(sockets.clients.size))
    const pings = setInterval(() => {
      for (const client of sockets.clients) {
        if (!alive.delete(client)) client.terminate()
        else client.ping()
      }
    }, PING_MS)
    pings.unref()

    function serveSocket(client: WebSocket, from: Client, answer: Dispatch) {
      let active = 0
      alive.add(client)
      client.on('pong', () => alive.add(client))
      const connection: Connection = {
        get isOpen() {
          return client.readyState === client.OPEN
        },
        subscriptions: new Map(),
        send(message) {
          if (client.readyState !== client.OPEN) return
          if (
            client.bufferedAmount + message.length > limits.socketBufferBytes &&
            client.bufferedAmount > 0
          ) {
            logger.info('cut off a slow WebSocket client', { waitingBytes: client.bufferedAmount })
            client.terminate()
          } else client.send(message)
        },
      }
      client.on('message', (data: Buffer) => {
        alive.add(client)
        if (++active >= limits.socketInFlight || inFlight >= limits.inFlight) client.pause()
        answer(data.toString('utf8'), { client: from, connection })
          .then((text) => {
            if (text !== undefined) connection.send(text)
          })
          .catch((error: unknown) => logger.error('a message failed', { error }))
          .finally(() => {
            active--
            if (client.isPaused && client.readyState === client.OPEN) client.resume()
          })
      })
      client.on('error', (error) => logger.debug('a WebSocket failed', { error: String(error) }))
      client.on('close', () => {
        for (const end of connection.subscriptions.values()) end()
        connection.subscriptions.clear()
        openSockets.set(sockets.clients.size)
      })
      sockets.emit('connection', client)
    }

    return {
      server,
      async stop() {
        stopping = true
        clearInterval(pings)
        const closed = new Promise<void>((resolve) => server.close(() => resolve()))
        server.closeIdleConnections()
        if (inFlight > 0) {
          let timer: NodeJS.Timeout | undefined
          await Promise.race([
            new Promise<void>((resolve) => (idle = resolve)),
            new Promise<void>((resolve) => (timer = setTimeout(resolve, limits.stopGraceMs))),
          ])
          clearTimeout(timer)
          // The last answers are on their way to the sockets.
          await new Promise((resolve) => setImmediate(resolve))
        }
        kept.stop()
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

  async function serveHttp(
    request: IncomingMessage,
    response: ServerResponse,
    client: Client,
    answer: Dispatch,
    busy: () => boolean,
  ) {
    const reply = (status: number, body = '', type = 'text/plain') => {
      if (response.headersSent || response.destroyed) return
      response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) })
      response.end(body)
    }
    /** For bodies that will not be read: the connection cannot be used any further. */
    const refuse = (status: number, body: string) => {
      response.setHeader('connection', 'close')
      reply(status, body)
      request.resume()
    }
    if (!hostAllowed(request))
      return refuse(
        403,
        'invalid host specified: localhost, IP addresses and the names of --rpc-hosts are served\n',
      )
    const { origin } = request.headers
    if (origin !== undefined && originAllowed(origin)) {
      response.setHeader('access-control-allow-origin', origins.includes('*') ? '*' : origin)
      response.setHeader('vary', 'Origin')
    }
    if (request.method === 'OPTIONS') {
      response.setHeader('access-control-allow-methods', 'POST, GET, OPTIONS')
      response.setHeader('access-control-allow-headers', 'content-type')
      response.setHeader('access-control-max-age', '600')
      return reply(origin === undefined || originAllowed(origin) ? 204 : 403)
    }
    // Load balancers look whether somebody is there.
    if (request.method === 'GET' || request.method === 'HEAD') return reply(200)
    if (request.method !== 'POST') return refuse(405, 'expected POST\n')
    if (!JSON_TYPES.includes((request.headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase()))
      return refuse(415, 'invalid content type, only application/json is supported\n')
    const tooLarge = `content length too large: at most ${limits.bodyBytes} bytes\n`
    if (Number(request.headers['content-length'] ?? 0) > limits.bodyBytes) return refuse(413, tooLarge)
    if (busy()) return refuse(503, 'the node is busy, try again later\n')

    const chunks: Buffer[] = []
    let bytes = 0
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > limits.bodyBytes) return refuse(413, tooLarge)
      chunks.push(chunk)
    }
    const body = chunks.length === 1 ? chunks[0]!.toString('utf8') : Buffer.concat(chunks).toString('utf8')
    const text = await answer(body, { client })
    if (text === undefined) reply(204)
    else reply(200, text, 'application/json')
  }

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
        const made = run()
        await new Promise<void>((resolve, reject) => {
          made.server.once('error', (cause: NodeJS.ErrnoException) => {
            void made.stop()
            reject(
              new BaseError(`JSON-RPC cannot listen on ${host}:${options.port}.`, {
                code: 'RPC_LISTEN',
                cause,
                metaMessages:
                  cause.code === 'EADDRINUSE'
                    ? ['The port is in use. Give another one, or 0 for any free port.']
                    : [],
              }),
            )
          })
          made.server.listen(options.port, host, resolve)
        })
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
