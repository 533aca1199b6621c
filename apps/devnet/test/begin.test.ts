import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { eventually } from '@animechain/testing'
import { parseEther } from 'viem'
import { devnet } from '../src/index.js'
import { clients, testDevnet } from './support.js'

let net: Awaited<ReturnType<typeof testDevnet>>
beforeAll(async () => {
  net = await testDevnet({ bridge: true, bridgeGrace: 0, verifier: false })
}, 120_000)
afterAll(() => net?.dispose(), 180_000)

test('the ether that L2 begins with is locked on L1, and can be withdrawn before anybody deposited', async () => {
  const c = clients(net)
  const allocated = Object.values(net.deployment.rollup.genesis.alloc).reduce(
    (sum, { balance }) => sum + BigInt(balance ?? 0),
    0n,
  )
  const portal = net.deployment.addresses.optimismPortal
  expect(allocated).toBe(parseEther('100000'))
  expect(await c.l1.getBalance({ address: portal })).toBe(allocated)

  const to = `0x${'7e'.repeat(20)}` as const
  const value = parseEther('0.1')
  const request = await c.l1.buildInitiateWithdrawal({ account: c.account, to, value } as never)
  const hash = await c.l2Wallet.initiateWithdrawal(request as never)
  expect((await c.l2.waitForTransactionReceipt({ hash })).status).toBe('success')
  await eventually('the bridge to pay', async () => (await c.l1.getBalance({ address: to })) === value, {
    timeoutMs: 150_000,
    intervalMs: 500,
  })
  expect(await c.l1.getBalance({ address: portal })).toBe(allocated - value)
}, 200_000)

test('the deployment file tells viem how far blocks are apart', () => {
  const file = JSON.parse(readFileSync(net.chainFile, 'utf8')) as Record<'l1' | 'l2', { blockTime: number }>
  expect(file.l1.blockTime).toBe(1_000)
  expect(file.l2.blockTime).toBeLessThanOrEqual(1_000)
})

test('one port for two programs is refused before anything starts, with both flags', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'animechain-'))
  try {
    const shared = devnet({ directory, l1Port: 18_545, l2Port: 18_545 })
    await expect(shared).rejects.toThrow('--l1-port and --l2-port both ask for port 18545')
    const behindMetrics = devnet({ directory, l1Port: 0, l2Port: 18_545, metricsPort: 18_544 })
    await expect(behindMetrics).rejects.toMatchObject({ code: 'DEVNET_PORT' })
    expect(readdirSync(directory)).not.toContain('logs')
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})

test('a directory that cannot be one is refused with its flag', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'animechain-'))
  try {
    writeFileSync(join(directory, 'file'), '')
    const refused = devnet({ directory: join(directory, 'file') })
    await expect(refused).rejects.toMatchObject({ code: 'DEVNET_DIRECTORY' })
    await expect(refused).rejects.toThrow('--directory <path>')
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})

test('blocks within a second are refused before anything starts, with the reason', async () => {
  const directory = join(tmpdir(), 'animechain-never-made')
  await expect(devnet({ directory, blockTime: 100 })).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    message: expect.stringMatching(/blockTime: expected at least 1000, because timestamps are whole seconds/),
  })
  expect(existsSync(directory)).toBe(false)
})
