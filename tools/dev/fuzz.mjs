// npm run fuzz: generated transactions on both execution engines, every outcome compared.
import { run, setup } from './setup.mjs'

await setup()
process.exit(await run(process.execPath, ['tools/fuzz/dist/index.js', 'fuzz', ...process.argv.slice(2)]))
