// Compiles src-sol and writes src/generated and snapshots; `--check` fails where they are stale.
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from '../../../../tools/solidity/build.mjs'

process.exitCode = build({
  root: dirname(dirname(fileURLToPath(import.meta.url))),
  check: process.argv.includes('--check'),
})
