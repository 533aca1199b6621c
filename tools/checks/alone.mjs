// A user of one package: an empty folder, the packed package and what its README's example imports. Imports every entry as an ES module and by
// `require()`; compiles the example (the first ```ts block) with `strict`, as Node and as bundlers resolve; runs it; bundles for browsers what says
// that it runs there.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build, transformSync } from 'esbuild'
import ts from 'typescript'
import { entries } from './packed.mjs'

const LIMIT_MS = 300_000

/**
 * Native addons and Node's modules have no place in a browser: what reaches for them stands behind a dynamic import, or a `require()` in a branch
 * for Node (zstd-codec's `fs` and `path`), and has a fallback.
 */
const absentInBrowsers = ['node:*', 'fs', 'path', 'c-kzg', 'secp256k1', 'tiny-secp256k1', 'lmdb']

/** Entries of packages for browsers that need Node: the deployment keeps its record in a file, a server listens, manifests are kept in a folder. */
const needNode = ['@animechain/contracts', '@animechain/da-blob/server', '@animechain/c2pa/file-store']

const forBrowsers = ({ nx }) => nx?.tags?.includes('platform:browser') ?? false

function run(args, cwd) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--no-warnings', ...args], { cwd, timeout: LIMIT_MS })
    let output = ''
    const keep = (chunk) => (output = (output + chunk).slice(-20_000))
    child.stdout.on('data', keep)
    child.stderr.on('data', keep)
    child.once('error', (error) => resolve({ code: -1, output: String(error) }))
    child.once('close', (code, signal) => resolve({ code: code ?? signal, output }))
  })
}

/** The example of a README and the packages that it imports. */
function readExample(path) {
  const file = join(path, 'README.md')
  const code = existsSync(file) ? /```ts\n([\s\S]*?)```/.exec(readFileSync(file, 'utf8'))?.[1] : undefined
  if (code === undefined) return undefined
  const specifiers = ts.preProcessFile(code).importedFiles.map(({ fileName }) => fileName)
  const names = specifiers
    .filter((specifier) => !specifier.startsWith('node:'))
    .map((specifier) => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/'))
  return { code, names: [...new Set(names)] }
}

/** Whether all that an example imports is for browsers, and Node's modules are not among it. */
const runsInBrowsers = ({ code, names }, manifest, byName) =>
  forBrowsers(manifest) &&
  !/from 'node:|\bprocess\.|\bBuffer\b/.test(code) &&
  names.every(
    (name) => !byName.has(name) || (forBrowsers(byName.get(name).manifest) && !needNode.includes(name)),
  )

/** Installs a package into an empty folder and writes the programs that use it. */
function prepare(place, folder, entry, byName) {
  const { manifest, unpacked } = entry
  const example = readExample(unpacked)
  mkdirSync(folder, { recursive: true })
  place.install(folder, [manifest.name, '@types/node', ...(example?.names ?? [])])
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  // A program (`cli`) or the code of a worker runs when it is imported, so only what has types is.
  const imported = entries(entry).filter(({ typed }) => typed)
  const specifiers = imported.map(({ specifier }) => specifier)
  writeFileSync(
    join(folder, 'import.cjs'),
    `const check = (it, from) => { if (Object.keys(it).length === 0) throw new Error(from + ' exports nothing') }
    for (const one of ${JSON.stringify(specifiers)}) check(require(one), one)
    void (async () => { for (const one of ${JSON.stringify(specifiers)}) check(await import(one), one) })()\n`,
  )
  const exportAll = (from) =>
    from.map((one, i) => `export * as it${i} from ${JSON.stringify(one)}\n`).join('')
  writeFileSync(join(folder, 'imports.ts'), exportAll(specifiers))
  const inBrowsers = specifiers.filter((one) => !needNode.includes(one))
  writeFileSync(join(folder, 'browser.ts'), exportAll(inBrowsers))
  if (example) {
    writeFileSync(join(folder, 'example.ts'), example.code)
    const { code } = transformSync(example.code, { loader: 'ts', format: 'esm', target: 'node20' })
    writeFileSync(join(folder, 'example.mjs'), code)
  }
  return {
    folder,
    name: manifest.name,
    example,
    browser: [
      ...(forBrowsers(manifest) ? ['browser.ts'] : []),
      ...(example && runsInBrowsers(example, manifest, byName) ? ['example.ts'] : []),
    ],
  }
}

const resolutions = {
  nodenext: { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext },
  bundler: { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler },
}

/** Compiles the programs of all folders at once; each finds only what its folder has. Our own declaration files are checked as well. */
function compile(prepared, layoutFolder, resolution) {
  const options = {
    ...resolutions[resolution],
    noEmit: true,
    strict: true,
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'],
    types: ['node'],
    typeRoots: [join(prepared[0].folder, 'node_modules', '@types')],
  }
  const files = prepared.flatMap(({ folder, example }) =>
    [join(folder, 'imports.ts'), example && join(folder, 'example.ts')].filter(Boolean),
  )
  const program = ts.createProgram(files, options)
  const ours = program.getSourceFiles().filter(({ fileName }) => fileName.startsWith(layoutFolder))
  const found = [...program.getOptionsDiagnostics(), ...program.getGlobalDiagnostics()]
  for (const file of ours)
    found.push(...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file))
  const host = {
    getCanonicalFileName: (name) => name,
    getCurrentDirectory: () => layoutFolder,
    getNewLine: () => '\n',
  }
  return found.map((one) => ({
    file: one.file?.fileName ?? '',
    text: `tsc (${resolution}): ${ts.formatDiagnostic(one, host).trim()}`,
  }))
}

