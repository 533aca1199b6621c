import { packageBuild } from '../../../tsup.base.js'

export default packageBuild({
  entry: { index: 'src/index.ts', exchange: 'src/exchange/index.ts', 'file-store': 'src/fileStore.ts' },
})
