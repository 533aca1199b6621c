import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { bytesToHex, equalBytes, type Hash } from '@animechain/core'
import { blobId, newDataKey, newHeader, rootsTree, sealBytes, unitRoot } from '@animechain/vault-format'
import { signMessage, type BlobDescriptor } from '@animechain/vault-protocol'
import { privateKeyToAccount } from 'viem/accounts'
import { storageCommittee, type Fault, type StorageCommittee } from '../src/index.js'
import { FakeNode } from './fakeNode.js'

const domain = { chainId: 4242, registry: '0x4200000000000000000000000000000000001000' as const }
const project: Hash = `0x${'0d'.repeat(32)}`
const owner = privateKeyToAccount(`0x${'77'.repeat(32)}`)
const upload = (descriptor: BlobDescriptor, blob: Hash) =>
  signMessage(owner, domain, 'Upload', {
    project,
    blob,
    length: descriptor.length,
    notAfter: 10_000_000_000n,
  })

function bytesOf(seed: string, length: number): Uint8Array {
  const out = Buffer.alloc(Math.ceil(length / 32) * 32)
  for (let i = 0; i * 32 < length; i++)
    createHash('sha256')
      .update(`${seed}/${i}`)
      .digest()
      .copy(out, i * 32)
  return new Uint8Array(out.buffer, out.byteOffset, length)
}

async function all(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const out: Uint8Array[] = []
  for await (const piece of pieces) out.push(piece)
  return Buffer.concat(out)
}

let nodes: FakeNode[]
let committee: StorageCommittee
let faults: Fault[]
const open = (hedgeDelay = 100) => {
  const made = storageCommittee({
    nodes: nodes.map((node) => ({ url: node.url, address: node.account.address })),
    domain,
    hedgeDelay,
  })
  // Of this client alone: one before may still hear of late answers.
  const own: Fault[] = []
  faults = own
  made.on('fault', (fault) => own.push(fault))
  return made
}

beforeEach(async () => {
  nodes = Array.from({ length: 5 }, (_, i) => new FakeNode(i, domain))
  await Promise.all(nodes.map((node) => node.start()))
  committee = open()
})
afterEach(() => Promise.all(nodes.map((node) => node.stop())))

const dataKey = newDataKey()
const stored = (length: number, extra: object = {}) => {
  const content = bytesOf(`content ${length}`, length)
  return committee.put({ content, dataKey, project, upload, ...extra }).then((put) => ({ ...put, content }))
}

describe('putting', () => {
  it('stores content of every size, which is read back whole and in ranges', async () => {
    for (const length of [0, 1, 262_137, 1_600_000]) {
      const { blob, content, margin, acknowledgements, contentLength } = await stored(length)
      expect({ margin, count: acknowledgements.length, contentLength }).toEqual({
        margin: 2,
        count: 5,
        contentLength: length,
      })
      expect(blob).toBe((await sealBytes({ content, dataKey, project, header: await headerOf(blob) })).blob)
      expect(equalBytes(await all(committee.read({ blob, dataKey })), content)).toBe(true)
      expect(await open().contentLength({ blob, dataKey })).toBe(length)
      for (const [offset, size] of [
        [0, 1],
        [length, 5],
        [Math.floor(length / 2), 300_000],
        [length + 5, 5],
      ] as const)
        expect(
          equalBytes(
            await all(committee.read({ blob, dataKey, offset, length: size })),
            content.subarray(offset, offset + size),
          ),
        ).toBe(true)
    }
  })

  const headerOf = async (blob: Hash) =>
    Buffer.from((await committee.descriptor(blob)).header.slice(2), 'hex')

  it('survives cuts, and goes on where an earlier put ended', async () => {
    const content = bytesOf('cuts', 6_000_000)
    for (const node of nodes) node.manners.cuts = 4
    const header = await newHeader(dataKey)
    const { margin, blob } = await committee.put({ content, dataKey, project, upload, header })
    expect(margin).toBe(2)
    const received = nodes.reduce((sum, node) => sum + node.received, 0)
    // Nothing was sent twice: five shards of a third each, and what is padded.
    expect(received).toBe(
      nodes.reduce((sum, node) => sum + node.shards.get(`${blob}/${nodes.indexOf(node)}`)!.bytes.length, 0),
    )
    const again = await committee.put({ content, dataKey, project, upload, header })
    expect(again.blob).toBe(blob)
    expect(nodes.reduce((sum, node) => sum + node.received, 0)).toBe(received)
    expect(equalBytes(await all(committee.read({ blob, dataKey })), content)).toBe(true)
  })

  it('says its margin, and does not acknowledge less than was asked for', async () => {
    await nodes[1]!.stop()
    const one = await stored(500_000)
    expect(one.margin).toBe(1)
    expect(one.failures).toMatchObject([{ shard: 1 }])
    nodes[2]!.manners.signsWrongly = true
    await expect(stored(500_001)).rejects.toMatchObject({ code: 'VAULT_PUT_INCOMPLETE' })
    expect((await stored(500_002, { degraded: true })).margin).toBe(0)
    await nodes[3]!.stop()
    await expect(stored(500_003, { degraded: true })).rejects.toMatchObject({ code: 'VAULT_PUT_INCOMPLETE' })
  })

  it('keeps what can be read once in a file, sealed, and removes it', async () => {
    const content = bytesOf('once', 1_000_000)
    const folder = mkdtempSync(join(tmpdir(), 'vault-test-'))
    const usual = process.env.TMPDIR
    process.env.TMPDIR = folder
    async function* stream() {
      for (let at = 0; at < content.length; at += 70_000) yield content.subarray(at, at + 70_000)
    }
    const putting = committee.put({ content: stream(), dataKey, project, upload })
    const { blob } = await putting.finally(() => {
      if (usual === undefined) delete process.env.TMPDIR
      else process.env.TMPDIR = usual
    })
    expect(equalBytes(await all(committee.read({ blob, dataKey })), content)).toBe(true)
    expect(readdirSync(folder)).toEqual([])
    rmSync(folder, { recursive: true })
  })

  it('sends nothing of content that changed between the two times', async () => {
    const content = bytesOf('changed', 2_000_000)
    let times = 0
    const changing = () => {
      const copy = content.slice()
      if (++times > 1) copy[1_500_000]! ^= 1
      return copy
    }
    await expect(committee.put({ content: changing, dataKey, project, upload })).rejects.toMatchObject({
      code: 'VAULT_SOURCE_CHANGED',
    })
    for (const node of nodes) expect([...node.shards.values()].some((shard) => shard.complete)).toBe(false)
  })

  it('is aborted by its signal', async () => {
    const controller = new AbortController()
    const putting = committee.put({
      content: bytesOf('aborted', 3_000_000),
      dataKey,
      project,
      upload,
      signal: controller.signal,
      onProgress: ({ phase }) => phase === 'sending' && controller.abort(),
    })
    await expect(putting).rejects.toMatchObject({ code: 'ABORTED' })
  })
})

