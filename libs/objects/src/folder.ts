import { randomBytes } from 'node:crypto'
import type { Dirent } from 'node:fs'
import {
  access,
  constants,
  mkdir,
  open,
  opendir,
  rename,
  rmdir,
  stat,
  unlink,
  type FileHandle,
} from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname, join, resolve, sep } from 'node:path'
import { AbortedError } from '@animechain/core'
import { aborted, collected, exactly, pieces, putFailure, unavailable } from './bodies.js'
import { badKey, badRange, listed, partOf } from './keys.js'
import type {
  ObjectFailure,
  ObjectListOptions,
  ObjectListResult,
  ObjectOpenResult,
  ObjectReadOptions,
  ObjectStore,
} from './store.js'

/** Where a folder of objects is. */
export interface FolderObjectsOptions {
  /** Made when it is not there. Several processes may share it. */
  path: string
  /** largest object, bytes; default: what the file system takes */
  maxBytes?: number
}

/** What is being written. No key begins with a dot. */
const PARTIAL = '.partial'
/** A folder in the name of a key, so that `a` and `a/b` may both be objects. No key has it. */
const FOLDER_MARK = '='
/** milliseconds after which a partial file of another machine is taken for abandoned */
const ABANDONED_MS = 24 * 3_600_000
/** Bytes of one read or write. */
const PIECE_BYTES = 256 * 1024
/** Folders whose names are known to be durable. */
const KNOWN_FOLDERS = 10_000

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException)?.code
/** The place's own word that there is no such file. */
const isAbsent = (error: unknown) => codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR'

const failure = (what: string, error: unknown): ObjectFailure =>
  codeOf(error) === 'EACCES' || codeOf(error) === 'EPERM'
    ? { status: 'forbidden', reason: `${what}: ${codeOf(error)}` }
    : unavailable(what, error)

