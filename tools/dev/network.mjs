// npm run network -- <what>: long runs against the verifier network.
import { run, setup } from './setup.mjs'

await setup()
process.exit(await run(process.execPath, ['tools/network/src/cli.mjs', ...process.argv.slice(2)]))
