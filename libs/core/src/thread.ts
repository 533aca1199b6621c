/**
 * How another thread makes its own of something: the function `name` that the module exports, called with `argument`.
 * The argument Must be what `structuredClone` takes.
 */
export interface ThreadModule {
  /** `file:` URL of the module */
  module: string
  name: string
  argument?: unknown
}

/**
 * URL of a module that a package exports, seen from a module of that package (`import.meta.url`). An export of its bundle alone, as `/thread`
 * is, is found by callers that run from sources too. undefined in browsers, and where everything was bundled into one file.
 */
export function packageModule(from: string, specifier: string): string | undefined {
  const host = (globalThis as { process?: { getBuiltinModule?: (id: string) => unknown } }).process
  const modules = host?.getBuiltinModule?.('node:module') as
    { createRequire(from: string): { resolve(specifier: string): string } } | undefined
  const urls = host?.getBuiltinModule?.('node:url') as
    { pathToFileURL(path: string): { href: string } } | undefined
  if (modules === undefined || urls === undefined || !from.startsWith('file:')) return undefined
  try {
    return urls.pathToFileURL(modules.createRequire(from).resolve(specifier)).href
  } catch {
    return undefined
  }
}
