import { createServer, type AddressInfo, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Hash } from '@animechain/core'
import { eventually, testAccount } from '@animechain/testing'
import type { MessageSigner } from '@animechain/vault-protocol'
import { keccak256 } from 'viem'
import {
  bytesContent,
  memoryStore,
  nodeClient,
  type NodeClient,
  type Pass,
  type PutResult,
  type Vault,
} from '../src/index.js'
import { isDecided } from '../src/manifests.js'
import { world, type World } from './committee.js'

const text = (words: string) => bytesContent(new TextEncoder().encode(words))
const words = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
const inAnHour = () => BigInt(Math.floor(Date.now() / 1_000) + 3_600)

let net: World
let owner: Vault
let project: Hash
let pass: Pass
let made: PutResult

beforeAll(async () => {
  net = await world()
  owner = net.vaultOf(0).vault
  project = (await owner.createProject({ blind: true })).project
  await net.safe()
  made = await owner.put(project, 'storyboard.png', text('panel one'))
}, 120_000)
afterAll(() => net?.stop())

describe('blind grants', () => {
  it('let somebody read, and pass it on once, with one root on chain for all of them', async () => {
    const to = { type: 'account', address: testAccount(1).address } as const
    const terms = {
      on: 'storyboard.png',
      renditions: [0, 1],
      purposes: ['view', 'edit'] as const,
      delegation: 1,
    }
    const first = await owner.grantBlind(project, { ...terms, to, expiry: inAnHour() })
    pass = first.pass
    expect(first.transaction).toBeDefined()
    const animator = net.vaultOf(1).vault
    expect(words(await animator.get(project, 'storyboard.png', { pass }))).toBe('panel one')

    const block = await net.client.getBlockNumber()
    const logs = (await net.client.getLogs({ address: net.contracts.blindGrants, fromBlock: 0n })).length
    const assistant = { type: 'account', address: testAccount(2).address } as const
    const second = await animator.passOn(pass, {
      ...{ to: assistant, renditions: [0], purposes: ['view'], expiry: pass.chain.at(-1)!.grant.expiry },
    })
    const third = await owner.grantBlind(project, { ...terms, to: assistant, expiry: inAnHour() })
    expect([second.transaction, third.transaction]).toEqual([undefined, undefined])
    const reader = net.vaultOf(2).vault
    expect(words(await reader.get(project, 'storyboard.png', { pass: second.pass }))).toBe('panel one')
    expect(await net.client.getBlockNumber()).toBeGreaterThanOrEqual(block)
    const now = await net.client.getLogs({ address: net.contracts.blindGrants, fromBlock: 0n })
    expect(now).toHaveLength(logs)

    await expect(
      animator.passOn(pass, { to: assistant, renditions: [2], purposes: ['view'], expiry: inAnHour() - 60n }),
    ).rejects.toThrow('it has the renditions 0, 1')
    await expect(reader.passOn(pass, { ...terms, to, expiry: inAnHour() })).rejects.toMatchObject({
      code: 'VAULT_NOT_GIVER',
    })
    await expect(owner.grant(project, { ...terms, to, expiry: inAnHour() })).rejects.toMatchObject({
      code: 'VAULT_OTHER_POLICY',
    })
  })

  it('end for whom they were passed on to when they are taken back', async () => {
    const to = { type: 'account', address: testAccount(3).address } as const
    const given = { on: '', renditions: [0], purposes: ['view'] as const, expiry: inAnHour(), delegation: 1 }
    const above = await owner.grantBlind(project, { ...given, to })
    const middle = net.vaultOf(3).vault
    const { expiry } = above.pass.chain.at(-1)!.grant
    const below = await middle.passOn(above.pass, {
      ...{
        to: { type: 'account', address: testAccount(4).address },
        renditions: [0],
        purposes: ['view'],
        expiry,
      },
    })
    const reader = net.vaultOf(4).vault
    const shown = { ...below.pass, objects: pass.objects! }
    expect(words(await reader.get(project, 'storyboard.png', { pass: shown }))).toBe('panel one')
    const { resealed } = await owner.revoke(project, above.id, { reencrypt: false })
    expect(resealed).toEqual([])
    reader.close()
    await expect(reader.get(project, 'storyboard.png', { pass: shown })).rejects.toThrow(
      'the grant was taken back',
    )
  })
})

