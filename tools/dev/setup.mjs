// Set-up that `npm start`, `npm test` and the other commands share: what is missing is installed and built, what is there is left alone.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

/** Runs a command in the project, its output passed on. Resolves with the exit code. */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', ...options })
    const pass = (signal) => child.kill(signal)
    process.on('SIGINT', pass)
    process.on('SIGTERM', pass)
    child.once('error', reject)
    child.once('close', (code, signal) => {
      process.off('SIGINT', pass)
      process.off('SIGTERM', pass)
      resolve(code ?? (signal ? 1 : 0))
    })
  })
}

async function must(what, command, args, options) {
  const code = await run(command, args, options)
  if (code !== 0) {
    console.error(`\n${what} failed with exit code ${code}: ${command} ${args.join(' ')}`)
    process.exit(code)
  }
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return
  console.error(`Node 20.19 or newer is needed, this is ${process.versions.node}.`)
  process.exit(1)
}

/** Hash over names, sizes and times of everything that a build reads. */
function sourceStamp() {
  const hash = createHash('sha256')
  const walk = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) =>
      a.name < b.name ? -1 : 1,
    )) {
      if (['node_modules', 'dist', 'build', '.nx', '.cache', 'out', 'cache', 'coverage'].includes(entry.name))
        continue
      const path = join(folder, entry.name)
      if (entry.isDirectory()) walk(path)
      else if (!/\.(test\.ts|md)$/.test(entry.name)) {
        const { size, mtimeMs } = statSync(path)
        hash.update(`${path}:${size}:${mtimeMs}\n`)
      }
    }
  }
  for (const folder of ['libs', 'apps', 'tools', 'examples'])
    if (existsSync(join(root, folder))) walk(join(root, folder))
  for (const file of ['tsup.base.js', 'package-lock.json']) hash.update(readFileSync(join(root, file)))
  return hash.digest('hex')
}

const env = {
  ...process.env,
  NX_DAEMON: 'false',
  NX_NO_CLOUD: 'true',
  NX_TUI: 'false',
  NX_INTERACTIVE: 'false',
}

const lockHash = () =>
  createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')

/** Installs exactly what the lock file says, when that is not what is installed. It holds the optional binaries of every platform. */
export async function install() {
  checkNode()
  const stamp = join(root, 'node_modules', '.installed-lock')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lockHash()) return
  console.log('Installing dependencies (npm ci), one to three minutes ...')
  await must('Installing', 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { env })
  writeFileSync(stamp, lockHash())
}

/** Bundles every package when a source changed since the last time. */
export async function bundle() {
  const cache = join(root, '.cache')
  const file = join(cache, 'bundled')
  const stamp = sourceStamp()
  if (existsSync(file) && readFileSync(file, 'utf8') === stamp) return
  console.log('Building the packages ...')
  await must('Building', 'npx', ['nx', 'run-many', '-t', 'bundle', '--parallel=2', '--outputStyle=static'], {
    env,
  })
  mkdirSync(cache, { recursive: true })
  writeFileSync(file, stamp)
}

/** Everything a command needs that runs built packages. */
export async function setup() {
  await install()
  await bundle()
}
