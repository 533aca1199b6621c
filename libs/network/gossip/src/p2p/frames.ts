import type { Stream } from './libp2p.js'

/** Bytes and frames that wait to be read before the sender is asked to pause. */
const PAUSE_AT_BYTES = 262_144
const PAUSE_AT_FRAMES = 1_024
/** A length takes at most four bytes, which is more than any bound here. */
const MAX_LENGTH_BYTES = 4

/** What a peer sent is no frame, or too long. */
export class MalformedFrame extends Error {
  override name = 'MalformedFrame'
}

/** Cuts a stream of bytes into frames: a length as unsigned LEB128, then so many bytes. */
export interface FrameParser {
  /** @returns the frames that end in this piece. @throws {MalformedFrame} after which the stream is of no use */
  push(piece: Uint8Array): Uint8Array[]
  /** bytes of a frame that has not ended */
  readonly pending: number
}

/** A frame of this length that is filled piece by piece. Room is made as bytes come, not as they are announced. */
function frameBuffer(length: number) {
  let buffer = new Uint8Array(Math.min(length, 4_096))
  let have = 0
  return {
    get missing() {
      return length - have
    },
    get have() {
      return have
    },
    add(piece: Uint8Array) {
      if (have + piece.length > buffer.length) {
        const larger = new Uint8Array(Math.min(length, Math.max(2 * buffer.length, have + piece.length)))
        larger.set(buffer.subarray(0, have))
        buffer = larger
      }
      buffer.set(piece, have)
      have += piece.length
    },
    bytes: () => buffer.subarray(0, have),
  }
}

/** @param maxBytes longest frame */
export function frameParser(maxBytes: number): FrameParser {
  let length = 0
  let lengthBytes = 0
  let frame: ReturnType<typeof frameBuffer> | undefined

  /** Takes one byte of a length. */
  const header = (byte: number) => {
    length += (byte & 0x7f) * 2 ** (7 * lengthBytes++)
    if (byte & 0x80) {
      if (lengthBytes === MAX_LENGTH_BYTES)
        throw new MalformedFrame('expected a length of four bytes at most')
      return
    }
    if (length === 0 || length > maxBytes)
      throw new MalformedFrame(`expected a frame of 1 to ${maxBytes} bytes, got ${length}`)
    frame = frameBuffer(length)
    length = lengthBytes = 0
  }
  return {
    push(piece) {
      const frames: Uint8Array[] = []
      let at = 0
      while (at < piece.length) {
        if (!frame) {
          header(piece[at++]!)
          continue
        }
        const part = piece.subarray(at, at + frame.missing)
        frame.add(part)
        at += part.length
        if (frame.missing === 0) {
          frames.push(frame.bytes())
          frame = undefined
        }
      }
      return frames
    },
    get pending() {
      return lengthBytes + (frame?.have ?? 0)
    },
  }
}

/** A frame with its length. */
export function framed(bytes: Uint8Array): Uint8Array {
  const header: number[] = []
  let left = bytes.length
  do {
    header.push((left & 0x7f) | (left > 0x7f ? 0x80 : 0))
    left = Math.floor(left / 128)
  } while (left > 0)
  const out = new Uint8Array(header.length + bytes.length)
  out.set(header)
  out.set(bytes, header.length)
  return out
}

/** What has come in and was not read yet; the sender pauses while it is much. */
function incoming(stream: Stream, maxBytes: number) {
  const parser = frameParser(maxBytes)
  const queue: Uint8Array[] = []
  const state = { bytes: 0, isOver: false, error: undefined as Error | undefined }
  let wake: (() => void) | undefined
  const over = (error?: Error) => {
    state.isOver = true
    state.error ??= error
    wake?.()
  }
  const onMessage = (event: { data: Uint8Array | { subarray(): Uint8Array } }) => {
    if (state.error) return
    try {
      for (const frame of parser.push(event.data.subarray())) {
        queue.push(frame)
        state.bytes += frame.length
      }
    } catch (error) {
      return over(error as Error)
    }
    if ((state.bytes > PAUSE_AT_BYTES || queue.length > PAUSE_AT_FRAMES) && stream.readStatus === 'readable')
      stream.pause()
    wake?.()
  }
  const onClose = (event: { error?: Error }) => over(event.error)
  const onEnd = () => over()
  stream.addEventListener('message', onMessage as never)
  stream.addEventListener('close', onClose as never)
  stream.addEventListener('remoteCloseWrite', onEnd)
  return {
    state,
    shift(): Uint8Array | undefined {
      const frame = queue.shift()
      if (frame) state.bytes -= frame.length
      // What came while it paused is handed over within this call.
      if (queue.length === 0 && stream.readStatus === 'paused') stream.resume()
      return frame ?? queue.shift()
    },
    async more(): Promise<void> {
      if (queue.length === 0 && !state.isOver) await new Promise<void>((resolve) => (wake = resolve))
      wake = undefined
    },
    end() {
      stream.removeEventListener('message', onMessage as never)
      stream.removeEventListener('close', onClose as never)
      stream.removeEventListener('remoteCloseWrite', onEnd)
    },
  }
}

/**
 * The frames of a stream. While the reader is slow the sender is asked to pause, so that nothing piles up here.
 * @param maxBytes longest frame
 * @throws {MalformedFrame} and what ended the stream, where it did not end well
 */
export async function* frames(stream: Stream, maxBytes: number): AsyncGenerator<Uint8Array> {
  const input = incoming(stream, maxBytes)
  try {
    while (true) {
      const frame = input.shift()
      if (frame) yield frame
      else if (input.state.error) throw input.state.error
      else if (input.state.isOver) return
      else await input.more()
    }
  } finally {
    input.end()
  }
}

/** Sends a frame, and waits while the other side reads too slowly. */
export async function sendFrame(stream: Stream, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  if (!stream.send(framed(bytes))) await stream.onDrain({ signal })
}
