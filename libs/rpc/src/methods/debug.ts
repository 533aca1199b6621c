import {
  JsonText,
  type BlockInput,
  type ChainBlock,
  type SealedHeader,
  type TracerOptions,
} from '@animechain/core'
import {
  findBlock,
  latest,
  method,
  needHeader,
  needParent,
  originOf,
  type Context,
  type MethodTable,
} from '../context.js'
import { hex } from '../encode.js'
import { serverError } from '../errors.js'
import { jsonText } from '../jsonText.js'
import { optional, param, type BlockRef } from '../params.js'
import { rawBlock, rawHeader, rawReceipts } from '../raw.js'
import { callPlace, checkedCall } from './state.js'

type TraceParam = ReturnType<typeof param.tracer>

/** The caller's configuration within the server's time. */
function tracerOptions(context: Context, given: TraceParam | undefined, block?: SealedHeader): TracerOptions {
  const { limits } = context
  const { stateOverrides: _state, blockOverrides: _block, ...options } = given ?? {}
  return {
    ...options,
    ...(block && { block: { hash: block.hash, number: block.number } }),
    timeoutMs: Math.min(options.timeoutMs ?? limits.traceTimeoutMs, limits.traceTimeoutMs),
    origin: originOf(context),
    asText: true,
  }
}

function inputOf({ backend }: Context, block: ChainBlock): BlockInput {
  const input = backend.chain.blockInput(block.header.hash)
  if (input === undefined) throw serverError(`the input of block ${block.header.number} is not kept`)
  // Only what was included counts: the places then are those of the block.
  return { ...input, transactions: block.transactions.map(({ raw }) => raw) }
}

async function traceWholeBlock(context: Context, ref: BlockRef, given: TraceParam | undefined) {
  const block = findBlock(context, ref)
  if (block === undefined) throw serverError('block not found')
  const results = await context.backend.engine.traceBlock(
    needParent(context, block.header),
    inputOf(context, block),
    tracerOptions(context, given, block.header),
  )
  const items = block.transactions.map(
    ({ hash }, i) => `{"txHash":"${hash}","result":${jsonText(results[i] ?? null)}}`,
  )
  return new JsonText(`[${items.join(',')}]`)
}

function needBlock(context: Context, ref: BlockRef): ChainBlock {
  const block = findBlock(context, ref)
  if (block === undefined) throw serverError('block not found')
  return block
}

const heavy = { heavy: 'read' } as const
const large = { heavy: true }

/** `debug_`: traces, and blocks as bytes. */
export const debugMethods: MethodTable = {
  debug_traceTransaction: method(
    [param.hash, optional(param.tracer)],
    async (context, hash, given) => {
      const found = context.backend.chain.transaction(hash)
      if (found === undefined) throw serverError('transaction not found')
      const results = await context.backend.engine.traceBlock(
        needParent(context, found.block.header),
        inputOf(context, found.block),
        tracerOptions(context, given, found.block.header),
        found.index,
      )
      return results[0]
    },
    heavy,
  ),
  debug_traceBlockByNumber: method([param.block, optional(param.tracer)], traceWholeBlock, heavy),
  debug_traceBlockByHash: method(
    [param.hash, optional(param.tracer)],
    (context, hash, given) => traceWholeBlock(context, { type: 'hash', hash }, given),
    heavy,
  ),
  debug_traceCall: method(
    [param.call, optional(param.blockOrHash, latest), optional(param.tracer)],
    (context, request, ref, given) => {
      const { header, options } = callPlace(context, ref, given ?? {})
      return context.backend.engine.traceCall(
        header,
        checkedCall(context, request),
        tracerOptions(context, given),
        options,
      )
    },
    heavy,
  ),
  debug_getRawHeader: method([param.blockOrHash], (context, ref) => hex(rawHeader(needHeader(context, ref)))),
  debug_getRawBlock: method(
    [param.blockOrHash],
    (context, ref) => hex(rawBlock(needBlock(context, ref))),
    large,
  ),
  debug_getRawReceipts: method(
    [param.blockOrHash],
    (context, ref) => rawReceipts(needBlock(context, ref)).map(hex),
    large,
  ),
  debug_getRawTransaction: method([param.hash], ({ backend }, hash) => {
    const found = backend.chain.transaction(hash)
    return found === undefined ? null : hex(found.block.transactions[found.index]!.raw)
  }),
}
