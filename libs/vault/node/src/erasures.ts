import type { Address, Hash, Logger } from '@animechain/core'
import {
  fieldsOf,
  isRetirement,
  objectAt,
  routes,
  signedFromJson,
  supersedeFault,
  toJson,
  type Erase,
  type EraseBody,
  type Manifest,
  type Signed,
  type SupersedeBody,
  type VaultDomain,
} from '@animechain/vault-protocol'
import type { Committees } from './committees.js'
import { conflict, forbidden, malformed, unavailable, unknown } from './http/refusal.js'
import { powers, UnseenError, type ChainView } from './keys/chainView.js'
import type { KeyService } from './keys/service.js'
import type { Signers } from './keys/signers.js'
import type { SeenErasure } from './keys/tombstones.js'
import type { StorageService } from './storage/types.js'

/** Manifests of an erasure at most. */
const MOST_MANIFESTS = 256

/** What orders to destroy something are held against, and act on. */
interface Parts {
  view: ChainView
  who: Signers
  domain: VaultDomain
  storage?: StorageService
  keys?: KeyService
}

/** Whether a manifest is of an object, or of what is below it. */
const isBelow = (object: Hash, { project, path, object: of }: Manifest): boolean => {
  const ids = path.map((_, i) => objectAt(project, path.slice(0, i + 1)))
  return ids.at(-1) === of && [project, ...ids].includes(object)
}

/**
 * Deletes the blobs of manifests of what was erased, each with the order that frees the node of it. What is another project's stays, and what is not here may be:
 * whoever owns some project must not keep a blob of others from coming.
 * @param manifests signed by the project's owner or a delegate, of the object or of what is below it
 * @param signer of order and manifests: then only what that frees the node of
 */
export async function deleteBlobs(
  storage: StorageService | undefined,
  erase: Signed<Erase>,
  manifests: readonly Signed<Manifest>[],
  signer?: Address,
): Promise<void> {
  for (const manifest of manifests) {
    const { blob } = manifest.message
    const found = await storage?.known(blob)
    if (found?.status !== 'here' || found.blob.descriptor.project !== erase.message.project) continue
    if (signer === undefined || found.blob.eraser === signer) await storage?.erase(blob, { erase, manifest })
  }
}

/** Milliseconds for a peer to follow an order. */
const TELL_MS = 15_000

/**
 * What is done about bytes of an object that was erased on chain by a signed order: they are deleted here, and the storage nodes of the committee, which know no
 * manifests, are shown order and manifests. One that is away hears it from its peers at its next repair.
 */
export function byteDeleter(parts: {
  storage: StorageService | undefined
  committees: Committees
  self: Address
  logger: Logger
}) {
  const { storage, committees, self, logger } = parts
  async function tell(url: string, body: EraseBody): Promise<void> {
    const headers = { 'content-type': 'application/json' }
    const signal = AbortSignal.timeout(TELL_MS)
    const init = { method: 'POST', headers, body: toJson(body), signal, redirect: 'error' } as const
    const response = await fetch(`${url}${routes.erase}`, init)
    await response.body?.cancel()
    if (!response.ok) throw new Error(`expected HTTP 204, got ${response.status}`)
  }
  return async ({ erase, manifests, signer }: SeenErasure): Promise<void> => {
    await deleteBlobs(storage, erase, manifests, signer)
    const committee = await committees.at(await committees.current(), 'storage')
    const peers = committee?.members.filter(({ key }) => key !== self) ?? []
    for (let i = 0; i < manifests.length; i += MOST_MANIFESTS) {
      const body = { erase, manifests: manifests.slice(i, i + MOST_MANIFESTS) }
      await Promise.all(
        peers.map(({ key, url }) =>
          tell(url, body).catch((error: unknown) =>
            logger.warn('a storage node did not follow an order', {
              node: key,
              error: (error as Error).message,
            }),
          ),
        ),
      )
    }
  }
}

