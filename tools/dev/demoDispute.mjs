// npm run demo:dispute: a liar against an honest verifier. Exit code 0 only if the honest side won.
import { run, setup } from './setup.mjs'

await setup()
process.exit(await run(process.execPath, ['apps/devnet/dist/disputeDemo.js', ...process.argv.slice(2)]))
