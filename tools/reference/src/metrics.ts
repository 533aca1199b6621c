import ts from 'typescript'
import { textOf } from './catalogues.js'
import { propertyName, walk, type Sources } from './program.js'

export type MetricType = 'counter' | 'gauge' | 'histogram'
export type App = 'sequencer' | 'verifier' | 'bridge' | 'da-node'

/** What `/metrics` of the programs puts in front of each name. */
export const METRIC_PREFIX = 'animechain_'

/** A metric as the source registers it. */
export interface Metric {
  /** as it is exported, with the prefix */
  name: string
  type: MetricType
  help: string
  labels: readonly string[]
  /** upper bounds of a histogram's buckets; empty where they are not given */
  buckets: readonly number[]
  /** `seconds`, `bytes`, or `count` for what has no unit */
  unit: string
  /** programs that export it; what `--shadow` alone brings is marked by `note` */
  apps: readonly App[]
  note?: string
  /** Nobody expects it of a program that runs without what `note` says. */
  optional?: true
  package: string
  place: string
}

const nodes: readonly App[] = ['sequencer', 'verifier']

/** Which programs run the code that registers metrics: the longest path counts. A devnet's test holds it against what they export. */
const exporters: readonly {
  path: string
  apps: readonly App[]
  note?: string
  /** {@link Metric.optional} */
  optional?: true
}[] = [
  { path: 'apps/verifier/', apps: ['verifier'] },
  { path: 'libs/bridge/', apps: ['bridge'] },
  { path: 'libs/da/altda/', apps: [], note: 'a program that runs `altDaServer`' },
  { path: 'libs/da/failover/', apps: [], note: 'a node with `--da failover`' },
  { path: 'libs/execution/readers/', apps: nodes },
  { path: 'libs/execution/shadow/', apps: ['verifier'], note: 'with `--shadow`' },
  { path: 'libs/network/', apps: nodes, note: 'in the verifier network', optional: true },
  {
    path: 'libs/network/verifier/src/service/',
    ...{ apps: ['verifier'], note: 'with `--attester-key`', optional: true },
  },
  { path: 'libs/node/src/announcements/', apps: nodes, note: 'where the node gossips', optional: true },
  { path: 'libs/l1/src/purses', apps: [...nodes, 'bridge', 'da-node'], note: 'with a key' },
  { path: 'libs/proving/interactive/', apps: ['verifier'], note: 'with `--challenger-key`' },
  { path: 'libs/rpc/', apps: nodes },
  { path: 'libs/node/', apps: nodes },
  { path: 'libs/vault/node/', apps: ['da-node'] },
  {
    path: 'libs/vault/node/src/challenges/',
    apps: ['da-node'],
    note: 'where its deployment has challenges',
  },
  { path: 'libs/node/src/pool', apps: ['sequencer'] },
  { path: 'libs/node/src/batch', apps: ['sequencer'], note: 'with `--batcher-key`' },
  { path: 'libs/node/src/sequenc', apps: ['sequencer'] },
  { path: 'libs/node/src/assertions/proposer', apps: ['sequencer'], note: 'with `--proposer-key`' },
  { path: 'libs/node/src/assertions/challenger', apps: ['verifier'] },
]

const types: ReadonlySet<string> = new Set(['counter', 'gauge', 'histogram'])
const UNITS = ['seconds', 'bytes', 'ether']
/** Words after which a name in other units would be a surprise. */
const TIME = /\b(time|age|seconds|milliseconds|delay)\b/i

/** The base unit that a name carries, before `_total`. */
function unitOf(name: string): string {
  const last = name
    .replace(/_total$/, '')
    .split('_')
    .at(-1)!
  return UNITS.includes(last) ? last : 'count'
}

