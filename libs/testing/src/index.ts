export { anvil, anvilPath, type Anvil, type AnvilOptions } from './anvil.js'
export { testAccount, testAccounts, testMnemonic, testPrivateKey } from './accounts.js'
export { eventually, patient } from './poll.js'
export { freePort, isPortFree } from './ports.js'
