import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { privateKeyToAccount } from 'viem/accounts'
import { watchConfig } from '../src/index.js'
import { watchAccount } from '../src/watch/account.js'
import { lineOf } from '../src/watch/lines.js'

// What it does on a chain is tried in examples/browser-verifier.
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
