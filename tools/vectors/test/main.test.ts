import { mkdtemp, mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { parseArguments } from '../src/arguments.js'
import { fixtureFiles } from '../src/fixtures.js'
import { main } from '../src/main.js'

/** A tar archive with RLPTests/dog.json, as xz packs it. */
const DOG_TAR_XZ =
  '/Td6WFoAAATm1rRGAgAhARwAAAAQz1jM4Cf/AJJdACkTBkbr+aAhwuQJhNiQGZt/hJbYdaitrayV1EC2rNMD2NuuNZD7STl07WEazDJfS1My2IzwVYpXU++2xFL0qfMMynXw8lN7ZeHnpm8LNt1eB9BlFC37YQ2+R7fRMdvsdOkrGS+BzJI6YnhMIiO7Vft7kXmMaBHAXWD3YErW32V1kLVpdAngeWczEfVwZ0D0OyAAAAAAO751e5nZehMAAa4BgFAAAHgVxlyxxGf7AgAAAAAEWVo='
const DOG = '{"dog":{"in":"dog","out":"0x83646f67"}}'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vectors-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

async function write(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(join(folder, path, '..'), { recursive: true })
  await writeFile(join(folder, path), content)
}

async function run(...argv: string[]) {
  const lines: string[] = []
  const errors: string[] = []
  const code = await main(['--fixtures', folder, ...argv], {
    line: (text) => lines.push(text),
    error: (text) => errors.push(text),
  })
  return { code, last: lines.at(-1), lines, errors }
}

/** A POSIX tar with one file. */
function tarOf(name: string, text: string): Uint8Array {
  const out = Buffer.alloc(1536)
  out.write(name, 0)
  out.write('0000644\0', 100)
  out.write(`${text.length.toString(8).padStart(11, '0')}\0`, 124)
  out.write('0', 156)
  out.write('ustar\0', 257)
  out.write(text, 512)
  return out
}

describe('fixtures', () => {
  test('are found in folders and in archives of all three kinds, in order', async () => {
    await write('a/RLPTests/dog.json', DOG)
    await write('b/pack.tar', tarOf('RLPTests/cat.json', '{}'))
    await write('b/pack2.tar.gz', gzipSync(tarOf('RLPTests/cow.json', '{}')))
    await write('b/pack3.tar.xz', Buffer.from(DOG_TAR_XZ, 'base64'))
    await write('b/readme.md', 'nothing')
    const found = []
    for await (const file of fixtureFiles(folder)) found.push(Object.values(file))
    expect(found).toEqual([
      ['a/RLPTests/dog.json', DOG],
      ['b/RLPTests/cat.json', '{}'],
      ['b/RLPTests/cow.json', '{}'],
      ['b/RLPTests/dog.json', DOG],
    ])
  })
  test('that cannot be read fail, and the others are run all the same', async () => {
    await write('a.tar', tarOf('cat.json', '{}').subarray(0, 700))
    await write('b.tar.gz', gzipSync(tarOf('cat.json', '{}')).subarray(0, 40))
    await write('c.tar.xz', 'no archive')
    await write('d.json', '{"cut": ')
    await write('e.json', DOG)
    await write(
      'f.json',
      '{"a test without forks":{"pre":{},"post":{"Cancun":null},"env":{},"transaction":{}}}',
    )
    const result = await run()
    expect(result.code).toBe(1)
    expect(result.last).toBe('1 passed, 5 failed, 0 skipped')
    expect(result.errors.map((text) => text.split('\n')[0])).toEqual([
      'FAILED a.tar',
      'FAILED b.tar.gz',
      'FAILED c.tar.xz',
      'FAILED d.json',
      'FAILED f.json::a test without forks',
    ])
  })
  test('are found behind links, each folder once', async () => {
    await write('real/dog.json', DOG)
    await mkdir(join(folder, 'links'))
    await symlink(join(folder, 'real'), join(folder, 'links/folder'))
    await symlink(join(folder, 'real/dog.json'), join(folder, 'links/file.json'))
    await symlink(folder, join(folder, 'links/up'))
    expect((await run()).last).toBe('3 passed, 0 failed, 0 skipped')
  })
  test('that are not there are named, with the line of the totals', async () => {
    const result = await run('--fixtures', join(folder, 'nowhere'))
    expect(result).toMatchObject({ code: 2, last: '0 passed, 0 failed, 0 skipped' })
    expect(result.errors.join()).toContain('nowhere')
  })
})

describe('arguments', () => {
  test.each([
    [[], '--fixtures is missing.'],
    [['--fixtures'], '--fixtures needs a value.'],
    [['--fixtures', 'x', '--engine', 'y'], '--engine: expected ethereumjs or wasm, got y.'],
    [['--fixtures', 'x', '--sample', '0'], '--sample: expected a positive integer, got 0.'],
    [['--fixtures', 'x', '--part', '3/2'], '--part: expected k/n with k from 1 to n, got 3/2.'],
    [
      ['--fixtures', 'x', '--proof', '--engine', 'ethereumjs'],
      '--proof: expected --engine wasm, got ethereumjs.',
    ],
    [['--what'], 'Unknown argument --what.'],
    [['--help'], ''],
  ])('%j give %j', (argv, expected) => {
    expect(parseArguments(argv)).toBe(expected)
  })
  test('are taken with a space or an equals sign', () => {
    const parsed = parseArguments(['--fixtures=a=b', '--only', 'st.*', '--sample', '5'])
    expect(parsed).toMatchObject({
      fixtures: 'a=b',
      engine: 'wasm',
      only: { text: 'st.*', pattern: /st.*/ },
      sample: 5,
    })
  })
})

describe('a run', () => {
  test('counts what passed, failed and was left out, and ends with the totals', async () => {
    await write('RLPTests/good.json', DOG)
    await write(
      'RLPTests/bad.json',
      '{"bad":{"in":"cat","out":"0x83646f67"},"loose":{"in":"INVALID","out":"0x83646f67"}}',
    )
    await write(
      'TrieTests/trie.json',
      '{"dogs":{"in":{"doe":"reindeer","dog":"puppy","dogglesworth":"cat"},"root":"0x8aad789dff2f538bca5d8ea56e8abe10f4c7ba3a5dea95fea4cd6e7c3a1168d3"}}',
    )
    await write(
      'old.json',
      JSON.stringify({ old: { network: 'London', genesisBlockHeader: {}, blocks: [] } }),
    )
    await write('other.json', '[1]')
    const result = await run()
    expect(result.code).toBe(1)
    expect(result.last).toBe('2 passed, 2 failed, 1 skipped')
    expect(result.errors.join('\n')).toContain('FAILED RLPTests/bad.json::bad')
    expect(result.lines).toContain('skipped, older fork: 1')
    expect((await run('--only', 'good|Trie')).last).toBe('2 passed, 0 failed, 3 skipped')
  })
  test('picks by a text that is no regular expression, or means another one', async () => {
    await write(
      'a.json',
      '{"t[fork_Osaka-x]":{"in":"dog","out":"0x83646f67"},"t[a":{"in":"dog","out":"0x83646f67"}}',
    )
    expect((await run('--only', 't[fork_Osaka-x]')).last).toBe('1 passed, 0 failed, 1 skipped')
    expect((await run('--only', 't[a')).last).toBe('1 passed, 0 failed, 1 skipped')
  })
  test('tells forks that it does not know from older ones', async () => {
    const of = (network: string) => ({ network, genesisBlockHeader: {}, blocks: [] })
    await write(
      'a.json',
      JSON.stringify({ a: of('Paris'), b: of('Amsterdam'), c: of('BPO2ToAmsterdamAtTime15k') }),
    )
    await write('b.json', JSON.stringify({ d: { network: 'Osaka', engineNewPayloads: [] } }))
    expect((await run()).lines.filter((line) => line.startsWith('skipped'))).toEqual([
      'skipped, older fork: 1',
      'skipped, unknown fork Amsterdam: 1',
      'skipped, unknown fork BPO2ToAmsterdamAtTime15k: 1',
      'skipped, engine API payloads: 1',
    ])
  })
  test('takes the same sample every time', async () => {
    await write(
      'RLPTests/many.json',
      JSON.stringify(
        Object.fromEntries(
          Array.from({ length: 50 }, (_, i) => [`dog${i}`, { in: 'dog', out: '0x83646f67' }]),
        ),
      ),
    )
    const sample = async () =>
      (await run('--sample', '7', '--verbose')).lines
        .filter((line) => line.startsWith('ok '))
        .map((line) => line.split(' ')[1])
    const first = await sample()
    expect(first).toHaveLength(7)
    expect(await sample()).toEqual(first)
    expect((await run('--sample', '7')).last).toBe('7 passed, 0 failed, 43 skipped')
  })
  test('in parts runs every case once', async () => {
    const cases = Array.from({ length: 20 }, (_, i) => [`dog${i}`, { in: 'dog', out: '0x83646f67' }])
    await write('RLPTests/many.json', JSON.stringify(Object.fromEntries(cases)))
    const passed: string[] = []
    for (const part of ['1/3', '2/3', '3/3'])
      for (const line of (await run('--part', part, '--verbose')).lines)
        if (line.startsWith('ok ')) passed.push(line.split(' ')[1]!)
    expect(passed).toHaveLength(20)
    expect(new Set(passed).size).toBe(20)
  })
  test('of nothing is no success', async () => {
    const result = await run()
    expect(result.code).toBe(2)
    expect(result.last).toBe('0 passed, 0 failed, 0 skipped')
  })
})
