import type { ChainBlock, Hash } from '@animechain/core'
import { findBlock, method, type Context, type MethodTable } from '../context.js'
import { encodeMined, encodePooled, encodeReceipt, hex, type Json } from '../encode.js'
import { invalidParams, RpcError, rpcErrorCodes, serverError } from '../errors.js'
import { optional, param, type BlockRef } from '../params.js'

/** Hands a transaction to the pool, or to the sequencer where there is none. */
export async function sendRaw({ backend, sequencer }: Context, raw: Uint8Array): Promise<Hash> {
  if (backend.pool) return backend.pool.add(raw)
  if (sequencer) return sequencer.send(raw)
  throw serverError(
    'this node takes no transactions: it has no pool and was given no sequencer to forward to',
  )
}

/** Waits until a transaction is in the canonical chain. EIP-7966. */
async function waitForReceipt(context: Context, hash: Hash, timeoutMs: number): Promise<Json> {
  const { chain } = context.backend
  const find = () => {
    const found = chain.transaction(hash)
    return found && encodeReceipt(found.block, found.index)
  }
  return new Promise<Json>((resolve, reject) => {
    const end = () => {
      clearTimeout(timer)
      unsubscribe()
    }
    const timer = setTimeout(() => {
      end()
      reject(
        new RpcError(
          rpcErrorCodes.syncTimeout,
          `The transaction was added to the transaction pool but wasn't processed in ${timeoutMs} ms`,
          hash,
        ),
      )
    }, timeoutMs)
    const look = () => {
      const receipt = find()
      if (receipt === undefined) return
      end()
      resolve(receipt)
    }
    const unsubscribe = chain.subscribe(({ added }) => {
      if (added.some((block) => block.transactions.some((transaction) => transaction.hash === hash))) look()
    })
    look()
  })
}

function at(block: ChainBlock | undefined, index: bigint): { block: ChainBlock; index: number } | undefined {
  return block === undefined || index >= BigInt(block.transactions.length)
    ? undefined
    : { block, index: Number(index) }
}
const byHash = (hash: Hash): BlockRef => ({ type: 'hash', hash })
const mined = (found: { block: ChainBlock; index: number } | undefined) =>
  found === undefined ? null : encodeMined(found.block, found.index)
const raw = (found: { block: ChainBlock; index: number } | undefined) =>
  found === undefined ? null : hex(found.block.transactions[found.index]!.raw)

/** `eth_`: transactions. */
export const transactionMethods: MethodTable = {
  eth_sendRawTransaction: method([param.bytes], sendRaw),
  eth_sendRawTransactionSync: method(
    [param.bytes, optional(param.count)],
    async (context, bytes, wanted) => {
      const { limits, waiting } = context
      if (wanted === 0) throw invalidParams('invalid timeout: expected at least 1 ms')
      if (waiting.count >= limits.syncWaiters)
        throw new RpcError(
          rpcErrorCodes.limitExceeded,
          `too many calls wait for a receipt: at most ${limits.syncWaiters}`,
        )
      waiting.count++
      try {
        const hash = await sendRaw(context, bytes)
        return await waitForReceipt(
          context,
          hash,
          Math.min(wanted ?? limits.syncTimeoutMs, limits.syncMaxTimeoutMs),
        )
      } finally {
        waiting.count--
      }
    },
    { waits: true },
  ),
  eth_getTransactionByHash: method([param.hash], ({ backend }, hash) => {
    const found = backend.chain.transaction(hash)
    if (found) return mined(found)
    const waiting = backend.pool?.get(hash)
    return waiting === undefined ? null : encodePooled(waiting)
  }),
  eth_getTransactionByBlockHashAndIndex: method([param.hash, param.uint64], (context, hash, index) =>
    mined(at(findBlock(context, byHash(hash)), index)),
  ),
  eth_getTransactionByBlockNumberAndIndex: method([param.block, param.uint64], (context, ref, index) =>
    mined(at(findBlock(context, ref), index)),
  ),
  eth_getRawTransactionByHash: method([param.hash], ({ backend }, hash) => {
    const found = backend.chain.transaction(hash)
    if (found) return raw(found)
    const waiting = backend.pool?.get(hash)
    return waiting === undefined ? null : hex(waiting.raw)
  }),
  eth_getRawTransactionByBlockHashAndIndex: method([param.hash, param.uint64], (context, hash, index) =>
    raw(at(findBlock(context, byHash(hash)), index)),
  ),
  eth_getRawTransactionByBlockNumberAndIndex: method([param.block, param.uint64], (context, ref, index) =>
    raw(at(findBlock(context, ref), index)),
  ),
  eth_getTransactionReceipt: method([param.hash], ({ backend }, hash) => {
    const found = backend.chain.transaction(hash)
    return found === undefined ? null : encodeReceipt(found.block, found.index)
  }),
  // The node holds no keys.
  eth_accounts: method([], () => []),
}
