import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Address } from '@animechain/core'
import { memoryObjects, type ObjectStore } from '@animechain/objects'
import { memoryStorage } from '@animechain/storage-memory'
import { eventually, testAccount } from '@animechain/testing'
import { newDataKey, sealBytes, unitRoot, verifyUnit, type SealedBytes } from '@animechain/vault-format'
import {
  availabilitySigner,
  routes,
  signedFromJson,
  signMessage,
  signerOf,
  type MessageSigner,
} from '@animechain/vault-protocol'
import { embeddedMetadata } from '../src/index.ts'
import { partOf } from '../src/storage/routes.ts'
import { members, octets, putBlob, random, seconds, send, zeroHash, type Members, type Store } from './kit.ts'

/** Batches have no project: what follows needs no chain. */
const batcher = testAccount(0)
const domain = { chainId: 31_337, registry: `0x${'aa'.repeat(20)}` as Address }
const certificates = { chainId: 1, adapter: `0x${'bb'.repeat(20)}` as Address }
const batches = { owner: batcher, domain, project: zeroHash } as unknown as Store
const nowhere = {
  domain,
  grants: `0x${'cc'.repeat(20)}` as Address,
  chain: { url: 'http://127.0.0.1:1' },
} as unknown as Store

let committee: Members
const objects: ObjectStore[] = []
beforeAll(async () => {
  committee = await members(nowhere, 5, {
    batchers: async () => [batcher.address.toLowerCase() as Address],
    certificates,
    storageLimits: { capacity: 20_000_000 },
    get objects() {
      const made = memoryObjects()
      objects.push(made)
      return made
    },
    get metadata() {
      return embeddedMetadata(memoryStorage())
    },
  })
})
afterAll(() => committee?.stop())

const url = (i = 0) => committee.nodes[i]!.url
const seal = async (length: number): Promise<SealedBytes> =>
  sealBytes({ content: randomBytes(length), dataKey: newDataKey(), project: zeroHash })

const leave = (sealed: SealedBytes, by: unknown = batcher, change: object = {}) =>
  signMessage(by as MessageSigner, domain, 'Upload', {
    project: zeroHash,
    blob: sealed.blob,
    length: sealed.descriptor.length,
    notAfter: seconds() + 600n,
    ...change,
  })

/** Announces a blob to a node, with the roots of its units. */
async function begin(sealed: SealedBytes, i = 0): Promise<void> {
  const { blob, descriptor } = sealed
  await send(`${url(i)}${routes.blob(blob)}`, { descriptor, upload: await leave(sealed) }, 'PUT')
  const roots = await octets(`${url(i)}${routes.units(blob)}`, sealed.unitRoots)
  expect(roots.status).toBe(204)
}

const part = (
  sealed: SealedBytes,
  shard: number,
  from: number,
  to: number,
  i = 0,
  bytes = sealed.shards[shard]!,
) =>
  octets(`${url(i)}${routes.shard(sealed.blob, shard)}`, bytes.subarray(from, to), {
    'content-range': `bytes ${from}-${to - 1}/${bytes.length}`,
  })

const head = async (sealed: SealedBytes, shard: number, i = 0) => {
  const response = await fetch(`${url(i)}${routes.shard(sealed.blob, shard)}`, { method: 'HEAD' })
  return {
    offset: Number(response.headers.get('upload-offset')),
    complete: response.headers.get('x-vault-complete') === '1',
  }
}

const code = async (response: Response) =>
  response.status < 300
    ? `${response.status}`
    : ((await response.json()) as { error: { code: string } }).error.code

