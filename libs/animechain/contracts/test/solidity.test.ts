import { expect, test } from '@jest/globals'
import { spawnSync } from 'node:child_process'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

function run(args: string[]): { code: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  })
  return { code: status, output: stdout + stderr }
}

test('the Solidity tests pass', () => {
  const { code, output } = run(['scripts/forge.mjs', 'test'])
  const failures = output.split('\n').filter((line) => /FAIL|Error|error|expected/.test(line))
  expect({ code, failures: code === 0 ? [] : failures }).toEqual({ code: 0, failures: [] })
  expect(output).toMatch(/\d+ tests passed, 0 failed/)
}, 900_000)

test('the committed modules and snapshots are those of the sources', () => {
  const { code, output } = run(['scripts/build.mjs', '--check'])
  expect({ code, output }).toEqual({ code: 0, output: expect.stringMatching(/contracts, 0 files stale/) })
}, 900_000)
