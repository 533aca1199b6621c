// Merkle trees, kept up to date from marks of what was written. docs/spec/machine.md, "State".

import { keccak256 } from '@animechain/execution-wasm/assembly/crypto/keccak'
import {
  CODE,
  CODE_DEPTH,
  CODE_TREE,
  DIRTY_PAGES,
  GLOBALS,
  GLOBAL_DEPTH,
  GLOBAL_DIRTY,
  GLOBAL_TREE,
  GROUP_DEPTH,
  GROUP_DIRTY,
  LIST,
  MAX_PAGES,
  MEMORY,
  MEMORY_TREE,
  PAGE_DEPTH,
  PAGE_DIRTY,
  PAGE_NODES,
  PAGE_TOUCHED,
  SCRATCH,
  SLOTS,
  SLOTS_HASHED,
  SLOT_DEPTH,
  SLOT_TREE,
  STAGING,
  TABLE,
  TABLE_DEPTH,
  TABLE_TREE,
  ZERO_NODES,
  ZERO_PAGE,
} from './layout'
import * as state from './state'

/** Parts of the RAM tree, and code. */
export const PART_MEMORY: u32 = 0
export const PART_SLOTS: u32 = 1
export const PART_GLOBALS: u32 = 2
export const PART_TABLE: u32 = 3
export const PART_CODE: u32 = 4

/** Leaves below the groups that have nodes of their own: 2^3. */
const GROUP_LEVELS: u32 = 3
/** How many dirty pages are sorted one by one; with more of them the marks of all pages are gone through. */
const FEW_PAGES: u32 = 32

/** Nodes of the RAM tree above its parts: root, globals ‖ table, slots ‖ (globals ‖ table). */
const RAM_ROOT: usize = memory.data(32, 16)
const RIGHT: usize = memory.data(64, 16)
const LOWER_RIGHT: usize = memory.data(64, 16)
const TOP: usize = memory.data(64, 16)
const LEAF: usize = memory.data(32, 16)

/** Instructions of the program. */
let codeLength: u32 = 0
/** The smallest offset of a local that the program writes, at most 0. */
let lowestOffset: i32 = 0

// memory.copy is a call, which costs more than so few bytes.
// @ts-ignore: decorator
@inline
function copyWord(to: usize, from: usize): void {
  store<u64>(to, load<u64>(from))
  store<u64>(to, load<u64>(from, 8), 8)
  store<u64>(to, load<u64>(from, 16), 16)
  store<u64>(to, load<u64>(from, 24), 24)
}

function zeroNode(depth: u32): usize {
  return ZERO_NODES + (depth << 5)
}

/** Fills a heap of a depth above leaves that are trees of zeros, `below` deep. */
function clearTree(tree: usize, depth: u32, below: u32): void {
  for (let level: u32 = 0; level <= depth; level++) {
    const from: u32 = 1 << level
    const zero = zeroNode(depth - level + below)
    for (let i = from; i < from << 1; i++) copyWord(tree + (i << 5), zero)
  }
}

/** Recomputes the ancestors of `count` nodes at LIST, ascending numbers of one level of a heap. */
function climb(tree: usize, count: u32): void {
  if (count == 0) return
  while (load<u32>(LIST) > 1) {
    let kept: u32 = 0
    let last: u32 = 0
    for (let i: u32 = 0; i < count; i++) {
      const parent = load<u32>(LIST + (i << 2)) >> 1
      if (parent == last) continue
      last = parent
      keccak256(tree + (parent << 6), 64, tree + (parent << 5))
      store<u32>(LIST + (kept << 2), parent)
      kept++
    }
    count = kept
  }
}

/** Writes four numbers as they stand in a leaf, big-endian. */
function numbersLeaf(from: usize, out: usize): void {
  for (let i: usize = 0; i < 32; i += 8) store<u64>(out + i, bswap(load<u64>(from + i)))
}

function hashNumbers(from: usize, out: usize): void {
  numbersLeaf(from, LEAF)
  keccak256(LEAF, 32, out)
}