describe('shards', () => {
  it('are taken in parts, and acknowledged once they are whole and right', async () => {
    const sealed = await seal(1_000_000)
    const bytes = sealed.shards[1]!
    expect(await code(await part(sealed, 1, 0, 10))).toBe('VAULT_UNKNOWN')
    const early = await send(
      `${url()}${routes.blob(sealed.blob)}`,
      { descriptor: sealed.descriptor, upload: await leave(sealed) },
      'PUT',
    )
    expect(early.status).toBe(204)
    expect(await code(await part(sealed, 1, 0, 10))).toBe('VAULT_CONFLICT')
    await begin(sealed)
    expect((await part(sealed, 1, 0, 300_000)).status).toBe(202)
    expect(await head(sealed, 1)).toEqual({ offset: 300_000, complete: false })
    const gap = await part(sealed, 1, 400_000, 450_000)
    expect([gap.status, gap.headers.get('upload-offset')]).toEqual([409, '300000'])
    const last = await part(sealed, 1, 300_000, bytes.length)
    expect([last.status, last.headers.get('x-vault-complete')]).toEqual([201, '1'])
    const acknowledgement = signedFromJson('Acknowledgement', await last.json())
    expect((await signerOf(domain, 'Acknowledgement', acknowledgement))?.toLowerCase()).toBe(
      committee.nodes[0]!.address,
    )
    expect(acknowledgement.message).toMatchObject({
      blob: sealed.blob,
      shard: 1,
      committee: 1n,
      length: BigInt(bytes.length),
    })
    expect(await head(sealed, 1)).toEqual({ offset: bytes.length, complete: true })
    // Once more is the same.
    expect((await part(sealed, 1, 0, 10)).status).toBe(201)
    const unit = await fetch(`${url()}${routes.unit(sealed.blob, 1, 1)}`)
    const path = unit.headers.get('x-vault-path')!
    expect(
      verifyUnit(sealed.descriptor, {
        shard: 1,
        stripe: 1,
        bytes: new Uint8Array(await unit.arrayBuffer()),
        path: Array.from({ length: path.length / 64 }, (_, i) =>
          Buffer.from(path.slice(64 * i, 64 * (i + 1)), 'hex'),
        ),
      }),
    ).toBe(true)
    expect(await code(await fetch(`${url()}${routes.unit(sealed.blob, 2, 0)}`))).toBe('VAULT_UNKNOWN')
    expect(await code(await fetch(`${url()}${routes.unit(sealed.blob, 1, 99)}`))).toBe('VAULT_UNKNOWN')
    expect(await code(await fetch(`${url()}/v1/blobs/nonsense`))).toBe('VAULT_MALFORMED')
  })

  it('survive 20 cuts', async () => {
    const sealed = await seal(700_000)
    const bytes = sealed.shards[0]!
    await begin(sealed)
    const { port, hostname } = new URL(url())
    const step = Math.ceil(bytes.length / 20)
    for (let cut = 0; ; cut++) {
      const { offset, complete } = await head(sealed, 0)
      if (complete) break
      const from = `PUT ${routes.shard(sealed.blob, 0)} HTTP/1.1\r\nhost: node\r\ncontent-type: application/octet-stream\r\n`
      const range = `content-range: bytes ${offset}-${bytes.length - 1}/${bytes.length}\r\ncontent-length: ${bytes.length - offset}\r\n\r\n`
      const socket = connect(Number(port), hostname)
      await new Promise((resolve) => socket.once('connect', resolve))
      socket.write(from + range)
      // Twenty connections break off, each a bit further; then one goes to the end.
      const sent = cut < 20 ? bytes.subarray(offset, offset + step) : bytes.subarray(offset)
      await new Promise((resolve) => socket.write(sent, resolve))
      await eventually(
        'the bytes to come',
        async () => (await head(sealed, 0)).offset >= Math.min(offset + sent.length, bytes.length),
      )
      socket.destroy()
      expect(cut).toBeLessThan(30)
    }
    expect((await part(sealed, 0, 0, 10)).status).toBe(201)
  })

  it('are not taken where a byte is wrong: from that unit on they are sent again', async () => {
    const sealed = await seal(1_700_000)
    await begin(sealed)
    const wrong = Uint8Array.from(sealed.shards[0]!)
    wrong[262_160 + 5]! ^= 1
    const refused = await part(sealed, 0, 0, wrong.length, 0, wrong)
    expect([refused.status, refused.headers.get('upload-offset')]).toEqual([409, '262160'])
    expect(await head(sealed, 0)).toEqual({ offset: 262_160, complete: false })
    expect((await part(sealed, 0, 262_160, wrong.length)).status).toBe(201)
  })

  it('of no bytes are acknowledged, too', async () => {
    const sealed = await seal(10)
    await begin(sealed)
    expect(sealed.shards[1]).toHaveLength(0)
    const put = await octets(`${url()}${routes.shard(sealed.blob, 1)}`, new Uint8Array(0), {
      'content-range': 'bytes */0',
    })
    expect(put.status).toBe(201)
    expect((await part(sealed, 0, 0, sealed.shards[0]!.length)).status).toBe(201)
  })

  it('have bounds: room, a signature, sizes, ranges', async () => {
    const sealed = await seal(100)
    const blob = `${url()}${routes.blob(sealed.blob)}`
    const put = async (upload: unknown, descriptor: unknown = sealed.descriptor) =>
      code(await send(blob, { descriptor, upload }, 'PUT'))
    expect(await put(await leave(sealed, testAccount(1)))).toBe('VAULT_FORBIDDEN')
    expect(await put(await leave(sealed, batcher, { notAfter: 1n }))).toBe('VAULT_MALFORMED')
    expect(await put(await leave(sealed, batcher, { blob: random() }))).toBe('VAULT_MALFORMED')
    expect(
      await put(await leave(sealed), { ...sealed.descriptor, length: sealed.descriptor.length + 1n }),
    ).toBe('VAULT_MALFORMED')
    // Of a project, but no chain is there to say whose it is.
    const project = random()
    const theirs = await sealBytes({ content: randomBytes(10), dataKey: newDataKey(), project })
    const asked = { descriptor: theirs.descriptor, upload: await leave(theirs, batcher, { project }) }
    expect(await code(await send(`${url()}${routes.blob(theirs.blob)}`, asked, 'PUT'))).toBe(
      'VAULT_UNAVAILABLE',
    )
    const large = await seal(45_000_000)
    await begin(large)
    expect(await code(await part(large, 0, 0, 10))).toBe('202')
    expect(await code(await part(large, 1, 0, 10))).toBe('VAULT_FULL')
    const away = await fetch(`${url()}${routes.shard(large.blob, 0)}`, { method: 'DELETE' })
    expect(away.status).toBe(204)
    expect(await code(await part(large, 1, 0, 10))).toBe('202')
    await fetch(`${url()}${routes.shard(large.blob, 1)}`, { method: 'DELETE' })
    expect(() => partOf('bytes 5-4/10')).toThrow('within the shard')
    expect(() => partOf('bytes 0-9/9')).toThrow('within the shard')
    expect(() => partOf(`bytes 0-${2 ** 23}/${2 ** 30}`)).toThrow('at most 8388608 bytes')
    expect(() => partOf('bytes=0-9')).toThrow('content-range')
    expect(await code(await octets(`${url()}${routes.units(sealed.blob)}`, new Uint8Array(5)))).toBe(
      'VAULT_UNKNOWN',
    )
  })
})

