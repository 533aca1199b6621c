import { describe, expect, test } from '@jest/globals'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BaseError, silentLogger, type Logger } from '@animechain/core'
import type { BlockDifference } from '@animechain/execution-shadow'
import { nodeFailures } from '../src/nodeFailures.js'
import type { DamageWord } from '../src/words.js'

function listening(onDamage: DamageWord, dataDir = 'unused') {
  const said: string[] = []
  const logger: Logger = { ...silentLogger, error: (message) => void said.push(`log: ${message}`) }
  const fail = (error: Error) => void said.push(`fail: ${error.message.split('\n')[0]}`)
  return { said, failures: nodeFailures({ dataDir, onDamage, logger, fail }) }
}
const failure = (code: string) => new BaseError(`${code}.`, { code })

describe('a store that fails', () => {
  test.each([
    { code: 'STORAGE_DAMAGED', onDamage: 'refuse' as const, says: 'log: the store failed' },
    { code: 'STORAGE_DAMAGED', onDamage: 'rederive' as const, says: 'fail: STORAGE_DAMAGED.' },
    { code: 'STORAGE_FAILED', onDamage: 'refuse' as const, says: 'fail: STORAGE_FAILED.' },
    { code: 'STORAGE_FAILED', onDamage: 'rederive' as const, says: 'fail: STORAGE_FAILED.' },
  ])('$code with $onDamage is said once', ({ code, onDamage, says }) => {
    const { said, failures } = listening(onDamage)
    expect(failures.ofStore).toBeUndefined()
    const first = failure(code)
    failures.onStorageFailure(first)
    failures.onStorageFailure(failure(code))
    expect(said).toEqual([says])
    expect(failures.ofStore).toBe(first)
  })

  test('a write that fails ends a program that went on with damage', () => {
    const { said, failures } = listening('refuse')
    failures.onStorageFailure(failure('STORAGE_DAMAGED'))
    failures.onStorageFailure(failure('STORAGE_FAILED'))
    expect(said).toEqual(['log: the store failed', 'fail: STORAGE_FAILED.'])
    expect(failures.ofStore?.code).toBe('STORAGE_DAMAGED')
  })
})

test('engines that differ end the program, and leave a report', () => {
  const folder = mkdtempSync(join(tmpdir(), 'node-failures-'))
  try {
    const { said, failures } = listening('refuse', folder)
    failures.onDifference({ number: 7n, fields: [] } as unknown as BlockDifference)
    const path = join(folder, 'shadow-difference.json')
    expect(said).toEqual([`fail: The engines differ at block 7. The report: ${path}`])
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ fields: [] })
  } finally {
    rmSync(folder, { recursive: true })
  }
})
