#!/usr/bin/env node
import type { ConfigDefinition, ConfigTable, ConfigValues } from '@animechain/observability'
import { runApp } from '@animechain/stack'
import { config } from './config.js'
import { runDrillCommand } from './drill/commands.js'
import { drillConfig } from './drillConfig.js'
import { commandConfig, networkCommands, signConfig } from './memberConfig.js'
import { runNetworkCommand } from './network/commands.js'
import { startSigner } from './network/sign.js'
import { start } from './start.js'
import { runWatch } from './watch/run.js'

const argv = process.argv.slice(2)
const { env } = process

const print = (line: string) => void process.stdout.write(`${line}\n`)

/** A command beside the running node. @param run what it does with words and settings */
async function command<T extends ConfigTable>(
  config: ConfigDefinition<T>,
  words: readonly string[],
  run: (
    positionals: readonly string[],
    values: ConfigValues<T>,
    print: (line: string) => void,
  ) => Promise<void>,
): Promise<void> {
  try {
    const loaded = config.load({ argv: words, env })
    if (loaded.status === 'text') process.stdout.write(loaded.text)
    else await run(loaded.positionals, loaded.values, print)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  }
}

if (argv[0] === 'sign')
  await runApp({ name: 'signer', config: signConfig, argv: argv.slice(1), env, start: startSigner })
else if (networkCommands.some((word) => word === argv[0]))
  await command(commandConfig, argv, runNetworkCommand)
else if (argv[0] === 'drill') await command(drillConfig, argv.slice(1), runDrillCommand)
else if (argv[0] === 'watch') await runWatch(argv.slice(1), env)
else await runApp({ name: 'verifier', config, argv, env, start })
