import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { daSuite } from '@animechain/conformance'
import type { Logger } from '@animechain/core'
import { anvil, type Anvil } from '@animechain/testing'
import { batchKeys, privateDa, referenceOf } from '../src/index.js'
import { fiveNodes, uploader } from './nodes.js'

const certificates = { chainId: 31_337, adapter: '0x00000000000000000000000000000000000000da' } as const
const viewKey = await batchKeys(new Uint8Array(32).fill(9))

const logged: unknown[] = []
const line = (message: string, fields?: unknown) => void logged.push([message, fields])
const logger: Logger = { debug: line, info: line, warn: line, error: line, child: () => logger }

let chain: Anvil
let world: Awaited<ReturnType<typeof fiveNodes>>
beforeAll(async () => {
  chain = await anvil({ blockTime: 1, mineAtOnce: true })
  world = await fiveNodes(chain, certificates)
}, 60_000)
afterAll(async () => {
  await world?.stop()
  await chain?.stop()
})

const nobody = () => ({
  ...world.committee,
  storage: {
    threshold: 4,
    members: world.committee.storage.members.map((member) => ({ ...member, url: 'http://127.0.0.1:1' })),
  },
})
daSuite({
  name: 'private, five storage nodes',
  describe,
  test,
  create: async () => privateDa({ committees: [world.committee], viewKey, uploader, logger }),
  records: () => logged,
  features: {},
  reader: async () => privateDa({ committees: [world.committee], viewKey }),
  unreachable: async () => privateDa({ committees: [nobody()], viewKey, uploader, timeout: 2_000 }),
  sizes: [0, 1, 1_000, 300_000],
})

describe('a committee that has a batch', () => {
  const content = new TextEncoder().encode('CANARY'.repeat(3_000))
  const posted = async () => {
    const put = await privateDa({ committees: [world.committee], viewKey, uploader }).put(content)
    if (put.status !== 'ok') throw put.status === 'error' ? put.error : new Error(put.status)
    return put.commitment
  }

  test('gives it back with any two nodes gone, and none of it with three', async () => {
    const commitment = await posted()
    const { members } = world.committee.storage
    const without = (gone: readonly number[]) =>
      privateDa({
        committees: [
          {
            ...world.committee,
            storage: {
              threshold: 4,
              members: members.map((member, i) =>
                gone.includes(i) ? { ...member, url: 'http://127.0.0.1:1' } : member,
              ),
            },
          },
        ],
        ...{ viewKey, timeout: 5_000 },
      })
    for (const gone of [
      [0, 1],
      [0, 4],
      [2, 3],
      [3, 4],
    ])
      expect((await without(gone).get(commitment)).status).toBe('data')
    // One chunk: it is in the shards 0, 3 and 4, whole in each.
    expect((await without([0, 3, 4]).get(commitment)).status).toBe('unavailable')
  }, 60_000)

  test('is not read while L1 does not say which keys are the chain’s', async () => {
    const commitment = await posted()
    let isThere = false
    const keyRoot = async () => {
      if (!isThere) throw new Error('L1 does not answer')
      return viewKey.root
    }
    const da = privateDa({ committees: [world.committee], viewKey, keyRoot })
    await da.start()
    expect(await da.get(commitment)).toMatchObject({
      ...{ status: 'unavailable', error: { message: 'L1 does not answer' } },
    })
    expect((await da.verify(commitment, content)).valid).toBe(false)
    expect(await da.health()).toEqual({ ok: false, detail: 'L1 does not answer' })
    isThere = true
    expect(await da.get(commitment)).toEqual({ status: 'data', data: content })
  })

  test('has erased it when its administrators did, and takes it no more', async () => {
    const commitment = await posted()
    const { blob } = referenceOf(commitment)!
    for (const { storage } of world.nodes) await storage!.erase(blob)
    const da = privateDa({ committees: [world.committee], viewKey, uploader })
    expect((await da.get(commitment)).status).toBe('missing')
    expect(await da.status(commitment)).toEqual({ status: 'unknown' })
    expect((await da.put(content)).status).toBe('error')
  }, 60_000)
})
