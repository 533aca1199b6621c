import { describe, expect, test } from '@jest/globals'
import { keccak256 } from '@animechain/core'
import { accessBytes, callExport, kinds, loadProgram, Machine, op, opNames } from '../src/index.js'
// The module that hashes for this project: real code, put together by hand.
import { KECCAK_RATE, keccakLayout, keccakModule } from '../../../core/src/keccakModule.js'
import { agree, type Call } from './agree.js'
import {
  access,
  br,
  brIf,
  brTable,
  build,
  call,
  copy,
  EMPTY,
  fill,
  get,
  I32,
  I64,
  i32,
  i64,
  set,
  tee,
  u,
  wasm,
  type FunctionSpec,
} from './moduleBuilder.js'

const EDGES_32 = [
  0n,
  1n,
  2n,
  7n,
  31n,
  32n,
  33n,
  0x80n,
  0xffn,
  0x8000n,
  0xffffn,
  0x7fff_ffffn,
  0x8000_0000n,
  0x8000_0001n,
  0xffff_fffen,
  0xffff_ffffn,
]
const EDGES_64 = [
  ...[0n, 1n, 3n, 63n, 64n, 65n, 0x80n, 0x8000n, 0xffff_ffffn, 0x8000_0000n, 0x1_0000_0000n],
  ...[
    (1n << 63n) - 1n,
    1n << 63n,
    (1n << 63n) + 1n,
    (1n << 64n) - 2n,
    (1n << 64n) - 1n,
    0x0123_4567_89ab_cdefn,
  ],
]

const named = (code: number) => opNames[code]!
const codes = (kind: string) => kinds.flatMap((k, code) => (k === kind ? [code] : []))
const takes64 = (code: number) =>
  (named(code).startsWith('i64') && !named(code).includes('extend_i32')) || code === op.i32_wrap_i64
const gives64 = (code: number) =>
  named(code).startsWith('i64') && !/_(eqz|eq|ne|[lg][te]_[su])$/.test(named(code))

describe('numeric instructions give what V8 gives', () => {
  test.each(codes('unary').map((code) => [named(code), code] as const))('%s', (_, code) => {
    const [from, to] = [takes64(code) ? I64 : I32, gives64(code) ? I64 : I32]
    const module = build({
      functions: [{ name: 'f', parameters: [from], results: [to], body: [...get(0), code] }],
    })
    agree(
      module,
      (takes64(code) ? EDGES_64 : EDGES_32).map((x): Call => ['f', x]),
    )
  })

  test.each(codes('binary').map((code) => [named(code), code] as const))('%s', (_, code) => {
    const type = takes64(code) ? I64 : I32
    const module = build({
      functions: [
        {
          name: 'f',
          parameters: [type, type],
          results: [gives64(code) ? I64 : I32],
          body: [...get(0), ...get(1), code],
        },
      ],
    })
    const values = takes64(code) ? EDGES_64 : EDGES_32
    agree(
      module,
      values.flatMap((x) => values.map((y): Call => ['f', x, y])),
    )
  })

  test('division by zero and its overflow trap', () => {
    const f = (code: number, type: number, name: string): FunctionSpec => ({
      name,
      parameters: [type, type],
      results: [type],
      body: [...get(0), ...get(1), code],
    })
    const module = build({
      functions: [
        f(op.i32_div_s, I32, 'div32'),
        f(op.i64_div_s, I64, 'div64'),
        f(op.i32_rem_s, I32, 'rem32'),
      ],
    })
    const outcomes = agree(module, [
      ['div32', 5n, 0n],
      ['div32', 0x8000_0000n, 0xffff_ffffn],
      ['div64', 1n << 63n, (1n << 64n) - 1n],
      ['rem32', 0x8000_0000n, 0xffff_ffffn],
    ])
    expect(outcomes).toEqual(['trap', 'trap', 'trap', [0n]])
  })
})

