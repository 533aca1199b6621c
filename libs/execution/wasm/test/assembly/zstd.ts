export { alloc, reset } from '../../assembly/memory'
export { readByteStrings } from '../../assembly/msgpack'
export { decompress, inspect } from '../../assembly/zstd'
import * as zstd from '../../assembly/zstd'

export function decompressedLength(): u32 {
  return zstd.decompressedLen
}
