import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { format, resolveConfig } from 'prettier'
import { errorReference } from './errors.js'
import { allFlags, flagReference, unknownFlags } from './flags.js'
import { metricReference, type Metric } from './metrics.js'
import { errorsPage, flagsPage, metricsPage } from './pages.js'
import { readSources, root, sourcePackages } from './program.js'

/** The pages by their path below the repository, and what stands in the way of them. */
export interface Reference {
  pages: ReadonlyMap<string, string>
  metrics: readonly Metric[]
  problems: readonly string[]
}

/** Reads the sources and makes the reference of them. Runs built packages for the tables of settings. */
export async function makeReference(): Promise<Reference> {
  const packages = sourcePackages()
  const sources = readSources(packages)
  const fileOf = (name: string) =>
    `${packages.find((entry) => entry.name === name)?.folder ?? name}/src/catalogue.ts`
  const errors = errorReference(sources, fileOf)
  const metrics = metricReference(sources)
  const flags = await flagReference(sources)
  const known = allFlags(flags.programs)
  const badFlags = [...errors.errors, ...errors.rpc].flatMap(({ place, cause, remedy }) =>
    unknownFlags(`${cause} ${remedy}`, known).map(
      (flag) => `${place} names --${flag}, which is a flag of no program.`,
    ),
  )
  const texts = {
    'docs/reference/errors.md': errorsPage(errors),
    'docs/reference/flags.md': flagsPage(flags.programs),
    'docs/reference/metrics.md': metricsPage(metrics.metrics),
  }
  const pages = new Map<string, string>()
  for (const [path, text] of Object.entries(texts)) {
    const options = await resolveConfig(join(root, path))
    pages.set(path, await format(text, { ...options, parser: 'markdown' }))
  }
  return {
    pages,
    metrics: metrics.metrics,
    problems: [...errors.problems, ...metrics.problems, ...flags.problems, ...badFlags],
  }
}

/** The first line in which two texts differ, for a message. */
function firstDifference(before: string, after: string): string {
  const [old, now] = [before.split('\n'), after.split('\n')]
  const at = now.findIndex((line, index) => line !== old[index])
  const line = at < 0 ? now.length : at
  return `line ${line + 1}: expected ${JSON.stringify(now[line] ?? 'the end')}, got ${JSON.stringify(old[line] ?? 'the end')}`
}

/** What is stale of the pages, each with the command that mends it. */
export function stalePages(
  pages: ReadonlyMap<string, string>,
  read: (path: string) => string | undefined = (path) =>
    existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : undefined,
): string[] {
  return [...pages].flatMap(([path, text]) => {
    const found = read(path)
    if (found === text) return []
    const why = found === undefined ? 'it is not there' : firstDifference(found, text)
    return [`${path} is stale (${why}). Run: npm run reference`]
  })
}

/** Writes the pages. */
export function writePages(pages: ReadonlyMap<string, string>): void {
  for (const [path, text] of pages) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
}