describe('memory', () => {
  const bytes = Array.from({ length: 200 }, (_, i) => (i * 37 + 11) & 0xff)
  /** Across a leaf, at the end of the memory, beyond it, and where address and offset overflow 32 bits. */
  const addresses = [
    0n,
    1n,
    24n,
    25n,
    28n,
    29n,
    30n,
    31n,
    32n,
    60n,
    63n,
    65_528n,
    65_529n,
    65_535n,
    65_536n,
    0xffff_fff0n,
    0xffff_ffffn,
  ]

  test.each(codes('load').map((code) => [named(code), code] as const))('%s', (_, code) => {
    const f = (name: string, offset: number): FunctionSpec => ({
      name,
      parameters: [I32],
      results: [gives64(code) ? I64 : I32],
      body: [...get(0), ...access(code, offset)],
    })
    const module = build({
      functions: [f('f', 0), f('g', 7), f('h', 0xffff_ffff)],
      memory: [1],
      data: [
        [0, bytes],
        [65_500, bytes.slice(0, 36)],
      ],
    })
    agree(
      module,
      addresses.flatMap((a): Call[] => [
        ['f', a],
        ['g', a],
        ['h', a],
      ]),
    )
  })

  test.each(codes('store').map((code) => [named(code), code] as const))('%s', (_, code) => {
    const type = named(code).startsWith('i64') ? I64 : I32
    const f = (name: string, offset: number): FunctionSpec => ({
      name,
      parameters: [I32, type],
      body: [...get(0), ...get(1), ...access(code, offset)],
    })
    const module = build({ functions: [f('f', 0), f('g', 3)], memory: [1], data: [[0, bytes]] })
    const value = type === I64 ? 0xfedc_ba98_7654_3210n : 0xfedc_ba98n
    agree(
      module,
      addresses.flatMap((a, i): Call[] => [
        ['f', a, value + BigInt(i)],
        ['g', a, value],
      ]),
    )
    expect(accessBytes[code]).toBeGreaterThan(0)
  })

  test('size and grow, up to the maximum', () => {
    const functions: FunctionSpec[] = [
      { name: 'size', results: [I32], body: [op.memory_size, 0] },
      { name: 'grow', parameters: [I32], results: [I32], body: [...get(0), op.memory_grow, 0] },
      { name: 'load', parameters: [I32], results: [I32], body: [...get(0), ...access(op.i32_load)] },
    ]
    const calls: Call[] = [
      ['size'],
      ...[0n, 1n, 3n, 2n, 1n, 0xffff_ffffn].map((n): Call => ['grow', n]),
      ['size'],
      ...[65_536n, 262_140n, 262_144n].map((a): Call => ['load', a]),
    ]
    agree(build({ functions, memory: [1, 4] }), calls)
  })

  test('a maximum above 2 GiB is lowered to it', () => {
    const functions = [
      { name: 'grow', parameters: [I32], results: [I32], body: [...get(0), op.memory_grow, 0] },
    ]
    const program = loadProgram(build({ functions, memory: [0, 65_536] }), { entry: null })
    const machine = new Machine(program)
    const grow = (n: bigint) => callExport(machine, program, 'grow', [n])
    expect(grow(32_769n)).toEqual({ status: 'returned', values: [0xffff_ffffn] })
    expect(grow(32_768n)).toEqual({ status: 'returned', values: [0n] })
    expect(grow(1n)).toEqual({ status: 'returned', values: [0xffff_ffffn] })
  })

  const bulk: FunctionSpec[] = [
    { name: 'copy', parameters: [I32, I32, I32], body: [...get(0), ...get(1), ...get(2), ...copy] },
    { name: 'fill', parameters: [I32, I32, I32], body: [...get(0), ...get(1), ...get(2), ...fill] },
  ]
  const module = build({ functions: bulk, memory: [1], data: [[0, bytes]] })

  test('copy: overlapping both ways, of all alignments, up to the end', () => {
    const calls: Call[] = []
    for (const d of [0n, 1n, 31n, 32n, 40n, 100n])
      for (const s of [0n, 5n, 32n, 33n, 90n, 100n])
        for (const n of [0n, 1n, 31n, 32n, 33n, 97n]) calls.push(['copy', d, s, n])
    calls.push(['copy', 65_500n, 0n, 36n], ['copy', 65_500n, 0n, 37n], ['copy', 0n, 65_500n, 37n])
    calls.push(['copy', 65_536n, 0n, 0n], ['copy', 65_537n, 0n, 0n], ['copy', 0xffff_ffffn, 0n, 1n])
    agree(module, calls)
  })

  test('fill: the low byte, of all alignments, up to the end', () => {
    const calls: Call[] = []
    for (const d of [0n, 1n, 31n, 300n])
      for (const n of [0n, 1n, 31n, 32n, 33n, 100n]) calls.push(['fill', d, 0x1234n + d, n])
    calls.push(['fill', 65_000n, 7n, 536n], ['fill', 65_000n, 8n, 537n], ['fill', 65_537n, 8n, 0n])
    agree(module, calls)
  })
})

