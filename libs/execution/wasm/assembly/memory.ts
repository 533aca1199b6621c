// Linear memory of the guest. Nothing is ever freed one by one: the arena is a bump allocator that is reset at the start
// of a block, and may be cut back to a mark by whoever knows that everything above the mark is dead.
//
//   [0, 1 MiB)            static data of the module
//   [FRAME_BASE, ...)     call frames (fixed-size records, one per call depth)
//   [STACK_BASE, ...)     EVM operand stacks: a callee's stack starts where the caller's ends, 1,024 slots of 32 bytes each
//   [EVM_MEMORY_BASE, ..) EVM memories, stacked the same way
//   [CODE_BASE, ...)      code that was read, as long as there is room for it
//   [ARENA_BASE, ...)     arena, grows with memory.grow up to ARENA_END
//   [HIGH_BASE, ...)      EVM memories instead, for calls with more gas than any block has; the machine ends at 2 GiB, before it
//
// Pages that are never touched cost nothing, in V8 (lazily mapped) and in the proving machine (sparse Merkle memory). What a block can fill of
// this at the largest gas limit that L1 allows: docs/spec/execution.md, "Memory of the program".

/** One record per call depth 0 to 1,024 (and one spare). */
export const FRAME_BASE: usize = 0x0010_0000
/** 1,025 stacks of 1,024 slots of 32 bytes is 33.6 MB. */
export const STACK_BASE: usize = 0x0020_0000
export const EVM_MEMORY_BASE: usize = 0x0240_0000
export const EVM_MEMORY_END: usize = 0x1000_0000
const CODE_BASE: usize = 0x1000_0000
const CODE_END: usize = 0x2200_0000
/** Code that may stay from one transaction to the next: what a transaction of 2^24 gas reads on top of it still fits. */
const CODE_KEPT: usize = 0x0600_0000
export const ARENA_BASE: usize = 0x2200_0000
/** A trap, and so an invalid block, is better than a host without memory. */
export const ARENA_END: usize = 0x7fff_0000

/** Where EVM memories go when a call has more gas than the low region is good for. */
const HIGH_BASE: usize = 0x8000_0000
const HIGH_END: usize = 0xffff_0000
/**
 * Gas bounds the sum of all live EVM memories. A memory of w words costs w^2 / 512 at least, and a call gets 63/64 of the gas at most: so the
 * memories of g gas hold at most 8 * sqrt(512 * g) words (c = max over a of sqrt(a) + c * sqrt(63/64 * (1 - a)) gives c = 8), output of
 * precompiles included. That is 24 MB for 2^24 gas and 164 MB for this much; init code in 1,025 frames adds 57 MB. The low region holds 230 MB.
 */
const LOW_GAS: i64 = 800_000_000

const PAGE_SHIFT: usize = 16
/** Of what is allocated. The host of the proof build writes words of 32 bytes at addresses that are multiples of 32. */
// @ts-ignore: set by the build
const ALIGNMENT: usize = BUILD_PROOF ? 32 : 16

let top: usize = ARENA_BASE
let codeTop: usize = CODE_BASE
let end: usize = 0

/** Region of the EVM memories of the present message. Beyond its end is out of gas. */
export let evmMemoryBase: usize = EVM_MEMORY_BASE
export let evmMemoryEnd: usize = EVM_MEMORY_END

/** Chooses the region for a message with this much gas. */
export function chooseEvmMemory(gas: i64): void {
  const low = gas <= LOW_GAS
  evmMemoryBase = low ? EVM_MEMORY_BASE : HIGH_BASE
  evmMemoryEnd = low ? EVM_MEMORY_END : HIGH_END
  // Even an empty range at its start must be inside memory.
  ensure(evmMemoryBase + 64)
}

/** Makes sure that addresses below `limit` exist. Traps when the host refuses to grow. */
export function ensure(limit: usize): void {
  if (limit <= end) return
  end = (<usize>memory.size()) << PAGE_SHIFT
  if (limit <= end) return
  // Grow in steps of at least 4 MiB, so that growing stays rare.
  let pages = (limit - end + 0xffff) >> PAGE_SHIFT
  if (pages < 64) pages = 64
  if (memory.grow(<i32>pages) < 0) unreachable()
  end = (<usize>memory.size()) << PAGE_SHIFT
}

/** `size` bytes, aligned, contents undefined (what an earlier block left). Traps when the arena is full. */
export function alloc(size: usize): usize {
  const at = top
  if (size > ARENA_END - at) unreachable()
  const next = (at + size + ALIGNMENT - 1) & ~(ALIGNMENT - 1)
  if (next > end) ensure(next)
  top = next
  return at
}

/** As `alloc`, all bytes zero. */
export function allocZeroed(size: usize): usize {
  const at = alloc(size)
  memory.fill(at, 0, size)
  return at
}

/**
 * Makes sure that the arena exists up to `limit`, for what is written from its top on before its length is known; `alloc` of that length
 * then keeps it. Traps when the arena is full.
 */
export function room(limit: usize): void {
  if (limit > ARENA_END) unreachable()
  ensure(limit)
}

/** `size` bytes for code that is read, or made of it, until `forgetCode`; in the arena when there is no other room. */
export function allocCode(size: usize): usize {
  const at = codeTop
  if (size > CODE_END - at) return alloc(size)
  const next = (at + size + ALIGNMENT - 1) & ~(ALIGNMENT - 1)
  if (next > end) ensure(next)
  codeTop = next
  return at
}

/** Whether so much code has been read that it is to be forgotten before the next transaction. */
export function isCodeFull(): bool {
  return codeTop - CODE_BASE > CODE_KEPT
}

/** Forgets all code that `allocCode` has found room for. */
export function forgetCode(): void {
  codeTop = CODE_BASE
}

/** Whether `allocCode` gave this address and `forgetCode` takes it away. */
export function isForgettable(at: usize): bool {
  return at >= CODE_BASE && at < CODE_END
}

/** The present top of the arena, for `release`. */
export function mark(): usize {
  return top
}

/** Forgets everything that was allocated since `mark` returned `at`. */
export function release(at: usize): void {
  if (at < ARENA_BASE || at > top) unreachable()
  top = at
}

/** Forgets everything: called once at the start of a block. */
export function reset(): void {
  top = ARENA_BASE
}
