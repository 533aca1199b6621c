import { spawn, type ChildProcess } from 'node:child_process'
import { createWriteStream, existsSync, mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { BaseError } from '@animechain/core'

/** A program of the devnet that runs as a child process. */
export interface Program {
  name: string
  pid: number
  running(): boolean
  /** Asks it to end (SIGTERM), then makes it end after ten seconds. */
  stop(): Promise<void>
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>
  exited: Promise<number | null>
  /** Lets a program begin that was started with `held`. */
  go(): void
}

/** Environment variable of a program that waits to begin. */
export const HELD = 'ANIMECHAIN_HELD'

/**
 * glibc keeps freed blocks of up to 32 MB for the next of their size, in as many places as there are threads: after a burst of long answers hundreds of
 * megabytes would stay with the process. With these it gives large blocks back at once. Other allocators do not look at them.
 */
const ALLOCATOR = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_TRIM_THRESHOLD_: '131072',
}

/** The module in front of a program that waits; undefined where only sources are. */
export function heldModule(): string | undefined {
  const path = join(dirname(cliPath('@animechain/devnet')), 'held.js')
  return existsSync(path) ? pathToFileURL(path).href : undefined
}

/** Path of an app's command line program. */
export function cliPath(packageName: string): string {
  const require = createRequire(import.meta.url)
  return join(dirname(require.resolve(`${packageName}/package.json`)), 'dist', 'cli.js')
}

/** What ends the programs that are running when this process ends, behind one listener. */
const killers = new Set<() => void>()
let isListening = false

/** Has `kill` called when this process ends. Returns what takes that back. */
function killWithThisProcess(kill: () => void): () => void {
  if (!isListening) process.once('exit', () => killers.forEach((each) => each()))
  isListening = true
  killers.add(kill)
  return () => void killers.delete(kill)
}

/**
 * Starts a program with its settings in the environment, its output going to `logFile`.
 * It has a process group of its own, so that Ctrl-C reaches this process first and things end in order; the IPC channel lets it notice
 * when this process is gone.
 */
export function startProgram(options: {
  name: string
  path: string
  args?: readonly string[]
  env: Record<string, string>
  logFile: string
  /** The module from {@link heldModule}: what the program needs is loaded, and it begins with `go`. */
  held?: string
  onExit?: (code: number | null) => void
}): Program {
  const { held } = options
  mkdirSync(dirname(options.logFile), { recursive: true })
  const log = createWriteStream(options.logFile, { flags: 'a' })
  const child: ChildProcess = spawn(
    process.execPath,
    ['--no-warnings', ...(held ? ['--import', held] : []), options.path, ...(options.args ?? [])],
    {
      env: { ...ALLOCATOR, ...process.env, ...options.env, ...(held ? { [HELD]: 'true' } : {}) },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      detached: true,
    },
  )
  child.stdout!.pipe(log, { end: false })
  child.stderr!.pipe(log, { end: false })
  const exited = new Promise<number | null>((resolve) => {
    child.once('close', (code) => {
      options.onExit?.(code)
      // Whoever waits for the end reads the log next: all of it is to be there.
      log.end(() => resolve(code))
    })
    child.once('error', () => resolve(null))
  })
  const running = () => child.exitCode === null && child.signalCode === null
  const killNow = () => {
    if (running()) child.kill('SIGKILL')
  }
  void exited.then(killWithThisProcess(killNow))
  const end = async (signal: NodeJS.Signals) => {
    if (running()) child.kill(signal)
    const timer = setTimeout(killNow, 10_000)
    await exited
    clearTimeout(timer)
  }
  return {
    name: options.name,
    pid: child.pid ?? -1,
    running,
    exited,
    go() {
      if (held && running() && child.connected) child.send('go')
    },
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  }
}

/** A bound, for a machine that is busy with the other programs of a devnet. milliseconds */
const START_MS = 180_000

/** Waits until a JSON-RPC server answers `eth_chainId`. @throws {BaseError} `DEVNET_PROGRAM` when the program ends or the time is over */
export async function answering(
  name: string,
  url: string,
  program: Program,
  logFile: string,
  timeoutMs = START_MS,
): Promise<void> {
  const end = Date.now() + timeoutMs
  const why = (text: string) =>
    new BaseError(`The ${name} ${text}.`, { code: 'DEVNET_PROGRAM', metaMessages: [`Its log: ${logFile}`] })
  for (;;) {
    if (!program.running()) throw why('ended before it answered')
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}',
        signal: AbortSignal.timeout(2_000),
      })
      if (response.ok) return
    } catch {}
    if (Date.now() > end) throw why(`did not answer within ${timeoutMs / 1000} s`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Waits until a probe is answered with success. @throws {BaseError} `DEVNET_PROGRAM` when the program ends or the time is over */
export async function healthy(
  name: string,
  url: string,
  program: Program,
  logFile: string,
  timeoutMs = START_MS,
): Promise<void> {
  const end = Date.now() + timeoutMs
  for (;;) {
    if (!program.running())
      throw new BaseError(`The ${name} ended before it was ready.`, {
        code: 'DEVNET_PROGRAM',
        metaMessages: [`Its log: ${logFile}`],
      })
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined)
    if (response?.ok) return
    if (Date.now() > end)
      throw new BaseError(`The ${name} was not ready within ${timeoutMs / 1000} s.`, {
        code: 'DEVNET_PROGRAM',
        metaMessages: [`Its log: ${logFile}`],
      })
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
