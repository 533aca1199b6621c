// Blobs that are put, part by part, at nodes that are killed meanwhile: whatever was acknowledged is there afterwards, and a blob outlives as many lost shards as
// its margin said.
import { randomBytes, randomInt } from 'node:crypto'
import { testAccount } from '@animechain/testing'
import {
  layoutOf,
  newDataKey,
  openBytes,
  reconstructStripe,
  sealBytes,
  shardOf,
  UNITS,
  unitOf,
  verifyUnit,
} from '@animechain/vault-format'
import { routes, signedFromJson, signerOf, signMessage, toJson } from '@animechain/vault-protocol'
import { domain } from './nodes.mjs'
import { sleep } from './world.mjs'

const project = `0x${'00'.repeat(32)}`
/** Who may have batches stored. */
const batcher = testAccount(9)
const PART = 128 * 1_024

const json = { 'content-type': 'application/json' }
const octets = { 'content-type': 'application/octet-stream' }
const ask = (url, init) => fetch(url, { ...init, signal: AbortSignal.timeout(60_000) })

/** Puts one shard, part by part, however often its node dies. @returns the acknowledgement, and how often it went on */
async function putShard(node, sealed, upload, shard) {
  const { blob, descriptor } = sealed
  const bytes = sealed.shards[shard]
  let cuts = 0
  let isKnown = false
  for (;;) {
    try {
      if (!isKnown) {
        const put = await ask(`${node.url}${routes.blob(blob)}`, {
          method: 'PUT',
          headers: json,
          body: toJson({ descriptor, upload }),
        })
        const roots = await ask(`${node.url}${routes.units(blob)}`, {
          method: 'PUT',
          headers: octets,
          body: sealed.unitRoots,
        })
        if (put.status !== 204 || roots.status !== 204) throw new Error(`HTTP ${put.status}, ${roots.status}`)
        isKnown = true
      }
      const head = await ask(`${node.url}${routes.shard(blob, shard)}`, { method: 'HEAD' })
      if (!head.ok) throw new Error(`HTTP ${head.status}`)
      const offset = Number(head.headers.get('upload-offset'))
      const part = bytes.subarray(offset, offset + PART)
      const range =
        part.length === 0 ? `*/${bytes.length}` : `${offset}-${offset + part.length - 1}/${bytes.length}`
      const answer = await ask(`${node.url}${routes.shard(blob, shard)}`, {
        method: 'PUT',
        headers: { ...octets, 'content-range': `bytes ${range}` },
        body: part,
      })
      if (answer.status === 201) {
        const acknowledgement = signedFromJson('Acknowledgement', await answer.json())
        const signer = (await signerOf(domain, 'Acknowledgement', acknowledgement))?.toLowerCase()
        if (signer !== node.address) throw new Error(`acknowledged by ${signer}`)
        return { acknowledgement, cuts }
      }
      if (answer.status !== 202) throw new Error(`HTTP ${answer.status}: ${await answer.text()}`)
    } catch (error) {
      if (/acknowledged by/.test(error.message)) throw error
      cuts++
      await sleep(100)
    }
  }
}

async function put(nodes) {
  const content = randomBytes(randomInt(1, 4_000_000))
  const dataKey = newDataKey()
  const sealed = await sealBytes({ content, dataKey, project })
  const upload = await signMessage(batcher, domain, 'Upload', {
    project,
    blob: sealed.blob,
    length: sealed.descriptor.length,
    notAfter: BigInt(Math.floor(Date.now() / 1_000) + 3_600),
  })
  // One of five is left out now and then: an acknowledged put with a margin of one.
  const left = randomInt(3) === 0 ? randomInt(UNITS) : undefined
  const shards = [0, 1, 2, 3, 4].filter((shard) => shard !== left)
  const acknowledged = await Promise.all(shards.map((shard) => putShard(nodes[shard], sealed, upload, shard)))
  return { ...sealed, content, dataKey, shards, cuts: acknowledged.reduce((sum, each) => sum + each.cuts, 0) }
}

/** Every unit of a shard, each held against the shard's root. */
async function readShard(node, { blob, descriptor }, shard) {
  const layout = layoutOf(descriptor.length)
  const units = []
  for (let stripe = 0; stripe < layout.stripes; stripe++) {
    const response = await ask(`${node.url}${routes.unit(blob, shard, stripe)}`)
    if (!response.ok) throw new Error(`HTTP ${response.status}`)
    const hex = response.headers.get('x-vault-path')
    const path = Array.from({ length: hex.length / 64 }, (_, i) =>
      Buffer.from(hex.slice(64 * i, 64 * (i + 1)), 'hex'),
    )
    const bytes = new Uint8Array(await response.arrayBuffer())
    if (!verifyUnit(descriptor, { shard, stripe, bytes, path })) throw new Error('a unit is wrong')
    units.push(bytes)
  }
  return units
}

/** Reads a blob with as many of its acknowledged shards lost as its margin said. */
async function readWithLoss(nodes, put) {
  const layout = layoutOf(put.descriptor.length)
  const margin = put.shards.length - 3
  const lost = [...put.shards].sort(() => randomInt(3) - 1).slice(0, margin)
  const units = new Map()
  for (const shard of put.shards) {
    // All of them are read: what was acknowledged is there. Those that are lost are then left out.
    const read = await readShard(nodes[shard], put, shard)
    if (!lost.includes(shard)) units.set(shard, read)
  }
  const chunks = []
  for (let stripe = 0; stripe < layout.stripes; stripe++) {
    const lengths = Array.from({ length: UNITS }, (_, unit) => layout.unitLength(stripe, unit))
    const there = lengths.map((_, unit) => units.get(shardOf(stripe, unit))?.[stripe])
    chunks.push(...reconstructStripe(there, lengths).slice(0, 3))
  }
  const opened = await openBytes({ header: put.header, body: Buffer.concat(chunks), dataKey: put.dataKey })
  return Buffer.compare(Buffer.from(opened), put.content) === 0 && unitOf(0, 0) === 0
}

/** Two writers, until `stop`; `check` says what was wrong. */
export function blobLoad({ nodes }) {
  const puts = []
  let isOn = true
  const writer = async () => {
    while (isOn) puts.push(await put(nodes))
  }
  const writing = Promise.all([writer(), writer()])
  return {
    progress: () => `${puts.length} blobs acknowledged`,
    stop() {
      isOn = false
      return writing
    },
    async check() {
      const violations = []
      for (const each of puts)
        try {
          if (!(await readWithLoss(nodes, each))) violations.push(`${each.blob}: other content`)
        } catch (error) {
          violations.push(`${each.blob}: ${error.message}`)
        }
      const cuts = puts.map((each) => each.cuts)
      const shards = puts.reduce((sum, each) => sum + each.shards.length, 0)
      const again = cuts.reduce((a, b) => a + b, 0)
      const text = `${puts.length} blobs with ${shards} shards acknowledged, ${again} parts sent again (at most ${Math.max(0, ...cuts)} for one blob)`
      return { text, violations, isEmpty: puts.length === 0 }
    },
  }
}
