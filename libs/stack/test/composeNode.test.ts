import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import {
  CompositionError,
  silentLogger,
  silentMetrics,
  type DataAvailability,
  type Hash,
} from '@animechain/core'
import { devnetAltDa } from '@animechain/contracts'
import type { CommitteeFile } from '@animechain/vault-protocol'
import { composeNode, type ComposedNode } from '../src/composeNode.js'
import { dataAvailabilityOf } from '../src/dataAvailability.js'
import type { NodeSettings } from '../src/nodeSettings.js'
import { sharedLayers } from '../src/sharedLayers.js'
import { openStorage } from '../src/storage.js'
import { deployment, key } from './deployment.js'

const running: ComposedNode[] = []
const base: NodeSettings = {
  execution: 'ethereumjs',
  da: 'memory',
  settlement: 'memory',
  proving: 'reexecution',
  storage: 'memory',
  dataDir: 'unused: the storage is in memory',
  deployment: deployment(),
  l1RpcUrl: 'http://127.0.0.1:1',
  logger: silentLogger,
  metrics: silentMetrics,
}
async function compose(over: Partial<NodeSettings>): Promise<ComposedNode['rollup']> {
  const node = await composeNode({ ...base, ...over })
  running.push(node)
  return node.rollup
}
afterEach(async () => {
  for (const { close } of running.splice(0)) await close()
})

const verifier = { options: { role: 'verifier' } } as const

describe('layers in memory', () => {
  test('are the same objects for all nodes that are given them', async () => {
    const shared = sharedLayers({ da: 'memory', settlement: 'memory', deployment: deployment() })
    const [one, two] = [await compose({ shared }), await compose({ shared, ...verifier })]
    expect(two.da).toBe(one.da)
    expect(two.settlement).toBe(one.settlement)
  })

  test("are a sequencer's own when it is given none", async () => {
    const [one, two] = [await compose({}), await compose({})]
    expect(two.da).not.toBe(one.da)
    expect(two.settlement).not.toBe(one.settlement)
  })

  test('are not made for words that name a layer on L1', async () => {
    expect(sharedLayers({ da: 'blob', settlement: 'optimistic', deployment: deployment() })).toEqual({})
    // What the words do not name is not used either.
    const shared = sharedLayers({ da: 'memory', settlement: 'memory', deployment: deployment() })
    const node = await compose({ da: 'calldata', settlement: 'optimistic', shared })
    expect([node.da.capabilities.id, node.settlement.capabilities.id]).toEqual(['calldata', 'optimistic'])
  })

  test.each([
    [
      { da: 'memory', settlement: 'optimistic' },
      'a verifier requires a data availability that another node writes to, but data availability memory provides a new, empty one to each process (choose calldata or blob).',
    ],
    [
      { da: 'blob', settlement: 'memory' },
      'a verifier requires a settlement that another node writes to, but settlement memory provides a new, empty one to each process (choose optimistic).',
    ],
  ] as const)('of a verifier must be those of another node: %j', async (words, message) => {
    const settings = { ...words, ...verifier, deployment: deployment(true) }
    await expect(compose(settings)).rejects.toThrow(CompositionError)
    await expect(compose(settings)).rejects.toThrow(message)
  })
})

describe('data in memory under a settlement on L1', () => {
  test('is refused where the inbox was installed without it, naming both and what to choose', async () => {
    await expect(compose({ settlement: 'optimistic' })).rejects.toThrow(
      'data availability memory requires an inbox that was installed with it, but the deployment provides one for calldata and blob (choose one of them).',
    )
  })

  test('composes where the inbox was installed with it', async () => {
    const node = await compose({ settlement: 'optimistic', deployment: deployment(true) })
    expect(node.settlement.capabilities.daPrefixes).toEqual([0, 1, 2])
  })
})

