import { InvalidInputError, type Hash } from '@animechain/core'
import { messageFromJson, objectAt, toJson, type Grant, type GrantEvidence } from '@animechain/vault-protocol'

/** One rendition in the index. */
export interface IndexRendition {
  /** bytes of the content */
  length: number
  /** media type */
  type?: string
  version: number
  epoch: number
}

/** One object in the index. */
export interface IndexEntry {
  /** unique in its project, as in a path of files: `episode-1/cut-12/storyboard.png` */
  name: string
  object: Hash
  /** salts from the project */
  path: readonly Hash[]
  renditions: Record<number, IndexRendition>
  /** what the object is said to be made of: the object that has its C2PA manifest, and `sha256(salt ‖ manifest)` */
  c2pa?: { object: Hash; salt: Hash; hash: Hash }
  /** seconds */
  createdAt: number
  changedAt: number
}

/** A folder: what is below it has its salt on the path, so that one grant covers it. */
export interface IndexFolder {
  name: string
  path: readonly Hash[]
}

/** Names of a project, encrypted like everything else: rendition 255 of its index object. */
export interface ProjectIndex {
  version: 1
  entries: readonly IndexEntry[]
  folders: readonly IndexFolder[]
}

/** A grant that the owner gave, with what it is about in words. */
export interface LedgerGrant {
  /** EIP-712 hash */
  id: Hash
  /** for people */
  label: string
  chain: readonly GrantEvidence[]
  scope: readonly Hash[]
  /** seconds when it was taken back */
  revokedAt?: number
}

/** What the owner remembers of grants: rendition 254 of the index object. */
export interface Ledger {
  version: 1
  /** of blind grants: the one in the tree, which all others pass on */
  root?: GrantEvidence
  grants: readonly LedgerGrant[]
}

/** An index with nothing in it. */
export const emptyIndex: ProjectIndex = { version: 1, entries: [], folders: [] }
/** A ledger with nothing in it. */
export const emptyLedger: Ledger = { version: 1, grants: [] }

const versioned = (json: unknown): Record<string, unknown> => {
  if (typeof json !== 'object' || json === null || (json as { version?: unknown }).version !== 1)
    throw new Error('expected version 1')
  return json as Record<string, unknown>
}
const listOf = (value: unknown): readonly unknown[] => {
  if (!Array.isArray(value)) throw new Error('expected a list')
  return value
}

const isHash = (value: unknown): value is Hash => typeof value === 'string' && /^0x[0-9a-f]{64}$/i.test(value)
const pathOf = (value: unknown): readonly Hash[] => {
  const path = listOf(value)
  if (path.length > 8 || !path.every(isHash)) throw new Error('expected a path of at most 8 salts')
  return path
}

/** An index from JSON. @throws where it is none */
export function indexFromJson(json: unknown): ProjectIndex {
  const { entries, folders } = versioned(json)
  return {
    version: 1,
    entries: listOf(entries).map((entry) => {
      const { name, path, object } = entry as IndexEntry
      if (typeof name !== 'string' || !isHash(object)) throw new Error('expected names and ids')
      return { ...(entry as IndexEntry), path: pathOf(path) }
    }),
    folders: listOf(folders).map((folder) => {
      const { name, path } = folder as IndexFolder
      if (typeof name !== 'string') throw new Error('expected names')
      return { name, path: pathOf(path) }
    }),
  }
}

const evidenceFromJson = (json: unknown): GrantEvidence => {
  const { grant, signature, proof } = json as { grant: unknown; signature: Hash; proof: readonly Hash[] }
  return { grant: messageFromJson('Grant', grant) satisfies Grant, signature, proof: listOf(proof) as Hash[] }
}

/** A ledger from JSON. @throws where it is none */
export function ledgerFromJson(json: unknown): Ledger {
  const { root, grants } = versioned(json)
  return {
    version: 1,
    ...(root === undefined ? {} : { root: evidenceFromJson(root) }),
    grants: listOf(grants).map((each) => {
      const grant = each as LedgerGrant
      return { ...grant, scope: pathOf(grant.scope), chain: listOf(grant.chain).map(evidenceFromJson) }
    }),
  }
}

