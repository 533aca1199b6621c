import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { BaseError, concatBytes, hostAllowed, type Lifecycle } from '@animechain/core'
import type { ObjectStore } from '@animechain/objects'

/** A bucket on loopback, not started. */
export interface FolderBucket extends Lifecycle {
  /** The address of the server, without the bucket; known once it is started. */
  readonly url: string
}

/** Where a bucket is served, and what keeps its objects. */
export interface FolderBucketOptions {
  bucket: string
  /** Started and stopped with the server. */
  objects: ObjectStore
  /** 0 takes a free one */
  port: number
  /** longest object, bytes; default 120,000, that of a batch of kind 3 */
  maxBytes?: number
}

/** Requests that are answered at a time. Others get 503, which clients of S3 repeat. */
const MAX_REQUESTS = 64
const REQUEST_MS = 30_000

interface Answer {
  status: number
  body?: Uint8Array
  headers?: Record<string, string>
}

/** As S3 says what went wrong: clients go by the code. */
const problem = (status: number, code: string): Answer => ({
  status,
  body: Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code></Error>`),
  headers: { 'content-type': 'application/xml' },
})
const unavailable = problem(503, 'ServiceUnavailable')

/** The body of a request; undefined where it is longer. */
async function bodyOf(request: IncomingMessage, maxBytes: number): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    length += chunk.length
    if (length > maxBytes) return undefined
    chunks.push(chunk)
  }
  return concatBytes(...chunks)
}

const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes)

async function put(
  request: IncomingMessage,
  key: string,
  { objects, maxBytes }: Required<Pick<FolderBucketOptions, 'objects' | 'maxBytes'>>,
): Promise<Answer> {
  const body = await bodyOf(request, maxBytes)
  if (!body) return problem(400, 'EntityTooLarge')
  const said = request.headers['content-md5']
  if (said !== undefined && said !== md5(body).digest('base64')) return problem(400, 'BadDigest')
  const { status } = await objects.put(key, body)
  if (status === 'ok') return { status: 200, headers: { etag: `"${md5(body).digest('hex')}"` } }
  return status === 'invalid' ? problem(400, 'InvalidURI') : unavailable
}

/** A part of an object by `bytes=0-9`; undefined for all of it. */
function rangeOf(header: string | undefined): { offset: number; length: number } | undefined {
  const [, first, last] = /^bytes=(\d{1,15})-(\d{1,15})$/.exec(header ?? '') ?? []
  if (first === undefined) return undefined
  return { offset: Number(first), length: Math.max(Number(last) - Number(first) + 1, 0) }
}

async function get(request: IncomingMessage, key: string, objects: ObjectStore): Promise<Answer> {
  const range = rangeOf(request.headers.range)
  const found = await objects.get(key, range ? { range } : {})
  if (found.status === 'missing') return problem(404, 'NoSuchKey')
  if (found.status === 'invalid') return problem(400, 'InvalidURI')
  if (found.status !== 'object') return unavailable
  const { body, size } = found
  if (!range) return { status: 200, body }
  if (range.offset >= size) return problem(416, 'InvalidRange')
  const end = range.offset + body.length - 1
  return { status: 206, body, headers: { 'content-range': `bytes ${range.offset}-${end}/${size}` } }
}

/** What of the S3 API a node asks for batches: the bucket, and one object. */
function handler({ bucket, objects, maxBytes = 120_000 }: FolderBucketOptions) {
  return async (request: IncomingMessage): Promise<Answer> => {
    const { method = 'GET', url = '/' } = request
    const [, name, ...rest] = url.split('?')[0]!.split('/')
    const key = rest.join('/')
    if (name !== bucket) return problem(404, 'NoSuchBucket')
    if (key === '') return method === 'HEAD' ? { status: 200 } : problem(501, 'NotImplemented')
    if (method === 'PUT') return put(request, key, { objects, maxBytes })
    if (method === 'GET' || method === 'HEAD') return get(request, key, objects)
    if (method !== 'DELETE') return problem(501, 'NotImplemented')
    const { status } = await objects.delete(key)
    return status === 'ok' ? { status: 204 } : unavailable
  }
}

function send(response: ServerResponse, request: IncomingMessage, { status, body, headers }: Answer): void {
  response.writeHead(status, {
    ...(status === 204 ? {} : { 'content-length': body?.length ?? 0 }),
    'x-content-type-options': 'nosniff',
    ...headers,
    // The rest of a body that was too long is not read.
    ...(request.complete ? {} : { connection: 'close' }),
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}

/**
 * A bucket over a store of objects, for a node's S3 client on the same machine: `GET`, `HEAD`, `PUT` and `DELETE` of one object, and `HEAD` of the bucket, as S3
 * answers them. It is no S3 server: it lists nothing, takes no objects in parts, and checks no signature.
 * @throws {BaseError} `DEVNET_PORT` from `start`
 */
export function folderBucket(options: FolderBucketOptions): FolderBucket {
  const handle = handler(options)
  let running = 0
  let { port } = options
  const answer = async (request: IncomingMessage): Promise<Answer> => {
    // A page in a browser that has a name of its own for loopback must not get in.
    if (!hostAllowed(request.headers.host, [])) return problem(403, 'AccessDenied')
    if (running >= MAX_REQUESTS) return unavailable
    running++
    try {
      return await handle(request)
    } catch {
      return unavailable
    } finally {
      running--
    }
  }
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    response.once('error', () => {})
    send(response, request, await answer(request))
  }
  const server = createServer(
    { requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS },
    (request, response) => {
      void serve(request, response)
    },
  )
  server.maxConnections = 4 * MAX_REQUESTS
  return {
    get url() {
      return `http://127.0.0.1:${port}`
    },
    async start() {
      if (server.listening) return
      await options.objects.start()
      await new Promise<void>((resolve, reject) => {
        const failed = (cause: Error) =>
          reject(
            new BaseError(`The bucket cannot be served on 127.0.0.1:${port}.`, {
              code: 'DEVNET_PORT',
              cause,
            }),
          )
        server.once('error', failed)
        server.listen(port, '127.0.0.1', () => {
          server.removeListener('error', failed)
          resolve()
        })
      })
      port = (server.address() as AddressInfo).port
    },
    async stop() {
      if (server.listening) {
        const closed = new Promise((resolve) => server.close(resolve))
        server.closeAllConnections()
        await closed
      }
      await options.objects.stop()
    },
  }
}
