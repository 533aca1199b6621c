// Packs every publishable package once and looks at it as its users will: publint, "are the types wrong", and a use alone in an empty
// folder (alone.mjs). Finds what works only inside the monorepo. `packages.mjs <part of a name>` looks at those packages only.
import { aloneProblems } from './alone.mjs'
import { packAll } from './packed.mjs'
import { publintProblems, typesProblems } from './published.mjs'

const only = process.argv[2]
const began = Date.now()
const say = (what) => console.log(`${what} (${((Date.now() - began) / 1_000).toFixed(1)} s)`)

const all = packAll()
let failed = 0
try {
  const packages = all.packed.filter(({ manifest }) => !only || manifest.name.includes(only))
  if (packages.length === 0) throw new Error(`expected part of the name of a package, got ${only}`)
  say(`packed ${all.packed.length} packages`)
  const found = new Map()
  for (const entry of packages)
    found.set(entry.manifest.name, [...(await publintProblems(entry)), ...(await typesProblems(entry))])
  say('publint and types')
  for (const [name, problems] of await aloneProblems(all, packages, { say }))
    found.set(name, [...(found.get(name) ?? []), ...problems])
  for (const [name, problems] of found) {
    if (problems.length === 0) console.log(`ok   ${name}`)
    else console.error(`FAIL ${name}\n${problems.join('\n')}`)
    if (problems.length > 0) failed++
  }
  say(`packages from their tarballs: ${packages.length - failed} of ${packages.length} as they should be`)
} finally {
  all.close()
}
process.exit(failed === 0 ? 0 : 1)
