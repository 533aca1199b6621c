import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { kzgTestOf } from '../src/kzgVectors.js'
import { main } from '../src/main.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vectors-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function run(...argv: string[]) {
  const lines: string[] = []
  const errors: string[] = []
  const code = await main(['--fixtures', folder, ...argv], {
    line: (text) => lines.push(text),
    error: (text) => errors.push(text),
  })
  return { code, last: lines.at(-1), lines, errors }
}

const hkdf = (okm: string) => ({
  algorithm: 'HKDF-SHA-256',
  schema: 'hkdf_test_schema_v1.json',
  testGroups: [
    {
      tests: [
        {
          // RFC 5869, A.1
          ...{ tcId: 1, flags: [], result: 'valid', size: 42, okm },
          ikm: '0b'.repeat(22),
          salt: '000102030405060708090a0b0c',
          info: 'f0f1f2f3f4f5f6f7f8f9',
        },
      ],
    },
  ],
})
const okm = '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865'

describe('--suite crypto', () => {
  test('runs vectors with both implementations, and counts what nothing here uses', async () => {
    await writeFile(join(folder, 'hkdf.json'), JSON.stringify(hkdf(okm)))
    const other = { algorithm: 'EDDSA', schema: '', testGroups: [{ tests: [{}, {}] }] }
    await writeFile(join(folder, 'eddsa.json.gz'), gzipSync(JSON.stringify(other)))
    const { code, last, lines } = await run('--suite', 'crypto')
    expect({ code, last }).toEqual({ code: 0, last: '2 passed, 0 failed, 2 skipped' })
    expect(lines).toContain('skipped, nothing here signs with Ed25519: 2')
  })

  test('fails where a result is another one, and where a file cannot be read', async () => {
    await writeFile(join(folder, 'hkdf.json'), JSON.stringify(hkdf(okm.replace('3', '4'))))
    await writeFile(join(folder, 'torn.json'), '{')
    const { code, last, errors } = await run('--suite', 'crypto')
    expect({ code, last }).toEqual({ code: 1, last: '0 passed, 3 failed, 0 skipped' })
    expect(errors.join('\n')).toContain('FAILED hkdf.json::1::web')
  })
})

describe('--suite codec', () => {
  test('runs vectors of Reed-Solomon', async () => {
    await writeFile(join(folder, 'rs.json'), JSON.stringify({ dataShards: [[1], [2]], parityShards: [[3]] }))
    // With one shard of parity the code is not XOR: the vector is wrong.
    expect((await run('--suite', 'codec')).code).toBe(1)
  })
})

test('the shape of the KZG tests', () => {
  expect(kzgTestOf("input:\n  blob: '0x01'\noutput: null\n")).toEqual({
    input: { blob: '0x01' },
    output: null,
  })
  expect(kzgTestOf("input:\n  z: '0x01'\noutput:\n- '0x02'\n- '0x03'\n")).toEqual({
    input: { z: '0x01' },
    output: ['0x02', '0x03'],
  })
  expect(kzgTestOf("input:\n  z:\n  - '0x01'\noutput: true\n")).toBeUndefined()
})
