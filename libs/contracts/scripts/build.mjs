// Compiles src-sol and writes src/generated and snapshots; `--check` fails where they are stale.
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from '../../../tools/solidity/build.mjs'

/** Contracts of OpenZeppelin that are deployed as they are. */
const vendored = [
  [
    '@openzeppelin/contracts/proxy/transparent/TransparentUpgradeableProxy.sol',
    'TransparentUpgradeableProxy',
  ],
  ['@openzeppelin/contracts/proxy/transparent/ProxyAdmin.sol', 'ProxyAdmin'],
  ['@openzeppelin/contracts/governance/TimelockController.sol', 'TimelockController'],
]

process.exitCode = build({
  root: dirname(dirname(fileURLToPath(import.meta.url))),
  vendored,
  // By the Solidity tests, and by `npm run steps:gas`.
  measured: ['gas.json', 'steps.json'],
  check: process.argv.includes('--check'),
})
