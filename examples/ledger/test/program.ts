import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const compiler = fileURLToPath(new URL('../scripts/compile.mjs', import.meta.url))

/** The program, compiled. */
export function compileLedger(): Uint8Array<ArrayBuffer> {
  const folder = mkdtempSync(join(tmpdir(), 'ledger-'))
  try {
    const out = join(folder, 'ledger.wasm')
    execFileSync(process.execPath, [compiler, '--out', out])
    return Uint8Array.from(readFileSync(out))
  } finally {
    rmSync(folder, { recursive: true })
  }
}
