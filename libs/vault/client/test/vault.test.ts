import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Hash } from '@animechain/core'
import { accessRegistryAbi } from '@animechain/contracts'
import { patient, testAccount } from '@animechain/testing'
import { routes, type ReceiptEntry } from '@animechain/vault-protocol'
import { createWalletClient, http } from 'viem'
import type { PrivateKeyAccount } from 'viem/accounts'
import { foundry } from 'viem/chains'
import {
  auditReceipts,
  bytesContent,
  chainState,
  heldReceipts,
  nodeClient,
  recordFromJson,
  recordToJson,
  recordedState,
  recordingState,
  sentOrders,
  type AuditState,
  type NodeReceipts,
  type Vault,
  type VaultStore,
} from '../src/index.js'
import { world, type World } from './committee.js'

/** Bytes that tell where they are from. */
const pattern = (length: number, seed = 1) => {
  const bytes = new Uint8Array(length)
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + (i >> 8) * 7 + seed) & 0xff
  return bytes
}

const inAWeek = () => BigInt(Math.floor(Date.now() / 1_000) + 7 * 86_400)

let net: World
let owner: Vault
let ownerStore: VaultStore
let project: Hash
/** What the animator may read. */
let granted: Hash

beforeAll(async () => {
  net = await world()
  const opened = net.vaultOf(0)
  owner = opened.vault
  ownerStore = opened.store
  project = (await owner.createProject()).project
  await net.safe()
}, 120_000)
afterAll(() => net?.stop())

