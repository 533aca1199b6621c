import { RpcError, rpcErrorCodes } from './errors.js'
import { jsonText } from './jsonText.js'
import { timedOut, turns } from './turns.js'

/** A long answer as UTF-8 in parts: nothing ever holds it as one text. */
export interface LongText {
  readonly bytes: number
  readonly parts: readonly Buffer[]
}

/** What is answered: a short text as it is. */
export type AnswerText = string | LongText

/** Characters that are collected before they become a part. */
const PART = 256 * 1024
/** Entries above which a list is written one by one. */
const LONG_LIST = 32

export const answerTooLarge = (limit: number) =>
  new RpcError(rpcErrorCodes.tooLarge, `response too large: at most ${limit} bytes. Ask for less at once`)
const busy = () =>
  new RpcError(
    rpcErrorCodes.limitExceeded,
    'the node is busy: too many long answers are being sent. Try again later',
  )

/** Bytes that long answers hold. `take` is false when there are no more to be had. */
export interface AnswerBytes {
  take(bytes: number): boolean
  give(bytes: number): void
}

/** Collects the text of an answer within bounds. */
export interface AnswerWriter {
  readonly length: number
  /** @throws RpcError when the answer becomes too large, or too many are under way; `drop` it then. */
  add(text: AnswerText): void
  /** Gives back the bytes of an answer that will not be sent. Who still writes it is stopped. */
  drop(): void
  end(): AnswerText
}

export function answerWriter(limit: number, held: AnswerBytes): AnswerWriter {
  const parts: Buffer[] = []
  let open: string[] = []
  let openLength = 0
  let partBytes = 0
  let taken = 0
  let dropped = false
  const flush = () => {
    if (openLength === 0) return
    if (!held.take(openLength)) throw busy()
    taken += openLength
    const part = Buffer.from(open.length === 1 ? open[0]! : open.join(''), 'utf8')
    open = []
    openLength = 0
    partBytes += part.length
    parts.push(part)
  }
  return {
    get length() {
      return partBytes + openLength
    },
    add(text) {
      if (dropped) throw timedOut()
      const size = typeof text === 'string' ? text.length : text.bytes
      if (partBytes + openLength + size > limit) throw answerTooLarge(limit)
      if (typeof text === 'string') {
        open.push(text)
        openLength += size
        if (openLength >= PART) flush()
      } else {
        // Its bytes were taken when it was written.
        flush()
        taken += size
        partBytes += size
        parts.push(...text.parts)
      }
    },
    drop() {
      held.give(taken)
      taken = 0
      dropped = true
      parts.length = 0
      open = []
      openLength = 0
    },
    end() {
      if (parts.length === 0) return open.join('')
      flush()
      return { bytes: partBytes, parts }
    },
  }
}

/** A result that is written piece by piece, as it may be large. */
export class LongResult {
  constructor(readonly pieces: Iterable<string>) {}
}

/** Whether a long list is somewhere near the top of a value: struct logs, say. */
function holdsLongList(value: unknown, depth = 3): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (Array.isArray(value) && value.length > LONG_LIST) return true
  return depth > 0 && Object.values(value).some((item) => holdsLongList(item, depth - 1))
}

/** The JSON of a value, with what holds a long list taken apart. */
function* jsonPieces(value: unknown): Generator<string> {
  if (!holdsLongList(value)) yield JSON.stringify(value ?? null) ?? 'null'
  else if (Array.isArray(value)) yield* listPieces(value)
  else {
    let before = '{'
    for (const [name, item] of Object.entries(value as object)) {
      if (item === undefined) continue
      yield `${before}${JSON.stringify(name)}:`
      yield* jsonPieces(item)
      before = ','
    }
    yield before === '{' ? '{}' : '}'
  }
}

/** Entries that are written at once, when they are short. */
const GROUP = 16

/** Entries of one list as JSON, without its brackets. */
const entriesText = (entries: readonly unknown[]) => JSON.stringify(entries).slice(1, -1)

function* listPieces(items: Iterable<unknown>): Generator<string> {
  let before = '['
  let group: unknown[] = []
  const take = () => {
    const text = before + entriesText(group)
    before = ','
    group = []
    return text
  }
  for (const item of items) {
    if (isShort(item)) {
      if (group.push(item) === GROUP) yield take()
      continue
    }
    if (group.length > 0) yield take()
    yield before
    yield* jsonPieces(item)
    before = ','
  }
  if (group.length > 0) yield take()
  yield before === '[' ? '[]' : ']'
}

/** Characters of a text that is short enough to be written with others. */
const SHORT_TEXT = 1_024

/** Whether a value is a flat object, or next to it, of short texts: a log, a struct log, a line of a list. */
function isShort(value: unknown, depth = 1): boolean {
  if (typeof value === 'string') return value.length <= SHORT_TEXT
  if (typeof value !== 'object' || value === null) return true
  if (depth < 0) return false
  if (Array.isArray(value))
    return value.length <= LONG_LIST && value.every((item) => isShort(item, depth - 1))
  for (const name in value) if (!isShort((value as Record<string, unknown>)[name], depth - 1)) return false
  return true
}

/** A list whose entries are made one after the other. */
export const longList = (items: Iterable<unknown>) => new LongResult(listPieces(items))

/** Whether a result is written in many pieces. */
export const isLong = (result: unknown): boolean => result instanceof LongResult || holdsLongList(result)

/** Writes a result; others get their turn in between. @throws RpcError as {@link AnswerWriter.add} */
export async function writeResult(writer: AnswerWriter, result: unknown, until?: number): Promise<void> {
  const pieces =
    result instanceof LongResult ? result.pieces : holdsLongList(result) ? jsonPieces(result) : undefined
  if (pieces === undefined) return writer.add(jsonText(result ?? null))
  const turn = turns(until)
  for (const piece of pieces) {
    writer.add(piece)
    await turn()
  }
}
