import { runApp } from '@animechain/stack'
import { watchConfig } from '../watchConfig.js'
import { claimAccount } from './claims.js'
import { watchOnce } from './once.js'
import { startWatching } from './start.js'

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/**
 * `animechain-verifier watch`: a program that runs until it is stopped, or with `--once` ends by itself. Sets the exit code.
 * @param argv what follows the command's name
 */
export async function runWatch(
  argv: readonly string[],
  env: Record<string, string | undefined>,
): Promise<void> {
  let values
  try {
    const loaded = watchConfig.load({ argv, env })
    if (loaded.status === 'text') return void process.stdout.write(loaded.text)
    values = loaded.values
    claimAccount(values)
  } catch (error) {
    process.stderr.write(`${message(error)}\n`)
    process.exitCode = 2
    return
  }
  if (!values.once) return runApp({ name: 'watch', config: watchConfig, argv, env, start: startWatching })
  let code = 1
  try {
    code = await watchOnce(values, (line) => void process.stdout.write(`${line}\n`))
  } catch (error) {
    process.stderr.write(`${message(error)}\n`)
  }
  // Threads of the engine and sockets of peers have nothing left to do.
  process.stdout.write('', () => process.exit(code))
}
