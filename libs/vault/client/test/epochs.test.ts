import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { bytesToHex, type Hash } from '@animechain/core'
import { eventually, testAccount } from '@animechain/testing'
import { storageAcrossEpochs, storageCommittee } from '@animechain/vault-committee'
import { bytesContent, type KeyCommittee, type Pass, type VaultOptions } from '../src/index.js'
import { world, type World } from './committee.js'

let net: World
beforeAll(async () => {
  net = await world()
}, 120_000)
afterAll(() => net?.stop())

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString()

describe('a client that knows the committees of several epochs', () => {
  let project: Hash
  let newer: KeyCommittee
  let pass: Pass
  let grant: Hash
  const storageOf = (committees: readonly KeyCommittee[]) =>
    storageAcrossEpochs(
      committees.map(({ nodes }) =>
        storageCommittee({ nodes, domain: { chainId: 31_337, registry: net.contracts.registry } }),
      ),
    )
  const across = (): Partial<VaultOptions> => ({
    committee: newer,
    earlier: [net.committee],
    storage: storageOf([newer, net.committee]),
  })
  const alone = (): Partial<VaultOptions> => ({ committee: newer, storage: storageOf([newer]) })

  it('opens what is with the earlier one, keys and bytes, and says no more than before without it', async () => {
    const owner = net.vaultOf(0).vault
    ;({ project } = await owner.createProject({}))
    await net.safe()
    await owner.put(project, 'storyboard.png', bytesContent(Buffer.from('panel one')))
    const terms = { on: 'storyboard.png', renditions: [0], purposes: ['view'] as const }
    ;({ pass, id: grant } = await owner.grant(project, {
      ...terms,
      expiry: BigInt(Math.floor(Date.now() / 1_000) + 3_600),
      to: { type: 'account', address: testAccount(1).address },
    }))
    newer = await net.another()
    const reader = net.vaultOf(1, across()).vault
    expect(text(await reader.get(project, 'storyboard.png', { pass }))).toBe('panel one')
    await expect(
      net.vaultOf(1, alone()).vault.get(project, 'storyboard.png', { pass }),
    ).rejects.toMatchObject({ code: 'VAULT_NOT_FOUND' })
    // Who may not is denied by those who have the shares, not because others have none.
    await expect(
      net.vaultOf(2, across()).vault.get(project, 'storyboard.png', { pass }),
    ).rejects.toMatchObject({ code: 'VAULT_DENIED' })
  }, 120_000)

  it('gets keys of the newer one once they are moved, and the bytes still of the earlier one', async () => {
    for (const node of net.nodes) {
      const { mover } = node.keys!
      // Where a new node does not say in time that it is there, nothing is moved: then again.
      await eventually('the shares to be moved', async () => {
        await mover.run(new AbortController().signal, { all: true })
        return mover.status().toMove === 0
      })
      expect(mover.status()).toMatchObject({ epoch: 2n, toMove: 0, failed: 0 })
    }
    const reader = net.vaultOf(1, across()).vault
    expect(text(await reader.get(project, 'storyboard.png', { pass }))).toBe('panel one')
    const { storage } = across()
    const nowhere = { blob: bytesToHex(new Uint8Array(32)), dataKey: new Uint8Array(32) }
    await expect(storage!.contentLength(nowhere)).rejects.toMatchObject({ code: 'VAULT_UNKNOWN_BLOB' })
  }, 120_000)

  it('puts with the newer one, and tells the nodes of both what is taken back', async () => {
    const owner = net.vaultOf(0, across()).vault
    await owner.put(project, 'film.mp4', bytesContent(Buffer.from('frame one')))
    expect(text(await net.vaultOf(0, alone()).vault.get(project, 'film.mp4'))).toBe('frame one')
    const { nodes } = await owner.revoke(project, grant, { reencrypt: false })
    expect(nodes.map(({ ok }) => ok)).toEqual(Array.from({ length: 10 }, () => true))
    await expect(
      net.vaultOf(1, across()).vault.get(project, 'storyboard.png', { pass }),
    ).rejects.toMatchObject({ code: 'VAULT_DENIED' })
  }, 120_000)

  it('is made of committees of earlier epochs alone', () => {
    expect(() => net.vaultOf(1, { committee: net.committee, earlier: [newer] })).toThrow('earlier committees')
    expect(() => storageAcrossEpochs([])).toThrow('at least one')
  })
})
