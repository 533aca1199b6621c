import type { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { malformed } from '../http/refusal.js'
import { jsonOf, maxPartBytes, parameters, paramsOf, sendJson } from '../http/server.js'
import type { Part, StorageService } from './types.js'

const range = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/
const noRange = /^bytes \*\/(\d{1,15})$/

/** Which bytes of a shard a body has. @throws {Refusal} */
export function partOf(header: string | undefined): Part {
  const none = noRange.exec(header ?? '')
  if (none) return { total: Number(none[1]), length: 0 }
  const found = range.exec(header ?? '')
  if (!found) throw malformed('Expected a header content-range: bytes <first>-<last>/<total>.')
  const [first, last, total] = found.slice(1).map(Number) as [number, number, number]
  if (last < first || last >= total) throw malformed('Expected content-range to be within the shard.')
  const length = last - first + 1
  if (length > maxPartBytes)
    throw malformed(`Expected a part of at most ${maxPartBytes} bytes, got ${length}.`)
  return { first, total, length }
}

/** Bytes of the roots of a blob's units at most: of a blob of 256 GiB. */
const maxRootsBytes = 64 * 2 ** 20
/** Bytes of the body of a certificate's question at most: a batch in hex. */
const maxCertifyBytes = 2 * 2 ** 20

async function* none(): AsyncIterable<Uint8Array> {}
async function* one(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes
}

/** The bytes of a body as they come. */
function bytesOf({ body }: FastifyRequest): AsyncIterable<Uint8Array> {
  if (body == null) return none()
  return body instanceof Uint8Array ? one(body) : (body as Readable)
}

const sendBytes = (reply: FastifyReply, bytes: Uint8Array) =>
  reply.type('application/octet-stream').send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))

/** Puts the routes of a storage node on a server. */
export function storageRoutes(app: FastifyInstance, service: StorageService): void {
  const blob = { schema: { params: { type: 'object', properties: parameters.blob } } }
  const shard = {
    schema: { params: { type: 'object', properties: { ...parameters.blob, ...parameters.shard } } },
  }
  const unit = {
    schema: {
      params: {
        type: 'object',
        properties: { ...parameters.blob, ...parameters.shard, ...parameters.stripe },
      },
    },
  }
  const paths = { blob: '/v1/blobs/:blob', roots: '/v1/blobs/:blob/units', shard: '/v1/blobs/:blob/:shard' }

  app.put(paths.blob, blob, async (request, reply) => {
    await service.putBlob(paramsOf(request).blob, jsonOf(request))
    return reply.code(204).send()
  })
  app.get(paths.blob, blob, async (request, reply) =>
    sendJson(reply, await service.descriptor(paramsOf(request).blob)),
  )
  app.put(paths.roots, { ...blob, bodyLimit: maxRootsBytes }, async (request, reply) => {
    await service.putRoots(paramsOf(request).blob, bytesOf(request))
    return reply.code(204).send()
  })
  app.get(paths.roots, blob, async (request, reply) =>
    sendBytes(reply, await service.roots(paramsOf(request).blob)),
  )
  app.put(paths.shard, { ...shard, bodyLimit: maxPartBytes }, async (request, reply) => {
    const { blob: id, shard: number } = paramsOf(request)
    const part = partOf(request.headers['content-range'])
    const result = await service.putPart(id, number, part, bytesOf(request))
    if (result.status === 'complete')
      return sendJson(reply.header('x-vault-complete', '1'), result.acknowledgement, 201)
    return reply.code(202).header('upload-offset', `${result.offset}`).send()
  })
  app.head(paths.shard, shard, async (request, reply) => {
    const { blob: id, shard: number } = paramsOf(request)
    const { offset, complete } = await service.state(id, number)
    if (complete) reply.header('x-vault-complete', '1')
    return reply.code(200).header('upload-offset', `${offset}`).send()
  })
  app.delete(paths.shard, shard, async (request, reply) => {
    const { blob: id, shard: number } = paramsOf(request)
    await service.cancel(id, number)
    return reply.code(204).send()
  })
  app.get('/v1/blobs/:blob/:shard/units/:stripe', unit, async (request, reply) => {
    const { blob: id, shard: number, stripe } = paramsOf(request)
    const { bytes, path } = await service.unit(id, number, stripe)
    return sendBytes(reply.header('x-vault-path', Buffer.concat(path).toString('hex')), bytes)
  })
  app.post('/v1/blobs/:blob/certify', { ...blob, bodyLimit: maxCertifyBytes }, async (request, reply) =>
    sendJson(reply, { signature: await service.certify(paramsOf(request).blob, jsonOf(request)) }),
  )
}
