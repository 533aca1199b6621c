import { crc32 } from 'node:zlib'
import { BaseError, bytesToHex } from '@animechain/core'

/** Bytes behind each value: LMDB has no checksums of its own. */
const CHECKSUM = 4

const checksum = (key: Uint8Array, value: Uint8Array): number => crc32(value, crc32(key))

/** A value as it is stored: with the CRC-32 of its key and itself behind it, big-endian. */
export function withChecksum(key: Uint8Array, value: Uint8Array): Buffer {
  const stored = Buffer.allocUnsafe(value.length + CHECKSUM)
  stored.set(value)
  stored.writeUInt32BE(checksum(key, value), value.length)
  return stored
}

/**
 * The value that was stored.
 * @throws BaseError `STORAGE_DAMAGED` when it is not what was written under this key
 */
export function withoutChecksum(folder: string, key: Uint8Array, stored: Buffer): Buffer {
  const at = stored.length - CHECKSUM
  const value = stored.subarray(0, Math.max(at, 0))
  if (at < 0 || stored.readUInt32BE(at) !== checksum(key, value))
    throw new BaseError('A value of the store is damaged.', {
      code: 'STORAGE_DAMAGED',
      metaMessages: [
        `Folder: ${folder}, key ${bytesToHex(key)}.`,
        'A disk or another program changed the file. Restore it from a copy, or remove the folder and derive it from L1 again.',
      ],
    })
  return value
}
