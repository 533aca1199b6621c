import { packageJest } from '../../../jest.base.js'

// Long runs: npm run vault:audit, npm run vault:blind
export default packageJest('vault-client-long', { testMatch: ['<rootDir>/test/**/*.long.ts'] })
