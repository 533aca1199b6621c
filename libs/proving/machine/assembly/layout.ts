// Linear memory of the replayer. Every region has a fixed place and the size of the largest program; the host maps pages lazily, so what is never touched costs nothing.
// The memory of the machine comes last, because it alone grows.

/** Slots of the machine, u64 each. Four lie below, for the pointer of the stack is four slots lower than its top. */
export const SLOTS: usize = 0x0010_0040
/** Slots as they stand in the tree. */
export const SLOTS_HASHED: usize = 0x001a_0000
/** Heap of the slots' tree: node i has the children 2i and 2i + 1, node 1 is its root. As all heaps below. */
export const SLOT_TREE: usize = 0x0030_0000
/** Entries of the table, u64 each. */
export const TABLE: usize = 0x0040_0000
export const TABLE_TREE: usize = 0x0050_0000
export const GLOBALS: usize = 0x0060_0000
/** One byte a leaf of globals, 1 when one of its globals was written since the tree was brought up to date. */
export const GLOBAL_DIRTY: usize = 0x0060_4000
export const GLOBAL_TREE: usize = 0x0061_0000
/** Root of a tree of zero leaves, by depth. */
export const ZERO_NODES: usize = 0x0062_0000
/** Nodes of a page that is zero, as they stand in PAGE_NODES. */
export const ZERO_PAGE: usize = 0x0063_0000
/** Numbers of the pages with a dirty group, u32 each. */
export const DIRTY_PAGES: usize = 0x0064_0000
/** Nodes whose ancestors are to be computed, u32 each. */
export const LIST: usize = 0x0068_0000
/** One byte a page: 1 with a dirty group. */
export const PAGE_DIRTY: usize = 0x0070_0000
/** One byte a page: 1 once it was written to. */
export const PAGE_TOUCHED: usize = 0x0071_0000
/** One byte a page: 1 when written to since the last snapshot. */
export const PAGE_CHANGED: usize = 0x0072_0000
/** The nodes of some leaves while they are hashed. */
export const SCRATCH: usize = 0x0073_0000
/** What is handed over to the embedder, or by it: up to 64 KiB. */
export const STAGING: usize = 0x0074_0000
/** The inputs, 32 bytes each. */
export const INPUTS: usize = 0x0076_0000
/** Heap above the pages, of depth 16. */
export const MEMORY_TREE: usize = 0x0080_0000
/** Flat code as it is hashed, 16 bytes an instruction. */
export const CODE: usize = 0x0100_0000
/** Flat code as it is run, 8 bytes an instruction (decode.ts), and one more that traps. */
export const DECODED: usize = 0x0200_0000
/** One byte a group of eight memory leaves: 1 when it was written since the tree was brought up to date. */
export const GROUP_DIRTY: usize = 0x0300_0000
/** Heap of the code tree. Only nodes above code are there. */
export const CODE_TREE: usize = 0x0400_0000
/** Heaps of the pages' trees, 16 KiB each: a page's leaves in this heap are groups of eight leaves of memory. */
export const PAGE_NODES: usize = 0x0800_0000
/** The memory of the machine. */
export const MEMORY: usize = 0x2800_0000

export const MAX_INPUTS: u32 = 2_048
export const MAX_SLOTS: u32 = 65_536
export const MAX_CODE: u32 = 1 << 20
export const MAX_PAGES: u32 = 32_768
/** Depth of the tree over a page's groups of 256 bytes. */
export const GROUP_DEPTH: u32 = 8
/** Depth of the tree over pages. */
export const PAGE_DEPTH: u32 = 16
export const SLOT_DEPTH: u32 = 14
export const GLOBAL_DEPTH: u32 = 8
export const TABLE_DEPTH: u32 = 14
export const CODE_DEPTH: u32 = 19
