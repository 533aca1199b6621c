// Checks what every manifest must say. What is common stands in the root's package.json once; `--write` copies it, and the licence, into
// every publishable package.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { root } from '../dev/setup.mjs'
import { workspacePackages } from './workspaces.mjs'

const common = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const licence = readFileSync(join(root, 'LICENSE'), 'utf8')

/** Fields in the order in which a manifest has them. */
const order = [
  ...[
    'name',
    'version',
    'private',
    'description',
    'keywords',
    'homepage',
    'bugs',
    'repository',
    'license',
    'type',
  ],
  ...['sideEffects', 'engines', 'exports', 'types', 'main', 'bin', 'files', 'publishConfig', 'scripts'],
  ...['dependencies', 'optionalDependencies', 'peerDependencies', 'devDependencies', 'nx'],
]

/**
 * Packages whose types users share with their own code, where two versions in a program do not fit each other: the range that libraries
 * accept. check:packages tries both ends, the lowest as the root's devDependency `<name>-lowest`.
 */
const shared = { viem: '^2.38.0' }

const equal = (a, b) => JSON.stringify(a) === JSON.stringify(b)
const kinds = ['dependencies', 'optionalDependencies', 'peerDependencies', 'devDependencies']

const directoryOf = (path) => relative(root, path).split(sep).join('/')

/** What a publishable manifest says as all others do. */
function expected(path) {
  const directory = directoryOf(path)
  return {
    homepage: common.homepage,
    bugs: common.bugs,
    repository: { ...common.repository, directory },
    license: common.license,
    engines: common.engines,
    publishConfig: common.publishConfig,
  }
}

function* problemsOfPublishable({ path, manifest }, byName) {
  const own = new Set(byName.keys())
  for (const [field, value] of Object.entries(expected(path)))
    if (!equal(manifest[field], value))
      yield `${field}: expected ${JSON.stringify(value)}, got ${JSON.stringify(manifest[field])}`
  if (!existsSync(join(path, 'LICENSE')) || readFileSync(join(path, 'LICENSE'), 'utf8') !== licence)
    yield "LICENSE: expected a copy of the root's"
  for (const field of ['description', 'keywords', 'exports', 'files', 'type', 'sideEffects', 'types'])
    if (manifest[field] === undefined) yield `${field}: expected a value, got none`
  if (!manifest.scripts?.prepack) yield 'scripts.prepack: expected the build that makes what is packed'
  for (const kind of ['dependencies', 'optionalDependencies', 'peerDependencies'])
    for (const name of Object.keys(manifest[kind] ?? {})) {
      if (own.has(name) && byName.get(name).manifest.private) yield `${kind}: ${name} is private`
    }
  if (directoryOf(path).startsWith('apps/')) return
  for (const [name, range] of Object.entries(shared)) yield* problemsOfShared(name, range, manifest, byName)
}

/** A library takes such a package from whoever uses it, and says so also where only a library that it needs does. */
function* problemsOfShared(name, wanted, manifest, byName) {
  const range = manifest.peerDependencies?.[name]
  if (manifest.dependencies?.[name]) yield `dependencies: ${name} is a peer of libraries`
  if (range !== undefined && range !== wanted)
    yield `peerDependencies.${name}: expected ${wanted}, got ${range}`
  if (range !== undefined && !manifest.devDependencies?.[name])
    yield `devDependencies: expected ${name}, which is a peer, in the version that is tested with`
  const asking = Object.keys(manifest.dependencies ?? {}).find(
    (dependency) => byName.get(dependency)?.manifest.peerDependencies?.[name],
  )
  if (asking && range === undefined)
    yield `peerDependencies: expected ${name}, which ${asking} takes from its user`
}

/** One version of each of our own packages, and one of each other package, in the whole tree. */
function* problemsOfVersions({ manifest }, byName, versions) {
  for (const kind of kinds)
    for (const [name, version] of Object.entries(manifest[kind] ?? {})) {
      if (byName.has(name)) {
        const present = byName.get(name).manifest.version
        if (version !== present) yield `${kind}.${name}: expected ${present}, got ${version}`
      } else if (kind !== 'peerDependencies') {
        if (!versions.has(name)) versions.set(name, { version, by: manifest.name })
        const first = versions.get(name)
        if (first.version !== version)
          yield `${kind}.${name}: ${version}, but ${first.by} has ${first.version}`
      }
    }
}

function write({ path, manifest }) {
  const merged = { ...manifest, ...expected(path) }
  for (const kind of kinds)
    if (merged[kind])
      merged[kind] = Object.fromEntries(Object.entries(merged[kind]).sort(([a], [b]) => (a < b ? -1 : 1)))
  const unknown = Object.keys(merged).filter((field) => !order.includes(field))
  const sorted = [...order, ...unknown].filter((field) => merged[field] !== undefined)
  const text = `${JSON.stringify(Object.fromEntries(sorted.map((field) => [field, merged[field]])), null, 2)}\n`
  if (readFileSync(join(path, 'package.json'), 'utf8') !== text)
    writeFileSync(join(path, 'package.json'), text)
  writeFileSync(join(path, 'LICENSE'), licence)
}

/** Every problem of every manifest, as `package: field: expected ..., got ...`. */
export function manifestProblems(packages = workspacePackages()) {
  const byName = new Map(packages.map((entry) => [entry.manifest.name, entry]))
  const versions = new Map(
    Object.entries(common.devDependencies).map(([name, version]) => [name, { version, by: 'the root' }]),
  )
  const lowest = Object.entries(shared).flatMap(([name, range]) => {
    const wanted = `npm:${name}@${range.replace('^', '')}`
    const present = common.devDependencies[`${name}-lowest`]
    return present === wanted
      ? []
      : [`the root: devDependencies.${name}-lowest: expected ${wanted}, got ${present}`]
  })
  const others = packages.flatMap((entry) => {
    const { manifest } = entry
    const problems = [...problemsOfVersions(entry, byName, versions)]
    // They are released together (ADR 23).
    if (manifest.version !== packages[0].manifest.version)
      problems.push(`version: expected ${packages[0].manifest.version}, got ${manifest.version}`)
    if (!manifest.private) problems.push(...problemsOfPublishable(entry, byName))
    if (!manifest.private && !/^(libs|apps)\//.test(directoryOf(entry.path)))
      problems.push('private: expected true outside libs and apps')
    return problems.map((problem) => `${manifest.name}: ${problem}`)
  })
  return [...lowest, ...others]
}

if (process.argv[1] === import.meta.filename) {
  if (process.argv.includes('--write'))
    for (const entry of workspacePackages()) if (!entry.manifest.private) write(entry)
  const problems = manifestProblems()
  for (const problem of problems) console.error(problem)
  console.log(`manifests: ${problems.length} problems`)
  process.exit(problems.length === 0 ? 0 : 1)
}
