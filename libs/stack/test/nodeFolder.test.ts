import { unplayed } from '@animechain/testing'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { devnetDefaults, genesis, l1Addresses, viemChains } from '@animechain/contracts'
import { silentLogger, type Address, type Logger } from '@animechain/core'
import { lmdb } from '@animechain/storage-lmdb'
import type { Deployment } from '../src/deployment.js'
import { genesisOutput } from '../src/genesisOutput.js'
import { checkNodeFolder } from '../src/nodeFolder.js'
import { openStorage, watched } from '../src/storage.js'

const key: Address = `0x${'ab'.repeat(20)}`

async function deployment(timestamp = 1_700_000_000n): Promise<Deployment> {
  const roles = {
    timelockProposer: key,
    operator: key,
    guardian: key,
    sequencer: key,
    batcher: key,
    proposer: key,
    challenger: key,
  }
  const addresses = l1Addresses(key, {
    ...devnetDefaults,
    proving: unplayed.proving,
    l2ChainId: 26_463n,
    roles,
  })
  const begun = genesis({ addresses, l1ChainId: 31_337, l2ChainId: 26_463, timestamp, gasLimit: 16_000_000n })
  return {
    ...viemChains({ l1: { chainId: 31_337, rpcUrl: '' }, l2: { chainId: 26_463, rpcUrl: '' }, addresses }),
    addresses,
    rollup: {
      chainId: 26_463n,
      genesis: begun,
      genesisHash: (await genesisOutput({ chainId: 26_463n, genesis: begun })).hash,
      l1StartBlock: 0n,
    },
  }
}

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'node-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('the folder of a node', () => {
  test('a deployment file that contradicts itself leaves nothing behind', async () => {
    const right = await deployment()
    const wrong = { ...right, rollup: { ...right.rollup, genesis: (await deployment(1n)).rollup.genesis } }
    await expect(checkNodeFolder(folder, 'sequencer', wrong)).rejects.toMatchObject({
      code: 'DEPLOYMENT_GENESIS',
    })
    expect(readdirSync(folder)).toEqual([])
    const claim = await checkNodeFolder(folder, 'sequencer', right)
    claim()
    await checkNodeFolder(folder, 'sequencer', right)
  })

  test('it belongs to one role and one chain from its first start on', async () => {
    const right = await deployment()
    const claim = await checkNodeFolder(folder, 'sequencer', right)
    claim()
    await expect(checkNodeFolder(folder, 'verifier', right)).rejects.toMatchObject({
      code: 'NODE_FOLDER',
      message: expect.stringContaining('Expected role verifier, got sequencer'),
    })
    await expect(checkNodeFolder(folder, 'sequencer', await deployment(1n))).rejects.toMatchObject({
      code: 'NODE_FOLDER',
      message: expect.stringContaining('genesisHash'),
    })
  })

  test('half a node.json is named', async () => {
    for (const half of ['{"role":', 'null']) {
      writeFileSync(join(folder, 'node.json'), half)
      await expect(checkNodeFolder(folder, 'verifier', await deployment())).rejects.toMatchObject({
        code: 'NODE_FOLDER',
        message: expect.stringContaining('node.json'),
      })
    }
  })
})

describe.each(['file', 'lmdb'] as const)('a damaged %s store', (word) => {
  const path = () => join(folder, ...(word === 'file' ? ['store.log', 'data.log'] : ['lmdb', 'data.mdb']))
  const put = { type: 'put' as const, key: Uint8Array.of(1), value: Uint8Array.of(2) }
  beforeEach(async () => {
    const store = await openStorage(word, folder, { logger: silentLogger })
    await store.batch([put])
    await store.stop()
    writeFileSync(path(), 'something else that is no store')
  })

  test('is refused with the way out, or kept aside and begun anew', async () => {
    // A foreign log is another format, which no policy throws away.
    if (word === 'file') {
      await expect(openStorage(word, folder, { logger: silentLogger })).rejects.toMatchObject({
        code: 'STORAGE_FORMAT',
      })
      rmSync(path())
      writeFileSync(path(), Buffer.concat([Buffer.from('ackvlog\x02', 'latin1'), Buffer.alloc(40, 7)]))
    }
    await expect(openStorage(word, folder, { logger: silentLogger })).rejects.toMatchObject({
      code: 'STORAGE_DAMAGED',
      message: expect.stringContaining('--on-damage rederive'),
    })
    const errors: string[] = []
    const logger: Logger = { ...silentLogger, error: (message) => void errors.push(message) }
    const store = await openStorage(word, folder, { logger, onDamage: 'rederive' })
    expect(store.get(put.key)).toBeUndefined()
    await store.batch([put])
    await store.stop()
    expect(errors).toHaveLength(1)
    expect(readdirSync(folder).filter((name) => name.includes('.damaged-'))).toHaveLength(1)
  })
})

test('a damaged value is told to the node, and to whoever reads it', async () => {
  const path = join(folder, 'lmdb')
  const key = Uint8Array.of(1)
  const first = lmdb({ path })
  await first.start()
  await first.batch([{ type: 'put', key, value: Buffer.from('a value to be damaged') }])
  await first.stop()
  const image = readFileSync(join(path, 'data.mdb'))
  for (let at = image.indexOf('a value'); at >= 0; at = image.indexOf('a value', at + 1)) image[at]! ^= 1
  writeFileSync(join(path, 'data.mdb'), image)
  const told: string[] = []
  const store = watched(lmdb({ path, inspectBytes: 0 }), (error) => told.push(error.code))
  await store.start()
  expect(() => store.get(key)).toThrow('damaged')
  expect(() => [...store.iterate()]).toThrow('damaged')
  expect(told).toEqual(['STORAGE_DAMAGED', 'STORAGE_DAMAGED'])
  await store.stop()
})
