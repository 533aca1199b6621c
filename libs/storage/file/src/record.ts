import { crc32 } from 'node:zlib'
import type { KeyValueOperation } from '@animechain/core'

/*
 * The log, version 2: an 8-byte magic, then one record for each batch.
 *
 *   record    = header ‖ payload
 *   header    = mark (4 bytes) ‖ length of the payload (u32) ‖ crc32 of the payload (u32) ‖ crc32 of the 12 bytes before (u32)
 *   payload   = operation*
 *   operation = 1 ‖ key length (u16) ‖ value length (u32) ‖ key ‖ value          put
 *             | 0 ‖ key length (u16) ‖ key                                       delete
 *
 * All integers are big-endian. The header has a checksum of its own, so that a damaged length is never followed, and a mark, so that whole records
 * behind a damaged one are found: an unfinished write has none behind it.
 */

/** Name and version of the format. */
export const MAGIC = Buffer.from('ackvlog\x02', 'latin1')
/** Begins every record. */
export const MARK = Buffer.from('\xa7rec', 'latin1')
export const RECORD_HEADER = 16
/** Bytes of a put besides its key and its value. */
export const PUT_OVERHEAD = 7
/** Largest payload of one record, bytes: 1 GiB. */
export const MAX_PAYLOAD = 2 ** 30

/** Bytes of the payload that these operations make. */
export function payloadLength(operations: readonly KeyValueOperation[]): number {
  let length = 0
  for (const operation of operations)
    length +=
      operation.type === 'put'
        ? PUT_OVERHEAD + operation.key.length + operation.value.length
        : 3 + operation.key.length
  return length
}

/** One record. The operations' bytes are copied. */
export function encodeRecord(operations: readonly KeyValueOperation[]): Buffer {
  const length = payloadLength(operations)
  const out = Buffer.allocUnsafe(RECORD_HEADER + length)
  let at = RECORD_HEADER
  for (const operation of operations) {
    const { key } = operation
    out[at] = operation.type === 'put' ? 1 : 0
    out.writeUInt16BE(key.length, at + 1)
    if (operation.type === 'put') {
      out.writeUInt32BE(operation.value.length, at + 3)
      out.set(key, at + PUT_OVERHEAD)
      out.set(operation.value, at + PUT_OVERHEAD + key.length)
      at += PUT_OVERHEAD + key.length + operation.value.length
    } else {
      out.set(key, at + 3)
      at += 3 + key.length
    }
  }
  out.set(MARK)
  out.writeUInt32BE(length, 4)
  out.writeUInt32BE(crc32(out.subarray(RECORD_HEADER)), 8)
  out.writeUInt32BE(crc32(out.subarray(0, 12)), 12)
  return out
}

/** What a record's header says, or undefined when it is none. */
export function decodeHeader(header: Buffer): { length: number; crc: number } | undefined {
  if (!header.subarray(0, MARK.length).equals(MARK)) return undefined
  if (header.readUInt32BE(12) !== crc32(header.subarray(0, 12))) return undefined
  const length = header.readUInt32BE(4)
  return length > MAX_PAYLOAD ? undefined : { length, crc: header.readUInt32BE(8) }
}

/** The operations of a payload, or undefined when it is not the one that its header announced. */
export function checkedPayload(payload: Buffer, crc: number): KeyValueOperation[] | undefined {
  return crc32(payload) === crc ? decodePayload(payload) : undefined
}

/** The operations of a payload as views into it, or undefined when it is none (a checksum that fits by accident, or another version). */
export function decodePayload(payload: Buffer): KeyValueOperation[] | undefined {
  const operations: KeyValueOperation[] = []
  let at = 0
  while (at < payload.length) {
    const type = payload[at]
    if (type === 1) {
      if (at + PUT_OVERHEAD > payload.length) return undefined
      const keyEnd = at + PUT_OVERHEAD + payload.readUInt16BE(at + 1)
      const end = keyEnd + payload.readUInt32BE(at + 3)
      if (end > payload.length) return undefined
      operations.push({
        type: 'put',
        key: payload.subarray(at + PUT_OVERHEAD, keyEnd),
        value: payload.subarray(keyEnd, end),
      })
      at = end
    } else if (type === 0) {
      if (at + 3 > payload.length) return undefined
      const end = at + 3 + payload.readUInt16BE(at + 1)
      if (end > payload.length) return undefined
      operations.push({ type: 'delete', key: payload.subarray(at + 3, end) })
      at = end
    } else return undefined
  }
  return operations
}
