import { hkdfSync } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { bytesToHex, concatBytes, keccak256, sha256, type Hash } from '@animechain/core'
import { blobId, rootsTree, unitRoot, type SealedDescriptor } from '@animechain/vault-format'
import { privateCommitment } from '@animechain/vault-protocol'
import { concatHex, decodeAbiParameters } from 'viem'
import { batchKey, batchKeys, privateDaOf, referenceOf, sealData, type BatchKeys } from '../src/index.js'
import { memoryStore } from './memoryStore.js'

const certificates = { chainId: 31_337, adapter: '0x00000000000000000000000000000000000000da' } as const
const secret = new Uint8Array(32).fill(7)
const viewKey = await batchKeys(secret)
const data = new TextEncoder().encode('CANARY-a batch that nobody else reads-CANARY')

const make = (options: { viewKey?: BatchKeys; signers?: number; keyRoot?: Hash } = {}) => {
  const { store, blobs } = memoryStore(certificates, options)
  const key = 'viewKey' in options ? options.viewKey : viewKey
  const da = privateDaOf({
    committees: [{ epoch: 1n, store, threshold: 4 }],
    ...{ certificates, ...(key && { viewKey: key }), ...(options.keyRoot && { keyRoot: options.keyRoot }) },
  })
  return { da, store, blobs }
}
const reader = (store: ReturnType<typeof make>['store'], key?: Uint8Array | BatchKeys) =>
  privateDaOf({ committees: [{ epoch: 1n, store, threshold: 4 }], ...(key && { viewKey: key }) })

