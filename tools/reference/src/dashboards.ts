import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { prometheusMetrics } from '@animechain/observability'
import { parse } from 'yaml'
import { METRIC_PREFIX, type Metric } from './metrics.js'
import { root } from './program.js'
import {
  hasData,
  parsePromql,
  parts,
  selects,
  type Expression,
  type Selector,
  type Series,
} from './promql.js'

/** An expression with the place that a message names. */
export interface Query {
  place: string
  /** as it is written, with Grafana's variables */
  text: string
}

/** What an expression may read. */
export interface Known {
  name: string
  type: string
  labels: readonly string[]
  /** jobs that export it; undefined: all */
  jobs: readonly string[] | undefined
}

/** What a scrape adds to each series. */
const TARGET_LABELS = ['job', 'instance']
const JOBS = ['sequencer', 'verifier', 'bridge', 'da-node']

/** Series that a metric is exported as. */
function exported({ name, type, labels }: { name: string; type: string; labels: readonly string[] }) {
  if (type !== 'histogram') return [{ name, type, labels }]
  return [
    { name: `${name}_bucket`, type: 'counter', labels: [...labels, 'le'] },
    { name: `${name}_sum`, type: 'counter', labels },
    { name: `${name}_count`, type: 'counter', labels },
  ]
}

/** The metrics that every program has beside its own, as the client library exports them. */
async function processMetrics(): Promise<Known[]> {
  const metrics = prometheusMetrics()
  const text = await metrics.render()
  const types = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)]
  const labelsOf = (name: string) =>
    [...(new RegExp(`^${name}\\{(.*)\\}`, 'm').exec(text)?.[1] ?? '').matchAll(/(\w+)="/g)].map(
      ([, label]) => label!,
    )
  return types.flatMap(([, name, type]) =>
    exported({ name: name!, type: type!, labels: labelsOf(name!) }).map((one) => ({
      ...one,
      jobs: undefined,
    })),
  )
}

/** Everything that dashboards and alerts may read. */
export async function knownMetrics(metrics: readonly Metric[]): Promise<ReadonlyMap<string, Known>> {
  const own = metrics.flatMap((metric) => exported(metric).map((one) => ({ ...one, jobs: metric.apps })))
  const up = { name: 'up', type: 'gauge', labels: [], jobs: undefined }
  return new Map([up, ...own, ...(await processMetrics())].map((one) => [one.name, one]))
}

/** Grafana's variables by values that mean the same to the metrics. */
export function withoutVariables(text: string, rateInterval = '1m'): string {
  return text
    .replaceAll(/\$__rate_interval|\$\{__rate_interval\}/g, rateInterval)
    .replaceAll(/\$instance|\$\{instance\}/g, '.*')
}

const counters: ReadonlySet<string> = new Set(['rate', 'irate', 'increase', 'resets'])

function selectorProblems(selector: Selector, known: ReadonlyMap<string, Known>): string[] {
  const metric = known.get(selector.name)
  if (metric === undefined) return [`no program exports ${selector.name}`]
  const problems = selector.matchers
    .filter(({ label }) => !metric.labels.includes(label) && !TARGET_LABELS.includes(label))
    .map(({ label }) => `${selector.name} has no label ${label}, only ${metric.labels.join(', ') || 'none'}`)
  const job = selector.matchers.find(({ label }) => label === 'job')
  const jobs = JOBS.filter(
    (name) =>
      job === undefined ||
      (job.op === '=' || job.op === '=~' ? new RegExp(`^(?:${job.value})$`).test(name) : true),
  )
  if (!jobs.some((name) => metric.jobs === undefined || metric.jobs.includes(name)))
    problems.push(`${selector.name} is exported by ${metric.jobs!.join(' and ')}, not by ${job!.value}`)
  return problems
}

