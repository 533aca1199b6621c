import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { readDrillFile, writeDrillFile, type DrillSecret } from '../src/drill/file.js'
import { drillConfig } from '../src/index.js'

const word = (byte: string) => `0x${byte.repeat(32)}` as const
const secret: DrillSecret = {
  ...{ chainId: 31_337, drills: `0x${'d1'.repeat(20)}`, maker: `0x${'ab'.repeat(20)}` },
  ...{
    salt: word('5a'),
    batchIndex: 2n ** 60n,
    batchAcc: word('ac'),
    outputRoot: word('bd'),
    bounty: 10n ** 17n,
  },
}

// What the commands do on a chain is tried in processes.test.ts.
describe('the file of a drill', () => {
  let folder: string
  let path: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'drill-'))
    path = join(folder, 'in a folder', 'drill')
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  test('is read as it was written, by its owner alone', async () => {
    expect(await readDrillFile(path)).toBeUndefined()
    await writeDrillFile(path, secret)
    expect(await readDrillFile(path)).toEqual(secret)
    if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readdirSync(join(folder, 'in a folder'))).toEqual(['drill'])
  })

  test('is never overwritten, also by two at once', async () => {
    const other = { ...secret, salt: word('5b') }
    const both = await Promise.allSettled([writeDrillFile(path, secret), writeDrillFile(path, other)])
    const refused = both.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[]
    expect(refused.map(({ reason }: { reason: unknown }) => reason)).toEqual([
      expect.objectContaining({ code: 'VERIFIER_DRILL_FILE' }),
    ])
    const kept = readFileSync(path, 'utf8')
    await expect(writeDrillFile(path, secret)).rejects.toThrow('none is overwritten')
    expect(readFileSync(path, 'utf8')).toBe(kept)
  })

  test('is refused where anything in it was changed, without saying what is in it', async () => {
    await writeDrillFile(path, secret)
    const text = readFileSync(path, 'utf8')
    const changed = [
      text.replace('5a5a', '5a5b'),
      text.replace('"version": 1', '"version": 2'),
      text.replace(`"${secret.bounty}"`, '-1'),
      text.slice(0, -20),
      '[]',
      'x'.repeat(5_000),
    ]
    for (const each of changed) {
      writeFileSync(path, each)
      const refused = await readDrillFile(path).catch((error: Error) => error)
      expect(refused).toMatchObject({ code: 'VERIFIER_DRILL_FILE' })
      expect(String(refused)).not.toContain('5a5a')
    }
  })
})

test('the commands of a drill have help, and need its file', () => {
  const help = drillConfig.help()
  for (const text of ['commit | assert | reveal | decide | close | expire', '--maker-key', '--bounty'])
    expect(help).toContain(text)
  expect(() => drillConfig.load({ argv: ['commit'], env: {} })).toThrow('drillFile')
})
