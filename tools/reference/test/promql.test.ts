import { describe, expect, test } from '@jest/globals'
import { queryProblems, readAlerts, readDashboard, type Known } from '../src/dashboards.js'
import { hasData, parsePromql, parts, readSeries } from '../src/promql.js'

const namesOf = (text: string) =>
  [...parts(parsePromql(text))].flatMap((part) => (part.kind === 'selector' ? [part.name] : []))

describe('PromQL', () => {
  test.each<[string, string[]]>([
    ['up', ['up']],
    ['sum by (le, job) (rate(a_bucket{job="x",le!~"1|2"}[5m]))', ['a_bucket']],
    ['sum(rate(a_total[1h30m] offset 5m)) by (job) / on (job) group_left (instance) b', ['a_total', 'b']],
    ['a > bool 0.5 and b unless c or vector(0)', ['a', 'b', 'c']],
    ['-a ^ 2 ^ b + 1e3 * max(c)', ['a', 'b', 'c']],
    ['topk(5, label_replace(a, "x", \'$1\', "y", \'(.*)\'))', ['a']],
    ['(a{} == 0)', ['a']],
  ])('%s', (text, names) => {
    expect(namesOf(text)).toEqual(names)
  })

  test.each<[string, RegExp]>([
    ['sum(a', /expected \)/],
    ['a b', /an operator or the end/],
    ['rate(a)', /a range such as \[5m\] in rate/],
    ['abs(a[5m])', /no range in abs/],
    ['rates(a[5m])', /a function of PromQL/],
    ['a{job}', /=, !=, =~ or !~/],
    ['a{job=x}', /expected string/],
    ['a § b', /expected PromQL at character/],
    ['', /a metric, a function or a number/],
  ])('%s is none', (text, expected) => {
    expect(() => parsePromql(text)).toThrow(expected)
  })

  test('data is what selectors read', () => {
    const series = readSeries(
      '# HELP a Something.\n# TYPE a counter\na{method="eth \\"call\\"",code="0"} 3\nb 1.5e3\n',
      { job: 'sequencer', instance: '127.0.0.1:1' },
    )
    expect(series).toEqual([
      {
        name: 'a',
        labels: { method: 'eth \\"call\\"', code: '0', job: 'sequencer', instance: '127.0.0.1:1' },
      },
      { name: 'b', labels: { job: 'sequencer', instance: '127.0.0.1:1' } },
    ])
    const has = (text: string) => hasData(parsePromql(text), series)
    expect(has('sum(rate(a{code="0",job=~"seq.*"}[5m])) / b')).toBe(true)
    // Regular expressions are anchored.
    expect(has('a{job=~"seq"}')).toBe(false)
    expect(has('a{code!="0"}')).toBe(false)
    expect(has('a / c')).toBe(false)
    expect(has('c or b')).toBe(true)
    expect(has('b{missing=""}')).toBe(true)
  })
})

const known = new Map<string, Known>(
  [
    { name: 'a_total', type: 'counter', labels: ['step'], jobs: ['bridge'] },
    { name: 'g', type: 'gauge', labels: [], jobs: undefined },
    { name: 'h_seconds_bucket', type: 'counter', labels: ['le'], jobs: undefined },
  ].map((one) => [one.name, one]),
)

test.each<[string, RegExp | undefined]>([
  ['sum by (step) (rate(a_total{instance=~"$instance"}[$__rate_interval]))', undefined],
  ['histogram_quantile(0.9, sum by (le) (rate(h_seconds_bucket[5m])))', undefined],
  ['b_total', /no program exports b_total/],
  ['a_total{stage="x"}', /has no label stage, only step/],
  ['a_total{job="verifier"}', /exported by bridge, not by verifier/],
  ['sum by (stage) (a_total)', /nothing in the expression has the label stage/],
  ['increase(g[5m])', /of g, which is a gauge/],
  ['histogram_quantile(0.9, sum(rate(h_seconds_bucket[5m])))', /summed by le/],
  ['sum(', /expected/],
])('%s against the metrics that there are', (text, expected) => {
  expect(queryProblems({ place: 'x', text }, known)).toEqual(
    expected === undefined ? [] : [expect.stringMatching(expected)],
  )
})