/** Index or ledger as text. */
export const documentToJson = (document: ProjectIndex | Ledger): string => toJson(document)

const MAX_NAME = 1_024

/** Parts of a name. @throws {InvalidInputError} */
export function nameParts(name: string): string[] {
  const parts = name.split('/')
  const bad = parts.some((part) => part === '' || part === '.' || part === '..')
  // eslint-disable-next-line no-control-regex -- names are shown in terminals
  if (bad || name.length > MAX_NAME || /[\u0000-\u001f\u007f]/.test(name) || parts.length > 8)
    throw new InvalidInputError('name', 'at most 8 parts between slashes, without control characters', name)
  return parts
}

/** The entry of a name or an object's id. */
export const entryOf = (index: ProjectIndex, ref: string): IndexEntry | undefined =>
  index.entries.find(({ name, object }) => name === ref || object.toLowerCase() === ref.toLowerCase())

/** The path of an entry or a folder by its name; the empty name is the project. Undefined where there is none. */
export function pathOfName(index: ProjectIndex, name: string): readonly Hash[] | undefined {
  if (name === '' || name === '/') return []
  const wanted = name.replace(/\/$/, '')
  return entryOf(index, wanted)?.path ?? index.folders.find((folder) => folder.name === wanted)?.path
}

/**
 * An index in which a name has a place: that which it has, or a new one below its folders, which are made too.
 * @param salt makes a random salt
 */
export function placeName(
  index: ProjectIndex,
  name: string,
  salt: () => Hash,
): { index: ProjectIndex; path: readonly Hash[] } {
  const there = entryOf(index, name)
  if (there) return { index, path: there.path }
  const parts = nameParts(name)
  const folders = [...index.folders]
  let path: readonly Hash[] = []
  for (let i = 1; i < parts.length; i++) {
    const folder = parts.slice(0, i).join('/')
    const found = folders.find((each) => each.name === folder)
    path = found?.path ?? [...path, salt()]
    if (!found) folders.push({ name: folder, path })
  }
  return { index: { ...index, folders }, path: [...path, salt()] }
}

/** An index with a rendition in it that was put. */
export function withRendition(
  index: ProjectIndex,
  project: Hash,
  put: {
    name: string
    path: readonly Hash[]
    rendition: number
    now: number
    c2pa?: IndexEntry['c2pa']
  } & IndexRendition,
): ProjectIndex {
  const { name, path, rendition, now, c2pa, ...about } = put
  const object = objectAt(project, path)
  const before = index.entries.find((entry) => entry.object === object)
  const known = before?.renditions[rendition]
  // Of two that were put at the same time the newer epoch stays.
  const kept = known && known.epoch > about.epoch ? known : about
  const entry: IndexEntry = {
    ...{ name, object, path, createdAt: before?.createdAt ?? now, changedAt: now },
    renditions: { ...before?.renditions, [rendition]: kept },
    ...((c2pa ?? before?.c2pa) ? { c2pa: c2pa ?? before?.c2pa } : {}),
  } as IndexEntry
  return {
    ...index,
    entries: [...index.entries.filter((each) => each.object !== object), entry].sort((a, b) =>
      a.name < b.name ? -1 : 1,
    ),
  }
}

/** An index without an object, and without what is below it. */
export function withoutObject(index: ProjectIndex, project: Hash, object: Hash): ProjectIndex {
  const isBelow = (path: readonly Hash[]) =>
    object === project || path.some((_, i) => objectAt(project, path.slice(0, i + 1)) === object)
  return {
    ...index,
    entries: index.entries.filter(({ path }) => !isBelow(path)),
    folders: index.folders.filter(({ path }) => !isBelow(path)),
  }
}

/** Entries at a place or below it. */
export const entriesBelow = (index: ProjectIndex, scope: readonly Hash[]): IndexEntry[] =>
  index.entries.filter(({ path }) => scope.every((salt, i) => path[i] === salt))
