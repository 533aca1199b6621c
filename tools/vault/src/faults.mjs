// Two of five nodes at fault in every way and every pairing: every range is read right, and who lied is named. Then three are gone, and come back with less than
// they had.
import { randomBytes, randomInt } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bytesToHex, hexToBytes } from '@animechain/core'
import { eventually, testAccount } from '@animechain/testing'
import { bytesContent, memoryStore } from '@animechain/vault-client'
import { sealRelease } from '@animechain/vault-format'
import {
  messageHash,
  releaseHash,
  routes,
  sealedShareHash,
  signMessage,
  signedFromJson,
  toJson,
} from '@animechain/vault-protocol'
import { privateKeyToAccount } from 'viem/accounts'
import { filesOf } from './files.mjs'
import { domain } from './nodes.mjs'
import { inAnHour, sleep, world } from './world.mjs'

const NAME = 'film.mp4'
const SLOW_MS = 10_000
const AT_ONCE = 4
/** Between the first reads of those that wait for slow nodes all at once: a burst of them would make every node slow. */
const APART_MS = 200
const pairs = [0, 1, 2, 3].flatMap((a) => [1, 2, 3, 4].filter((b) => b > a).map((b) => [a, b]))

const shardFiles = (node, blob) =>
  filesOf(join(node.folder, 'objects')).filter(
    (path) => path.includes('shards') && path.includes(blob.slice(2)),
  )

/** A byte of every piece of 4 KiB is another one. */
function damage(bytes) {
  const out = Buffer.from(bytes)
  for (let at = 0; at < out.length; at += 4_096) out[at] ^= 1
  return out
}

/** Releases a share that was never dealt, with a receipt that binds it and is signed by the node's own key. */
const lie = (node, index) => async (request, forward) => {
  const answer = await forward()
  if (request.path !== routes.release || answer?.status !== 200) return answer
  const json = JSON.parse(answer.body)
  const asked = signedFromJson('Request', JSON.parse(request.body).request)
  const sealed = bytesToHex(
    await sealRelease({
      ...{ request: messageHash(domain, 'Request', asked.message), node: node.address, index },
      opening: Uint8Array.from([...randomBytes(32), index, ...randomBytes(32)]),
      to: hexToBytes(asked.message.ephemeralKey),
    }),
  )
  const { message } = signedFromJson('Receipt', json.receipt)
  const bound = releaseHash({ sealed: sealedShareHash({ index, sealed }), safe: json.share.safe })
  const receipt = await signMessage(privateKeyToAccount(node.key), domain, 'Receipt', {
    ...message,
    share: bound,
  })
  const body = Buffer.from(toJson({ ...json, receipt, share: { ...json.share, sealed } }))
  return { ...answer, body }
}

/** What is done to a pair of nodes, and undone. */
const cases = {
  stopped: {
    begin: ({ nodes }, pair) => Promise.all(pair.map((i) => nodes[i].stop())),
    end: (net, pair) => started(net, pair),
  },
  lying: {
    begin({ nodes, proxies }, pair) {
      for (const [i, proxy] of proxies.entries())
        proxy.handle = pair.includes(i)
          ? lie(nodes[i], i + 1)
          : async ({ path }, forward) => {
              // Three right shares are enough, and a lie that comes later is not looked at: here the liars are the first.
              const answer = await forward()
              if (path === routes.release) await sleep(150)
              return answer
            }
    },
    end: ({ proxies }) => proxies.forEach((proxy) => (proxy.handle = undefined)),
  },
  corrupt: {
    /** The first one's disk has other bytes, the second one sends others. */
    begin({ nodes, proxies, blob }, [disk, wire]) {
      for (const path of shardFiles(nodes[disk], blob)) writeFileSync(path, damage(readFileSync(path)))
      proxies[wire].handle = async ({ path, method }, forward) => {
        const answer = await forward()
        return answer && method === 'GET' && /\/\d+\/units\/\d+$/.test(path)
          ? { ...answer, body: damage(answer.body) }
          : answer
      }
    },
    async end({ nodes, proxies }, [disk, wire]) {
      proxies[wire].handle = undefined
      const { repaired, failed } = await nodes[disk].repair()
      if (repaired !== 1 || failed !== 0)
        throw new Error(`node ${disk}: ${repaired} shards repaired, ${failed} failed, expected 1 and 0`)
    },
  },
  slow: {
    begin({ proxies }, pair) {
      for (const i of pair)
        proxies[i].handle = async (_, forward) => {
          await sleep(SLOW_MS)
          return forward()
        }
    },
    end: ({ proxies }) => proxies.forEach((proxy) => (proxy.handle = undefined)),
  },
}

