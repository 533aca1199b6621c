import { packageJest } from '../../jest.base.js'

// Measured, not asserted: npm run vault:player
export default packageJest('vault-player-measured', { testMatch: ['<rootDir>/test/**/*.long.ts'] })
