import { createServer, type IncomingMessage, type Server } from 'node:http'
import { hostAllowed, isBaseError, shares, type Lifecycle, type Logger } from '@animechain/core'
import type { Asset, Bridge, RouteRequest } from '@animechain/bridge'

/** Longest request body, bytes. */
const MAX_BODY = 16_384
/** Open connections; the oldest of who has most gives way to a new one. */
const MAX_CONNECTIONS = 512

interface Answer {
  status: number
  body: unknown
}

class BadRequest extends Error {}

/** HTTP API of the bridge; JSON, bigints as decimal strings. `GET /` lists it. */
export function httpApi(options: {
  bridge: Bridge
  host: string
  port: number
  /** Host names besides localhost and IP addresses under which it may be called, against DNS rebinding; `['*']` for any. */
  hosts?: readonly string[]
  logger: Logger
}): Lifecycle & { readonly url: string } {
  const { bridge, host, logger } = options
  let port = options.port
  let server: Server | undefined

  const endpoints = {
    'GET /v1/withdrawals?status=&sender=&limit=': 'withdrawals that the bridge follows, the newest last',
    'GET /v1/withdrawals/{withdrawal hash or L2 transaction hash}':
      'one withdrawal, with the seconds to its next step',
    'GET /v1/deposits/{L1 transaction hash}': 'one deposit',
    'POST /v1/routes':
      'the transactions to sign for { direction, asset, amount, tokenId?, to, minGasLimit? }',
  }

  async function answer(request: IncomingMessage): Promise<Answer> {
    const url = new URL(request.url ?? '/', 'http://bridge')
    const parts = url.pathname.split('/').filter(Boolean)
    if (request.method === 'GET' && parts.length === 0) return { status: 200, body: { endpoints } }
    if (parts[0] === 'v1' && request.method === 'GET' && parts[1] === 'withdrawals') {
      if (parts.length === 2) {
        const status = url.searchParams.get('status')
        const sender = url.searchParams.get('sender')
        const limit = Number(url.searchParams.get('limit') ?? 100)
        if (!Number.isInteger(limit) || limit < 1 || limit > 1_000)
          throw new BadRequest(`limit: expected 1 to 1000, got ${url.searchParams.get('limit')}`)
        return {
          status: 200,
          body: bridge.withdrawals({
            limit,
            ...(status ? { status: status as never } : {}),
            ...(sender ? { sender } : {}),
          }),
        }
      }
      const found = bridge.withdrawal(hash(parts[2]))
      return found
        ? { status: 200, body: found }
        : {
            status: 404,
            body: { error: `no withdrawal ${parts[2]} is known; it is found once its block is safe` },
          }
    }
    if (parts[0] === 'v1' && request.method === 'GET' && parts[1] === 'deposits' && parts.length === 3)
      return { status: 200, body: await bridge.depositStatus(hash(parts[2])) }
    if (parts[0] === 'v1' && request.method === 'POST' && parts[1] === 'routes' && parts.length === 2)
      return { status: 200, body: bridge.route(routeRequest(await readBody(request))) }
    return { status: 404, body: { error: `no ${request.method} ${url.pathname}`, endpoints } }
  }

  return {
    get url() {
      return `http://${host}:${port}`
    },
    async start() {
      if (server) return
      const made = createServer((request, response) => {
        const send = ({ status, body }: Answer) => {
          response.writeHead(status, {
            'content-type': 'application/json',
            'cache-control': 'no-store',
            'access-control-allow-origin': '*',
          })
          response.end(
            JSON.stringify(body, (_key, value) => (typeof value === 'bigint' ? value.toString() : value)),
          )
        }
        if (!hostAllowed(request.headers.host, options.hosts ?? [])) {
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
        answer(request).then(send, (error: unknown) => {
          if (error instanceof BadRequest || (isBaseError(error) && error.code === 'INVALID_INPUT'))
            return send({ status: 400, body: { error: (error as Error).message } })
          logger.warn('a request failed', { path: request.url, error: (error as Error).message })
          send({ status: 502, body: { error: 'the chains could not be asked' } })
        })
      })
      made.requestTimeout = 15_000
      made.headersTimeout = 10_000
      const places = shares({ total: MAX_CONNECTIONS })
      let count = 0
      made.on('connection', (socket) => {
        const age = count++
        const place = places.hold(socket.remoteAddress ?? '', {
          rank: () => age,
          giveWay: () => socket.destroy(),
        })
        place.grow(1)
        socket.once('close', () => place.end())
      })
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

function hash(text: string | undefined): `0x${string}` {
  if (!text || !/^0x[0-9a-fA-F]{64}$/.test(text))
    throw new BadRequest(`expected a hash of 32 bytes as hex, got ${text?.slice(0, 80)}`)
  return text.toLowerCase() as `0x${string}`
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > MAX_BODY) throw new BadRequest(`expected a body of at most ${MAX_BODY} bytes`)
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString())
  } catch {
    throw new BadRequest('expected a body of JSON')
  }
}

function routeRequest(body: unknown): RouteRequest {
  if (typeof body !== 'object' || body === null) throw new BadRequest('expected an object')
  const { direction, asset, amount, tokenId, to, minGasLimit } = body as Record<string, unknown>
  if (direction !== 'deposit' && direction !== 'withdraw')
    throw new BadRequest(`direction: expected deposit or withdraw, got ${String(direction)}`)
  const types = ['eth', 'erc20', 'erc721', 'erc1155']
  if (typeof asset !== 'object' || asset === null || !types.includes((asset as Asset).type))
    throw new BadRequest(`asset: expected { type: ${types.join(' | ')}, l1Token?, l2Token? }`)
  const integer = (name: string, value: unknown) => {
    if (
      (typeof value === 'string' && /^\d{1,78}$/.test(value)) ||
      (typeof value === 'number' && Number.isSafeInteger(value))
    )
      return BigInt(value)
    throw new BadRequest(
      `${name}: expected a whole number as a decimal string, got ${String(value).slice(0, 80)}`,
    )
  }
  return {
    direction,
    asset: asset as Asset,
    amount: integer('amount', amount),
    to: to as `0x${string}`,
    ...(tokenId === undefined ? {} : { tokenId: integer('tokenId', tokenId) }),
    ...(minGasLimit === undefined ? {} : { minGasLimit: Number(integer('minGasLimit', minGasLimit)) }),
  }
}
