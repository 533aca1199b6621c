import { toJson } from '@animechain/vault-protocol'
import type { Progress } from './progress.js'

/** Where a command writes. */
export interface Output {
  /** a line for people; nothing with --json */
  say(line: string): void
  /** the result: JSON with --json, else the lines */
  result(json: unknown, lines: readonly string[]): void
  /** what is not the result: goes to standard error */
  warn(line: string): void
  /** bytes of `get` */
  bytes(bytes: Uint8Array): Promise<void>
  progress: Progress
}

/** Output to the standard streams. */
export function standardOutput(json: boolean, progress: Progress): Output {
  const { stdout, stderr } = process
  const line = (text: string) => void stdout.write(`${text}\n`)
  return {
    say: (text) => (json ? undefined : line(text)),
    result(value, lines) {
      progress.end()
      if (json) line(JSON.stringify(JSON.parse(toJson(value)), undefined, 2))
      else lines.forEach(line)
    },
    warn(text) {
      progress.end()
      stderr.write(`${text}\n`)
    },
    bytes: (bytes) =>
      new Promise((resolve, reject) => stdout.write(bytes, (error) => (error ? reject(error) : resolve()))),
    progress,
  }
}
