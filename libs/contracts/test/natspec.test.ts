import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'natspec-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function check(body: string): { code: number | null; findings: string[] } {
  writeFileSync(join(folder, 'A.sol'), `pragma solidity 0.8.30;\ncontract A {\n${body}\n}\n`)
  const { status, stderr } = spawnSync(process.execPath, ['scripts/natspec.mjs', folder], {
    cwd: root,
    encoding: 'utf8',
  })
  return {
    code: status,
    findings: [...stderr.matchAll(/A\.sol:(\d+) (.*)/g)].map(([, line, rest]) => `${line}: ${rest}`),
  }
}

test('names what has no description', () => {
  expect(
    check(`
/// @notice Too much.
/// @param got
error TooMuch(uint256 got, uint256 max);
struct Pair { uint256 a; uint256 b; }
enum Colour { Red }
/// @notice Both.
/// @return One.
function both() external returns (uint256, uint256) {}
function hidden() internal {}`),
  ).toEqual({
    code: 1,
    findings: [
      '6: TooMuch needs @param got, @param max',
      '7: Pair needs @notice, @param a, @param b',
      '8: Colour needs @notice',
      '11: both needs 2 @return, has 1',
    ],
  })
})

test('takes what is described, in a block too', () => {
  expect(
    check(`
/** @notice Too much.
 *  @param got wei
 *  @param max wei
 */
error TooMuch(uint256 got, uint256 max);
/// @notice Two
/// numbers.
/// @return The first.
/// @return The second.
function both() external returns (uint256, uint256) {}`),
  ).toEqual({ code: 0, findings: [] })
})
