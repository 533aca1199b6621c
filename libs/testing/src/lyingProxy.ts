import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A JSON-RPC call that passes through the proxy. */
export interface RpcCall {
  id: unknown
  method: string
  params: readonly unknown[]
}

/** Its answer. */
export interface RpcReply {
  jsonrpc: '2.0'
  id: unknown
  result?: unknown
  error?: { code: number; message: string; data?: unknown }
}

/** What a lie may look at. */
export interface LieContext {
  /** Asks the real server. */
  truth<T = unknown>(method: string, params?: readonly unknown[]): Promise<T>
  /** number of the newest block when the lie began */
  began: bigint
  /** how many answers it has changed */
  count: number
}

/** A way in which a server of L1 is wrong. Each part is optional; what is absent stays true. */
export interface Lie {
  name: string
  /** what the server does, in a few words */
  says: string
  /** Another answer to a call; `undefined`: the true one. */
  answer?: (
    call: RpcCall,
    reply: RpcReply,
    context: LieContext,
  ) => Promise<RpcReply | undefined> | RpcReply | undefined
  /** Other answers to all the calls of a request. */
  replies?: (replies: RpcReply[]) => RpcReply[]
  /** Writes the HTTP response itself, given the body that should be sent. */
  respond?: (response: ServerResponse, body: string) => void
  /** Another answer to what is asked with GET (the beacon API). */
  get?: (body: string) => string
}

/** A proxy in front of an L1 endpoint that changes answers on demand. */
export interface LyingProxy {
  url: string
  /** Begins to lie, or ends. */
  lie(lie: Lie | undefined): Promise<void>
  /** answers changed since the lie began */
  readonly changed: number
  /** calls passed since the start */
  readonly calls: number
  stop(): Promise<void>
}

const json = { 'content-type': 'application/json' }

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

/** Sends a JSON-RPC body to the real server. */
const forward = (target: string, body: string) =>
  fetch(target, { method: 'POST', headers: json, body, signal: AbortSignal.timeout(60_000) })

/** The answers to `calls` as the lie has them; the context counts those that are changed. */
function answered(
  lie: Lie,
  calls: readonly RpcCall[],
  replies: readonly RpcReply[],
  context: LieContext,
): Promise<RpcReply[]> {
  return Promise.all(
    replies.map(async (reply) => {
      const call = calls.find(({ id }) => id === reply.id)
      const other = call && (await lie.answer?.(call, reply, context))
      if (other) context.count++
      return other ?? reply
    }),
  )
}

/** A server on loopback in front of an L1's JSON-RPC (and beacon API), which passes everything on, changed by one {@link Lie} at a time. */
export async function lyingProxy(target: string): Promise<LyingProxy> {
  let lie: Lie | undefined
  let context: LieContext
  let calls = 0

  async function truth<T>(method: string, params: readonly unknown[] = []): Promise<T> {
    const answer = await forward(target, JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))
    return ((await answer.json()) as { result: T }).result
  }

  async function post(text: string, response: ServerResponse): Promise<void> {
    const sent = JSON.parse(text) as RpcCall | RpcCall[]
    const list = [sent].flat()
    calls += list.length
    const current = lie
    const real = await forward(target, text)
    let replies = [(await real.json()) as RpcReply | RpcReply[]].flat()
    if (current) replies = await answered(current, list, replies, context)
    if (current?.replies) {
      context.count++
      replies = current.replies(replies)
    }
    const body = JSON.stringify(Array.isArray(sent) ? replies : replies[0])
    if (current?.respond) {
      context.count++
      return current.respond(response, body)
    }
    response.writeHead(200, json).end(body)
  }

  async function get(path: string, response: ServerResponse): Promise<void> {
    const current = lie
    const real = await fetch(new URL(path, target), { signal: AbortSignal.timeout(60_000) })
    let body = await real.text()
    if (current?.get) {
      context.count++
      body = current.get(body)
    }
    if (current?.respond) return current.respond(response, body)
    response.writeHead(real.status, json).end(body)
  }

  const server = createServer((request, response) => {
    const work =
      request.method === 'POST'
        ? read(request).then((text) => post(text, response))
        : get(request.url ?? '/', response)
    work.catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async lie(next) {
      const began = BigInt(await truth<string>('eth_blockNumber'))
      context = { truth, began, count: 0 }
      lie = next
    },
    get changed() {
      return context?.count ?? 0
    },
    get calls() {
      return calls
    },
    async stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
}
