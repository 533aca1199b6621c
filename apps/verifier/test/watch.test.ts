import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { silentLogger, silentMetrics } from '@animechain/core'
import type { Deployment } from '@animechain/stack'
import { privateKeyToAccount } from 'viem/accounts'
import { watchConfig } from '../src/index.js'
import { watchAccount } from '../src/watch/account.js'
import { claimAccount, watchClaims } from '../src/watch/claims.js'
import { lineOf } from '../src/watch/lines.js'

// What it does on a chain is tried in examples/browser-verifier, and with --claim in processes.test.ts.
describe('the settings of watch', () => {
  const required = ['--l1-rpc-url', 'http://127.0.0.1:1', '--deployment', 'chain.json']

  test('need an L1 and a deployment, and nothing else', () => {
    expect(watchConfig.load({ argv: required, env: {} })).toMatchObject({
      status: 'ok',
      values: { once: false, dataDir: 'animechain-watch', onDamage: 'rederive', gossipPeers: [] },
    })
    expect(() => watchConfig.load({ argv: required.slice(2), env: {} })).toThrow('l1RpcUrl')
  })

  test('name nodes by addresses that can be asked', () => {
    const argv = [...required, '--gossip-http-peers', 'http://127.0.0.1:1,nonsense']
    expect(() => watchConfig.load({ argv, env: {} })).toThrow('gossipHttpPeers')
  })
})

describe('the key that signs alarms', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'watch-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))
  const path = () => join(folder, 'network', 'alarm.key')

  test('is made once, and its owner alone can read it', async () => {
    const made = await watchAccount(undefined, folder)
    expect((await watchAccount(undefined, folder)).address).toBe(made.address)
    expect(statSync(path()).mode & 0o777).toBe(0o600)
    expect(privateKeyToAccount(readFileSync(path(), 'utf8').trim() as '0x').address).toBe(made.address)
  })

  test('may be given, and is not kept then', async () => {
    const key = `0x${'11'.repeat(32)}` as const
    expect((await watchAccount(key, folder)).address).toBe(privateKeyToAccount(key).address)
    expect(() => statSync(path())).toThrow('ENOENT')
  })

  test('is not told where the file is damaged', async () => {
    await watchAccount(undefined, folder)
    const half = readFileSync(path(), 'utf8').slice(0, 30)
    writeFileSync(path(), half)
    const refused = await watchAccount(undefined, folder).catch((error: Error) => error)
    expect(refused).toMatchObject({ code: 'WATCH_KEY' })
    expect(String(refused)).not.toContain(half)
  })
})

describe('alarms on L1, with --claim,', () => {
  const key = `0x${'11'.repeat(32)}` as const
  const valuesOf = (...argv: string[]) => {
    const required = ['--l1-rpc-url', 'http://127.0.0.1:1', '--deployment', 'chain.json', '--claim']
    const loaded = watchConfig.load({ argv: [...required, ...argv], env: {} })
    if (loaded.status !== 'ok') throw new Error(loaded.text)
    return loaded.values
  }
  const addresses = Object.fromEntries(
    ['stakeRegistry', 'fastExits', 'anchorStateRegistry', 'disputeGameFactory', 'drills'].map((name) => [
      name,
      `0x${'22'.repeat(20)}`,
    ]),
  )
  const context = (without?: string) => ({
    deployment: {
      l1: { id: 31_337 },
      addresses: { ...addresses, ...(without && { [without]: undefined }) },
    } as unknown as Deployment,
    logger: silentLogger,
    metrics: silentMetrics,
  })

  test('need an account that pays, and a store on disk', () => {
    expect(() => claimAccount(valuesOf())).toThrow(
      'an account on L1 that pays for alarms there, in --duty-key',
    )
    expect(() => claimAccount(valuesOf('--duty-key', key, '--storage', 'memory'))).toThrow('a store on disk')
    expect(claimAccount(valuesOf('--duty-key', key))?.address).toBe(privateKeyToAccount(key).address)
    // What others in the same environment use is no request.
    expect(claimAccount({ ...valuesOf('--duty-key', key), claim: false })).toBeUndefined()
  })

  test('need a chain that has drills, and a folder that can be used', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'watch-'))
    try {
      const values = valuesOf('--duty-key', key, '--data-dir', folder, '--storage', 'file')
      for (const without of ['drills', 'stakeRegistry'])
        await expect(watchClaims(values, context(without))).rejects.toMatchObject({
          code: 'VERIFIER_NO_NETWORK',
          message: expect.stringContaining(without),
        })
      const claims = (await watchClaims(values, context()))!
      expect(claims.counts()).toEqual({ open: 0, ended: {} })
      const second = watchClaims(values, context())
      await expect(second).rejects.toMatchObject({ code: 'WATCH_ALARMS' })
      await claims.close()
      rmSync(join(folder, 'network', 'alarms'), { recursive: true })
      writeFileSync(join(folder, 'network', 'alarms'), '')
      await expect(watchClaims(values, context())).rejects.toMatchObject({ code: 'WATCH_ALARMS' })
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  test('cost what they may in a day, and not nothing', () => {
    expect(valuesOf('--alarm-day-fee', '7').alarmDayFee).toBe(7n)
    expect(valuesOf().alarmDayFee).toBe(20_000_000_000_000_000n)
    expect(() => valuesOf('--alarm-day-fee', '0')).toThrow('alarmDayFee')
  })
})

test('an alarm that nobody could tell about is said to be not taken', () => {
  const alarm = {
    ...({ game: `0x${'b2'.repeat(20)}`, batchIndex: 1n, l2BlockNumber: 9n } as const),
    ...({
      batchAcc: `0x${'01'.repeat(32)}`,
      claimed: `0x${'02'.repeat(32)}`,
      derived: `0x${'03'.repeat(32)}`,
    } as const),
  }
  const answer = { url: 'http://node', outcome: 'later', status: 422, said: 'not here yet' } as const
  const line = (last: boolean) => lineOf({ kind: 'answer', alarm, answer, last })
  expect(line(false)).toBe(`alarm about ${alarm.game}: http://node: asked again (not here yet)`)
  expect(line(true)).toBe(`alarm about ${alarm.game}: http://node: not taken (not here yet)`)
})
