#!/usr/bin/env node
import { InvalidInputError } from '@animechain/core'
import { ConfigError } from '@animechain/observability'
import { deployConfig } from './config.js'
import { deploy } from './deploy.js'

const [command, ...argv] = process.argv.slice(2)
const say = (line: string) => void process.stdout.write(`${line}\n`)

try {
  if (command === undefined || command === '--help')
    say('animechain-contracts deploy   deploys the contracts of a chain on L1 (has its own --help)')
  else if (command !== 'deploy') throw new InvalidInputError('command', 'deploy', command)
  else {
    const loaded = deployConfig.load({ argv, env: process.env })
    if (loaded.status === 'text') process.stdout.write(loaded.text)
    else await deploy(loaded.values, say)
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = error instanceof ConfigError || error instanceof InvalidInputError ? 2 : 1
}