describe('batches of a confidential chain', () => {
  const viewKey = `0x${'12'.repeat(32)}` as const
  const members = [1, 2, 3, 4, 5].map((i) => ({
    ...{ url: `http://127.0.0.1:${i}`, address: `0x${`${i}`.repeat(40)}` as const },
  }))
  const committee: CommitteeFile = {
    ...{ version: 1, epoch: 1n, chainId: 26_463, registry: key, l1ChainId: 31_337, adapter: key },
    ...{ storage: { threshold: 4, members }, keys: { threshold: 3, members } },
  }
  const chain = { settlement: 'optimistic', deployment: deployment(false, { keyRoot: viewKey }) } as const

  test('are written by one word, and read by whoever has the committee and the key', async () => {
    const node = await compose({ ...chain, da: 'private', committee: [committee], viewKey })
    expect(node.da.capabilities).toMatchObject({ id: 'private', prefix: 4, exposure: 'ciphertext-public' })
    const settings = { ...chain, ...verifier, da: 'blob', committee: [committee] } as const
    await compose({ ...settings, viewKey })
    await compose(settings)
  })

  test.each([
    [{ da: 'private', viewKey }, 'requires the file of a storage committee (--committee)'],
    [{ da: 'private', committee: [committee] }, 'requires a view key (--view-key)'],
    [
      { da: 'private', committee: [committee], viewKey, deployment: deployment() },
      'data availability private requires an inbox that takes DA kind 4',
    ],
    [
      { da: 'blob', committee: [committee], viewKey },
      'data availability blob requires a chain that everybody may read, but the settings provides the view key of a confidential one (choose private, or leave --view-key out).',
    ],
    [{ da: 'calldata', viewKey }, 'data availability calldata requires a chain that everybody may read'],
    [
      { da: 'failover', daFailover: ['private', 'blob'], committee: [committee], viewKey },
      'a confidential rollup requires places where nobody reads a batch without its key',
    ],
  ] as const)('are not written where something is missing, or in the clear: %#', async (over, message) => {
    const composing = compose({ ...chain, ...(over as Partial<NodeSettings>) })
    await expect(composing).rejects.toThrow(CompositionError)
    await expect(composing).rejects.toThrow(message)
    await expect(composing).rejects.not.toThrow('1212')
  })
})

describe('blobs, which L1 forgets', () => {
  const archiveOf = async (over: Partial<NodeSettings>) => {
    await compose(over)
    return running.at(-1)!.archive
  }

  test('are kept by a node that may post them, and by no other', async () => {
    for (const [over, keeps] of [
      [{ da: 'blob' }, true],
      [{ da: 'auto' }, true],
      [{ da: 'failover', daFailover: ['blob', 'calldata'] }, true],
      [{ da: 'calldata' }, false],
      [{ da: 'memory' }, false],
    ] as const)
      expect([over.da, (await archiveOf(over)) !== undefined]).toEqual([over.da, keeps])
  })

  test('are kept where the settings say, also by a node that posts none', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'animechain-archive-'))
    try {
      const archive = await archiveOf({ da: 'calldata', blobArchive: folder })
      const hash: Hash = `0x01${'ab'.repeat(31)}`
      await archive!.put(hash, new Uint8Array(131_072).fill(1))
      const another = await archiveOf({ da: 'blob', blobArchive: folder })
      expect((await another!.get(hash, undefined, AbortSignal.timeout(60_000)))?.length).toBe(131_072)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })

  test('or calldata: `auto` is both, each read by its kind', async () => {
    const { da } = await compose({ da: 'auto' })
    expect([da.capabilities.id, da.capabilities.prefixes]).toEqual(['auto', [2, 1]])
  })
})

describe('the proof system', () => {
  const key = `0x${'12'.repeat(32)}` as const
  const onL1 = { da: 'calldata', settlement: 'optimistic', execution: 'wasm', ...verifier } as const
  const withKey = {
    ...onL1,
    keys: { challenger: key },
    options: { role: 'verifier', challenger: { challenge: true } },
  } as const
  const plays = async (over: Partial<NodeSettings>) => (await compose(over)).services.disputes !== undefined

  test('plays disputes where they are decided on L1, with a key', async () => {
    expect(await plays({ ...withKey, proving: 'interactive' })).toBe(true)
    expect(await plays({ ...withKey, proving: 'auto' })).toBe(true)
    expect(await plays({ ...withKey, proving: 'reexecution' })).toBe(false)
    expect(await plays({ ...onL1, proving: 'interactive' })).toBe(false)
    expect(await plays({ ...withKey, proving: 'auto', execution: 'ethereumjs' })).toBe(false)
    expect(await plays({ proving: 'auto' })).toBe(false)
  })

  test('is refused where it cannot play', async () => {
    await expect(compose({ proving: 'interactive' })).rejects.toThrow(
      'proof system interactive requires a settlement with a dispute game (optimistic), but settlement provides memory',
    )
    await expect(compose({ ...withKey, proving: 'interactive', execution: 'ethereumjs' })).rejects.toThrow(
      'proof system interactive requires an engine that has a proof program (wasm), but execution provides ethereumjs',
    )
  })
})