describe('reading', () => {
  it('asks one node for a chunk where all are well', async () => {
    const { blob, content } = await stored(5 * 262_144)
    // However slow the machine is.
    committee = open(60_000)
    expect(equalBytes(await all(committee.read({ blob, dataKey })), content)).toBe(true)
    // Six chunks, for the trailer and padding are in a seventh at most.
    const { length } = await committee.descriptor(blob)
    expect(nodes.reduce((sum, node) => sum + node.asked, 0)).toBe(Math.ceil(Number(length) / 262_160))
    expect(faults).toEqual([])
  })

  const pairs = [0, 1, 2, 3, 4].flatMap((a) =>
    [0, 1, 2, 3, 4].filter((b) => b > a).map((b) => [a, b] as const),
  )
  it.each(['stopped', 'corrupt', 'slow', 'lost'] as const)('goes on with any two %s', async (how) => {
    const { blob, content } = await stored(1_400_000)
    for (const [a, b] of how === 'slow' ? pairs.slice(3, 5) : pairs.filter((_, i) => i % 3 === 0)) {
      const bad = [nodes[a]!, nodes[b]!]
      const kept = bad.map((node) => new Map(node.shards))
      for (const node of bad) {
        if (how === 'stopped') await node.stop()
        if (how === 'corrupt') node.manners.isCorrupt = true
        if (how === 'slow') node.manners.delay = 10_000
        if (how === 'lost') node.lose(blob)
      }
      committee = open()
      for (let i = 0; i < 3; i++) {
        const offset = randomBytes(4).readUInt32BE() % content.length
        const length = 1 + (randomBytes(4).readUInt32BE() % 400_000)
        const got = await all(committee.read({ blob, dataKey, offset, length }))
        expect(equalBytes(got, content.subarray(offset, offset + length))).toBe(true)
      }
      expect(equalBytes(await all(committee.read({ blob, dataKey })), content)).toBe(true)
      // Every fault names one of the two, and nobody else.
      const kinds = { stopped: 'unreachable', corrupt: 'corrupt', slow: 'slow', lost: 'missing' }
      const named = new Set(faults.filter(({ kind }) => kind === kinds[how]).map(({ shard }) => shard))
      expect([...named].every((shard) => shard === a || shard === b)).toBe(true)
      if (how === 'corrupt') expect(named.size).toBeGreaterThan(0)
      for (const [i, node] of bad.entries()) {
        if (how === 'stopped') await node.start()
        node.manners.isCorrupt = false
        node.manners.delay = 0
        for (const [key, shard] of kept[i]!) node.shards.set(key, shard)
      }
    }
  })

  it('says which nodes failed where three are gone', async () => {
    const { blob } = await stored(1_000_000)
    committee = open()
    await committee.contentLength({ blob, dataKey })
    for (const node of nodes.slice(0, 3)) await node.stop()
    const error = await all(committee.read({ blob, dataKey })).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'VAULT_UNREADABLE' })
    for (const node of nodes.slice(0, 3)) expect((error as Error).message).toContain(node.account.address)
    await expect(all(open().read({ blob: project, dataKey }))).rejects.toMatchObject({
      code: 'VAULT_UNREADABLE',
    })
    for (const node of nodes.slice(0, 3)) await node.start()
    await expect(all(open().read({ blob: project, dataKey }))).rejects.toMatchObject({
      code: 'VAULT_UNKNOWN_BLOB',
    })
  })

  it('gives nothing to another key', async () => {
    const { blob } = await stored(10)
    await expect(all(committee.read({ blob, dataKey: newDataKey() }))).rejects.toMatchObject({
      code: 'VAULT_WRONG_KEY',
    })
  })

  it('ends with its signal, and with whoever stops early', async () => {
    const { blob } = await stored(3_000_000)
    committee = open()
    for await (const piece of committee.read({ blob, dataKey })) {
      expect(piece.length).toBeGreaterThan(0)
      break
    }
    const controller = new AbortController()
    for (const node of nodes) node.manners.delay = 5_000
    const reading = all(open().read({ blob, dataKey, signal: controller.signal }))
    setTimeout(() => controller.abort(), 200)
    await expect(reading).rejects.toMatchObject({ code: 'ABORTED' })
  })
})

