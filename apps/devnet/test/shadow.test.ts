import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { equalBytes, silentLogger, type KeyValueOperation } from '@animechain/core'
import { openStorage } from '@animechain/stack'
import { eventually, patient } from '@animechain/testing'
import { createPublicClient, hexToBytes, http, numberToHex, type Hash, type Hex } from 'viem'
import { clients, testDevnet } from './support.js'

/** A balance that stands out among the bytes of a state. wei */
const balance = 0x1_2345_6789_abcd_ef01n
const recipient: Hex = `0x${'5e'.repeat(20)}`

describe('a verifier with a shadow engine', () => {
  let net: Awaited<ReturnType<typeof testDevnet>>
  beforeAll(async () => {
    // With everything that exports metrics.
    net = await testDevnet()
  }, 300_000)
  afterAll(() => net?.dispose(), 180_000)

  const readyz = async () => {
    const response = await fetch(`${net.metricsUrls.verifier}/readyz`)
    return (await response.json()) as {
      details: {
        safe: string | number
        shadow?: { compared: number; block?: string | number; difference?: unknown }
      }
    }
  }
  const metric = async (name: string) => {
    const text = await (await fetch(`${net.metricsUrls.verifier}/metrics`)).text()
    return Number(new RegExp(`^\\w*${name} (\\S+)$`, 'm').exec(text)?.[1])
  }
  /** Sends to the recipient, and waits until the verifier has derived it. */
  const transfer = async (value: bigint) => {
    const { l2, l2Wallet } = clients(net, 1)
    const hash = await l2Wallet.sendTransaction({ to: recipient, value } as never)
    return (await l2.waitForTransactionReceipt({ hash, timeout: 120_000 })).blockNumber
  }
  const verified = (number: bigint) =>
    eventually(
      `block ${number} on the verifier`,
      async () => {
        const block = await createPublicClient({ transport: http(net.verifierUrl, patient) }).getBlock({
          blockTag: 'safe',
        })
        return block.number! >= number ? true : undefined
      },
      { timeoutMs: 120_000 },
    )

  /** `npm run check:dashboards` against the metrics of this devnet. A program, as operators run it; it fails with what has no data. */
  const checkDashboards = async () => {
    const cli = fileURLToPath(new URL('../../../tools/reference/dist/cli.js', import.meta.url))
    const targets = Object.entries(net.metricsUrls).flatMap(([job, url]) => ['--metrics', `${job}=${url}`])
    const { stdout } = await promisify(execFile)(process.execPath, [cli, 'dashboards', ...targets])
    return stdout
  }

  test('switched on later, catches up, follows the chain, and stops on the first difference', async () => {
    // Without it, so that the shadow begins behind.
    const early = await transfer(balance)
    await verified(early)
    expect((await readyz()).details.shadow).toBeUndefined()

    await net.stopProgram('verifier')
    await net.startProgram('verifier', { ANIMECHAIN_SHADOW: 'true' })
    const later = await transfer(1n)
    await verified(later)
    await eventually(
      'the shadow at the head',
      async () => {
        const { shadow, safe } = (await readyz()).details
        expect(shadow!.difference).toBeUndefined()
        return Number(shadow!.block) >= Number(later) && shadow!.compared >= Number(safe) ? true : undefined
      },
      { timeoutMs: 120_000 },
    )
    expect(await metric('shadow_blocks_total')).toBeGreaterThanOrEqual(Number(later))
    expect(await metric('shadow_difference')).toBe(0)

    // Now every metric of every program is there: each panel of the dashboards and each alert has data, and the reference tells the truth.
    for (const url of [net.l2Url, net.verifierUrl!])
      await createPublicClient({ transport: http(url, patient) }).call({ to: recipient })
    expect(await checkDashboards()).toMatch(/expressions of panels and \d+ of alerts have data/)

    // A difference as a bug would make it: the shadow's state says that the recipient has some wei less.
    await net.stopProgram('verifier')
    const storage = await openStorage('auto', join(net.directory, 'verifier'), {
      logger: silentLogger,
    })
    const [have, wrong] = [balance + 1n, balance - 999n].map((wei) => hexToBytes(numberToHex(wei)))
    const changed: KeyValueOperation[] = []
    for (const [key, value] of storage.iterate()) {
      if (!Buffer.from(key).toString('latin1').startsWith('shadow/')) continue
      for (let at = 0; at + have!.length <= value.length; at++) {
        if (!equalBytes(value.subarray(at, at + have!.length), have!)) continue
        const bytes = value.slice()
        bytes.set(wrong!, at)
        changed.push({ type: 'put', key: key.slice(), value: bytes })
      }
    }
    expect(changed.length).toBeGreaterThan(0)
    await storage.batch(changed, { durable: true })
    await storage.stop()

    const { l2 } = clients(net)
    const before = await l2.getBlockNumber({ cacheTime: 0 })
    await net.startProgram('verifier', { ANIMECHAIN_SHADOW: 'true' })
    const sent = await transfer(1n)
    expect(sent).toBeGreaterThan(before - 1n)
    expect(await net.failed).toBe('verifier')
    expect(await net.programs.verifier!.exited).toBe(1)

    const report = JSON.parse(
      readFileSync(join(net.directory, 'verifier', 'shadow-difference.json'), 'utf8'),
    ) as {
      number: string
      hash: { primary: Hash; shadow: Hash }
      fields: { path: string }[]
      transaction: { raw: Hex; primary: { status: number }; shadow: { status: number } }
    }
    expect(BigInt(report.number)).toBe(sent)
    const block = await l2.getBlock({ blockNumber: sent })
    expect(report.hash.primary).toBe(block.hash)
    expect(report.hash.shadow).not.toBe(block.hash)
    expect(report.fields.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['header.stateRoot', 'header.hash', 'outputRoot']),
    )
    expect(report.transaction.raw).toContain(recipient.slice(2))
    const log = readFileSync(join(net.directory, 'logs', 'verifier.log'), 'utf8')
    expect(log).toContain('THE ENGINES DIFFER')
  }, 500_000)
})
