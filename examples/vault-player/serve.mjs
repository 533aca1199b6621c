// Serves the page on loopback: node serve.mjs [--port <n>].
import { createServer } from 'node:http'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { buildPage } from './build.mjs'

const types = {
  'index.html': 'text/html; charset=utf-8',
  'page.css': 'text/css; charset=utf-8',
  'page.js': 'text/javascript; charset=utf-8',
  'worker.js': 'text/javascript; charset=utf-8',
  'page.js.map': 'application/json',
  'worker.js.map': 'application/json',
}

/** Headers of every answer: nothing foreign runs in a page that has keys, and nothing of it is kept. */
const headers = {
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'content-security-policy':
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; img-src data:; media-src 'self'; connect-src 'self' http://127.0.0.1:* http://localhost:*",
}

/** Serves a built page. Resolves when it listens. @param {{ folder: string, port?: number }} options port 0, the default, takes a free one */
export async function servePage({ folder, port = 0 }) {
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? '/', 'http://page').pathname.slice(1) || 'index.html'
    const body = path in types ? await readFile(join(folder, path)).catch(() => undefined) : undefined
    response.writeHead(body ? 200 : 404, { ...headers, 'content-type': types[path] ?? 'text/plain' })
    response.end(body ?? '')
  })
  await new Promise((done, failed) => {
    server.once('error', failed)
    server.listen(port, '127.0.0.1', done)
  })
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    close: () =>
      new Promise((done) => {
        server.close(done)
        server.closeAllConnections()
      }),
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values } = parseArgs({ options: { port: { type: 'string' } } })
  const { url } = await servePage({ folder: await buildPage(), port: Number(values.port ?? 8090) })
  console.log(`Open ${url}`)
}
