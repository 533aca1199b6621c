// npm run steps:gas: the L1 gas of the dearest step of every instruction and host read, held against the snapshot.
import { run, setup } from './setup.mjs'

await setup()
process.exit(await run(process.execPath, ['tools/fuzz/dist/index.js', 'stepGas', ...process.argv.slice(2)]))
