import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

interface Call {
  id: number
  method: string
  params: unknown[]
}

/**
 * A JSON-RPC node on loopback that passes every call on and changes what comes back.
 * `lie` gets each call with its honest result and gives the result to answer.
 */
export async function lyingNode(options: { url: string; lie: (method: string, result: never) => unknown }) {
  const server = createServer(async (request, response) => {
    response.setHeader('access-control-allow-origin', '*')
    response.setHeader('access-control-allow-headers', 'content-type')
    if (request.method === 'OPTIONS') return response.writeHead(204).end()
    try {
      const chunks: Buffer[] = []
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
      const body = Buffer.concat(chunks)
      const answer = await fetch(options.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
        signal: AbortSignal.timeout(10_000),
      })
      const calls = [JSON.parse(body.toString()) as Call | Call[]].flat()
      const json = (await answer.json()) as unknown
      for (const each of [json].flat() as { id: number; result?: never }[]) {
        const call = calls.find(({ id }) => id === each.id)
        if (call && each.result) each.result = options.lie(call.method, each.result) as never
      }
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(json))
    } catch {
      response.writeHead(502).end()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
