import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { silentLogger, systemClock, type Hash, type Hex } from '@animechain/core'
import { accessRegistryAbi } from '@animechain/contracts'
import { memoryObjects } from '@animechain/objects'
import { memoryStorage } from '@animechain/storage-memory'
import { eventually, testAccount } from '@animechain/testing'
import { newDataKey, sealBytes } from '@animechain/vault-format'
import {
  denialOf,
  routes,
  signMessage,
  type Manifest,
  type MessageSigner,
  type Signed,
} from '@animechain/vault-protocol'
import { chainView, embeddedMetadata, fixedCommittees, vaultNode, type NodeRole } from '../src/index.ts'
import {
  announce,
  bodyOf,
  evidenceOf,
  grantTo,
  members,
  putBlob,
  putManifest,
  random,
  release,
  rpcOf,
  seconds,
  send,
  sessionOf,
  store,
  type Asker,
  type Members,
  type Store,
} from './kit.ts'

let l2: Store
let committee: Members
let asker: Asker
const animator = testAccount(3)
const disks: { metadata: ReturnType<typeof memoryStorage>; objects: ReturnType<typeof memoryObjects> }[] = []
/** What is shown as the safe block, where that does not move on. */
let safe: unknown

/** Four nodes with keys and shards; the fifth stores shards alone. */
const keyNodes = () => ({
  nodes: committee.nodes.slice(0, 4),
  shareKeys: committee.shareKeys.slice(0, 4),
})
const committees = () =>
  fixedCommittees(() => {
    const { storage, keys } = committee.committee()
    return [{ storage, keys: { ...keys, members: keys.members.slice(0, 4) } }]
  })
const view = () => {
  const rpc = rpcOf(l2.chain.url)
  return chainView({
    ...{ registry: l2.registry, clock: systemClock, logger: silentLogger, pollMs: 200 },
    rpc: {
      request: async (call) =>
        safe !== undefined && call.method === 'eth_getBlockByNumber' && call.params[0] === 'safe'
          ? safe
          : rpc.request(call),
    },
  })
}

beforeAll(async () => {
  l2 = await store()
  committee = await members(l2, 5, {
    tombstoneMs: 200,
    get roles(): NodeRole[] {
      return disks.length === 4 ? ['storage'] : ['storage', 'keys']
    },
    get committees() {
      return committees()
    },
    get view() {
      return view()
    },
    get objects() {
      disks.push({ metadata: memoryStorage(), objects: memoryObjects() })
      return disks.at(-1)!.objects
    },
    get metadata() {
      return embeddedMetadata(disks.at(-1)!.metadata)
    },
  })
  asker = await sessionOf(l2, animator)
}, 120_000)
afterAll(async () => {
  await committee?.stop()
  await l2?.stop()
})

/** A film in the store that the animator may see. */
async function film() {
  const path = [random(), random()]
  const dataKey = newDataKey()
  const sealed = await sealBytes({ content: randomBytes(2_000), dataKey, project: l2.project })
  await putBlob(l2, committee, sealed)
  const put = await putManifest(l2, keyNodes(), { path, blob: sealed.blob, dataKey })
  const evidence = evidenceOf(await announce(l2, grantTo(l2, animator.address)), path)
  return { ...put, blob: sealed.blob, evidence }
}
async function saidBy(node: Members['nodes'][number], object: Hash, evidence: Hex) {
  const { body } = await bodyOf(l2, asker, node.address, evidence, { object })
  const { answer } = await release(node, body)
  const { released, reason } = answer.receipt.message
  return released ? 'released' : denialOf(reason)
}
const isHeld = async (node: Members['nodes'][number], object: Hash) =>
  (await node.keys!.shares.held(object, 0)) !== undefined
const holders = async (object: Hash) => {
  const held = await Promise.all(keyNodes().nodes.map((node) => isHeld(node, object)))
  return held.filter(Boolean).length
}
const statusesOf = (blob: Hash) =>
  Promise.all(committee.nodes.map(async ({ url }) => (await fetch(`${url}${routes.blob(blob)}`)).status))
