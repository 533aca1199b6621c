// npm run mutants: how soon the fuzzer finds bugs that are planted in the engines.
import { run, setup } from './setup.mjs'

await setup()
process.exit(await run(process.execPath, ['tools/fuzz/dist/index.js', 'mutants', ...process.argv.slice(2)]))
