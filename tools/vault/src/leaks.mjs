// Everything that an attacker with one key node less than the threshold has: the disks and the memory of two key nodes, all disks of storage nodes, the chain,
// logs and metrics. No plaintext, no name, no data key and no share of another node may be in it.
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { hexToBytes } from '@animechain/core'
import { testAccount } from '@animechain/testing'
import { bytesContent } from '@animechain/vault-client'
import { searchDisk, searchFor, searchMemory } from './search.mjs'
import { witness } from './secrets.mjs'
import { inAnHour, world } from './world.mjs'

/** One less than open a key. */
const TAKEN = [0, 1]
const canaryOf = (what) => `${what} ${randomBytes(16).toString('hex')}`

/** Objects that were put, granted, read through the nodes, denied to somebody, sealed anew; one grant was revoked. */
async function used(net, count) {
  const seen = witness(net)
  const owner = net.vaultOf(0, seen.options)
  const { project } = await owner.createProject()
  await net.safe()
  const objects = []
  for (let i = 0; i < count; i++) {
    const [canary, name] = [canaryOf('canary'), canaryOf('name')]
    const content = Buffer.concat(Array.from({ length: 10_000 }, () => Buffer.from(canary)))
    const { blob } = await owner.put(project, name, bytesContent(content))
    const to = { type: 'account', address: testAccount(1).address }
    const { id, pass } = await owner.grant(project, {
      ...{ on: name, to, renditions: [0], purposes: ['view'], expiry: inAnHour() },
    })
    const reader = net.vaultOf(1)
    const bytes = await reader.get(project, name, { pass })
    if (Buffer.compare(bytes, content) !== 0) throw new Error(`${name} was read as other bytes`)
    await net
      .vaultOf(2)
      .open(project, name, { pass })
      .catch(() => {})
    objects.push({ canary, name, blob })
    if (i === 0) await owner.revoke(project, id)
  }
  return { project, objects, seen }
}

/** What must be nowhere, and what must be somewhere, or the search is blind. */
async function needles(net, { project, objects, seen }) {
  const secrets = { 'key of the owner': net.ownerKey.privateKey }
  for (const [i, { canary, name }] of objects.entries()) {
    secrets[`canary ${i}`] = Buffer.from(canary)
    secrets[`name ${i}`] = Buffer.from(name)
  }
  const theirs = new Set(TAKEN.map((i) => net.nodes[i].address))
  let number = 0
  for (const [blob, dataKey] of seen.dataKeys) {
    secrets[`data key ${number}`] = dataKey
    if (objects.some((each) => each.blob === blob))
      for (const { node, index, opening } of await seen.shares(blob))
        if (!theirs.has(node)) secrets[`share of another node ${number}.${index}`] = opening.subarray(0, 32)
    number++
  }
  const controls = { 'id of the project': hexToBytes(project) }
  for (const i of TAKEN) controls[`key of node ${i}`] = hexToBytes(net.nodes[i].key)
  return { secrets, controls }
}

/** The chain as it is and was: state, blocks, transactions, logs. */
async function chainText({ chain, client }) {
  const dump = Buffer.from((await chain.request('anvil_dumpState')).slice(2), 'hex')
  const parts = [dump[0] === 0x1f && dump[1] === 0x8b ? gunzipSync(dump) : dump]
  const last = await client.getBlockNumber()
  for (let number = 0n; number <= last; number++)
    parts.push(
      Buffer.from(
        JSON.stringify(await chain.request('eth_getBlockByNumber', [`0x${number.toString(16)}`, true])),
      ),
    )
  const logs = await chain.request('eth_getLogs', [{ fromBlock: '0x0', toBlock: 'latest' }])
  parts.push(Buffer.from(JSON.stringify(logs)))
  return Buffer.concat(parts)
}

/** Searches all that the attacker has. @returns bytes by place */
async function searchAll(net, search, { memory }) {
  const bytes = {}
  const measured = async (place, work) => {
    const before = search.bytes
    await work()
    bytes[place] = (bytes[place] ?? 0) + search.bytes - before
  }
  await measured('chain', async () => search.in('chain', await chainText(net)))
  for (const [i, node] of net.nodes.entries()) {
    await measured('metrics', async () =>
      search.in('metrics', Buffer.from(await (await fetch(node.metricsUrl)).text())),
    )
    await measured('logs', () => search.in('logs', readFileSync(node.log)))
    // Of the other three the shards alone are theirs; the data key and the content are on no part of any disk.
    if (!TAKEN.includes(i))
      await measured('disks of storage', () => {
        for (const part of ['objects', 'uploads'])
          searchDisk(search, `${part} of node ${i}`, join(net.folder, `node${i}`, part))
      })
  }
  for (const i of TAKEN)
    await measured('whole disks of key nodes', () =>
      searchDisk(search, `disk of node ${i}`, net.nodes[i].folder),
    )
  if (memory)
    for (const i of TAKEN) {
      const pid = net.nodes[i].pid()
      process.kill(pid, 'SIGSTOP')
      try {
        await measured('memory of key nodes', () => searchMemory(search, `memory of node ${i}`, pid))
      } finally {
        process.kill(pid, 'SIGCONT')
      }
    }
  return bytes
}

/** @returns whether an attacker finds nothing */
export async function leaks({ objects: count = 3, log = console.log } = {}) {
  const memory = process.platform === 'linux'
  const net = await world({ logs: true, flags: { 'log-level': 'debug' } })
  try {
    const { secrets, controls } = await needles(net, await used(net, count))
    const search = searchFor({ ...secrets, ...controls })
    const bytes = await searchAll(net, search, { memory })
    console.table(
      Object.fromEntries(
        Object.entries(bytes).map(([place, n]) => [place, { 'searched, KB': Math.ceil(n / 1e3) }]),
      ),
    )
    const kinds = {}
    for (const [name, found] of search.found) {
      const kind = name.replace(/ [\d.]+$/, '')
      kinds[kind] ??= { 'looked for': 0, found: 0 }
      kinds[kind]['looked for']++
      kinds[kind].found += found
    }
    console.table(kinds)
    const left = Object.keys(secrets).filter((name) => search.found.get(name) > 0)
    for (const name of left) log(`  ${name}: in ${[...search.places.get(name)].join(', ')}`)
    const blind = Object.keys(controls).filter((name) => search.found.get(name) === 0)
    for (const name of blind) log(`  the search does not see the ${name}, which is there`)
    const isMemorySeen = TAKEN.every((i) => search.places.get(`key of node ${i}`).has(`memory of node ${i}`))
    if (memory && !isMemorySeen) log('  the search does not see what is in memory')
    if (!memory) log('The memory of processes was not searched: that is done on Linux alone.')
    log(
      `${Object.keys(secrets).length} secrets as bytes, hex and base64 in ${Math.round(search.bytes / 1e6)} MB: ${left.length} found`,
    )
    return left.length === 0 && blind.length === 0 && (!memory || isMemorySeen)
  } finally {
    await net.stop()
  }
}