describe('files of ops', () => {
  const panel = {
    id: 1,
    type: 'stat',
    title: 'Up',
    gridPos: { h: 4, w: 4, x: 0, y: 0 },
    datasource: { type: 'prometheus', uid: '${datasource}' },
    fieldConfig: { defaults: { unit: 'none' } },
    targets: [{ refId: 'A', expr: 'up' }],
  }
  const dashboard = (panels: object[]) =>
    JSON.stringify({
      uid: 'x',
      title: 'X',
      schemaVersion: 39,
      time: { from: 'now-1h', to: 'now' },
      templating: { list: [{ name: 'datasource' }, { name: 'instance' }] },
      panels,
    })
  const problems = (...panels: object[]) => readDashboard(dashboard(panels), 'x.json').problems

  test('a dashboard has what Grafana needs of it', () => {
    expect(readDashboard(dashboard([panel]), 'x.json')).toEqual({
      queries: [{ place: 'x.json: panel "Up"', text: 'up' }],
      problems: [],
    })
    expect(problems(panel, { ...panel, title: 'Other' })).toEqual([
      expect.stringMatching(/panel id of its own/),
      expect.stringMatching(/panel "Up" lies on "Other"/),
    ])
    expect(problems({ ...panel, gridPos: { h: 4, w: 13, x: 12, y: 0 } })).toEqual([
      expect.stringMatching(/within 24 columns/),
    ])
    expect(problems({ ...panel, datasource: { type: 'prometheus', uid: 'mine' } })).toEqual([
      expect.stringMatching(/by its variable/),
    ])
    expect(problems({ ...panel, fieldConfig: { defaults: { unit: 'furlongs' } } })).toEqual([
      expect.stringMatching(/one of the units/),
    ])
  })

  const rule = `groups:
  - name: x
    rules:
      - alert: AnimechainGone
        expr: up == 0
        for: 1m
        labels: { severity: critical }
        annotations:
          summary: It is gone.
          description: Look for it.
          runbook: docs/guides/operations.md#AnimechainGone`
  const runbook = '| <a id="AnimechainGone"></a>`AnimechainGone` | it is gone | look |'

  test('an alert has a name, a severity and something to tell', () => {
    expect(readAlerts(rule, 'a.yml', runbook)).toEqual({
      queries: [{ place: 'a.yml: alert AnimechainGone', text: 'up == 0' }],
      texts: [{ place: 'a.yml: alert AnimechainGone', text: 'Look for it.' }],
      problems: [],
    })
    expect(
      readAlerts(rule.replace('critical', 'bad').replace('for: 1m', 'for: soon'), 'a.yml', runbook).problems,
    ).toEqual([expect.stringMatching(/a duration/), expect.stringMatching(/the severity/)])
  })

  test('an alert leads to its place in the runbook, which names no others', () => {
    const problems = (yaml: string, page: string) => readAlerts(yaml, 'a.yml', page).problems
    const annotation = expect.stringMatching(
      /AnimechainGone: expected the runbook docs\/guides\/operations.md#AnimechainGone/,
    )
    expect(problems(rule.replace(/ +runbook: .*/, ''), runbook)).toEqual([annotation])
    expect(problems(rule.replace('#AnimechainGone', '#AnimechainHere'), runbook)).toEqual([annotation])
    expect(problems(rule, '`AnimechainGone`')).toEqual([
      expect.stringMatching(/expected <a id="AnimechainGone"> in docs/),
    ])
    expect(problems(rule, `${runbook}\nSee \`AnimechainAway\` too.`)).toEqual([
      'docs/guides/operations.md: there is no alert AnimechainAway in a.yml.',
    ])
  })
})
