// How long a grant that was taken back still opens: by the chain, by the owner's own word where the sequencer censors, and at nodes that see no new block.
import { eventually, testAccount } from '@animechain/testing'
import { bytesContent, memoryStore, nodeClient } from '@animechain/vault-client'
import { denialOf, signMessage } from '@animechain/vault-protocol'
import { keccak256 } from 'viem'
import { domain } from './nodes.mjs'
import { proxyOf } from './proxy.mjs'
import { inAnHour, sleep, world } from './world.mjs'

const NAME = 'storyboard.png'
const BLOCK_MS = 1_000
/** Thresholds, milliseconds: after the block, after the order, after the newest block came. */
const most = { chain: 2_000, order: 1_000, view: 5_000 }
/** Requests of one reader at a time. */
const ASKERS = 2

const now = () => performance.now()

/** Blocks as this process has them made: it knows when each came. */
async function blocksOf({ chain }) {
  await chain.request('evm_setIntervalMining', [0])
  const times = new Map()
  let isOn = true
  const mine = async () => {
    const began = now()
    await chain.request('evm_mine')
    times.set(BigInt(await chain.request('eth_blockNumber')), { began, ended: now() })
  }
  const mining = (async () => {
    while (isOn) await Promise.all([mine(), sleep(BLOCK_MS)])
  })()
  return {
    times,
    stop: () => {
      isOn = false
      return mining
    },
  }
}

/**
 * A reader that asks all nodes over and over, with nothing in memory. Every answer is waited for and written down, also those that it did not need.
 * @returns {{ answers: { node: string, asked: number, came: number, released: boolean, denial?: string }[], stop(): Promise<void> }}
 */
function asker(net, project, pass) {
  const answers = []
  let isOn = true
  const clientOf = (node) => {
    const client = nodeClient(node)
    return {
      ...client,
      async release(body) {
        const asked = now()
        const answer = await client.release(body)
        if (answer.status === 'ok') {
          const { released, reason } = answer.value.receipt.message
          answers.push({ node: node.address, asked, came: now(), released, denial: denialOf(reason) })
        }
        return answer
      },
    }
  }
  const work = async () => {
    const reader = net.vaultOf(1, { clientOf, keySeconds: 0 })
    while (isOn) await reader.open(project, NAME, { pass }).catch(() => sleep(20))
    reader.close()
  }
  const working = Promise.all(Array.from({ length: ASKERS }, work))
  return {
    answers,
    async stop() {
      isOn = false
      await working
    },
  }
}

/** Milliseconds from `from` to when the last release was there; 0 where none came later. */
const lastRelease = (answers, from) =>
  Math.max(0, ...answers.filter(({ released }) => released).map(({ came }) => came - from))

/**
 * Resolves once each node has denied with one of these reasons, and goes on a little to see whether it stays so.
 * @returns milliseconds from `from` to the last one's first denial
 */
async function allDeny(net, answers, from, reasons) {
  const first = new Map()
  await eventually(
    'every node to deny',
    () => {
      for (const { asked, came, node, denial } of answers)
        if (asked > from && reasons.includes(denial) && !first.has(node)) first.set(node, came - from)
      return first.size === net.nodes.length
    },
    { intervalMs: 20, timeoutMs: 60_000 },
  )
  await sleep(500)
  return Math.max(...first.values())
}

const granted = (owner, project) =>
  owner.grant(project, {
    on: NAME,
    to: { type: 'account', address: testAccount(1).address },
    ...{ renditions: [0], purposes: ['view'], expiry: inAnHour() },
  })

/** Waits until every node releases. */
const allRelease = (net, answers) =>
  eventually(
    'every node to release',
    () =>
      new Set(answers.filter(({ released }) => released).map(({ node }) => node)).size === net.nodes.length,
    { intervalMs: 20, timeoutMs: 60_000 },
  )

/** The revocation goes to the chain alone. @returns milliseconds from the block to the last release, and until all nodes deny */
async function byChain(net, { owner, project, store }, blocks) {
  const { id, pass } = await granted(owner, project)
  const reader = asker(net, project, pass)
  try {
    await allRelease(net, reader.answers)
    const order = await signMessage(testAccount(0), domain, 'RevokeNow', {
      ...{ project, grant: id, issuedAt: BigInt(Math.floor(Date.now() / 1_000)) },
    })
    const hash = await store.chain.revoke(store.policy, order)
    const { blockNumber } = await net.client.getTransactionReceipt({ hash })
    // Since it was asked for, not since it was there: the longer of both.
    const { began } = await eventually('the time of the block', () => blocks.times.get(blockNumber))
    const denied = await allDeny(net, reader.answers, began, ['revoked', 'noGrant'])
    return { last: lastRelease(reader.answers, began), denied }
  } finally {
    await reader.stop()
  }
}

