// npm run vault -- <what>: long runs against the private store.
import { run, setup } from './setup.mjs'

await setup()
process.exit(await run(process.execPath, ['tools/vault/src/cli.mjs', ...process.argv.slice(2)]))
