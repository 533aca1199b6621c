export type { OutputAtBlock, RpcBackend } from './backend.js'
export { RpcError, rpcErrorCodes } from './errors.js'
export { defaultLimits, limitTable, type Limit, type RpcLimits } from './limits.js'
export { rpcServer, type RpcServer, type RpcServerOptions } from './server.js'
