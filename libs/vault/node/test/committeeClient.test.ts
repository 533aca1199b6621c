import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { equalBytes, silentLogger, systemClock, type Address, type Hash } from '@animechain/core'
import { memoryObjects } from '@animechain/objects'
import { memoryStorage } from '@animechain/storage-memory'
import { storageCommittee } from '@animechain/vault-committee'
import { newDataKey, newHeader } from '@animechain/vault-format'
import { signMessage, type BlobDescriptor, type MessageSigner } from '@animechain/vault-protocol'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import {
  chainView,
  embeddedMetadata,
  fixedCommittees,
  vaultNode,
  type L2Rpc,
  type VaultNode,
} from '../src/index.js'

// The client of storage committees against real nodes. Blobs of batches (project zero) need no chain: who may upload them is known.
const domain = { chainId: 4242, registry: `0x${'42'.repeat(20)}` as Address }
const project: Hash = `0x${'00'.repeat(32)}`
const uploader = privateKeyToAccount(generatePrivateKey())
const rpc: L2Rpc = { request: () => Promise.reject(new Error('there is no chain')) }
const folder = mkdtempSync(join(tmpdir(), 'vault-committee-'))
const nodes: VaultNode[] = []

beforeAll(async () => {
  const signers = Array.from({ length: 5 }, () => privateKeyToAccount(generatePrivateKey()))
  const seats = () =>
    signers.map(({ address }, i) => ({
      key: address.toLowerCase() as Address,
      shareKey: project,
      url: nodes[i]!.url,
    }))
  const committee = () => ({
    storage: { threshold: 4, members: seats() },
    keys: { threshold: 3, members: seats() },
  })
  for (const [i, signer] of signers.entries())
    nodes.push(
      vaultNode({
        roles: ['storage'],
        domain,
        signer: signer as unknown as MessageSigner,
        view: chainView({
          ...{ rpc, registry: domain.registry, pollMs: 3_600_000 },
          ...{ clock: systemClock, logger: silentLogger },
        }),
        committees: fixedCommittees(() => [committee()]),
        policies: [],
        batchers: async () => [uploader.address.toLowerCase() as Address],
        metadata: embeddedMetadata(memoryStorage()),
        objects: memoryObjects(),
        folder: join(folder, `${i}`),
        http: { port: 0 },
      }),
    )
  for (const node of nodes) await node.start()
})
afterAll(async () => {
  await Promise.all(nodes.map((node) => node.stop()))
  rmSync(folder, { recursive: true, force: true })
})

const open = (fetch = globalThis.fetch) =>
  storageCommittee({
    nodes: nodes.map(({ url, address }) => ({ url, address })),
    domain,
    fetch,
    hedgeDelay: 500,
  })
const upload = (descriptor: BlobDescriptor, blob: Hash) =>
  signMessage(uploader as unknown as MessageSigner, domain, 'Upload', {
    ...{ project, blob, length: descriptor.length },
    notAfter: BigInt(Math.floor(Date.now() / 1_000) + 600),
  })

const content = Buffer.concat(
  Array.from({ length: 60_000 }, (_, i) => createHash('sha256').update(`${i}`).digest()),
)
const dataKey = newDataKey()

async function all(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const out: Uint8Array[] = []
  for await (const piece of pieces) out.push(piece)
  return Buffer.concat(out)
}

describe('the client of a storage committee, with real nodes', () => {
  let blob: Hash

  it('stores with twenty cuts on the way, and sends nothing twice', async () => {
    let cuts = 20
    let sent = 0
    // The connection breaks after a part was sent, before its answer came: every second time nothing arrived at all.
    const cutting: typeof fetch = async (url, init) => {
      const isPart = init?.method === 'PUT' && /\/[0-4]$/.test(String(url))
      if (!isPart || cuts === 0) return fetch(url, init)
      cuts--
      if (cuts % 2 === 0) {
        // Large parts are streams: how long they are, their range says.
        const [, from, to] = /^bytes (\d+)-(\d+)\//.exec(new Headers(init!.headers).get('content-range')!)!
        sent += Number(to) - Number(from) + 1
        await (await fetch(url, init)).arrayBuffer()
      }
      throw new Error('cut')
    }
    const header = await newHeader(dataKey)
    const put = await open(cutting).put({ content, dataKey, project, upload, header })
    expect(cuts).toBe(0)
    expect(sent).toBeGreaterThan(0)
    expect(put.margin).toBe(2)
    blob = put.blob
    const again = await open().put({ content, dataKey, project, upload, header })
    expect(again).toMatchObject({ blob, margin: 2 })
    expect(equalBytes(await all(open().read({ blob, dataKey })), content)).toBe(true)
  })

  it('reads with two of five stopped, and names them', async () => {
    for (const pair of [
      [0, 3],
      [1, 4],
    ]) {
      const stopped = pair.map((i) => nodes[i]!.address)
      // Whoever asks them gets no connection.
      const urls = pair.map((i) => nodes[i]!.url)
      const committee = open((url, init) =>
        urls.some((each) => String(url).startsWith(each))
          ? Promise.reject(new Error('stopped'))
          : fetch(url, init),
      )
      const named = new Set<string>()
      committee.on('fault', ({ node }) => named.add(node.address))
      expect(equalBytes(await all(committee.read({ blob, dataKey })), content)).toBe(true)
      for (const offset of [0, 262_143, 900_001])
        expect(
          equalBytes(
            await all(committee.read({ blob, dataKey, offset, length: 500_000 })),
            content.subarray(offset, offset + 500_000),
          ),
        ).toBe(true)
      expect([...named].every((address) => stopped.includes(address as Address))).toBe(true)
      expect(named.size).toBeGreaterThan(0)
    }
  })

  it('gives a node its shard back, from the other four', async () => {
    const committee = open()
    expect((await committee.repair({ blob, upload, deep: true })).map(({ status }) => status)).toEqual(
      Array.from({ length: 5 }, () => 'complete'),
    )
    const shard = await all(committee.reconstructShard({ blob, shard: 2 }))
    const unit = await fetch(`${nodes[2]!.url}/v1/blobs/${blob}/2/units/0`)
    expect(equalBytes(shard.subarray(0, 262_160), new Uint8Array(await unit.arrayBuffer()))).toBe(true)
  })

  it('is told what a node has not', async () => {
    const reading = all(open().read({ blob: `0x${'77'.repeat(32)}`, dataKey }))
    await expect(reading).rejects.toMatchObject({ code: 'VAULT_UNKNOWN_BLOB' })
  })
})
