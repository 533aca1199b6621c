import { stopAfter } from './world.js'
import { frameParser, framed } from '../src/p2p/frames.js'
import { loadLibp2p, type Stream } from '../src/p2p/libp2p.js'

/** A peer without manners: libp2p with no gossipsub, so that a test says what is sent. */
export async function rawPeer(address: string) {
  const loaded = await loadLibp2p()
  const node = await loaded.createLibp2p({
    addresses: { listen: [] },
    transports: [loaded.tcp()],
    connectionEncrypters: [loaded.noise()],
    streamMuxers: [loaded.yamux()],
    services: { identify: loaded.identify() },
    connectionGater: { denyDialMultiaddr: () => false },
  })
  stopAfter({ stop: async () => node.stop() })
  // Who does not speak the protocol is no peer of gossipsub.
  await node.handle('/meshsub/1.1.0', (stream) => stream.addEventListener('message', () => {}))
  const connection = await node.dial(loaded.multiaddr(address))
  return {
    id: node.peerId.toString(),
    isConnected: () => connection.status === 'open',
    open: (protocol: string): Promise<Stream> => connection.newStream(protocol),
    /** Dials again with the same identity, and waits whether it is kept. */
    async dial(): Promise<void> {
      const again = await node.dial(loaded.multiaddr(address))
      await again.newStream('/ipfs/id/1.0.0')
    },
    stop: () => node.stop(),
  }
}

/** A field of protocol buffers with bytes in it. */
const field = (number: number, content: Uint8Array): Uint8Array =>
  new Uint8Array([(number << 3) | 2, ...framed(content)])

/** A frame of gossipsub with these messages, as the wire has them. */
export function gossipFrame(topic: string, messages: Uint8Array[]): Uint8Array {
  const name = new TextEncoder().encode(topic)
  const parts = messages.map((data) => field(2, new Uint8Array([...field(2, data), ...field(4, name)])))
  return framed(new Uint8Array(parts.flatMap((part) => [...part])))
}

/** Everything that comes until the stream ends, in frames. */
export async function framesOf(stream: Stream, most = 1_048_576): Promise<Uint8Array[]> {
  const parser = frameParser(most)
  const out: Uint8Array[] = []
  for await (const piece of stream) out.push(...parser.push(piece.subarray()))
  return out
}
