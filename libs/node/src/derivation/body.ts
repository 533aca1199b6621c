import {
  BaseError,
  bytesToHex,
  commitmentPrefixes,
  prefixesOf,
  type BatchDecodeResult,
  type BatchEvidence,
  type BatchRecord,
  type DaBlobsResult,
  type DaGetResult,
  type DaSealedResult,
  type DataAvailability,
} from '@animechain/core'
import type { DerivationParts } from './context.js'

/** DA kind of forced batches (docs/spec/protocol.md 1.2). */
export const FORCED_KIND = commitmentPrefixes.calldata

/** What one answer says of a batch: its bytes, that they are of no use for every node alike and why, or only that this source has none now. */
export type Judged =
  | { data: Uint8Array; useless?: undefined; wait?: undefined }
  | { data?: undefined; useless: string; wait?: undefined }
  | { data?: undefined; useless?: undefined; wait: string }

/** Only what L1 proves makes a batch empty. Everything else may be different tomorrow, or for another node. */
export function judgeAnswer(result: DaGetResult): Judged {
  switch (result.status) {
    case 'data':
      return { data: result.data }
    case 'invalid':
      return { useless: `the data is invalid: ${result.reason}` }
    case 'expired':
      return result.proven ? { useless: 'the data has expired, as L1 proves' } : { wait: 'expired' }
    case 'missing':
      return { wait: 'not found' }
    case 'forbidden':
      return { wait: `forbidden: ${result.reason}` }
    case 'unavailable':
      return { wait: result.error.message }
  }
}

/** Where the data of batches is looked for. */
export type BodySources = Pick<DerivationParts, 'readers' | 'settlement'>

/** Places that may have the data of a batch, with how they are asked. */
function sourcesOf<T>(
  { readers, settlement }: BodySources,
  record: BatchRecord,
  ask: (da: DataAvailability) => Promise<T>,
  signal?: AbortSignal,
): (() => Promise<T | DaGetResult>)[] {
  const fitting = readers.filter((da) => prefixesOf(da.capabilities).includes(record.commitment[0]!))
  const attempts: (() => Promise<T | DaGetResult>)[] = fitting.map((da) => () => ask(da))
  // What settlement knows of other kinds must not decide what a batch is: a node without their reader waits.
  if (settlement.getBody && record.commitment[0] === FORCED_KIND)
    attempts.push(() => settlement.getBody!(record, signal && { signal }))
  return attempts
}

/** Nobody has it now. */
function unavailable(
  { index, commitment }: BatchRecord,
  attempts: number,
  answers: readonly string[],
): BaseError {
  // The reason stands in the sentence itself: health shows no more than that.
  const why = attempts === 0 ? `no reader for DA kind ${commitment[0]}` : answers.join('; ')
  return new BaseError(`The data of batch ${index} is not to be had now: ${why}.`, {
    code: 'DERIVATION_DATA_UNAVAILABLE',
    metaMessages: [`Commitment: ${bytesToHex(commitment)}`],
  })
}

/**
 * What a batch's commitment is to, as a proof reads it: its bytes, its blobs whether or not they encode anything, or what was sealed with its key.
 * @throws {BaseError} `DERIVATION_DATA_UNAVAILABLE`
 */
export async function fetchEvidence(
  sources: BodySources,
  record: BatchRecord,
): Promise<BatchEvidence['data']> {
  const { commitment, location } = record
  const kind = commitment[0]
  const attempts = sourcesOf<DaBlobsResult | DaSealedResult | DaGetResult>(sources, record, (da) => {
    // By the kind, not by what the backend can do: one that is composed of others can do several.
    if (kind === commitmentPrefixes.private && da.getSealed) return da.getSealed(commitment, { location })
    if (kind === commitmentPrefixes.blob && da.getBlobs) return da.getBlobs(commitment, { location })
    return da.get(commitment, { location })
  })
  const answers: string[] = []
  for (const attempt of attempts) {
    const result = await attempt()
    if (result.status === 'blobs') return result.blobs
    if (result.status === 'sealed') return result.sealed
    if (result.status === 'data') return result.data
    answers.push(judgeAnswer(result).wait ?? result.status)
  }
  throw unavailable(record, attempts.length, answers)
}

/** The bytes of a batch, or that there can be none. Everything in between is waited for. */
export async function fetchBody(
  { codec, ...sources }: Pick<DerivationParts, 'readers' | 'settlement' | 'codec'>,
  record: BatchRecord,
  signal: AbortSignal,
): Promise<BatchDecodeResult & { bytes: number }> {
  const { commitment, location } = record
  const attempts = sourcesOf(sources, record, (da) => da.get(commitment, { location, signal }), signal)
  const answers: string[] = []
  for (const attempt of attempts) {
    const judged = judgeAnswer(await attempt())
    if (judged.data) return { ...(await codec.decode(judged.data)), bytes: judged.data.length }
    if (judged.useless !== undefined) return { ok: false, reason: judged.useless, bytes: 0 }
    answers.push(judged.wait)
  }
  throw unavailable(record, attempts.length, answers)
}
