import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { temporaryDevnet } from '../temporary.js'
import { note, say } from './tell.js'

/** What the tour needs of a devnet, whether it is its own or one that runs already. */
export interface Stage {
  chainFile: string
  l1Url: string
  l2Url: string
  verifierUrl: string
  pauseSequencer(): Promise<void>
  end(): Promise<void>
}

/** The devnet in `.devnet`, when one runs there. */
export function runningDevnet(): Stage | undefined {
  const directory = resolve('.devnet')
  const path = join(directory, 'running.json')
  if (!existsSync(path)) return undefined
  const { pid, sequencerPid, l1Url, l2Url, verifierUrl } = JSON.parse(readFileSync(path, 'utf8')) as {
    pid: number
    sequencerPid: number
    l1Url: string
    l2Url: string
    verifierUrl: string
  }
  try {
    process.kill(pid, 0)
  } catch {
    return undefined
  }
  let paused = false
  return {
    chainFile: join(directory, 'chain.json'),
    l1Url,
    l2Url,
    verifierUrl,
    // It belongs to somebody else: it is halted, not ended, and goes on afterwards.
    async pauseSequencer() {
      process.kill(sequencerPid, 'SIGSTOP')
      paused = true
    },
    async end() {
      if (paused) process.kill(sequencerPid, 'SIGCONT')
    },
  }
}

/** A devnet for the tour alone. */
export async function ownDevnet(): Promise<Stage> {
  say('No devnet runs here: starting one for the tour ...')
  const net = await temporaryDevnet({
    bridgeGrace: 0,
    l1Config: { forceDelay: 10 },
    onPhase: (phase) => note(phase),
  })
  return {
    chainFile: net.chainFile,
    l1Url: net.l1Url,
    l2Url: net.l2Url,
    verifierUrl: net.verifierUrl!,
    pauseSequencer: () => net.stopProgram('sequencer'),
    end: () => net.dispose(),
  }
}
