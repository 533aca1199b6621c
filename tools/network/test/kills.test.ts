import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from '@jest/globals'

const cli = fileURLToPath(new URL('../src/cli.mjs', import.meta.url))
const run = promisify(execFile)

test('a batch has one signature after 30 kills of what signs', async () => {
  // Where it ends with an error, what it printed says why.
  const { stdout } = await run(process.execPath, [cli, 'kills', '--kills', '30']).catch(
    (error: { stdout: string }) => error,
  )
  expect(stdout).toMatch(/30 kills, [\d.]+ s in all, 0 violations/)
}, 300_000)
