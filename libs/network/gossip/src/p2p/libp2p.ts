import type { GossipSub } from '@libp2p/gossipsub'
import type { Libp2p } from 'libp2p'
import { ensurePromiseWithResolvers } from '../promises.js'

/** What libp2p calls its parts, by way of the package that this one depends on. */
export type P2pNode = Libp2p<{ identify: never; gossip: GossipSub }>
export type PeerId = P2pNode['peerId']
export type Stream = Awaited<ReturnType<P2pNode['dialProtocol']>>
export type Connection = Awaited<ReturnType<P2pNode['dial']>>

/** One function of yamux: what makes muxers. */
type Yamux = (typeof import('@libp2p/yamux'))['yamux']

/** How peers are found out that answer no more, milliseconds. */
export interface Pings {
  /** between two pings */
  everyMs: number
  /** that a ping may stay without answer */
  patienceMs: number
}

/** A peer behind a cable that was cut is dialled again once it is missed. */
const PINGS: Pings = { everyMs: 5_000, patienceMs: 15_000 }

/** What is used of yamux's muxer, and of the connection below it. */
interface Pinged {
  ping(options: { signal: AbortSignal }): Promise<number>
}
interface Below {
  readonly status: string
  abort(error: Error): void
  addEventListener(event: 'close', listener: () => void): void
}

/**
 * Ends a connection whose other end answers no more, as one behind a cable that was cut. By yamux's own pings, of twelve bytes: libp2p's
 * monitor opens a stream for each, which took a third of the time of a node with thirty peers.
 */
function endWhenSilent(muxer: Pinged, connection: Below, { everyMs, patienceMs }: Pings): void {
  const timer = setInterval(() => {
    muxer.ping({ signal: AbortSignal.timeout(patienceMs) }).catch((cause: unknown) => {
      clearInterval(timer)
      if (connection.status === 'open') connection.abort(new Error('The peer does not answer.', { cause }))
    })
  }, everyMs)
  timer.unref()
  connection.addEventListener('close', () => clearInterval(timer))
}

/**
 * Yamux whose connections end where the peer answers no more, and whose streams end quietly with their connection. As it comes, a stream that is opened in the moment in which its connection ends can throw out of
 * a microtask, where nobody catches it, and end the process.
 */
export function quietYamux(
  yamux: Yamux,
  options: NonNullable<Parameters<Yamux>[0]> = {},
  pings = PINGS,
): ReturnType<Yamux> {
  const make = yamux({ ...options, enableKeepAlive: false })
  return () => {
    const factory = make()
    const create = factory.createStreamMuxer.bind(factory)
    factory.createStreamMuxer = (connection) => {
      const muxer = create(connection) as ReturnType<typeof create> &
        Pinged & { send(data: unknown): boolean }
      endWhenSilent(muxer, connection, pings)
      const send = muxer.send.bind(muxer)
      muxer.send = (data) => {
        // Its streams learn of the end by the event of the connection.
        if (connection.status !== 'open' && connection.status !== 'closing') return false
        try {
          return send(data)
        } catch (error) {
          if (connection.status === 'open') throw error
          return false
        }
      }
      return muxer
    }
    return factory
  }
}

/** libp2p, loaded. */
export interface Loaded {
  createLibp2p: (typeof import('libp2p'))['createLibp2p']
  gossipsub: (typeof import('@libp2p/gossipsub'))['gossipsub']
  identify: (typeof import('@libp2p/identify'))['identify']
  noise: (typeof import('@libp2p/noise'))['noise']
  tcp: (typeof import('@libp2p/tcp'))['tcp']
  yamux: (options?: NonNullable<Parameters<Yamux>[0]>) => ReturnType<Yamux>
  multiaddr: (typeof import('@multiformats/multiaddr'))['multiaddr']
}

/** Loads libp2p. Not imported at the top, so that what it lacks on Node 20 is there before, and nodes without peers over libp2p go without it. */
export async function loadLibp2p(): Promise<Loaded> {
  ensurePromiseWithResolvers()
  const node = await import('libp2p')
  const gossipsub = await import('@libp2p/gossipsub')
  const identify = await import('@libp2p/identify')
  const noise = await import('@libp2p/noise')
  const tcp = await import('@libp2p/tcp')
  const { yamux } = await import('@libp2p/yamux')
  const { multiaddr } = await import('@multiformats/multiaddr')
  return {
    createLibp2p: node.createLibp2p,
    gossipsub: gossipsub.gossipsub,
    identify: identify.identify,
    noise: noise.noise,
    tcp: tcp.tcp,
    yamux: (options) => quietYamux(yamux, options),
    multiaddr,
  }
}
