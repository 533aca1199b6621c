import { fork, type ChildProcess } from 'node:child_process'
import { copyFileSync, existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Address } from '@animechain/core'
import type { DevnetOptions, ProgramName } from '@animechain/devnet'
import { eventually, freePort } from '@animechain/testing'
import { sleep } from './rpc.js'

export type HostMessage =
  | {
      type: 'ready'
      l1Url: string
      l1Pid: number
      l2Url: string
      verifierUrl: string
      portal: Address
      pids: Record<string, number>
    }
  | { type: 'started'; name: ProgramName; pids: Record<string, number> }
  | { type: 'failed'; name: string; error: string }
type Ready = Extract<HostMessage, { type: 'ready' }>

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
const kill = (pid: number) => isAlive(pid) && process.kill(pid, 'SIGKILL')

/** A devnet whose processes, all of them, can be killed and started again. */
export interface Net {
  readonly info: Ready
  /** Ends a program at once and starts it again. Resolves when it answers. */
  killProgram(name: ProgramName): Promise<void>
  /** Resolves when L1 has written the contracts to its file: without them there is nothing to start again. */
  l1Kept(): Promise<void>
  /** Ends everything at once; L1 in order, or like the rest, which loses up to 15 s of its blocks. Resolves when all is up again. */
  killAll(options: { l1: boolean }): Promise<void>
  stop(): Promise<void>
}

/** The process that holds the devnet's programs, and what it said last. */
interface Host {
  readonly process: ChildProcess
  readonly info: Ready
  /** Starts the process. Resolves when all of the devnet is up. */
  launch(): Promise<void>
  /** Resolves when this program runs again. */
  start(name: ProgramName): Promise<void>
}

function hostOf(hostPath: string, options: DevnetOptions): Host {
  let host: ChildProcess
  let info: Ready
  const waiting = new Map<string, { resolve: () => void; reject: (error: Error) => void }>()
  const hear = (message: Exclude<HostMessage, Ready>) => {
    if (message.type === 'started') info = { ...info, pids: message.pids }
    const waiter = waiting.get(message.name)
    waiting.delete(message.name)
    if (message.type === 'started') waiter?.resolve()
    else waiter?.reject(new Error(message.error))
  }
  return {
    get process() {
      return host
    },
    get info() {
      return info
    },
    launch: () =>
      new Promise<void>((resolve, reject) => {
        host = fork(hostPath, [JSON.stringify(options)], { execArgv: ['--no-warnings'] })
        const ended = () => reject(new Error('the devnet ended before it was up'))
        host.once('exit', ended)
        host.on('message', (message: HostMessage) => {
          if (message.type === 'ready') {
            info = message
            host.off('exit', ended)
            resolve()
          } else if (message.type === 'failed' && message.name === 'devnet') reject(new Error(message.error))
          else hear(message)
        })
      }),
    start: (name) =>
      new Promise<void>((resolve, reject) => {
        waiting.set(name, { resolve, reject })
        host.send({ start: name })
      }),
  }
}

/** Starts a devnet in `directory`. `hostPath`: the built `host.js`. */
export async function startNet(directory: string, hostPath: string): Promise<Net> {
  const host = hostOf(hostPath, {
    directory,
    l1Port: await freePort(),
    l2Port: await freePort(),
    verifierPort: await freePort(),
    bridgePort: await freePort(),
    metricsPort: 0,
    maxBatchAge: 2,
    maxIdleBatchAge: 2,
  })
  await host.launch()
  const upSince = Date.now()

  const l1State = join(directory, 'l1-state.json')
  /** anvil writes its file in place: what a kill left of it may be half. */
  const keepL1State = () => {
    if (isWhole(l1State)) copyFileSync(l1State, `${l1State}.kept`)
  }
  return {
    get info() {
      return host.info
    },
    async l1Kept() {
      await eventually(
        'L1 to write its file',
        () => existsSync(l1State) && statSync(l1State).mtimeMs > upSince && isWhole(l1State),
        { timeoutMs: 60_000 },
      )
    },
    async killProgram(name) {
      const pid = host.info.pids[name]!
      kill(pid)
      await eventually(`the ${name} to be gone`, () => !isAlive(pid), { intervalMs: 10 })
      // Its parent hears of it a moment later.
      await sleep(50)
      await host.start(name)
    },
    async killAll({ l1 }) {
      keepL1State()
      const { pids, l1Pid } = host.info
      const gone = [host.process.pid!, ...Object.values(pids), l1Pid]
      kill(host.process.pid!)
      for (const pid of Object.values(pids)) kill(pid)
      if (l1) kill(l1Pid)
      else if (isAlive(l1Pid)) process.kill(l1Pid, 'SIGINT')
      await eventually('everything to be gone', () => !gone.some(isAlive), {
        timeoutMs: 60_000,
        intervalMs: 20,
      })
      if (!isWhole(l1State) && existsSync(`${l1State}.kept`)) copyFileSync(`${l1State}.kept`, l1State)
      await host.launch()
    },
    async stop() {
      if (host.process.exitCode !== null || host.process.signalCode !== null) return
      const exited = new Promise((resolve) => host.process.once('exit', resolve))
      host.process.send('stop')
      await exited
    },
  }
}

function isWhole(path: string): boolean {
  try {
    JSON.parse(readFileSync(path, 'utf8'))
    return true
  } catch {
    return false
  }
}