/** Compiles with both resolutions. A problem belongs to the folder or the package that it is in. */
function typeProblems(place, prepared, which) {
  const here = realpathSync(place.folder)
  const problems = new Map()
  for (const resolution of which)
    for (const { file, text } of compile(prepared, here, resolution)) {
      const owner = prepared.find(
        ({ folder, name }) =>
          file.startsWith(`${folder}/`) || file.includes(`/packages/${name.replace('/', '+')}/`),
      )
      const name = owner?.name ?? 'types'
      problems.set(name, [...(problems.get(name) ?? []), text])
    }
  return problems
}

/** Bundles a file for browsers. @returns its problems: what does not resolve, and what runs and imports what browsers do not have */
async function browserProblems(folder, file) {
  try {
    const { metafile } = await build({
      entryPoints: [join(folder, file)],
      bundle: true,
      write: false,
      metafile: true,
      format: 'esm',
      platform: 'browser',
      target: 'es2022',
      external: absentInBrowsers,
      absWorkingDir: folder,
      logLevel: 'silent',
    })
    return Object.values(metafile.outputs)
      .flatMap(({ imports }) => imports)
      .filter(({ kind, external }) => external && kind === 'import-statement')
      .map(({ path }) => `browser: ${file} imports ${path}, which browsers do not have`)
  } catch (error) {
    return error.errors.map(
      ({ text, location }) => `browser: ${file}: ${text} (${location?.file}:${location?.line})`,
    )
  }
}

async function runProblems({ folder, name, example, browser }) {
  const problems = []
  const imports = await run(['import.cjs'], folder)
  if (imports.code !== 0) problems.push(`import: exit ${imports.code}\n${imports.output}`)
  for (const file of browser) problems.push(...(await browserProblems(folder, file)))
  if (!example) problems.push(`${name}: README.md has no \`\`\`ts example`)
  else {
    const { code, output } = await run(['example.mjs'], folder)
    if (code !== 0) problems.push(`README example: exit ${code}\n${output}`)
  }
  return problems
}

/** Problems of each package by its name, of packages that are used alone. */
export async function aloneProblems(all, packages, { atOnce = 2, say = () => {} } = {}) {
  const place = all.layout('current')
  const byName = new Map(all.packed.map((entry) => [entry.manifest.name, entry]))
  const prepared = packages.map((entry) =>
    prepare(place, join(place.folder, 'alone', entry.manifest.name), entry, byName),
  )
  const problems = typeProblems(place, prepared, ['nodenext', 'bundler'])
  say('compiled')
  const lowest = packages.filter(({ manifest }) => manifest.peerDependencies)
  if (lowest.length > 0) {
    const peers = { viem: 'viem-lowest' }
    const other = all.layout('lowest', peers)
    const uses = lowest.map((entry) =>
      prepare(other, join(other.folder, 'alone', entry.manifest.name), entry, byName),
    )
    for (const [name, found] of typeProblems(other, uses, ['nodenext']))
      problems.set(name, [...(problems.get(name) ?? []), ...found.map((one) => `lowest peers: ${one}`)])
    for (const { folder, name } of uses) {
      const { code, output } = await run(['import.cjs'], folder)
      if (code !== 0)
        problems.set(name, [...(problems.get(name) ?? []), `lowest peers: import: exit ${code}\n${output}`])
    }
    say('compiled with the lowest peers')
  }
  const queue = [...prepared]
  async function work() {
    for (let next = queue.shift(); next; next = queue.shift())
      problems.set(next.name, [...(problems.get(next.name) ?? []), ...(await runProblems(next))])
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return problems
}