/** Answers of some nodes are changed on their way, as by nodes that lie or are gone. */
const through = (change: (client: NodeClient, index: number) => NodeClient) => ({
  clientOf: (node: { address: `0x${string}`; url: string }) =>
    change(
      nodeClient(node),
      net.committee.nodes.findIndex(({ url }) => url === node.url),
    ),
})
const gone = (client: NodeClient): NodeClient => ({
  ...client,
  release: async () => ({ status: 'unreachable', message: 'gone' }),
  manifest: async () => ({ status: 'unreachable', message: 'gone' }),
})

describe('nodes that fail', () => {
  it('are named where they lie, and reading goes on with the others', async () => {
    const liars: string[] = []
    const { vault } = net.vaultOf(
      1,
      through((client, i) =>
        i > 1
          ? client
          : {
              ...client,
              async release(body, options) {
                const answer = await client.release(body, options)
                if (answer.status !== 'ok' || !answer.value.share) return answer
                // The receipt of another request, and a share that was changed: a fault of transport, which names nobody.
                if (i === 1)
                  return {
                    ...answer,
                    value: { ...answer.value, share: { ...answer.value.share, sealed: '0x00' } },
                  }
                const { receipt } = answer.value
                const message = { ...receipt.message, request: keccak256('0x01') }
                return { ...answer, value: { ...answer.value, receipt: { ...receipt, message } } }
              },
            },
      ),
    )
    const read = { pass, onLiar: ({ node }: { node: string }) => liars.push(node) }
    expect(words(await vault.get(project, 'storyboard.png', read))).toBe('panel one')
    expect(liars.filter((node) => node !== net.committee.nodes[0]!.address)).toEqual([])
  })

  it('are not waited for where one accepts and never answers', async () => {
    const events: string[] = []
    const sockets = new Set<Socket>()
    const silent = createServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('data', (data) => events.push(`asked ${data.toString().split(' ')[1]!.split('/')[2]}`))
      socket.on('close', () => events.push('given up'))
    })
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    try {
      const { port } = silent.address() as AddressInfo
      const nodes = net.committee.nodes.map((node, i) =>
        i === 2 ? { ...node, url: `http://127.0.0.1:${port}` } : node,
      )
      // Longer than the test may take: whoever waits for it does not come to an end.
      const options = { committee: { ...net.committee, nodes }, timeoutMs: 3_600_000 }
      expect(words(await net.vaultOf(0, options).vault.get(project, 'storyboard.png'))).toBe('panel one')
      expect(events).toContain('asked manifests')
      const read = net.vaultOf(1, options).vault.get(project, 'storyboard.png', { pass })
      expect(words(await read)).toBe('panel one')
      events.push('opened')
      await eventually('the client to give up', async () => events.lastIndexOf('given up') > 0)
      expect(events).toContain('asked release')
    } finally {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => silent.close(resolve))
    }
  })

  it('decide without those that are silent only where these would change nothing', () => {
    const { manifest } = made
    const at = (epoch: number, holders: number) => ({
      manifest: { ...manifest, message: { ...manifest.message, epoch } },
      holders,
    })
    const says = (manifests: ReturnType<typeof at>[], absent: number, pending: number) =>
      isDecided({ manifests, absent, pending, unreachable: [] }, 5, 3)
    // Of five nodes three had it: any three answers name it.
    expect(says([at(2, 3)], 0, 2)).toBe(true)
    expect(says([at(2, 4)], 0, 1)).toBe(true)
    expect(says([], 3, 2)).toBe(true)
    expect(says([], 2, 3)).toBe(false)
    expect(says([at(2, 2)], 0, 3)).toBe(false)
    // The newer one may have been acknowledged, or cut off: the last node says.
    expect(says([at(1, 2), at(2, 2)], 0, 1)).toBe(false)
    expect(says([at(1, 3), at(2, 1)], 0, 1)).toBe(true)
    expect(says([at(1, 3), at(2, 2)], 0, 0)).toBe(true)
    expect(says([at(2, 3), at(1, 1)], 0, 1)).toBe(true)
    // Nobody has as many, and nobody is left who could.
    expect(says([at(1, 2)], 2, 1)).toBe(false)
  })

  it('stop a reader where three are gone, by name, and not the owner', async () => {
    const options = through((client, i) => (i < 3 ? gone(client) : client))
    const reading = net.vaultOf(1, options).vault.get(project, 'storyboard.png', { pass })
    await expect(reading).rejects.toMatchObject({ code: 'VAULT_TOO_FEW_SHARES', shares: 2 })
    const store = memoryStore()
    await net.vaultOf(0, { store }).vault.get(project, 'storyboard.png')
    const all = net.vaultOf(0, { ...through((client) => gone(client)), store }).vault
    expect(words(await all.get(project, 'storyboard.png'))).toBe('panel one')
  })
})

