// npm run abuse: attacks on a node's JSON-RPC, and what an honest client sees meanwhile. npm run abuse -- --help lists them.
import { run, setup } from './setup.mjs'

await setup()
process.exit(await run(process.execPath, ['tools/abuse/src/main.mjs', ...process.argv.slice(2)]))
