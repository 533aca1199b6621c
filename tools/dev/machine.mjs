// npm run machine: random WebAssembly programs on V8 and on the proving machine.
import { run, setup } from './setup.mjs'

await setup()
process.exit(await run(process.execPath, ['tools/fuzz/dist/index.js', 'machine', ...process.argv.slice(2)]))
