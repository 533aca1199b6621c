// npm run demo:vault: a studio and an animator with the private store. Exit code 0 only if every step held.
import { run, setup } from './setup.mjs'

await setup()
process.exit(await run(process.execPath, ['apps/devnet/dist/vaultDemo.js', ...process.argv.slice(2)]))
