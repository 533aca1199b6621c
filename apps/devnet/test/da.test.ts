import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { daSuite } from '@animechain/conformance'
import { altda } from '@animechain/da-altda'
import { s3Da } from '@animechain/da-s3'
import { s3Objects } from '@animechain/objects/s3'
import { config as sequencerConfig } from '@animechain/sequencer'
import { config as verifierConfig } from '@animechain/verifier'
import { startDaServers, type DaServers } from '../src/da/servers.js'
import { devnetDaWords, needsAltDa } from '../src/da/words.js'
import { checkKept } from '../src/directory.js'
import { environmentsOf } from '../src/environments.js'
import { config, devnet } from '../src/index.js'
import { takePorts } from '../src/ports.js'

const directory = mkdtempSync(join(tmpdir(), 'animechain-da-'))
const credentials = { accessKeyId: 'devnet', secretAccessKey: 'devnet' }
const bucketAt = (endpoint: string, bucket = 'batches') => ({ bucket, endpoint, credentials, attempts: 1 })

let servers: DaServers
beforeAll(async () => {
  servers = await startDaServers({ directory, ports: { altDa: 0, s3: 0 } })
})
afterAll(async () => {
  await servers?.stop()
  rmSync(directory, { recursive: true, force: true })
})

daSuite({
  name: 'the folder of a devnet behind the S3 API',
  describe,
  test,
  create: async () => s3Da(bucketAt(servers.s3Url)),
  kind: 'altda',
  features: { ranges: true, erase: true },
  reader: async () => s3Da(bucketAt(servers.s3Url)),
})

describe('the servers of batches of kind 3', () => {
  test('keep in the folder what they were given, for the next start', async () => {
    const data = new TextEncoder().encode('a batch of an earlier start')
    const first = await startDaServers({ directory, ports: { altDa: 0, s3: 0 } })
    const put = await Promise.all([
      altda({ url: first.altDaUrl }).put(data),
      s3Da(bucketAt(first.s3Url)).put(data),
    ])
    await first.stop()
    const again = await startDaServers({ directory, ports: { altDa: 0, s3: 0 } })
    try {
      for (const [i, da] of [altda({ url: again.altDaUrl }), s3Da(bucketAt(again.s3Url))].entries()) {
        const { status, commitment } = put[i] as { status: string; commitment: Uint8Array }
        expect(status).toBe('ok')
        expect(await da.get(commitment)).toEqual({ status: 'data', data })
      }
    } finally {
      await again.stop()
    }
  })

  test('what is no object, too long, in another bucket or under another host name is refused', async () => {
    const objects = s3Objects(bucketAt(servers.s3Url))
    expect(await objects.get('none')).toEqual({ status: 'missing' })
    expect((await objects.put('long', new Uint8Array(120_001))).status).toBe('unavailable')
    expect(await objects.head('long')).toEqual({ status: 'missing' })
    expect((await objects.list()).status).toBe('unavailable')
    expect(await objects.health()).toEqual({ ok: true })
    // That the bucket is not there says nothing of an object.
    const elsewhere = s3Objects(bucketAt(servers.s3Url, 'elsewhere'))
    expect((await elsewhere.get('none')).status).toBe('unavailable')
    expect((await elsewhere.health()).ok).toBe(false)
    const { port } = new URL(servers.s3Url)
    const status = await new Promise((resolve, reject) => {
      const asked = request({
        port,
        host: '127.0.0.1',
        path: '/batches/none',
        headers: { host: 'evil.example' },
      })
      asked
        .once('response', (response) => resolve(response.resume().statusCode))
        .once('error', reject)
        .end()
    })
    expect(status).toBe(403)
    for (const each of [objects, elsewhere]) await each.stop()
  })
})

describe('one word is enough', () => {
  test.each(devnetDaWords)('--da %s: sequencer and verifier take what the devnet gives them', async (da) => {
    const { values } = config.load({ argv: ['--da', da], env: {} }) as { values: { da: typeof da } }
    const options = { ...values, l1Port: 0, l2Port: 0, verifierPort: 0, bridgePort: 0, metricsPort: 0 }
    const altDa = needsAltDa(da)
    const ports = await takePorts({ ...options, daPort: 0, altDa })
    const given = environmentsOf(options, {
      directory,
      chainFile: join(directory, 'chain.json'),
      committeeFile: join(directory, 'committee.json'),
      l1Url: 'http://127.0.0.1:8545',
      ports,
      members: [],
      network: { verifiers: [], sequencer: undefined },
      daEnv: altDa ? servers.env : {},
    })
    expect(ports.da.altDa > 0 && ports.da.s3 > 0).toBe(altDa)
    for (const [node, { env }] of [
      [sequencerConfig, given.sequencer],
      [verifierConfig, given.verifier],
    ] as const) {
      const loaded = node.load({ argv: [], env })
      if (loaded.status !== 'ok') throw new Error(loaded.status)
      expect(loaded.values.da).toBe(da)
      expect(loaded.values.altDaUrl).toEqual(altDa ? [servers.altDaUrl] : undefined)
      expect(loaded.values.s3Endpoint).toBe(altDa ? servers.s3Url : undefined)
      if (altDa) expect(loaded.values.daFailover).toEqual(['altda', 'calldata'])
    }
  })

  test('what is no word is refused before anything starts, memory with the reason', async () => {
    for (const [da, expected] of [
      ['memory', 'failover (memory belongs to one process'],
      ['ipfs', 'one of auto, calldata, blob, altda, s3, private, failover, got'],
    ])
      await expect(devnet({ directory: join(directory, 'never'), da: da as never })).rejects.toThrow(expected)
  })

  test('a folder that began without the contract is refused, and one with it goes on with any word', () => {
    const kept = { version: 1, productionDelays: false, l1BlockTime: 1 } as const
    const [without, with3] = ['without', 'with'].map((name) => mkdtempSync(join(directory, name))) as [
      string,
      string,
    ]
    checkKept(without, { ...kept, altDa: false })
    expect(() => checkKept(without, { ...kept, altDa: true })).toThrow('--reset')
    checkKept(with3, { ...kept, altDa: true })
    expect(checkKept(with3, { ...kept, altDa: false }).altDa).toBe(true)
  })
})
