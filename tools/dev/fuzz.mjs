// npm run fuzz: generated transactions on both execution engines, every outcome compared; npm run fuzz -- precompiles: precompiles beside L1's.
import { run, setup } from './setup.mjs'

await setup()
const given = process.argv.slice(2)
const command = given[0] === 'precompiles' ? given : ['fuzz', ...given]
process.exit(await run(process.execPath, ['tools/fuzz/dist/index.js', ...command]))
