import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What goes wrong between a client and its server. */
export const faults = [
  /** the connection is reset before anything is passed on */
  'reset',
  /** the request is passed on and done; the connection is reset before the answer */
  'lost',
  /** the connection ends in the middle of the answer */
  'cut',
  /** the answer is half as long, and says so */
  'shortened',
  /** an answer with status 500, 503, 404 or 200 that is not the server's */
  'error',
  'busy',
  'notFound',
  'garbage',
  /** no answer at all, until the fault is over */
  'stalled',
  /** the answer stops in the middle, until the fault is over */
  'halted',
  /** the answer comes in pieces with pauses: nothing is wrong with it */
  'slow',
] as const
/** One of {@link faults}. */
export type Fault = (typeof faults)[number]

/** Which requests meet a fault. */
export interface FaultPlan {
  /** requests that pass before; default 0 */
  skip?: number
  /** requests that meet it; default all */
  times?: number
}

/** What a client sent. */
export interface SeenRequest {
  /** method, path and headers, a line each */
  head: string
  body: Uint8Array
}

/** A proxy that breaks what passes through it. It is on loopback, and passes on every header, `host` too. */
export interface FaultProxy {
  url: string
  /** Breaks what comes from now on; undefined: nothing, and what is held back is let go. */
  break(fault: Fault | undefined, plan?: FaultPlan): void
  /** Resolves when a request has met the fault since `break`, with what came in whole. */
  met(): Promise<void>
  /** The last requests, at most 500. */
  readonly seen: readonly SeenRequest[]
  stop(): Promise<void>
}

const MAX_SEEN = 500
const MAX_BODY_BYTES = 16 * 2 ** 20
const SLOW_PIECES = 8
const SLOW_MS = 5

/** Answers that look like a server's but are a middlebox's. */
const foreign: Partial<Record<Fault, [status: number, type: string, body: string]>> = {
  error: [500, 'text/html', '<html><h1>Internal Server Error</h1></html>'],
  busy: [503, 'application/json', '{"error":"try again later"}'],
  notFound: [404, 'text/html', '<html><h1>404 Not Found</h1></html>'],
  garbage: [200, 'application/json', '{"hello":"not what you asked"}'],
}

async function bodyOf(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > MAX_BODY_BYTES) throw new Error('the body is too long for the proxy')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

interface Answer {
  status: number
  headers: IncomingMessage['rawHeaders']
  body: Buffer
}

/** Asks the server itself. */
function ask(target: string, asked: IncomingMessage, body: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { hostname, port, protocol } = new URL(target)
    if (protocol !== 'http:') throw new Error('the proxy speaks http alone')
    // Some clients wait to be told that they may send; here the body has come already.
    const { expect: _, ...headers } = asked.headers
    const options = { hostname, port, method: asked.method, path: asked.url, headers, agent: false }
    const passed = request(options, (answer) => {
      const done = (read: Buffer) =>
        resolve({ status: answer.statusCode!, headers: answer.rawHeaders, body: read })
      if (asked.method === 'HEAD') {
        // Some servers send the end of a body that there is none of, which no parser takes.
        done(Buffer.alloc(0))
        answer.destroy()
      } else bodyOf(answer).then(done, reject)
    })
    passed.once('error', reject)
    passed.end(body)
  })
}

/** Headers that say how long a body is and how it comes are set anew. */
function headersOf({ headers }: Answer, length: number | undefined): string[] {
  const kept: string[] = []
  for (let i = 0; i < headers.length; i += 2)
    if (!/^(content-length|transfer-encoding|connection|keep-alive)$/i.test(headers[i]!))
      kept.push(headers[i]!, headers[i + 1]!)
  return length === undefined ? kept : [...kept, 'content-length', String(length)]
}

/** The length that a server said, which of an answer to HEAD is not that of its body. */
function lengthOf({ headers, body }: Answer, method: string | undefined): number | undefined {
  if (method !== 'HEAD') return body.length
  const at = headers.findIndex((name, i) => i % 2 === 0 && name.toLowerCase() === 'content-length')
  return at < 0 ? undefined : Number(headers[at + 1])
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

interface Meeting {
  fault: Fault | undefined
  /** resolves when the fault is over */
  over: Promise<void>
  meet(): void
}

async function respond(
  target: string,
  asked: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
  meeting: Meeting,
) {
  const { fault, over, meet } = meeting
  const said = fault && foreign[fault]
  if (fault) meet()
  if (fault === 'stalled') await over
  if (fault === 'reset' || fault === 'stalled') return response.destroy()
  if (said) {
    const [status, type, text] = said
    return response
      .writeHead(status, { 'content-type': type })
      .end(asked.method === 'HEAD' ? undefined : text)
  }
  const answer = await ask(target, asked, body)
  const half = answer.body.subarray(0, answer.body.length >> 1)
  const length = lengthOf(answer, asked.method)
  switch (fault) {
    case 'lost':
      return response.destroy()
    case 'shortened':
      return response
        .writeHead(answer.status, headersOf(answer, asked.method === 'HEAD' ? length : half.length))
        .end(half)
    case 'cut':
    case 'halted':
      response.writeHead(answer.status, headersOf(answer, length))
      response.write(half)
      if (fault === 'halted') await over
      // What was written must leave before the end comes.
      else await pause(SLOW_MS)
      return response.destroy()
    case 'slow': {
      response.writeHead(answer.status, headersOf(answer, length))
      const step = Math.max(1, Math.ceil(answer.body.length / SLOW_PIECES))
      for (let at = 0; at < answer.body.length; at += step) {
        response.write(answer.body.subarray(at, at + step))
        await pause(SLOW_MS)
      }
      return response.end()
    }
    default:
      return response.writeHead(answer.status, headersOf(answer, length)).end(answer.body)
  }
}

const listening = (server: Server): Promise<string> =>
  new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () =>
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    ),
  )

/**
 * Starts a proxy in front of an HTTP server.
 * @param target address of the server: scheme `http`, host and port
 */
export async function faultProxy(target: string): Promise<FaultProxy> {
  let fault: Fault | undefined
  let left = { skip: 0, times: Infinity }
  let release = () => {}
  let over = Promise.resolve()
  let meet = () => {}
  let met = new Promise<void>(() => {})
  const seen: SeenRequest[] = []

  const next = (): Fault | undefined => {
    if (!fault || left.skip-- > 0 || left.times-- <= 0) return undefined
    return fault
  }
  const server = createServer((asked, response) => {
    const head = [`${asked.method} ${asked.url}`, ...asked.rawHeaders].join('\n')
    response.once('error', () => {})
    void (async () => {
      const body = await bodyOf(asked)
      if (seen.push({ head, body }) > MAX_SEEN) seen.shift()
      await respond(target, asked, body, response, { fault: next(), over, meet })
    })().catch(() => response.destroy())
  })
  // Clients that wait to be told may send at once: what they are told later is the server's.
  server.on('checkContinue', (asked, response) => {
    response.writeContinue()
    server.emit('request', asked, response)
  })
  const url = await listening(server)
  return {
    url,
    seen,
    break(which, { skip = 0, times = Infinity } = {}) {
      release()
      fault = which
      left = { skip, times }
      over = new Promise((resolve) => (release = resolve))
      met = new Promise((resolve) => (meet = resolve))
    },
    met: () => met,
    async stop() {
      release()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
