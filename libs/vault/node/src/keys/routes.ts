import { routes } from '@animechain/vault-protocol'
import type { FastifyInstance } from 'fastify'
import { busy } from '../http/refusal.js'
import { jsonOf, parameters, paramsOf, sendJson } from '../http/server.js'
import type { KeyService } from './service.js'

/** Puts the routes of a key node on a server. @param releasesPerMinute of one client */
export function keyRoutes(app: FastifyInstance, service: KeyService, releasesPerMinute: number): void {
  const object = {
    schema: { params: { type: 'object', properties: { ...parameters.object, ...parameters.rendition } } },
  }
  const path = '/v1/manifests/:object/:rendition'
  app.put(path, object, async (request, reply) => {
    const { object: id, rendition } = paramsOf(request)
    await service.putManifest(id, rendition, jsonOf(request))
    return reply.code(204).send()
  })
  app.get(path, object, async (request, reply) => {
    const { object: id, rendition } = paramsOf(request)
    return sendJson(reply, await service.manifest(id, rendition))
  })
  app.post(
    routes.release,
    { config: { rateLimit: { max: releasesPerMinute, timeWindow: 60_000 } } },
    async (request, reply) => {
      const { status, answer } = await service.release((request.body ?? new Uint8Array(0)) as Uint8Array)
      if (answer === undefined) throw busy('There were too many requests that are denied.')
      return sendJson(reply, answer, status)
    },
  )
  // Public keys are reckoned with in each: as dear as a release.
  const dear = { config: { rateLimit: { max: releasesPerMinute, timeWindow: 60_000 } } }
  const { reshare } = service
  app.post(routes.reshare, dear, async (request, reply) =>
    sendJson(reply, await reshare.deal(jsonOf(request))),
  )
  app.post(routes.combine, dear, async (request, reply) =>
    sendJson(reply, await reshare.combine(jsonOf(request))),
  )
  app.post(routes.signSet, dear, async (request, reply) =>
    sendJson(reply, await reshare.sign(jsonOf(request))),
  )
  app.put(routes.shareSet, dear, async (request, reply) =>
    sendJson(reply, await reshare.take(jsonOf(request))),
  )
  app.post(routes.handOver, dear, async (request, reply) => {
    await reshare.handOver(jsonOf(request))
    return reply.code(204).send()
  })
  app.post(routes.revokeNow, async (request, reply) => {
    await service.revokeNow(jsonOf(request))
    return reply.code(204).send()
  })
  app.post(routes.receipts, async (request, reply) =>
    sendJson(reply, await service.receipts(jsonOf(request))),
  )
}
