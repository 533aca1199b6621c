// npm run kills: kill -9 of a devnet's programs under load, and what must be there afterwards.
import { run, setup } from './setup.mjs'

await setup()
process.exit(await run(process.execPath, ['tools/kills/dist/cli.js', ...process.argv.slice(2)]))
