import { bytesToHex } from '@animechain/core'
import { notStarted, reasonOf } from './errors.js'

type Library = typeof import('@contentauth/c2pa-wasm')

let started: Promise<Library> | undefined

/**
 * Starts the library of C2PA (8 MB of WebAssembly) once for this process or tab. Node does it by itself at the first use; call it before to
 * choose when. A browser has to be told where the file is: serve `@contentauth/c2pa-wasm/c2pa.wasm`, of the version that is pinned.
 * @param source The file's bytes, or its address. Held against the hash that the library's package states.
 * @throws {BaseError} `C2PA_NOT_STARTED`; the next use tries again.
 */
export async function startC2pa(source?: Uint8Array | URL): Promise<void> {
  started ??= start(source).catch((error: unknown) => {
    started = undefined
    throw notStarted(reasonOf(error), error)
  })
  await started
}

async function start(source: Uint8Array | URL | undefined): Promise<Library> {
  const library = await import('@contentauth/c2pa-wasm')
  const bytes = await bytesOf(source)
  const hash = bytesToHex(new Uint8Array(await globalThis.crypto.subtle.digest('SHA-512', bytes)))
  const expected = bytesToHex(
    Uint8Array.from(atob(library.WASM_SRI.slice('sha512-'.length)), (c) => c.charCodeAt(0)),
  )
  if (hash !== expected)
    throw new Error(
      `expected c2pa.wasm with the SHA-512 ${expected.slice(0, 18)}…, got ${hash.slice(0, 18)}…`,
    )
  await library.default({ module_or_path: bytes as Uint8Array<ArrayBuffer> })
  return library
}

async function bytesOf(source: Uint8Array | URL | undefined): Promise<Uint8Array> {
  if (source instanceof Uint8Array) return source
  if (source !== undefined) {
    const response = await fetch(source)
    if (!response.ok)
      throw new Error(`expected c2pa.wasm at ${source.pathname}, got status ${response.status}`)
    return new Uint8Array(await response.arrayBuffer())
  }
  if (typeof process !== 'object' || !process.versions?.node)
    throw new Error('expected the bytes or the address of c2pa.wasm in startC2pa first, got none')
  const [{ createRequire }, { readFile }] = await Promise.all([
    import('node:module'),
    import('node:fs/promises'),
  ])
  return readFile(createRequire(import.meta.url).resolve('@contentauth/c2pa-wasm/c2pa.wasm'))
}

/** Bytes where the library wants a Blob: outside of workers no Blob can be read at once, as the library does. */
class HeldBytes {
  readonly size: number
  constructor(readonly bytes: Uint8Array) {
    this.size = bytes.length
  }
  slice(from = 0, to = this.size): HeldBytes {
    return new HeldBytes(this.bytes.subarray(from, to))
  }
}

class HeldBytesReader {
  readAsArrayBuffer(held: HeldBytes): ArrayBuffer {
    return held.bytes.slice().buffer as ArrayBuffer
  }
}

const scope = globalThis as { FileReaderSync?: unknown }
let users = 0

/**
 * Runs a use of the library over bytes. Node and the main thread of browsers have no `FileReaderSync`; there is one for as long as the library
 * runs, and no longer, so that nobody else takes it for a browser's.
 */
export async function withLibrary<T>(
  bytes: Uint8Array,
  use: (library: Library, blob: Blob) => Promise<T>,
): Promise<T> {
  await startC2pa()
  const library = await started!
  const ours = scope.FileReaderSync === undefined || scope.FileReaderSync === HeldBytesReader
  if (!ours) return use(library, new Blob([bytes]))
  users++
  scope.FileReaderSync = HeldBytesReader
  try {
    return await use(library, new HeldBytes(bytes) as unknown as Blob)
  } finally {
    users--
    if (users === 0) delete scope.FileReaderSync
  }
}