/** What is wrong with an expression, for the metrics that there are. */
export function queryProblems({ place, text }: Query, known: ReadonlyMap<string, Known>): string[] {
  let expression: Expression
  try {
    expression = parsePromql(withoutVariables(text))
  } catch (error) {
    return [`${place}: ${(error as Error).message}: ${text}`]
  }
  const problems: string[] = []
  const all = [...parts(expression)]
  const selectors = all.filter((part) => part.kind === 'selector')
  const labels = new Set([
    ...TARGET_LABELS,
    ...selectors.flatMap(({ name }) => known.get(name)?.labels ?? []),
  ])
  for (const selector of selectors) problems.push(...selectorProblems(selector, known))
  for (const part of all) {
    const used = part.kind === 'aggregation' ? part.grouping : part.kind === 'binary' ? part.labels : []
    for (const label of used)
      if (!labels.has(label)) problems.push(`nothing in the expression has the label ${label}`)
    const [vector] = part.kind === 'call' ? part.args : []
    if (part.kind === 'call' && counters.has(part.name) && vector?.kind === 'selector')
      if (known.get(vector.name)?.type === 'gauge')
        problems.push(`${part.name}() of ${vector.name}, which is a gauge`)
    if (part.kind === 'call' && part.name === 'histogram_quantile' && !quantileOfBuckets(part.args[1]))
      problems.push('histogram_quantile() needs buckets that are summed by le')
  }
  return problems.map((problem) => `${place}: ${problem}.`)
}

function quantileOfBuckets(argument: Expression | undefined): boolean {
  if (argument === undefined) return false
  const inner = [...parts(argument)]
  return (
    inner.some((part) => part.kind === 'selector' && part.name.endsWith('_bucket')) &&
    inner.every((part) => part.kind !== 'aggregation' || part.grouping.includes('le'))
  )
}

/** Whether the series that a running system exports give an expression data. */
export function panelHasData({ text }: Query, series: readonly Series[]): boolean {
  return hasData(parsePromql(withoutVariables(text)), series)
}

/** The same for an alert: what it looks for, such as the code of an error, need not have happened yet. */
export function alertHasData({ text }: Query, series: readonly Series[]): boolean {
  return hasData(parsePromql(text), series, ({ name, matchers }, one) => {
    const ofTarget = matchers.filter(({ label }) => TARGET_LABELS.includes(label))
    const others = matchers.filter(({ label }) => !TARGET_LABELS.includes(label))
    const target = { kind: 'selector' as const, name, matchers: ofTarget, range: false }
    return selects(target, one) && others.every(({ label }) => label in one.labels)
  })
}

/** A panel as Grafana's dashboard JSON model has it. */
interface Panel {
  id?: unknown
  type?: unknown
  title?: unknown
  description?: unknown
  gridPos?: { h: number; w: number; x: number; y: number }
  datasource?: { type?: unknown; uid?: unknown }
  fieldConfig?: { defaults?: { unit?: unknown } }
  targets?: { refId?: unknown; expr?: unknown; datasource?: unknown }[]
}
interface Dashboard {
  uid?: unknown
  title?: unknown
  schemaVersion?: unknown
  time?: { from?: unknown; to?: unknown }
  templating?: { list?: { name?: unknown; type?: unknown }[] }
  panels?: Panel[]
}

const panelTypes: ReadonlySet<unknown> = new Set(['timeseries', 'stat', 'row'])
/** Of Grafana's unit ids, those that the dashboards use. */
const units: ReadonlySet<unknown> = new Set(['none', 'short', 's', 'bytes', 'Bps', 'reqps', 'percentunit'])
const GRID_COLUMNS = 24

