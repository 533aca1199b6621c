#!/usr/bin/env node
import { InvalidInputError } from '@animechain/core'
import { ConfigError, packageVersion } from '@animechain/observability'
import { deployConfig } from './config.js'
import { deploy } from './deploy.js'
import { makeKeys, printAddress } from './keys.js'

const help = `animechain-contracts deploy            deploys the contracts of a chain on L1 (has its own --help)
animechain-contracts key <file>...     makes a key in each file that does not exist, and prints the accounts
animechain-contracts address <file>    prints the account of the key in a file
animechain-contracts --version         prints the version`

const say = (line: string) => void process.stdout.write(`${line}\n`)

async function main([command, ...argv]: readonly string[]): Promise<void> {
  switch (command) {
    case undefined:
    case '--help':
      return say(help)
    case '--version':
      return say(packageVersion(import.meta.url))
    case 'key':
      return makeKeys(argv, say)
    case 'address':
      return printAddress(argv, say)
    case 'deploy': {
      const loaded = deployConfig.load({ argv, env: process.env })
      return loaded.status === 'text' ? say(loaded.text) : deploy(loaded.values, say)
    }
    default:
      throw new InvalidInputError('command', 'deploy, key or address', command)
  }
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = error instanceof ConfigError || error instanceof InvalidInputError ? 2 : 1
}
