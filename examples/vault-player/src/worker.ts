import type { AskRange, Piece, Pull } from './messages.js'

/** What of a service worker's global scope is used here. */
interface Worker {
  addEventListener(type: 'install' | 'activate', listener: (event: Extendable) => void): void
  addEventListener(type: 'fetch', listener: (event: Fetch) => void): void
  skipWaiting(): Promise<void>
  clients: {
    claim(): Promise<void>
    get(id: string): Promise<Client | undefined>
    matchAll(): Promise<readonly Client[]>
  }
}
interface Extendable {
  waitUntil(work: Promise<unknown>): void
}
interface Fetch {
  request: Request
  clientId: string
  respondWith(answer: Promise<Response>): void
}
interface Client {
  postMessage(message: unknown, transfer: Transferable[]): void
}

const worker = self as unknown as Worker

/** The next message on a port, or an error where none comes: the page may be gone. Milliseconds. */
const ANSWER_MS = 60_000

function next(port: MessagePort): Promise<Piece> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the page does not answer')), ANSWER_MS)
    port.onmessage = ({ data }: MessageEvent<Piece>) => {
      clearTimeout(timer)
      resolve(data)
    }
  })
}

/** A body that asks the page for each piece when it is wanted: nothing is read ahead here. */
function bodyOf(port: MessagePort): ReadableStream<Uint8Array> {
  const say = (message: Pull) => port.postMessage(message)
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const piece = next(port)
        say({ type: 'pull' })
        const got = await piece
        if (got.type === 'bytes') return controller.enqueue(got.bytes)
        port.close()
        if (got.type === 'end') controller.close()
        else controller.error(new Error(got.type === 'error' ? got.message : 'the page answered out of turn'))
      },
      cancel() {
        say({ type: 'cancel' })
        port.close()
      },
    },
    { highWaterMark: 0 },
  )
}

async function answer({ request, clientId }: Fetch): Promise<Response> {
  const client = (await worker.clients.get(clientId)) ?? (await worker.clients.matchAll())[0]
  if (!client) return new Response('no page has the key', { status: 503 })
  const { port1, port2 } = new MessageChannel()
  const head = next(port1)
  const ask: AskRange = {
    type: 'range',
    path: new URL(request.url).pathname,
    range: request.headers.get('range'),
  }
  client.postMessage(ask, [port2])
  const got = await head
  if (got.type !== 'head') return new Response('the page could not read it', { status: 502 })
  const { status, headers } = got
  const isEmpty = request.method === 'HEAD' || status === 416
  return new Response(isEmpty ? null : bodyOf(port1), { status, headers })
}

worker.addEventListener('install', (event) => event.waitUntil(worker.skipWaiting()))
worker.addEventListener('activate', (event) => event.waitUntil(worker.clients.claim()))
worker.addEventListener('fetch', (event) => {
  const { origin, pathname } = new URL(event.request.url)
  if (origin === location.origin && pathname.startsWith('/media/')) event.respondWith(answer(event))
})
