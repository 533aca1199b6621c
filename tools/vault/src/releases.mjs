// How long a key takes: an object is opened by a reader that has no key in memory, from its question to all nodes to the data key; and each node's own answer.
import { testAccount } from '@animechain/testing'
import { bytesContent, nodeClient } from '@animechain/vault-client'
import { inAnHour, world } from './world.mjs'

const NAME = 'storyboard.png'
/** Openings before the first that counts: connections, compiled code, the session. */
const WARM = 20

const at = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]
const inOrder = (values) => [...values].sort((a, b) => a - b)

/** @returns whether a reader had the key every time */
export async function releases({ times = 300, log = console.log } = {}) {
  const net = await world()
  try {
    const owner = net.vaultOf(0)
    const { project } = await owner.createProject()
    await net.safe()
    await owner.put(project, NAME, bytesContent(Buffer.alloc(1_000, 7)))
    const { pass } = await owner.grant(project, {
      on: NAME,
      to: { type: 'account', address: testAccount(1).address },
      ...{ renditions: [0], purposes: ['view'], expiry: inAnHour() },
    })
    await net.safe()
    const [wholes, keys, answers] = [[], [], []]
    let asked = Infinity
    let released = []
    const clientOf = (node) => {
      const client = nodeClient(node)
      return {
        ...client,
        async release(body) {
          const began = performance.now()
          asked = Math.min(asked, began)
          const answer = await client.release(body)
          if (answer.status === 'ok' && answer.value.receipt.message.released) {
            released.push(performance.now())
            answers.push(performance.now() - began)
          }
          return answer
        },
      }
    }
    const reader = net.vaultOf(1, { clientOf, keySeconds: 0 })
    for (let i = 0; i < WARM + times; i++) {
      ;[asked, released] = [Infinity, []]
      const began = performance.now()
      await reader.open(project, NAME, { pass })
      const ended = performance.now()
      if (i < WARM) {
        answers.length = 0
        continue
      }
      wholes.push(ended - began)
      // The share that makes the threshold full is the last that the key needs.
      keys.push(inOrder(released)[net.committee.threshold - 1] - asked)
    }
    reader.close()
    const row = (values) => {
      const sorted = inOrder(values)
      return {
        'p50, ms': at(sorted, 0.5).toFixed(1),
        'p95, ms': at(sorted, 0.95).toFixed(1),
        n: sorted.length,
      }
    }
    console.table({
      'one node: question to share': row(answers),
      'threshold of shares': row(keys),
      'object opened: manifest, session, shares, key': row(wholes),
    })
    log(`${wholes.length} keys released by ${net.committee.threshold} of ${net.nodes.length} nodes`)
    return wholes.length === times
  } finally {
    await net.stop()
  }
}
