import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Holding, Shares } from '@animechain/core'
import type { AnswerText } from './answer.js'
import type { OpenConnection } from './connections.js'
import type { Dispatch } from './dispatch/dispatch.js'
import type { RpcLimits } from './limits.js'
import type { Transfers } from './transfers.js'

/** What the requests of a server share. */
export interface Serving {
  readonly limits: RpcLimits
  readonly dispatch: Dispatch
  /** Bytes of bodies that are being received or answered. */
  readonly bodies: Shares
  /** Bytes of long answers that are being made or sent. */
  readonly answers: Shares
  readonly transfers: Transfers
  /** Whether it takes no more from this connection for now. */
  busy(connection: OpenConnection): boolean
  hostAllowed(request: IncomingMessage): boolean
  originAllowed(origin: string): boolean
  readonly anyOrigin: boolean
}

const JSON_TYPES = ['application/json', 'application/json-rpc', 'application/jsonrequest']
/** Bytes of a body that every connection may have without asking for them: ordinary requests pass whatever others send. */
export const FREE_BODY_BYTES = 16 * 1024
/** What a chunk of a body costs besides its bytes. */
export const CHUNK_BYTES = 256
/** Bytes that are handed to a socket at once. */
const PIECE_BYTES = 64 * 1024

const BUSY = 'the node is busy, try again later\n'

/** An answer that ends the reading of a request. */
class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly text: string,
  ) {
    super(text)
  }
}

/** Answers one HTTP request. */
export async function serveHttp(
  serving: Serving,
  connection: OpenConnection,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  connection.identify(request)
  const reply = (status: number, body = '') => {
    if (response.headersSent || response.destroyed) return
    response.writeHead(status, { 'content-type': 'text/plain', 'content-length': Buffer.byteLength(body) })
    response.end(body)
  }
  const age = startRank()
  const body = serving.bodies.hold(connection.client.address, {
    // What is being worked on cannot give back what it has.
    rank: () => (request.complete ? Infinity : age()),
    giveWay: () => request.emit('body-refused', new Refusal(503, BUSY)),
  })
  try {
    const early = withoutBody(serving, connection, request, response)
    if (early) return reply(early.status, early.text)
    const bytes = await readBody(serving, body, request)
    await answerBody(serving, connection, bytes, response)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    // The rest of the body will not be read: the connection cannot be used any further.
    response.setHeader('connection', 'close')
    reply(error.status, error.text)
    // A client that goes on sending might never see the answer, were the connection cut off at once.
    request.pause()
    setTimeout(() => request.socket.destroy(), 1_000).unref()
  } finally {
    body.end()
  }
}

