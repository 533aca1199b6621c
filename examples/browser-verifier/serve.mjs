// Serves the page on loopback: node serve.mjs [--chain <chain.json>] [--port <n>] [--connect <origin>,…]. With a running devnet, that is all.
import { createServer } from 'node:http'
import { readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { buildPage } from './build.mjs'

const here = dirname(fileURLToPath(import.meta.url))

const types = {
  'index.html': 'text/html; charset=utf-8',
  'page.css': 'text/css; charset=utf-8',
  'page.js': 'text/javascript; charset=utf-8',
  'worker.js': 'text/javascript; charset=utf-8',
  'page.js.map': 'application/json',
  'worker.js.map': 'application/json',
  'stf.node.wasm': 'application/wasm',
}

/** Headers of every answer. The first two let the page measure its memory; the last keeps everything foreign out but what `connect` names. */
const headersOf = (connect) => ({
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'content-security-policy': `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; img-src data:; connect-src ${["'self'", 'http://127.0.0.1:*', 'http://localhost:*', ...connect].join(' ')}`,
})

/**
 * Serves a built page and, as chain.json, a deployment file. Resolves when it listens.
 * @param {{ folder: string, chainFile: string, port?: number, connect?: string[] }} options port 0, the default, takes a free one; `connect`: origins
 * besides loopback that the page may connect to
 */
export async function servePage({ folder, chainFile, port = 0, connect = [] }) {
  // An origin alone: anything else could end the policy and begin another.
  const headers = headersOf(connect.map((url) => new URL(url).origin))
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? '/', 'http://page').pathname.slice(1) || 'index.html'
    const file = path === 'chain.json' ? chainFile : path in types ? join(folder, path) : undefined
    const body = file && (await readFile(file).catch(() => undefined))
    response.writeHead(body ? 200 : 404, { ...headers, 'content-type': types[path] ?? 'application/json' })
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
  const { values } = parseArgs({
    options: { chain: { type: 'string' }, port: { type: 'string' }, connect: { type: 'string' } },
  })
  const { url } = await servePage({
    folder: await buildPage(),
    chainFile: resolve(values.chain ?? join(here, '../../.devnet/chain.json')),
    port: Number(values.port ?? 8080),
    connect: (values.connect ?? '').split(',').filter((url) => url !== ''),
  })
  console.log(`Open ${url}`)
}
