// npm run vectors -- --fixtures <folder>: official Ethereum test vectors against the execution engines.
import { run, setup } from './setup.mjs'

await setup()
process.exit(await run(process.execPath, ['tools/vectors/dist/index.js', ...process.argv.slice(2)]))
