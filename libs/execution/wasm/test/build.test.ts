import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from '@jest/globals'

const script = fileURLToPath(new URL('../scripts/buildGuest.mjs', import.meta.url))
const assembly = fileURLToPath(new URL('../assembly', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'build-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const build = (entry: string, out: string, only = 'node') =>
  spawnSync(process.execPath, [script, '--entry', entry, '--out', join(folder, out), '--only', only], {
    encoding: 'utf8',
  })

test('the proof build is the same bytes wherever it is made, and prints its hashes', () => {
  cpSync(assembly, join(folder, 'elsewhere/deeper'), { recursive: true })
  const here = build(join(assembly, 'index.ts'), 'a', 'proof')
  const there = build(join(folder, 'elsewhere/deeper/index.ts'), 'b', 'proof')
  expect(here.status).toBe(0)
  expect(there.stdout).toBe(here.stdout)
  expect(here.stdout).toMatch(/^proof \d+ bytes {2}sha256 0x[0-9a-f]{64} {2}keccak256 0x[0-9a-f]{64}\n$/)
  expect(
    readFileSync(join(folder, 'b/stf.proof.wasm')).equals(readFileSync(join(folder, 'a/stf.proof.wasm'))),
  ).toBe(true)
}, 180_000)

describe('a guest is refused when it', () => {
  test.each([
    ['computes with floats', 'export function half(x: i32): i32 { return i32(f64(x) / 2.5) }', /holds f64/],
    [
      'imports a function that is none of the host',
      "@external('env', 'now') declare function now(): i32\nexport function time(): i32 { return now() }",
      /imports function env\.now/,
    ],
    [
      'imports a host function of another build',
      "@external('host', 'onStep') declare function onStep(): void\nexport function step(): void { onStep() }",
      /imports function host\.onStep/,
    ],
    ['does not compile', 'export function wrong(): i32 { return missing }', /does not compile/],
  ])('%s', (_, source, message) => {
    const entry = join(folder, 'entry.ts')
    writeFileSync(entry, source)
    const { status, stderr } = build(entry, 'refused')
    expect(status).not.toBe(0)
    expect(stderr).toMatch(message)
  })
})