describe('repair', () => {
  it('brings back what any two nodes lost', async () => {
    const { blob, content } = await stored(2_300_000)
    const before = nodes.map((node, i) => node.shards.get(`${blob}/${i}`)!.bytes)
    for (const lost of [
      [0, 1],
      [2, 4],
    ]) {
      for (const i of lost) nodes[i]!.lose(blob)
      committee = open()
      const repaired = await committee.repair({ blob, upload, deep: true })
      expect(repaired.map(({ status }) => status)).toEqual(
        nodes.map((_, i) => (lost.includes(i) ? 'repaired' : 'complete')),
      )
      for (const i of lost) expect(nodes[i]!.shards.get(`${blob}/${i}`)!.bytes.equals(before[i]!)).toBe(true)
    }
    nodes[3]!.manners.isCorrupt = true
    expect((await open().repair({ blob, upload, deep: true }))[3]).toMatchObject({ status: 'damaged' })
    // A node's own repair asks the others alone.
    const shard = await all(open().reconstructShard({ blob, shard: 3 }))
    expect(shard.equals(before[3]!)).toBe(true)
    nodes[3]!.manners.isCorrupt = false
    expect(equalBytes(await all(open().read({ blob, dataKey })), content)).toBe(true)
  })

  it('tells false parity from lost bytes', async () => {
    // Parity that fits its root, and not the chunks: only the owner can seal so.
    const sealed = await sealBytes({ content: bytesOf('false', 100), dataKey, project })
    const parity = bytesOf('parity', sealed.shards[3]!.length)
    const roots = sealed.unitRoots.slice()
    roots.set(unitRoot(parity), 3 * 32)
    const descriptor = {
      ...sealed.descriptor,
      shardRoots: sealed.descriptor.shardRoots.map((root, i) =>
        i === 3 ? bytesToHex(rootsTree([unitRoot(parity)]).root) : root,
      ),
    }
    const blob = blobId(descriptor)
    for (const [i, node] of nodes.entries()) {
      node.blobs.set(blob, descriptor)
      node.roots.set(blob, Buffer.from(roots))
      const bytes = Buffer.from(i === 3 ? parity : sealed.shards[i]!)
      node.shards.set(`${blob}/${i}`, { bytes, complete: true })
    }
    expect(equalBytes(await all(open().body({ blob })), sealed.body)).toBe(true)
    nodes[0]!.lose(blob)
    nodes[4]!.lose(blob)
    await expect(all(open().body({ blob }))).rejects.toMatchObject({ code: 'VAULT_FALSE_PARITY' })
    // Its tag says the same to whoever has the key.
    await expect(all(open().read({ blob, dataKey }))).rejects.toMatchObject({ code: 'VAULT_BAD_CHUNK' })
  })

  it('needs three', async () => {
    const { blob } = await stored(700_000)
    for (const node of nodes.slice(0, 3)) node.lose(blob)
    await expect(open().repair({ blob, upload })).rejects.toMatchObject({ code: 'VAULT_UNREADABLE' })
  })
})
