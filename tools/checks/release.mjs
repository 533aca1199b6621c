// Goes through a release without effect: versions, lock file, changelog, commit and tag, from the version plans that wait, or as a patch
// when none does. Reads the registry nowhere.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../dev/setup.mjs'
import { workspacePackages } from './workspaces.mjs'

const folder = join(root, '.nx', 'version-plans')
const plans = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.md')) : []
const args = ['nx', 'release', ...(plans.length > 0 ? [] : ['patch']), '--dry-run', '--skip-publish']
const env = { ...process.env, NX_DAEMON: 'false', NX_NO_CLOUD: 'true', NX_TUI: 'false', FORCE_COLOR: '0' }
const { status, stdout, stderr } = spawnSync('npx', args, {
  cwd: root,
  env,
  encoding: 'utf8',
  maxBuffer: 2 ** 26,
})
const versions = new Map(
  [...stdout.matchAll(/^(\S+) .*New version (\S+) written to manifest/gm)].map(([, name, version]) => [
    name,
    version,
  ]),
)
const missing = workspacePackages().filter(({ manifest }) => !versions.has(manifest.name))
const distinct = [...new Set(versions.values())]
if (status !== 0 || missing.length > 0 || distinct.length !== 1) {
  console.error(`${stdout}\n${stderr}`)
  const without = missing.map(({ manifest }) => manifest.name).join(', ') || 'none'
  console.error(
    `nx release: exit ${status}; versions: ${distinct.join(', ') || 'none'}; packages without one: ${without}`,
  )
  process.exit(1)
}
console.log(
  `a release of ${versions.size} packages would be ${distinct[0]}, of ${plans.length} version plans`,
)
