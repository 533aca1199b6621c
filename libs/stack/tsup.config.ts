import { packageBuild } from '../../tsup.base.js'

export default packageBuild({
  entry: {
    index: 'src/index.ts',
    'codec-worker': 'src/codecWorker.ts',
    'machine-worker': 'src/machineWorker.ts',
  },
})
