// Everything that an attacker with one key node less than the threshold has: the disks and the memory of two key nodes, all disks of storage nodes, L1 and L2,
// what went over the wire, logs and metrics. No plaintext, no name, no data key and no share of another node may be in it.
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { bytesToHex, hexToBytes } from '@animechain/core'
import { batchKeys, privateDa } from '@animechain/da-private'
import { testAccount } from '@animechain/testing'
import { bytesContent } from '@animechain/vault-client'
import { l1WithContracts } from './l1.mjs'
import { domain } from './nodes.mjs'
import { proxyOf } from './proxy.mjs'
import { searchDisk, searchFor, searchMemory } from './search.mjs'
import { witness } from './secrets.mjs'
import { inAnHour, world } from './world.mjs'

/** One less than open a key. */
const TAKEN = [0, 1]
const isLinux = process.platform === 'linux'
const canaryOf = (what) => `${what} ${randomBytes(16).toString('hex')}`

/** Writes down all that goes through proxies. */
function tap() {
  const pieces = []
  const note = ({ method = '', path = '', status = '', headers, body }) =>
    pieces.push(Buffer.from(`${method} ${path} ${status} ${JSON.stringify(headers)}`), body)
  return {
    pieces,
    on(proxy) {
      const before = proxy.handle ?? ((_, forward) => forward())
      proxy.handle = async (request, forward) => {
        note(request)
        const answer = await before(request, forward)
        if (answer) note(answer)
        return answer
      }
    },
  }
}

/** L1 and L2 with a store, and its wires tapped: of clients to nodes, and of both to the chains. */
async function tapped() {
  const wire = tap()
  const viewKey = randomBytes(32)
  const keys = await batchKeys(viewKey)
  const l1 = await l1WithContracts(keys.root)
  const l1Wire = await proxyOf(l1.url)
  const net = await world({
    ...{ logs: true, proxied: true, watched: true, flags: { 'log-level': 'debug' } },
    l1: { ...l1, url: l1Wire.url },
  })
  const clientsChain = await proxyOf(net.chain.url)
  for (const each of [l1Wire, clientsChain, net.nodesChain, ...net.proxies]) wire.on(each)
  return {
    ...net,
    ...{ l1, wire, viewKey, keys },
    vaultOf: (account, options = {}) =>
      net.vaultOf(account, { ...options, chain: net.chainOf(account, clientsChain.url) }),
    async stop() {
      await net.stop()
      await Promise.all([l1Wire.stop(), clientsChain.stop()])
      await l1.stop()
    },
  }
}

/** A batch of a confidential rollup, certified on L1, and read again. */
async function postedBatch({ l1, keys, committee }) {
  const canary = canaryOf('batch')
  const data = Buffer.concat(Array.from({ length: 5_000 }, () => Buffer.from(canary)))
  const seats = (threshold) => ({ threshold, members: committee.nodes })
  const file = {
    ...{ version: 1, epoch: 1n, ...domain, l1ChainId: l1.id, adapter: l1.addresses.privateDa },
    ...{ storage: seats(4), keys: seats(3) },
  }
  const da = privateDa({
    ...{ committees: [file], viewKey: keys, uploader: testAccount(9), retention: 2 * 86_400 },
  })
  const put = await da.put(data)
  if (put.status !== 'ok') throw put.error ?? new Error(`the batch: ${put.status}`)
  await l1.certify(bytesToHex(put.attachment.evidence))
  const got = await da.get(put.commitment)
  if (got.status !== 'data' || Buffer.compare(got.data, data) !== 0)
    throw new Error(`the batch was read as ${got.status}`)
  return { canary, index: keys.sealing(data).index }
}

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
async function needles(net, { project, objects, seen }, batch) {
  const secrets = {
    'key of the owner': net.ownerKey.privateKey,
    'view key of the rollup': net.viewKey,
    'key of the batch': net.keys.key(batch.index),
    'canary of the batch': Buffer.from(batch.canary),
  }
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
  const controls = {
    'id of the project': { bytes: hexToBytes(project), places: ['L2', 'wire'] },
    'hash of the batch’s key': { bytes: hexToBytes(net.keys.keyHash(batch.index)), places: ['L1', 'wire'] },
  }
  for (const i of TAKEN) {
    const places = [`disk of node ${i}`, ...(isLinux ? [`memory of node ${i}`] : [])]
    controls[`key of node ${i}`] = { bytes: hexToBytes(net.nodes[i].key), places }
  }
  return { secrets, controls }
}

/** A chain as it is and was: state, blocks, transactions with their calldata, logs. */
async function chainText(chain) {
  const dump = Buffer.from((await chain.request('anvil_dumpState')).slice(2), 'hex')
  const parts = [dump[0] === 0x1f && dump[1] === 0x8b ? gunzipSync(dump) : dump]
  const last = BigInt(await chain.request('eth_blockNumber'))
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
async function searchAll(net, search) {
  const bytes = {}
  const measured = async (place, work) => {
    const before = search.bytes
    await work()
    bytes[place] = (bytes[place] ?? 0) + search.bytes - before
  }
  await measured('L1', async () => search.in('L1', await chainText(net.l1.chain)))
  await measured('L2', async () => search.in('L2', await chainText(net.chain)))
  await measured('wire', () => net.wire.pieces.forEach((piece) => search.in('wire', piece)))
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
  if (isLinux)
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

/** What was searched, and what was found of each kind, as tables. */
function tables(bytes, search) {
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
}

/** @returns whether an attacker finds nothing */
export async function leaks({ objects: count = 3, log = console.log } = {}) {
  const net = await tapped()
  try {
    const batch = await postedBatch(net)
    const { secrets, controls } = await needles(net, await used(net, count), batch)
    const search = searchFor({
      ...secrets,
      ...Object.fromEntries(Object.entries(controls).map(([name, { bytes }]) => [name, bytes])),
    })
    tables(await searchAll(net, search), search)
    const left = Object.keys(secrets).filter((name) => search.found.get(name) > 0)
    for (const name of left) log(`  ${name}: in ${[...search.places.get(name)].join(', ')}`)
    const blind = Object.entries(controls).flatMap(([name, { places }]) =>
      places.filter((place) => !search.places.get(name).has(place)).map((place) => `${name} in ${place}`),
    )
    for (const each of blind) log(`  the search does not see the ${each}, which is there`)
    if (!isLinux) log('The memory of processes was not searched: that is done on Linux alone.')
    log(
      `${Object.keys(secrets).length} secrets as bytes, hex and base64 in ${Math.round(search.bytes / 1e6)} MB: ${left.length} found`,
    )
    return left.length === 0 && blind.length === 0
  } finally {
    await net.stop()
  }
}
