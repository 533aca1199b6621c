import type { BatchBlock, BatchCodec, DepositLabel, SealedHeader } from '@animechain/core'
import { assemble } from '../batching/assemble.js'
import type { ChainStore } from '../chain/store.js'

/** Entries of the deposit queue that one block may read for it to be announced. */
const MAX_DEPOSITS = 16_384

/** What a payload says of its block, besides what follows from the block before it and from L1. */
export interface Payload {
  block: BatchBlock
  /** of the user deposits that the block reads */
  labels: readonly DepositLabel[]
}

/** Bytes that a payload may have: what a batch may. */
export const maxPayloadBytes = ({ limits }: Pick<BatchCodec, 'limits'>): number => limits.compressedBytes

/**
 * The payload of a block of the canonical chain: the body of a batch with this block alone (docs/spec/network.md, section 10). The same bytes for the same block.
 * @throws {BaseError} `CODEC_TOO_LARGE`
 */
export function encodePayload(
  store: ChainStore,
  codec: BatchCodec,
  { number }: Pick<SealedHeader, 'number'>,
): Promise<Uint8Array> {
  const { limits } = codec
  const { blocks, labels } = assemble(store, number, { maxBlocks: 1, maxBytes: Infinity, ratio: 1, limits })
  return codec.encode({ blocks, labels })
}

/** The one block of a payload, or why there is none. Bounded by the codec before anything is decompressed. Does not throw. */
export async function decodePayload(
  codec: BatchCodec,
  bytes: Uint8Array,
): Promise<{ ok: true; payload: Payload } | { ok: false; reason: string }> {
  const refused = (reason: string) => ({ ok: false, reason }) as const
  if (bytes.length > maxPayloadBytes(codec))
    return refused(`expected at most ${maxPayloadBytes(codec)} bytes, got ${bytes.length}`)
  const decoded = await codec.decode(bytes)
  if (!decoded.ok) return decoded
  const { blocks, labels } = decoded.body
  const [block] = blocks
  if (!block || blocks.length > 1) return refused(`expected one block, got ${blocks.length}`)
  if (block.depositCount > MAX_DEPOSITS)
    return refused(`expected at most ${MAX_DEPOSITS} deposits, got ${block.depositCount}`)
  if (labels.length > block.depositCount)
    return refused(`expected at most ${block.depositCount} labels, got ${labels.length}`)
  return { ok: true, payload: { block, labels } }
}
