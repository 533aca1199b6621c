import { expect, test } from '@jest/globals'
import { spawn } from 'node:child_process'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

function run(
  args: string[],
  env: Record<string, string> = {},
): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: root, env: { ...process.env, ...env } })
    let output = ''
    child.stdout.on('data', (chunk) => (output += chunk))
    child.stderr.on('data', (chunk) => (output += chunk))
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, output }))
  })
}

test('the Solidity tests pass and the gas is that of the snapshot', async () => {
  const { code, output } = await run(['scripts/forge.mjs', 'test'], {
    FORGE_SNAPSHOT_CHECK: 'true',
    NO_COLOR: '1',
  })
  const failures = output.split('\n').filter((line) => /FAIL|Error|error|expected/.test(line))
  expect({ code, failures: code === 0 ? [] : failures }).toEqual({ code: 0, failures: [] })
  expect(output).toMatch(/\d+ tests passed, 0 failed/)
}, 900_000)

test('the committed modules and snapshots are those of the sources', async () => {
  const { code, output } = await run(['scripts/build.mjs', '--check'])
  expect({ code, output }).toEqual({ code: 0, output: expect.stringMatching(/contracts, 0 files stale/) })
}, 900_000)
