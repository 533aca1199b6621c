// The zstd frame of a batch body (docs/spec/codec.md, section 2) in the arena. The decoder itself is the codec's.

import { SCRATCH, SLACK, decompress as decode, inspect } from '@animechain/codec/assembly/zstd'
import { alloc } from '../memory'

/** Bytes of content that `decompress` made. */
export let contentLen: u32 = 0

/** The content of the frame in `length` bytes at `src`; 0 when it is no frame as demanded. */
export function decompress(src: usize, length: usize): usize {
  const size = inspect(src, length)
  if (size == 0) return 0
  // A copy with readable bytes behind it.
  const frame = alloc(length + SLACK)
  memory.copy(frame, src, length)
  const scratch = alloc(SCRATCH)
  const content = alloc(<usize>size)
  if (!decode(frame, length, content, scratch)) return 0
  contentLen = size
  return content
}
