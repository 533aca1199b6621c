const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const OPEN_LIST = 0x5b
const CLOSE_LIST = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d
/** Bytes of a string that are looked at one by one, before a native search takes over. */
const SHORT_STRING = 48

/** Deepest nesting that a request may have. */
export const MAX_DEPTH = 128

/** What parsing a body would make. */
export interface BodyShape {
  /** Values within lists and objects, about: every comma and every bracket stands for one. */
  values: number
  depth: number
  /** Entries of a list, when the body is one. */
  entries: number
}

/** The place after the string that begins at `from`. */
function afterString(body: Buffer, from: number): number {
  let i = from + 1
  for (;;) {
    const near = Math.min(body.length, i + SHORT_STRING)
    while (i < near && body[i] !== QUOTE) i++
    if (i === near) i = body.indexOf(QUOTE, i)
    if (i < 0 || i >= body.length) return body.length
    let slashes = 0
    while (body[i - 1 - slashes] === BACKSLASH) slashes++
    i++
    if (slashes % 2 === 0) return i
  }
}

/**
 * Counts what a JSON text holds without parsing it: 10 MB of `{}` would become 300 MB of objects. Stops as soon as there is more than `maxValues` or
 * more depth than {@link MAX_DEPTH}. Of a text that is no JSON it tells anything.
 */
export function scanBody(body: Buffer, maxValues: number): BodyShape {
  const shape: BodyShape = { values: 0, depth: 0, entries: 0 }
  let depth = 0
  let first: number | undefined
  for (let i = 0; i < body.length;) {
    const byte = body[i]!
    if (byte > 0x20 && first === undefined) first = byte
    if (byte === QUOTE) {
      i = afterString(body, i)
      continue
    }
    if (byte === COMMA) {
      shape.values++
      if (depth === 1 && first === OPEN_LIST) shape.entries++
    } else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
      shape.values++
      if (++depth > shape.depth) shape.depth = depth
      if (shape.values > maxValues || depth > MAX_DEPTH) break
    } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) depth--
    if (shape.values > maxValues) break
    i++
  }
  if (first === OPEN_LIST) shape.entries++
  return shape
}
