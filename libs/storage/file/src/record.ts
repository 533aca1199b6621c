import { crc32 } from 'node:zlib'
import type { KeyValueOperation } from '@animechain/core'

/*
 * The log: an 8-byte magic, then one record for each batch.
 *
 *   record    = length (u32) ‖ crc32 (u32) ‖ payload         crc32 over length ‖ payload, so that zeros are no record
 *   payload   = operation*
 *   operation = 1 ‖ key length (u16) ‖ value length (u32) ‖ key ‖ value          put
 *             | 0 ‖ key length (u16) ‖ key                                       delete
 *
 * All integers are big-endian.
 */

/** Name and version of the format. */
export const MAGIC = Buffer.from('ackvlog\x01', 'latin1')
export const RECORD_HEADER = 8
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
  out.writeUInt32BE(length, 0)
  out.writeUInt32BE(recordCrc(out.subarray(0, 4), out.subarray(RECORD_HEADER)), 4)
  return out
}

/** Checksum of a record's length field and payload. */
export function recordCrc(length: Uint8Array, payload: Uint8Array): number {
  return crc32(payload, crc32(length))
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
