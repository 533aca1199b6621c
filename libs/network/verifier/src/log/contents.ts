import type { FileHandle } from 'node:fs/promises'
import { bytesToBigInt, type Hash, type Logger } from '@animechain/core'
import { decodeMessage, type Attestation } from '@animechain/network-protocol'
import { damaged } from './errors.js'
import { HEADER_BYTES, RECORD_BYTES, decodeRecord, isTorn, recordKinds, type RecordKind } from './format.js'

/** Key of a batch as L1 has it. */
export const slotOf = (batchIndex: bigint, batchAcc: Hash): string =>
  `${batchIndex}/${batchAcc.toLowerCase()}`

/** What the records say, in memory: about 200 bytes for a signature. */
export interface Contents {
  /** number of the record by batch and accumulator */
  places: Map<string, number>
  highest: bigint
  floor: bigint
  frozenBy: Attestation | undefined
  count: number
  head: Uint8Array
}

/** Takes a record in. False where its payload is none. */
export function take(contents: Contents, kind: RecordKind, payload: Uint8Array, head: Uint8Array): boolean {
  if (kind === recordKinds.floor) {
    contents.floor = bytesToBigInt(payload.subarray(0, 32))
    contents.frozenBy = undefined
  } else {
    const decoded = decodeMessage('attestation', payload)
    if (!decoded.ok) return false
    const { message } = decoded.value
    const slot = slotOf(message.batchIndex, message.batchAcc)
    // Of an observed contradiction the log's own stays the answer.
    if (!contents.places.has(slot)) contents.places.set(slot, contents.count)
    if (message.batchIndex > contents.highest) contents.highest = message.batchIndex
    if (kind === recordKinds.observed) contents.frozenBy ??= message
  }
  contents.count++
  contents.head = head
  return true
}

/** Bytes of a file; fewer at its end. */
export async function readAt(handle: FileHandle, at: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length)
  for (let got = 0; got < length;) {
    const { bytesRead } = await handle.read(bytes, got, length - got, at + got)
    if (bytesRead === 0) return bytes.subarray(0, got)
    got += bytesRead
  }
  return bytes
}

/** Where a record begins, bytes; records count from 0. */
export const placeOf = (record: number): number => HEADER_BYTES + record * RECORD_BYTES
/** Records that are read at a time. */
const WINDOW = 2_048

/** Reads all records, and cuts off what a crash left of the last write. @throws {BaseError} `NETWORK_LOG_DAMAGED` */
export async function readRecords(
  handle: FileHandle,
  path: string,
  head: Uint8Array,
  logger: Logger,
): Promise<Contents> {
  const { size } = await handle.stat()
  const contents: Contents = {
    ...{ places: new Map(), highest: -1n, floor: 0n },
    ...{ frozenBy: undefined, count: 0, head },
  }
  for (let at = HEADER_BYTES; at < size;) {
    const window = await readAt(handle, at, Math.min(size - at, WINDOW * RECORD_BYTES))
    for (let i = 0; i < window.length; i += RECORD_BYTES) {
      const record = decodeRecord(window.subarray(i, i + RECORD_BYTES), contents.head)
      if (record !== undefined && take(contents, record.kind, record.payload, record.head)) continue
      const rest = size - placeOf(contents.count)
      const where = `byte ${placeOf(contents.count)} of ${size}`
      if (rest > RECORD_BYTES) throw damaged(path, `${where}: a record that does not follow the one before`)
      if (!isTorn(window.subarray(i), placeOf(contents.count)))
        throw damaged(path, `${where}: the last record was changed`)
      logger.warn('cut the unfinished end of the log of signatures', { path, bytes: rest })
      await handle.truncate(placeOf(contents.count))
      await handle.sync()
      return contents
    }
    at += window.length
  }
  return contents
}
