// Measures what a browser downloads, minified and compressed with gzip, and fails above the budgets of sizes.json (bytes of gzip). The packages and
// the example must have been built. A budget is raised in a commit of its own that says what the bytes are for.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { root } from '../dev/setup.mjs'

const measured = JSON.parse(readFileSync(join(import.meta.dirname, 'sizes.json'), 'utf8'))
const gzip = (bytes) => gzipSync(bytes, { level: 9 }).length

/** A program of one line, bundled as a user's bundler does. */
async function bundled(code) {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: join(root, 'apps', 'devnet') },
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    external: ['node:*', 'secp256k1', 'tiny-secp256k1'],
    logLevel: 'error',
  })
  const bytes = outputFiles[0].contents
  return { bytes: bytes.length, gzip: gzip(bytes) }
}

/** Everything that a folder of built files serves, but for source maps. */
function served(folder) {
  const files = readdirSync(join(root, folder)).filter((name) => !name.endsWith('.map'))
  const contents = files.map((name) => readFileSync(join(root, folder, name)))
  const sum = (size) => contents.reduce((all, one) => all + size(one), 0)
  return { bytes: sum((one) => one.length), gzip: sum(gzip) }
}

let failed = 0
const line = (...columns) =>
  console.log(columns.map((text, i) => (i ? text.padStart(10) : text.padEnd(46))).join(' '))
line('what', 'minified', 'gzip', 'budget')
for (const { name, code, folder, budget } of measured) {
  const size = code === undefined ? served(folder) : await bundled(code)
  const over = size.gzip > budget
  if (over) failed++
  line(name, `${size.bytes}`, `${size.gzip}`, `${budget}`)
  if (over) console.error(`FAIL ${name}: expected at most ${budget} bytes of gzip, got ${size.gzip}`)
}
process.exit(failed === 0 ? 0 : 1)
