// npm run demo: the guided tour. Exit code 0 only if every step held.
import { run, setup } from './setup.mjs'

await setup()
process.exit(await run(process.execPath, ['apps/devnet/dist/demo.js', ...process.argv.slice(2)]))
