// npm run reports: replays public reports of other projects' users on a devnet, and says of each whether it holds.
import { run, setup } from './setup.mjs'

await setup()
process.exit(
  await run(process.execPath, [
    '--experimental-vm-modules',
    '--no-warnings',
    'node_modules/jest/bin/jest.js',
    '--selectProjects',
    'clients',
    '--testNamePattern',
    'public reports',
    '--verbose',
    ...process.argv.slice(2),
  ]),
)
