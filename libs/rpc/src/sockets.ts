import type { Socket } from 'node:net'
import { silentLogger, type Holding, type Logger } from '@animechain/core'
import type { WebSocket } from 'ws'
import type { AnswerText } from './answer.js'
import type { OpenConnection } from './connections.js'
import type { Connection } from './client.js'
import { CHUNK_BYTES, FREE_BODY_BYTES, type Serving } from './http.js'
import type { Subscriptions } from './subscriptions/subscriptions.js'
import type { Transfer } from './transfers.js'

/** Frames that one message may consist of. */
export const MAX_FRAGMENTS = 1_024
/** Milliseconds that a client has to take its leave. */
const CLOSE_MS = 1_000
/** The same when it is not read any more, since what it sent so far is kept until the end. */
const REFUSED_CLOSE_MS = 250
/** RFC 6455, section 7.4.1, and IANA's registry: policy violation; try again later. */
const POLICY = 1008
const BUSY = 1013
/** Bytes of a frame of a client besides its payload, at least. */
const FRAME_BYTES = 6

/** Ends a WebSocket with a reason; one that does not answer is cut off. */
export function closeSocket(socket: WebSocket, code: number, reason: string, ms = CLOSE_MS): void {
  if (socket.readyState !== socket.OPEN) return
  socket.close(code, reason)
  setTimeout(() => socket.terminate(), ms).unref()
}

/** Serves one WebSocket until it ends. */
export function serveSocket(options: {
  socket: WebSocket
  tcp: Socket
  open: OpenConnection
  serving: Serving
  subscriptions: Subscriptions
  logger?: Logger
}): void {
  const { socket, tcp, open, serving, subscriptions } = options
  const logger = options.logger ?? silentLogger
  const { limits } = serving
  const close = (code: number, reason: string) => closeSocket(socket, code, reason)
  open.giveWay = () => close(BUSY, 'others need the place of this connection')

  const output = outputOf(socket, serving, close)
  const connection: Connection = {
    client: open.client,
    get isOpen() {
      return socket.readyState === socket.OPEN
    },
    get waitingBytes() {
      return socket.bufferedAmount
    },
    send: output,
    close,
  }
  const reading = readingOf(socket)
  const input = inputOf(open, serving, reading, (code, reason) => {
    // What it goes on sending would be kept, too.
    reading.end()
    closeSocket(socket, code, reason, REFUSED_CLOSE_MS)
  })
  // Before and after the frames in it are looked at.
  tcp.prependListener('data', input.received)
  tcp.on('data', input.check)
  socket.on('ping', input.control)
  socket.on('pong', input.control)

  socket.on('message', (data: Buffer) => {
    open.touch()
    const body = input.complete()
    if (++open.active >= limits.socketInFlight || serving.busy(open)) reading.wait(true)
    answerMessage(data, connection, serving, output)
      .catch((error: unknown) => logger.error('a message failed', { error }))
      .finally(() => {
        body.end()
        open.active--
        open.touch()
        reading.wait(false)
      })
  })
  socket.on('error', (error) => logger.debug('a WebSocket failed', { error: String(error) }))
  socket.on('close', () => {
    input.end()
    output.end()
    subscriptions.end(connection)
  })
}

/** Whether a socket is read: not while it has enough under way, nor twice in a turn of the loop, nor after it was refused. */
function readingOf(socket: WebSocket) {
  let waiting = false
  let resting = false
  let ended = false
  const apply = () => {
    if (waiting || resting || ended) socket.pause()
    else if (socket.isPaused) socket.resume()
  }
  return {
    wait(value: boolean) {
      waiting = value
      apply()
    },
    /** Others are not to wait until a fast sender has been served. */
    rest() {
      if (resting) return
      resting = true
      apply()
      setImmediate(() => {
        resting = false
        apply()
      })
    },
    end() {
      ended = true
      apply()
    },
  }
}

/** Sends messages and bounds what waits to be read. */
type Output = ((parts: readonly (string | Buffer)[], done?: () => void) => void) & { end(): void }