/** What is wrong with a metric's name and help. Prometheus' rules: base units, as suffixes; counters end with `_total`. */
export function metricProblems({ name, type, help, unit, place, labels }: Metric): string[] {
  const wrong = (what: string) => `${place}: the metric ${name} ${what}.`
  const problems: string[] = []
  if (!/^[a-z][a-z0-9_]*$/.test(name)) problems.push(wrong('has a name that is not lower snake case'))
  if (/_(ms|milliseconds|minutes|kb|kilobytes|mb)(_|$)/.test(name))
    problems.push(wrong('is not in a base unit (seconds, bytes)'))
  if ((type === 'counter') !== name.endsWith('_total'))
    problems.push(
      wrong(
        type === 'counter' ? 'is a counter and does not end with _total' : 'ends with _total, and is none',
      ),
    )
  if (type === 'histogram' && unit === 'count')
    problems.push(wrong('is a histogram without the suffix of a unit (_seconds, _bytes)'))
  if (type === 'gauge' && TIME.test(help) && unit !== 'seconds')
    problems.push(wrong('measures time and does not end with _seconds'))
  if (/^bytes\b/i.test(help) && unit !== 'bytes')
    problems.push(wrong('counts bytes and has no suffix _bytes'))
  if (!/^[A-Z0-9].*\.$/.test(help))
    problems.push(wrong('needs a help text: a sentence that ends with a full stop'))
  for (const label of labels)
    if (!/^[a-z][a-z0-9_]*$/.test(label)) problems.push(wrong(`has the label ${label}: lower snake case`))
  return problems
}

/** The call of `Metrics.counter`, `gauge` or `histogram` that a node is. */
function registration(node: ts.Node, { checker }: Sources): ts.CallExpression | undefined {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return undefined
  if (!types.has(node.expression.name.text)) return undefined
  const parent = checker.getResolvedSignature(node)?.declaration?.parent
  return parent !== undefined && ts.isInterfaceDeclaration(parent) && parent.name.text === 'Metrics'
    ? node
    : undefined
}

function readMetric(call: ts.CallExpression, sources: Sources): Metric | string {
  const place = sources.placeOf(call)
  const [options] = call.arguments
  const parts = new Map<string, ts.Expression>()
  if (options !== undefined && ts.isObjectLiteralExpression(options))
    for (const member of options.properties)
      if (ts.isPropertyAssignment(member)) parts.set(propertyName(member.name) ?? '', member.initializer)
  const text = (part: string) => {
    const expression = parts.get(part)
    return expression && textOf(expression)
  }
  const list = (part: string) => {
    const expression = parts.get(part)
    return expression !== undefined && ts.isArrayLiteralExpression(expression) ? expression.elements : []
  }
  const name = text('name')
  const help = text('help')
  if (name === undefined || help === undefined)
    return `${place} registers a metric whose name and help are no literals: the reference cannot tell them.`
  const exporter = exporters
    .filter(({ path }) => place.startsWith(path))
    .sort((a, b) => b.path.length - a.path.length)[0]
  if (exporter === undefined)
    return `${place} registers ${name}, and tools/reference/src/metrics.ts does not say which program runs it: add it to exporters.`
  return {
    name: METRIC_PREFIX + name,
    type: (call.expression as ts.PropertyAccessExpression).name.text as MetricType,
    help,
    labels: list('labels').map((element) => textOf(element) ?? '?'),
    buckets: list('buckets').map((element) => Number(element.getText().replaceAll('_', ''))),
    unit: unitOf(name),
    apps: exporter.apps,
    ...(exporter.note === undefined ? {} : { note: exporter.note }),
    ...(exporter.optional ? { optional: true as const } : {}),
    package: sources.packageOf(call.getSourceFile()),
    place,
  }
}

/** Every metric that the sources register. */
export function metricReference(sources: Sources): { metrics: Metric[]; problems: string[] } {
  const metrics: Metric[] = []
  const problems: string[] = []
  for (const file of sources.files)
    walk(file, (node) => {
      const call = registration(node, sources)
      if (call === undefined) return
      const metric = readMetric(call, sources)
      if (typeof metric === 'string') problems.push(metric)
      else metrics.push(metric)
    })
  metrics.sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const [at, metric] of metrics.entries()) {
    problems.push(...metricProblems(metric))
    if (metrics[at - 1]?.name === metric.name)
      problems.push(`${metric.place} registers ${metric.name}, as ${metrics[at - 1]!.place} does.`)
  }
  return { metrics, problems }
}
