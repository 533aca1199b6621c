// npm run demo:network: seven verifiers, fast exits, and a theft that fails. Exit code 0 only if every step held.
import { run, setup } from './setup.mjs'

await setup()
process.exit(await run(process.execPath, ['apps/devnet/dist/networkDemo.js', ...process.argv.slice(2)]))