function panelProblems(panel: Panel, place: string): string[] {
  const problems: string[] = []
  const expect = (holds: boolean, what: string) => {
    if (!holds) problems.push(`${place}: expected ${what}.`)
  }
  const isText = (value: unknown) => typeof value === 'string' && value !== ''
  const grid = panel.gridPos
  expect(Number.isInteger(panel.id), 'a whole number as id')
  expect(panelTypes.has(panel.type), `one of the panel types ${[...panelTypes].join(', ')}`)
  expect(isText(panel.title), 'a title')
  expect(
    grid !== undefined && grid.x >= 0 && grid.w > 0 && grid.h > 0 && grid.x + grid.w <= GRID_COLUMNS,
    `a gridPos within ${GRID_COLUMNS} columns`,
  )
  if (panel.type === 'row') return problems
  expect(panel.datasource?.type === 'prometheus', 'a Prometheus data source')
  expect(panel.datasource?.uid === '${datasource}', 'the data source by its variable ${datasource}')
  expect(units.has(panel.fieldConfig?.defaults?.unit), `one of the units ${[...units].join(', ')}`)
  const targets = panel.targets ?? []
  expect(targets.length > 0, 'a target')
  expect(new Set(targets.map(({ refId }) => refId)).size === targets.length, 'a refId of its own per target')
  expect(
    targets.every(({ expr, refId }) => isText(expr) && isText(refId)),
    'a refId and an expr in each target',
  )
  return problems
}

/** Whether two panels lie on one another. */
function overlap(a: Panel, b: Panel): boolean {
  const [p, q] = [a.gridPos, b.gridPos]
  if (p === undefined || q === undefined) return false
  return p.x < q.x + q.w && q.x < p.x + p.w && p.y < q.y + q.h && q.y < p.y + p.h
}

/** What is wrong with a dashboard, held against Grafana's JSON model (schema version 39), and the queries of its panels. */
export function readDashboard(json: string, path: string): { queries: Query[]; problems: string[] } {
  const dashboard = JSON.parse(json) as Dashboard
  const panels = dashboard.panels ?? []
  const problems: string[] = []
  const expect = (holds: boolean, what: string) => {
    if (!holds) problems.push(`${path}: expected ${what}.`)
  }
  expect(
    /^[a-zA-Z0-9_-]{1,40}$/.test(String(dashboard.uid)),
    'a uid of at most 40 letters, digits and dashes',
  )
  expect(typeof dashboard.title === 'string' && dashboard.title !== '', 'a title')
  expect(dashboard.schemaVersion === 39, 'the schemaVersion 39')
  expect(/^now-/.test(String(dashboard.time?.from)) && dashboard.time?.to === 'now', 'a time up to now')
  const variables = (dashboard.templating?.list ?? []).map(({ name }) => name)
  expect(variables.includes('datasource') && variables.includes('instance'), 'variables datasource, instance')
  expect(panels.length > 0, 'panels')
  expect(new Set(panels.map(({ id }) => id)).size === panels.length, 'a panel id of its own per panel')
  const placeOf = ({ title }: Panel) => `${path}: panel "${String(title)}"`
  for (const [at, panel] of panels.entries()) {
    problems.push(...panelProblems(panel, placeOf(panel)))
    for (const other of panels.slice(at + 1))
      if (overlap(panel, other)) problems.push(`${placeOf(panel)} lies on "${String(other.title)}".`)
  }
  const queries = panels.flatMap((panel) =>
    (panel.targets ?? []).map(({ expr }) => ({ place: placeOf(panel), text: String(expr) })),
  )
  return { queries, problems }
}

interface Alert {
  alert?: string
  expr?: string
  for?: string
  labels?: Record<string, string>
  annotations?: Record<string, string>
}

/** The page that alerts lead to. */
const RUNBOOK = 'docs/guides/operations.md'

/** Alerts that the runbook names and those that it has a place for, by an anchor of the same name. */
function runbookAlerts(runbook: string): { named: ReadonlySet<string>; anchors: ReadonlySet<string> } {
  const matches = (expression: RegExp) => new Set([...runbook.matchAll(expression)].map(([, name]) => name!))
  return { named: matches(/\b(Animechain[A-Z]\w*)/g), anchors: matches(/<a id="(Animechain[A-Z]\w*)">/g) }
}

