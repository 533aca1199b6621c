import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { readFile } from 'node:fs/promises'
import type { ExchangeDocument } from '../src/exchange/index.js'
import {
  exchangeProblems,
  exchangeSchema,
  formatExchange,
  parseExchange,
  workKinds,
} from '../src/exchange/index.js'

const bytes32 = (n: number) => `0x${n.toString(16).padStart(64, '0')}` as const
const address = (n: number) => `0x${n.toString(16).padStart(40, '0')}` as const

const script = {
  id: '1',
  kind: 'script',
  owner: address(1),
  vaultAsset: bytes32(1),
  contentRoot: bytes32(2),
  termsId: '0',
  authors: [address(1), address(2)],
  parents: [],
} as const
const terms = {
  ...{ uses: 3, media: 2 ** 32 - 1, territory: `${2n ** 64n - 1n}`, from: '1790000000', until: '1800000000' },
  ...{ exclusive: false, depth: 2, shareBps: 500, price: `${2n ** 256n - 1n}`, currency: address(9) },
} as const
const document = (): ExchangeDocument => ({
  ...{ format: 'animechain-exchange', version: 1, chain: 'eip155:26463' },
  works: [
    { ...script, authors: [...script.authors], parents: [] },
    {
      ...script,
      id: '2',
      kind: 'episode',
      authors: [address(3)],
      parents: [{ work: '1', shareBps: 2_000 }],
      extensions: { 'jp.example.studio': 'cut list 4' },
    },
  ],
  licences: [
    { id: '5', work: '1', holder: address(4), terms },
    { id: '6', work: '77', holder: address(4), parent: '5', terminatedAt: '1795000000', terms },
  ],
})

/** The same document with another value at a path; undefined takes the field away. */
function changed(path: string, value: unknown): unknown {
  type Fields = Record<string, unknown>
  const copy = structuredClone(document()) as unknown as Fields
  const names = path.split('/').slice(1)
  const last = names.pop()!
  const place = names.reduce((at, name) => at[name] as Fields, copy)
  if (value === undefined) delete place[last]
  else place[last] = value
  return copy
}

describe('documents of works and licences', () => {
  it('come back as they were written', () => {
    expect(exchangeProblems(document())).toEqual([])
    expect(parseExchange(formatExchange(document()))).toEqual(document())
    expect(workKinds[9]).toBe('other')
  })

  it.each([
    ['/version', 2, '/version', '1', '2'],
    ['/works', undefined, '/works', 'a value', 'nothing'],
    ['/works/0/kind', 'poem', '/works/0/kind', `one of ${workKinds.join(', ')}`, '"poem"'],
    ['/works/0/id', 1, '/works/0/id', 'a string', '1'],
    ['/works/0/owner', 'me', '/works/0/owner', 'text like ^0x[0-9a-f]{40}$', '"me"'],
    ['/works/0/authors', [], '/works/0/authors', 'a list of 1 to 16', 'a list of 0'],
    ['/works/0/authors/1', address(1), '/works/0/authors/1', 'more than what stands before it', address(1)],
    [
      '/works/0/note',
      'x',
      '/works/0/note',
      'no such field: what other platforms add goes into extensions',
      '"x"',
    ],
    [
      '/works/0/extensions',
      { note: 'x' },
      '/works/0/extensions/note',
      expect.stringMatching('^text like'),
      '"note"',
    ],
    ['/works/1/id', '1', '/works/1/id', 'another id than /works/0', '1'],
    ['/works/1/parents/0/work', '2', '/works/1/parents/0/work', 'a work before 2', '2'],
    ['/works/1/parents/0/shareBps', 0, '/works/1/parents/0/shareBps', 'a whole number of 1 to 10000', '0'],
    ['/works/1/parents/0/shareBps', 1.5, '/works/1/parents/0/shareBps', 'an integer', '1.5'],
    [
      '/licences/0/terms/price',
      '1e18',
      '/licences/0/terms/price',
      expect.stringMatching('^text like'),
      '"1e18"',
    ],
    [
      '/licences/0/terms/price',
      `${2n ** 256n}`,
      '/licences/0/terms/price',
      'at most 2^256 - 1',
      `${2n ** 256n}`,
    ],
    ['/licences/0/terms/from', `${2n ** 64n}`, '/licences/0/terms/from', 'at most 2^64 - 1', `${2n ** 64n}`],
    ['/licences/0/terms/until', '1', '/licences/0/terms/until', 'at least from, 1790000000', '1'],
    ['/licences/0/terms/exclusive', null, '/licences/0/terms/exclusive', 'a boolean', 'null'],
    ['/licences/1/parent', '6', '/licences/1/parent', 'a licence before 6', '6'],
  ])('%s as %j is told by its path', (path, value, where, expected, got) => {
    expect(exchangeProblems(changed(path, value))).toContainEqual({ path: where, expected, got })
  })

  it('tells shares above the whole', () => {
    const parents = [
      { work: '1', shareBps: 9_000 },
      { work: '2', shareBps: 1_001 },
    ]
    const works = [{ ...document().works[0]!, id: '3', parents }]
    expect(exchangeProblems({ ...document(), works })).toEqual([
      { path: '/works/0/parents', expected: 'shares of 10000 bps together at most', got: '10001' },
    ])
  })

  it('say in an error what is wrong and where, and no more than 20 times', () => {
    const text = JSON.stringify({ ...document(), works: Array(30).fill({}) })
    expect(() => parseExchange(text)).toThrow('/works/0/id: expected a value, got nothing')
    expect(exchangeProblems(JSON.parse(text))).toHaveLength(20)
    expect(() => parseExchange('{')).toThrow('the document: expected JSON')
    expect(() => parseExchange(' '.repeat(2 ** 26 + 1))).toThrow('characters, got 67108865')
    expect(() => formatExchange({} as never)).toThrow('/format: expected a value, got nothing')
    // A name that JavaScript gives a meaning.
    const odd = `{"__proto__":{},${JSON.stringify(document()).slice(1)}`
    expect(() => parseExchange(odd)).toThrow('/__proto__: expected no such field')
  })

  it('are told apart from any other JSON', () => {
    const codes = new Set<string>()
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), (text) => {
        try {
          parseExchange(text)
        } catch (error) {
          codes.add((error as { code: string }).code)
        }
      }),
      { numRuns: 200 },
    )
    expect([...codes]).toEqual(['EXCHANGE_INVALID'])
  })

  it('have a published schema, which is the one that is checked', async () => {
    const path = new URL('../../../../docs/spec/animechain-exchange.schema.json', import.meta.url)
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual(exchangeSchema)
  })
})
