// npm start: the whole rollup on this machine. Flags are passed on: npm start -- --help
import { run, setup } from './setup.mjs'

const began = Date.now()
await setup()
process.exit(
  await run(process.execPath, ['apps/devnet/dist/cli.js', ...process.argv.slice(2)], {
    env: { ...process.env, ANIMECHAIN_STARTED_AT: String(began) },
  }),
)
