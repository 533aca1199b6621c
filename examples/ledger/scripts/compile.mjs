// Compiles the program: node scripts/compile.mjs [--out <file>].
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import asc from 'assemblyscript/asc'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Compiles assembly/ledger.ts and gives its binary. @throws with the compiler's messages */
export async function compile() {
  const files = new Map()
  const { error, stderr } = await asc.main(
    [
      'assembly/ledger.ts',
      ...['--baseDir', root],
      // Where packages are: keccak256 is the source that the EVM's program is compiled from too.
      ...['--path', resolve(root, '../../node_modules')],
      ...['--outFile', 'ledger.wasm'],
      // No garbage collector, no assertions, nothing that calls out: a trap is `unreachable`.
      ...['--runtime', 'stub', '-O3', '--noAssert', '--use', 'abort='],
      // What the machine runs of WebAssembly's extensions (docs/spec/machine.md, section 1).
      ...['--disable', 'nontrapping-f2i', '--enable', 'bulk-memory'],
    ],
    { writeFile: (file, contents) => void files.set(file, contents) },
  )
  if (error) throw new Error(`ledger.ts does not compile: ${error.message}\n${stderr.toString()}`)
  return files.get('ledger.wasm')
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const at = process.argv.indexOf('--out')
  const out = at < 0 ? resolve(root, 'dist/ledger.wasm') : resolve(process.argv[at + 1])
  await mkdir(dirname(out), { recursive: true })
  await writeFile(out, await compile())
}
