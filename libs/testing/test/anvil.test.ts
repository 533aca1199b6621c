import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { anvil, eventually, freePort, testAccounts, testPrivateKey, type Anvil } from '../src/index.js'
import { build } from 'esbuild'
import { privateKeyToAddress } from 'viem/accounts'

describe('anvil launcher', () => {
  let l1: Anvil
  beforeAll(async () => {
    l1 = await anvil({ blockTime: 1 })
  })
  afterAll(() => l1?.stop())

  test('a free port is taken and named', async () => {
    expect(l1.port).toBeGreaterThan(0)
    expect(await l1.request('eth_chainId')).toBe('0x7a69')
  })

  test('the test accounts are funded', async () => {
    for (const account of testAccounts(10)) {
      expect(BigInt(await l1.request<string>('eth_getBalance', [account.address, 'latest']))).toBe(
        10_000n * 10n ** 18n,
      )
    }
    expect(privateKeyToAddress(testPrivateKey(3))).toBe(testAccounts()[3]!.address)
  })

  test('the finalized block moves', async () => {
    const number = async () =>
      Number((await l1.request<{ number: string }>('eth_getBlockByNumber', ['finalized', false])).number)
    expect(await eventually('a finalized block', async () => (await number()) > 0)).toBe(true)
  })

  test('a taken port is an error that says so', async () => {
    await expect(anvil({ port: l1.port })).rejects.toThrow(/anvil did not start/)
  })

  test('it ends with a process that is killed without a word', async () => {
    const file = fileURLToPath(new URL('../src/anvil.ts', import.meta.url))
    const bundle = join(dirname(file), '..', 'dist', `test-${process.pid}.mjs`)
    await build({
      entryPoints: [file],
      bundle: true,
      platform: 'node',
      format: 'esm',
      conditions: ['animechain-source'],
      outfile: bundle,
    })
    const script = `
        const { anvil } = await import(${JSON.stringify(bundle)})
        const l1 = await anvil({ ownGroup: true })
        console.log(l1.pid)
        setInterval(() => {}, 1000)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [printed] = (await once(child.stdout, 'data')) as [Buffer]
    await rm(bundle)
    const pid = Number(printed.toString())
    const lives = () => {
      try {
        return process.kill(pid, 0)
      } catch {
        return false
      }
    }
    expect(lives()).toBe(true)
    child.kill('SIGKILL')
    if (process.platform !== 'win32') await eventually('anvil to end', async () => !lives())
  })

  test('stop ends the process', async () => {
    const other = await anvil()
    await other.stop()
    await expect(other.exited).resolves.toBeDefined()
    await expect(other.request('eth_chainId')).rejects.toThrow()
  })
})

test('ports that are asked for together are different ones, also before anybody listens there', async () => {
  const ports = await Promise.all(Array.from({ length: 300 }, () => freePort()))
  expect(new Set(ports).size).toBe(ports.length)
})
