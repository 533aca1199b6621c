import { parseArgs } from 'node:util'
import {
  alertHasData,
  exportProblems,
  knownMetrics,
  panelHasData,
  queryProblems,
  readOps,
  type Query,
} from './dashboards.js'
import { allFlags, flagReference, unknownFlags } from './flags.js'
import { metricReference, type Metric } from './metrics.js'
import { readSources, sourcePackages } from './program.js'
import { evaluateForReal } from './prometheus.js'
import { readSeries, type Series } from './promql.js'

/** What `/metrics` of programs says now. */
export interface Scraped {
  series: Series[]
  /** names with a type, by job */
  typed: Map<string, Set<string>>
}

/**
 * Reads the metrics of programs: `job=url` each.
 * @throws {TypeError} when one is not of that form, {@link Error} when a program does not answer
 */
export async function scrape(targets: readonly string[]): Promise<Scraped> {
  const scraped: Scraped = { series: [], typed: new Map() }
  for (const target of targets) {
    const [job, url] = [target.slice(0, target.indexOf('=')), target.slice(target.indexOf('=') + 1)]
    if (job === '' || !URL.canParse(url))
      throw new TypeError(
        `expected --metrics <job>=<url>, such as sequencer=http://127.0.0.1:9571, got ${target}`,
      )
    const response = await fetch(new URL('/metrics', url), { signal: AbortSignal.timeout(30_000) })
    if (!response.ok) throw new Error(`expected metrics of the ${job} at ${url}, got HTTP ${response.status}`)
    const text = await response.text()
    const labels = { job, instance: new URL(url).host }
    scraped.series.push({ name: 'up', labels }, ...readSeries(text, labels))
    scraped.typed.set(job, new Set([...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name!)))
  }
  return scraped
}

/** The metrics and flags that the files of ops may name. */
async function known(): Promise<{ metrics: readonly Metric[]; flags: ReadonlySet<string> }> {
  const sources = readSources(sourcePackages())
  const { programs } = await flagReference(sources)
  return { metrics: metricReference(sources).metrics, flags: allFlags(programs) }
}

/** Holds `ops/` against the sources, and against running programs when some are given. Answers with what is wrong. */
export async function dashboardProblems(targets: readonly string[]): Promise<string[]> {
  const { metrics, flags } = await known()
  const { panels, alerts, texts, problems } = readOps()
  const names = await knownMetrics(metrics)
  const found = [...problems, ...[...panels, ...alerts].flatMap((query) => queryProblems(query, names))]
  for (const { place, text } of texts)
    for (const flag of unknownFlags(text, flags))
      found.push(`${place} names --${flag}, a flag of no program.`)
  if (found.length > 0 || targets.length === 0) return found
  const { series, typed } = await scrape(targets)
  // A program that was not given is not asked for data: a devnet has no private store unless it is told to.
  const exported = new Set([...typed.values()].flatMap((of) => [...of]))
  const left = metrics.filter(({ optional, name }) => optional && !exported.has(name)).map(({ name }) => name)
  const isGiven = ({ text }: Query) => {
    if (left.some((name) => text.includes(name))) return false
    const jobs = [...text.matchAll(/job="([^"]+)"/g)].map(([, job]) => job!)
    return jobs.length === 0 || jobs.some((job) => typed.has(job))
  }
  const without = (queries: readonly Query[], has: typeof panelHasData) =>
    queries
      .filter((query) => isGiven(query) && !has(query, series))
      .map(({ place, text }) => `${place} has no data: ${text}`)
  return [
    ...exportProblems(metrics, series, typed),
    ...without(panels, panelHasData),
    ...without(alerts, alertHasData),
  ]
}

/** `dashboards [--metrics <job>=<url>]... [--prometheus <path>]` */
export async function checkDashboards(args: string[]): Promise<{ problems: string[]; fine: string }> {
  const options = { metrics: { type: 'string', multiple: true }, prometheus: { type: 'string' } } as const
  const { values } = parseArgs({ args, options })
  const targets = values.metrics ?? []
  const { panels, alerts } = readOps()
  const problems = await dashboardProblems(targets)
  if (problems.length === 0 && values.prometheus !== undefined) return evaluateForReal(values.prometheus)
  return {
    problems,
    fine: `${panels.length} expressions of panels and ${alerts.length} of alerts ${targets.length > 0 ? 'have data' : 'use metrics and labels that there are'}.`,
  }
}
