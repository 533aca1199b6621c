import { nextBaseFee } from '@animechain/core'
import { method, type MethodTable } from '../context.js'
import { quantity } from '../encode.js'
import { feeHistory, suggestTip } from '../fees.js'
import { optional, param } from '../params.js'

/** `eth_`: what a transaction costs. */
export const feeMethods: MethodTable = {
  eth_gasPrice: method([], (context) => {
    const { chain, chainConfig } = context.backend
    return quantity(nextBaseFee(chainConfig, chain.head('latest')) + suggestTip(context))
  }),
  eth_maxPriorityFeePerGas: method([], (context) => quantity(suggestTip(context))),
  // There are no blobs here; one wei is the least that EIP-4844 allows.
  eth_blobBaseFee: method([], () => '0x1'),
  eth_feeHistory: method([param.count, param.block, optional(param.percentiles, [])], feeHistory, {
    heavy: true,
  }),
}
