import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BaseError } from '@animechain/core'
import { expectSwift, python } from './packages.js'
import { swiftProgram } from './program.js'

/** How the S3 server is started. */
export interface S3ServerOptions {
  /** milliseconds to wait until it serves; default 60,000 */
  startTimeoutMs?: number
}

/** A running S3 server, with a user of its own. It has no buckets. */
export interface S3Server {
  /** `http://127.0.0.1:…`; buckets are in the path */
  endpoint: string
  region: string
  accessKeyId: string
  secretAccessKey: string
  pid: number
  /** Resolves when the process has ended, with its exit code. */
  exited: Promise<number | null>
  /** Ends the process; the data is gone then. */
  stop(): Promise<void>
}

const PRINTED = 8_192
const ACCOUNT = 'test'
const USER = 'tester'

/** The first line that a program prints. */
function firstLine(stream: NodeJS.ReadableStream): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    stream.on('data', (chunk: Buffer) => {
      if (text.includes('\n')) return
      text += chunk.toString()
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')))
    })
  })
}

/**
 * Starts OpenStack Swift with its S3 API on loopback: a server of its own code that checks the signatures (version 4) of requests. One process, in a folder that
 * goes with it; it ends with `stop()`, and with this process, however that ends. Where Swift is missing it is installed, on Debian as root.
 *
 * @throws {BaseError} `S3_SERVER_MISSING`, `S3_SERVER_START` with what it printed.
 */
export async function s3Server({ startTimeoutMs = 60_000 }: S3ServerOptions = {}): Promise<S3Server> {
  await expectSwift()
  const folder = mkdtempSync(join(tmpdir(), 'animechain-s3-'))
  const secret = randomBytes(20).toString('hex')
  const settings = JSON.stringify({ folder, account: ACCOUNT, user: USER, secret })
  // Its standard input ends with this process, and it with that.
  const child = spawn(python, ['-c', swiftProgram, settings], {
    stdio: ['pipe', 'pipe', 'pipe'],
    cwd: folder,
  })
  let printed = ''
  child.stderr.on('data', (chunk: Buffer) => (printed = (printed + chunk.toString()).slice(-PRINTED)))
  child.stdin.once('error', () => {})
  const exited = new Promise<number | null>((resolve) => {
    child.once('error', (error) => {
      printed += error.message
      resolve(null)
    })
    child.once('close', resolve)
  }).then((code) => {
    rmSync(folder, { recursive: true, force: true })
    return code
  })
  const stop = async () => {
    child.kill('SIGKILL')
    await exited
  }
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), startTimeoutMs)
  })
  const line = await Promise.race([firstLine(child.stdout), exited, late])
  clearTimeout(timer)
  if (typeof line !== 'string') {
    await stop()
    throw new BaseError(
      `The S3 server did not start: ${line === undefined ? `nothing served within ${startTimeoutMs} ms` : `it ended with code ${line}`}.`,
      { code: 'S3_SERVER_START', metaMessages: printed.split('\n') },
    )
  }
  const { port } = JSON.parse(line) as { port: number }
  return {
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    accessKeyId: `${ACCOUNT}:${USER}`,
    secretAccessKey: secret,
    pid: child.pid!,
    exited,
    stop,
  }
}
