import { execFileSync, spawn } from 'node:child_process'
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import WebSocket from 'ws'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']
/** milliseconds until the browser must have told its address */
const START_MS = 30_000
/** milliseconds for one command */
const COMMAND_MS = 30_000

/** As root in a container, without network of its own, leaving nothing behind. */
const FLAGS = [
  '--headless=new',
  '--no-sandbox',
  '--disable-dev-shm-usage',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-extensions',
  '--remote-debugging-port=0',
]

function found(): string | undefined {
  if (process.env.CHROME) return process.env.CHROME
  for (const folder of (process.env.PATH ?? '').split(delimiter))
    for (const name of NAMES) {
      const path = join(folder, name)
      try {
        accessSync(path, constants.X_OK)
        return path
      } catch {}
    }
  return undefined
}

/**
 * Path of Chromium: the variable CHROME, else what is on the PATH, else Debian's package, which is installed where that is possible.
 * @throws Error that says what to do when there is none
 */
export function chromiumPath(): string {
  const there = found()
  if (there) return there
  let why = 'apt-get is for root on Debian'
  if (process.getuid?.() === 0)
    try {
      const options = {
        stdio: 'pipe',
        timeout: 240_000,
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      } as const
      execFileSync('apt-get', ['update', '-qq'], options)
      execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], options)
    } catch (error) {
      why = `apt-get failed: ${error instanceof Error ? error.message.split('\n')[0] : error}`
    }
  const installed = found()
  if (installed) return installed
  throw new Error(
    `This test needs Chromium and there is none (${why}). Install it (Debian: apt-get install chromium) or name a Chrome in the variable CHROME.`,
  )
}

export interface Page {
  goto(url: string): Promise<void>
  /** The value of an expression in the page, as JSON carries it. */
  evaluate<T>(expression: string): Promise<T>
  /** A picture of the page, PNG. */
  screenshot(): Promise<Buffer>
  close(): Promise<void>
}
export interface Chromium {
  page(): Promise<Page>
  close(): Promise<void>
}

/** Starts a headless Chromium and speaks the DevTools protocol with it. */
export async function chromium(path = chromiumPath()): Promise<Chromium> {
  const profile = mkdtempSync(join(tmpdir(), 'chromium-'))
  const child = spawn(path, [...FLAGS, `--user-data-dir=${profile}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const exited = new Promise<void>((resolve) => {
    child.once('close', () => resolve())
    child.once('error', () => resolve())
  })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  const end = async () => {
    kill()
    await exited
    process.off('exit', kill)
    rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
  }
  try {
    const socket = await connect(await address(child))
    return { ...client(socket), close: end }
  } catch (error) {
    await end()
    throw error
  }
}

/** Chromium prints where it listens. */
function address(child: ReturnType<typeof spawn>): Promise<string> {
  return new Promise((resolve, reject) => {
    let printed = ''
    const timer = setTimeout(() => fail(`told no address within ${START_MS / 1000} s`), START_MS)
    const fail = (what: string) => {
      clearTimeout(timer)
      reject(new Error(`Chromium ${what}. It printed: ${printed.slice(-2_000)}`))
    }
    child.once('error', (error) => fail(`did not start: ${error.message}`))
    child.once('close', (code) => fail(`ended with code ${code}`))
    child.stderr!.on('data', (data: Buffer) => {
      // Of what follows the address nothing is kept.
      const url = /DevTools listening on (ws:\S+)/.exec((printed = `${printed}${data}`.slice(-20_000)))?.[1]
      if (!url) return
      clearTimeout(timer)
      resolve(url)
    })
  })
}

function connect(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url, { perMessageDeflate: false })
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(socket))
    socket.once('error', reject)
  })
}

interface Answer {
  id?: number
  result?: never
  error?: { message: string }
}

function client(socket: WebSocket): Pick<Chromium, 'page'> {
  const waiting = new Map<number, { resolve: (result: never) => void; reject: (error: Error) => void }>()
  let last = 0
  socket.on('message', (data: Buffer) => {
    const { id, result, error } = JSON.parse(data.toString()) as Answer
    const call = id === undefined ? undefined : waiting.get(id)
    if (!call) return
    waiting.delete(id!)
    if (error) call.reject(new Error(error.message))
    else call.resolve(result as never)
  })
  socket.on('close', () => {
    for (const { reject } of waiting.values()) reject(new Error('Chromium is gone'))
    waiting.clear()
  })
  const send = <T>(method: string, params: object = {}, sessionId?: string): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      const id = ++last
      const timer = setTimeout(() => {
        waiting.delete(id)
        reject(new Error(`Chromium did not answer ${method}`))
      }, COMMAND_MS)
      const done =
        <V>(settle: (value: V) => void) =>
        (value: V) => {
          clearTimeout(timer)
          settle(value)
        }
      waiting.set(id, { resolve: done(resolve), reject: done(reject) })
      socket.send(JSON.stringify({ id, method, params, ...(sessionId ? { sessionId } : {}) }))
    })
  return {
    async page() {
      const { targetId } = await send<{ targetId: string }>('Target.createTarget', { url: 'about:blank' })
      const { sessionId } = await send<{ sessionId: string }>('Target.attachToTarget', {
        targetId,
        flatten: true,
      })
      return {
        async goto(url) {
          const { errorText } = await send<{ errorText?: string }>('Page.navigate', { url }, sessionId)
          if (errorText) throw new Error(`${url}: ${errorText}`)
        },
        async evaluate<T>(expression: string) {
          const { result, exceptionDetails } = await send<{
            result: { value: T }
            exceptionDetails?: { text: string }
          }>('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true }, sessionId)
          if (exceptionDetails) throw new Error(`${expression}: ${exceptionDetails.text}`)
          return result.value
        },
        async screenshot() {
          const { data } = await send<{ data: string }>('Page.captureScreenshot', {}, sessionId)
          return Buffer.from(data, 'base64')
        },
        async close() {
          await send('Target.closeTarget', { targetId })
        },
      }
    },
  }
}