/** What is wrong with a file of Prometheus' alerts, held against the text of the operator's runbook, and their expressions. */
export function readAlerts(
  yaml: string,
  path: string,
  runbook: string,
): { queries: Query[]; texts: Query[]; problems: string[] } {
  const { named, anchors } = runbookAlerts(runbook)
  const { groups } = parse(yaml) as { groups: { name: string; rules: Alert[] }[] }
  const rules = groups.flatMap((group) => group.rules)
  const problems: string[] = []
  const seen = new Set<string>()
  for (const { alert = '', for: hold, labels, annotations } of rules) {
    const expect = (holds: boolean, what: string) => {
      if (!holds) problems.push(`${path}: alert ${alert || '?'}: expected ${what}.`)
    }
    expect(/^Animechain[A-Z][A-Za-z0-9]+$/.test(alert), 'a name that begins with Animechain')
    expect(!seen.has(alert), 'a name of its own')
    expect(/^\d+[smh]$/.test(hold ?? ''), 'a duration in `for`')
    expect(['warning', 'critical'].includes(labels?.severity ?? ''), 'the severity warning or critical')
    for (const part of ['summary', 'description'])
      expect(/^[A-Z{].*\.$/s.test(annotations?.[part] ?? ''), `a ${part}: sentences`)
    expect(annotations?.runbook === `${RUNBOOK}#${alert}`, `the runbook ${RUNBOOK}#${alert}`)
    expect(anchors.has(alert), `<a id="${alert}"> in ${RUNBOOK}`)
    seen.add(alert)
  }
  for (const name of named)
    if (!seen.has(name)) problems.push(`${RUNBOOK}: there is no alert ${name} in ${path}.`)
  const queries = rules.map(({ alert, expr }) => ({ place: `${path}: alert ${alert}`, text: expr ?? '' }))
  const texts = rules.map(({ alert, annotations }) => ({
    place: `${path}: alert ${alert}`,
    text: annotations?.description ?? '',
  }))
  return { queries, texts, problems }
}

/** All of `ops/`: the queries of its panels and alerts, what alerts say to operators, and what is wrong with the files. */
export function readOps(): { panels: Query[]; alerts: Query[]; texts: Query[]; problems: string[] } {
  const folder = 'ops/grafana'
  const dashboards = readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => readDashboard(readFileSync(join(root, folder, name), 'utf8'), `${folder}/${name}`))
  const file = 'ops/prometheus/alerts.yml'
  const alerts = readAlerts(
    readFileSync(join(root, file), 'utf8'),
    file,
    readFileSync(join(root, RUNBOOK), 'utf8'),
  )
  return {
    panels: dashboards.flatMap(({ queries }) => queries),
    alerts: alerts.queries,
    texts: alerts.texts,
    problems: [...dashboards.flatMap(({ problems }) => problems), ...alerts.problems],
  }
}

/** What the programs export that the reference does not say of them, and the other way round. */
export function exportProblems(
  metrics: readonly Metric[],
  series: readonly Series[],
  typed: ReadonlyMap<string, ReadonlySet<string>>,
): string[] {
  const problems: string[] = []
  for (const [job, names] of typed) {
    const known = metrics.filter(({ apps }) => (apps as string[]).includes(job))
    const allowed = new Set(known.map(({ name }) => name))
    const expected = known.filter(({ optional }) => !optional).map(({ name }) => name)
    for (const name of names)
      if (name.startsWith(METRIC_PREFIX) && !allowed.has(name))
        problems.push(
          `The ${job} exports ${name}, which the reference does not say: see exporters of tools/reference/src/metrics.ts.`,
        )
    for (const name of expected)
      if (!names.has(name))
        problems.push(`The ${job} does not export ${name}, although the reference says so.`)
  }
  for (const { name, labels } of series) {
    const metric = metrics.find((one) => exported(one).some((exportedAs) => exportedAs.name === name))
    for (const label of Object.keys(labels))
      if (metric && ![...metric.labels, ...TARGET_LABELS, 'le'].includes(label))
        problems.push(`${name} has the label ${label}, which the reference does not say.`)
  }
  return [...new Set(problems)]
}