/** Root of the eight leaves at `at`, and their nodes: a heap at SCRATCH. */
function hashGroup(at: usize): void {
  for (let i: usize = 0; i < 8; i++) keccak256(at + (i << 5), 32, SCRATCH + ((8 + i) << 5))
  for (let i: usize = 7; i > 0; i--) keccak256(SCRATCH + (i << 6), 64, SCRATCH + (i << 5))
}

function updatePage(page: u32): void {
  const nodes = PAGE_NODES + (page << 14)
  let count: u32 = 0
  for (let word: u32 = 0; word < 256; word += 8) {
    const marks = GROUP_DIRTY + (page << 8) + word
    if (load<u64>(marks) == 0) continue
    for (let i: u32 = 0; i < 8; i++) {
      if (load<u8>(marks + i) == 0) continue
      const group = word + i
      hashGroup(MEMORY + (page << 16) + (group << 8))
      const node: u32 = (1 << GROUP_DEPTH) + group
      copyWord(nodes + (node << 5), SCRATCH + 32)
      store<u32>(LIST + (count << 2), node)
      count++
    }
    store<u64>(marks, 0)
  }
  climb(nodes, count)
  copyWord(MEMORY_TREE + (((1 << PAGE_DEPTH) + page) << 5), nodes + 32)
  store<u8>(PAGE_DIRTY + page, 0)
}

/** Puts the numbers of dirty pages in ascending order. */
function sortDirtyPages(): void {
  const count = state.dirtyPages
  if (count <= FEW_PAGES) {
    for (let i: u32 = 1; i < count; i++) {
      const page = load<u32>(DIRTY_PAGES + (i << 2))
      let to = i
      for (; to > 0 && load<u32>(DIRTY_PAGES + ((to - 1) << 2)) > page; to--)
        store<u32>(DIRTY_PAGES + (to << 2), load<u32>(DIRTY_PAGES + ((to - 1) << 2)))
      store<u32>(DIRTY_PAGES + (to << 2), page)
    }
    return
  }
  let found: u32 = 0
  for (let page: u32 = 0; page < MAX_PAGES; page += 8) {
    if (load<u64>(PAGE_DIRTY + page) == 0) continue
    for (let i: u32 = 0; i < 8; i++) {
      if (load<u8>(PAGE_DIRTY + page + i) == 0) continue
      store<u32>(DIRTY_PAGES + (found << 2), page + i)
      found++
    }
  }
}

function updateMemory(): bool {
  const count = state.dirtyPages
  if (count == 0) return false
  sortDirtyPages()
  for (let i: u32 = 0; i < count; i++) updatePage(load<u32>(DIRTY_PAGES + (i << 2)))
  for (let i: u32 = 0; i < count; i++)
    store<u32>(LIST + (i << 2), (1 << PAGE_DEPTH) + load<u32>(DIRTY_PAGES + (i << 2)))
  climb(MEMORY_TREE, count)
  state.forgetDirtyPages()
  return true
}

/** Compares the slots that may have been written with what stands in the tree. */
function updateSlots(): bool {
  const low = <i32>state.lowestFp + lowestOffset
  let count: u32 = 0
  const end = (state.slotsEnd + 3) >> 2
  for (let leaf: u32 = low > 0 ? low >> 2 : 0; leaf < end; leaf++) {
    const at = SLOTS + (leaf << 5)
    const hashed = SLOTS_HASHED + (leaf << 5)
    if (
      load<u64>(at) == load<u64>(hashed) &&
      load<u64>(at, 8) == load<u64>(hashed, 8) &&
      load<u64>(at, 16) == load<u64>(hashed, 16) &&
      load<u64>(at, 24) == load<u64>(hashed, 24)
    )
      continue
    copyWord(hashed, at)
    const node: u32 = (1 << SLOT_DEPTH) + leaf
    hashNumbers(at, SLOT_TREE + (node << 5))
    store<u32>(LIST + (count << 2), node)
    count++
  }
  climb(SLOT_TREE, count)
  state.resetSlotsEnd(state.sp)
  state.setLowestFp(state.fp)
  return count != 0
}

