#!/usr/bin/env node
import { isBaseError } from '@animechain/core'
import { runCommand } from './commands.js'
import { vaultConfig } from './config.js'
import { exitCodeOf } from './exitCode.js'
import { standardOutput } from './output.js'
import { progressBars } from './progress.js'

const argv = process.argv.slice(2)
const stop = new AbortController()

// The first asks to stop where it can be gone on from; the second ends at once.
process.on('SIGINT', () => {
  if (stop.signal.aborted) process.exit(130)
  stop.abort()
})
// Who reads the output may have enough of it.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

let json = argv.includes('--json')
try {
  const loaded = vaultConfig.load({ argv: argv.length > 0 ? argv : ['--help'], env: process.env })
  if (loaded.status === 'text') process.stdout.write(loaded.text)
  else {
    json = loaded.values.json
    const output = standardOutput(json, progressBars(json ? undefined : process.stderr))
    process.exitCode = await runCommand(loaded.positionals, loaded.values, output, stop.signal)
  }
} catch (error) {
  const message = error instanceof Error ? error.message : String(error)
  const interrupted = stop.signal.aborted ? '\nThe same command goes on where this one was stopped.' : ''
  if (json) {
    const code = isBaseError(error) ? error.code : 'ERROR'
    process.stderr.write(`${JSON.stringify({ error: { code, message } })}\n`)
  } else process.stderr.write(`\n${message}${interrupted}\n`)
  process.exitCode = stop.signal.aborted ? 130 : exitCodeOf(error)
}
