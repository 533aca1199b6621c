import { BaseError, type Hash, type Hex } from '@animechain/core'
import {
  fieldsOf,
  hexOf,
  integerOf,
  signedFromJson,
  toJson,
  uintOf,
  type Acknowledgement,
  type BlobDescriptor,
  type Manifest,
  type Receipt,
  type Signed,
} from '@animechain/vault-protocol'
import type { SessionStore, StoredSession } from './sessions.js'

/**
 * Where a client keeps what it must not lose or ask for again: texts by key. Keys are of `a-z`, digits, `.`, `-` and `/`. What is kept holds secrets
 * (sessions, uploads): a file of it is for its owner alone. In browsers: the memory of a page.
 */
export interface VaultStore {
  get(key: string): Promise<string | undefined>
  set(key: string, text: string): Promise<void>
  delete(key: string): Promise<void>
  /** keys that begin like this */
  list(prefix: string): Promise<readonly string[]>
}

/** A store in memory. */
export function memoryStore(): VaultStore {
  const texts = new Map<string, string>()
  return {
    get: async (key) => texts.get(key),
    set: async (key, text) => void texts.set(key, text),
    delete: async (key) => void texts.delete(key),
    list: async (prefix) => [...texts.keys()].filter((key) => key.startsWith(prefix)).sort(),
  }
}

/** What a text of a store says; undefined where it is none, or another version's. */
export const parsed = <T>(text: string | undefined, read: (json: unknown) => T): T | undefined => {
  if (text === undefined) return undefined
  try {
    return read(JSON.parse(text))
  } catch {
    // What another version wrote is as good as nothing.
    return undefined
  }
}

const isHex = (value: unknown): value is Hex => typeof value === 'string' && /^0x[0-9a-f]+$/i.test(value)

/** Sessions in a store. */
export const sessionStore = (store: VaultStore): SessionStore => {
  const key = (project: Hash, subject: Hex) => `sessions/${project}/${subject}`.toLowerCase()
  return {
    load: async (project, subject) =>
      parsed(await store.get(key(project, subject)), (json): StoredSession => {
        const { signed, privateKey } = json as { signed: unknown; privateKey: unknown }
        if (!isHex(privateKey)) throw new Error('expected a key')
        return { signed: signedFromJson('Session', signed), privateKey }
      }),
    save: (project, subject, session) => store.set(key(project, subject), toJson(session)),
  }
}

const manifestKey = (object: Hash, rendition: number) => `manifests/${object}/${rendition}`.toLowerCase()

/** Copies of manifests: with the owner's key they open what no key node answers for any more. */
export const manifestStore = (store: VaultStore) => ({
  load: async (object: Hash, rendition: number): Promise<Signed<Manifest> | undefined> =>
    parsed(await store.get(manifestKey(object, rendition)), (json) => signedFromJson('Manifest', json)),
  save: (manifest: Signed<Manifest>): Promise<void> =>
    store.set(manifestKey(manifest.message.object, manifest.message.rendition), toJson(manifest)),
  remove: (object: Hash, rendition: number): Promise<void> => store.delete(manifestKey(object, rendition)),
})

/** What storage nodes signed for a rendition that was put: with it they can be challenged on L1. */
export interface AcknowledgedBlob {
  object: Hash
  rendition: number
  descriptor: BlobDescriptor
  acknowledgements: readonly Signed<Acknowledgement>[]
}

function acknowledgedFromJson(json: unknown): AcknowledgedBlob {
  const fields = fieldsOf(json, 'acknowledged', ['object', 'rendition', 'descriptor', 'acknowledgements'])
  const names = ['header', 'length', 'dataRoot', 'shardRoots', 'project']
  const descriptor = fieldsOf(fields.descriptor, 'descriptor', names)
  return {
    object: hexOf(fields.object, 'object', 32),
    rendition: integerOf(fields.rendition, 'rendition', 255),
    descriptor: {
      header: hexOf(descriptor.header, 'header', 80),
      length: uintOf(descriptor.length, 'length', 64),
      dataRoot: hexOf(descriptor.dataRoot, 'dataRoot', 32),
      shardRoots: (descriptor.shardRoots as unknown[]).map((root) => hexOf(root, 'shardRoots', 32)),
      project: hexOf(descriptor.project, 'project', 32),
    },
    acknowledgements: (fields.acknowledgements as unknown[]).map((each) =>
      signedFromJson('Acknowledgement', each),
    ),
  }
}

/** What storage nodes acknowledged, the newest put of each rendition. */
export const acknowledgedBlobs = (store: VaultStore) => {
  const key = (object: Hash, rendition: number) => `acknowledged/${object}/${rendition}`.toLowerCase()
  return {
    save: (blob: AcknowledgedBlob): Promise<void> =>
      store.set(key(blob.object, blob.rendition), toJson(blob)),
    remove: (object: Hash, rendition: number): Promise<void> => store.delete(key(object, rendition)),
    all: async (): Promise<AcknowledgedBlob[]> => {
      const found: AcknowledgedBlob[] = []
      for (const each of await store.list('acknowledged/')) {
        const blob = parsed(await store.get(each), acknowledgedFromJson)
        if (blob) found.push(blob)
      }
      return found
    },
  }
}

/** Receipts that this client got: evidence against a node that hides them. */
export const heldReceipts = (store: VaultStore, project: Hash) => {
  const prefix = `receipts/${project}/`.toLowerCase()
  return {
    add: async (receipts: readonly Signed<Receipt>[]): Promise<void> => {
      for (const receipt of receipts) {
        const { node, sequence, request } = receipt.message
        await store.set(`${prefix}${node}/${sequence}-${request.slice(2, 18)}`.toLowerCase(), toJson(receipt))
      }
    },
    all: async (): Promise<Signed<Receipt>[]> => {
      const found: Signed<Receipt>[] = []
      for (const key of await store.list(prefix)) {
        const receipt = parsed(await store.get(key), (json) => signedFromJson('Receipt', json))
        if (receipt) found.push(receipt)
      }
      return found
    },
  }
}

/** An owner's orders, as they were sent. */
export const sentOrders = (store: VaultStore, project: Hash) => {
  const prefix = `orders/${project}/`.toLowerCase()
  const all = async <name extends 'RevokeNow' | 'Erase'>(name: name) => {
    const found = []
    for (const key of await store.list(`${prefix}${name.toLowerCase()}/`)) {
      const order = parsed(await store.get(key), (json) => signedFromJson(name, json))
      if (order) found.push(order)
    }
    return found
  }
  return {
    add: (name: 'RevokeNow' | 'Erase', id: Hash, order: Signed<object>): Promise<void> =>
      store.set(`${prefix}${name.toLowerCase()}/${id}`.toLowerCase(), toJson(order)),
    revocations: () => all('RevokeNow'),
    erasures: () => all('Erase'),
  }
}

/** @throws {BaseError} `VAULT_BAD_FILE` */
export function jsonOf<T>(text: string, what: string, read: (json: unknown) => T): T {
  try {
    return read(JSON.parse(text))
  } catch (cause) {
    throw new BaseError(`Expected ${what}.`, { code: 'VAULT_BAD_FILE', cause })
  }
}
