import type { FileHandle } from 'node:fs/promises'
import type { KeyValueOperation } from '@animechain/core'
import { checkedPayload, decodeHeader, MARK, RECORD_HEADER } from './record.js'

/** Bytes read at a time when the log is opened, and written at a time when it is rewritten. */
export const WINDOW = 4 * 2 ** 20
/** What a file system may not have written behind the length that it recorded is a whole number of these, bytes. */
const SECTOR = 512

/** `length` bytes at `at`, or undefined beyond the end of the file. */
export type BytesAt = (at: number, length: number) => Promise<Buffer | undefined>

/** What stands at a place of the log. `short`: the file ends within it, as after a crash. */
export type FoundRecord =
  | { is: 'record'; operations: KeyValueOperation[]; next: number }
  | { is: 'end' }
  | { is: 'short' }
  | { is: 'damaged'; why: string }

/** Reads a log of `size` bytes window by window. */
export function windowed(log: FileHandle, size: number): BytesAt {
  let window = Buffer.alloc(0)
  let windowAt = 0
  return async (at, length) => {
    if (at + length > size) return undefined
    if (at < windowAt || at + length > windowAt + window.length) {
      window = Buffer.allocUnsafe(Math.min(size - at, Math.max(length, WINDOW)))
      windowAt = at
      for (let got = 0; got < window.length;) {
        const { bytesRead } = await log.read(window, got, window.length - got, at + got)
        if (bytesRead === 0) {
          window = Buffer.alloc(0)
          return undefined
        }
        got += bytesRead
      }
    }
    return window.subarray(at - windowAt, at - windowAt + length)
  }
}

/** Reads the record at `at`, both checksums checked. */
export async function recordAt(at: number, bytesAt: BytesAt): Promise<FoundRecord> {
  const head = await bytesAt(at, RECORD_HEADER)
  if (head === undefined) return (await bytesAt(at, 1)) === undefined ? { is: 'end' } : { is: 'short' }
  const header = decodeHeader(head)
  if (header === undefined) return { is: 'damaged', why: "a record's header that does not fit its checksum" }
  const payload = await bytesAt(at + RECORD_HEADER, header.length)
  if (payload === undefined) return { is: 'short' }
  const operations = checkedPayload(payload, header.crc)
  return operations === undefined
    ? { is: 'damaged', why: "a record's content that does not fit its checksum" }
    : { is: 'record', operations, next: at + RECORD_HEADER + header.length }
}

/** Where the first whole record at or behind `from` begins. */
export async function recordBehind(
  from: number,
  size: number,
  bytesAt: BytesAt,
): Promise<number | undefined> {
  for (let at = from; at < size;) {
    const length = Math.min(WINDOW, size - at)
    const window = Buffer.from((await bytesAt(at, length)) ?? [])
    for (let found = window.indexOf(MARK); found >= 0; found = window.indexOf(MARK, found + 1))
      if ((await recordAt(at + found, bytesAt)).is === 'record') return at + found
    // A mark may lie across two windows.
    at += length === size - at ? length : length - MARK.length + 1
  }
  return undefined
}

/**
 * Where the zeros begin that the log ends with, when they are sectors that were never written after `from`: what a loss of power leaves of a
 * write whose length the file system had recorded already.
 */
export async function zerosFrom(from: number, size: number, bytesAt: BytesAt): Promise<number | undefined> {
  let begin = size
  for (let at = size; at > from;) {
    const start = Math.max(from, at - WINDOW)
    const part = await bytesAt(start, at - start)
    if (part === undefined) return undefined
    let i = part.length
    while (i > 0 && part[i - 1] === 0) i--
    begin = start + i
    if (i > 0) break
    at = start
  }
  // Fewer zeros may be the record's own.
  const boundary = begin === from ? from : Math.ceil(begin / SECTOR) * SECTOR
  return boundary < size ? boundary : undefined
}
