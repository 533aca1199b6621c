import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { hostAllowed, isBaseError, type Lifecycle, type Logger } from '@animechain/core'
import type { Bridge, FastExitQuote } from '@animechain/bridge'
import { boundConnections } from '@animechain/observability'
import { quoteJson } from './fastExit.js'
import { BadRequest, hash, quoteRequest, readBody, routeRequest, withdrawalFilter } from './requests.js'

/** Open connections. */
const MAX_CONNECTIONS = 512

interface Answer {
  status: number
  body: unknown
}

const endpoints = {
  'GET /v1/withdrawals?status=&sender=&limit=': 'withdrawals that the bridge follows, the newest last',
  'GET /v1/withdrawals/{withdrawal hash or L2 transaction hash}':
    'one withdrawal, with the seconds to its next step; label: how it is paid, canonical or covered-fast',
  'GET /v1/withdrawals/{withdrawal hash}/quote': 'what its early payment costs, beside the ordinary way',
  'GET /v1/quotes?amount=&token=&remoteToken=':
    'the same of an amount that is not withdrawn yet, wei or smallest units; without tokens ETH',
  'GET /v1/deposits/{L1 transaction hash}': 'one deposit',
  'POST /v1/routes': 'the transactions to sign for { direction, asset, amount, tokenId?, to, minGasLimit? }',
}

const ok = (body: unknown): Answer => ({ status: 200, body })
const quoted = (quote: FastExitQuote | undefined, otherwise: string): Answer =>
  quote ? ok(quoteJson(quote)) : { status: 404, body: { error: otherwise } }

async function answer(bridge: Bridge, request: IncomingMessage): Promise<Answer> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://bridge')
  const [version, list, item, part, ...more] = pathname.split('/').filter(Boolean)
  if (`${request.method} ${version}/${list}/${part}` === 'GET v1/withdrawals/quote' && more.length === 0)
    return quoted(await bridge.quote({ id: hash(item) }), `no withdrawal ${item} is known`)
  if (part !== undefined) more.push(part)
  const called = more.length === 0 && `${request.method} ${[version, list].filter(Boolean).join('/')}`
  if (called === 'GET ') return ok({ endpoints })
  if (called === 'GET v1/withdrawals' && item === undefined)
    return ok(bridge.withdrawals(withdrawalFilter(searchParams)))
  if (called === 'GET v1/withdrawals') {
    const found = bridge.withdrawal(hash(item))
    if (found) return ok(found)
    return {
      status: 404,
      body: { error: `no withdrawal ${item} is known; it is found once its block is safe` },
    }
  }
  if (called === 'GET v1/quotes' && item === undefined)
    return quoted(await bridge.quote(quoteRequest(searchParams)), 'nothing to quote')
  if (called === 'GET v1/deposits' && item !== undefined) return ok(await bridge.depositStatus(hash(item)))
  if (called === 'POST v1/routes' && item === undefined)
    return ok(bridge.route(routeRequest(await readBody(request))))
  return { status: 404, body: { error: `no ${request.method} ${pathname}`, endpoints } }
}

/** What is said of a request that could not be answered. */
function refusal(error: unknown, path: string | undefined, logger: Logger): Answer {
  const { message } = error as Error
  if (error instanceof BadRequest || (isBaseError(error) && error.code === 'INVALID_INPUT'))
    return { status: 400, body: { error: message } }
  if (isBaseError(error) && error.code === 'BRIDGE_FAST_NONE')
    return { status: 404, body: { error: error.shortMessage, code: error.code } }
  if (isBaseError(error) && error.code === 'BRIDGE_BUSY')
    return { status: 503, body: { error: error.shortMessage, code: error.code } }
  logger.warn('a request failed', { path, error: message })
  return { status: 502, body: { error: 'the chains could not be asked' } }
}

function send(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    'access-control-allow-origin': '*',
  })
  response.end(JSON.stringify(body, (_key, value) => (typeof value === 'bigint' ? value.toString() : value)))
}

export interface HttpApiOptions {
  bridge: Bridge
  host: string
  port: number
  /** Host names besides localhost and IP addresses under which it may be called, against DNS rebinding; `['*']` for any. */
  hosts?: readonly string[]
  logger: Logger
}

function makeServer({ bridge, hosts = [], logger }: HttpApiOptions): Server {
  const server = createServer((request, response) => {
    if (!hostAllowed(request.headers.host, hosts)) {
      response.writeHead(403, { 'content-type': 'text/plain', connection: 'close' })
      return response.end('invalid host specified\n')
    }
    if (request.method === 'OPTIONS') {
      response.writeHead(204, {
        'access-control-allow-origin': '*',
        'access-control-allow-headers': 'content-type',
        'access-control-allow-methods': 'GET, POST',
      })
      return response.end()
    }
    answer(bridge, request)
      .catch((error: unknown) => refusal(error, request.url, logger))
      .then((made) => send(response, made))
      .catch(() => response.destroy())
  })
  server.requestTimeout = 15_000
  server.headersTimeout = 10_000
  boundConnections(server, MAX_CONNECTIONS)
  return server
}

/** HTTP API of the bridge; JSON, bigints as decimal strings. `GET /` lists it. */
export function httpApi(options: HttpApiOptions): Lifecycle & { readonly url: string } {
  const { host } = options
  let { port } = options
  let server: Server | undefined
  return {
    get url() {
      return `http://${host}:${port}`
    },
    async start() {
      if (server) return
      const made = makeServer(options)
      await new Promise<void>((resolve, reject) => {
        made.once('error', reject)
        made.listen(port, host, resolve)
      })
      server = made
      const address = made.address()
      if (typeof address === 'object' && address) port = address.port
    },
    async stop() {
      const running = server
      server = undefined
      if (!running) return
      running.closeAllConnections()
      await new Promise((resolve) => running.close(resolve))
    },
  }
}
