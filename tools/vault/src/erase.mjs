// What is left of erased objects: at the nodes, on every node's disk as it is afterwards, and on copies of the disks from before.
import { randomBytes } from 'node:crypto'
import { cpSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { hexToBytes, silentLogger } from '@animechain/core'
import { openStorage } from '@animechain/stack'
import { eventually, testAccount } from '@animechain/testing'
import { bytesContent, memoryStore, nodeClient } from '@animechain/vault-client'
import { combineShares, shareOfOpening } from '@animechain/vault-format'
import { embeddedMetadata, shreds } from '@animechain/vault-node'
import { routes } from '@animechain/vault-protocol'
import { filesOf } from './files.mjs'
import { searchDisk, searchFor } from './search.mjs'
import { witness } from './secrets.mjs'
import { inAnHour, world } from './world.mjs'

const MOST_MS = 10_000
const FOLDER = 'person'
const READERS = [1, 2]
const canaryOf = (i) => Buffer.from(`canary ${i} ${randomBytes(16).toString('hex')}`)

/** Objects of one person, each with grants for all readers, each read once. */
async function stored(net, count) {
  const seen = witness(net)
  const owner = net.vaultOf(0, seen.options)
  const { project } = await owner.createProject()
  await net.safe()
  const objects = []
  for (let i = 0; i < count; i++) {
    const name = `${FOLDER}/${i}.txt`
    const canary = canaryOf(i)
    const content = Buffer.concat(Array.from({ length: 2_000 }, () => canary))
    const { blob, object } = await owner.put(project, name, bytesContent(content))
    objects.push({ name, canary, content, blob, object })
  }
  const readers = []
  for (const account of READERS) {
    const released = { count: 0, denied: 0 }
    const clientOf = (node) => {
      const client = nodeClient(node)
      return {
        ...client,
        async release(body, options) {
          const answer = await client.release(body, { timeoutMs: options.timeoutMs })
          if (answer.status === 'ok') released[answer.value.receipt.message.released ? 'count' : 'denied']++
          return answer
        },
      }
    }
    const reader = { released, store: memoryStore(), clientOf, account, passes: [] }
    for (const { name } of objects) {
      const to = { type: 'account', address: testAccount(account).address }
      const terms = { on: name, to, renditions: [0], purposes: ['view'], expiry: inAnHour() }
      reader.passes.push((await owner.grant(project, terms)).pass)
    }
    readers.push(reader)
  }
  return { net, owner, project, objects, readers, seen }
}

/** Every reader opens every object by its old grant, with nothing in memory but the manifests that it has. @returns how many could be read */
async function readable({ net, project, objects, readers }) {
  let read = 0
  const reasons = new Set()
  for (const { account, store, clientOf, passes, released } of readers) {
    released.count = 0
    released.denied = 0
    const vault = net.vaultOf(account, { store, clientOf })
    for (const [i, { name, content }] of objects.entries())
      try {
        const bytes = await vault.get(project, name, { pass: passes[i] })
        if (Buffer.compare(bytes, content) === 0) read++
      } catch (error) {
        reasons.add(error.code ?? error.message)
      }
    vault.close()
  }
  const sum = (what) => readers.reduce((all, { released }) => all + released[what], 0)
  return { read, released: sum('count'), denied: sum('denied'), reasons: [...reasons].join(', ') }
}

/** Shards that nodes still give to whoever asks. */
async function shardsThere({ net, objects }) {
  let there = 0
  for (const { blob } of objects)
    for (const [shard, { url }] of net.nodes.entries())
      if ((await fetch(`${url}${routes.unit(blob, shard, 0)}`)).ok) there++
  return there
}

/** All nodes are stopped at once, as by a power cut where `isKill`, while `work` has their disks. */
async function whileOff({ nodes }, isKill, work) {
  await Promise.all(nodes.map((node) => (isKill ? node.kill() : node.stop())))
  await work()
  await Promise.all(nodes.map((node) => node.start()))
  for (const { url } of nodes)
    await eventually('the node to see the chain', async () => {
      const { head } = await (await fetch(`${url}${routes.info}`)).json()
      return head !== undefined
    })
}

const copyDisks = ({ nodes, folder }, name) => {
  for (const [i, node] of nodes.entries())
    cpSync(node.folder, join(folder, name, `${i}`), { recursive: true })
  return join(folder, name)
}

/** Puts a copy of the disks back. */
const putBack = ({ nodes }, image) => {
  for (const [i, node] of nodes.entries()) {
    rmSync(node.folder, { recursive: true })
    cpSync(join(image, `${i}`), node.folder, { recursive: true })
  }
}

/** Who has a node's whole disk opens the share that is on it. @returns openings, by object, and the keys that they are under */
async function openingsOn(image, objects) {
  const metadata = embeddedMetadata(
    await openStorage('auto', join(image, 'metadata'), { logger: silentLogger }),
  )
  await metadata.start()
  const out = []
  try {
    for (const { object } of objects) {
      const value = await metadata.get(`share/${object}/000`)
      if (value === undefined) continue
      const { slot, sealed } = JSON.parse(Buffer.from(value).toString())
      const folder = join(image, 'secrets')
      const key = readFileSync(join(folder, slot.slice(0, 2), slot))
      out.push({ object, key, opening: await shreds(folder).open(slot, hexToBytes(sealed)) })
    }
  } finally {
    await metadata.stop()
  }
  return out
}

/** All that must be nowhere afterwards: canaries, data keys, openings, the keys that they were under, sealed shares, sealed bytes. */
async function secretsOf({ objects, seen, net }, before) {
  const secrets = {}
  const images = []
  for (const i of net.nodes.keys()) images.push(await openingsOn(join(before, `${i}`), objects))
  for (const [i, { blob, canary }] of objects.entries()) {
    secrets[`canary ${i}`] = canary
    secrets[`data key ${i}`] = seen.dataKeys.get(blob)
    for (const { index, opening, sealed } of await seen.shares(blob)) {
      secrets[`opening ${i}.${index}`] = opening
      secrets[`share ${i}.${index}`] = opening.subarray(0, 32)
      secrets[`share as it was dealt ${i}.${index}`] = sealed
    }
    for (const [node, found] of images.entries()) secrets[`key of the share ${i}.${node + 1}`] = found[i].key
    // The first 64 bytes of each shard, as it lay there.
    for (const path of filesOf(before).filter(
      (each) => each.includes('shards') && each.includes(blob.slice(2)),
    )) {
      const bytes = readFileSync(path).subarray(0, 64)
      if (bytes.length === 64) secrets[`sealed bytes ${i}.${Object.keys(secrets).length}`] = bytes
    }
  }
  return { secrets, images }
}

function report(search, log) {
  const kinds = new Map()
  for (const [name, count] of search.found) {
    const kind = name.replace(/ [\d.]+$/, '')
    const row = kinds.get(kind) ?? { 'looked for': 0, found: 0 }
    kinds.set(kind, { 'looked for': row['looked for'] + 1, found: row.found + count })
  }
  console.table(Object.fromEntries(kinds))
  const left = [...search.found].filter(([, count]) => count > 0).map(([name]) => name)
  for (const name of left) log(`  ${name}: in ${[...search.places.get(name)].join(', ')}`)
  return left
}

/** Three images from before: whether their owner has the key of the first object. */
async function opensFrom(images, { seen, objects: [first] }) {
  const shares = images.slice(0, 3).map(([{ opening }]) => shareOfOpening(opening))
  return Buffer.compare(Buffer.from(await combineShares(shares)), seen.dataKeys.get(first.blob)) === 0
}

/** Erases, and waits until no node gives anything. @returns milliseconds */
async function erased(studio) {
  const { owner, project, readers } = studio
  // A folder, so one order for all.
  const from = Date.now()
  const { nodes } = await owner.erase(project, FOLDER)
  await eventually('nothing to be readable', async () => {
    const { read, released } = await readable(studio)
    return read === 0 && released === 0 && (await shardsThere(studio)) === 0
  })
  return { ms: Date.now() - from, heard: nodes.filter(({ ok }) => ok).length, readers: readers.length }
}

/** @returns whether nothing of it can be read, or found on a disk as it is afterwards */
export async function erase({ objects: count = 5, log = console.log } = {}) {
  const net = await world()
  const wrong = []
  const expect = (what, holds) => holds || wrong.push(what)
  try {
    const studio = await stored(net, count)
    const all = count * READERS.length
    expect('everything is readable before', (await readable(studio)).read === all)
    let before
    await whileOff(net, false, () => (before = copyDisks(net, 'before')))
    const { ms, heard } = await erased(studio)
    expect(`unreadable within ${MOST_MS} ms`, ms <= MOST_MS)
    log(`${count} objects erased: ${heard} nodes heard it, unreadable with all grants after ${ms} ms`)

    // As by a power cut: nothing is written that is not on disk already.
    let after
    await whileOff(net, true, () => (after = copyDisks(net, 'after')))
    const again = await readable(studio)
    expect('nodes on their disks as they are release nothing', again.read === 0 && again.released === 0)
    log(
      `restarted on the disks as they are: ${again.read} of ${all} readable, ${again.released} shares released (${again.reasons})`,
    )
    const { secrets, images } = await secretsOf(studio, before)
    const [control, search] = [searchFor(secrets), searchFor(secrets)]
    searchDisk(control, 'before', before)
    searchDisk(search, 'after', after)
    const left = report(search, log)
    expect('nothing is left on disk', left.length === 0)
    const seenBefore = [...control.found].filter(([, n]) => n > 0).length
    expect('the search finds what is there before', seenBefore >= count * net.nodes.length)
    log(
      `${Object.keys(secrets).length} secrets as bytes, hex and base64 in ${Math.round(search.bytes / 1e6)} MB of disks afterwards; of them ${seenBefore} in the copies from before`,
    )

    const opens = await opensFrom(images, studio)
    await whileOff(net, true, () => putBack(net, before))
    const old = await readable(studio)
    expect('nodes on disks from before release nothing', old.read === 0 && old.released === 0)
    log(
      `copies of the disks from before: nodes on them release ${old.released} shares (${old.reasons}), for the chain has the tombstone; whoever has three of them whole ${opens ? 'opens the key by himself, for a copy has the keys that were overwritten later' : 'opens nothing'}`,
    )
    for (const each of wrong) log(`  did not hold: ${each}`)
    return wrong.length === 0
  } finally {
    await net.stop()
  }
}
