import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { accessSync, chownSync, constants, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { BaseError } from '@animechain/core'
import { eventually } from './poll.js'
import { freePort } from './ports.js'

const run = promisify(execFile)

/** A running PostgreSQL, empty, of which nothing is left after `stop`. */
export interface PostgresServer {
  /** `postgres://…` of a database that is there; every call of {@link PostgresServer.database} makes another one */
  url: string
  pid: number
  /** Makes an empty database, and gives its URL. */
  database(name: string): Promise<string>
  stop(): Promise<void>
}

/** Where Debian and others put the programs, the newest version first. */
function programs(): string {
  const folders = ['/usr/lib/postgresql', '/usr/local/pgsql', '/opt/homebrew/opt/postgresql']
  const found = folders.flatMap((folder) => {
    try {
      return readdirSync(folder)
        .sort((a, b) => Number(b) - Number(a))
        .map((version) => (version === 'bin' ? join(folder, 'bin') : join(folder, version, 'bin')))
    } catch {
      return []
    }
  })
  const usable = found.find((folder) => {
    try {
      accessSync(join(folder, 'initdb'), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
  if (usable === undefined)
    throw new BaseError('There is no PostgreSQL on this machine.', {
      code: 'POSTGRES_MISSING',
      metaMessages: [
        `Looked in ${folders.join(', ')}.`,
        'Install it: apt-get install --no-install-recommends postgresql',
      ],
    })
  return usable
}

/** PostgreSQL does not run as root: the account of the package is taken then. */
async function account(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined
  try {
    const [uid, gid] = await Promise.all(
      ['-u', '-g'].map(async (flag) => Number((await run('id', [flag, 'postgres'])).stdout)),
    )
    return { uid: uid!, gid: gid! }
  } catch (cause) {
    throw new BaseError('PostgreSQL does not run as root, and there is no account "postgres" to run it as.', {
      code: 'POSTGRES_START',
      cause,
    })
  }
}

const running = (child: ChildProcess) => child.exitCode === null && child.signalCode === null

/**
 * Starts PostgreSQL, the real one, on loopback in a folder of its own, and waits until it answers. It ends with `stop()`, and with this process.
 *
 * @throws {BaseError} `POSTGRES_MISSING`, `POSTGRES_START` with what it printed.
 */
export async function postgresServer({ startTimeoutMs = 60_000 } = {}): Promise<PostgresServer> {
  const bin = programs()
  const as = await account()
  const folder = mkdtempSync(join(tmpdir(), 'postgres-'))
  if (as) chownSync(folder, as.uid, as.gid)
  const data = join(folder, 'data')
  const clean = () => rmSync(folder, { recursive: true, force: true })
  const failed = (what: string, cause: unknown, printed = '') => {
    clean()
    return new BaseError(`PostgreSQL did not start: ${what}.`, {
      code: 'POSTGRES_START',
      cause,
      metaMessages: printed.split('\n').slice(-10),
    })
  }
  const options = { ...as, cwd: folder, env: { PATH: process.env.PATH, LC_ALL: 'C' } }
  await run(join(bin, 'initdb'), ['-D', data, '-U', 'test', '-A', 'trust', '-E', 'UTF8', '--no-sync'], {
    ...options,
    timeout: startTimeoutMs,
  }).catch((error: unknown) => {
    throw failed('initdb failed', error)
  })
  const port = await freePort()
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: folder,
    max_connections: 40,
  }
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const child = spawn(join(bin, 'postgres'), ['-D', data, ...args], {
    ...options,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const kill = () => child.kill('SIGQUIT')
  process.once('exit', kill)
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()))
  let printed = ''
  child.stderr.on('data', (chunk: Buffer) => (printed = (printed + chunk.toString()).slice(-4_096)))
  child.once('error', (error) => (printed += error.message))

  const query = (statement: string) =>
    run(
      join(bin, 'psql'),
      ['-h', '127.0.0.1', '-p', `${port}`, '-U', 'test', '-d', 'postgres', '-qc', statement],
      {
        ...options,
        timeout: startTimeoutMs,
      },
    )
  const stop = async () => {
    // At once: what is in it is of no use to anybody.
    if (running(child)) child.kill('SIGQUIT')
    await exited
    process.removeListener('exit', kill)
    clean()
  }
  try {
    await eventually('PostgreSQL to answer', () => !running(child) || query('SELECT 1').then(() => true), {
      timeoutMs: startTimeoutMs,
    })
    if (!running(child)) throw new Error(`it ended with code ${child.exitCode}`)
  } catch (error) {
    await stop()
    throw failed((error as Error).message, error, printed)
  }
  return {
    url: `postgres://test@127.0.0.1:${port}/postgres`,
    pid: child.pid!,
    async database(name) {
      await query(`CREATE DATABASE "${name.replaceAll('"', '')}"`)
      return `postgres://test@127.0.0.1:${port}/${encodeURIComponent(name)}`
    },
    stop,
  }
}
