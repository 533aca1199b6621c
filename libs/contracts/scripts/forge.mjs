// Runs forge in this package: `node scripts/forge.mjs test -vv`.
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { forge } from '../../../tools/solidity/forge.mjs'

process.exitCode = await forge(dirname(dirname(fileURLToPath(import.meta.url))), process.argv.slice(2))