function updateGlobals(): bool {
  let count: u32 = 0
  for (let word: u32 = 0; word < 256; word += 8) {
    if (load<u64>(GLOBAL_DIRTY + word) == 0) continue
    for (let leaf = word; leaf < word + 8; leaf++) {
      if (load<u8>(GLOBAL_DIRTY + leaf) == 0) continue
      const node: u32 = (1 << GLOBAL_DEPTH) + leaf
      hashNumbers(GLOBALS + (leaf << 5), GLOBAL_TREE + (node << 5))
      store<u32>(LIST + (count << 2), node)
      count++
    }
    store<u64>(GLOBAL_DIRTY + word, 0)
  }
  climb(GLOBAL_TREE, count)
  return count != 0
}

/** Hashes the parts' roots to the root. */
function joinParts(): void {
  copyWord(LOWER_RIGHT, GLOBAL_TREE + 32)
  copyWord(LOWER_RIGHT + 32, TABLE_TREE + 32)
  copyWord(RIGHT, SLOT_TREE + 32)
  keccak256(LOWER_RIGHT, 64, RIGHT + 32)
  copyWord(TOP, MEMORY_TREE + 32)
  keccak256(RIGHT, 64, TOP + 32)
  keccak256(TOP, 64, RAM_ROOT)
}

/** Brings the RAM tree up to date. Its cost is what was written since the last time. Gives the place of the root. */
export function ramRoot(): usize {
  const memoryChanged = updateMemory()
  const slotsChanged = updateSlots()
  const globalsChanged = updateGlobals()
  if (globalsChanged) {
    joinParts()
    return RAM_ROOT
  }
  if (slotsChanged) {
    copyWord(RIGHT, SLOT_TREE + 32)
    keccak256(RIGHT, 64, TOP + 32)
  }
  if (memoryChanged) copyWord(TOP, MEMORY_TREE + 32)
  if (memoryChanged || slotsChanged) keccak256(TOP, 64, RAM_ROOT)
  return RAM_ROOT
}

/** The roots of zero trees, and all trees of a machine whose RAM is zero. */
export function clearTrees(): void {
  memory.fill(LEAF, 0, 32)
  keccak256(LEAF, 32, ZERO_NODES)
  for (let depth: u32 = 1; depth <= 28; depth++) {
    copyWord(SCRATCH, zeroNode(depth - 1))
    copyWord(SCRATCH + 32, zeroNode(depth - 1))
    keccak256(SCRATCH, 64, zeroNode(depth))
  }
  clearTree(ZERO_PAGE, GROUP_DEPTH, GROUP_LEVELS)
  clearTree(MEMORY_TREE, PAGE_DEPTH, GROUP_LEVELS + GROUP_DEPTH)
  clearTree(SLOT_TREE, SLOT_DEPTH, 0)
  clearTree(GLOBAL_TREE, GLOBAL_DEPTH, 0)
  clearTree(TABLE_TREE, TABLE_DEPTH, 0)
  joinParts()
}

/** Hashes the table, which does not change once the machine runs. */
export function hashTable(entries: u32): void {
  const leaves = (entries + 3) >> 2
  for (let leaf: u32 = 0; leaf < leaves; leaf++) {
    const node: u32 = (1 << TABLE_DEPTH) + leaf
    hashNumbers(TABLE + (leaf << 5), TABLE_TREE + (node << 5))
    store<u32>(LIST + (leaf << 2), node)
  }
  climb(TABLE_TREE, leaves)
  joinParts()
}

/** How many nodes of a level of the code tree, 0 for the leaves, are above code. */
function codeNodes(level: u32): u32 {
  return (codeLength + (2 << level) - 1) >> (level + 1)
}

/** Hashes `length` instructions at CODE. */
export function hashCode(length: u32, lowest: i32): void {
  codeLength = length
  lowestOffset = lowest
  const leaves = codeNodes(0)
  for (let i: u32 = 0; i < leaves; i++)
    keccak256(CODE + (i << 5), 32, CODE_TREE + (((1 << CODE_DEPTH) + i) << 5))
  for (let level: u32 = 1; level <= CODE_DEPTH; level++) {
    const below = codeNodes(level - 1)
    // The last one's sibling, which its parent is hashed with.
    if ((below & 1) != 0)
      copyWord(CODE_TREE + (((1 << (CODE_DEPTH - level + 1)) + below) << 5), zeroNode(level - 1))
    const from: u32 = 1 << (CODE_DEPTH - level)
    for (let i = from; i < from + codeNodes(level); i++)
      keccak256(CODE_TREE + (i << 6), 64, CODE_TREE + (i << 5))
  }
}

