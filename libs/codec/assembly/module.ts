// The decoder as a module of its own, for this package: `reserve` room for a frame, write it there, ask for its `size`, `decode`.
//
//   [MEMORY, ...)  scratch memory of the decoder, the frame and its slack, the content

import { SCRATCH, SLACK, decompress, inspect } from './zstd'

const MEMORY: usize = 65_536
const FRAME: usize = MEMORY + SCRATCH

let length: usize = 0

function ensure(limit: usize): bool {
  const more = <i32>((limit + 0xffff) >> 16) - memory.size()
  return more <= 0 || memory.grow(more) >= 0
}

/** Where a frame of `bytes` bytes is to be written; 0 when there is no memory for it. */
export function reserve(bytes: u32): usize {
  length = 0
  if (!ensure(FRAME + <usize>bytes + SLACK)) return 0
  length = <usize>bytes
  return FRAME
}

/** Size of the frame's content, bytes; 0 when the bytes are not one frame as demanded. Reads the headers only. */
export function size(): u32 {
  return inspect(FRAME, length)
}

/** Where the content stands; 0 when there is none. */
export function decode(): usize {
  const content = (FRAME + length + SLACK + 15) & ~15
  const bytes = inspect(FRAME, length)
  if (bytes == 0 || !ensure(content + <usize>bytes)) return 0
  return decompress(FRAME, length, content, MEMORY) ? content : 0
}