/** Starts nodes again, and waits until they see the chain. */
async function started({ nodes }, indices) {
  await Promise.all(indices.map((i) => nodes[i].start()))
  for (const i of indices)
    await eventually(`node ${i} to see the chain`, async () => {
      const { head } = await (await fetch(`${nodes[i].url}${routes.info}`)).json()
      return head !== undefined
    })
}

/** One range, by a reader that has nothing in memory. @returns a sentence where it is wrong */
async function readRange({ net, content, project, pass, storage, onLiar }) {
  const length = randomInt(1, 400_000)
  const offset = randomInt(content.length - length)
  const reader = net.vaultOf(1, { storage })
  try {
    const file = await reader.open(project, NAME, { pass, onLiar })
    const bytes = await file.read(offset, length)
    return Buffer.compare(bytes, content.subarray(offset, offset + length)) === 0
      ? undefined
      : `other bytes at ${offset}`
  } catch (error) {
    return `${error.code ?? ''} ${error.message}`
  } finally {
    reader.close()
  }
}

/** All reads of one case and one pair. */
async function readsOf(store, name, pair, count) {
  const { net } = store
  const [liars, faulty, wrong] = [new Set(), new Set(), []]
  const indexOf = (address) => net.nodes.findIndex((node) => node.address === address.toLowerCase())
  const storage = net.storage()
  storage.on('fault', ({ node, kind }) => kind === 'corrupt' && faulty.add(indexOf(node.address)))
  await cases[name].begin({ ...net, ...store }, pair)
  let left = count
  const worker = async (_, i) => {
    if (name === 'slow') await sleep(i * APART_MS)
    while (left-- > 0) {
      const onLiar = ({ node }) => liars.add(indexOf(node))
      const fault = await readRange({ ...store, storage, onLiar })
      if (fault !== undefined) wrong.push(`${name} ${pair}: ${fault}`)
    }
  }
  const workers = name === 'slow' ? count : AT_ONCE
  await Promise.all(Array.from({ length: workers }).map(worker))
  await cases[name].end({ ...net, ...store }, pair)
  const expected = name === 'lying' ? pair : []
  if ([...liars].sort().join() !== expected.join())
    wrong.push(`${name} ${pair}: named as liars were [${[...liars].sort()}]`)
  // Who sends other bytes is named; whose disk has them says so itself.
  if (faulty.size > 0 && (name !== 'corrupt' || [...faulty].join() !== `${pair[1]}`))
    wrong.push(`${name} ${pair}: named for other bytes were [${[...faulty]}]`)
  return { wrong, named: faulty.size }
}

const outcome = (work) =>
  work.then(
    () => 'read',
    (error) => error.code ?? error.message,
  )

/** Three gone: two stopped, the third as a key node alone, then as a whole. @returns what did not hold */
async function threeGone({ net, project, pass, content, owner }, log) {
  const wrong = []
  await Promise.all([0, 1].map((i) => net.nodes[i].stop()))
  const keyPaths = /^\/v1\/(release|manifests|revoke-now|erase|receipts)/
  net.proxies[2].handle = async ({ path }, forward) => (keyPaths.test(path) ? undefined : forward())
  const reader = net.vaultOf(1)
  const denied = await outcome(reader.get(project, NAME, { pass }))
  if (denied !== 'VAULT_TOO_FEW_SHARES') wrong.push(`three key nodes gone, the reader: ${denied}`)
  const bytes = await owner.get(project, NAME)
  if (Buffer.compare(bytes, content) !== 0) wrong.push('three key nodes gone: the owner reads other bytes')
  await net.nodes[2].stop()
  const unreadable = await outcome(net.vaultOf(0, { store: net.ownerStore }).get(project, NAME))
  if (!/^VAULT_/.test(unreadable)) wrong.push(`three nodes gone, the owner: ${unreadable}`)
  net.proxies[2].handle = undefined
  log(
    `three key nodes gone: the reader hears ${denied}, the owner's wrap opened all; three storage nodes gone: ${unreadable}`,
  )
  return wrong
}

