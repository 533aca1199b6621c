// Runs forge in this package: `node scripts/forge.mjs test -vv`. forge accepts libraries only below its root, so the
// sources of OpenZeppelin are copied from node_modules to lib/ first (ignored by git, refreshed when the version changes).
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const require = createRequire(import.meta.url)

/** Copies the Solidity sources of both OpenZeppelin packages to `lib/@openzeppelin`. */
export function syncLibraries() {
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
}

/** The executable itself: the launcher of the npm package ends with code 0 even when forge failed. */
function forgePath() {
  const os = { linux: 'linux', darwin: 'darwin', win32: 'win32' }[process.platform]
  const arch = { x64: 'amd64', arm64: 'arm64' }[process.arch]
  return require.resolve(`@foundry-rs/forge-${os}-${arch}/bin/forge${os === 'win32' ? '.exe' : ''}`)
}

/** Runs forge with these arguments and returns its exit code. */
export function forge(args, options = {}) {
  syncLibraries()
  const env = { ...process.env, FOUNDRY_DISABLE_NIGHTLY_WARNING: '1' }
  const result = spawnSync(forgePath(), args, { cwd: root, stdio: 'inherit', env, ...options })
  if (result.error) throw result.error
  return result.status ?? 1
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exit(forge(process.argv.slice(2)))
