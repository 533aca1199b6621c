// Packs every publishable package and installs each one alone, with what it depends on, into an empty folder; then imports it from
// there as ESM, as CommonJS and as types. Finds what works only inside the monorepo: a missing dependency, file or export.
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { root } from '../dev/setup.mjs'
import { workspacePackages } from './workspaces.mjs'

const packages = workspacePackages().filter(({ manifest }) => !manifest.private)
const byName = new Map(packages.map((entry) => [entry.manifest.name, entry]))
const store = mkdtempSync(join(tmpdir(), 'packed-'))
let failed = 0

const sh = (command, args, cwd) =>
  execFileSync(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' })

for (const { path, manifest } of packages) {
  const printed = JSON.parse(
    sh('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', store], path),
  )
  const { filename } = Array.isArray(printed) ? printed[0] : Object.values(printed)[0]
  const target = join(store, 'unpacked', manifest.name)
  mkdirSync(target, { recursive: true })
  sh('tar', ['-xzf', join(store, filename), '-C', target, '--strip-components=1'])
}

/** Folder of an installed package, found from another folder as Node finds it; undefined for an optional one that is not there. */
function installed(name, from) {
  for (let folder = from; folder.length >= root.length; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name)
    if (existsSync(join(candidate, 'package.json'))) return candidate
  }
  return undefined
}

/** Our own packages that a package needs, itself included. */
function ownClosure(name, found = new Set()) {
  if (found.has(name)) return found
  found.add(name)
  for (const dependency of Object.keys(byName.get(name).manifest.dependencies ?? {}))
    if (byName.has(dependency)) ownClosure(dependency, found)
  return found
}

/** Installs packed packages into an empty folder: ours as they were packed, each with exactly the others that its manifest names. */
function installAlone(name, folder) {
  for (const own of ownClosure(name)) {
    const { path, manifest } = byName.get(own)
    const target = join(folder, 'node_modules', own)
    cpSync(join(store, 'unpacked', own), target, { recursive: true })
    for (const dependency of Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })) {
      if (byName.has(dependency)) continue
      const place = installed(dependency, path)
      if (!place) continue
      const link = join(target, 'node_modules', dependency)
      mkdirSync(dirname(link), { recursive: true })
      symlinkSync(place, link)
    }
  }
}

for (const { manifest } of packages) {
  const folder = mkdtempSync(join(tmpdir(), 'alone-'))
  try {
    installAlone(manifest.name, folder)
    const exported = `import * as it from ${JSON.stringify(manifest.name)}\nif (Object.keys(it).length === 0) throw new Error('exports nothing')\n`
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
    writeFileSync(join(folder, 'esm.mjs'), exported)
    writeFileSync(
      join(folder, 'cjs.cjs'),
      `if (Object.keys(require(${JSON.stringify(manifest.name)})).length === 0) throw new Error('exports nothing')\n`,
    )
    writeFileSync(
      join(folder, 'types.ts'),
      `import * as it from ${JSON.stringify(manifest.name)}\nexport default it\n`,
    )
    sh(process.execPath, ['esm.mjs'], folder)
    sh(process.execPath, ['--no-warnings', 'cjs.cjs'], folder)
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          noEmit: true,
          strict: true,
          target: 'es2022',
          lib: ['es2023', 'dom'],
          module: 'nodenext',
          moduleResolution: 'nodenext',
          skipLibCheck: true,
          types: [],
        },
        files: ['types.ts'],
      }),
    )
    sh(process.execPath, [createRequire(join(root, 'package.json')).resolve('typescript/bin/tsc')], folder)
    console.log(`ok   ${manifest.name}`)
  } catch (error) {
    failed++
    console.error(
      `FAIL ${manifest.name}\n${error.stdout ?? ''}${error.stderr ?? ''}${error.stdout === undefined ? error.stack : ''}`,
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
rmSync(store, { recursive: true, force: true })
console.log(`packed and imported alone: ${packages.length - failed} of ${packages.length} packages`)
process.exit(failed === 0 ? 0 : 1)
