// Runs forge in a package: `node scripts/forge.mjs test -vv`. forge accepts libraries only below its root, so the
// sources of OpenZeppelin are copied from node_modules to lib/ first (ignored by git, refreshed when the version changes).
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const require = createRequire(import.meta.url)

/** The package that the base of the tests is of. */
const base = fileURLToPath(new URL('../../libs/contracts', import.meta.url))

/** Copies the Solidity sources of both OpenZeppelin packages, the base of the tests and the rollup's contracts to `lib` of a package. */
function syncLibraries(root) {
  for (const name of ['contracts', 'contracts-upgradeable']) {
    const from = dirname(require.resolve(`@openzeppelin/${name}/package.json`))
    const to = join(root, 'lib', '@openzeppelin', name)
    const version = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8')).version
    const stamp = join(to, '.version')
    if (existsSync(stamp) && readFileSync(stamp, 'utf8') === version) continue
    rmSync(to, { recursive: true, force: true })
    mkdirSync(to, { recursive: true })
    cpSync(from, to, {
      recursive: true,
      filter: (path) => !/\/(build|node_modules|test|mocks|vendor)(\/|$)/.test(path.slice(from.length)),
    })
    writeFileSync(stamp, version)
  }
  // The base of all Solidity tests has one source, and tests of other packages meet the contracts of the rollup themselves.
  if (root === base) return
  const ours = join(root, 'lib', '@animechain')
  for (const name of ['Test.sol', 'Vm.sol'])
    cpSync(join(base, 'test-sol', 'base', name), join(ours, 'testing', name))
  cpSync(join(base, 'src-sol'), join(ours, 'rollup'), { recursive: true, preserveTimestamps: true })
}

/** The executable itself: the launcher of the npm package ends with code 0 even when forge failed. */
function forgePath() {
  const os = { linux: 'linux', darwin: 'darwin', win32: 'win32' }[process.platform]
  const arch = { x64: 'amd64', arm64: 'arm64' }[process.arch]
  return require.resolve(`@foundry-rs/forge-${os}-${arch}/bin/forge${os === 'win32' ? '.exe' : ''}`)
}

/** Of every so many calls of an invariant's run at least one must be a success of each move. The normal profile makes 2,880 calls. */
const CALLS_FOR_A_SUCCESS = 288

/**
 * What the tables of forge's output say of the moves: a handler discards the ones that come to nothing, and an invariant proves
 * little about a move that hardly ever succeeds. Answers each invariant's move with its successes and how many are expected.
 */
export function movesOf(output) {
  const moves = []
  let invariant
  // eslint-disable-next-line no-control-regex
  for (const line of output.replace(/\x1b\[[0-9;]*m/g, '').split('\n')) {
    const test = /\] (invariant\w*)\(\) \(runs: \d+, calls: (\d+)/.exec(line)
    if (test) invariant = { name: test[1], calls: Number(test[2]) }
    const row = /^\| (\w+) +\| (\w+) +\| (\d+) +\| (\d+) +\| (\d+) +\|$/.exec(line)
    if (!row || !invariant) continue
    const [calls, reverts, discards] = row.slice(3).map(Number)
    moves.push({
      invariant: invariant.name,
      move: `${row[1]}.${row[2]}`,
      successes: calls - reverts - discards,
      expected: Math.max(1, Math.floor(invariant.calls / CALLS_FOR_A_SUCCESS)),
    })
  }
  return moves
}

/** Writes the successes of the moves, least first; gives the moves that succeeded too rarely. */
function judge(moves) {
  if (moves.length === 0) return []
  const least = new Map()
  for (const { move, successes } of moves) least.set(move, Math.min(successes, least.get(move) ?? Infinity))
  const sorted = [...least].sort((a, b) => a[1] - b[1]).map(([move, successes]) => `${move} ${successes}`)
  console.log(`\nSuccesses of each move, in the invariant where it had the fewest: ${sorted.join(', ')}`)
  return moves.filter(({ successes, expected }) => successes < expected)
}

/** Runs forge in the package at `root` with these arguments; resolves with its exit code, or 1 where an invariant hardly ever made one of its moves. */
export async function forge(root, args, options = {}) {
  syncLibraries(root)
  const env = { ...process.env, FOUNDRY_DISABLE_NIGHTLY_WARNING: '1' }
  const child = spawn(forgePath(), args, {
    cwd: root,
    stdio: ['inherit', 'pipe', 'inherit'],
    env,
    ...options,
  })
  let output = ''
  child.stdout.on('data', (chunk) => {
    process.stdout.write(chunk)
    if (args[0] === 'test') output += chunk
  })
  const [code] = await once(child, 'close')
  const idle = judge(movesOf(output))
  for (const { invariant, move, successes, expected } of idle)
    console.error(`${invariant}: expected ${move} to succeed ${expected} times at least, got ${successes}`)
  return code || (idle.length > 0 ? 1 : 0)
}