/** The orders of owners to destroy what the node has, of either role. Methods throw a `Refusal` for what they do not do. */
export function erasures({ view, who, domain, storage, keys }: Parts) {
  const head = async (): Promise<Hash> => {
    const found = await view.head()
    if (found === undefined) throw unavailable('The node sees no block of L2 yet.')
    return found.hash
  }
  const actsFor: Signers['actsFor'] = (...asked) =>
    who.actsFor(...asked).catch((error: unknown) => {
      throw error instanceof UnseenError ? unavailable('L2 does not answer.', error) : error
    })

  /** Order and retirement are what frees the node of its acknowledgement on L1: only if whom that names signed both. @throws {Refusal} */
  async function expectFreed(storage: StorageService, body: SupersedeBody): Promise<'gone' | 'here'> {
    const { project, blob } = body.retirement.message
    const found = await storage.known(blob)
    if (found === undefined) throw unknown(`There is no blob ${blob} here.`)
    if (found.status === 'gone') return 'gone'
    const { descriptor, eraser } = found.blob
    if (descriptor.project !== project) throw forbidden('The blob is of another project.')
    for (const signer of [await who.key('Erase', body.erase), await who.key('Manifest', body.retirement)])
      if (signer !== eraser)
        throw forbidden(
          `Expected the signature of ${eraser}, whom the acknowledgement names, got ${signer ?? 'none of a key'}.`,
        )
    return 'here'
  }

  /** What takes the blob's place must be here, or have given way itself. @throws {Refusal} */
  async function expectNewer(storage: StorageService, { message }: Signed<Manifest>): Promise<void> {
    const found = await storage.known(message.blob)
    if (found?.status === 'gone') return
    const held = await Promise.all([0, 1, 2, 3, 4].map((shard) => storage.has(message.blob, shard)))
    if (!held.includes(true))
      throw conflict(`Expected a shard of the newer blob ${message.blob} here, got none.`)
  }

  return {
    /** An object and everything below it is to go. */
    async erase(json: unknown): Promise<void> {
      const fields = fieldsOf(json, 'body', ['erase', 'manifests'])
      const erase = signedFromJson('Erase', fields.erase, 'body.erase')
      if (!Array.isArray(fields.manifests) || fields.manifests.length > MOST_MANIFESTS)
        throw malformed(`Expected a list of at most ${MOST_MANIFESTS} as body.manifests.`)
      const shown = fields.manifests.map((each, i) =>
        signedFromJson('Manifest', each, `body.manifests[${i}]`),
      )
      const { project, object } = erase.message
      const at = await head()
      if (!(await actsFor('Erase', erase, project, powers.erase, at)))
        throw forbidden('Expected the signature of the project’s owner or of a delegate that may erase.')
      // Before any is deleted: a list of which one is wrong is a mistake of whoever made it.
      for (const manifest of shown) {
        const { message } = manifest
        const isOf = message.project === project && isBelow(object, message) && !isRetirement(message)
        if (!isOf || !(await actsFor('Manifest', manifest, project, powers.manifest, at)))
          throw malformed(
            'Expected manifests of the object or of what is below it, signed by the owner or a delegate.',
          )
      }
      const known = (await keys?.erase(erase)) ?? []
      await deleteBlobs(storage, erase, [...shown, ...known])
    },

    /** One blob is to go, for a newer manifest of its rendition has another one. */
    async supersede(storage: StorageService, json: unknown): Promise<void> {
      const fields = fieldsOf(json, 'body', ['erase', 'retirement', 'newer'])
      const body: SupersedeBody = {
        erase: signedFromJson('Erase', fields.erase, 'body.erase'),
        retirement: signedFromJson('Manifest', fields.retirement, 'body.retirement'),
        newer: signedFromJson('Manifest', fields.newer, 'body.newer'),
      }
      const fault = supersedeFault(domain, body)
      if (fault) throw malformed(`The order cannot be followed: ${fault}.`)
      const { erase, retirement: manifest, newer } = body
      const { project, blob } = manifest.message
      const at = await head()
      const isSigned =
        (await actsFor('Erase', erase, project, powers.erase, at)) &&
        (await actsFor('Manifest', manifest, project, powers.manifest, at)) &&
        (await actsFor('Manifest', newer, project, powers.manifest, at))
      if (!isSigned)
        throw forbidden('Expected signatures of the project’s owner or of delegates that may erase.')
      if ((await expectFreed(storage, body)) === 'gone') return
      await expectNewer(storage, newer)
      await storage.erase(blob, { erase, manifest, newer })
    },
  }
}
