// Honest nodes gossip while somebody floods one of them.
import { attestation } from './messages.mjs'
import { connect, program, quantile, startNode, until } from './nodes.mjs'

const MIB = 1_048_576
/** A node that is flooded takes no more, bytes. */
const MOST_RSS = 400 * MIB
/** Delivery of all but one in twenty takes no longer, milliseconds. */
const MOST_P95_MS = 1_000
const WARM_UP_S = 5

/**
 * What is sent, and by how many at once. `unlisted`: the flooded node's own graylist is off, so that the rates alone hold back who floods without an end;
 * what gossipsub scores is left.
 */
const kinds = {
  invalid: { identities: 4 },
  duplicates: { identities: 4 },
  unlisted: { identities: 1, graylist: { graylistAt: 1e12 } },
}

const mib = (bytes) => `${Math.round(bytes / MIB)} MiB`

/** Most memory in each sixth of the time: whether it goes on growing. */
const sixths = (rss) =>
  Array.from({ length: 6 }, (_, n) =>
    Math.max(...rss.slice((n * rss.length) / 6, ((n + 1) * rss.length) / 6)),
  )
    .map((most) => Math.round(most / MIB))
    .join(', ')

/** Publishes at a steady pace, in turn at each node. Answers when each message left. */
async function publishing(nodes, from, count, everyMs) {
  const sent = new Map()
  for (let n = 0; n < count; n++) {
    const batch = from + n
    const bytes = await attestation(n, batch)
    const next = new Promise((resolve) => setTimeout(resolve, everyMs))
    sent.set(batch, await nodes[n % nodes.length].publish(bytes))
    await next
  }
  return sent
}

/** How long each message took to each node, and which did not come. */
function deliveries(nodes, sent) {
  const took = []
  let missing = 0
  for (const { got } of nodes) {
    const at = new Map([...got].map(([key, when]) => [Number(key.split('/')[1]), when]))
    for (const [batch, left] of sent)
      if (at.has(batch)) took.push(Math.max(0, at.get(batch) - left))
      else missing++
  }
  return { took, missing }
}

const flooding = (options) =>
  new Promise((resolve) => {
    const child = program('flooder.mjs', options)
    let sent
    child.on('message', (told) => (sent = told.sent))
    child.on('exit', () => resolve(sent ?? { messages: 0, identities: 0, refused: 0 }))
  })

/** Runs the flood of a kind. Answers whether everything held. */
async function one(kind, { nodes: count = 7, seconds = 60, rate = 10_000 }) {
  const { identities, graylist } = kinds[kind]
  const bounds = { maxPeersPerHost: 64, dialsPerHostPerSecond: 50 }
  const nodes = await Promise.all(
    Array.from({ length: count }, (_, n) => startNode({ bounds, ...(n === 0 && { graylist }) })),
  )
  const [target] = nodes
  try {
    await connect(nodes)
    const calm = await publishing(nodes, 1_000, WARM_UP_S * 5, 200)
    const before = target.rss.at(-1)
    const began = target.rss.length
    const { reached } = target
    const attack = flooding({ address: target.addresses[0], kind, rate, seconds, identities })
    const sent = await publishing(nodes, 10_000, seconds * 5, 200)
    const flood = await attack
    const all = new Map([...calm, ...sent])
    await until(() => deliveries(nodes, all).missing === 0, 'all valid messages everywhere', 30_000).catch(
      (error) => console.error(error.message),
    )
    const quiet = deliveries(nodes, calm).took
    const { took, missing } = deliveries(nodes, sent)
    const rss = target.rss.slice(began)
    const most = Math.max(...rss)
    const p95 = quantile(took, 0.95)
    console.log(
      [
        `${kind}: ${target.reached - reached} messages reached the node, of ${flood.identities} identities in ${seconds} s (sent without a wait: ${flood.messages}; refused ${flood.refused} times${flood.last ? `, last: ${flood.last}` : ''})`,
        `  before: p50 ${quantile(quiet, 0.5).toFixed(1)} ms, p95 ${quantile(quiet, 0.95).toFixed(1)} ms`,
        `  valid:  ${took.length} delivered, ${missing} missing; p50 ${quantile(took, 0.5).toFixed(1)} ms, p95 ${p95.toFixed(1)} ms, last ${quantile(took, 1).toFixed(1)} ms`,
        `  memory of the flooded node: ${mib(before)} before, ${mib(most)} at most, ${mib(rss.at(-1))} at the end (by sixths: ${sixths(rss)})`,
        `  graylisted at the flooded node: ${target.health.graylisted}; peers ${target.health.peers}`,
      ].join('\n'),
    )
    const honest = nodes.slice(1).every(({ health }) => health.graylisted === 0)
    const problems = [
      missing > 0 && `${missing} deliveries are missing`,
      p95 > MOST_P95_MS && `expected p95 of at most ${MOST_P95_MS} ms, got ${p95}`,
      most > MOST_RSS && `expected at most ${mib(MOST_RSS)}, got ${mib(most)}`,
      !graylist && !(target.health.graylisted > 0) && 'nobody is on the graylist',
      target.health.peers < count - 1 && 'honest peers were cut off',
      !honest && 'honest nodes blamed somebody',
    ].filter(Boolean)
    for (const problem of problems) console.error(`  FAIL ${problem}`)
    return problems.length === 0
  } finally {
    const ends = await Promise.all(nodes.map((node) => node.stop()))
    if (ends.some((code) => code !== 0)) console.error(`  nodes ended with ${ends.join(', ')}`)
  }
}

/** Floods with what is rejected, then with valid duplicates. */
export async function flood({ kind, ...options }) {
  let held = true
  for (const each of kind ? [kind] : Object.keys(kinds)) held = (await one(each, options)) && held
  return held
}
