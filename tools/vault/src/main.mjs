// npm run vault -- <what>: long runs against the private store. Exit code 0 only where everything held.
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { kills } from './kills.mjs'

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
  kills: ['kill -9 of storage nodes at random during puts; --kills 200', (options) => kills(options)],
  matrix: ['all of the matrix of permissions against a model, on a real chain', matrix],
}

export async function main(argv) {
  const [what, ...rest] = argv
  const command = commands[what]
  if (command === undefined) {
    console.log('npm run vault -- <what>')
    for (const [name, [text]] of Object.entries(commands)) console.log(`  ${name.padEnd(8)} ${text}`)
    return what === undefined || what === '--help' ? 0 : 2
  }
  const at = rest.indexOf('--kills')
  return (await command[1](at < 0 ? {} : { kills: Number(rest[at + 1]) })) ? 0 : 1
}
