// npm run reference: docs/reference from the sources. `check` looks whether it is up to date, `dashboards` holds ops/ against the metrics.
import { run, setup } from './setup.mjs'

await setup()
const words = process.argv.slice(2)
process.exit(
  await run(process.execPath, ['tools/reference/dist/cli.js', ...(words.length > 0 ? words : ['write'])]),
)