describe('a private batch', () => {
  test('is sealed the same way in every process, and other bytes never with the same nonce', async () => {
    const keys = viewKey
    const [one, again, other] = await Promise.all(
      [data, data.slice(), data.slice(1)].map((each) => sealData(keys, each)),
    )
    expect(again!.sealed.blob).toBe(one!.sealed.blob)
    expect(again!.sealed.body).toEqual(one!.sealed.body)
    expect(other!.sealed.header.slice(8, 40)).not.toEqual(one!.sealed.header.slice(8, 40))
    const first = await make().da.put(data)
    const second = await make().da.put(data)
    if (first.status !== 'ok' || second.status !== 'ok') throw new Error('expected puts')
    expect(second.commitment).toEqual(first.commitment)
  })

  test('is opened by holders of the view key alone; others are told why, and wait', async () => {
    const { da, store } = make()
    const put = await da.put(data)
    if (put.status !== 'ok') throw new Error('expected a put')
    expect(await reader(store, viewKey).get(put.commitment)).toEqual({ status: 'data', data })
    const without = reader(store)
    expect(await without.get(put.commitment)).toMatchObject({
      ...{ status: 'forbidden', reason: expect.stringContaining('holds no view key') },
    })
    expect(await without.health()).toMatchObject({ ok: false, detail: expect.stringContaining('--view-key') })
    expect(await without.put(data)).toMatchObject({ status: 'error', retryable: false })
    const foreign = reader(store, new Uint8Array(32).fill(8))
    expect((await foreign.get(put.commitment)).status).toBe('forbidden')
    expect((await foreign.getSealed!(put.commitment)).status).toBe('forbidden')
  })

  test('shows no byte of its content in what the committee and L1 get', async () => {
    const { da, blobs } = make()
    const put = await da.put(data)
    if (put.status !== 'ok' || put.attachment?.type !== 'evidence') throw new Error('expected a put')
    const [{ descriptor, body }] = [...blobs.values()] as [{ descriptor: unknown; body: Uint8Array }]
    const shown = [
      ...[put.commitment, put.attachment.evidence, body].map((bytes) =>
        Buffer.from(bytes).toString('latin1'),
      ),
      JSON.stringify(descriptor, (_, each) => (typeof each === 'bigint' ? String(each) : each)),
    ]
    const hashes = [keccak256(data), sha256(data)].map((hash) => Buffer.from(hash).toString('latin1'))
    for (const text of shown) for (const secret of ['CANARY', ...hashes]) expect(text).not.toContain(secret)
  })

  test('carries the place of its key under the key root', async () => {
    const keys = viewKey
    const put = await make().da.put(data)
    if (put.status !== 'ok' || put.attachment?.type !== 'evidence') throw new Error('expected a put')
    const words = ['(bytes32,bytes32,uint64,uint64,uint64)', 'bytes[]', 'uint256', 'bytes32[16]'] as const
    const [what, signatures, index, path] = decodeAbiParameters(
      [
        {
          type: 'tuple',
          components: ['bytes32', 'bytes32', 'uint64', 'uint64', 'uint64'].map((type) => ({ type })),
        },
        ...words.slice(1).map((type) => ({ type })),
      ],
      bytesToHex(put.attachment.evidence),
    ) as unknown as [readonly unknown[], readonly Hash[], bigint, readonly Hash[]]
    expect(signatures).toHaveLength(5)
    const { keyHash } = referenceOf(put.commitment)!
    expect(what).toContain(keyHash)
    const root = path.reduce<Hash>((node, sibling, level) => {
      const pair = (index >> BigInt(level)) & 1n ? [sibling, node] : [node, sibling]
      return bytesToHex(keccak256(concatBytes(...pair.map((each) => Buffer.from(each.slice(2), 'hex')))))
    }, keyHash)
    expect(root).toBe(keys.root)
    expect(concatHex(path as Hash[]).length).toBe(2 + 64 * 16)
  })

  test('is not posted with fewer signatures than the committee asks for', async () => {
    expect(await make({ signers: 3 }).da.put(data)).toMatchObject({
      ...{ status: 'error', retryable: true, error: { code: 'DA_PRIVATE_UNCERTIFIED' } },
    })
  })

  test('is not read with a view key whose root L1 does not have', async () => {
    const keyRoot = bytesToHex(keccak256(data))
    const { da } = make({ keyRoot })
    await expect(da.start()).rejects.toMatchObject({ code: 'DA_PRIVATE_VIEW_KEY' })
    await expect(da.start()).rejects.not.toThrow(bytesToHex(secret).slice(2))
    await make({ keyRoot: viewKey.root }).da.start()
    const given = new Uint8Array(
      hkdfSync('sha256', secret, '', 'animechain/vault/batch/1\x00\x00\x01\x02', 32),
    )
    expect([viewKey.key(258), batchKey(secret, 258)]).toEqual([given, given])
  })

  test('of which something is not as it should be is of no use, also to a proof', async () => {
    const { da, blobs } = make()
    const put = await da.put(data)
    if (put.status !== 'ok') throw new Error('expected a put')
    const [[blob, right]] = [...blobs] as [[Hash, { descriptor: SealedDescriptor; body: Uint8Array }]]
    const body = right.body.map((byte, i) => (i === 3 ? byte ^ 1 : byte))
    // Other bytes than the commitment names say nothing about the batch.
    blobs.set(blob, { ...right, body })
    expect(await da.get(put.commitment)).toMatchObject({
      ...{ status: 'unavailable', error: { code: 'DA_PRIVATE_FALSE_BODY' } },
    })
    const descriptor = { ...right.descriptor, dataRoot: bytesToHex(rootsTree([unitRoot(body)]).root) }
    blobs.set(blobId(descriptor), { descriptor, body })
    const named = privateCommitment({ ...referenceOf(put.commitment)!, blob: blobId(descriptor) })
    expect(await da.get(named)).toMatchObject({ status: 'invalid' })
    expect(await da.getSealed!(named)).toMatchObject({ status: 'sealed', sealed: { body } })
    const longer = put.commitment.slice()
    longer[73]! ^= 1
    expect(await da.get(longer)).toMatchObject({
      status: 'invalid',
      reason: expect.stringContaining('bytes'),
    })
    expect(await da.getSealed!(longer)).toMatchObject({
      status: 'sealed',
      sealed: { body: new Uint8Array() },
    })
  })
})
