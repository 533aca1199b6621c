import { describe, expect, test } from '@jest/globals'
import {
  firstState,
  limits,
  loadProgram,
  Machine,
  ModuleError,
  op,
  opNames,
  stateHash,
  type Program,
} from '../src/index.js'
import {
  br,
  brIf,
  build,
  call,
  EMPTY,
  get,
  I32,
  I64,
  i32,
  i64,
  u,
  wasm,
  type ModuleSpec,
} from './moduleBuilder.js'

const run = (body: number[], more: Partial<ModuleSpec> = {}) =>
  build({ functions: [{ name: 'run', body }], ...more })

// Node's types of WebAssembly have it not.
const { validate } = WebAssembly as unknown as { validate(bytes: Uint8Array): boolean }

/** The error of loading a module. */
function refusal(module: Uint8Array, entry?: string): ModuleError {
  try {
    loadProgram(module, { entry })
  } catch (error) {
    if (error instanceof ModuleError) return error
    throw error
  }
  throw new Error('expected an error, got a program')
}

describe('what is outside of the subset is refused with its place', () => {
  test.each<[string, number[]]>([
    ['f32.const', [0x43, 0, 0, 0, 0, op.drop]],
    ['f64.const', [0x44, 0, 0, 0, 0, 0, 0, 0, 0, op.drop]],
    ['f32.load', [...i32(0), 0x2a, 2, 0, op.drop]],
    ['f64.store', [...i32(0), 0x39, 2, 0]],
    ['f32.eq', [0x5b]],
    ['f64.ge', [0x66]],
    ['f32.abs', [0x8b]],
    ['f64.copysign', [0xa6]],
    ['i32.trunc_f32_s', [0xa8]],
    ['i64.trunc_f64_u', [0xb1]],
    ['f32.convert_i32_s', [0xb2]],
    ['f64.promote_f32', [0xbb]],
    ['f64.reinterpret_i64', [0xbf]],
    ['i32.trunc_sat_f32_s', [0xfc, 0]],
    ['i64.trunc_sat_f64_u', [0xfc, 7]],
    ['memory.init', [0xfc, 8, 0, 0]],
    ['data.drop', [0xfc, 9, 0]],
    ['table.init', [0xfc, 12, 0, 0]],
    ['table.copy', [0xfc, 14, 0, 0]],
    ['table.fill', [0xfc, 17, 0]],
    ['table.get', [0x25, 0]],
    ['select_t', [0x1c, 1, I32]],
    ['ref.null', [0xd0, 0x70]],
    ['ref.func', [0xd2, 0]],
    ['return_call', [0x12, 0]],
    ['return_call_indirect', [0x13, 0, 0]],
    ['try_table', [0x1f, EMPTY, 0]],
    ['throw', [0x08, 0]],
    ['of-SIMD', [0xfd, 12]],
    ['atomic', [0xfe, 0, 2, 0]],
    ['of-garbage-collection', [0xfb, 0]],
    ['0xff', [0xff]],
  ])('instruction %s', (name, body) => {
    const module = run([wasm.nop, ...body])
    const error = refusal(module)
    expect(error).toMatchObject({ code: 'PROVING_UNSUPPORTED_MODULE', reason: `instruction ${name}` })
    expect(error.message).toContain(`function 0, byte ${error.offset}`)
    expect(module[error.offset!]).toBe(body.find((code) => code === module[error.offset!]))
    // Also where it cannot be reached.
    expect(refusal(run([op.unreachable, ...body])).reason).toBe(`instruction ${name}`)
  })

  const section = (id: number, content: number[]) => {
    const module = run([])
    return Uint8Array.from([...module.slice(0, 8), id, content.length, ...content, ...module.slice(8)])
  }
  const importOf = (kind: number, more: number[], module = 'host') => [
    1,
    ...[module.length, ...Buffer.from(module)],
    1,
    0x78,
    kind,
    ...more,
  ]
  const withImport = (parameters: number[], results: number[], name: string, module?: string) =>
    run([], { imports: [{ module, name, parameters, results }] })

  test.each<[string, Uint8Array]>([
    ['type f32', run([], { types: [[[0x7d], []]] })],
    ['type f64', run([], { types: [[[], [0x7c]]] })],
    ['type v128', build({ functions: [{ name: 'run', locals: [0x7b], body: [] }] })],
    ['type externref', run([wasm.block, 0x6f, op.unreachable, wasm.end])],
    ['import of a table', section(2, importOf(1, [0x70, 0, 1]))],
    ['import of a memory', section(2, importOf(2, [0, 1]))],
    ['import of a global', section(2, importOf(3, [I32, 0]))],
    ['import of an unknown function', withImport([I32], [], 'print')],
    ['import of an unknown function', withImport([I32], [], 'toString')],
    ['import of an unknown function', withImport([I32], [], 'output', 'env')],
    ['import with another type', withImport([I64], [], 'output')],
    ['import with another type', withImport([I32], [I32], 'output')],
    ['section tag', section(13, [0])],
    ['types other than of functions', section(1, [1, 0x5e, I32, 0])],
    ['shared or 64-bit memory', section(5, [1, 3, 1, 1])],
    ['shared or 64-bit memory', section(5, [1, 4, 1])],
    ['more than one memory', section(5, [2, 0, 1, 0, 1])],
    ['too large a memory', section(5, [1, 0, ...u(32_769)])],
    ['more than one table', section(4, [2, 0x70, 0, 1, 0x70, 0, 1])],
    ['table of other than funcref', section(4, [1, 0x6f, 0, 1])],
    ['too large a table', section(4, [1, 0x70, 0, ...u(65_537)])],
    ['constant expression of another kind', section(6, [1, I32, 0, 0x23, 0, wasm.end])],
    [
      'constant expression of several instructions',
      section(6, [1, I32, 0, ...i32(1), ...i32(1), op.i32_add, wasm.end]),
    ],
    [
      'too many globals',
      run([], { globals: Array.from({ length: 1025 }, () => ({ type: I32, value: 0n })) }),
    ],
    ['too many locals', build({ functions: [{ name: 'run', locals: Array(1001).fill(I32), body: [] }] })],
    ['data segment outside of its memory', run([], { memory: [1], data: [[65_535, [1, 2]]] })],
    ['data segment outside of its memory', run([], { memory: [1], data: [[65_537, []]] })],
    ['element segment outside of its table', run([], { table: { size: 1, elements: [[1, [0]]] } })],
    ['element segment that is passive, declared or of references', section(9, [1, 1, 0, 0])],
    ['no entry', build({ functions: [{ body: [] }] })],
    ['no entry', build({ functions: [{ name: 'run', parameters: [I32], body: [] }] })],
    ['no entry', build({ functions: [{ name: 'run', results: [I32], body: i32(1) }] })],
  ])('%s', (reason, module) => {
    expect(refusal(module).reason).toBe(reason)
  })

  test('another entry than run, which may be a global only', () => {
    const module = run([], { globals: [{ type: I32, value: 0n, name: 'go' }] })
    expect(refusal(module, 'go').message).toContain('an exported function "go"')
    expect(loadProgram(module, { entry: 'run' }).instructions).toBe(4)
  })

  test('more code than the tree of code has room for', () => {
    // Each br_table entry that drops a value is two instructions of flat code.
    const entries = Array(limits.instructions / 2).fill(0)
    const body = [wasm.block, EMPTY, ...i32(1), ...i32(0), wasm.br_table, ...u(entries.length)]
    const module = run([])
    const whole = Uint8Array.from(
      Buffer.concat([Buffer.from(body), Buffer.from(entries), Buffer.from([0, wasm.end])]),
    )
    expect(refusal(withBody(module, whole)).reason).toBe('too much code')
  })
})

