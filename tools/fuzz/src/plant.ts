import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { ethereumjs } from '@animechain/execution-ethereumjs'
import { wasm } from '@animechain/execution-wasm'
import type { ExecutionEngine } from '@animechain/core'
import type { Bug } from './bugs.js'
import type { Engines } from './run.js'

const folderOf = (engine: string) =>
  fileURLToPath(new URL(`../../../libs/execution/${engine}/`, import.meta.url))

async function changed(path: string, { file, from, to }: Bug): Promise<void> {
  const source = await readFile(path, 'utf8')
  if (source.split(from).length !== 2) throw new Error(`Expected ${file} to hold "${from}" exactly once.`)
  await writeFile(path, source.replace(from, to))
}

/** Builds an engine with the bug, from a copy of its sources. Needs a checkout with its development dependencies. */
export async function plant(bug: Bug): Promise<ExecutionEngine> {
  const home = folderOf(bug.engine)
  if (bug.engine === 'wasm') {
    const folder = await mkdtemp(join(tmpdir(), 'planted-'))
    try {
      // The guest shares sources with other packages: the copy stands where they are found.
      const assembly = join(folder, 'libs/execution/wasm/assembly')
      await cp(join(home, 'assembly'), assembly, { recursive: true })
      const codec = join(home, '../../codec/assembly')
      await cp(codec, join(folder, 'libs/codec/assembly'), { recursive: true }).catch(() => undefined)
      await changed(join(assembly, bug.file), bug)
      await promisify(execFile)(process.execPath, [
        join(home, 'scripts/buildGuest.mjs'),
        ...['--only', 'node', '--entry', join(assembly, 'index.ts'), '--out', folder],
      ])
      const node = await WebAssembly.compile(await readFile(join(folder, 'stf.node.wasm')))
      return wasm({ guests: { node } })
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }
  // Where the package's dependencies are found.
  const cache = join(home, 'node_modules/.cache')
  await mkdir(cache, { recursive: true })
  const folder = await mkdtemp(join(cache, 'planted-'))
  try {
    const source = join(folder, 'src')
    await cp(join(home, 'src'), source, { recursive: true })
    await changed(join(source, bug.file), bug)
    const { build } = await import('esbuild')
    const outfile = join(folder, 'engine.mjs')
    await build({
      entryPoints: [join(source, 'index.ts')],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
      logLevel: 'silent',
    })
    const module = (await import(pathToFileURL(outfile).href)) as { ethereumjs: typeof ethereumjs }
    return module.ethereumjs()
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Both engines as they are, or one of them with a bug. */
export async function engines(bug?: Bug): Promise<Engines> {
  const planted = bug && (await plant(bug))
  return {
    reference: bug?.engine === 'ethereumjs' ? planted! : ethereumjs(),
    subject: bug?.engine === 'wasm' ? planted! : wasm(),
  }
}

/** Where failing cases are kept in a checkout. */
export const corpus = join(dirname(fileURLToPath(new URL('../package.json', import.meta.url))), 'corpus')
