import { createReadStream } from 'node:fs'
import { readdir, readFile, realpath, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { createGunzip, gunzip } from 'node:zlib'
// xz in WebAssembly: nothing to compile, no program to call.
import xz from 'xz-decompress'

/** One JSON file of test vectors. */
export interface FixtureFile {
  /** below the fixtures' folder, with `/`; an archive counts as a folder of its name without the suffix */
  path: string
  text: string
}

/** One file as it is; `path` as in {@link FixtureFile}. */
export interface RawFile {
  path: string
  bytes: Uint8Array
}

/** A file or archive that cannot be read (to its end). */
export interface UnreadableFile {
  path: string
  /** why */
  unreadable: string
}

/** Largest file in an archive that is read, bytes. */
const MAX_FILE_BYTES = 512 * 1024 * 1024

/**
 * All JSON files below a folder (or the file itself), in the order of their names, archives (`.tar`, `.tar.gz`, `.tgz`, `.tar.xz`)
 * included: read, never unpacked. Links are followed, each folder once. What cannot be read is named and the rest goes on.
 */
export async function* fixtureFiles(root: string): AsyncGenerator<FixtureFile | UnreadableFile> {
  for await (const file of rawFiles(root, ['.json']))
    yield 'unreadable' in file ? file : { path: file.path, text: utf8(file.bytes) }
}

/** The same for files with any of these suffixes. One that ends in `.gz` is unpacked, and has the name without. */
export async function* rawFiles(
  root: string,
  suffixes: readonly string[],
): AsyncGenerator<RawFile | UnreadableFile> {
  const info = await stat(root)
  if (info.isDirectory()) yield* walk(root, root, new Set(), suffixes)
  else yield* one(root, root.split(sep).pop()!, suffixes)
}

const utf8 = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')

async function* walk(
  root: string,
  folder: string,
  above: Set<string>,
  suffixes: readonly string[],
): AsyncGenerator<RawFile | UnreadableFile> {
  const shown = (path: string) => relative(root, path).split(sep).join('/') || '.'
  let entries
  try {
    const real = await realpath(folder)
    // A link to a folder that this one is in has no end.
    if (above.has(real)) return
    above = new Set(above).add(real)
    entries = (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1))
  } catch (error) {
    yield { path: shown(folder), unreadable: reason(error) }
    return
  }
  for (const entry of entries) {
    const path = join(folder, entry.name)
    const isFolder = entry.isSymbolicLink()
      ? ((await stat(path).catch(() => undefined))?.isDirectory() ?? false)
      : entry.isDirectory()
    if (isFolder) {
      if (entry.name !== 'node_modules' && !entry.name.startsWith('.'))
        yield* walk(root, path, above, suffixes)
    } else yield* one(path, shown(path), suffixes)
  }
}

async function* one(
  path: string,
  shown: string,
  suffixes: readonly string[],
): AsyncGenerator<RawFile | UnreadableFile> {
  const isWanted = (name: string) => suffixes.some((suffix) => name.endsWith(suffix))
  try {
    if (isWanted(path)) {
      const bytes = await readFile(path)
      const isPacked = path.endsWith('.gz')
      yield isPacked
        ? {
            path: shown.slice(0, -3),
            bytes: await promisify(gunzip)(bytes, { maxOutputLength: MAX_FILE_BYTES }),
          }
        : { path: shown, bytes }
      return
    }
    const archive = /^(.*)\.(tar|tar\.xz|tar\.gz|tgz)$/.exec(shown)
    if (archive === null) return
    const prefix = archive[1]!.split('/').slice(0, -1)
    for await (const file of tar(decompress(path, archive[2]!))) {
      if (isWanted(file.path)) yield { path: [...prefix, file.path].join('/'), bytes: file.bytes }
    }
  } catch (error) {
    yield { path: shown, unreadable: reason(error) }
  }
}

const reason = (error: unknown) => (error instanceof Error ? error.message : String(error))

function decompress(path: string, kind: string): AsyncIterable<Uint8Array> {
  const stream = createReadStream(path, { highWaterMark: 1 << 20 })
  const unpacked = createGunzip()
  if (kind === 'tar.gz' || kind === 'tgz')
    return stream.on('error', (error) => unpacked.destroy(error)).pipe(unpacked)
  if (kind === 'tar.xz') {
    const source = Readable.toWeb(stream) as unknown as ConstructorParameters<typeof xz.XzReadableStream>[0]
    return new xz.XzReadableStream(source) as unknown as AsyncIterable<Uint8Array>
  }
  return stream
}

/** Reads a tar archive (POSIX ustar and GNU long names) as it comes in. */
async function* tar(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<RawFile> {
  const iterator = chunks[Symbol.asyncIterator]()
  let buffer: Uint8Array = new Uint8Array(0)
  const take = async (length: number): Promise<Uint8Array | undefined> => {
    if (buffer.length < length) {
      const parts = [buffer]
      let have = buffer.length
      while (have < length) {
        const next = await iterator.next()
        if (next.done) return undefined
        parts.push(next.value)
        have += next.value.length
      }
      buffer = Buffer.concat(parts)
    }
    const out = buffer.subarray(0, length)
    buffer = buffer.subarray(length)
    return out
  }
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8').replace(/\0.*$/s, '')
  let longName: string | undefined
  for (;;) {
    const header = await take(512)
    if (header === undefined) throw new Error('The archive has no end.')
    if (header[0] === 0) return
    const size = parseInt(text(header.subarray(124, 136)).trim() || '0', 8)
    if (!(size >= 0 && size <= MAX_FILE_BYTES))
      throw new Error(`Expected a file of at most ${MAX_FILE_BYTES} bytes, got ${size}.`)
    const body = await take(Math.ceil(size / 512) * 512)
    if (body === undefined) throw new Error('The archive ends in the middle of a file.')
    const kind = String.fromCharCode(header[156]!)
    if (kind === 'L') {
      longName = text(body.subarray(0, size))
      continue
    }
    if (kind === 'x') {
      longName = /\d+ path=([^\n]*)\n/.exec(Buffer.from(body.subarray(0, size)).toString('utf8'))?.[1]
      continue
    }
    const prefix = text(header.subarray(257, 262)) === 'ustar' ? text(header.subarray(345, 500)) : ''
    const name =
      longName ?? (prefix ? `${prefix}/${text(header.subarray(0, 100))}` : text(header.subarray(0, 100)))
    longName = undefined
    if (kind === '0' || kind === '\0')
      yield { path: name.replace(/^\.\//, ''), bytes: body.subarray(0, size) }
  }
}
