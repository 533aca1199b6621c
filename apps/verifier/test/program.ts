import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const path = fileURLToPath(new URL('../bin/animechain-verifier.js', import.meta.url))

/** A run of `animechain-verifier` as a process of its own, from the bundle. */
export interface Program {
  /** what it wrote so far */
  output(): { out: string; err: string }
  /** Resolves when it has ended, with its exit code; null after a signal. */
  ended: Promise<number | null>
  /** Asks it to end, or makes it end at once, and waits. */
  end(signal?: 'SIGTERM' | 'SIGKILL'): Promise<number | null>
}

/** Starts the program. */
export function program(...argv: string[]): Program {
  const child = spawn(process.execPath, ['--no-warnings', path, ...argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [out, err] = ['', '']
  child.stdout.on('data', (data: Buffer) => (out += data.toString()))
  child.stderr.on('data', (data: Buffer) => (err += data.toString()))
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('close', resolve)
    child.once('error', reject)
  })
  return {
    output: () => ({ out, err }),
    ended,
    end(signal = 'SIGTERM') {
      child.kill(signal)
      return ended
    },
  }
}
