import { setMaxListeners } from 'node:events'
import { isIPv6, type Socket } from 'node:net'
import type { IncomingMessage } from 'node:http'
import { shares, type Holding } from '@animechain/core'
import type { Client } from './client.js'
import type { RpcLimits } from './limits.js'

/** One TCP connection: HTTP, or a WebSocket. */
export interface OpenConnection {
  readonly client: Client
  /** Requests worked on, and those that wait for it. */
  active: number
  /** Begin the requests that came while enough were worked on. At most what one read of the socket holds. */
  readonly waiting: (() => void)[]
  /** Takes what a trusted proxy says about the client. */
  identify(request: IncomingMessage): void
  /** Something was asked for, or answered: it is not idle. */
  touch(): void
  /** How it ends when it has to give way; default: at once. */
  giveWay: () => void
}

export interface Connections {
  /** Of a socket that was accepted. */
  of(socket: Socket): OpenConnection
  /** Takes a new socket in; others may have to give way. */
  accept(socket: Socket): void
}

/**
 * What clients are told apart by: an IPv4 address, or the first half of an IPv6 address, which is what a site gets as a whole (RFC 6177).
 */
export function clientAddress(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').toLowerCase()
  if (!isIPv6(plain)) return plain
  const [head = '', tail] = plain.split('%')[0]!.split('::')
  const groups = head === '' ? [] : head.split(':')
  const rest = tail ? tail.split(':') : []
  if (tail !== undefined)
    groups.push(...Array.from({ length: Math.max(0, 8 - groups.length - rest.length) }, () => '0'), ...rest)
  if (plain === '::1') return plain
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`
}

/** The client that a chain of proxies names: the last address that is not one of `proxies`. */
export function forwardedAddress(
  header: string | string[] | undefined,
  from: string,
  proxies: readonly string[],
): string {
  const known = new Set(proxies.map(clientAddress))
  let address = clientAddress(from)
  const chain = (Array.isArray(header) ? header.join(',') : (header ?? '')).split(',')
  while (known.has(address) && chain.length > 0) {
    const next = clientAddress(chain.pop()!.trim())
    if (next !== '') address = next
  }
  return address
}

/** Idle ones give way before those that are worked for; those that never asked for anything, first. */
const STEP = 1e12

/** Keeps the number of connections within bounds, in all and for each client. The longest idle one of who has most gives way to a newcomer. */
export function connectionTable(
  limits: Pick<RpcLimits, 'connections' | 'clientConnections'>,
  proxies: readonly string[] = [],
): Connections {
  const places = shares({ total: limits.connections, perClient: limits.clientConnections })
  const known = new WeakMap<Socket, OpenConnection>()
  const trusted = new Set(proxies.map(clientAddress))
  let count = 0

  function open(socket: Socket): OpenConnection {
    const number = ++count
    const from = socket.remoteAddress ?? 'unknown'
    const gone = new AbortController()
    // Each call that runs listens.
    setMaxListeners(0, gone.signal)
    let asked = false
    let lastAt = performance.now()
    let place: Holding | undefined
    const enter = (address: string, name: string) => {
      place?.end()
      client = { address, connection: number, gone: gone.signal }
      place = places.hold(name, {
        rank: () => lastAt + (connection.active > 0 ? 2 * STEP : asked ? STEP : 0),
        giveWay: () => connection.giveWay(),
      })
      if (!place.grow(1)) socket.destroy()
    }
    let client: Client
    const connection: OpenConnection = {
      get client() {
        return client
      },
      active: 0,
      waiting: [],
      identify(request) {
        if (!trusted.has(clientAddress(from))) return
        const address = forwardedAddress(request.headers['x-forwarded-for'], from, proxies)
        if (address !== client.address) enter(address, address)
      },
      touch() {
        asked = true
        lastAt = performance.now()
      },
      giveWay: () => socket.destroy(),
    }
    const address = clientAddress(from)
    // Whom a proxy speaks for is not known yet: the proxy itself is no client with many connections.
    enter(address, trusted.has(address) ? `${address} ${number}` : address)
    socket.once('close', () => {
      place?.end()
      gone.abort()
    })
    known.set(socket, connection)
    return connection
  }

  return {
    of: (socket) => known.get(socket) ?? open(socket),
    accept: (socket) => void (known.get(socket) ?? open(socket)),
  }
}
