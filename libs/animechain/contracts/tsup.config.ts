import { packageBuild } from '../../../tsup.base.js'

// A module a contract, as in the sources: who imports one ABI loads and ships that one.
export default packageBuild({ entry: ['src/**/*.ts'], bundle: false, splitting: false, sourcemap: false })
