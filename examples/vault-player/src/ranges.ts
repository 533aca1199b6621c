/** Which bytes an answer has: `end` is exclusive. */
export interface ByteRange {
  start: number
  end: number
}

/**
 * The bytes that a `Range` header asks for, of a file of so many bytes. `whole`: there is no header, or one that a server may ignore (several ranges, another
 * unit); `unsatisfiable`: there are no such bytes.
 */
export function rangeOf(header: string | null, length: number): ByteRange | 'whole' | 'unsatisfiable' {
  const found = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '')
  if (!found || (found[1] === '' && found[2] === '')) return 'whole'
  const [first, last] = [found[1]!, found[2]!]
  if (first === '') {
    const count = Number(last)
    return count === 0 || length === 0 ? 'unsatisfiable' : { start: Math.max(0, length - count), end: length }
  }
  const start = Number(first)
  const end = last === '' ? length : Math.min(length, Number(last) + 1)
  return start >= length || end <= start ? 'unsatisfiable' : { start, end }
}

/** Status and headers of the answer to a request for a part of a file. */
export function answerHead(
  header: string | null,
  { length, type }: { length: number; type: string },
): { status: 200 | 206 | 416; headers: Record<string, string>; range?: ByteRange } {
  const common = { 'content-type': type, 'accept-ranges': 'bytes', 'cache-control': 'no-store' }
  const range = rangeOf(header, length)
  if (range === 'unsatisfiable')
    return { status: 416, headers: { ...common, 'content-range': `bytes */${length}` } }
  if (range === 'whole')
    return {
      status: 200,
      headers: { ...common, 'content-length': `${length}` },
      range: { start: 0, end: length },
    }
  const { start, end } = range
  return {
    status: 206,
    headers: {
      ...common,
      'content-length': `${end - start}`,
      'content-range': `bytes ${start}-${end - 1}/${length}`,
    },
    range,
  }
}
