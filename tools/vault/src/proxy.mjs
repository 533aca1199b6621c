// Proxies on loopback, before a node or before the chain, that do to what goes through what a trial asks for.
import { createServer, request as ask } from 'node:http'

async function bodyOf(stream) {
  const parts = []
  for await (const part of stream) parts.push(part)
  return Buffer.concat(parts)
}

/** What is on the other side answers, or undefined where it does not. */
function forwarded(target, { method, path, headers, body }) {
  return new Promise((resolve) => {
    const { hostname, port } = new URL(target)
    // A connection of its own: one that was kept may be of a node that was stopped since.
    const own = { ...headers, host: `${hostname}:${port}`, connection: 'close' }
    const sent = ask({ hostname, port, path, method, headers: own, agent: false })
    sent.once('response', (response) => {
      bodyOf(response).then(
        (answer) => resolve({ status: response.statusCode, headers: response.headers, body: answer }),
        () => resolve(undefined),
      )
    })
    sent.once('error', () => resolve(undefined))
    sent.end(body)
  })
}

/**
 * A proxy before `target`. `handle(request, forward)` answers in its place where it is set: `{ status, headers, body }`, or undefined to cut the connection.
 * @returns {Promise<{ url: string, handle: undefined | Function, stop(): Promise<void> }>}
 */
export async function proxyOf(target) {
  const proxy = { handle: undefined, url: '', stop: async () => {} }
  const server = createServer(async (incoming, outgoing) => {
    const asked = { method: incoming.method, path: incoming.url, headers: incoming.headers }
    try {
      const request = { ...asked, body: await bodyOf(incoming) }
      const forward = (changed = request) => forwarded(target, changed)
      const answer = await (proxy.handle ? proxy.handle(request, forward) : forward())
      if (answer === undefined) return outgoing.destroy()
      const { 'transfer-encoding': _, 'keep-alive': __, ...headers } = answer.headers
      headers.connection = 'close'
      // Of an answer to HEAD the length is of what would have come.
      if (request.method !== 'HEAD') headers['content-length'] = `${answer.body.length}`
      outgoing.writeHead(answer.status, headers)
      outgoing.end(answer.body)
    } catch {
      outgoing.destroy()
    }
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  proxy.url = `http://127.0.0.1:${server.address().port}`
  proxy.stop = async () => {
    const closed = new Promise((resolve) => server.close(resolve))
    server.closeAllConnections()
    await closed
  }
  return proxy
}
