// npm run zoo: strategies of liars against one honest player, on a real L1.
import { run, setup } from './setup.mjs'

await setup()
process.exit(await run(process.execPath, ['tools/zoo/dist/index.js', ...process.argv.slice(2)]))
