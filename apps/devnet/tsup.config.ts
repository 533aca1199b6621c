import { packageBuild } from '../../tsup.base.js'

export default packageBuild({
  entry: [
    'src/index.ts',
    'src/cli.ts',
    'src/demo.ts',
    'src/disputeDemo.ts',
    'src/vaultDemo.ts',
    'src/networkDemo.ts',
    'src/held.ts',
  ],
})
