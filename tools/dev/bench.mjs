// npm run bench: prints tables of ratios measured in one run. npm run bench -- --help lists them.
import { run, setup } from './setup.mjs'

await setup()
process.exit(await run(process.execPath, ['tools/bench/src/main.mjs', ...process.argv.slice(2)]))
