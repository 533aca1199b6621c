import { concatBytes, type BatchBody, type BatchDecodeResult, type DepositLabel } from '@animechain/core'

/** A batch body in a few buffers: a thousand small ones would each be copied by themselves. */
export interface PackedBody {
  blocks: { timestampDelta: number; depositCount: number; count: number }[]
  labels: readonly DepositLabel[]
  /** of the transactions of all blocks, one after another; bytes */
  lengths: Uint32Array<ArrayBuffer>
  transactions: Uint8Array<ArrayBuffer>
}

export type CodecQuestion = { encode: PackedBody } | { decode: Uint8Array<ArrayBuffer> }

export type CodecAnswer =
  | { encoded: Uint8Array<ArrayBuffer> }
  | { decoded: { ok: true; body: PackedBody } | { ok: false; reason: string } }
  | { refused: { code: string; message: string; docsPath?: string } }
  | { failed: string }

export function packBody({ blocks, labels }: BatchBody): PackedBody {
  const raws = blocks.flatMap(({ transactions }) => transactions)
  return {
    blocks: blocks.map(({ timestampDelta, depositCount, transactions }) => ({
      timestampDelta,
      depositCount,
      count: transactions.length,
    })),
    labels,
    lengths: Uint32Array.from(raws, (raw) => raw.length),
    transactions: concatBytes(...raws) as Uint8Array<ArrayBuffer>,
  }
}

export function unpackBody({ blocks, labels, lengths, transactions }: PackedBody): BatchBody {
  let index = 0
  let at = 0
  // Copies: who keeps one transaction is not to keep all of them.
  const next = () => transactions.slice(at, (at += lengths[index++]!))
  return {
    blocks: blocks.map(({ timestampDelta, depositCount, count }) => ({
      timestampDelta,
      depositCount,
      transactions: Array.from({ length: count }, next),
    })),
    labels,
  }
}

/** What is handed over instead of copied. */
export const buffersOf = ({ lengths, transactions }: PackedBody): ArrayBuffer[] => [
  lengths.buffer,
  transactions.buffer,
]

export const packResult = (result: BatchDecodeResult) =>
  result.ok ? { ok: true as const, body: packBody(result.body) } : result
