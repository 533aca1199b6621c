// npm run steps: steps of the machine in TypeScript and on a real L1, the states after them compared.
import { run, setup } from './setup.mjs'

await setup()
process.exit(await run(process.execPath, ['tools/fuzz/dist/index.js', 'steps', ...process.argv.slice(2)]))