/** Place of the code tree's root. */
export function codeRoot(): usize {
  return codeLength == 0 ? zeroNode(CODE_DEPTH) : CODE_TREE + 32
}

/** Where a node of the memory's tree stands. Levels count from the leaves. */
function memoryNode(level: u32, index: u32): usize {
  if (level >= GROUP_LEVELS + GROUP_DEPTH) {
    const heap: u32 = (1 << (PAGE_DEPTH + GROUP_LEVELS + GROUP_DEPTH - level)) + index
    return MEMORY_TREE + (heap << 5)
  }
  const below = GROUP_LEVELS + GROUP_DEPTH - level
  const page = index >> below
  if (page >= MAX_PAGES || load<u8>(PAGE_TOUCHED + page) == 0) return zeroNode(level)
  const inPage: u32 = index & ((1 << below) - 1)
  if (level >= GROUP_LEVELS) {
    const heap: u32 = (1 << (GROUP_DEPTH + GROUP_LEVELS - level)) + inPage
    return PAGE_NODES + (page << 14) + (heap << 5)
  }
  const inGroup = GROUP_LEVELS - level
  hashGroup(MEMORY + (page << 16) + ((inPage >> inGroup) << 8))
  const heap: u32 = (1 << inGroup) + (inPage & ((1 << inGroup) - 1))
  return SCRATCH + (heap << 5)
}

function codeNode(level: u32, index: u32): usize {
  if (index >= codeNodes(level)) return zeroNode(level)
  return CODE_TREE + (((1 << (CODE_DEPTH - level)) + index) << 5)
}

function depthOf(part: u32): u32 {
  if (part == PART_MEMORY) return PAGE_DEPTH + GROUP_LEVELS + GROUP_DEPTH
  if (part == PART_CODE) return CODE_DEPTH
  return part == PART_GLOBALS ? GLOBAL_DEPTH : SLOT_DEPTH
}

function nodeOf(part: u32, level: u32, index: u32): usize {
  if (part == PART_MEMORY) return memoryNode(level, index)
  if (part == PART_CODE) return codeNode(level, index)
  const heap: u32 = (1 << (depthOf(part) - level)) + index
  const tree = part == PART_SLOTS ? SLOT_TREE : part == PART_GLOBALS ? GLOBAL_TREE : TABLE_TREE
  return tree + (heap << 5)
}

/** Writes a leaf's 32 bytes and then its siblings, from its own up to the root, to STAGING. Gives how many words that are. */
export function proveLeaf(part: u32, index: u32): u32 {
  ramRoot()
  if (part == PART_MEMORY) {
    // Addresses above what was ever touched are zero, and may not exist here.
    if (index >> 11 < MAX_PAGES && load<u8>(PAGE_TOUCHED + (index >> 11)) != 0)
      copyWord(STAGING, MEMORY + (index << 5))
    else memory.fill(STAGING, 0, 32)
  } else if (part == PART_CODE) copyWord(STAGING, CODE + (index << 5))
  else {
    const from = part == PART_SLOTS ? SLOTS : part == PART_GLOBALS ? GLOBALS : TABLE
    numbersLeaf(from + (index << 5), STAGING)
  }
  let out = STAGING + 32
  const depth = depthOf(part)
  for (let level: u32 = 0; level < depth; level++) {
    copyWord(out, nodeOf(part, level, (index >> level) ^ 1))
    out += 32
  }
  // The other parts.
  if (part == PART_GLOBALS || part == PART_TABLE) {
    copyWord(out, LOWER_RIGHT + (part == PART_GLOBALS ? 32 : 0))
    copyWord(out + 32, RIGHT)
    copyWord(out + 64, TOP)
    out += 96
  } else if (part == PART_SLOTS) {
    copyWord(out, RIGHT + 32)
    copyWord(out + 32, TOP)
    out += 64
  } else if (part == PART_MEMORY) {
    copyWord(out, TOP + 32)
    out += 32
  }
  return <u32>((out - STAGING) >> 5)
}
