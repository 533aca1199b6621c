export { alloc, reset } from '../../assembly/memory'
export { readByteStrings } from '../../assembly/msgpack'
export { inspect } from '@animechain/codec/assembly/zstd'
export { decompress } from '../../assembly/batch/frame'
import * as frame from '../../assembly/batch/frame'

export function decompressedLength(): u32 {
  return frame.contentLen
}