/** A sequencer that takes the owner's transactions and puts them in no block. */
async function censor(net) {
  const proxy = await proxyOf(net.chain.url)
  proxy.taken = 0
  proxy.handle = async (request, forward) => {
    const { id, method, params } = JSON.parse(request.body)
    if (method !== 'eth_sendRawTransaction') return forward()
    proxy.taken++
    const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, result: keccak256(params[0]) }))
    return { status: 200, headers: { 'content-type': 'application/json' }, body }
  }
  return proxy
}

/** @returns milliseconds from the owner's word to the last release, and until all nodes deny, while blocks come without the revocation */
async function byOrder(net, { owner, project, ownerStore }, sequencer) {
  const { id, pass } = await granted(owner, project)
  const reader = asker(net, project, pass)
  const censored = net.vaultOf(0, { chain: net.chainOf(0, sequencer.url), store: ownerStore })
  try {
    await allRelease(net, reader.answers)
    const taken = sequencer.taken
    const from = now()
    // Its transaction never comes into a block: nobody waits for that.
    void censored.revoke(project, id, { reencrypt: false }).catch(() => {})
    const denied = await allDeny(net, reader.answers, from, ['revoked'])
    await eventually('the transaction to be swallowed', () => sequencer.taken > taken)
    return { last: lastRelease(reader.answers, from), denied }
  } finally {
    await reader.stop()
  }
}

/**
 * No block comes any more. Nobody outside knows when a node got its newest block to the millisecond; it was after the block was given to it, and before it asked
 * for more. So the age of its view at the last release is known from both sides.
 * @returns milliseconds, `least` and `greatest`
 */
async function byOldView(net, { owner, project }, blocks) {
  const { pass } = await granted(owner, project)
  const reader = asker(net, project, pass)
  try {
    await allRelease(net, reader.answers)
    await blocks.stop()
    await allDeny(net, reader.answers, now(), ['staleView'])
    await sleep(2_000)
    const ages = reader.answers
      .filter(({ released }) => released)
      .map(({ node, asked, came }) => {
        const { given, used } = net.nodesChain.views[net.nodes.findIndex(({ address }) => address === node)]
        return { least: asked - used, greatest: came - given }
      })
    const most = (side) => Math.max(...ages.map((age) => age[side]))
    return { least: most('least'), greatest: most('greatest') }
  } finally {
    await reader.stop()
  }
}

const figures = (times) => {
  const sorted = [...times].sort((a, b) => a - b)
  const at = (part) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0)
  return { times: sorted.length, 'p50, ms': at(0.5), 'p95, ms': at(0.95), 'most, ms': at(1) }
}
const lastOf = (measured) => measured.map(({ last }) => last)
const deniedOf = (measured) => measured.map(({ denied }) => denied)

/** @returns whether no release came later than it may */
export async function revoke({ times = 20, log = console.log } = {}) {
  const net = await world({ watched: true })
  try {
    const ownerStore = memoryStore()
    const owner = net.vaultOf(0, { store: ownerStore })
    const { project } = await owner.createProject()
    await net.safe()
    await owner.put(project, NAME, bytesContent(new TextEncoder().encode('panel one')))
    const chain = net.chainOf(0)
    const { policy } = await chain.project(project)
    const studio = { owner, project, ownerStore, store: { chain, policy } }
    const blocks = await blocksOf(net)
    const sequencer = await censor(net)
    const measured = { chain: [], order: [], view: [] }
    const began = Date.now()
    for (let i = 0; i < times; i++) {
      measured.chain.push(await byChain(net, studio, blocks))
      measured.order.push(await byOrder(net, studio, sequencer))
    }
    const { least, greatest } = await byOldView(net, studio, blocks)
    measured.view.push({ last: least })
    await sequencer.stop()
    console.table({
      [`block to last release (at most ${most.chain} ms)`]: figures(lastOf(measured.chain)),
      'block until all nodes deny': figures(deniedOf(measured.chain)),
      [`RevokeNow to last release, sequencer censors (at most ${most.order} ms)`]: figures(
        lastOf(measured.order),
      ),
      'RevokeNow until all nodes deny': figures(deniedOf(measured.order)),
    })
    log(
      `Age of a node's view at its last release: from ${Math.round(least)} to ${Math.round(greatest)} ms (at most ${most.view} ms), then nothing.`,
    )
    log(`${times} revocations each way in ${Math.round((Date.now() - began) / 1_000)} s`)
    const late = Object.keys(most).filter((name) => Math.max(...lastOf(measured[name])) > most[name])
    for (const name of late) log(`  later than it may: ${name}`)
    return late.length === 0
  } finally {
    await net.stop()
  }
}
