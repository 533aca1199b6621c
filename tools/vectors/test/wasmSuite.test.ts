import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { main } from '../src/main.js'

const I32 = 0x7f
const F32 = 0x7d
const MAGIC = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0]
const section = (id: number, ...items: number[][]) => [
  id,
  items.flat().length + 1,
  items.length,
  ...items.flat(),
]
const body = (...code: number[]) => [code.length + 2, 0, ...code, 0x0b]
const named = (name: string, index: number) => [name.length, ...Buffer.from(name), 0, index]
const binary = (type: number) => [0x60, 2, type, type, 1, type]

/** Adds, i32. */
const adder = [
  ...MAGIC,
  ...section(1, binary(I32)),
  ...section(3, [0]),
  ...section(7, named('add', 0)),
  ...section(10, body(0x20, 0, 0x20, 1, 0x6a)),
]

/** The same, and the same with floats, and one that counts how often it has converted from them. */
const mixed = [
  ...MAGIC,
  ...section(1, binary(I32), binary(F32), [0x60, 0, 1, I32]),
  ...section(3, [0], [1], [2], [2]),
  ...section(6, [I32, 1, 0x41, 0, 0x0b]),
  ...section(7, named('add', 0), named('addFloats', 1), named('count', 2), named('get', 3)),
  ...section(
    10,
    body(0x20, 0, 0x20, 1, 0x6a),
    body(0x20, 0, 0x20, 1, 0x92),
    body(0x23, 0, 0x43, 0, 0, 0x80, 0x3f, 0xa8, 0x6a, 0x24, 0, 0x23, 0),
    body(0x23, 0),
  ),
]

const invoke = (field: string, ...values: [string, string][]) => ({
  type: 'invoke',
  field,
  args: values.map(([type, value]) => ({ type, value })),
})
const i32 = (value: string): [string, string] => ['i32', value]
const returns = (line: number, action: object, type: string, value: string) => ({
  type: 'assert_return',
  line,
  action,
  expected: [{ type, value }],
})

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wasm-spec-'))
  await writeFile(join(folder, 'adder.wasm'), Uint8Array.from(adder))
  await writeFile(join(folder, 'mixed.wasm'), Uint8Array.from(mixed))
  await writeFile(join(folder, 'broken.wasm'), Uint8Array.from(adder.slice(0, -1)))
})
afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

async function run(commands: object[], ...argv: string[]) {
  await writeFile(join(folder, 'script.json'), JSON.stringify({ source_filename: 'script.wast', commands }))
  const lines: string[] = []
  const errors: string[] = []
  const code = await main(['--suite', 'wasm-spec', '--fixtures', folder, ...argv], {
    line: (text) => lines.push(text),
    error: (text) => errors.push(text),
  })
  return { code, last: lines.slice(-2), lines, errors }
}

const add = invoke('add', i32('4294967295'), i32('3'))

test('assertions that hold are counted, and what must be refused', async () => {
  const { code, last } = await run([
    { type: 'module', line: 1, filename: 'adder.wasm', name: '$adder' },
    returns(2, add, 'i32', '2'),
    { type: 'assert_malformed', line: 3, filename: 'broken.wasm', module_type: 'binary' },
    { type: 'assert_malformed', line: 4, filename: 'broken.wat', module_type: 'text' },
    returns(5, { ...add, module: '$adder' }, 'i32', '2'),
  ])
  expect(last).toEqual(['1 modules run, 0 in part, 0 refused', '3 passed, 0 failed, 1 not applicable'])
  expect(code).toBe(0)
})

test('of a module with floats the rest is run, up to a call that would have changed something', async () => {
  const { code, last, lines } = await run([
    { type: 'module', line: 1, filename: 'mixed.wasm' },
    returns(2, add, 'i32', '2'),
    returns(3, invoke('addFloats', ['f32', '0'], ['f32', '0']), 'f32', '0'),
    returns(4, invoke('get'), 'i32', '0'),
    { type: 'action', line: 5, action: invoke('count') },
    returns(6, invoke('get'), 'i32', '1'),
  ])
  expect(last).toEqual(['0 modules run, 1 in part, 0 refused', '2 passed, 0 failed, 3 not applicable'])
  expect(lines).toContain('not applicable, assert_return: a call before it could not be made: 1')
  expect(code).toBe(0)
})

test('an assertion that does not hold fails, by its line', async () => {
  const { code, errors, last } = await run([
    { type: 'module', line: 1, filename: 'adder.wasm' },
    returns(7, add, 'i32', '3'),
    { type: 'assert_trap', line: 8, action: add, expected: [] },
    { type: 'assert_invalid', line: 9, filename: 'adder.wasm', module_type: 'binary', text: 'type mismatch' },
    { type: 'something', line: 10 },
  ])
  expect(errors).toEqual([
    'FAILED script.wast:7 assert_return: values: expected 3, got 2',
    'FAILED script.wast:8 assert_trap: outcome: expected trapped, got returned',
    'FAILED script.wast:9 assert_invalid: module: expected refused (type mismatch), got accepted',
    'FAILED script.wast:10 something: command: expected one of wast2json, got something',
  ])
  expect([code, last[1]]).toEqual([1, '0 passed, 4 failed, 0 not applicable'])
})

test('a folder without scripts, and engines of other suites, are errors', async () => {
  expect((await run([])).code).toBe(2)
  expect((await run([], '--engine', 'wasm')).errors[0]).toContain('--engine: expected ')
})
