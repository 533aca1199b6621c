import { execFile } from 'node:child_process'
import { commandConfig, runCommand } from '@animechain/bridge-app'
import { users } from '../roles.js'
import { note } from './tell.js'

/** The bridge's command line as the studio, in this process. */
export async function command(argv: readonly string[]): Promise<void> {
  const loaded = commandConfig.load({ argv, env: { ANIMECHAIN_KEY: users[7]!.privateKey } })
  if (loaded.status !== 'ok') throw new Error(loaded.text)
  await runCommand(loaded.positionals, loaded.values, note)
}

/** Runs a program of ours to its end. */
export function program(path: string, args: readonly string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) =>
    execFile(
      process.execPath,
      ['--no-warnings', path, ...args],
      { timeout: 120_000 },
      (error, stdout, stderr) => resolve({ code: error ? 1 : 0, output: stdout + stderr }),
    ),
  )
}
