// Runs before a package of ours is packed, in its folder: a package is packed with its bundle and its types, whatever was built before.
// `npm start` and `npm test` bundle only.
import { readFileSync } from 'node:fs'
import { run } from './setup.mjs'

const { name } = JSON.parse(readFileSync('package.json', 'utf8'))
const env = { ...process.env, NX_DAEMON: 'false', NX_NO_CLOUD: 'true', NX_TUI: 'false' }
const args = ['nx', 'run-many', '-t', 'bundle', 'types', '-p', name, '--parallel=2', '--outputStyle=static']
// Standard output belongs to `npm pack --json`.
process.exit(await run('npx', args, { env, stdio: ['ignore', 'ignore', 'inherit'] }))