/** What is answered without looking at the body. @throws Refusal */
function withoutBody(
  serving: Serving,
  connection: OpenConnection,
  request: IncomingMessage,
  response: ServerResponse,
): { status: number; text?: string } | undefined {
  const { limits } = serving
  if (!serving.hostAllowed(request))
    throw new Refusal(
      403,
      'invalid host specified: localhost, IP addresses and the names of --rpc-hosts are served\n',
    )
  const { origin } = request.headers
  if (origin !== undefined && serving.originAllowed(origin)) {
    response.setHeader('access-control-allow-origin', serving.anyOrigin ? '*' : origin)
    response.setHeader('vary', 'Origin')
  }
  if (request.method === 'OPTIONS') {
    response.setHeader('access-control-allow-methods', 'POST, GET, OPTIONS')
    response.setHeader('access-control-allow-headers', 'content-type')
    response.setHeader('access-control-max-age', '600')
    return { status: origin === undefined || serving.originAllowed(origin) ? 204 : 403 }
  }
  // Load balancers look whether somebody is there.
  if (request.method === 'GET' || request.method === 'HEAD') return { status: 200 }
  if (request.method !== 'POST') throw new Refusal(405, 'expected POST\n')
  if (!JSON_TYPES.includes((request.headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase()))
    throw new Refusal(415, 'invalid content type, only application/json is supported\n')
  if (Number(request.headers['content-length'] ?? 0) > limits.bodyBytes) throw tooLarge(limits)
  if (serving.busy(connection)) throw new Refusal(503, BUSY)
  return undefined
}

const tooLarge = ({ bodyBytes }: RpcLimits) =>
  new Refusal(413, `content length too large: at most ${bodyBytes} bytes\n`)

/** Ranks by age: the oldest gives way first. */
function startRank(): () => number {
  const started = performance.now()
  return () => started
}

/** Reads a body; its bytes are held as they come. @throws Refusal */
async function readBody(serving: Serving, held: Holding, request: IncomingMessage): Promise<Buffer> {
  const { limits, transfers } = serving
  const chunks: Buffer[] = []
  let bytes = 0
  let cost = 0
  const transfer = transfers.watch(() =>
    request.emit(
      'body-refused',
      new Refusal(408, `the body came too slowly: less than ${limits.transferRate} bytes/s\n`),
    ),
  )
  try {
    return await new Promise<Buffer>((resolve, reject) => {
      request.once('body-refused', reject)
      request.once('error', reject)
      request.once('close', () => reject(new Error('the request was cut off')))
      request.once('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)))
      request.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        cost += chunk.length + CHUNK_BYTES
        transfer.moved(chunk.length)
        if (bytes > limits.bodyBytes) return reject(tooLarge(limits))
        const more = cost - FREE_BODY_BYTES - held.amount
        if (more > 0 && !held.grow(more)) return reject(new Refusal(503, BUSY))
        chunks.push(chunk)
        // One read in each turn of the loop: others are not to wait until a fast sender has been served.
        if (bytes > FREE_BODY_BYTES) {
          request.pause()
          setImmediate(() => request.resume())
        }
      })
    })
  } catch (error) {
    chunks.length = 0
    request.removeAllListeners('data')
    request.pause()
    throw error
  } finally {
    transfer.end()
    request.removeAllListeners('body-refused')
    // From here on it is being worked on, and does not give way any more.
    request.on('body-refused', () => undefined)
  }
}

/** Works on a body and sends what comes out. */
async function answerBody(
  serving: Serving,
  connection: OpenConnection,
  body: Buffer,
  response: ServerResponse,
): Promise<void> {
  const answer = serving.answers.hold(connection.client.address, {
    rank: startRank(),
    giveWay: () => response.destroy(),
  })
  try {
    const text = await serving.dispatch(body, {
      client: connection.client,
      get isOpen() {
        return !response.destroyed
      },
      answerBytes: {
        take: (bytes) => !response.destroyed && answer.grow(bytes),
        give: (bytes) => answer.shrink(bytes),
      },
    })
    connection.touch()
    if (response.destroyed) return
    if (text === undefined) response.writeHead(204, { 'content-length': 0 }).end()
    else await sendText(serving.transfers, text, response)
  } finally {
    answer.end()
  }
}

/** Sends an answer, a long one only as fast as it is read. */
async function sendText(transfers: Transfers, text: AnswerText, response: ServerResponse): Promise<void> {
  const whole = typeof text === 'string' && text.length <= PIECE_BYTES
  const parts = typeof text === 'string' ? [Buffer.from(text, 'utf8')] : text.parts
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': length })
  if (whole) return void response.end(parts[0])
  const transfer = transfers.watch(() => response.destroy())
  try {
    for (const part of parts) {
      for (let i = 0; i < part.length; i += PIECE_BYTES) {
        const piece = part.subarray(i, i + PIECE_BYTES)
        if (!response.write(piece)) await drained(response)
        if (response.destroyed) return
        transfer.moved(piece.length)
      }
    }
    response.end()
    if (!response.writableFinished) await finished(response)
  } finally {
    transfer.end()
  }
}

const drained = (response: ServerResponse) => first(response, 'drain')
const finished = (response: ServerResponse) => first(response, 'finish')

/** Waits for an event, or for the end of the connection. */
function first(response: ServerResponse, event: 'drain' | 'finish'): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      response.off(event, end)
      response.off('close', end)
      resolve()
    }
    response.on(event, end)
    response.on('close', end)
    if (response.destroyed) end()
  })
}
