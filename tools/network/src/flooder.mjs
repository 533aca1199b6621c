// A peer that sends as much as it is told to a node, with another identity each time it is cut off: messages that are rejected, or the same valid one again
// and again. Tells its parent how much left it.
import { attestation, chainId } from './messages.mjs'

// Node has it from 22 on, and libp2p needs it.
Promise.withResolvers ??= () => {
  const made = {}
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }))
  return made
}
const { identify } = await import('@libp2p/identify')
const { noise } = await import('@libp2p/noise')
const { tcp } = await import('@libp2p/tcp')
const { yamux } = await import('@libp2p/yamux')
const { multiaddr } = await import('@multiformats/multiaddr')
const { createLibp2p } = await import('libp2p')

const { address, kind, rate, seconds, identities } = JSON.parse(process.argv[2])
const GOSSIP = '/meshsub/1.1.0'
const TOPIC = new TextEncoder().encode(`/animechain/${chainId}/attestation/1`)
const TICK_MS = 20
const perTick = Math.max(1, Math.round((rate * TICK_MS) / 1_000 / identities))

// What libp2p lets slip after a connection was cut off under it is no end for who floods.
process.on('uncaughtException', () => {})
process.on('unhandledRejection', () => {})

const length = (value) => (value < 128 ? [value] : [(value & 0x7f) | 0x80, ...length(value >> 7)])
const framed = (bytes) => Buffer.concat([Buffer.from(length(bytes.length)), bytes])
const field = (number, bytes) => Buffer.concat([Buffer.from([(number << 3) | 2]), framed(bytes)])
const valid = await attestation(0, 0)
let count = 0

/** A frame of gossipsub with so many messages. */
function frame(messages) {
  const parts = Array.from({ length: messages }, () => {
    const data = Buffer.from(valid)
    // No signature has this r.
    if (kind !== 'duplicates') data.writeUInt32BE(count++, 288)
    return field(2, Buffer.concat([field(2, data), field(4, TOPIC)]))
  })
  return framed(Buffer.concat(parts))
}

const sent = { messages: 0, identities: 0, refused: 0 }

/** One identity, until it is cut off. */
async function flood(end) {
  const node = await createLibp2p({
    addresses: { listen: [] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: { identify: identify() },
    connectionGater: { denyDialMultiaddr: () => false },
    connectionManager: { reconnectRetries: 0 },
  })
  try {
    await node.handle(GOSSIP, (stream) => stream.addEventListener('message', () => {}))
    const connection = await node.dial(multiaddr(address), { signal: AbortSignal.timeout(3_000) })
    const stream = await connection.newStream(GOSSIP)
    sent.identities++
    while (Date.now() < end && stream.status === 'open' && connection.status === 'open') {
      // What waits here has not been sent.
      if (stream.send(frame(perTick))) sent.messages += perTick
      else await stream.onDrain({ signal: AbortSignal.timeout(5_000) })
      await new Promise((resolve) => setTimeout(resolve, TICK_MS))
    }
  } catch (error) {
    sent.last = String(error)
    sent.refused++
  } finally {
    await Promise.race([node.stop(), new Promise((resolve) => setTimeout(resolve, 1_000))])
  }
}

const end = Date.now() + seconds * 1_000
process.on('disconnect', () => process.exit(0))

/** One identity after the other. */
async function again() {
  while (Date.now() < end) {
    await flood(end)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
await Promise.all(Array.from({ length: identities }, again))
process.send({ sent })
process.disconnect()
process.exit(0)
