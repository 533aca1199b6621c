import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { BaseError, bytesToHex, hostAllowed, type Hash, type Lifecycle } from '@animechain/core'
import type { BlobArchive } from './archive.js'
import { bytesPerBlob } from './encoding.js'

/** Where archived blobs are served. */
export interface BlobServerOptions {
  archive: BlobArchive
  /** address; default 127.0.0.1 */
  host?: string
  /** 0 takes a free one, which is the default. */
  port?: number
  /** Host names besides localhost and IP addresses under which it may be called; `*` for any. */
  hosts?: readonly string[]
  /** requests that are answered at a time; default 16. Others get 503. */
  maxRequests?: number
  /** milliseconds for the archive; default 30,000 */
  timeoutMs?: number
}

/** A server of blobs, not started. */
export interface BlobServer extends Lifecycle {
  /** `http://…` once it is started; a `beaconUrl` of other nodes */
  readonly url: string
}

/** Blobs of one answer; as hex they are about 2.4 MB. */
const MAX_HASHES = 9
/** A path and its query; nine hashes are 600 characters. */
const MAX_URL = 2_048
const BEACON = /^\/eth\/v1\/beacon\/blobs\/(0x[0-9a-f]{64}|\d{1,20}|head|genesis|finalized|justified)$/i
const SINGLE = /^\/v1\/blobs\/(0x01[0-9a-f]{62})$/i
const HASH = /^0x01[0-9a-f]{62}$/i

interface Answer {
  status: number
  body: string | Uint8Array
}

const refusal = (code: number, message: string): Answer => ({
  status: code,
  body: JSON.stringify({ code, message }),
})

/** The hashes that are asked for, or why they are none. */
function hashesOf(query: URLSearchParams): Hash[] | string {
  const texts = query.getAll('versioned_hashes').flatMap((value) => value.split(','))
  if (texts.length === 0)
    return 'expected versioned_hashes: an archive knows blobs by their hashes, not by blocks'
  if (texts.length > MAX_HASHES) return `expected at most ${MAX_HASHES} versioned_hashes, got ${texts.length}`
  const bad = texts.findIndex((text) => !HASH.test(text))
  if (bad >= 0) return `expected versioned hashes, got something else at place ${bad}`
  return [...new Set(texts.map((text) => text.toLowerCase() as Hash))]
}

async function blobsOf(
  archive: BlobArchive,
  hashes: readonly Hash[],
  signal: AbortSignal,
): Promise<Uint8Array[]> {
  const found: Uint8Array[] = []
  for (const hash of hashes) {
    const blob = await archive.get(hash, undefined, signal)
    if (!blob) continue
    if (blob.length !== bytesPerBlob) throw new Error(`the archive has ${blob.length} bytes for a blob`)
    found.push(blob)
  }
  return found
}

/** The answer of the beacon API: what there is of the blobs asked for. */
async function beaconAnswer(
  archive: BlobArchive,
  query: URLSearchParams,
  signal: AbortSignal,
): Promise<Answer> {
  const hashes = hashesOf(query)
  if (typeof hashes === 'string') return refusal(400, hashes)
  const found = await blobsOf(archive, hashes, signal)
  if (found.length === 0) return refusal(404, 'none of the blobs is in this archive')
  // Blobs name themselves: whoever asks compares their hashes, whatever is said about their block.
  const data = found.map(bytesToHex)
  return { status: 200, body: JSON.stringify({ execution_optimistic: false, finalized: true, data }) }
}

async function answer(archive: BlobArchive, asked: IncomingMessage, signal: AbortSignal): Promise<Answer> {
  const { method, url = '' } = asked
  if (url.length > MAX_URL) return refusal(414, `expected an address of at most ${MAX_URL} characters`)
  if (method !== 'GET' && method !== 'HEAD') return refusal(405, `expected GET, got ${method}`)
  const { pathname, searchParams } = new URL(url, 'http://archive')
  if (BEACON.test(pathname)) return beaconAnswer(archive, searchParams, signal)
  const single = SINGLE.exec(pathname)?.[1]?.toLowerCase() as Hash | undefined
  if (!single)
    return refusal(
      404,
      'there are only /eth/v1/beacon/blobs/{block}?versioned_hashes= and /v1/blobs/{versioned hash}',
    )
  const [blob] = await blobsOf(archive, [single], signal)
  return blob ? { status: 200, body: blob } : refusal(404, 'the blob is not in this archive')
}

function send(response: ServerResponse, asked: IncomingMessage, { status, body }: Answer): void {
  const type = typeof body === 'string' ? 'application/json' : 'application/octet-stream'
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body
  response.writeHead(status, {
    'content-type': type,
    'content-length': bytes.length,
    'x-content-type-options': 'nosniff',
    // A blob never changes, but that it is missing may.
    ...(status === 200 ? {} : { 'cache-control': 'no-store' }),
  })
  response.end(asked.method === 'HEAD' ? undefined : bytes)
}

/**
 * Serves archived blobs as a beacon node does, to nodes that come after L1 has dropped them: `GET /eth/v1/beacon/blobs/{block}?versioned_hashes=…`, where the block is not looked at because a
 * hash names one blob, and `GET /v1/blobs/{versioned hash}` for its bytes. What fails is 503: only what the archive does not have is 404.
 */
export function blobServer({
  archive,
  host = '127.0.0.1',
  port = 0,
  hosts = [],
  maxRequests = 16,
  timeoutMs = 30_000,
}: BlobServerOptions): BlobServer {
  let running = 0
  let url = ''
  const serve = async (asked: IncomingMessage, response: ServerResponse): Promise<void> => {
    response.once('error', () => {})
    // Nothing that is asked has a body; one is not read.
    asked.resume()
    if (!hostAllowed(asked.headers.host, hosts))
      return send(response, asked, refusal(403, 'not under this host name'))
    if (running >= maxRequests) return send(response, asked, refusal(503, 'too many requests at a time'))
    running++
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    try {
      const signal = AbortSignal.any([gone.signal, AbortSignal.timeout(timeoutMs)])
      send(response, asked, await answer(archive, asked, signal))
    } catch {
      // What the archive said may name folders and buckets.
      send(response, asked, refusal(503, 'the archive cannot be read now'))
    } finally {
      running--
    }
  }
  const server = createServer((asked, response) => void serve(asked, response))
  server.headersTimeout = 10_000
  server.requestTimeout = 30_000
  server.maxConnections = 256
  return {
    get url() {
      return url
    },
    async start() {
      if (server.listening) return
      await new Promise<void>((resolve, reject) => {
        const failed = (cause: Error) =>
          reject(
            new BaseError(`The server of blobs cannot listen on ${host}:${port}.`, {
              code: 'DA_BLOB_SERVER',
              cause,
            }),
          )
        server.once('error', failed)
        server.listen(port, host, () => {
          server.removeListener('error', failed)
          resolve()
        })
      })
      const at = server.address() as AddressInfo
      url = `http://${at.family === 'IPv6' ? `[${at.address}]` : at.address}:${at.port}`
    },
    async stop() {
      if (!server.listening) return
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}
