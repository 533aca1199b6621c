// npm test: sets itself up, then runs every package's tests and the end-to-end tests. Arguments go to jest.
import { run, setup } from './setup.mjs'

await setup()
process.exit(
  await run(process.execPath, [
    '--experimental-vm-modules',
    '--no-warnings',
    'node_modules/jest/bin/jest.js',
    ...process.argv.slice(2),
  ]),
)
