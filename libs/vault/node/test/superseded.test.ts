import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { silentLogger, systemClock, type Hash } from '@animechain/core'
import { accessRegistryAbi } from '@animechain/contracts'
import { memoryObjects, type ObjectStore } from '@animechain/objects'
import { memoryStorage } from '@animechain/storage-memory'
import { testAccount } from '@animechain/testing'
import { newDataKey, sealBytes, type SealedBytes } from '@animechain/vault-format'
import {
  objectAt,
  retirementOf,
  routes,
  signMessage,
  type Manifest,
  type MessageSigner,
  type Signed,
  type SupersedeBody,
} from '@animechain/vault-protocol'
import { chainView, embeddedMetadata, fixedCommittees, vaultNode } from '../src/index.ts'
import {
  members,
  putBlob,
  putManifest,
  random,
  rpcOf,
  seconds,
  send,
  store,
  zeroHash,
  type Members,
  type Store,
} from './kit.ts'

let l2: Store
let committee: Members
/** What each node has of disks, so that it can be started again with them. */
const disks: { metadata: ReturnType<typeof memoryStorage>; objects: ObjectStore; isBroken: boolean }[] = []
const path = [random(), random()]
const delegate = testAccount(5)
const account = (of: unknown) => of as MessageSigner

let before: { sealed: SealedBytes; manifest: Signed<Manifest> }
let newer: { sealed: SealedBytes; manifest: Signed<Manifest> }

const seal = async (content = randomBytes(1_000)) => {
  const dataKey = newDataKey()
  return { dataKey, sealed: await sealBytes({ content, dataKey, project: l2.project }) }
}

beforeAll(async () => {
  l2 = await store()
  committee = await members(l2, 5, {
    get objects() {
      const disk = { metadata: memoryStorage(), objects: memoryObjects(), isBroken: false }
      disks.push(disk)
      // A disk that does not delete: the node stops in the middle of it.
      return {
        ...disk.objects,
        delete: async (key: string) =>
          disk.isBroken
            ? ({ status: 'unavailable', error: new Error('broken') } as const)
            : disk.objects.delete(key),
      }
    },
    get metadata() {
      return embeddedMetadata(disks.at(-1)!.metadata)
    },
  })
  const { wallet, registry, project } = l2
  await l2.mined(
    await wallet.writeContract({
      address: registry,
      abi: accessRegistryAbi,
      functionName: 'setDelegate',
      args: [project, delegate.address, 31],
    }),
  )
  const first = await seal()
  const second = await seal()
  await putBlob(l2, committee, first.sealed)
  const { manifest } = await putManifest(l2, committee, {
    path,
    blob: first.sealed.blob,
    dataKey: first.dataKey,
  })
  before = { sealed: first.sealed, manifest }
  const next = await putManifest(l2, committee, {
    ...{ path, epoch: 2, blob: second.sealed.blob, dataKey: second.dataKey },
  })
  newer = { sealed: second.sealed, manifest: next.manifest }
}, 120_000)
afterAll(async () => {
  await committee?.stop()
  await l2?.stop()
})

const node = () => committee.nodes[0]!

/** An order, with parts of it changed before they are signed. */
async function order(
  change: { retirement?: Partial<Manifest>; object?: Hash; newer?: Signed<Manifest>; by?: unknown } = {},
): Promise<SupersedeBody> {
  const by = account(change.by ?? l2.owner)
  const next = change.newer ?? newer.manifest
  const made = retirementOf(l2.domain, before.manifest.message, next.message, seconds())
  const retirement = { ...made, ...change.retirement }
  const erase = {
    project: retirement.project,
    object: change.object ?? retirement.object,
    issuedAt: seconds(),
  }
  return {
    erase: await signMessage(by, l2.domain, 'Erase', erase),
    retirement: await signMessage(by, l2.domain, 'Manifest', retirement),
    newer: next,
  }
}
const supersede = async (body: SupersedeBody, at = node()) =>
  (await send(`${at.url}${routes.supersede}`, body)).status
const statusOf = async ({ blob }: SealedBytes, at = node()) =>
  (await fetch(`${at.url}${routes.blob(blob)}`)).status
const newerOf = (change: Partial<Manifest>, by: unknown = l2.owner) =>
  signMessage(account(by), l2.domain, 'Manifest', { ...newer.manifest.message, ...change })