describe('writers', () => {
  it('do not overwrite each other in the index', async () => {
    const many = [0, 1, 2].map(() => net.vaultOf(0).vault)
    await Promise.all(many.map((vault, i) => vault.put(project, `shots/${i}.txt`, text(`shot ${i}`))))
    const { entries } = await owner.ls(project)
    expect(entries.map(({ name }) => name)).toEqual([
      'shots/0.txt',
      'shots/1.txt',
      'shots/2.txt',
      'storyboard.png',
    ])
    for (const i of [0, 1, 2]) expect(words(await owner.get(project, `shots/${i}.txt`))).toBe(`shot ${i}`)
  })

  it('go on with a put that was cut off, under the same key, and never with other content', async () => {
    const store = memoryStore()
    const bytes = new Uint8Array(400_000).map((_, i) => i % 251)
    const content = (from: Uint8Array) => ({ ...bytesContent(from), fingerprint: 'film 1' })
    let blob: Hash | undefined
    const cut = net.vaultOf(0, {
      store,
      storage: {
        ...net.storage,
        put: (options) =>
          net.storage.put({
            ...options,
            async upload(descriptor, id) {
              const leave = await options.upload(descriptor, id)
              if (descriptor.length < 400_000n) return leave
              blob = id
              throw new Error('the line is cut')
            },
          }),
      },
    }).vault
    await expect(cut.put(project, 'film.mp4', content(bytes))).rejects.toThrow('the line is cut')
    const again = net.vaultOf(0, { store }).vault
    const other = bytes.slice()
    other[5] = 77
    await expect(again.put(project, 'film.mp4', content(other))).rejects.toMatchObject({
      code: 'VAULT_CONTENT_CHANGED',
    })
    const put = await again.put(project, 'film.mp4', content(bytes))
    expect(put.blob).toBe(blob)
    expect(await store.list('uploads/')).toEqual([])
    expect(await owner.get(project, 'film.mp4')).toEqual(bytes)
  })

  it('deal every key to another committee, which then opens', async () => {
    const committee = await net.another()
    const dealt = await owner.members(project, committee)
    expect(dealt).toBeGreaterThanOrEqual(6)
    const reader = net.vaultOf(1, { committee }).vault
    expect(words(await reader.get(project, 'storyboard.png', { pass }))).toBe('panel one')
    expect(await owner.members(project, committee)).toBe(0)
  })
})

describe('sessions', () => {
  it('are signed once for many reads, and named where the wallet does not sign', async () => {
    let signed = 0
    const account = testAccount(1)
    const signer: MessageSigner = {
      address: account.address,
      async signTypedData(data) {
        if (data.primaryType === 'Session') signed++
        return account.signTypedData(data as never)
      },
    }
    const { vault } = net.vaultOf(1, { signer, keySeconds: 0 })
    for (let i = 0; i < 3; i++) await vault.get(project, 'storyboard.png', { pass })
    expect(signed).toBe(1)
    const refusing = { ...signer, signTypedData: () => Promise.reject(new Error('the user said no')) }
    await expect(
      net.vaultOf(1, { signer: refusing }).vault.get(project, 'storyboard.png', { pass }),
    ).rejects.toMatchObject({ code: 'VAULT_SESSION' })
  })
})
