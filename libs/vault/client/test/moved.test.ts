import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { moveShares, type Committee } from '@animechain/vault-node'
import type { Address } from '@animechain/core'
import { testAccount } from '@animechain/testing'
import { bytesContent, type KeyCommittee } from '../src/index.js'
import { world, type World } from './committee.js'

let net: World
beforeAll(async () => {
  net = await world()
}, 120_000)
afterAll(() => net?.stop())

const asNodesSeeIt = ({ epoch, threshold, nodes }: KeyCommittee): Committee => ({
  epoch,
  threshold,
  members: nodes.map(({ address, shareKey, url }) => ({
    key: address.toLowerCase() as Address,
    shareKey,
    url,
  })),
})

it('opens by committees that shares were moved to since, twice, without the owner', async () => {
  const owner = net.vaultOf(0).vault
  const { project } = await owner.createProject({})
  await net.safe()
  const { object } = await owner.put(project, 'storyboard.png', bytesContent(Buffer.from('panel one')))
  const { pass } = await owner.grant(project, {
    ...{
      on: 'storyboard.png',
      renditions: [0],
      purposes: ['view'],
      expiry: BigInt(Math.floor(Date.now() / 1_000) + 3_600),
    },
    to: { type: 'account', address: testAccount(1).address },
  })
  const committees = [net.committee]
  for (let i = 0; i < 2; i++) {
    committees.push(await net.another())
    const [from, to] = committees.slice(-2).map(asNodesSeeIt) as [Committee, Committee]
    const { registry } = net.contracts
    const domain = { chainId: await net.client.getChainId(), registry }
    expect(await moveShares({ domain, object, rendition: 0, from, to })).toMatchObject({
      liars: [],
      left: [],
    })
  }
  const reader = net.vaultOf(1, {
    committee: committees[2]!,
    committeeAt: async (epoch) => committees[Number(epoch) - 1],
  }).vault
  expect(Buffer.from(await reader.get(project, 'storyboard.png', { pass })).toString()).toBe('panel one')
}, 120_000)
