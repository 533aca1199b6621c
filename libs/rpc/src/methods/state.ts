import {
  nextBaseFee,
  type BlockOverride,
  type CallOptions,
  type CallRequest,
  type Hash,
  type Hex,
  type SealedHeader,
} from '@animechain/core'
import { latest, method, needHeader, originOf, pending, type Context, type MethodTable } from '../context.js'
import { hex, quantity } from '../encode.js'
import { invalidParams, revertError, serverError } from '../errors.js'

import { optional, param, type BlockRef } from '../params.js'

/** A call object without what only the server looks at. Throws when it is meant for another chain. */
export function checkedCall(
  { backend }: Context,
  { chainId, ...request }: CallRequest & { chainId?: bigint },
): CallRequest {
  if (chainId !== undefined && chainId !== backend.chainConfig.chainId)
    throw invalidParams(
      `chainId does not match node's (have=${chainId}, want=${backend.chainConfig.chainId})`,
    )
  return request
}

/**
 * What a call sees of its block besides the state: for `pending` the block that comes next, as a sequencer would build it now (its time is
 * the clock's, at least a second after its parent's); the state is that of the newest block all the same.
 */
function blockContext({ backend }: Context, ref: BlockRef, header: SealedHeader): BlockOverride {
  if (ref.type !== 'tag' || ref.tag !== 'pending') return {}
  const now = BigInt(Math.floor(Date.now() / 1_000))
  return {
    number: header.number + 1n,
    timestamp: now > header.timestamp ? now : header.timestamp + 1n,
    baseFeePerGas: nextBaseFee(backend.chainConfig, header),
  }
}

/** Where a call runs and with what: the block's state and context, the server's bounds, the caller's overrides. */
export function callPlace(
  context: Context,
  ref: BlockRef,
  { stateOverrides, blockOverrides }: Pick<CallOptions, 'stateOverrides' | 'blockOverrides'>,
): { header: SealedHeader; options: CallOptions } {
  const { callGas: gasCap, callTimeoutMs: timeoutMs } = context.limits
  const header = needHeader(context, ref)
  return {
    header,
    options: {
      gasCap,
      timeoutMs,
      origin: originOf(context),
      stateOverrides,
      blockOverrides: { ...blockContext(context, ref, header), ...blockOverrides },
    },
  }
}

/** A storage key as geth echoes it: short forms as a quantity, whole words as they came. */
const echoKey = (given: unknown, key: Hash): Hex =>
  typeof given === 'string' && given.length === 66 ? key : quantity(BigInt(key))

const given: typeof param.any = (value, name) => {
  param.slot(value, name)
  return value
}

/** `eth_`: reads of the state. */
export const stateMethods: MethodTable = {
  eth_getBalance: method(
    [param.address, optional(param.blockOrHash, latest)],
    async (context, address, ref) => {
      const account = await context.backend.engine.stateAt(needHeader(context, ref)).getAccount(address)
      return quantity(account?.balance ?? 0n)
    },
  ),
  eth_getCode: method([param.address, optional(param.blockOrHash, latest)], async (context, address, ref) =>
    hex(await context.backend.engine.stateAt(needHeader(context, ref)).getCode(address)),
  ),
  eth_getStorageAt: method(
    [param.address, param.slot, optional(param.blockOrHash, latest)],
    (context, address, slot, ref) =>
      context.backend.engine.stateAt(needHeader(context, ref)).getStorage(address, slot),
  ),
  eth_getTransactionCount: method(
    [param.address, optional(param.blockOrHash, latest)],
    async (context, address, ref) => {
      const { engine, pool } = context.backend
      const isPending = ref.type === 'tag' && ref.tag === 'pending'
      if (isPending && pool) return quantity(await pool.pendingNonce(address))
      const own = (await engine.stateAt(needHeader(context, ref)).getAccount(address))?.nonce ?? 0n
      // Transactions that were sent through this node wait there.
      const waiting = isPending ? await context.sequencer?.pendingNonce(address) : undefined
      return quantity(waiting !== undefined && waiting > own ? waiting : own)
    },
  ),
  eth_getProof: method(
    [param.address, param.list(given, Number.MAX_SAFE_INTEGER), optional(param.blockOrHash, latest)],
    async (context, address, keys, ref) => {
      const max = context.limits.proofKeys
      if (keys.length > max) throw invalidParams(`too many keys: at most ${max}, got ${keys.length}`)
      const slots = keys.map((key) => param.slot(key, 'storage key'))
      const proof = await context.backend.engine
        .stateAt(needHeader(context, ref))
        .getProof(address, slots, originOf(context))
      return {
        address,
        accountProof: proof.accountProof,
        balance: quantity(proof.balance),
        codeHash: proof.codeHash,
        nonce: quantity(proof.nonce),
        storageHash: proof.storageRoot,
        storageProof: proof.storageProof.map((item, i) => ({
          key: echoKey(keys[i], slots[i]!),
          value: quantity(item.value),
          proof: item.proof,
        })),
      }
    },
    { heavy: 'read' },
  ),
  eth_call: method(
    [
      param.call,
      optional(param.blockOrHash, latest),
      optional(param.stateOverrides),
      optional(param.blockOverrides),
    ],
    async (context, request, ref, stateOverrides, blockOverrides) => {
      const { header, options } = callPlace(context, ref, { stateOverrides, blockOverrides })
      const result = await context.backend.engine.call(header, checkedCall(context, request), options)
      if (result.status === 'success') return result.returnData
      throw result.status === 'revert' ? revertError(result.returnData) : serverError(result.reason)
    },
    { heavy: 'read' },
  ),
  eth_estimateGas: method(
    [
      param.call,
      // What a transaction needs in the block that it gets into, which is never the newest one.
      optional(param.blockOrHash, pending),
      optional(param.stateOverrides),
      optional(param.blockOverrides),
    ],
    async (context, request, ref, stateOverrides, blockOverrides) => {
      const { header, options } = callPlace(context, ref, { stateOverrides, blockOverrides })
      const result = await context.backend.engine.estimateGas(header, checkedCall(context, request), options)
      if (result.status === 'success') return quantity(result.gas)
      throw result.status === 'revert' ? revertError(result.returnData) : serverError(result.reason)
    },
    { heavy: 'read' },
  ),
  eth_createAccessList: method(
    [param.call, optional(param.blockOrHash, latest), optional(param.stateOverrides)],
    async (context, request, ref, stateOverrides) => {
      const { header, options } = callPlace(context, ref, { stateOverrides })
      const result = await context.backend.engine.createAccessList(
        header,
        checkedCall(context, request),
        options,
      )
      return {
        accessList: result.accessList,
        gasUsed: quantity(result.gasUsed),
        ...(result.status === 'success'
          ? {}
          : { error: result.status === 'revert' ? 'execution reverted' : result.reason }),
      }
    },
    { heavy: 'read' },
  ),
}
