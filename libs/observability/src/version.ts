import { readFileSync } from 'node:fs'

/**
 * The version that the manifest of a package says, so that it is typed nowhere else. For a module of `src` or `dist`: `packageVersion(import.meta.url)`.
 * @throws when there is no manifest in the folder above that of the module
 */
export function packageVersion(moduleUrl: string): string {
  const url = new URL('../package.json', moduleUrl)
  const { version } = JSON.parse(readFileSync(url, 'utf8')) as { version?: unknown }
  if (typeof version !== 'string')
    throw new TypeError(`${url.pathname}: expected a version, got ${String(version)}`)
  return version
}