/** Makes what a folder says of its entries durable. */
async function syncFolder(path: string): Promise<void> {
  // Windows has no such call, and does not need it.
  if (process.platform === 'win32') return
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Folders that are made so that they outlive a crash. */
function durableFolders(root: string) {
  const known = new Set<string>()
  return {
    async make(path: string): Promise<void> {
      if (known.has(path)) return
      await mkdir(path, { recursive: true })
      // Also those that another process made: it may not have synced them yet.
      for (let at = path; at.length > root.length; at = dirname(at)) await syncFolder(dirname(at))
      if (known.size >= KNOWN_FOLDERS) known.clear()
      known.add(path)
    },
    forget: (path: string) => known.delete(path),
  }
}

/** Removes what processes that are gone have left. */
async function clearPartials(folder: string): Promise<void> {
  for await (const { name } of await opendir(folder)) {
    const [host, pid] = name.split('+')
    const path = join(folder, name)
    const abandoned =
      host === hostname()
        ? !isRunning(Number(pid))
        : await stat(path).then(
            ({ mtimeMs }) => Date.now() - mtimeMs > ABANDONED_MS,
            () => false,
          )
    if (abandoned) await unlink(path).catch(() => {})
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

async function* read(
  handle: FileHandle,
  { start, length }: { start: number; length: number },
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  try {
    for (let at = 0; at < length;) {
      if (signal?.aborted) throw new AbortedError('Reading')
      const buffer = new Uint8Array(Math.min(PIECE_BYTES, length - at))
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, start + at)
      if (bytesRead === 0) return
      at += bytesRead
      yield bytesRead === buffer.length ? buffer : buffer.subarray(0, bytesRead)
    }
  } finally {
    await handle.close()
  }
}

/** After a folder's name: behind all of its keys. */
const ALL_BELOW = '\uffff'

interface Entry {
  /** key of an object; of a folder, what its keys begin with, `/` included */
  name: string
  path: string
  folder: boolean
}

/**
 * The first entries of a folder, in the order of keys, that may hold keys with the prefix after `after`. Never more than twice `count` in
 * memory, however many the folder has.
 */
async function entriesOf(
  path: string,
  base: string,
  { prefix, after, count }: { prefix: string; after: string; count: number },
): Promise<Entry[]> {
  const cut = (entries: Entry[]) => entries.sort((a, b) => (a.name < b.name ? -1 : 1)).slice(0, count)
  let entries: Entry[] = []
  const wanted = (entry: Entry) =>
    entry.folder
      ? (entry.name.startsWith(prefix) || prefix.startsWith(entry.name)) &&
        (entry.name > after || (after.startsWith(entry.name) && !after.endsWith(ALL_BELOW)))
      : entry.name.startsWith(prefix) && entry.name > after
  const entryOf = ({ name }: Dirent): Entry => {
    const folder = name.endsWith(FOLDER_MARK)
    return { name: `${base}${folder ? `${name.slice(0, -1)}/` : name}`, path: join(path, name), folder }
  }
  for await (const found of await opendir(path)) {
    const entry = entryOf(found)
    if (found.name === PARTIAL || badKey(entry.folder ? entry.name.slice(0, -1) : entry.name)) continue
    if (wanted(entry)) entries.push(entry)
    if (entries.length >= 2 * count) entries = cut(entries)
  }
  return cut(entries)
}

/** Keys in order, folder by folder. */
async function* walk(
  path: string,
  base: string,
  asked: { prefix: string; after: string; count: number },
): AsyncGenerator<{ key: string; path: string }> {
  let { after } = asked
  for (;;) {
    const entries = await entriesOf(path, base, { ...asked, after }).catch((error: unknown) => {
      // Its last object was deleted meanwhile.
      if (base !== '' && isAbsent(error)) return []
      throw error
    })
    for (const entry of entries)
      if (entry.folder) yield* walk(entry.path, entry.name, { ...asked, after })
      else yield { key: entry.name, path: entry.path }
    if (entries.length < asked.count) return
    const last = entries.at(-1)!
    // Nothing is after a folder's keys and before this but those keys.
    after = last.folder ? last.name + ALL_BELOW : last.name
  }
}

/** A folder of objects. */
interface Place {
  root: string
  partials: string
  folders: ReturnType<typeof durableFolders>
  fileOf(key: string): string
}

function placeAt(path: string): Place {
  const root = resolve(path)
  return {
    root,
    partials: join(root, PARTIAL),
    folders: durableFolders(root),
    fileOf(key) {
      const names = key.split('/')
      return join(root, ...names.slice(0, -1).map((name) => `${name}${FOLDER_MARK}`), names.at(-1)!)
    },
  }
}

/** A file that is not there is missing only where the folder itself is: it may be a disk that is not mounted. */
const missingIn = ({ partials }: Place) =>
  stat(partials).then(
    () => ({ status: 'missing' }) as const,
    (error: unknown) => failure('The folder of objects', error),
  )

/** @returns bytes written */
async function write(place: Place, key: string, written: AsyncIterable<Uint8Array>): Promise<number> {
  const file = place.fileOf(key)
  const partial = join(place.partials, `${hostname()}+${process.pid}+${randomBytes(12).toString('hex')}`)
  let size = 0
  const handle = await open(partial, 'wx', 0o600)
  try {
    try {
      for await (const piece of written) {
        await handle.writeFile(piece)
        size += piece.length
      }
      await handle.sync()
    } finally {
      await handle.close()
    }
    await putInPlace(place, partial, file)
  } catch (error) {
    await unlink(partial).catch(() => {})
    throw error
  }
  await syncFolder(dirname(file))
  return size
}

async function putInPlace({ folders }: Place, partial: string, file: string): Promise<void> {
  // A delete may take the empty folder away in between.
  for (let attempt = 1; ; attempt++)
    try {
      await folders.make(dirname(file))
      return await rename(partial, file)
    } catch (error) {
      if (!isAbsent(error) || attempt === 5) throw error
      folders.forget(dirname(file))
    }
}

async function openIn(
  place: Place,
  key: string,
  { range, signal }: ObjectReadOptions = {},
): Promise<ObjectOpenResult> {
  const bad = badKey(key) ?? badRange(range) ?? (signal?.aborted ? aborted('Reading') : undefined)
  if (bad) return bad
  try {
    const handle = await open(place.fileOf(key), 'r')
    const { size } = await handle.stat()
    const part = partOf(size, range)
    return {
      status: 'stream',
      size,
      length: part.length,
      body: exactly(read(handle, part, signal), part.length, 'A file'),
      cancel: () => handle.close(),
    }
  } catch (error) {
    return isAbsent(error) ? missingIn(place) : failure('Reading a file', error)
  }
}

/** Removes a file, and its folders where they are empty now. */
async function remove({ root, folders }: Place, file: string): Promise<void> {
  await unlink(file)
  await syncFolder(dirname(file))
  for (let at = dirname(file); at.startsWith(root + sep); at = dirname(at)) {
    const gone = await rmdir(at).then(
      () => true,
      () => false,
    )
    if (!gone) return
    folders.forget(at)
  }
}

async function listIn(place: Place, options: ObjectListOptions): Promise<ObjectListResult> {
  const asked = listed(options)
  if (asked.status !== 'asked') return asked
  const { prefix, after, limit } = asked
  const objects: { key: string; size: number }[] = []
  if (options.signal?.aborted) return aborted('Listing')
  try {
    for await (const found of walk(place.root, '', { prefix, after, count: limit + 1 })) {
      if (options.signal?.aborted) return aborted('Listing')
      if (objects.length === limit) return { status: 'page', objects, next: objects.at(-1)!.key }
      const size = await stat(found.path).then(
        (file) => file.size,
        (error: unknown) => {
          // Deleted meanwhile.
          if (isAbsent(error)) return undefined
          throw error
        },
      )
      if (size !== undefined) objects.push({ key: found.key, size })
    }
    return { status: 'page', objects }
  } catch (error) {
    return failure('Listing a folder', error)
  }
}

/**
 * Objects as files in a folder. A file is written beside the others, synced, and renamed into its place; then its folder is synced. What a
 * process that was killed left behind is removed at the next start.
 */
export function folderObjects({
  path,
  maxBytes = Number.MAX_SAFE_INTEGER,
}: FolderObjectsOptions): ObjectStore {
  const place = placeAt(path)
  const { root, partials } = place
  return {
    id: 'folder',
    maxBytes,
    async start() {
      await mkdir(partials, { recursive: true, mode: 0o700 })
      await syncFolder(root)
      // Another's folder may hold ours and not be readable.
      await syncFolder(dirname(root)).catch(() => {})
      await clearPartials(partials)
    },
    async stop() {},
    async put(key, body, { size, signal } = {}) {
      const bad = badKey(key) ?? (signal?.aborted ? aborted('The put') : undefined)
      if (bad) return bad
      try {
        return { status: 'ok', size: await write(place, key, pieces(body, { size, maxBytes, signal })) }
      } catch (error) {
        return putFailure(error, maxBytes, (cause) => failure('Writing a file', cause))
      }
    },
    get: async (key, options = {}) => collected(await openIn(place, key, options), options),
    open: (key, options) => openIn(place, key, options),
    async head(key, { signal } = {}) {
      const bad = badKey(key) ?? (signal?.aborted ? aborted('Reading') : undefined)
      if (bad) return bad
      try {
        return { status: 'object', size: (await stat(place.fileOf(key))).size }
      } catch (error) {
        return isAbsent(error) ? missingIn(place) : failure('Reading a file', error)
      }
    },
    async delete(key, { signal } = {}) {
      const bad = badKey(key) ?? (signal?.aborted ? aborted('Deleting') : undefined)
      if (bad) return bad
      try {
        await remove(place, place.fileOf(key))
        return { status: 'ok' }
      } catch (error) {
        if (!isAbsent(error)) return failure('Deleting a file', error)
        const found = await missingIn(place)
        return found.status === 'missing' ? { status: 'ok' } : found
      }
    },
    list: (options = {}) => listIn(place, options),
    async health() {
      try {
        await access(partials, constants.W_OK)
        return { ok: true }
      } catch (error) {
        return { ok: false, detail: `the folder of objects cannot be written: ${codeOf(error)}` }
      }
    },
  }
}
