import { expect, test } from '@jest/globals'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { privateKeyToAccount } from 'viem/accounts'
import { makeKeys, printAddress } from '../src/keys.js'

test('a key is made once, for its owner only, and only its account is printed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'keys-'))
  try {
    const path = join(folder, 'keys', 'batcher')
    const lines: string[] = []
    makeKeys([path], (line) => lines.push(line))
    const key = readFileSync(path, 'utf8').trim() as `0x${string}`
    const { address } = privateKeyToAccount(key)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    makeKeys([path], (line) => lines.push(line))
    printAddress([path], (line) => lines.push(line))
    expect(lines).toEqual([`${path} ${address}`, `${path} ${address}`, address])
    expect(readFileSync(path, 'utf8').trim()).toBe(key)

    expect(() => printAddress([join(folder, 'none')], () => {})).toThrow('expected a file that exists')
    writeFileSync(path, key.slice(0, 20))
    const bad = () => printAddress([path], () => {})
    expect(bad).toThrow('expected a private key, 0x and 64 hex digits, in it')
    expect(bad).not.toThrow(key.slice(0, 20))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
