#!/usr/bin/env node
import { runApp } from '@animechain/stack'
import { runCommand } from './commands.js'
import { commandConfig, serveConfig } from './config.js'
import { serve } from './serve.js'

const argv = process.argv.slice(2)
if (argv[0] === 'serve')
  await runApp({ name: 'bridge', config: serveConfig, argv: argv.slice(1), env: process.env, start: serve })
else {
  try {
    const loaded = commandConfig.load({ argv: argv.length > 0 ? argv : ['--help'], env: process.env })
    if (loaded.status === 'text') process.stdout.write(loaded.text)
    else await runCommand(loaded.positionals, loaded.values, (line) => process.stdout.write(`${line}\n`))
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  }
}
