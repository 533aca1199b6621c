// npm start: compiles the program and runs src/main.ts with it, from the sources of the workspace.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { spawn } from 'node:child_process'
import { build } from 'esbuild'
import { compile } from './compile.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const out = join(root, 'dist')
await mkdir(out, { recursive: true })
await writeFile(join(out, 'ledger.wasm'), await compile())
await build({
  entryPoints: [join(root, 'src/main.ts')],
  outfile: join(out, 'main.mjs'),
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  conditions: ['animechain-source'],
  external: ['secp256k1', 'secp256k1/bindings', 'tiny-secp256k1'],
  logLevel: 'error',
})
const child = spawn(process.execPath, ['--no-warnings', join(out, 'main.mjs'), join(out, 'ledger.wasm')], {
  stdio: 'inherit',
})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
child.once('close', (code) => process.exit(code ?? 1))
