// npm run hostile: mutated transactions, blocks and batches into the guest: a defined result each time.
import { run, setup } from './setup.mjs'

await setup()
process.exit(await run(process.execPath, ['tools/fuzz/dist/index.js', 'hostile', ...process.argv.slice(2)]))
