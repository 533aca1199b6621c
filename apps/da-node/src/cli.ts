#!/usr/bin/env node
import { runApp } from '@animechain/stack'
import { config } from './config.js'
import { start } from './start.js'

await runApp({ name: 'da-node', config, argv: process.argv.slice(2), env: process.env, start })
