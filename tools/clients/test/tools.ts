import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const require = createRequire(import.meta.url)
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** A copy of the project in ../forge, in which the published forge compiles with solc-js and runs without network. */
export function forgeProject() {
  const folder = mkdtempSync(join(tmpdir(), 'animechain-forge-'))
  cpSync(here('../forge'), folder, { recursive: true })
  const { platform, arch } = process
  const forge = require.resolve(
    `@foundry-rs/forge-${platform}-${arch === 'x64' ? 'amd64' : arch}/bin/forge${platform === 'win32' ? '.exe' : ''}`,
  )
  return {
    folder,
    /** Resolves with what forge printed. @throws Error with it when forge failed */
    forge(args: readonly string[], timeoutMs = 180_000): Promise<string> {
      const child = spawn(forge, [...args, '--use', here('../../../libs/contracts/solc-wasm')], {
        cwd: folder,
        env: { ...process.env, FOUNDRY_DISABLE_NIGHTLY_WARNING: '1', NO_COLOR: '1' },
        timeout: timeoutMs,
      })
      let output = ''
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data))
      return new Promise((resolve, reject) => {
        child.once('error', reject)
        child.once('close', (code) =>
          code === 0 ? resolve(output) : reject(new Error(`forge ended with ${code}:\n${output}`)),
        )
      })
    },
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  }
}
