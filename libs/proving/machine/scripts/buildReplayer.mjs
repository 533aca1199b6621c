// Compiles assembly/index.ts and writes it as text into src/replayer/generated/replayerModule.ts: `node scripts/buildReplayer.mjs [--check]`.
// With --check nothing is written: it fails when the source gives another binary than the one that is there.

import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import asc from 'assemblyscript/asc'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
export const target = join(root, 'src/replayer/generated/replayerModule.ts')

/** Where keccak's source is found, which the proof program is compiled from too. */
const packages = createRequire(import.meta.url)
  .resolve.paths('@animechain/execution-wasm')
  .find((folder) => existsSync(join(folder, '@animechain/execution-wasm/assembly')))

/**
 * The binary. Throws with the compiler's messages, and when it would import more than it should.
 * @param {{ tracking?: boolean, textFile?: string }} [options] tracking: whether it notes what is written to memory; without, it is a plain interpreter
 *   that can hash nothing, for benchmarks
 */
export async function compileReplayer({ tracking = true, textFile } = {}) {
  const files = new Map()
  const { error, stderr } = await asc.main(
    [
      ...['index.ts', '--baseDir', join(root, 'assembly'), '--path', packages],
      ...['--outFile', 'replayer.wasm', '--textFile', 'replayer.wat'],
      ...['--runtime', 'stub', '-O3', '--noAssert', '--use', 'abort='],
      ...['--use', `BUILD_TRACKING=${Number(tracking)}`],
      ...['--disable', 'nontrapping-f2i', '--enable', 'bulk-memory'],
      // Up to the machine's memory, and with all of it: assembly/layout.ts.
      ...['--initialMemory', '10240', '--maximumMemory', '43008'],
    ],
    { writeFile: (file, contents) => void files.set(file, contents) },
  )
  if (error) throw new Error(`the replayer does not compile: ${error.message}\n${stderr.toString()}`)
  const binary = files.get('replayer.wasm')
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(binary)).map(
    ({ module, name }) => `${module}.${name}`,
  )
  if (imports.join() !== 'host.preimage') throw new Error(`the replayer imports ${imports.join(', ')}`)
  if (textFile) await writeFile(textFile, files.get('replayer.wat'))
  return binary
}

/** The file that holds a binary. */
export const asSource = (binary) => {
  const lines = Buffer.from(binary)
    .toString('base64')
    .match(/.{1,100}/g)
  return `// Made by scripts/buildReplayer.mjs from assembly/; do not edit.

/** The replayer as a WebAssembly module, in base64. */
export const replayerModule =
${lines.map((line) => `  '${line}'`).join(' +\n')}
`
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const text = process.argv.indexOf('--text')
  const binary = await compileReplayer(text < 0 ? {} : { textFile: process.argv[text + 1] })
  const source = asSource(binary)
  if (process.argv.includes('--check')) {
    if ((await readFile(target, 'utf8')) !== source)
      throw new Error(`${target} is not what assembly/ compiles to`)
  } else {
    await mkdir(dirname(target), { recursive: true })
    await writeFile(target, source)
  }
  process.stdout.write(`${binary.length} bytes\n`)
}
