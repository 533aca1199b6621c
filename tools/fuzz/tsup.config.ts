import { packageBuild } from '../../tsup.base.js'

// esbuild compiles engines with planted bugs; it comes with the checkout's tools.
export default packageBuild({ entry: ['src/index.ts'], external: ['esbuild'] })