/** A module of one function, with another body. */
function withBody(module: Uint8Array, body: Uint8Array): Uint8Array {
  const code = [...u(body.length + 2), 0]
  const content = Buffer.concat([Buffer.from([1, ...code]), body, Buffer.from([wasm.end])])
  // The code section is the last: id, length, count, length of the body, no locals, end.
  return Uint8Array.from(
    Buffer.concat([module.subarray(0, -6), Buffer.from([10, ...u(content.length)]), content]),
  )
}

describe('what is no valid module is refused', () => {
  const valid = run([...i32(1), op.drop], { memory: [1], data: [[3, [1, 2, 3]]] })
  test.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array()],
    ['another magic number', valid.with(3, 0x6e)],
    ['another version', valid.with(4, 2)],
    ['bytes after the end', Uint8Array.from([...valid, 0])],
    ['operands that are missing', run([op.i32_add])],
    ['operands of a block that are of its outside', run([...i32(1), wasm.block, EMPTY, op.drop, wasm.end])],
    ['a result too many', run(i32(1))],
    ['a type that differs, which only the engine tells', run([...i32(1), op.i64_eqz, op.drop])],
    ['an unknown label', run(br(1))],
    ['an unknown local', run([...get(0), op.drop])],
    ['an unknown function', run(call(1))],
    ['an unknown global', run([op.global_get, 0, op.drop])],
    ['memory where there is none', run([op.memory_size, 0, op.drop])],
    ['a table where there is none', run([...i32(0), op.callIndirect, 0, 0])],
    ['an alignment above that of the access', run([...i32(0), op.i32_load, 3, 0, op.drop], { memory: [1] })],
    ['a second memory', run([...i32(0), op.i32_load, 0x42, 0, 0, op.drop], { memory: [1] })],
    ['else without if', run([wasm.else])],
    ['a number that is too long', run([op.i32_const, 0x80, 0x80, 0x80, 0x80, 0x80, 0, op.drop])],
  ])('%s', (_, module) => {
    expect(refusal(module).code).toBe('PROVING_INVALID_MODULE')
  })

  test('at every byte at which it is cut off', () => {
    // Without its last section it may be a module still.
    for (let length = 0; length < valid.length; length++) {
      const cut = valid.slice(0, length)
      if (!validate(cut)) expect(refusal(cut).code).toBe('PROVING_INVALID_MODULE')
    }
  })
})

