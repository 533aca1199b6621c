import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { devnet, type Devnet, type DevnetOptions } from '@animechain/devnet'

const require = createRequire(import.meta.url)
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** The devnet as `npm start` makes it, on free ports and in a folder of its own. */
export async function defaultDevnet(
  options: DevnetOptions = {},
): Promise<Devnet & { dispose(): Promise<void> }> {
  const directory = mkdtempSync(join(tmpdir(), 'animechain-clients-'))
  const net = await devnet({
    directory,
    l1Port: 0,
    l2Port: 0,
    verifierPort: 0,
    bridgePort: 0,
    metricsPort: 0,
    ...options,
  })
  return Object.assign(net, {
    async dispose() {
      await net.stop()
      rmSync(directory, { recursive: true, force: true })
    },
  })
}

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
