// Compiles assembly/module.ts and writes it as text into src/generated/zstdModule.ts: `node scripts/buildZstd.mjs [--check]`.
// With --check nothing is written: it fails when the source gives another binary than the one that is there.

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import asc from 'assemblyscript/asc'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
export const target = join(root, 'src/generated/zstdModule.ts')

/** The binary. Throws with the compiler's messages, and when it would import or export more than it should. */
export async function compileZstd() {
  let binary
  const { error, stderr } = await asc.main(
    [
      'module.ts',
      '--baseDir',
      join(root, 'assembly'),
      '--outFile',
      'zstd.wasm',
      '--runtime',
      'stub',
      '-O3',
      '--noAssert',
    ].concat([
      '--use',
      'abort=',
      '--disable',
      'nontrapping-f2i',
      '--enable',
      'bulk-memory',
      '--initialMemory',
      '4',
      '--maximumMemory',
      '128',
    ]),
    { writeFile: (_file, contents) => void (binary = contents) },
  )
  if (error) throw new Error(`the decoder does not compile: ${error.message}\n${stderr.toString()}`)
  const module = new WebAssembly.Module(binary)
  const imports = WebAssembly.Module.imports(module)
  if (imports.length > 0) throw new Error(`the decoder imports ${imports.map(({ name }) => name).join(', ')}`)
  return binary
}

/** The file that holds a binary. */
export const asSource = (binary) => {
  const lines = Buffer.from(binary)
    .toString('base64')
    .match(/.{1,100}/g)
  return `// Made by scripts/buildZstd.mjs from assembly/; do not edit.

/** The zstd decoder as a WebAssembly module, in base64. */
export const zstdModule =
${lines.map((line) => `  '${line}'`).join(' +\n')}
`
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const binary = await compileZstd()
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
