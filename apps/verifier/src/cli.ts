#!/usr/bin/env node
import { runApp } from '@animechain/stack'
import { config } from './config.js'
import { commandConfig, networkCommands, signConfig } from './memberConfig.js'
import { runNetworkCommand } from './network/commands.js'
import { startSigner } from './network/sign.js'
import { start } from './start.js'
import { runWatch } from './watch/run.js'

const argv = process.argv.slice(2)
const { env } = process

/** A command beside the running node. */
async function command(): Promise<void> {
  try {
    const loaded = commandConfig.load({ argv, env })
    if (loaded.status === 'text') process.stdout.write(loaded.text)
    else
      await runNetworkCommand(loaded.positionals, loaded.values, (line) => process.stdout.write(`${line}\n`))
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  }
}

if (argv[0] === 'sign')
  await runApp({ name: 'signer', config: signConfig, argv: argv.slice(1), env, start: startSigner })
else if (networkCommands.some((word) => word === argv[0])) await command()
else if (argv[0] === 'watch') await runWatch(argv.slice(1), env)
else await runApp({ name: 'verifier', config, argv, env, start })
