import type { Hash, Address } from '@animechain/core'
import { blobId, isBodyLength, UNITS } from '@animechain/vault-format'
import {
  fieldsOf,
  hexOf,
  signedFromJson,
  toJson,
  uintOf,
  type BlobDescriptor,
  type ErasureOrder,
} from '@animechain/vault-protocol'
import { erased, malformed, unknown } from '../http/refusal.js'
import type { MetadataStore } from '../metadata/store.js'

/** A blob that the node was allowed to take. */
export interface KnownBlob {
  descriptor: BlobDescriptor
  /** whose signature of an `Erase` frees the node of it; zero for batches */
  eraser: Address
}

/** A descriptor from JSON, strict. @throws {BaseError} `VAULT_MALFORMED` */
export function descriptorFromJson(json: unknown): BlobDescriptor {
  const fields = fieldsOf(json, 'descriptor', ['header', 'length', 'dataRoot', 'shardRoots', 'project'])
  if (!Array.isArray(fields.shardRoots) || fields.shardRoots.length !== UNITS)
    throw malformed(`Expected ${UNITS} roots as descriptor.shardRoots.`)
  return {
    header: hexOf(fields.header, 'descriptor.header', 80),
    length: uintOf(fields.length, 'descriptor.length', 64),
    dataRoot: hexOf(fields.dataRoot, 'descriptor.dataRoot', 32),
    shardRoots: fields.shardRoots.map((root, i) => hexOf(root, `descriptor.shardRoots[${i}]`, 32)),
    project: hexOf(fields.project, 'descriptor.project', 32),
  }
}

/** Checks that a descriptor is that of a blob that a node may keep. @throws {Refusal} */
export function expectDescriptor(blob: Hash, descriptor: BlobDescriptor, mostBytes: number): void {
  if (blobId(descriptor) !== blob)
    throw malformed(`Expected the descriptor of ${blob}, got that of ${blobId(descriptor)}.`)
  if (!isBodyLength(descriptor.length) || descriptor.length > BigInt(mostBytes))
    throw malformed(
      `Expected the length of a sealed file of at most ${mostBytes} bytes, got ${descriptor.length}.`,
    )
}

/** What a storage node knows of blobs. */
export interface Descriptors {
  find(blob: Hash): Promise<KnownBlob | undefined>
  /** @throws {Refusal} `VAULT_ERASED`, or `VAULT_UNKNOWN`: it is not here, and that is certain */
  get(blob: Hash): Promise<KnownBlob>
  /** @throws {Refusal} `VAULT_ERASED` */
  put(blob: Hash, known: KnownBlob): Promise<void>
  isGone(blob: Hash): Promise<boolean>
  /** From now on the blob is not taken again. An order that is noted already stays. */
  markGone(blob: Hash, order?: ErasureOrder): Promise<void>
  /** By whose order a blob is gone. */
  orderOf(blob: Hash): Promise<ErasureOrder | undefined>
  forget(blob: Hash): Promise<void>
}

function orderFromJson(json: unknown): ErasureOrder {
  const { erase, manifest, newer } = fieldsOf(json, 'order', ['erase', 'manifest'], ['newer'])
  return {
    erase: signedFromJson('Erase', erase),
    manifest: signedFromJson('Manifest', manifest),
    ...(newer !== undefined && { newer: signedFromJson('Manifest', newer) }),
  }
}

const blobKey = (blob: Hash) => `blob/${blob}`
const goneKey = (blob: Hash) => `gone/${blob}`

/** Descriptors in the metadata of a node. */
export function descriptors(metadata: MetadataStore): Descriptors {
  const isGone = async (blob: Hash) => (await metadata.get(goneKey(blob))) !== undefined
  const find = async (blob: Hash) => {
    const found = await metadata.get(blobKey(blob))
    if (!found) return undefined
    const { descriptor, eraser } = JSON.parse(Buffer.from(found).toString()) as Record<string, unknown>
    return { descriptor: descriptorFromJson(descriptor), eraser: eraser as Address }
  }
  const orderOf = async (blob: Hash): Promise<ErasureOrder | undefined> => {
    const found = await metadata.get(goneKey(blob))
    return found?.length ? orderFromJson(JSON.parse(Buffer.from(found).toString())) : undefined
  }
  return {
    find,
    async get(blob) {
      const found = await find(blob)
      if (await isGone(blob)) throw erased(`Blob ${blob} was erased.`)
      if (!found) throw unknown(`There is no blob ${blob} here.`)
      return found
    },
    async put(blob, known) {
      if (await isGone(blob)) throw erased(`Blob ${blob} was erased.`)
      if (await find(blob)) return
      await metadata.batch([{ type: 'put', key: blobKey(blob), value: Buffer.from(toJson(known)) }])
    },
    isGone,
    async markGone(blob, order) {
      if (await orderOf(blob)) return
      const value = order ? Buffer.from(toJson(order)) : new Uint8Array(0)
      await metadata.batch([{ type: 'put', key: goneKey(blob), value }])
    },
    orderOf,
    forget: (blob) => metadata.batch([{ type: 'delete', key: blobKey(blob) }]),
  }
}
