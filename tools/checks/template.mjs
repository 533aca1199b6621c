// Copies the template into an empty folder, gives it the packages as they are packed, and runs what its README says: build and test. The packages have to
// be built. What is not ours is linked from this checkout, so that no registry is asked.
import { execFileSync, spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { root } from '../dev/setup.mjs'
import { workspacePackages } from './workspaces.mjs'

const ours = new Map(workspacePackages().map((entry) => [entry.manifest.name, entry]))
const folder = mkdtempSync(join(tmpdir(), 'template-'))
const project = join(folder, 'my-rollup')
let code = 1
try {
  cpSync(join(root, 'template'), project, {
    recursive: true,
    filter: (path) => !/[\\/](node_modules|dist)$/.test(path),
  })
  const manifest = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'))
  checkVersions(manifest)
  install(manifest)
  code = ['build', 'test'].some((script) => !succeeds(script)) ? 1 : 0
} finally {
  rmSync(folder, { recursive: true, force: true })
}
console.log(`template: ${code === 0 ? 'builds and passes its test outside of the monorepo' : 'FAILED'}`)
process.exit(code)

/** What the template asks for must be what is here; `--write` makes it so after a release. */
function checkVersions(manifest) {
  const path = join(root, 'template', 'package.json')
  for (const kind of ['dependencies', 'devDependencies'])
    for (const [name, version] of Object.entries(manifest[kind])) {
      const here = ours.get(name)?.manifest.version ?? installedManifest(name, root)?.version
      if (here === version) continue
      if (here === undefined || !process.argv.includes('--write'))
        throw new Error(
          `template/package.json: expected ${name} ${here ?? '(not installed)'}, got ${version}. Run node tools/checks/template.mjs --write.`,
        )
      manifest[kind][name] = here
      writeFileSync(path, `${JSON.stringify(manifest, null, 2)}\n`)
    }
}

/** Its packages and theirs, each packed and put flat into node_modules as npm does; the others as links. */
function install({ dependencies, devDependencies }) {
  const wanted = new Set()
  const others = new Map(Object.keys({ ...dependencies, ...devDependencies }).map((name) => [name, root]))
  const want = (name) => {
    if (wanted.has(name)) return
    wanted.add(name)
    others.delete(name)
    const { path, manifest } = ours.get(name)
    for (const needed of Object.keys({
      ...manifest.dependencies,
      ...manifest.optionalDependencies,
      ...manifest.peerDependencies,
    }))
      if (ours.has(needed)) want(needed)
      else if (!others.has(needed)) others.set(needed, path)
  }
  for (const name of Object.keys(dependencies)) if (ours.has(name)) want(name)

  const packed = join(folder, 'packed')
  mkdirSync(packed)
  execFileSync(
    'npm',
    [
      'pack',
      '--ignore-scripts',
      '--silent',
      '--pack-destination',
      packed,
      ...[...wanted].flatMap((name) => ['-w', name]),
    ],
    { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] },
  )
  for (const name of wanted) {
    const target = join(project, 'node_modules', name)
    mkdirSync(target, { recursive: true })
    const tarball = `${name.replace('@', '').replace('/', '-')}-${ours.get(name).manifest.version}.tgz`
    execFileSync('tar', ['-xzf', join(packed, tarball), '-C', target, '--strip-components=1'])
  }
  for (const [name, from] of others) {
    const place = placeOf(name, from)
    if (!place) continue
    const link = join(project, 'node_modules', name)
    mkdirSync(dirname(link), { recursive: true })
    symlinkSync(place, link)
  }
}

/** Folder of an installed package as Node finds it from another; undefined for an optional one that is not there. */
function placeOf(name, from) {
  for (let at = from; at.length >= root.length; at = dirname(at)) {
    const candidate = join(at, 'node_modules', name)
    if (existsSync(join(candidate, 'package.json'))) return candidate
  }
  return undefined
}

function installedManifest(name, from) {
  const place = placeOf(name, from)
  return place && JSON.parse(readFileSync(join(place, 'package.json'), 'utf8'))
}

function succeeds(script) {
  const { status, stdout, stderr } = spawnSync('npm', ['run', '--silent', script], {
    cwd: project,
    encoding: 'utf8',
    timeout: 300_000,
    env: { ...process.env, PATH: `${join(root, 'node_modules/.bin')}:${process.env.PATH}` },
  })
  console.log(`${status === 0 ? 'ok  ' : 'FAIL'} npm run ${script}`)
  if (status !== 0) console.error(`${stdout}${stderr}`)
  return status === 0
}
