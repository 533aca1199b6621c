// npm run liar: nodes behind an L1 that lies, and what they make of it.
import { run, setup } from './setup.mjs'

await setup()
process.exit(await run(process.execPath, ['tools/liar/dist/index.js', ...process.argv.slice(2)]))