/** They are back, one with an empty disk, one without its shards. @returns what did not hold */
async function backAgain(store, log) {
  const { net, blob, project } = store
  const wrong = []
  for (const name of readdirSync(net.nodes[0].folder))
    if (!name.endsWith('.key')) rmSync(join(net.nodes[0].folder, name), { recursive: true })
  for (const path of shardFiles(net.nodes[1], blob)) rmSync(path)
  await started(net, [0, 1, 2])
  const storage = net.storage()
  const upload = ({ length }) =>
    signMessage(testAccount(0), domain, 'Upload', { project, blob, length, notAfter: inAnHour() })
  const check = async () =>
    (await storage.repair({ blob, upload, deep: true }))
      .map(({ status, why }) => (status === 'failed' ? `${status} (${why})` : status))
      .join(', ')
  const first = await check()
  const own = await net.nodes[1].repair()
  const second = await check()
  if (second !== Array(5).fill('complete').join(', ')) wrong.push(`back again: ${first}; then ${second}`)
  log(
    `back again: the client found ${first}; the node itself brought back ${own.repaired}; then every unit of ${second}`,
  )
  // With the two that lost nothing gone, what was repaired is read.
  await Promise.all([3, 4].map((i) => net.nodes[i].stop()))
  const bytes = await net.vaultOf(0, { store: net.ownerStore, storage: net.storage() }).get(project, NAME)
  if (Buffer.compare(bytes, store.content) !== 0) wrong.push('what was repaired is read as other bytes')
  await started(net, [3, 4])
  return wrong
}

/** An object that was put and granted to a reader. */
async function stored(net) {
  net.ownerStore = memoryStore()
  const owner = net.vaultOf(0, { store: net.ownerStore })
  const { project } = await owner.createProject()
  await net.safe()
  const content = randomBytes(6 * 1_024 * 1_024)
  const { blob } = await owner.put(project, NAME, bytesContent(content))
  const { pass } = await owner.grant(project, {
    on: NAME,
    to: { type: 'account', address: testAccount(1).address },
    ...{ renditions: [0], purposes: ['view'], expiry: inAnHour() + 86_400n },
  })
  return { net, owner, project, content, blob, pass }
}

/** @returns whether every read was right and every liar named */
export async function faults({ reads = 1_000, log = console.log } = {}) {
  const net = await world({ proxied: true })
  const began = Date.now()
  try {
    const store = await stored(net)
    const turns = pairs.flatMap((pair) => Object.keys(cases).map((name) => [name, pair]))
    const wrong = []
    const table = Object.fromEntries(
      Object.keys(cases).map((name) => [name, { reads: 0, pairs: 0, seconds: 0 }]),
    )
    let named = 0
    for (const [i, [name, pair]] of turns.entries()) {
      const count = Math.floor(reads / turns.length) + (i < reads % turns.length ? 1 : 0)
      if (count === 0) continue
      const from = Date.now()
      const result = await readsOf(store, name, pair, count)
      wrong.push(...result.wrong)
      named += result.named
      const row = table[name]
      row.reads += count
      row.pairs++
      row.seconds = Math.round(10 * (row.seconds + (Date.now() - from) / 1_000)) / 10
    }
    console.table(table)
    log(`nodes that sent other bytes were named in ${named} of ${table.corrupt.pairs} pairs`)
    wrong.push(...(await threeGone(store, log)), ...(await backAgain(store, log)))
    log(
      `${reads} ranged reads in ${Math.round((Date.now() - began) / 1_000)} s, ${wrong.length} violations; liars named in ${table.lying.pairs} pairs`,
    )
    for (const each of wrong) log(`  ${each}`)
    return wrong.length === 0
  } finally {
    await net.stop()
  }
}
