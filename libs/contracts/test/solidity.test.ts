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
  expect(output).toMatch(/Successes of each move.*BridgeHandler\.replay \d+.*WETH9Handler\.deposit \d+/)
}, 900_000)

test('a move that an invariant’s handler hardly ever makes is found in what forge writes', async () => {
  const written = `
[PASS] invariant_bondsAreConserved() (runs: 24, calls: 2880, reverts: 0)
| Contract | Selector  | Calls | Reverts | Discards |
| World    | challenge | 540   | 0       | 531      |
| World    | pass      | 561   | 0       | 0        |
[PASS] invariant_every_token_is_backed() (runs: 1, calls: 20, reverts: 0)
| WETH9Handler | deposit | 7 | 1 | 6 |
`
  const script =
    "import { movesOf } from '../../tools/solidity/forge.mjs'; console.log(JSON.stringify(movesOf(process.argv[1])))"
  const { output } = await run(['--input-type=module', '-e', script, written])
  expect(JSON.parse(output)).toEqual([
    { invariant: 'invariant_bondsAreConserved', move: 'World.challenge', successes: 9, expected: 10 },
    { invariant: 'invariant_bondsAreConserved', move: 'World.pass', successes: 561, expected: 10 },
    { invariant: 'invariant_every_token_is_backed', move: 'WETH9Handler.deposit', successes: 0, expected: 1 },
  ])
})

test('the committed modules and snapshots are those of the sources', async () => {
  const { code, output } = await run(['scripts/build.mjs', '--check'])
  expect({ code, output }).toEqual({ code: 0, output: expect.stringMatching(/contracts, 0 files stale/) })
}, 900_000)