/** Flat code in words: name a b, without zeros at the end. */
function listing({ code, instructions }: Program): string[] {
  const view = new DataView(code.buffer, code.byteOffset)
  return Array.from({ length: instructions }, (_, i) => {
    const [a, b] = [view.getInt32(16 * i + 4), view.getBigInt64(16 * i + 8)]
    const operands = b === 0n ? (a === 0 ? '' : ` ${a}`) : ` ${a} ${b}`
    return `${opNames[code[16 * i]!]}${operands}`
  })
}

describe('translation', () => {
  test('of frames, branches with values to drop, tables and returns is as the specification says', () => {
    const module = build({
      functions: [
        { body: [] },
        {
          name: 'f',
          parameters: [I32, I64],
          results: [I64],
          locals: [I32],
          body: [
            ...[wasm.block, I64, ...i32(5), ...get(1), ...get(0), ...brIf(0), op.return, wasm.nop, wasm.end],
            ...[...get(0), wasm.br_table, 1, 0, 0],
          ],
        },
        { name: 'run', body: [...i32(1), ...i64(2n), ...call(1), op.drop] },
      ],
      start: 0,
    })
    expect(listing(loadProgram(module))).toEqual([
      ...['call 3', 'call 25', 'unreachable'],
      ...['frame', 'return'],
      // f: its parameters are slots -2 and -1, the frame word 0, the local 1, operands from 2 on.
      ...['i64_const', 'i32_const 0 5', 'local_get -1', 'local_get -2'],
      ...['jumpIfZero 12', 'move 2 3', 'branch 15 3'],
      ...['frame', 'move -2 3', 'return 0 -1'],
      ...['local_get -2', 'jumpTable 1', 'jump 19', 'jump 22'],
      ...['frame', 'move -2 2', 'return 0 -1'],
      ...['frame', 'move -2 2', 'return 0 -1'],
      ...['i32_const 0 1', 'i64_const 0 2', 'call 5', 'drop', 'frame', 'return'],
    ])
  })

  test('gives hashes that stay', () => {
    const program = loadProgram(
      run([...i32(7), op.global_set, 0], {
        memory: [1],
        data: [[31, [1, 2]]],
        globals: [{ type: I32, value: 5n }],
      }),
    )
    expect(program).toMatchObject({
      pages: 1,
      hash: '0x24858dd7ac00930dcde6136ccfddb29f49e5587d412405a0eb078c6d637b5f76',
      codeRoot: '0x055bafece15f8dd1c2b79c0ef1b8c984f6263af34644c05a58cf06ff20acb912',
      ramRoot: '0x0800337d9353acf70e0607ebfec1da237b7fd6493ec8d5068b28908ab12b80c8',
    })
    const first = firstState(program, [])
    expect(stateHash(first)).toBe('0xa678f4d2ec02782c66ad256bb24a866963049b39a7b6d4670883e4edf9931d2c')
    expect(new Machine(program).state()).toEqual(first)
  })
})
