import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Files below a folder. */
export function filesOf(folder) {
  return readdirSync(folder, { recursive: true })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
}
