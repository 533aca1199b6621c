export { anvil, anvilPath, type Anvil, type AnvilOptions } from './anvil.js'
export { testAccount, testAccounts, testMnemonic, testPrivateKey } from './accounts.js'
export { eventually, patient } from './poll.js'
export { unplayed } from './proving.js'
export { freePort, isPortFree } from './ports.js'
export { withdrawalOutput, type TestOutput, type TestWithdrawal } from './withdrawals.js'
export { lies } from './lies.js'
export {
  lyingProxy,
  type Lie,
  type LieContext,
  type LyingProxy,
  type RpcCall,
  type RpcReply,
} from './lyingProxy.js'
export { s3Server, type S3Server, type S3ServerOptions } from './s3/server.js'
export { postgresServer, type PostgresServer } from './postgres.js'