describe('an order to delete one blob that is superseded', () => {
  it('is followed by nobody before the newer blob is here', async () => {
    expect(await supersede(await order())).toBe(409)
    expect(await statusOf(before.sealed)).toBe(200)
    await putBlob(l2, committee, newer.sealed)
  })

  it('is refused where it is not of the blob, the object, the rendition, or not newer', async () => {
    const { blob, object, epoch } = before.manifest.message
    const other = [random()]
    const wrong: SupersedeBody[] = [
      // Of the whole object: everything of it would go.
      await order({ retirement: { object, path }, object }),
      await order({ object }),
      await order({ retirement: { threshold: 3, shareCommitments: [zeroHash, zeroHash, zeroHash] } }),
      // What is not superseded, named in the place of what is.
      await order({ retirement: { blob: newer.sealed.blob } }),
      await order({ retirement: { ownerWrap: random() } }),
      await order({ retirement: { rendition: 1 } }),
      await order({ newer: await newerOf({ epoch }) }),
      await order({ newer: await newerOf({ blob }) }),
      await order({ newer: await newerOf({ path: other, object: objectAt(l2.project, other) }) }),
      await order({ newer: await newerOf({ threshold: 0, shareCommitments: [] }) }),
    ]
    for (const body of wrong) expect(await supersede(body)).toBe(400)
    expect(await statusOf(before.sealed)).toBe(200)
    expect(await statusOf(newer.sealed)).toBe(200)
  })

  it('is refused of everybody but whom the acknowledgement names: a delegate’s word frees nobody on L1', async () => {
    expect(await supersede(await order({ by: testAccount(4) }))).toBe(403)
    expect(await supersede(await order({ by: delegate }))).toBe(403)
    expect(await supersede(await order({ newer: await newerOf({}, testAccount(4)) }))).toBe(403)
    const right = await order()
    const mixed = await order({ by: delegate })
    expect(await supersede({ ...right, erase: mixed.erase })).toBe(403)
    expect(await supersede({ ...right, retirement: mixed.retirement })).toBe(403)
    expect(await statusOf(before.sealed)).toBe(200)
  })

  it('is no order to erase: there it could be replayed to a node without the newer blob', async () => {
    const { erase, retirement } = await order()
    const body = { erase, manifests: [retirement] }
    expect((await send(`${node().url}${routes.erase}`, body)).status).toBe(400)
    expect(await statusOf(before.sealed)).toBe(200)
  })

  it('deletes that blob alone, once, and is kept as the answer to a challenge', async () => {
    const body = await order()
    expect(await supersede(body)).toBe(204)
    expect(await supersede(body)).toBe(204)
    expect(await statusOf(before.sealed)).toBe(410)
    expect(await statusOf(newer.sealed)).toBe(200)
    expect(await node().keys!.shares.held(before.manifest.message.object, 0)).toMatchObject({
      manifest: newer.manifest,
    })
    const { erase, retirement: manifest, newer: by } = body
    expect(await node().storage!.known(before.sealed.blob)).toEqual({
      ...{ status: 'gone', order: { erase, manifest, newer: by } },
    })
    expect(await statusOf(before.sealed, committee.nodes[1]!)).toBe(200)
  })

  it('is carried out by the next start where the node stopped in the middle of it', async () => {
    const at = committee.nodes[2]!
    disks[2]!.isBroken = true
    const body = await order()
    expect(await supersede(body, at)).toBe(503)
    const countOf = async () => {
      const kept = JSON.stringify(await disks[2]!.objects.list({ prefix: 'shards/' }))
      return kept.split(before.sealed.blob.slice(2)).length - 1
    }
    expect(await countOf()).toBeGreaterThan(0)
    await at.stop()
    disks[2]!.isBroken = false
    const { domain, registry, chain } = l2
    const again = vaultNode({
      ...{ roles: ['storage'], domain, signer: committee.signers[2]!, http: { port: 0 }, policies: [] },
      view: chainView({ rpc: rpcOf(chain.url), registry, clock: systemClock, logger: silentLogger }),
      committees: fixedCommittees(() => [committee.committee()]),
      ...{ metadata: embeddedMetadata(disks[2]!.metadata), objects: disks[2]!.objects },
      folder: committee.folders[2]!,
    })
    await again.start()
    committee.nodes[2] = again
    expect(await countOf()).toBe(0)
    expect(await statusOf(before.sealed, again)).toBe(410)
    expect(await again.storage!.known(before.sealed.blob)).toMatchObject({ order: { erase: body.erase } })
    expect(await supersede(body, again)).toBe(204)
  })
})
