// Bundles the page from the sources of the workspace: node build.mjs [--out <folder>]. Nothing of Node and nothing from elsewhere gets into it.
import { copyFile, mkdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const here = dirname(fileURLToPath(import.meta.url))

/** Writes the page to a folder. @throws when something that runs imports a module that browsers do not have */
export async function buildPage(out = join(here, 'dist')) {
  await mkdir(out, { recursive: true })
  const { metafile } = await build({
    entryPoints: { page: join(here, 'src/page.ts'), worker: join(here, 'src/worker.ts') },
    outdir: out,
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions: ['animechain-source', 'browser'],
    external: ['node:*'],
    minify: true,
    sourcemap: true,
    metafile: true,
    logLevel: 'error',
  })
  for (const [file, { imports }] of Object.entries(metafile.outputs))
    for (const { path, kind, external } of imports)
      // What only Node reaches stands behind a dynamic import.
      if (external && kind !== 'dynamic-import')
        throw new Error(`${file} imports ${path}, which browsers do not have`)
  for (const name of ['index.html', 'page.css']) await copyFile(join(here, 'page', name), join(out, name))
  return out
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const at = process.argv.indexOf('--out')
  await buildPage(at < 0 ? undefined : resolve(process.argv[at + 1]))
}
