export { defaultLimits, type OutputAtBlock, type RpcBackend, type RpcLimits } from './backend.js'
export { RpcError, rpcErrorCodes } from './errors.js'
export { rpcServer, type RpcServer, type RpcServerOptions } from './server.js'
