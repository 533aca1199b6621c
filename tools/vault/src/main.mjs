// npm run vault -- <what>: long runs against the private store. Exit code 0 only where everything held.
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { erase } from './erase.mjs'
import { faults } from './faults.mjs'
import { kills } from './kills.mjs'
import { leaks } from './leaks.mjs'
import { members } from './members.mjs'
import { releases } from './releases.mjs'
import { revoke } from './revoke.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..')

/** Every combination of the matrix of permissions, against a model. */
function matrix() {
  const jest = join(root, 'node_modules/jest/bin/jest.js')
  const args = [
    '--experimental-vm-modules',
    '--no-warnings',
    jest,
    'matrix',
    '--selectProjects',
    'vault-node',
  ]
  const env = { ...process.env, VAULT_MATRIX: 'all' }
  return spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit', env }).status === 0
}

const commands = {
  faults: [
    'two of five nodes stopped, lying, corrupt or slow; three gone, and back; --reads 1000',
    (options) => faults(options),
  ],
  kills: [
    'kill -9 at random while blobs are put and keys are asked for; --kills 200 --nodes 5 (fewer: keys alone)',
    ({ nodes: count, ...options }) => kills({ ...options, count }),
  ],
  members: [
    'two key nodes of five are swapped without the owner; --assets 10000',
    (options) => members(options),
  ],
  matrix: ['all of the matrix of permissions against a model, on a real chain', matrix],
  erase: [
    'what erased objects leave at the nodes and on their disks, now and in copies from before; --objects 5',
    (options) => erase(options),
  ],
  leaks: [
    'what an attacker with two key nodes, all storage, both chains, the wires, logs and metrics finds; --objects 3',
    (options) => leaks(options),
  ],
  releases: ['how long a key takes; --times 300', (options) => releases(options)],
  revoke: [
    'last release after a revocation: by the chain, by RevokeNow, at an old view; --times 20',
    (options) => revoke(options),
  ],
}

/** Flags that say how much is done. */
const sizes = ['--assets', '--kills', '--nodes', '--objects', '--reads', '--times']

export async function main(argv) {
  const [what, ...rest] = argv
  const command = commands[what]
  if (command === undefined) {
    console.log('npm run vault -- <what>')
    for (const [name, [text]] of Object.entries(commands)) console.log(`  ${name.padEnd(8)} ${text}`)
    return what === undefined || what === '--help' ? 0 : 2
  }
  const options = {}
  for (let i = 0; i < rest.length; i += 2) {
    const value = Number(rest[i + 1])
    if (!sizes.includes(rest[i]) || !Number.isSafeInteger(value) || value < 1) {
      console.error(
        `Expected ${sizes.join(', ')} with a number from 1, got ${rest.slice(i, i + 2).join(' ')}.`,
      )
      return 2
    }
    options[rest[i].slice(2)] = value
  }
  return (await command[1](options)) ? 0 : 1
}
