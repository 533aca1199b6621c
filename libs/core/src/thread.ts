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

/** How much less urgent than before, in the steps of `nice`. */
const BACKGROUND = 10

/**
 * Lets the calling thread have what processor time the others leave: for work that may take seconds. Only Linux has priorities of single threads;
 * elsewhere nothing changes.
 */
export function runInBackground(): void {
  const host = (globalThis as { process?: { platform?: string; getBuiltinModule?: (id: string) => unknown } })
    .process
  if (host?.platform !== 'linux') return
  const files = host.getBuiltinModule?.('node:fs') as { readlinkSync(path: string): string } | undefined
  const system = host.getBuiltinModule?.('node:os') as
    { getPriority(id: number): number; setPriority(id: number, priority: number): void } | undefined
  if (files === undefined || system === undefined) return
  try {
    const thread = Number(files.readlinkSync('/proc/thread-self').split('/').pop())
    system.setPriority(thread, Math.min(19, system.getPriority(thread) + BACKGROUND))
  } catch {
    // Without /proc, or where it is forbidden, it is as urgent as the rest.
  }
}
