// Packs every publishable package and installs each one alone, with what it depends on, into an empty folder; then imports it from
// there as ESM, as CommonJS and as types. Finds what works only inside the monorepo: a missing dependency, file or export.
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { root } from '../dev/setup.mjs'
import { workspacePackages } from './workspaces.mjs'

const packages = workspacePackages().filter(({ manifest }) => !manifest.private)
const byName = new Map(packages.map((entry) => [entry.manifest.name, entry]))
const store = mkdtempSync(join(tmpdir(), 'packed-'))
let failed = 0

const sh = (command, args, cwd) => execFileSync(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' })

for (const { path, manifest } of packages) {
  const printed = JSON.parse(sh('npm', ['pack', '--json', '--pack-destination', store], path))
  const { filename } = Array.isArray(printed) ? printed[0] : Object.values(printed)[0]
  const target = join(store, 'unpacked', manifest.name)
  mkdirSync(target, { recursive: true })
  sh('tar', ['-xzf', join(store, filename), '-C', target, '--strip-components=1'])
}

/** Every installed package that `name` needs, found as Node would, each with the folder that it is in. */
function closure(name, from, found) {
  const manifestOf = (folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const own = byName.get(name)
  const manifest = own ? own.manifest : manifestOf(from)
  const wanted = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies, ...(own ? {} : manifest.peerDependencies) })
  for (const dependency of wanted) {
    if (found.has(dependency)) continue
    if (byName.has(dependency)) {
      found.set(dependency, undefined)
      closure(dependency, byName.get(dependency).path, found)
      continue
    }
    let folder = from
    let place
    while (folder.length >= root.length) {
      const candidate = join(folder, 'node_modules', dependency)
      if (existsSync(join(candidate, 'package.json'))) {
        place = candidate
        break
      }
      folder = dirname(folder)
    }
    if (!place) continue // an optional dependency for another platform
    found.set(dependency, place)
    closure(dependency, place, found)
  }
  return found
}

for (const { path, manifest } of packages) {
  const folder = mkdtempSync(join(tmpdir(), 'alone-'))
  try {
    const found = closure(manifest.name, path, new Map([[manifest.name, undefined]]))
    for (const [name, place] of found) {
      const target = join(folder, 'node_modules', name)
      mkdirSync(dirname(target), { recursive: true })
      if (place === undefined) cpSync(join(store, 'unpacked', name), target, { recursive: true })
      else symlinkSync(place, target)
    }
    const exported = `import * as it from ${JSON.stringify(manifest.name)}\nif (Object.keys(it).length === 0) throw new Error('exports nothing')\n`
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
    writeFileSync(join(folder, 'esm.mjs'), exported)
    writeFileSync(join(folder, 'cjs.cjs'), `if (Object.keys(require(${JSON.stringify(manifest.name)})).length === 0) throw new Error('exports nothing')\n`)
    writeFileSync(join(folder, 'types.ts'), `import * as it from ${JSON.stringify(manifest.name)}\nexport default it\n`)
    sh(process.execPath, ['esm.mjs'], folder)
    sh(process.execPath, ['--no-warnings', 'cjs.cjs'], folder)
    const tsc = createRequire(join(root, 'package.json')).resolve('typescript/bin/tsc')
    sh(process.execPath, [tsc, '--noEmit', '--strict', '--target', 'es2022', '--module', 'nodenext', '--moduleResolution', 'nodenext', '--skipLibCheck', '--types', '', 'types.ts'], folder)
    console.log(`ok   ${manifest.name}`)
  } catch (error) {
    failed++
    console.error(`FAIL ${manifest.name}\n${error.stdout ?? ''}${error.stderr ?? ''}${error.stdout === undefined ? error.stack : ''}`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
rmSync(store, { recursive: true, force: true })
console.log(`packed and imported alone: ${packages.length - failed} of ${packages.length} packages`)
process.exit(failed === 0 ? 0 : 1)
