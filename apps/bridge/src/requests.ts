import type { IncomingMessage } from 'node:http'
import type { Asset, Bridge, QuoteRequest, RouteRequest } from '@animechain/bridge'

/** Longest request body, bytes. */
const MAX_BODY = 16_384

/** A request that cannot be answered as it is. */
export class BadRequest extends Error {}

/** Which withdrawals are asked for. @throws {BadRequest} */
export function withdrawalFilter(query: URLSearchParams): Parameters<Bridge['withdrawals']>[0] {
  const status = query.get('status')
  const sender = query.get('sender')
  const limit = Number(query.get('limit') ?? 100)
  if (!Number.isInteger(limit) || limit < 1 || limit > 1_000)
    throw new BadRequest(`limit: expected 1 to 1000, got ${query.get('limit')}`)
  return { limit, ...(status ? { status: status as never } : {}), ...(sender ? { sender } : {}) }
}

/** A hash of 32 bytes. @throws {BadRequest} */
export function hash(text: string | undefined): `0x${string}` {
  if (!text || !/^0x[0-9a-fA-F]{64}$/.test(text))
    throw new BadRequest(`expected a hash of 32 bytes as hex, got ${text?.slice(0, 80)}`)
  return text.toLowerCase() as `0x${string}`
}

/** What amount is asked a quote for. @throws {BadRequest} */
export function quoteRequest(query: URLSearchParams): QuoteRequest {
  const address = (name: string) => {
    const value = query.get(name)
    if (value !== null && !/^0x[0-9a-fA-F]{40}$/.test(value))
      throw new BadRequest(`${name}: expected an address, got ${value.slice(0, 80)}`)
    return value?.toLowerCase() as `0x${string}` | undefined
  }
  const [token, remoteToken] = [address('token'), address('remoteToken')]
  return { amount: integer('amount', query.get('amount')), ...(token ? { token, remoteToken } : {}) }
}

/** The JSON in a request's body. @throws {BadRequest} */
export async function readBody(request: IncomingMessage): Promise<unknown> {
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

/** A whole number; large ones are decimal strings. */
function integer(name: string, value: unknown): bigint {
  if (
    (typeof value === 'string' && /^\d{1,78}$/.test(value)) ||
    (typeof value === 'number' && Number.isSafeInteger(value))
  )
    return BigInt(value)
  throw new BadRequest(
    `${name}: expected a whole number as a decimal string, got ${String(value).slice(0, 80)}`,
  )
}

/** What a body asks a route for. @throws {BadRequest} */
export function routeRequest(body: unknown): RouteRequest {
  if (typeof body !== 'object' || body === null) throw new BadRequest('expected an object')
  const { direction, asset, amount, tokenId, to, minGasLimit } = body as Record<string, unknown>
  if (direction !== 'deposit' && direction !== 'withdraw')
    throw new BadRequest(`direction: expected deposit or withdraw, got ${String(direction)}`)
  const types = ['eth', 'erc20', 'erc721', 'erc1155']
  if (typeof asset !== 'object' || asset === null || !types.includes((asset as Asset).type))
    throw new BadRequest(`asset: expected { type: ${types.join(' | ')}, l1Token?, l2Token? }`)
  return {
    direction,
    asset: asset as Asset,
    amount: integer('amount', amount),
    to: to as `0x${string}`,
    ...(tokenId === undefined ? {} : { tokenId: integer('tokenId', tokenId) }),
    ...(minGasLimit === undefined ? {} : { minGasLimit: Number(integer('minGasLimit', minGasLimit)) }),
  }
}
