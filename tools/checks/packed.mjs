// Every publishable package as a user would have it: packed once, unpacked, and laid out as strict package managers do, each package in a
// folder of its own beside exactly what its manifest names. Nothing is downloaded: packages of others are links to the installed ones.
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { root } from '../dev/setup.mjs'
import { workspacePackages } from './workspaces.mjs'

/** Folder of an installed package, found from another folder as Node finds it; undefined for an optional one that is not there. */
function installed(name, from) {
  for (let folder = from; folder.length >= root.length; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name)
    if (existsSync(join(candidate, 'package.json'))) return candidate
  }
  return undefined
}

function link(target, path) {
  if (existsSync(path)) return
  mkdirSync(dirname(path), { recursive: true })
  symlinkSync(target, path)
}

/** What users import: every entry of a manifest but itself; a pattern once for each of its files. */
export function entries({ manifest, unpacked }) {
  return Object.entries(manifest.exports).flatMap(([path, targets]) => {
    if (path === './package.json' || targets === null) return []
    const entry = { path, specifier: manifest.name + path.slice(1), typed: targets.types !== undefined }
    if (!path.includes('*')) return [entry]
    const [before, after] = targets.default.split('*')
    const files = execFileSync('ls', [join(unpacked, before)], { encoding: 'utf8' }).split('\n')
    return files
      .filter(
        (file) =>
          file.endsWith(after) && manifest.exports[path.replace('*', file.slice(0, -after.length))] !== null,
      )
      .map((file) => file.slice(0, -after.length))
      .map((name) => ({
        path: path.replace('*', name),
        specifier: entry.specifier.replace('*', name),
        typed: entry.typed,
      }))
  })
}

/**
 * Packs all publishable packages into a temporary folder, which `close` removes. They must have been built: nothing runs before a package is
 * packed. `layout` gives a place to install from.
 */
export function packAll() {
  const store = mkdtempSync(join(tmpdir(), 'packed-'))
  const packages = workspacePackages().filter(({ manifest }) => !manifest.private)
  const tarballs = join(store, 'tarballs')
  mkdirSync(tarballs)
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', tarballs]
  for (const { manifest } of packages) args.push('--workspace', manifest.name)
  const options = { cwd: root, stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8', maxBuffer: 2 ** 26 }
  const printed = Object.values(JSON.parse(execFileSync('npm', args, options)))
  const packed = packages.map((entry) => {
    const { filename, unpackedSize } = printed.find(({ name }) => name === entry.manifest.name)
    const tarball = join(tarballs, filename)
    const unpacked = join(store, 'unpacked', entry.manifest.name)
    mkdirSync(unpacked, { recursive: true })
    execFileSync('tar', ['-xzf', tarball, '-C', unpacked, '--strip-components=1'])
    const manifest = JSON.parse(readFileSync(join(unpacked, 'package.json'), 'utf8'))
    return { path: entry.path, manifest, tarball, unpacked, unpackedSize }
  })
  return {
    store,
    packed,
    layout: (name, peers = {}) => layout(join(store, name), packed, peers),
    close: () => rmSync(store, { recursive: true, force: true }),
  }
}

/** Places all packages once; `peers` names the installed package that stands for a peer. */
function layout(folder, packed, peers) {
  const byName = new Map(packed.map((entry) => [entry.manifest.name, entry]))
  const beside = (name) => join(folder, 'packages', name.replace('/', '+'), 'node_modules')
  const place = (name, from) =>
    byName.has(name) ? join(beside(name), name) : installed(peers[name] ?? name, from)
  for (const { path, manifest, unpacked } of packed) {
    const { name, dependencies, optionalDependencies, peerDependencies } = manifest
    cpSync(unpacked, join(beside(name), name), { recursive: true })
    for (const needed of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
      const target = place(needed, path)
      if (target) link(target, join(beside(name), needed))
      else if (!optionalDependencies?.[needed])
        throw new Error(`${name} needs ${needed}, which is not installed`)
    }
  }
  return {
    folder,
    /** Installs packages by name into a folder, with the peers that they ask for, as `npm install` does. */
    install(target, names) {
      const wanted = new Set(names)
      for (const name of wanted) {
        const found = place(name, root)
        if (!found) throw new Error(`${name} is not installed`)
        link(found, join(target, 'node_modules', name))
        for (const peer of Object.keys(byName.get(name)?.manifest.peerDependencies ?? {})) wanted.add(peer)
      }
    },
  }
}
