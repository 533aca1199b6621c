import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { GuestBuild } from '../src/guest.js'

const script = fileURLToPath(new URL('../scripts/buildGuest.mjs', import.meta.url))
const sources = fileURLToPath(new URL('../assembly', import.meta.url))

/** Compiles builds of the guest from a copy of its sources with changes: [file, text that stands there once, text in its place]. */
export function variant<B extends GuestBuild>(
  builds: readonly B[],
  changes: readonly (readonly [file: string, from: string, to: string])[],
): Record<B, WebAssembly.Module> {
  const folder = mkdtempSync(join(tmpdir(), 'variant-'))
  try {
    const assembly = join(folder, 'assembly')
    cpSync(sources, assembly, { recursive: true })
    for (const [file, from, to] of changes) {
      const path = join(assembly, file)
      const text = readFileSync(path, 'utf8')
      if (text.split(from).length !== 2) throw new Error(`Expected ${file} to hold "${from}" once.`)
      writeFileSync(path, text.replace(from, to))
    }
    execFileSync(process.execPath, [
      script,
      ...['--only', builds.join(','), '--entry', join(assembly, 'index.ts'), '--out', folder],
    ])
    return Object.fromEntries(
      builds.map((build) => [build, new WebAssembly.Module(readFileSync(join(folder, `stf.${build}.wasm`)))]),
    ) as Record<B, WebAssembly.Module>
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
