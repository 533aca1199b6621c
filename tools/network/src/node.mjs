// A gossip node as a process of its own. Tells its parent what it gets and how much memory it takes.
import { gossip, networkTopics } from '@animechain/network-gossip'
import { chainId, rules } from './messages.mjs'

const { listen, bounds, graylist } = JSON.parse(process.argv[2])
const now = () => performance.timeOrigin + performance.now()

/** Messages that came so far that somebody counted them. */
let reached = 0
const counts = ['gossip_received_total', 'gossip_dropped_total']
const metrics = {
  counter: ({ name }) => ({ inc: (by = 1) => void (reached += counts.includes(name) ? by : 0) }),
  gauge: () => ({ set() {} }),
  histogram: () => ({ observe() {} }),
}

const node = gossip({ chainId, topics: networkTopics(rules), p2p: { listen }, bounds, graylist, metrics })
await node.start()
const reports = setInterval(
  () => process.send({ rss: process.memoryUsage().rss, reached, health: node.health().details }),
  500,
)

async function listenTo() {
  for await (const { key } of node.subscribe('attestation')) process.send({ got: key, at: now() })
}
void listenTo()

process.on('message', async ({ publish, peers, batch, stop }) => {
  if (peers) await node.addPeers(peers)
  if (publish) {
    const at = now()
    await node.publish('attestation', Buffer.from(publish, 'base64'))
    process.send({ published: true, at })
  }
  if (batch)
    process.send({
      batch,
      kept: node
        .recent('attestation', { group: batch })
        .map(({ bytes }) => Buffer.from(bytes).toString('base64')),
    })
  if (stop) {
    clearInterval(reports)
    await node.stop()
    // Ends by itself, for nothing is left open.
    process.removeAllListeners('disconnect')
    process.disconnect()
  }
})
// A parent that is gone needs no node.
process.on('disconnect', () => process.exit(0))
process.send({ addresses: node.addresses, peerId: node.peerId })
