import { packageBuild } from '../../tsup.base.js'

export default packageBuild({ entry: ['src/simulate.ts', 'src/books.ts', 'src/fleet.ts'] })
