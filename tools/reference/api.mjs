// npm run docs:api: the API of every published package, by TypeDoc, into docs/api (not committed: it is large, and follows from the sources).
import { existsSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { Application, ReflectionKind, TSConfigReader } from 'typedoc'
import { root } from '../dev/setup.mjs'
import { workspacePackages } from '../checks/workspaces.mjs'

/** Source of each export that has one, with the name by which it is imported. */
const entries = workspacePackages()
  .filter(({ manifest }) => !manifest.private)
  .flatMap(({ path, manifest }) =>
    Object.entries(manifest.exports ?? {}).flatMap(([place, target]) => {
      const source = typeof target === 'object' ? target?.['animechain-source'] : undefined
      if (source === undefined || !existsSync(join(path, source))) return []
      return [{ file: join(path, source), name: manifest.name + place.slice(1) }]
    }),
  )
const names = new Map(
  entries.map(({ file, name }) => [relative(root, file).replace(/(\/index)?\.ts$/, ''), name]),
)

const app = await Application.bootstrap(
  {
    name: JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).name,
    entryPoints: entries.map(({ file }) => file),
    tsconfig: join(root, 'tsconfig.json'),
    out: join(root, 'docs/api'),
    readme: 'none',
    // `npm run types` has said all that there is to say about types.
    skipErrorChecking: true,
    excludePrivate: true,
    // Types of other packages have their own reference.
    excludeExternals: true,
    externalSymbolLinkMappings: { viem: { '*': 'https://viem.sh' }, abitype: { '*': 'https://abitype.dev' } },
    excludeInternal: true,
    disableSources: true,
    validation: { invalidLink: true, invalidPath: true, notExported: true, notDocumented: false },
    treatWarningsAsErrors: true,
    includeVersion: false,
    githubPages: false,
  },
  [new TSConfigReader()],
)
const project = await app.convert()
if (project === undefined) process.exit(1)
// By the name that readers import, not by the path of its file.
for (const module of project.children ?? []) module.name = names.get(module.name) ?? module.name
app.validate(project)
for (const module of project.children ?? [])
  for (const exported of module.children ?? [])
    if (
      !exported.kindOf(ReflectionKind.Reference) &&
      ![exported, ...(exported.signatures ?? [])].some((part) => part.hasComment())
    )
      app.logger.warn(`${module.name} exports ${exported.name} without a word about it.`)
if (app.logger.hasErrors() || app.logger.hasWarnings()) {
  console.error('\nThe reference of the API has warnings, which are errors here.')
  process.exit(1)
}
if (process.argv.includes('--check'))
  console.log(`${entries.length} entry points: no broken link, no export without a word about it.`)
else {
  await app.generateOutputs(project)
  console.log(
    `The API of ${entries.length} entry points: ${relative('.', join(root, 'docs/api/index.html'))}`,
  )
}
