// The registers of the machine, and marks of what was written.

import {
  DIRTY_PAGES,
  GROUP_DIRTY,
  MAX_SLOTS,
  PAGE_CHANGED,
  PAGE_DIRTY,
  PAGE_NODES,
  PAGE_TOUCHED,
  ZERO_PAGE,
} from './layout'

export const RUNNING: u32 = 0
export const HALTED: u32 = 1
export const TRAPPED: u32 = 2

export let status: u32 = RUNNING
export let pc: u32 = 0
export let sp: u32 = 0
export let fp: u32 = 0
export let pages: u32 = 0
/** Slots at this and above were not written since the tree was brought up to date. */
export let slotsEnd: u32 = 0
/** The lowest fp since the tree was brought up to date: with `lowestOffset` it bounds the slots that were written from below. */
export let lowestFp: u32 = 0
/** Slots at this and above were never written. */
export let slotsUsed: u32 = 0
/** Pages that were written to, and how many may be. */
export let touchedPages: u32 = 0
export let touchedLimit: u32 = 0
/** How many page numbers stand at DIRTY_PAGES. */
export let dirtyPages: u32 = 0

export function setRegisters(status_: u32, pc_: u32, sp_: u32, fp_: u32, pages_: u32): void {
  status = status_
  pc = pc_
  sp = sp_
  fp = fp_
  pages = pages_
}

export function setLowestFp(value: u32): void {
  lowestFp = value
}

export function setTouchedLimit(value: u32): void {
  touchedLimit = value
}

/** Says that the slots from `end` on are as they stand in the tree. */
export function resetSlotsEnd(end: u32): void {
  slotsEnd = end
}

/** Says that all slots up to `end` may have been written. */
export function raiseSlotsEnd(end: u32): void {
  if (end > slotsEnd) slotsEnd = end
  if (end > slotsUsed) slotsUsed = end
}

/** Makes room for a push at `at`, in chunks so that it is asked for rarely. False at the bound of slots. */
export function growSlots(at: u32): bool {
  if (at >= MAX_SLOTS) return false
  raiseSlotsEnd((at + 64) & ~63)
  return true
}

export function forgetDirtyPages(): void {
  dirtyPages = 0
}

/** Notes that a group of eight memory leaves is written. False when it lies in a page more than may be touched; nothing is changed then. */
export function markGroup(group: u32): bool {
  if (load<u8>(GROUP_DIRTY + group) != 0) return true
  const page = group >> 8
  if (load<u8>(PAGE_TOUCHED + page) == 0) {
    if (touchedPages == touchedLimit) return false
    touchedPages++
    store<u8>(PAGE_TOUCHED + page, 1)
    memory.copy(PAGE_NODES + (page << 14), ZERO_PAGE, 1 << 14)
  }
  if (load<u8>(PAGE_DIRTY + page) == 0) {
    store<u8>(PAGE_DIRTY + page, 1)
    store<u8>(PAGE_CHANGED + page, 1)
    store<u32>(DIRTY_PAGES + (dirtyPages << 2), page)
    dirtyPages++
  }
  store<u8>(GROUP_DIRTY + group, 1)
  return true
}

/** The same for all groups of a range that is not empty and no longer than a page. */
export function markRange(at: u32, size: u32): bool {
  const last = (at + size - 1) >> 8
  for (let group = at >> 8; group <= last; group++) if (!markGroup(group)) return false
  return true
}