describe('the private store', () => {
  const film = pattern(700_000)
  const proxy = pattern(300_000, 9)

  it('keeps what is put under a name, in renditions and versions, and reads ranges of it', async () => {
    const put = await owner.put(project, 'episode-1/film.mp4', bytesContent(film), { type: 'video/mp4' })
    expect(put).toMatchObject({ version: 1, epoch: 1, length: film.length, margin: 2, missing: [] })
    const first = await owner.put(project, 'episode-1/film.mp4', bytesContent(proxy), {
      ...{ rendition: 1, type: 'video/mp4' },
    })
    granted = first.blob
    const again = await owner.put(project, 'episode-1/film.mp4', bytesContent(film))
    expect(again).toMatchObject({ version: 2, epoch: 2 })
    const { entries, folders } = await owner.ls(project)
    expect(entries.map(({ name }) => name)).toEqual(['episode-1/film.mp4'])
    expect(folders.map(({ name }) => name)).toEqual(['episode-1'])
    expect(entries[0]!.renditions[0]).toMatchObject({ length: film.length, version: 2, epoch: 2 })
    const file = await owner.open(project, 'episode-1/film.mp4')
    expect(file.length).toBe(film.length)
    for (const [at, count] of [
      [0, 10],
      [262_140, 10],
      [699_990, 100],
      [700_000, 5],
    ] as const)
      expect(await file.read(at, count)).toEqual(film.slice(at, at + count))
    expect(await owner.get(project, 'episode-1/film.mp4', { rendition: 1 })).toEqual(proxy)
  })

  it('tells what is not there by name', async () => {
    await expect(owner.open(project, 'nothing')).rejects.toMatchObject({ code: 'VAULT_NOT_FOUND' })
    await expect(owner.open(project, 'episode-1/film.mp4', { rendition: 7 })).rejects.toMatchObject({
      code: 'VAULT_NOT_FOUND',
    })
  })

  it('lets an animator read what was granted, says why not for the rest, and no more once it is revoked', async () => {
    const { vault: animator, store } = net.vaultOf(1)
    const { id, pass } = await owner.grant(project, {
      on: 'episode-1/film.mp4',
      to: { type: 'account', address: testAccount(1).address },
      ...{ renditions: [1], purposes: ['view'], expiry: inAWeek() },
    })
    const read = { pass, rendition: 1 }
    expect(await animator.get(project, 'episode-1/film.mp4', { ...read, offset: 100, length: 50 })).toEqual(
      proxy.slice(100, 150),
    )
    const master = animator.open(project, 'episode-1/film.mp4', { pass, rendition: 0 })
    await expect(master).rejects.toMatchObject({ code: 'VAULT_DENIED' })
    await expect(master).rejects.toThrow('is denied: the grant is for other renditions')
    const edit = animator.open(project, 'episode-1/film.mp4', { ...read, purpose: 'edit' })
    await expect(edit).rejects.toThrow('the grant is for other purposes')
    const stranger = net.vaultOf(2).vault
    await expect(stranger.open(project, 'episode-1/film.mp4', read)).rejects.toThrow(
      'the grant is for somebody else',
    )
    await expect(stranger.ls(project)).rejects.toMatchObject({ code: 'VAULT_NO_PASS' })

    // One node is away when it is to delete what was superseded.
    const away = net.committee.nodes[4]!
    const cut = net.vaultOf(0, {
      store: ownerStore,
      clientOf: (node) => ({
        ...nodeClient(node),
        ...(node === away && {
          supersede: async () => ({ status: 'unreachable', message: 'it is away' }) as const,
        }),
      }),
    }).vault
    const revoked = await cut.revoke(project, id)
    expect(revoked.superseded).toEqual([
      { blob: granted, missing: [{ node: away.address, message: 'it is away' }] },
    ])
    const statusAt = async (node: { url: string }) =>
      (await fetch(`${node.url}${routes.blob(granted)}`)).status
    expect(await Promise.all(net.committee.nodes.map(statusAt))).toEqual([410, 410, 410, 410, 200])
    // It is asked again with the next revocation, and hears of it from its peers when they look what is to be repaired.
    expect(await net.nodes[0]!.repair()).toEqual({ repaired: 0, failed: 0 })
    expect(await statusAt(away)).toBe(410)
    expect(
      (await owner.revoke(project, id, { reencrypt: true })).superseded.map(({ missing }) => missing),
    ).toEqual([[], []])
    expect(revoked.nodes.every(({ ok }) => ok)).toBe(true)
    expect(revoked.resealed).toEqual([{ name: 'episode-1/film.mp4', rendition: 1, epoch: 2 }])
    expect(await ownerStore.list('superseded/')).toEqual([])
    animator.close()
    await expect(animator.open(project, 'episode-1/film.mp4', read)).rejects.toThrow(
      'the grant was taken back',
    )
    expect(await owner.get(project, 'episode-1/film.mp4', { rendition: 1 })).toEqual(proxy)
    expect((await owner.grants(project)).grants[0]).toMatchObject({ id, revokedAt: expect.any(Number) })
    expect((await heldReceipts(store, project).all()).length).toBeGreaterThanOrEqual(3)
  })

  it('shows afterwards what every node did, and an audit finds nothing wrong', async () => {
    const shown = await owner.receipts(project)
    const nodes = shown.filter(({ status }) => status === 'ok') as unknown as NodeReceipts[]
    expect(nodes).toHaveLength(5)
    const orders = sentOrders(ownerStore, project)
    const report = await auditReceipts({
      ...{ project, nodes, domain: { chainId: 31_337, registry: net.contracts.registry } },
      state: chainState({ client: net.client, contracts: net.contracts }),
      revocations: await orders.revocations(),
    })
    expect(report.findings).toEqual([])
    expect(report.opened).toMatchObject([{ rendition: 1, purpose: 1 }])
    expect(report.nodes.some(({ denied }) => denied > 0)).toBe(true)
    const stranger = net.vaultOf(2).vault
    await expect(stranger.receipts(project)).rejects.toMatchObject({ code: 'VAULT_NO_RECEIPTS' })
  })

  it('binds nodes to their receipts by anchors on L2: one that is dropped is found, also where the node says that there is none', async () => {
    const signers = net.signers as unknown as PrivateKeyAccount[]
    for (const [i, node] of net.nodes.entries()) {
      const account = signers[i]!
      await net.client.request({
        method: 'anvil_setBalance',
        params: [account.address, '0xde0b6b3a7640000'],
      } as never)
      const wallet = createWalletClient({ account, chain: foundry, transport: http(net.chainUrl, patient) })
      const sent = await node.keys!.anchors.anchor(async (sequence, root) => {
        const hash = await wallet.writeContract({
          ...{ address: net.contracts.registry, abi: accessRegistryAbi, functionName: 'anchorReceipts' },
          args: [sequence, root],
        })
        await net.client.waitForTransactionReceipt({ hash, timeout: 60_000 })
      })
      expect(sent).toBe(true)
    }
    const shown = (await owner.receipts(project)) as unknown as (NodeReceipts & { entries: ReceiptEntry[] })[]
    const orders = sentOrders(ownerStore, project)
    const domain = { chainId: 31_337, registry: net.contracts.registry }
    const recording = recordingState(chainState({ client: net.client, contracts: net.contracts }), domain)
    const audit = async (nodes: readonly NodeReceipts[], state: AuditState = recording) =>
      auditReceipts({ project, nodes, domain, state, revocations: await orders.revocations() })
    expect(shown.map(({ anchors }) => anchors?.length)).toEqual([1, 1, 1, 1, 1])
    expect((await audit(shown)).findings).toEqual([])
    expect(Object.values(recording.record.anchors).flat()).toHaveLength(5)
    // The newest receipt is left out, and the node says that it never was: only the anchor knows of it.
    const [first, ...others] = shown
    const { node, entries, next } = first!
    const cut = { ...first!, entries: entries.slice(0, -1), next: next! - 1n }
    const { anchors: _, ...unanchored } = cut
    expect((await audit([unanchored, ...others])).findings).toEqual([])
    const found = await audit([cut, ...others])
    expect(found.findings).toMatchObject([
      { kind: 'hidden', node, sequence: next! - 1n, receipt: cut.anchors![0]!.receipt },
    ])
    expect(found.findings[0]!.detail).toContain('anchored on chain')
    // The same from the record, without a network.
    const state = recordedState(recordFromJson(recordToJson(recording.record)))
    expect((await audit([cut, ...others], state)).findings).toEqual(found.findings)
    // Nor does it help to show the leaf of an older receipt.
    const older = { ...cut.anchors![0]!, receipt: entries.at(-1)!.receipt.message.previous }
    const forged = await audit([{ ...cut, anchors: [older] }, ...others])
    expect(forged.findings).toMatchObject([{ kind: 'badAnchor', node }])
  })

  it('erases an object for good', async () => {
    await owner.put(project, 'people/consent.pdf', bytesContent(pattern(5_000)))
    const { manifest } = await owner.put(project, 'people/face.png', bytesContent(pattern(6_000)))
    const done = await owner.erase(project, 'people')
    expect(done.objects).toHaveLength(2)
    expect(done.nodes.filter(({ ok }) => ok)).toHaveLength(5)
    expect((await owner.ls(project)).entries.map(({ name }) => name)).toEqual(['episode-1/film.mp4'])
    await expect(owner.open(project, 'people/face.png')).rejects.toMatchObject({ code: 'VAULT_NOT_FOUND' })
    await expect(
      net.storage.contentLength({ blob: manifest.message.blob, dataKey: new Uint8Array(32) }),
    ).rejects.toMatchObject({ code: 'VAULT_UNKNOWN_BLOB' })
  })
})
