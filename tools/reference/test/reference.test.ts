import { describe, expect, test } from '@jest/globals'
import { fieldProblems, unknownFlags } from '../src/flags.js'
import { metricProblems, type Metric } from '../src/metrics.js'
import { stalePages } from '../src/reference.js'

const metric: Metric = {
  name: 'animechain_requests_total',
  type: 'counter',
  help: 'Requests answered.',
  labels: ['method'],
  buckets: [],
  unit: 'count',
  apps: ['sequencer'],
  package: 'pkg',
  place: 'a.ts:1',
}

describe('names of metrics', () => {
  test.each<[string, Partial<Metric>, RegExp | undefined]>([
    ['a counter', {}, undefined],
    ['a counter without _total', { name: 'animechain_requests' }, /does not end with _total/],
    ['a gauge with _total', { type: 'gauge' }, /ends with _total, and is none/],
    ['a histogram of nothing', { name: 'a_request', type: 'histogram' }, /without the suffix of a unit/],
    ['milliseconds', { name: 'a_wait_ms', type: 'gauge' }, /not in a base unit/],
    ['an age', { name: 'a_oldest', type: 'gauge', help: 'Age of the oldest.' }, /does not end with _seconds/],
    ['bytes', { name: 'a_posted_total', help: 'Bytes posted.' }, /no suffix _bytes/],
    ['no sentence', { help: 'requests' }, /needs a help text/],
    ['a label in capitals', { labels: ['Method'] }, /lower snake case/],
  ])('%s', (_name, change, expected) => {
    expect(metricProblems({ ...metric, ...change })).toEqual(
      expected === undefined ? [] : [expect.stringMatching(expected)],
    )
  })
})

describe('settings', () => {
  test('need a sentence, and a unit where they measure', () => {
    expect(
      fieldProblems('wait', { type: 'integer', help: 'Time between two looks.', unit: 's' }, 'a'),
    ).toEqual([])
    expect(fieldProblems('wait', { type: 'integer', help: 'Time between two looks.' }, 'a')).toEqual([
      'a: the setting wait measures something and has no unit.',
    ])
    expect(fieldProblems('x', { type: 'string', help: '' }, 'a')).toEqual([
      expect.stringMatching(/help text/),
    ])
  })

  test('a text may name flags that there are', () => {
    const known = new Set(['rpc-port', 'wait'])
    expect(unknownFlags('Give `--rpc-port`, or --no-wait.', known)).toEqual([])
    expect(unknownFlags('Give `--rpc-prot`.', known)).toEqual(['rpc-prot'])
  })
})

test('a stale page is named, with its line and what to run', () => {
  const pages = new Map([
    ['docs/a.md', 'one\ntwo\n'],
    ['docs/b.md', 'b\n'],
    ['docs/c.md', 'c\n'],
  ])
  const files: Record<string, string> = { 'docs/a.md': 'one\n2\n', 'docs/b.md': 'b\n' }
  expect(stalePages(pages, (path) => files[path])).toEqual([
    'docs/a.md is stale (line 2: expected "two", got "2"). Run: npm run reference',
    'docs/c.md is stale (it is not there). Run: npm run reference',
  ])
})
