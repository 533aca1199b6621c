// npm run simulate:network: what strategies of verifiers earn, and which parameters follow from it.
import { run, setup } from './setup.mjs'

await setup()
process.exit(await run(process.execPath, ['tools/network/src/simulate.mjs', ...process.argv.slice(2)]))
