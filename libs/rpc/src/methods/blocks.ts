import { longList } from '../answer.js'
import { method, findBlock, latest, type MethodTable } from '../context.js'
import { encodeBlock, encodeReceipts, quantity } from '../encode.js'
import { optional, param, type BlockRef } from '../params.js'

const byHash = (hash: `0x${string}`): BlockRef => ({ type: 'hash', hash })

/** `eth_`: the chain and its blocks. */
export const blockMethods: MethodTable = {
  eth_chainId: method([], ({ backend }) => quantity(backend.chainConfig.chainId)),
  eth_blockNumber: method([], ({ backend }) => quantity(backend.chain.head('latest').number)),
  // A node of a rollup serves what it has derived: catching up is no mode of its own.
  eth_syncing: method([], () => false),
  eth_getBlockByNumber: method([param.block, optional(param.boolean, false)], (context, ref, full) => {
    const block = findBlock(context, ref)
    return block === undefined ? null : encodeBlock(block, full)
  }),
  eth_getBlockByHash: method([param.hash, optional(param.boolean, false)], ({ backend }, hash, full) => {
    const block = backend.chain.blockByHash(hash)
    return block === undefined ? null : encodeBlock(block, full)
  }),
  eth_getBlockReceipts: method(
    [param.blockOrHash],
    (context, ref) => {
      const block = findBlock(context, ref)
      return block === undefined ? null : longList(encodeReceipts(block))
    },
    { heavy: true },
  ),
  eth_getBlockTransactionCountByNumber: method([optional(param.block, latest)], (context, ref) => {
    const block = findBlock(context, ref)
    return block === undefined ? null : quantity(block.transactions.length)
  }),
  eth_getBlockTransactionCountByHash: method([param.hash], (context, hash) => {
    const block = findBlock(context, byHash(hash))
    return block === undefined ? null : quantity(block.transactions.length)
  }),
  // There are no uncles after the merge; explorers ask all the same.
  eth_getUncleCountByBlockNumber: method([param.block], (context, ref) =>
    findBlock(context, ref) ? '0x0' : null,
  ),
  eth_getUncleCountByBlockHash: method([param.hash], (context, hash) =>
    findBlock(context, byHash(hash)) ? '0x0' : null,
  ),
  eth_getUncleByBlockNumberAndIndex: method([param.block, param.uint64], () => null),
  eth_getUncleByBlockHashAndIndex: method([param.hash, param.uint64], () => null),
}