describe('certificates', () => {
  it('are signed for a batch that is here whole, with the parity that follows from it', async () => {
    const sealed = await seal(500_000)
    const { blob, body } = sealed
    const ask = async (change: object = {}, i = 0) => {
      const json = {
        keyHash: random(),
        committee: 1n,
        until: seconds() + 1_000n,
        body: `0x${Buffer.from(body).toString('hex')}`,
        ...change,
      }
      return { json, response: await send(`${url(i)}${routes.certify(blob)}`, json) }
    }
    await begin(sealed)
    expect(await code((await ask()).response)).toBe('VAULT_CONFLICT')
    await part(sealed, 0, 0, sealed.shards[0]!.length)
    const { json, response } = await ask()
    const { signature } = (await response.json()) as { signature: `0x${string}` }
    const { keyHash, committee: epoch, until } = json
    const message = { blob, keyHash, length: sealed.descriptor.length, committee: epoch, until }
    expect((await availabilitySigner(certificates, message, signature)).toLowerCase()).toBe(
      committee.nodes[0]!.address,
    )
    expect(await code((await ask({ committee: 2n })).response)).toBe('VAULT_CONFLICT')
    expect(await code((await ask({ until: seconds() - 1n })).response)).toBe('VAULT_MALFORMED')
    expect(await code((await ask({ body: '0x11' })).response)).toBe('VAULT_MALFORMED')
    expect(await code((await ask({}, 1)).response)).toBe('VAULT_UNKNOWN')
  })
})

