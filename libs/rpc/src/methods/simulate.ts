import { method, type MethodTable } from '../context.js'
import { RpcError, rpcErrorCodes } from '../errors.js'
import { optional, param } from '../params.js'

export const simulateMethods: MethodTable = {
  eth_simulateV1: method([param.any, optional(param.blockOrHash)], () => {
    throw new RpcError(
      rpcErrorCodes.methodNotFound,
      'the method eth_simulateV1 does not exist/is not available',
    )
  }),
}
