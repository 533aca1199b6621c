import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import type { Socket } from 'node:net'
import { BaseError } from '@animechain/core'
import { freePort, isPortFree } from './ports.js'

/** How an anvil is started. Without `chainId` it is 31337, without `hardfork` Osaka. */
export interface AnvilOptions {
  /** 0 takes a free port. */
  port?: number
  /** seconds between blocks; default 1 */
  blockTime?: number
  /** Makes a block of every transaction as soon as it comes, besides those of `blockTime`: nobody waits for the next one. Default false. */
  mineAtOnce?: boolean
  chainId?: number
  /** slots of an epoch; 1 moves `safe` and `finalized`. */
  slotsInAnEpoch?: number
  hardfork?: 'shanghai' | 'cancun' | 'prague' | 'osaka'
  /** File that keeps the chain between starts. */
  statePath?: string
  /** Number of funded accounts of the test mnemonic; default 10. */
  accounts?: number
  /** ether for each funded account; default 10,000 */
  balance?: number
  /** gas */
  gasLimit?: number
  /** Further command line arguments. */
  args?: readonly string[]
  /** A process group of its own: Ctrl-C in a terminal then does not reach it, and whoever started it stops it in order. */
  ownGroup?: boolean
  /** milliseconds to wait for the first answer; default 30,000 */
  startTimeoutMs?: number
}

/** A running L1. */
export interface Anvil {
  url: string
  wsUrl: string
  port: number
  pid: number
  /** Resolves when the process has ended, with its exit code. */
  exited: Promise<number | null>
  stop(): Promise<void>
  /** Calls a JSON-RPC method. */
  request<T = unknown>(method: string, params?: readonly unknown[]): Promise<T>
}

/** Path of the anvil executable that npm installed for this platform. */
export function anvilPath(): string {
  const { platform, arch } = process
  const os = platform === 'win32' ? 'win32' : platform
  try {
    // Its package, not ours, names the executable's: only from there every package manager finds it.
    const { resolve } = createRequire(
      createRequire(import.meta.url).resolve('@foundry-rs/anvil/package.json'),
    )
    return resolve(
      `@foundry-rs/anvil-${os}-${arch === 'x64' ? 'amd64' : arch}/bin/anvil${platform === 'win32' ? '.exe' : ''}`,
    )
  } catch (cause) {
    throw new BaseError(`There is no anvil for ${platform} ${arch}.`, {
      code: 'ANVIL_MISSING',
      cause,
      metaMessages: [
        'Expected the optional package of @foundry-rs/anvil for this platform; run npm install without --no-optional.',
      ],
    })
  }
}

/**
 * Starts anvil, a real Ethereum node, on loopback, and waits until it answers.
 * The process ends with `stop()`, and with this process, however that ends (on Windows: unless it is killed).
 *
 * @throws {BaseError} `ANVIL_MISSING`, `ANVIL_START` with what anvil printed.
 */
export async function anvil(options: AnvilOptions = {}): Promise<Anvil> {
  if (options.port) {
    if (!(await isPortFree(options.port)))
      throw new BaseError(`anvil did not start: port ${options.port} is taken.`, { code: 'ANVIL_START' })
    return launch(options, options.port)
  }
  // Between choosing a free port and taking it, another process may take it.
  for (let attempt = 1; ; attempt++) {
    try {
      return await launch(options, await freePort())
    } catch (error) {
      if (attempt === 3) throw error
    }
  }
}

/** Reads from a pipe that ends with the process that holds its other end, then asks to end, and makes it end after ten seconds. */
const WATCH = 'read _; kill -INT "$1" && sleep 10 && kill -KILL "$1"'

/**
 * Ends a process when this one is gone without a word (SIGKILL, out of memory). Not on Windows.
 * @returns ends the watch
 */
function endWithThisProcess(pid: number | undefined): () => void {
  if (pid === undefined || process.platform === 'win32') return () => {}
  const watch = spawn('/bin/sh', ['-c', WATCH, 'sh', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  // Without a shell there is no watch, and nothing else is lost.
  watch.once('error', () => {})
  watch.stdin.once('error', () => {})
  watch.unref()
  ;(watch.stdin as Socket).unref()
  return () => watch.kill('SIGKILL')
}

async function launch(options: AnvilOptions, port: number): Promise<Anvil> {
  const args = [
    ...['--host', '127.0.0.1'],
    ...['--port', String(port)],
    // Its log of every call would fill the pipe, and stop it, whenever this process is busy.
    '--silent',
    ...['--block-time', String(options.blockTime ?? 1)],
    ...(options.mineAtOnce ? ['--mixed-mining'] : []),
    ...['--slots-in-an-epoch', String(options.slotsInAnEpoch ?? 1)],
    ...['--hardfork', options.hardfork ?? 'osaka'],
    ...['--accounts', String(options.accounts ?? 10)],
    ...['--balance', String(options.balance ?? 10_000)],
    ...['--chain-id', String(options.chainId ?? 31337)],
    ...(options.gasLimit ? ['--gas-limit', String(options.gasLimit)] : []),
    ...(options.statePath ? ['--state', options.statePath, '--state-interval', '15'] : []),
    ...(options.args ?? []),
  ]
  const child = spawn(anvilPath(), args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: options.ownGroup ?? false,
  })
  const killOnExit = () => child.kill('SIGKILL')
  process.once('exit', killOnExit)
  const unwatch = endWithThisProcess(child.pid)
  const exited = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)))
  void exited.then(unwatch)
  void exited.then(() => process.removeListener('exit', killOnExit))
  let printed = ''
  child.stderr!.on('data', (chunk: Buffer) => (printed = (printed + chunk.toString()).slice(-4_096)))
  child.once('error', (error) => (printed += error.message))

  const url = `http://127.0.0.1:${port}`
  let id = 0
  const request = async <T>(method: string, params: readonly unknown[] = []): Promise<T> => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: ++id, method, params }),
      signal: AbortSignal.timeout(60_000),
    })
    const body = (await response.json()) as { result?: T; error?: { message: string; code: number } }
    if (body.error) throw new BaseError(`${method} failed: ${body.error.message}`, { code: 'ANVIL_RPC' })
    return body.result as T
  }
  const running = () => child.exitCode === null && child.signalCode === null
  const result: Anvil = {
    url,
    wsUrl: `ws://127.0.0.1:${port}`,
    port,
    pid: child.pid!,
    exited,
    request,
    async stop() {
      if (running()) child.kill('SIGINT')
      // It writes its state file first, and on a busy machine takes its time.
      const timer = setTimeout(() => child.kill('SIGKILL'), 30_000)
      await exited
      clearTimeout(timer)
    },
  }
  const timeout = options.startTimeoutMs ?? 30_000
  const end = Date.now() + timeout
  for (;;) {
    // The process must be ours: something else may answer on a port that was taken.
    await new Promise((resolve) => setTimeout(resolve, 25))
    const answers = await request<string>('eth_chainId').catch(() => undefined)
    if (running() && answers === `0x${(options.chainId ?? 31337).toString(16)}`) {
      await new Promise((resolve) => setTimeout(resolve, 25))
      if (running()) return result
    }
    const why = !running()
      ? `it ended with code ${child.exitCode}; is port ${port} taken?`
      : Date.now() > end
        ? `no answer within ${timeout} ms`
        : undefined
    if (why) {
      await result.stop()
      throw new BaseError(`anvil did not start: ${why}`, {
        code: 'ANVIL_START',
        metaMessages: printed.split('\n'),
      })
    }
  }
}
