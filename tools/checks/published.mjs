// What publint and "are the types wrong" say about the packed packages.
import { readFileSync } from 'node:fs'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { entries } from './packed.mjs'

/** The condition under which the workspace finds its sources (ADR 5) means nothing to users, who do not get them. */
const ours = ({ code, path }) =>
  code === 'EXPORTS_GLOB_NO_MATCHED_FILES' && path.at(-1) === 'animechain-source'

/** publint: errors and warnings; what it merely suggests is not followed blindly. */
export async function publintProblems({ unpacked, manifest }) {
  const { messages } = await publint({ pkgDir: unpacked, pack: false, level: 'warning', strict: true })
  return messages
    .filter((message) => !ours(message))
    .map((message) => `publint: ${formatMessage(message, manifest, { color: false })}`)
}

/**
 * What is accepted: packages are ES modules, also for `require()` (ADR 4), and TypeScript before exports maps ("node10") finds the main
 * entry only.
 */
const accepted = ({ kind, entrypoint, resolutionKind }) =>
  kind === 'CJSResolvesToESM' || (resolutionKind === 'node10' && entrypoint !== '.')

/** Types as each way of resolving them finds them, of all entries that have some. */
export async function typesProblems(entry) {
  const data = createPackageFromTarballData(new Uint8Array(readFileSync(entry.tarball)))
  const typed = entries(entry).filter((one) => one.typed)
  // Of entries that a pattern gives, the first speaks for all.
  const patterns = Object.keys(entry.manifest.exports).filter((path) => path.includes('*'))
  const entrypoints = typed
    .map(({ path }) => path)
    .filter((path, at, all) =>
      patterns.every((pattern) => {
        const under = (one) => !(one in entry.manifest.exports) && one.startsWith(pattern.split('*')[0])
        return !under(path) || all.findIndex(under) === at
      }),
    )
  const { types, problems } = await checkPackage(data, { entrypoints })
  if (types === false) return ['attw: the package has no types']
  return problems
    .filter((problem) => !accepted(problem))
    .map(({ kind, entrypoint, resolutionKind, ...rest }) =>
      `attw: ${kind} ${entrypoint ?? rest.typesFileName ?? ''} ${resolutionKind ?? rest.resolutionOption ?? ''}`.trim(),
    )
}
