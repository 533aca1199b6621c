// Checks that the lock file holds the optional packages of every platform: npm leaves out those of others when it updates a lock file beside
// an installed tree, and `npm ci` then fails for everybody else.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../dev/setup.mjs'

const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
const missing = []
for (const [path, entry] of Object.entries(packages)) {
  for (const name of Object.keys(entry.optionalDependencies ?? {})) {
    // As Node looks for it: beside the package, then in each folder above.
    let from = path
    for (;;) {
      if (packages[`${from === '' ? '' : `${from}/`}node_modules/${name}`]) break
      if (from === '') {
        missing.push(`${name}, of ${path || 'the root'}`)
        break
      }
      const at = from.lastIndexOf('/node_modules/')
      from = at >= 0 ? from.slice(0, at) : ''
    }
  }
}
const outside = Object.entries(packages).filter(([, { resolved }]) => /^https?:/.test(resolved ?? ''))
if (missing.length > 0) console.error(`package-lock.json lacks optional packages:\n${missing.join('\n')}`)
if (outside.length > 0)
  console.error(
    `package-lock.json names hosts: ${outside.length} packages. Expected "omit-lockfile-registry-resolved".`,
  )
if (missing.length > 0 || outside.length > 0) process.exit(1)
console.log(
  `the lock file holds ${Object.keys(packages).length} packages, those of every platform among them`,
)