describe("a node's folder", () => {
  let dataDir: string
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'node-'))
  })
  afterEach(() => rm(dataDir, { recursive: true, force: true }))

  test.each(['file', 'lmdb'] as const)(
    'of %s is free again once the node is closed, and after one that could not be composed',
    async (storage) => {
      const settings = { da: 'blob', settlement: 'optimistic', storage, dataDir } as const
      const cannot = { ...settings, options: { blockTime: 0 } }
      await expect(compose(cannot)).rejects.toThrow('blockTime')
      await compose(settings)
      await expect(compose(settings)).rejects.toMatchObject({ code: 'STORAGE_LOCKED' })
      await running.pop()!.close()
      await compose(settings)
    },
  )

  test('keeps the kind of store that it was begun with', async () => {
    const begun = await openStorage('file', dataDir, { logger: silentLogger })
    await begun.batch([{ type: 'put', key: Uint8Array.of(1), value: Uint8Array.of(2) }])
    await begun.stop()
    const again = await openStorage('auto', dataDir, { logger: silentLogger })
    expect(again.get(Uint8Array.of(1))).toEqual(Uint8Array.of(2))
    await again.stop()
  })
})

describe('words of data availability that need more than the word', () => {
  const altDaUrl = ['http://127.0.0.1:1']
  const s3 = { bucket: 'batches', endpoint: 'http://127.0.0.1:1' }
  const onL1 = { settlement: 'optimistic', deployment: deployment(false, { altDa: devnetAltDa }) } as const
  const prefixesRead = ({ readers }: { readers: readonly DataAvailability[] }) =>
    readers.map(({ capabilities }) => capabilities.id)

  test.each([
    [{ da: 'altda' }, 'an alt-DA server (--alt-da-url)'],
    [{ da: 's3' }, 'a bucket (--s3-bucket)'],
    [{ da: 'failover' }, 'at least two'],
    [{ da: 'failover', daFailover: ['altda', 'calldata'] }, 'an alt-DA server (--alt-da-url)'],
    [{ da: 'failover', daFailover: ['blob', 'failover'] }, 'backends other than itself'],
    [{ da: 'altda', altDaUrl, settlement: 'optimistic' }, 'an inbox that takes it'],
    [{ da: 's3', s3, settlement: 'optimistic' }, 'an inbox that takes it'],
  ] as [Partial<NodeSettings>, string][])('%j: %s', async (over, message) => {
    await expect(compose(over)).rejects.toThrow(message)
  })

  test('failover refuses a place that more can read: memory is this process alone, calldata is for everybody', async () => {
    const shared = sharedLayers({ da: 'memory', settlement: 'memory', deployment: deployment() })
    await expect(compose({ da: 'failover', daFailover: ['memory', 'calldata'], shared })).rejects.toThrow(
      'data availability memory requires that nothing meant for it becomes more than private, but data availability calldata provides plaintext-public.',
    )
  })

  test('compose where it is there, under either settlement, and read everything that the settings name', async () => {
    for (const settings of [{}, onL1]) {
      const choose = (over: Partial<NodeSettings>) =>
        dataAvailabilityOf({ ...base, ...settings, ...over }, { endpoints: { rpcUrl: 'http://127.0.0.1:1' } })
      expect(prefixesRead(choose({ da: 'altda', altDaUrl }))).toEqual(['altda', 'calldata', 'blob'])
      expect(prefixesRead(choose({ da: 's3', s3, altDaUrl }))).toEqual(['s3', 'calldata', 'blob', 'altda'])
      expect(prefixesRead(choose({ da: 'blob', s3 }))).toEqual(['blob', 'calldata', 's3'])
      const { da, readers } = choose({ da: 'failover', daFailover: ['altda', 'calldata'], altDaUrl })
      expect(da.capabilities.prefixes).toEqual([3, 1])
      expect(prefixesRead({ readers })).toEqual(['failover(altda, calldata)', 'blob'])
      expect((await compose({ ...settings, da: 'altda', altDaUrl })).da.capabilities.challenge).toBe(
        settings === onL1 ? 'full' : 'none',
      )
    }
  })
})