describe('control', () => {
  test('br_table: each entry, the default, entries that drop values, and that return', () => {
    const body = [
      ...[wasm.block, I32, wasm.block, EMPTY, wasm.block, I32],
      ...[...i64(5n), ...i32(10), ...get(0), ...brTable([0, 2, 3, 0], 2)],
      ...[wasm.end, ...i32(1), op.i32_add, op.return, wasm.end],
      ...[...i32(99), wasm.end, ...i32(1000), op.i32_add],
    ]
    const module = build({ functions: [{ name: 'f', parameters: [I32], results: [I32], body }] })
    agree(
      module,
      [0n, 1n, 2n, 3n, 4n, 5n, 0xffff_ffffn].map((i): Call => ['f', i]),
    )
  })

  test('loops with parameters, blocks with several results, branches that drop what is below', () => {
    const [loopType, blockType] = [3, 4]
    const sum = [
      ...[...i32(0), ...get(0), wasm.loop, loopType, ...set(1), ...set(2)],
      ...[...get(2), ...get(1), op.i32_add, ...get(1), ...i32(1), op.i32_sub, ...tee(1)],
      ...[...get(1), ...brIf(0), wasm.end, op.drop],
    ]
    const sumOverMore = [
      ...[...i32(0), ...get(0), wasm.loop, loopType, ...set(1), ...set(2), ...i64(9n)],
      ...[...get(2), ...get(1), op.i32_add, ...get(1), ...i32(1), op.i32_sub, ...tee(1)],
      ...[...get(1), ...brIf(0), ...set(1), ...set(2), op.drop, ...get(2), ...get(1), wasm.end, op.drop],
    ]
    const many = [
      ...[...get(0), wasm.block, blockType, ...set(1), ...i64(1n)],
      ...[...get(1), ...i64(7n), ...get(1), ...get(1), ...brIf(0)],
      ...[op.drop, op.drop, op.drop, op.drop, ...i32(3), ...i64(4n), ...i32(5), wasm.end],
    ]
    const one = { parameters: [I32], results: [I32], locals: [I32, I32] }
    const module = build({
      functions: [
        { name: 'sum', ...one, body: sum },
        { name: 'sumOverMore', ...one, body: sumOverMore },
        { name: 'many', parameters: [I32], results: [I32, I64, I32], locals: [I32], body: many },
      ],
      types: [
        [
          [I32, I32],
          [I32, I32],
        ],
        [[I32], [I32, I64, I32]],
      ],
    })
    const calls: Call[] = [
      ['sum', 10n],
      ['sum', 1n],
      ['sumOverMore', 10n],
      ['many', 0n],
      ['many', 9n],
    ]
    expect(agree(module, calls)).toEqual([[55n], [1n], [55n], [3n, 4n, 5n], [9n, 7n, 9n]])
  })

  test('if with and without else, code out of reach, select, early return', () => {
    const body = [
      ...[...get(0), wasm.if, I32, ...get(0), ...i32(1), op.i32_eq, wasm.if, EMPTY],
      ...[
        ...i32(111),
        op.return,
        op.unreachable,
        wasm.block,
        EMPTY,
        ...i32(0),
        wasm.if,
        EMPTY,
        wasm.else,
        wasm.end,
        wasm.end,
      ],
      ...[wasm.end, ...i32(7), wasm.else, ...i32(8), ...br(1), ...i32(9), op.i32_add, wasm.end],
      ...[...i32(100), ...get(0), op.select],
    ]
    const module = build({ functions: [{ name: 'f', parameters: [I32], results: [I32], body }] })
    expect(
      agree(module, [
        ['f', 0n],
        ['f', 1n],
        ['f', 2n],
      ]),
    ).toEqual([[8n], [111n], [7n]])
  })

  test('call_indirect: types that are equal are one, others trap, as do empty and missing entries', () => {
    const indirect = (type: number) => [...get(0), op.callIndirect, ...u(type), 0]
    const module = build({
      functions: [
        { parameters: [], results: [I32], body: i32(1) },
        { parameters: [], results: [I64], body: i64(2n) },
        { name: 'f', parameters: [I32], results: [I32], body: indirect(4) },
        { name: 'g', parameters: [I32], results: [I64], body: indirect(1) },
      ],
      // Equal to type 0.
      types: [[[], [I32]]],
      table: { size: 5, elements: [[1, [0, 1]]] },
    })
    const indices = [0n, 1n, 2n, 3n, 5n, 0xffff_ffffn]
    const outcomes = agree(
      module,
      indices.flatMap((i): Call[] => [
        ['f', i],
        ['g', i],
      ]),
    )
    expect(outcomes.slice(2, 6)).toEqual([[1n], 'trap', 'trap', [2n]])
  })

  test('recursion: deep enough, and too deep, which leaves the machine fit for the next call', () => {
    const body = [
      ...[...get(0), op.i64_eqz, wasm.if, I64, ...i64(0n), wasm.else],
      ...[...get(0), ...i64(1n), op.i64_sub, ...call(0), ...i64(1n), op.i64_add, wasm.end],
    ]
    const module = build({ functions: [{ name: 'depth', parameters: [I64], results: [I64], body }] })
    agree(module, [
      ['depth', 0n],
      ['depth', 5_000n],
    ])
    const program = loadProgram(module, { entry: null })
    const machine = new Machine(program)
    expect(callExport(machine, program, 'depth', [100_000n])).toEqual({ status: 'exhausted' })
    expect(callExport(machine, program, 'depth', [3n])).toEqual({ status: 'returned', values: [3n] })
  })

  test('globals, a start function, results of several types', () => {
    const module = build({
      functions: [
        { body: [...i64(-5n), op.global_set, 1, op.global_get, 0, ...i32(1), op.i32_add, op.global_set, 0] },
        { name: 'f', results: [I32, I64, I64], body: [op.global_get, 0, op.global_get, 1, op.global_get, 2] },
      ],
      globals: [
        { type: I32, value: -1n, name: 'a' },
        { type: I64, value: 3n, name: 'b' },
        { type: I64, value: -(1n << 63n), mutable: false, name: 'c' },
      ],
      start: 0,
    })
    expect(agree(module, [['f']])).toEqual([[0n, (1n << 64n) - 5n, 1n << 63n]])
  })
})

test('a real module: keccak as this project computes it, of one block and of three', () => {
  const program = loadProgram(keccakModule(), { entry: null })
  const machine = new Machine(program)
  for (const length of [5, 400]) {
    const data = Uint8Array.from({ length }, (_, i) => i)
    const blocks = Math.floor(length / KECCAK_RATE) + 1
    const padded = new Uint8Array(blocks * KECCAK_RATE)
    padded.set(data)
    padded[length]! ^= 0x01
    padded[padded.length - 1]! ^= 0x80
    machine.writeMemory(keccakLayout.state, new Uint8Array(200))
    machine.writeMemory(keccakLayout.input, padded)
    const outcome = callExport(machine, program, 'absorb', [BigInt(keccakLayout.input), BigInt(blocks)])
    expect(outcome).toEqual({ status: 'returned', values: [] })
    expect(machine.memory().slice(0, 32)).toEqual(keccak256(data))
  }
})
