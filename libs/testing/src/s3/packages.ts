import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { BaseError } from '@animechain/core'

/** Debian's own Python: another one does not find Debian's packages. */
export const python = '/usr/bin/python3'
const PACKAGE = 'python3-swift'
/** milliseconds for all of apt-get */
const INSTALL_MS = 300_000
const PRINTED = 4_096

interface Ended {
  code: number | null
  printed: string
}

function run(command: string, args: readonly string[], timeoutMs: number): Promise<Ended> {
  return new Promise((resolve) => {
    let printed = ''
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
    const add = (chunk: Buffer) => (printed = (printed + chunk.toString()).slice(-PRINTED))
    child.stdout.on('data', add)
    child.stderr.on('data', add)
    const timer = setTimeout(() => child.kill('SIGTERM'), timeoutMs)
    const end = (code: number | null) => {
      clearTimeout(timer)
      resolve({ code, printed })
    }
    child.once('error', (error) => {
      add(Buffer.from(error.message))
      end(null)
    })
    child.once('close', end)
  })
}

const hasSwift = async () =>
  existsSync(python) && (await run(python, ['-c', 'import swift.proxy.server'], 60_000)).code === 0

const missing = (why: string, printed = '') =>
  new BaseError(`There is no S3 server for tests: ${why}.`, {
    code: 'S3_SERVER_MISSING',
    metaMessages: [
      `Expected OpenStack Swift in ${python}. On Debian or Ubuntu: apt-get install --no-install-recommends ${PACKAGE}`,
      ...printed.split('\n').filter((line) => line !== ''),
    ],
  })

async function install(): Promise<void> {
  if (process.getuid?.() !== 0) throw missing(`${PACKAGE} is not installed, and only root can install it`)
  if (!existsSync('/usr/bin/apt-get')) throw missing(`${PACKAGE} is not installed, and this is no Debian`)
  // Another apt-get may be running.
  const options = ['-q', '-o', 'DPkg::Lock::Timeout=120', '-o', 'Acquire::Retries=2']
  const args = [...options, 'install', '-y', '--no-install-recommends', PACKAGE]
  const first = await run('/usr/bin/apt-get', args, INSTALL_MS)
  if (first.code === 0) return
  // The lists are missing, or too old.
  await run('/usr/bin/apt-get', [...options, 'update'], INSTALL_MS)
  const second = await run('/usr/bin/apt-get', args, INSTALL_MS)
  if (second.code !== 0) throw missing(`apt-get did not install ${PACKAGE}`, second.printed)
}

/**
 * Sees to it that Swift can be started: installs its Python library where it is not there and this is root on Debian. Nothing but libraries: no service is
 * installed or started.
 * @throws {BaseError} `S3_SERVER_MISSING`
 */
export async function expectSwift(): Promise<void> {
  if (await hasSwift()) return
  await install()
  if (!(await hasSwift())) throw missing(`${PACKAGE} is installed but does not load`)
}
