import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { devnet } from '../src/index.js'

test('a devnet that runs keeps its directory, also from one that would begin anew', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'animechain-'))
  try {
    writeFileSync(join(directory, 'lock'), String(process.ppid))
    writeFileSync(join(directory, 'l1-state.json'), '{}')
    await expect(devnet({ directory, reset: true })).rejects.toMatchObject({ code: 'DEVNET_DIRECTORY' })
    expect(existsSync(join(directory, 'l1-state.json'))).toBe(true)
    expect(existsSync(join(directory, 'lock'))).toBe(true)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})
