import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { newDataKey, openBytes, sealBytes } from '@animechain/vault-format'
import { testAccount } from '@animechain/testing'
import { routes } from '@animechain/vault-protocol'
import {
  announce,
  evidenceOf,
  grantTo,
  keyFrom,
  members,
  putBlob,
  putManifest,
  random,
  sessionOf,
  store,
  type Members,
  type Store,
} from './kit.ts'

let l2: Store
let committee: Members
beforeAll(async () => {
  l2 = await store()
  committee = await members(l2)
})
afterAll(async () => {
  await committee?.stop()
  await l2?.stop()
})

describe('a committee of five, over HTTP, with the policy on a real chain', () => {
  it('stores a film, and lets in whom the owner granted it', async () => {
    const dataKey = newDataKey()
    const content = Buffer.alloc(900_000, 7)
    const sealed = await sealBytes({ content, dataKey, project: l2.project })
    await putBlob(l2, committee, sealed)
    const path = [random(), random()]
    const { object } = await putManifest(l2, committee, { path, blob: sealed.blob, dataKey })
    const animator = testAccount(3)
    const grant = await announce(l2, grantTo(l2, animator.address))
    const asker = await sessionOf(l2, animator)
    const key = await keyFrom(l2, committee.nodes, asker, evidenceOf(grant, path), { object })
    expect(Buffer.from(key).equals(dataKey)).toBe(true)
    const unit = await fetch(`${committee.nodes[0]!.url}${routes.unit(sealed.blob, 0, 0)}`)
    expect(Buffer.from(await unit.arrayBuffer()).equals(sealed.shards[0]!.subarray(0, 262_160))).toBe(true)
    expect(Buffer.from(await openBytes({ ...sealed, dataKey: key })).equals(content)).toBe(true)
  })
})
