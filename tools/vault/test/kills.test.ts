import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'

const cli = fileURLToPath(new URL('../src/cli.mjs', import.meta.url))
const run = promisify(execFile)

test('no receipt is contradicted by another after a few kills of key nodes', async () => {
  const args = [cli, 'kills', '--kills', '3', '--nodes', '3']
  // Where it ends with an error, what it printed says why.
  const { stdout } = await run(process.execPath, args).catch((error: { stdout: string }) => error)
  expect(stdout).toMatch(/3 kills, \d+ s in all, 0 violations/)
}, 300_000)