function outputOf(
  socket: WebSocket,
  { limits, transfers }: Serving,
  close: (code: number, reason: string) => void,
): Output {
  let transfer: Transfer | undefined
  const sent = (bytes: number) => {
    transfer?.moved(bytes)
    if (socket.bufferedAmount > 0) return
    transfer?.end()
    transfer = undefined
  }
  const send = (parts: readonly (string | Buffer)[], done?: () => void) => {
    const bytes = parts.reduce((sum, part) => sum + part.length, 0)
    if (socket.readyState !== socket.OPEN) return done?.()
    if (socket.bufferedAmount + bytes > limits.socketBufferBytes && socket.bufferedAmount > 0) {
      done?.()
      return close(POLICY, `reads too slowly: more than ${limits.socketBufferBytes} bytes wait`)
    }
    parts.forEach((part, i) => {
      const fin = i === parts.length - 1
      socket.send(part, { fin, binary: false }, () => {
        sent(part.length)
        if (fin) done?.()
      })
    })
    if (socket.bufferedAmount > 0)
      transfer ??= transfers.watch(() =>
        close(POLICY, `reads too slowly: less than ${limits.transferRate} bytes/s`),
      )
  }
  return Object.assign(send, { end: () => transfer?.end() })
}

/** Counts the bytes of messages: of the one that comes, and of those that are being answered. */
function inputOf(
  open: OpenConnection,
  { bodies, limits, transfers }: Serving,
  reading: { rest(): void },
  close: (code: number, reason: string) => void,
) {
  let cost = 0
  let transfer: Transfer | undefined
  let held: Holding
  const begin = () => {
    cost = 0
    const started = performance.now()
    const mine: Holding = bodies.hold(open.client.address, {
      // What is being worked on cannot give back what it has.
      rank: () => (mine === held ? started : Infinity),
      giveWay: () => close(BUSY, 'the node is busy: too many messages are being received'),
    })
    held = mine
  }
  begin()
  const finish = () => {
    transfer?.end()
    transfer = undefined
  }
  return {
    /** Bytes came, of whatever frames. */
    received(chunk: Buffer) {
      cost += chunk.length + CHUNK_BYTES
      transfer?.moved(chunk.length)
    },
    /** Holds what is left of them. */
    check() {
      if (cost > FREE_BODY_BYTES) reading.rest()
      const more = cost - FREE_BODY_BYTES - held.amount
      if (more <= 0) return held.shrink(-more)
      transfer ??= transfers.watch(() =>
        close(POLICY, `a message came too slowly: less than ${limits.transferRate} bytes/s`),
      )
      if (!held.grow(more)) close(BUSY, 'the node is busy: too many messages are being received')
    },
    /** A control frame is no part of a message. */
    control(payload: Buffer) {
      cost = Math.max(0, cost - payload.length - FRAME_BYTES - CHUNK_BYTES)
    },
    /** The message is there. Returns what it holds until it is answered. */
    complete(): Holding {
      const body = held
      finish()
      begin()
      return body
    },
    end() {
      finish()
      held.end()
    },
  }
}

async function answerMessage(
  data: Buffer,
  connection: Connection,
  serving: Serving,
  output: Output,
): Promise<void> {
  const started = performance.now()
  const held = serving.answers.hold(connection.client.address, {
    rank: () => started,
    giveWay: () => connection.close(BUSY, 'the node is busy: too many long answers are being sent'),
  })
  let text: AnswerText | undefined
  try {
    text = await serving.dispatch(data, {
      client: connection.client,
      connection,
      get isOpen() {
        return connection.isOpen
      },
      answerBytes: {
        take: (bytes) => connection.isOpen && held.grow(bytes),
        give: (bytes) => held.shrink(bytes),
      },
    })
  } catch (error) {
    held.end()
    throw error
  }
  if (text === undefined) held.end()
  else output(typeof text === 'string' ? [text] : text.parts, () => held.end())
}
