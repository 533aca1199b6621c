import { spawn, type ChildProcess } from 'node:child_process'
import { createRequire } from 'node:module'
import { BaseError } from '@animechain/core'

export interface AnvilOptions {
  /** 0 takes a free port. */
  port?: number
  /** seconds between blocks; default 1 */
  blockTime?: number
  chainId?: number
  /** slots of an epoch; 1 moves `safe` and `finalized`. */
  slotsInAnEpoch?: number
  hardfork?: 'cancun' | 'prague' | 'osaka'
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
  /** milliseconds to wait for the first answer; default 30,000 */
  startTimeoutMs?: number
  onOutput?: (line: string) => void
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
  const require = createRequire(import.meta.url)
  const { platform, arch } = process
  const os = platform === 'win32' ? 'win32' : platform
  try {
    return require.resolve(
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
 * The process ends with `stop()`, and with this process.
 *
 * @throws {BaseError} `ANVIL_MISSING`, `ANVIL_START` with what anvil printed.
 */
export async function anvil(options: AnvilOptions = {}): Promise<Anvil> {
  const args = [
    '--host',
    '127.0.0.1',
    '--port',
    String(options.port ?? 0),
    '--block-time',
    String(options.blockTime ?? 1),
    '--slots-in-an-epoch',
    String(options.slotsInAnEpoch ?? 1),
    '--hardfork',
    options.hardfork ?? 'osaka',
    '--accounts',
    String(options.accounts ?? 10),
    '--balance',
    String(options.balance ?? 10_000),
    '--chain-id',
    String(options.chainId ?? 31337),
    ...(options.gasLimit ? ['--gas-limit', String(options.gasLimit)] : []),
    ...(options.statePath ? ['--state', options.statePath, '--state-interval', '5'] : []),
    ...(options.args ?? []),
  ]
  const child = spawn(anvilPath(), args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const killOnExit = () => child.kill('SIGKILL')
  process.once('exit', killOnExit)
  const exited = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)))
  void exited.then(() => process.removeListener('exit', killOnExit))

  const port = await listeningPort(child, options)
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
  return {
    url,
    wsUrl: `ws://127.0.0.1:${port}`,
    port,
    pid: child.pid!,
    exited,
    request,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGINT')
      const timer = setTimeout(() => child.kill('SIGKILL'), 5_000)
      await exited
      clearTimeout(timer)
    },
  }
}

/** Reads anvil's output until it names the port it listens on. */
function listeningPort(child: ChildProcess, options: AnvilOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    let printed = ''
    let open = true
    const fail = (why: string) => {
      if (!open) return
      open = false
      clearTimeout(timer)
      child.kill('SIGKILL')
      reject(
        new BaseError(`anvil did not start: ${why}.`, {
          code: 'ANVIL_START',
          metaMessages: printed.slice(-2_000).split('\n'),
        }),
      )
    }
    const timeout = options.startTimeoutMs ?? 30_000
    const timer = setTimeout(() => fail(`no answer within ${timeout} ms`), timeout)
    const read = (chunk: Buffer) => {
      const text = chunk.toString()
      options.onOutput?.(text)
      if (!open) return
      printed = (printed + text).slice(-16_384)
      const found = /Listening on [^\s:]+:(\d+)/.exec(printed)
      if (found) {
        open = false
        clearTimeout(timer)
        resolve(Number(found[1]))
      }
    }
    child.stdout!.on('data', read)
    child.stderr!.on('data', read)
    child.once('error', (error) => fail(error.message))
    child.once('close', (code) => fail(`it ended with code ${code}; is port ${options.port ?? 0} taken?`))
  })
}