describe('repair', () => {
  it('computes what a disk lost, and what came while the node was away', async () => {
    const sealed = await seal(1_000_000)
    const away = committee.nodes[4]!
    await putBlob(batches, { nodes: committee.nodes.slice(0, 4) }, sealed)
    expect(await code(await fetch(`${away.url}${routes.blob(sealed.blob)}`))).toBe('VAULT_UNKNOWN')
    const report = await away.repair()
    // Of other tests there are blobs that one node alone has a shard of.
    expect(report.repaired).toBeGreaterThan(0)
    const unit = await fetch(`${away.url}${routes.unit(sealed.blob, 4, 0)}`)
    expect(Buffer.from(unitRoot(new Uint8Array(await unit.arrayBuffer())))).toEqual(
      Buffer.from(sealed.unitRoots.subarray(4 * 32, 5 * 32)),
    )

    const place = objects[2]!
    const listed = await place.list({ prefix: 'shards/' })
    if (listed.status !== 'page') throw new Error(listed.status)
    const key = listed.objects.find((each) => each.key.includes(sealed.blob.slice(2)))!.key
    const stored = await place.get(key)
    if (stored.status !== 'object') throw new Error(stored.status)
    const damaged = Uint8Array.from(stored.body)
    damaged[7]! ^= 1
    await place.put(key, damaged)
    // Not gone, and not answered either.
    expect(await code(await fetch(`${url(2)}${routes.unit(sealed.blob, 2, 0)}`))).toBe('VAULT_UNAVAILABLE')
    expect((await committee.nodes[2]!.repair()).repaired).toBeGreaterThan(0)
    expect(await code(await fetch(`${url(2)}${routes.unit(sealed.blob, 2, 0)}`))).toBe('200')
    // Two at once, of which one lies: any three are enough.
    await place.delete(key)
    expect((await committee.nodes[2]!.repair()).repaired).toBe(1)
    const listing = await send(`${url()}/v1/held`, {
      read: await signMessage(batcher as never, domain, 'ProjectRead', {
        project: zeroHash,
        node: committee.nodes[0]!.address,
        notAfter: seconds() + 60n,
      }),
      after: null,
    })
    expect(await code(listing)).toBe('VAULT_FORBIDDEN')
  })

  it('brings back nothing that was erased', async () => {
    const sealed = await seal(100_000)
    await putBlob(batches, committee, sealed)
    for (const node of committee.nodes) await node.storage!.erase(sealed.blob)
    for (const node of committee.nodes) {
      await node.repair()
      expect(await node.storage!.has(sealed.blob, 0)).toBe(false)
    }
    expect(await code(await fetch(`${url()}${routes.blob(sealed.blob)}`))).toBe('VAULT_ERASED')
    expect(
      await code(
        await send(
          `${url()}${routes.blob(sealed.blob)}`,
          { descriptor: sealed.descriptor, upload: await leave(sealed) },
          'PUT',
        ),
      ),
    ).toBe('VAULT_ERASED')
  })
})