const call = async (functionName: 'erase' | 'eraseBySignature', args: readonly unknown[]) =>
  l2.mined(
    await l2.wallet.writeContract({
      ...{ address: l2.registry, abi: accessRegistryAbi, functionName, args },
    } as never),
  )

describe('what is erased on L2 by an owner whom no node hears', () => {
  it('is released no more at once, and destroyed once that is safe, with the bytes at nodes that know no manifests', async () => {
    const { object, blob, evidence } = await film()
    const other = await film()
    const [node] = committee.nodes
    expect(await saidBy(node!, object, evidence)).toBe('released')
    safe = await rpcOf(l2.chain.url).request({ method: 'eth_getBlockByNumber', params: ['safe', false] })
    const order = await signMessage(l2.owner as unknown as MessageSigner, l2.domain, 'Erase', {
      ...{ project: l2.project, object, issuedAt: seconds() },
    })
    await call('eraseBySignature', [order.message, order.signature])
    // A look at the newest block holds for 50 ms.
    for (const each of keyNodes().nodes)
      await eventually(
        'the release to be refused',
        async () => (await saidBy(each, object, evidence)) === 'erased',
      )
    // A block that is not safe may never have been: what cannot be undone is not done for it.
    await node!.keys!.tombstones.look(new AbortController().signal)
    expect(await holders(object)).toBe(4)
    safe = undefined
    await eventually('the shares to be destroyed', async () => (await holders(object)) === 0)
    await eventually('the bytes to be deleted', async () =>
      (await statusesOf(blob)).every((status) => status === 410),
    )
    for (const { storage } of committee.nodes)
      expect(await storage!.known(blob)).toMatchObject({
        order: { erase: { signature: order.signature }, manifest: { message: { blob } } },
      })
    expect(await holders(other.object)).toBe(4)
    expect(await statusesOf(other.blob)).toEqual([200, 200, 200, 200, 200])
  }, 60_000)

  it('is destroyed at a node that was away, when it starts; without an order the bytes stay, which nobody would be freed of', async () => {
    const { object, blob, manifest, evidence } = await film()
    await committee.nodes[1]!.stop()
    await call('erase', [l2.project, object])
    const others = [0, 2, 3].map((i) => committee.nodes[i]!)
    await eventually('the others to destroy their shares', async () => {
      const held = await Promise.all(others.map((node) => isHeld(node, object)))
      return !held.includes(true)
    })
    const again = vaultNode({
      ...{ roles: ['storage', 'keys'], domain: l2.domain, policies: [l2.grants], http: { port: 0 } },
      ...{ signer: committee.signers[1]!, shareKey: committee.shareKeys[1]!, folder: committee.folders[1]! },
      ...{ view: view(), committees: committees(), tombstoneMs: 200 },
      ...{ metadata: embeddedMetadata(disks[1]!.metadata), objects: disks[1]!.objects },
    })
    await again.start()
    committee.nodes[1] = again
    // Before anything was destroyed, the chain is asked.
    expect(['erased', 'unknownObject']).toContain(await saidBy(again, object, evidence))
    await eventually('the share to be destroyed', async () => !(await isHeld(again, object)))
    expect(await saidBy(again, object, evidence)).toBe('erased')
    expect(await statusesOf(blob)).toEqual([200, 200, 200, 200, 200])
    const json = { manifest: manifest as Signed<Manifest>, index: 2, sealedShare: '0x11' }
    expect((await send(`${again.url}${routes.manifest(object, 0)}`, json, 'PUT')).status).toBe(410)
  }, 60_000)

  it('is not taken by a node that never had it', async () => {
    const path = [random()]
    const { object } = await putManifest(l2, { nodes: [], shareKeys: keyNodes().shareKeys }, { path })
    await call('erase', [l2.project, object])
    await expect(putManifest(l2, keyNodes(), { path })).rejects.toThrow('VAULT_ERASED')
  })
})
