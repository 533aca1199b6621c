// npm run soak: many blocks in one process, and what they leave in memory.
import { run, setup } from './setup.mjs'

await setup()
process.exit(
  await run(process.execPath, ['--expose-gc', 'tools/fuzz/dist/index.js', 'soak', ...process.argv.slice(2)]),
)
