// Compiles the guest: `node scripts/buildGuest.mjs [--out <dir>] [--entry <file>]`.
//
// Three builds from one source, told apart by two compile-time constants:
//   node   state from synchronous host reads
//   proof  state from preimages; the program that fraud proofs are about
//   trace  as `node`, with hooks before every opcode and around every call
//
// A build is refused when it imports anything but the host functions of its list or holds a float, vector or atomic instruction.

import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import asc from 'assemblyscript/asc'
import { keccak_256 } from '@noble/hashes/sha3.js'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')

/** Where the zstd decoder's source is found, which the codec's own decoder is compiled from too. */
const packages = createRequire(import.meta.url)
  .resolve.paths('@animechain/codec')
  .find((folder) => existsSync(join(folder, '@animechain/codec/assembly')))

const nodeImports = [
  'readAccount',
  'readStorage',
  'codeSize',
  'readCode',
  'nodeSize',
  'readNode',
  'blockHash',
  'precompile',
]
const builds = {
  node: { proof: 0, trace: 0, imports: nodeImports },
  proof: { proof: 1, trace: 0, imports: ['input', 'preimage', 'precompile', 'output'] },
  trace: { proof: 0, trace: 1, imports: [...nodeImports, 'onStep', 'onEnter', 'onExit'] },
}

/** Compiles one build and gives its binary. Throws with the compiler's messages. */
export async function compileGuest(name, { entry = join(root, 'assembly/index.ts'), textFile } = {}) {
  const { proof, trace } = builds[name]
  const baseDir = dirname(entry)
  const files = new Map()
  const { error, stderr } = await asc.main(
    [
      relative(baseDir, entry),
      '--baseDir',
      baseDir,
      '--path',
      packages,
      '--outFile',
      'guest.wasm',
      '--textFile',
      'guest.wat',
      '--runtime',
      'stub',
      '-O3',
      '--noAssert',
      // Nothing traps by way of a host function; `unreachable` is enough.
      '--use',
      'abort=',
      '--disable',
      'nontrapping-f2i',
      '--enable',
      'bulk-memory',
      '--initialMemory',
      '640',
      '--use',
      `BUILD_PROOF=${proof}`,
      '--use',
      `BUILD_TRACE=${trace}`,
    ],
    { writeFile: (file, contents) => void files.set(file, contents) },
  )
  if (error) throw new Error(`guest ${name} does not compile: ${error.message}\n${stderr.toString()}`)
  const text = files.get('guest.wat')
  const binary = files.get('guest.wasm')
  check(name, binary, text)
  if (textFile) await writeFile(textFile, text)
  return binary
}

function check(name, binary, text) {
  const module = new WebAssembly.Module(binary)
  for (const { module: from, name: item, kind } of WebAssembly.Module.imports(module)) {
    if (from !== 'host' || kind !== 'function' || !builds[name].imports.includes(item)) {
      throw new Error(
        `guest ${name} imports ${kind} ${from}.${item}, which is not a host function of this build`,
      )
    }
  }
  const code = text.replace(/"(?:[^"\\]|\\.)*"/g, '""')
  const forbidden = /\b(?:f32|f64|v128|i8x16|i16x8|i32x4|i64x2)\b|\batomic\b/.exec(code)
  if (forbidden) {
    const line = code.slice(0, forbidden.index).split('\n').length
    throw new Error(`guest ${name} holds ${forbidden[0]} in line ${line} of its text form`)
  }
}

async function main() {
  const option = (flag) => {
    const i = process.argv.indexOf(flag)
    return i < 0 ? undefined : process.argv[i + 1]
  }
  const out = resolve(option('--out') ?? join(root, 'build'))
  const entry = option('--entry') && resolve(option('--entry'))
  const only = option('--only')?.split(',') ?? Object.keys(builds)
  await mkdir(out, { recursive: true })
  for (const name of only) {
    const binary = await compileGuest(name, { entry, textFile: join(out, `stf.${name}.wat`) })
    await writeFile(join(out, `stf.${name}.wasm`), binary)
    const sha256 = createHash('sha256').update(binary).digest('hex')
    const keccak = Buffer.from(keccak_256(binary)).toString('hex')
    process.stdout.write(
      `${name.padEnd(5)} ${binary.length} bytes  sha256 0x${sha256}  keccak256 0x${keccak}\n`,
    )
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await main()
